//! What a path names. The path is sound and canonical by then, see [`path::canonical`](crate::http::path::canonical).

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::bridge::{Target, TypeIndex};
use crate::http::backend::Backend;
use crate::http::failure::Failure;
use crate::http::place::Site;

/// The resource type whose endpoint the route names, or all of them where it names none.
#[derive(Debug)]
pub(in crate::http) struct Subject(pub(in crate::http) Target);

/// The resource type whose endpoint the route names.
#[derive(Debug)]
pub(in crate::http) struct Kind(pub(in crate::http) TypeIndex);

/// The resource that the route names.
#[derive(Debug)]
pub(in crate::http) struct Entry {
    /// Its type.
    pub(in crate::http) kind: TypeIndex,
    /// Its id.
    pub(in crate::http) id: String,
}

/// The document of its kind that the route names.
#[derive(Debug)]
pub(in crate::http) struct Name(pub(in crate::http) String);

/// The parameters of any route that has an endpoint, and of those that have none.
#[derive(Debug, Deserialize)]
struct Endpoint {
    endpoint: Option<String>,
}

impl<U: Backend> FromRequestParts<Site<U>> for Subject {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site<U>) -> Result<Self, Failure> {
        match parameters(parts, site).await? {
            Endpoint { endpoint: Some(name) } => Ok(Self(Target::Type(kind(site, &name)?))),
            Endpoint { endpoint: None } => Ok(Self(Target::All)),
        }
    }
}

impl<U: Backend> FromRequestParts<Site<U>> for Kind {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site<U>) -> Result<Self, Failure> {
        let endpoint: String = parameters(parts, site).await?;
        Ok(Self(kind(site, &endpoint)?))
    }
}

impl<U: Backend> FromRequestParts<Site<U>> for Entry {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site<U>) -> Result<Self, Failure> {
        let (endpoint, id): (String, String) = parameters(parts, site).await?;
        Ok(Self { kind: kind(site, &endpoint)?, id })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        Ok(Self(parameters(parts, state).await?))
    }
}

fn kind<U: Backend>(site: &Site<U>, endpoint: &str) -> Result<TypeIndex, Failure> {
    site.mount.bridge.endpoint(endpoint).ok_or_else(Failure::not_found)
}

async fn parameters<T, S>(parts: &mut Parts, state: &S) -> Result<T, Failure>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    let Path(parameters) = Path::from_request_parts(parts, state).await.map_err(|_| Failure::not_found())?;
    Ok(parameters)
}
