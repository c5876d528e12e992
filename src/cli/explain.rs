//! `scimfront explain`: what a request becomes, without performing it.

mod live;
mod offline;
mod request;

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;

use self::request::Request;
use super::outcome::{Failure, Outcome, Result};
use super::settings::ConfigArguments;
use super::{assemble, log, runtime, settings};
use crate::clock::{self, SharedClock, SystemClock};
use crate::config::{self, Settings};
use crate::directory::Directory;
use crate::ldap::Subschema;
use crate::mapping::model::{Mapping, Resource, TypeIndex};
use crate::scim;
use crate::scim::filter;
use crate::translate::View;
use crate::translate::explain::{ExplainedWrite, explain};

/// How long a directory may take to show its schema.
const PATIENCE: Duration = Duration::from_secs(10);

/// Show what a request becomes in LDAP, without performing it
///
/// Filters are translated with the directory's schema in view, as its matching rules decide what it can be asked: it is read
/// from the live directory, or from a file. Writes are planned as a dry run would, and shown as LDIF that could be applied by
/// hand, with what is no change in comments: what they are conditional on and what takes them back.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// The directory's schema as LDIF (its subschema subentry), to work offline; otherwise it is asked
    #[arg(long, value_name = "LDIF", global = true)]
    schema: Option<PathBuf>,
    /// The bridge, where the settings have several
    #[arg(long, value_name = "NAME", global = true)]
    bridge: Option<String>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A filter: its LDAP filter from below and above, whether it is exact, what is checked afterwards and why
    Filter {
        /// The resource type, such as User
        #[arg(value_name = "TYPE")]
        resource: String,
        /// The SCIM filter, such as 'userName eq "bjensen"'
        filter: String,
    },
    Create(request::Create),
    Replace(request::Replace),
    Patch(request::Patch),
    Delete(request::Delete),
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let settings = settings::load(&arguments.config.config)?;
    log::start(&settings.log);
    let bridge = bridge(&settings, arguments.bridge.as_deref())?;
    let mapping = assemble::mapping(&bridge.1.mapping)?;
    let (resource, filter) = match &arguments.what {
        What::Filter { resource, filter } => (resource, filter),
        What::Create(create) => return write(arguments, &settings, bridge, &mapping, &create.request()?),
        What::Replace(replace) => return write(arguments, &settings, bridge, &mapping, &replace.request()?),
        What::Patch(patch) => return write(arguments, &settings, bridge, &mapping, &patch.request()?),
        What::Delete(delete) => return write(arguments, &settings, bridge, &mapping, &delete.request()),
    };
    let (kind, resource) = resource_type(&mapping, resource)?;
    // A filter that is none needs no directory to say so.
    let parsed = parse(bridge.1, resource, filter)?;
    let schema = match &arguments.schema {
        Some(path) => read_schema(path)?,
        None => ask_schema(bridge, &mapping, resource)?,
    };
    let base_url = format!("{}{}", settings.server.base_url(settings.server.listen), bridge.1.path);
    let view = View { mapping: Arc::clone(&mapping), schema };
    let explanation = explain(&view, kind, &parsed.canonical, &parsed.filter, &base_url);
    print!("{}", shown(&explanation, arguments.json)?);
    Ok(Outcome::Done)
}

fn write(
    arguments: &Arguments,
    settings: &Settings,
    (name, bridge): (&str, &config::Bridge),
    mapping: &Arc<Mapping>,
    request: &Request,
) -> Result {
    let (kind, resource) = resource_type(mapping, &request.resource)?;
    let base_url = settings.server.base_url(settings.server.listen);
    if arguments.schema.is_some() || request.entry.is_some() {
        let schema = match &arguments.schema {
            Some(path) => read_schema(path)?,
            None => ask_schema((name, bridge), mapping, resource)?,
        };
        let view = View { mapping: Arc::clone(mapping), schema };
        let explained = offline::write(bridge, &view, kind, request, &format!("{base_url}{}", bridge.path))?;
        print!("{}", shown(&explained, arguments.json)?);
        return Ok(Outcome::Done);
    }
    let mut explained = ExplainedWrite::new(request.method(), &resource.name, request.id());
    for plan in live::plans((name, bridge), &base_url, kind, request)? {
        explained.plan(&plan);
    }
    print!("{}", shown(&explained, arguments.json)?);
    Ok(Outcome::Done)
}

