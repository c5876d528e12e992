//! What a use case gives back: a resource as it is sent.

use bytes::Bytes;

use super::error::Error;
use crate::translate::render::Rendering;

/// A resource as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Representation {
    /// The JSON.
    pub body: Bytes,
    /// Its entity tag, `W/"…"`, where the selection shows a version.
    pub etag: Option<Bytes>,
    /// Its `meta.location`.
    pub location: Option<Bytes>,
}

/// The outcome of a conditional read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The resource.
    Representation(Representation),
    /// The client has it already.
    NotModified {
        /// Its entity tag.
        etag: Bytes,
    },
}

impl Representation {
    /// What `rendering` shows.
    ///
    /// # Errors
    /// [`Error::Internal`] for what can't be written as JSON.
    pub(super) fn of(rendering: &Rendering<'_>) -> Result<Self, Error> {
        Ok(Self {
            body: body(rendering)?.into(),
            etag: rendering.etag().map(|etag| Bytes::copy_from_slice(etag.as_bytes())),
            location: Some(rendering.location().into()),
        })
    }
}

/// What `rendering` shows as JSON.
pub(super) fn body(rendering: &Rendering<'_>) -> Result<Vec<u8>, Error> {
    let mut body = Vec::with_capacity(rendering.room());
    serde_json::to_writer(&mut body, rendering).map_err(|error| {
        tracing::error!(%error, "a resource can't be written as JSON");
        Error::Internal
    })?;
    Ok(body)
}
