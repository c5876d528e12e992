//! Responses that aren't errors.

use axum::body::{Body, HttpBody};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::Stream;
use http::StatusCode;
use http::header::{self, HeaderName, HeaderValue};

use crate::bridge::{Fetched, Representation, Written};

/// The media type of SCIM (RFC 7644 section 8.1), which has no `charset` parameter.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/scim+json");

/// A JSON document.
#[derive(Debug)]
pub(super) struct Document(pub(super) Bytes);

/// JSON that isn't SCIM's, or word that the client has it already.
#[derive(Debug)]
pub(super) struct Plain(pub(super) Fetched);

/// A resource, or word that the client has it already.
///
/// `Location` is what RFC 7644's own examples send; `Content-Location` is what RFC 7643 section 3.1 wants `meta.location` to
/// be the same as.
#[derive(Debug)]
pub(super) struct Resource(pub(super) Fetched);

/// What became of a write (RFC 7644 sections 3.3, 3.5.1 and 3.5.2).
#[derive(Debug)]
pub(super) struct Outcome(pub(super) Written);

/// A resource is gone (RFC 7644 section 3.6).
#[derive(Debug)]
pub(super) struct Deleted;

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        json(StatusCode::OK, self.0)
    }
}

impl IntoResponse for Plain {
    fn into_response(self) -> Response {
        let mut response = Resource(self.0).into_response();
        if let Some(media_type) = response.headers_mut().get_mut(header::CONTENT_TYPE) {
            *media_type = HeaderValue::from_static("application/json");
        }
        response
    }
}

impl IntoResponse for Resource {
    fn into_response(self) -> Response {
        match self.0 {
            Fetched::NotModified { etag } => empty(StatusCode::NOT_MODIFIED, Some(etag)),
            Fetched::Representation(representation) => current(representation),
        }
    }
}

impl IntoResponse for Outcome {
    fn into_response(self) -> Response {
        match self.0 {
            Written::Created(representation) => resource(StatusCode::CREATED, representation),
            Written::Changed(representation) => current(representation),
            Written::NoContent { etag } => empty(StatusCode::NO_CONTENT, etag),
        }
    }
}

impl IntoResponse for Deleted {
    fn into_response(self) -> Response {
        empty(StatusCode::NO_CONTENT, None)
    }
}

/// A resource as it is.
fn current(representation: Representation) -> Response {
    let mut response = resource(StatusCode::OK, representation);
    if let Some(location) = response.headers().get(header::LOCATION).cloned() {
        response.headers_mut().insert(header::CONTENT_LOCATION, location);
    }
    response
}

fn resource(status: StatusCode, Representation { body, etag, location }: Representation) -> Response {
    let mut response = json(status, body);
    set(&mut response, header::ETAG, etag);
    set(&mut response, header::LOCATION, location);
    response
}

/// A response without a body.
fn empty(status: StatusCode, etag: Option<Bytes>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    set(&mut response, header::ETAG, etag);
    response
}

/// A JSON document that is sent while it is made.
#[derive(Debug)]
pub(super) struct Growing<S>(pub(super) S);

impl<S> IntoResponse for Growing<S>
where
    S: Stream<Item = Result<Bytes, Unfinished>> + Send + 'static,
{
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from_stream(self.0));
        response.headers_mut().insert(header::CONTENT_TYPE, MEDIA_TYPE);
        response
    }
}

/// A document breaks off. The client sees that, for the connection does too.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the answer could not be finished")]
pub(super) struct Unfinished;

/// A JSON document with a status.
pub(super) fn json(status: StatusCode, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, MEDIA_TYPE);
    response
}

/// Leaves the body out of the answer to a HEAD request, but not its length (RFC 9110 section 9.3.2). Where the router has done
/// so already, the length is there.
pub(super) fn without_body(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact() {
        parts.headers.entry(header::CONTENT_LENGTH).or_insert_with(|| length.into());
    }
    Response::from_parts(parts, Body::empty())
}

/// Takes back the length that the router gives to every answer: 204 and 304 have no body, and the length in a head would be that
/// of the one that isn't sent (RFC 9110 section 8.6).
pub(super) fn without_length(response: &mut Response) {
    response.headers_mut().remove(header::CONTENT_LENGTH);
}

/// Sets a header; a value that no header can hold is left out.
fn set(response: &mut Response, name: HeaderName, value: Option<Bytes>) {
    if let Some(Ok(value)) = value.map(HeaderValue::from_maybe_shared) {
        response.headers_mut().insert(name, value);
    }
}
