//! What a path names. The path is sound and canonical by then, see [`path::canonical`](crate::http::path::canonical).

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use serde::Deserialize;

use crate::bridge::Target;
use crate::http::backend::Backend;
use crate::http::failure::Failure;
use crate::http::place::Site;

/// The resource type whose endpoint the route names, or all of them where it names none.
#[derive(Debug)]
pub(in crate::http) struct Subject(pub(in crate::http) Target);

/// The one thing that the route names, among resources of a type or documents of a kind.
#[derive(Debug)]
pub(in crate::http) struct Name(pub(in crate::http) String);

/// A path's parameters.
#[derive(Debug, Deserialize)]
struct Endpoint {
    #[serde(default)]
    endpoint: Option<String>,
}

/// A path's parameters.
#[derive(Debug, Deserialize)]
struct Last {
    #[serde(alias = "name", alias = "urn")]
    id: String,
}

impl<U: Backend> FromRequestParts<Site<U>> for Subject {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site<U>) -> Result<Self, Failure> {
        let Path(Endpoint { endpoint }) = parameters(parts, site).await?;
        match endpoint {
            Some(name) => {
                site.mount.bridge.endpoint(&name).map(|kind| Self(Target::Type(kind))).ok_or_else(Failure::not_found)
            }
            None => Ok(Self(Target::All)),
        }
    }
}

impl<U: Backend> FromRequestParts<Site<U>> for Name {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site<U>) -> Result<Self, Failure> {
        let Path(Last { id }) = parameters(parts, site).await?;
        Ok(Self(id))
    }
}

async fn parameters<T, S>(parts: &mut Parts, state: &S) -> Result<Path<T>, Failure>
where
    T: serde::de::DeserializeOwned + Send,
    S: Send + Sync,
{
    Path::from_request_parts(parts, state).await.map_err(|_| Failure::not_found())
}