/// The bridge with this name, or the only one.
fn bridge<'a>(settings: &'a Settings, name: Option<&str>) -> Result<(&'a str, &'a config::Bridge)> {
    let names = || settings.bridges.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let mut bridges = settings.bridges.iter().map(|(name, bridge)| (name.as_str(), bridge));
    match name {
        Some(wanted) => bridges
            .find(|(name, _)| *name == wanted)
            .ok_or_else(|| Failure::unusable(format!("there is no bridge {wanted}; there are: {}", names()))),
        None if settings.bridges.len() > 1 => {
            Err(Failure::unusable(format!("there are several bridges, say --bridge with one of: {}", names())))
        }
        None => bridges.next().ok_or_else(|| Failure::unusable("there is no bridge")),
    }
}

/// The resource type with this name, in any case where none is written just so; an endpoint's name will do.
fn resource_type<'a>(mapping: &'a Mapping, name: &str) -> Result<(TypeIndex, &'a Resource)> {
    let any_case =
        || mapping.resources.iter().enumerate().find(|(_, resource)| resource.name.eq_ignore_ascii_case(name));
    mapping.resource(name).or_else(any_case).or_else(|| mapping.endpoint(name)).ok_or_else(|| {
        let names: Vec<_> = mapping.resources.iter().map(|resource| resource.name.as_str()).collect();
        Failure::unusable(format!("there is no resource type {name}; there are: {}", names.join(", ")))
    })
}

/// A filter, read.
struct Parsed {
    canonical: String,
    filter: scim::Filter,
}

fn parse(bridge: &config::Bridge, resource: &Resource, text: &str) -> Result<Parsed> {
    let limits = assemble::limits(bridge).filter;
    let expression = filter::parse(text, &limits).map_err(|error| refused(text, &error.message, Some(error.column)))?;
    let resolved = filter::resolve(&expression, &resource.schema);
    let filter = resolved.map_err(|error| refused(text, &error.detail, None))?;
    Ok(Parsed { canonical: expression.to_string(), filter })
}

/// What a client would be told with 400, with the place below the filter where it is known.
fn refused(text: &str, why: &str, column: Option<usize>) -> Failure {
    let place = column.map_or(String::new(), |column| format!("\n  {}^", " ".repeat(column.saturating_sub(1))));
    Failure::unusable(format!("the filter is refused with 400 invalidFilter: {why}\n\n  {text}{place}"))
}

fn read_schema(path: &Path) -> Result<Arc<Subschema>> {
    let unusable = |why: String| Failure::unusable(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    let (schema, warnings) = Subschema::from_ldif(&text).map_err(|error| unusable(error.to_string()))?;
    if schema.is_empty() {
        return Err(unusable("there is no schema in it: no attributeTypes, no objectClasses".into()));
    }
    if !warnings.is_empty() {
        eprintln!("scimfront: {}: {} definitions could not be read and are left out", path.display(), warnings.len());
    }
    Ok(Arc::new(schema))
}

/// The schema of the directory that the type's first base is in.
fn ask_schema(
    (name, settings): (&str, &config::Bridge),
    mapping: &Mapping,
    resource: &Resource,
) -> Result<Arc<Subschema>> {
    runtime::run(async {
        let clock: SharedClock = Arc::new(SystemClock);
        let directories = assemble::directories(name, settings, mapping, &clock)?;
        let wanted = resource.bases.first().and_then(|base| directories.get(&base.directory));
        let schema = match wanted {
            Some(directory) => schema(directory, &clock).await,
            None => Err(Failure::unusable("the settings don't have the directory of its base")),
        };
        // Connections that are cut off with the runtime would be logged as lost.
        for directory in directories.values() {
            directory.close().await;
        }
        schema
    })
}

async fn schema(directory: &Directory, clock: &SharedClock) -> Result<Arc<Subschema>> {
    let ready = directory.ready(clock::deadline(&**clock, PATIENCE)).await;
    ready.map_err(|error| Failure::failed(format!("{error}; --schema works without the directory")))?;
    let capabilities = directory.capabilities().ok_or_else(|| Failure::failed("the directory shows no schema"))?;
    Ok(Arc::clone(&capabilities.subschema))
}

fn shown<E: Serialize + Display>(explanation: &E, json: bool) -> Result<String> {
    if !json {
        return Ok(explanation.to_string());
    }
    let text = serde_json::to_string_pretty(explanation);
    Ok(text.map_err(|error| Failure::failed(error.to_string()))? + "\n")
}
