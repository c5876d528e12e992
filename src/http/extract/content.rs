//! What a request asks for beyond its path: query, body, conditions.

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::header;
use http::request::Parts;

use super::message;
use crate::http::backend::Backend;
use crate::http::failure::Failure;
use crate::http::media;
use crate::http::place::Site;
use crate::http::room::Taken;
use crate::scim::query::SearchRequest;

/// The query string, read as RFC 7644 section 3.4.2 has it.
#[derive(Debug)]
pub(in crate::http) struct Query(pub(in crate::http) SearchRequest);

/// The body of a `.search` request (RFC 7644 section 3.4.3).
#[derive(Debug)]
pub(in crate::http) struct Search(pub(in crate::http) SearchRequest, pub(in crate::http) Taken);

/// Someone who takes JSON for an answer.
#[derive(Debug)]
pub(in crate::http) struct TakesJson;

/// All `If-None-Match` headers as one; those that aren't text are left out, which only costs a full answer.
#[derive(Debug)]
pub(in crate::http) struct Conditions(pub(in crate::http) Option<String>);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        Ok(Self(SearchRequest::from_query(parts.uri.query().unwrap_or_default())?))
    }
}

impl<U: Backend> FromRequest<Site<U>> for Search {
    type Rejection = Failure;

    async fn from_request(request: Request, site: &Site<U>) -> Result<Self, Failure> {
        let (body, mut taken) = message::arrived(request, &site.mount.limits).await?;
        Ok(Self(SearchRequest::from_body(&body, message::pay(&mut taken))?, taken))
    }
}

impl<S: Sync> FromRequestParts<S> for TakesJson {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        media::check_accept(&parts.headers)?;
        Ok(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for Conditions {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let values = parts.headers.get_all(header::IF_NONE_MATCH).iter();
        let values: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
        Ok(Self((!values.is_empty()).then(|| values.join(", "))))
    }
}
