//! What a directory's refusal of a search means to a SCIM client.

use std::time::Duration;

use crate::ldap::result::ResultCode;
use crate::scim::Error;
use crate::scim::error::ScimType;

/// 400 `tooMany`: the directory would have to look at, or send, more than it is allowed to.
pub fn too_many() -> Error {
    Error::of(
        ScimType::TooMany,
        "the filter matches more than the directory's limits allow to look at: narrow it, or have the attributes indexed",
    )
}

/// 400 `tooMany`: more candidates than `limit` would have to be looked at one by one.
pub fn scan_too_large(limit: usize) -> Error {
    Error::of(
        ScimType::TooMany,
        format!(
            "the directory can't decide this filter by itself, and more than {limit} resources would have to be looked at: narrow it"
        ),
    )
}

/// 400 `tooMany`: members that are the result of a search are more than `limit`.
pub fn too_many_members(limit: usize) -> Error {
    Error::of(
        ScimType::TooMany,
        format!(
            "members that follow from searches are more than {limit} here: ask for fewer resources, or leave the members out \
             with excludedAttributes"
        ),
    )
}

/// What the client is told when a search is refused with `code`; `None` where the fault is on our side of it and the log
/// alone can say more.
pub fn of_search(code: ResultCode) -> Option<Error> {
    match code.0 {
        3 | 4 | 11 => Some(too_many()),
        123 => Some(Error::forbidden("the directory does not let itself be asked on behalf of this client")),
        _ => None,
    }
}

/// When to try again after `code`, for those that pass: busy, unavailable.
pub fn retry_after(code: ResultCode) -> Option<Duration> {
    code.is_transient().then_some(Duration::from_secs(1))
}
