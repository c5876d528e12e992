//! Bodies that are JSON.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value};

use crate::http::backend::Backend;
use crate::http::exchange::Exchange;
use crate::http::failure::Failure;
use crate::http::mount::Limits;
use crate::http::place::Site;
use crate::http::room::Taken;
use crate::http::{body, media};
use crate::scim::{self, json};

/// A body that is a resource: a JSON object; with the room that it takes.
#[derive(Debug)]
pub(in crate::http) struct Resource(pub(in crate::http) Map<String, Value>, pub(in crate::http) Taken);

/// A body that is any JSON value: what PATCH makes of those that are no object is for PATCH to say.
#[derive(Debug)]
pub(in crate::http) struct Document(pub(in crate::http) Value, pub(in crate::http) Taken);

/// The body of a bulk request, which has a size of its own (RFC 7644 section 3.7.4).
#[derive(Debug)]
pub(in crate::http) struct Bulk(pub(in crate::http) Map<String, Value>, pub(in crate::http) Taken);

impl<U: Backend> FromRequest<Site<U>> for Bulk {
    type Rejection = Failure;

    async fn from_request(request: Request, site: &Site<U>) -> Result<Self, Failure> {
        let limits = &site.mount.limits;
        let limits = Limits { max_body: limits.max_bulk, ..*limits };
        match arrived(request, &limits).await {
            Ok((body, mut taken)) => Ok(Self(json::object_within(&body, pay(&mut taken))?, taken)),
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
        let (body, mut taken) = arrived(request, &site.mount.limits).await?;
        Ok(Self(json::object_within(&body, pay(&mut taken))?, taken))
    }
}

impl<U: Backend> FromRequest<Site<U>> for Document {
    type Rejection = Failure;

    async fn from_request(request: Request, site: &Site<U>) -> Result<Self, Failure> {
        let (body, mut taken) = arrived(request, &site.mount.limits).await?;
        Ok(Self(json::value_within(&body, pay(&mut taken))?, taken))
    }
}

/// The body, once it has arrived. It may be as large as the bridge's limits say, and take half of the time: one that is slow to
/// arrive doesn't get what is meant for the answer.
///
/// # Errors
/// 415 for what isn't said to be JSON, 413 for what is too large, 408 for what takes too long, 503 where there is no room.
pub(super) async fn arrived(request: Request, limits: &Limits) -> Result<(Bytes, Taken), Failure> {
    media::check_content(request.headers())?;
    let room = request.extensions().get::<Arc<Exchange>>().map(|exchange| exchange.room.clone());
    let room = room.ok_or(Failure::Internal)?;
    let body = body::read(request.into_body(), limits.max_body, &room);
    tokio::time::timeout(limits.request_timeout / 2, body).await.map_err(|_| Failure::RequestTimeout)?
}

/// Takes more room, as long as there is some.
pub(super) fn pay(taken: &mut Taken) -> impl FnMut(usize) -> bool {
    |octets| taken.more(octets).is_ok()
}
