//! A write planned without the directory: its schema comes from a file or is asked for, the entry from LDIF.

use std::path::Path;

use super::request::{Request, What, only_client};
use crate::bridge;
use crate::cli::assemble;
use crate::cli::outcome::{Failure, Result};
use crate::config;
use crate::ldap::ldif::{self, Record};
use crate::mapping::model::TypeIndex;
use crate::scim;
use crate::scim::input::{self, Mode};
use crate::scim::patch;
use crate::translate::View;
use crate::translate::explain::{ExplainedWrite, explain_create, explain_patch};

/// What becomes of `request` for the entry in the file `entry`; a new resource needs none.
///
/// # Errors
/// What a client would be told; a file that holds no entry; a request that needs the directory.
pub(super) fn write(
    settings: &config::Bridge,
    view: &View,
    kind: TypeIndex,
    request: &Request,
    base_url: &str,
) -> Result<ExplainedWrite> {
    let refused = |error: scim::Error| request.failed(bridge::Error::Scim(error));
    let schema = &view.resource(kind).schema;
    let dialect = only_client(settings).map(|(_, client)| client.dialect).unwrap_or_default();
    match (&request.what, &request.entry) {
        (What::Create(body), _) => {
            let image = input::resource(schema, body, Mode::Create, dialect).map_err(refused)?;
            explain_create(view, kind, &image.resource).map_err(refused)
        }
        (What::Patch(id, body), Some(path)) => {
            let record = read(path)?;
            let limits = assemble::limits(settings).patch;
            let raw = patch::parse(body.clone(), &limits, dialect).map_err(refused)?;
            let operations = patch::resolve(&raw, schema, &limits, dialect).map_err(refused)?;
            explain_patch(view, kind, (id, &record), operations, base_url).map_err(refused)
        }
        (What::Patch(..), None) => Err(Failure::unusable("--schema is for working offline, which takes --entry too")),
        (What::Replace(..) | What::Delete(_), _) => {
            Err(Failure::unusable(format!("{} can't be explained offline: leave out --schema", request.method())))
        }
    }
}

/// The only entry in an LDIF file.
fn read(path: &Path) -> Result<Record> {
    let unusable = |why: String| Failure::unusable(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    let records = ldif::read(&text).collect::<std::result::Result<Vec<_>, _>>();
    match records.map_err(|error| unusable(error.to_string()))?.as_slice() {
        [record] => Ok(record.clone()),
        records => Err(unusable(format!("one entry is expected in it, and there are {}", records.len()))),
    }
}
