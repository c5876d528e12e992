//! Writes: POST, PUT, PATCH and DELETE of one resource.

use serde_json::{Map, Value};

use super::answer::Representation;
use super::context::{Context, Selection};
use super::error::Error;
use super::service::Bridge;
use crate::mapping::model::TypeIndex;
use crate::scim;

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
        etag: Option<String>,
    },
}

/// What a write is conditional on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preconditions {
    /// The `If-Match` header (RFC 9110 section 13.1.1): a list of entity tags, or `*`.
    pub if_match: Option<String>,
}

impl Bridge {
    /// Makes a resource of type `kind` from `body` (RFC 7644 section 3.3).
    ///
    /// # Errors
    /// 400 for what isn't a resource of the type, 409 `uniqueness` for what is taken, 503 when the directory is away.
    pub async fn create(
        &self,
        cx: &Context,
        kind: TypeIndex,
        body: &Map<String, Value>,
        selection: &Selection,
    ) -> Result<Written, Error> {
        let _ = (cx, kind, body, selection);
        Err(scim::Error::not_implemented("writing").into())
    }

    /// Replaces the resource called `id` by `body` (RFC 7644 section 3.5.1).
    ///
    /// # Errors
    /// As [`Bridge::create`]; 404 for an id that names no resource, 412 where a precondition fails.
    pub async fn replace(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        body: &Map<String, Value>,
        selection: &Selection,
        preconditions: &Preconditions,
    ) -> Result<Written, Error> {
        let _ = (cx, kind, id, body, selection, preconditions);
        Err(scim::Error::not_implemented("writing").into())
    }

    /// Changes the resource called `id` as the PATCH message `body` says (RFC 7644 section 3.5.2).
    ///
    /// # Errors
    /// As [`Bridge::replace`], and those of RFC 7644 section 3.5.2 for paths and targets.
    pub async fn patch(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        body: Value,
        selection: &Selection,
        preconditions: &Preconditions,
    ) -> Result<Written, Error> {
        let _ = (cx, kind, id, body, selection, preconditions);
        Err(scim::Error::not_implemented("writing").into())
    }

    /// Deletes the resource called `id` (RFC 7644 section 3.6), or retires it as the mapping says.
    ///
    /// # Errors
    /// 404 for an id that names no resource, 412 where a precondition fails, 503 when the directory is away.
    pub async fn delete(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        preconditions: &Preconditions,
    ) -> Result<(), Error> {
        let _ = (cx, kind, id, preconditions);
        Err(scim::Error::not_implemented("writing").into())
    }
}
