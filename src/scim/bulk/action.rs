//! What is to be done, and what became of it.

use serde_json::{Map, Value};

/// A write of one resource. `kind` is its type's place among the endpoints that the [`Job`](super::Job) was given.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Makes a resource.
    Create {
        /// Its type.
        kind: usize,
        /// What it is to be.
        body: Map<String, Value>,
    },
    /// Replaces a resource.
    Replace {
        /// Its type.
        kind: usize,
        /// Its id.
        id: String,
        /// What it is to be.
        body: Map<String, Value>,
        /// The version that it must have, as in `If-Match`.
        version: Option<String>,
    },
    /// Changes a resource.
    Patch {
        /// Its type.
        kind: usize,
        /// Its id.
        id: String,
        /// The PATCH message.
        body: Value,
        /// The version that it must have, as in `If-Match`.
        version: Option<String>,
    },
    /// Deletes a resource.
    Delete {
        /// Its type.
        kind: usize,
        /// Its id.
        id: String,
        /// The version that it must have, as in `If-Match`.
        version: Option<String>,
    },
}

/// A write that succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// The HTTP status that it would have been answered with.
    pub status: u16,
    /// The id of what was made; must be there for [`Action::Create`].
    pub id: Option<String>,
    /// The URL of what was written, where it isn't as usual.
    pub location: Option<String>,
    /// Its version now.
    pub version: Option<String>,
}
