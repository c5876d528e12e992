//! Responses that aren't errors.

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::body::Body;

use crate::bridge::{Fetched, Representation};

/// The media type of SCIM (RFC 7644 section 8.1), which has no `charset` parameter.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/scim+json");

/// A JSON document.
pub(super) fn json(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, MEDIA_TYPE);
    response
}

/// A resource, or word that the client has it already.
///
/// `Location` is what RFC 7644's own examples send; `Content-Location` is what RFC 7643 section 3.1 wants `meta.location` to
/// be the same as.
pub(super) fn resource(fetched: Fetched) -> Response<Full<Bytes>> {
    match fetched {
        Fetched::NotModified { etag } => {
            let mut response = Response::new(Full::default());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            set(&mut response, header::ETAG, etag);
            response
        }
        Fetched::Representation(Representation { body, etag, location }) => {
            let mut response = json(StatusCode::OK, body);
            if let Some(etag) = etag {
                set(&mut response, header::ETAG, etag);
            }
            if let Some(location) = location.and_then(|location| HeaderValue::try_from(location).ok()) {
                response.headers_mut().insert(header::CONTENT_LOCATION, location.clone());
                response.headers_mut().insert(header::LOCATION, location);
            }
            response
        }
    }
}

/// Leaves the body out of the answer to a HEAD request, but not its length (RFC 9110 section 9.3.2).
pub(super) fn without_body(response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    let (mut parts, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact().filter(|_| parts.status != StatusCode::NOT_MODIFIED) {
        parts.headers.insert(header::CONTENT_LENGTH, length.into());
    }
    Response::from_parts(parts, Full::default())
}

/// Sets a header; a value that no header can hold is left out.
fn set(response: &mut Response<Full<Bytes>>, name: HeaderName, value: String) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(name, value);
    }
}
