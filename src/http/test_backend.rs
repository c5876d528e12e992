//! A backend that answers from memory, and misbehaves when asked to.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use super::{Backend, Limits, MountedBridge, RequestIds, Service};
use crate::auth::{Authenticator, Client, ClientInfo, Credentials, TokenHash};
use crate::bridge::{Context, Dialect, Error, Fetched, Representation, Selection, Target, TypeIndex};
use crate::clock::SystemClock;
use crate::scim;
use crate::scim::query::SearchRequest;

/// The token of the one client.
pub(super) const TOKEN: &str = "secret";

#[derive(Debug, Default)]
pub(super) struct TestBackend;

/// A service with a [`TestBackend`] at `/scim/v2`.
pub(super) fn service(change: impl FnOnce(&mut MountedBridge<TestBackend>)) -> Service {
    service_called(1, change)
}

/// The same, whose requests have names that begin with `seed`.
pub(super) fn service_called(seed: u32, change: impl FnOnce(&mut MountedBridge<TestBackend>)) -> Service {
    let info = Arc::new(ClientInfo { name: "tester".into(), visibility: 0 });
    let client = Client { info, dialect: Dialect::Default };
    let mut mount = MountedBridge {
        path: "/scim/v2".into(),
        bridge: Arc::new(TestBackend),
        authenticator: Authenticator::new([Credentials { client, tokens: vec![TokenHash::of(TOKEN.as_bytes())] }]),
        limits: Limits { max_body: 1000, request_timeout: Duration::from_secs(20) },
        public_discovery: false,
    };
    change(&mut mount);
    Service::new(vec![mount], RequestIds::new(seed), Arc::new(SystemClock), 2)
}

impl Backend for TestBackend {
    fn endpoint(&self, name: &str) -> Option<TypeIndex> {
        ["Users", "Groups"].iter().position(|known| known.eq_ignore_ascii_case(name))
    }

    async fn get(
        &self,
        _: &Context,
        kind: TypeIndex,
        id: &str,
        selection: &Selection,
        if_none_match: Option<&str>,
    ) -> Result<Fetched, Error> {
        match id {
            "panic" => panic!("asked to"),
            "away" => Err(Error::Unavailable { retry_after: Duration::from_millis(1500) }),
            "late" => Err(Error::Timeout),
            "broken" => Err(Error::Internal),
            "never" => std::future::pending().await,
            "1" if if_none_match == Some("W/\"v1\"") => Ok(Fetched::NotModified { etag: "W/\"v1\"".into() }),
            "1" => Ok(Fetched::Representation(Representation {
                body: json!({ "id": id, "kind": kind, "attributes": selection.attributes }).to_string().into(),
                etag: Some("W/\"v1\"".into()),
                location: Some("http://127.0.0.1/scim/v2/Users/1".into()),
            })),
            _ => Err(Error::Scim(scim::Error::not_found())),
        }
    }

    async fn list(&self, context: &Context, target: Target, request: &SearchRequest) -> Result<Bytes, Error> {
        match request.filter.as_deref() {
            Some("bad") => Err(Error::Scim(scim::Error::invalid_filter("bad filter at column 1"))),
            filter => {
                let client = &context.client.name;
                Ok(json!({ "target": format!("{target:?}"), "filter": filter, "client": client }).to_string().into())
            }
        }
    }

    fn service_provider_config(&self) -> Bytes {
        Bytes::from_static(b"{\"patch\":{\"supported\":false}}")
    }

    fn resource_types(&self, request: &SearchRequest) -> Result<Bytes, Error> {
        self.schemas(request)
    }

    fn resource_type(&self, name: &str) -> Result<Bytes, Error> {
        self.schema(name)
    }

    fn schemas(&self, request: &SearchRequest) -> Result<Bytes, Error> {
        match request.filter {
            Some(_) => Err(Error::Scim(scim::Error::forbidden("no filter here"))),
            None => Ok(Bytes::from_static(b"{\"totalResults\":0}")),
        }
    }

    fn schema(&self, urn: &str) -> Result<Bytes, Error> {
        match urn {
            "User" | "urn:ietf:params:scim:schemas:core:2.0:User" => Ok(json!({ "id": urn }).to_string().into()),
            _ => Err(Error::Scim(scim::Error::not_found())),
        }
    }
}
