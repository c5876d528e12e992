//! What a write expects: a version before it, and what is shown after it.

use axum::extract::FromRequestParts;
use http::header;
use http::request::Parts;

use super::content::Query;
use crate::bridge::{Preconditions, Selection};
use crate::http::failure::Failure;

/// All `If-Match` headers as one (RFC 9110 section 5.3). Octets that aren't text stay as something that is no version of ours:
/// leaving them out would be a write without a condition.
#[derive(Debug)]
pub(in crate::http) struct Expected(pub(in crate::http) Preconditions);

/// What is shown of the resource that was written (RFC 7644 section 3.9).
#[derive(Debug)]
pub(in crate::http) struct Selected(pub(in crate::http) Selection);

impl<S: Sync> FromRequestParts<S> for Expected {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let values = parts.headers.get_all(header::IF_MATCH).iter();
        let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        Ok(Self(Preconditions { if_match: (!values.is_empty()).then(|| values.join(", ")) }))
    }
}

impl<S: Sync> FromRequestParts<S> for Selected {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Query(query) = Query::from_request_parts(parts, state).await?;
        Ok(Self(Selection { attributes: query.attributes, excluded: query.excluded_attributes }))
    }
}
