//! The use cases of one mapping over its directories. This is a stand-in that answers from memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

pub use crate::auth::ClientInfo;
use crate::clock::SharedClock;
pub use crate::config::Dialect;
use crate::scim;
use crate::scim::query::SearchRequest;

/// A resource type's place in the mapping.
pub type TypeIndex = usize;

/// What a use case knows about the request it serves.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who asks.
    pub client: Arc<ClientInfo>,
    /// When the answer is no longer wanted.
    pub deadline: Instant,
    /// What the request is called in logs.
    pub request_id: Arc<str>,
    /// The client's habits.
    pub dialect: Dialect,
    /// Whether writes are only planned.
    pub dry_run: bool,
    /// Where time comes from.
    pub clock: SharedClock,
}

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client is told this.
    #[error("{0}")]
    Scim(scim::Error),
    /// The directory is away.
    #[error("the directory is unavailable")]
    Unavailable {
        /// When it may be back.
        retry_after: Duration,
    },
    /// The deadline passed.
    #[error("the deadline has passed")]
    Timeout,
    /// A fault of this program or an answer of the directory that makes no sense.
    #[error("internal error")]
    Internal,
}

/// Which resource types a query is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One.
    Type(TypeIndex),
    /// All of them.
    All,
}

/// `attributes` and `excludedAttributes` of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// `attributes`
    pub attributes: Vec<String>,
    /// `excludedAttributes`
    pub excluded: Vec<String>,
}

/// A resource as it is sent.
#[derive(Debug, Clone)]
pub struct Representation {
    /// The JSON.
    pub body: Bytes,
    /// Its entity tag, `W/"…"`.
    pub etag: Option<String>,
    /// Its `meta.location`.
    pub location: Option<String>,
}

/// The outcome of a conditional read.
#[derive(Debug, Clone)]
pub enum Fetched {
    /// The resource.
    Representation(Representation),
    /// The client has it already.
    NotModified {
        /// Its entity tag.
        etag: String,
    },
}

/// One mapping over its directories.
#[derive(Debug, Default)]
pub struct Bridge;

impl Bridge {
    /// The resource type with this endpoint name (`Users`): exact case first, then any.
    pub fn endpoint(&self, name: &str) -> Option<TypeIndex> {
        ["Users", "Groups"].iter().position(|known| known.eq_ignore_ascii_case(name))
    }

    /// One resource.
    ///
    /// # Errors
    /// 404 for an id that names no resource of this type.
    pub async fn get(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        selection: &Selection,
        if_none_match: Option<&str>,
    ) -> Result<Fetched, Error> {
        let _ = (cx, kind);
        match id {
            "panic" => panic!("asked to"),
            "away" => Err(Error::Unavailable { retry_after: Duration::from_millis(1500) }),
            "late" => Err(Error::Timeout),
            "broken" => Err(Error::Internal),
            "never" => std::future::pending().await,
            "1" if if_none_match == Some("W/\"v1\"") => Ok(Fetched::NotModified { etag: "W/\"v1\"".into() }),
            "1" => Ok(Fetched::Representation(Representation {
                body: serde_json::json!({ "id": id, "attributes": selection.attributes }).to_string().into(),
                etag: Some("W/\"v1\"".into()),
                location: Some("http://127.0.0.1/scim/v2/Users/1".into()),
            })),
            _ => Err(Error::Scim(scim::Error::not_found())),
        }
    }

    /// A list response.
    ///
    /// # Errors
    /// 400 for a bad filter and the like.
    pub async fn list(&self, cx: &Context, target: Target, request: &SearchRequest) -> Result<Bytes, Error> {
        let _ = cx;
        match request.filter.as_deref() {
            Some("bad") => Err(Error::Scim(scim::Error::invalid_filter("bad filter at column 1"))),
            filter => Ok(serde_json::json!({ "target": format!("{target:?}"), "filter": filter }).to_string().into()),
        }
    }

    /// `/ServiceProviderConfig`
    pub fn service_provider_config(&self) -> Bytes {
        Bytes::from_static(b"{\"patch\":{\"supported\":false}}")
    }

    /// `/ResourceTypes`
    ///
    /// # Errors
    /// 403 for a filter (RFC 7644 section 4).
    pub fn resource_types(&self, request: &SearchRequest) -> Result<Bytes, Error> {
        self.schemas(request)
    }

    /// `/ResourceTypes/{name}`
    ///
    /// # Errors
    /// 404 for a name that there isn't.
    pub fn resource_type(&self, name: &str) -> Result<Bytes, Error> {
        self.schema(name)
    }

    /// `/Schemas`
    ///
    /// # Errors
    /// 403 for a filter (RFC 7644 section 4).
    pub fn schemas(&self, request: &SearchRequest) -> Result<Bytes, Error> {
        match request.filter {
            Some(_) => Err(Error::Scim(scim::Error::forbidden("no filter here"))),
            None => Ok(Bytes::from_static(b"{\"totalResults\":0}")),
        }
    }

    /// `/Schemas/{urn}`
    ///
    /// # Errors
    /// 404 for a URN that there isn't.
    pub fn schema(&self, urn: &str) -> Result<Bytes, Error> {
        match urn {
            "User" | "urn:ietf:params:scim:schemas:core:2.0:User" => Ok(Bytes::from_static(b"{\"id\":\"x\"}")),
            _ => Err(Error::Scim(scim::Error::not_found())),
        }
    }

    /// Whether its directories answer.
    pub async fn ready(&self) -> bool {
        true
    }
}
