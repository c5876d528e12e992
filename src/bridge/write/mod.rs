//! Writes: POST, PUT, PATCH and DELETE of one resource.
//!
//! Each reads what it needs to know afresh, from the server that takes the writes, plans, and has the plan carried out. What was
//! planned from values that were read is guarded by the entry's stamp: when somebody else was faster, it is read and planned anew.

mod adopt;
mod allocate;
mod change;
mod create;
mod delete;
mod elsewhere;
mod followers;
mod inside;
mod password;
mod perform;
mod random;
mod referents;
mod shown;
mod subject;
mod unique;

use std::time::Duration;

use bytes::Bytes;

use super::answer::Representation;
use super::error::Error;

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// A resource was made: 201.
    Created(Representation),
    /// A resource is as it was asked for: 200.
    Changed(Representation),
    /// The same, without showing it: 204 with its entity tag, where it has one.
    NoContent {
        /// The entity tag.
        etag: Option<Bytes>,
    },
}

/// What a write is conditional on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preconditions {
    /// The `If-Match` header (RFC 9110 section 13.1.1): a list of entity tags, or `*`.
    pub if_match: Option<String>,
}

/// Others change the resource all the time.
fn too_busy() -> Error {
    Error::Unavailable { retry_after: Duration::from_secs(1) }
}
