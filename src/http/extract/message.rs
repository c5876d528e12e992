//! Bodies that are JSON.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value};

use crate::http::backend::Backend;
use crate::http::failure::Failure;
use crate::http::mount::Limits;
use crate::http::place::Site;
use crate::http::{body, media};
use crate::scim::{self, json};

/// A body that is a resource: a JSON object.
#[derive(Debug)]
pub(in crate::http) struct Resource(pub(in crate::http) Map<String, Value>);

/// A body that is any JSON value: what PATCH makes of those that are no object is for PATCH to say.
#[derive(Debug)]
pub(in crate::http) struct Document(pub(in crate::http) Value);

/// The body of a bulk request, which has a size of its own (RFC 7644 section 3.7.4).
#[derive(Debug)]
pub(in crate::http) struct Bulk(pub(in crate::http) Map<String, Value>);

impl<U: Backend> FromRequest<Site<U>> for Bulk {
    type Rejection = Failure;

    async fn from_request(request: Request, site: &Site<U>) -> Result<Self, Failure> {
        let limits = &site.mount.limits;
        let limits = Limits { max_body: limits.max_bulk, ..*limits };
        match arrived(request, &limits).await {
            Ok(body) => Ok(Self(json::object(&body)?)),
            Err(failure) if failure.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                let limit = limits.max_body;
                let detail = format!("The size of the bulk operation exceeds the maxPayloadSize ({limit})");
                Err(scim::Error::too_large(detail).into())
            }
            Err(failure) => Err(failure),
        }
    }
}

impl<U: Backend> FromRequest<Site<U>> for Resource {
    type Rejection = Failure;

    async fn from_request(request: Request, site: &Site<U>) -> Result<Self, Failure> {
        Ok(Self(json::object(&arrived(request, &site.mount.limits).await?)?))
    }
}

impl<U: Backend> FromRequest<Site<U>> for Document {
    type Rejection = Failure;

    async fn from_request(request: Request, site: &Site<U>) -> Result<Self, Failure> {
        Ok(Self(json::value(&arrived(request, &site.mount.limits).await?)?))
    }
}

/// The body, once it has arrived. It may be as large as the bridge's limits say, and take half of the time: one that is slow to
/// arrive doesn't get what is meant for the answer.
///
/// # Errors
/// 415 for what isn't said to be JSON, 413 for what is too large, 408 for what takes too long.
pub(super) async fn arrived(request: Request, limits: &Limits) -> Result<Bytes, Failure> {
    media::check_content(request.headers())?;
    let body = body::read(request.into_body(), limits.max_body);
    tokio::time::timeout(limits.request_timeout / 2, body).await.map_err(|_| Failure::RequestTimeout)?
}
