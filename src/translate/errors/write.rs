//! What a directory's refusal of a write means.

use std::time::Duration;

use super::named;
use super::table::{self, Meaning};
use super::verdict::{NameOf, Verdict, WriteKind};
use crate::ldap::result::LdapResult;
use crate::scim::Error;

/// When a write that the directory didn't take at present is worth trying again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What it means that the directory answered a write of this `kind` with `result`. Nothing of the result's texts is passed on;
/// an attribute that they name is named as `name_of` calls it.
pub fn of_write(kind: WriteKind, result: &LdapResult, name_of: NameOf<'_>) -> Verdict {
    match table::meaning(kind, result) {
        Meaning::Refused(status, scim_type, detail) => {
            let detail = match named::path(&result.diagnostic, name_of) {
                Some(path) => format!("{path}: {detail}"),
                None => detail.to_owned(),
            };
            Verdict::Error(Error { status, scim_type, detail })
        }
        Meaning::NotFound => Verdict::Error(Error::not_found()),
        Meaning::Stale => Verdict::Error(Error::precondition_failed()),
        Meaning::Again => Verdict::Again,
        Meaning::Unavailable(why) => Verdict::Unavailable { retry_after: RETRY_AFTER, why },
        Meaning::Internal(why) => Verdict::Internal { why },
    }
}

/// The verdict that the directory can't be written to at present.
pub(super) fn unavailable(why: &'static str) -> Verdict {
    Verdict::Unavailable { retry_after: RETRY_AFTER, why }
}
