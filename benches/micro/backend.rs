//! A bridge without a directory: it has one resource, at hand.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use scimfront::auth::Schemes;
use scimfront::bridge::{
    Access, ClientInfo, Context, Error, Fetched, Job, Preconditions, Representation, Selection, Target, TypeIndex,
    Written,
};
use scimfront::cache::changes::Changes;
use scimfront::cache::id::Id;
use scimfront::cache::resources::{Finished, Held, Key, Resources};
use scimfront::http::Backend;
use scimfront::scim::query::SearchRequest;
use serde_json::{Map, Value};

/// Answers from a cache, and nothing else.
#[derive(Debug)]
pub(super) struct OneResource {
    resources: Resources,
}

impl OneResource {
    /// A cache that holds `body` under `id`.
    pub(super) fn new(id: &str, body: &str, now: Instant) -> Self {
        let changes = Arc::new(Changes::new());
        let meters = scimfront::cache::meters::Meters::new("bench", "resources");
        let resources = Resources::new(1 << 20, Arc::clone(&changes), meters);
        let finished = Finished {
            body: Bytes::copy_from_slice(body.as_bytes()),
            etag: Some(Bytes::from_static(b"W/\"20240102030405.000001Z#000000#000#000000\"")),
            location: Bytes::from(format!("http://127.0.0.1:8080/scim/v2/Users/{id}")),
            views: Box::default(),
        };
        let leaning = scimfront::cache::changes::Leaning {
            entries: [changes.stripe(id)].into(),
            ..scimfront::cache::changes::Leaning::default()
        };
        let key = Key { kind: 0, visibility: 0, id: Id::of(id) };
        resources.keep(key, Held::Resource(Arc::new(finished)), changes.begin(now), leaning);
        Self { resources }
    }
}

impl Backend for OneResource {
    fn endpoint(&self, name: &str) -> Option<TypeIndex> {
        (name == "Users").then_some(0)
    }

    fn at_hand(
        &self,
        client: &ClientInfo,
        kind: TypeIndex,
        id: &str,
        _: Option<&str>,
        now: Instant,
    ) -> Option<Fetched> {
        let key = Key { kind, visibility: client.visibility, id: Id::of(id) };
        match self.resources.hit(&key, now)? {
            Held::Resource(finished) => Some(Fetched::Representation(Representation {
                body: finished.body.clone(),
                etag: finished.etag.clone(),
                location: Some(finished.location.clone()),
            })),
            Held::Missing(_) => None,
        }
    }

    async fn get(&self, _: &Context, _: TypeIndex, _: &str, _: &Selection, _: Option<&str>) -> Result<Fetched, Error> {
        Err(Error::Internal)
    }

    async fn list(&self, _: &Context, _: Target, _: &SearchRequest) -> Result<Bytes, Error> {
        Err(Error::Internal)
    }

    async fn create(&self, _: &Context, _: TypeIndex, _: &Map<String, Value>, _: &Selection) -> Result<Written, Error> {
        Err(Error::Internal)
    }

    async fn replace(
        &self,
        _: &Context,
        _: TypeIndex,
        _: &str,
        _: &Map<String, Value>,
        _: &Selection,
        _: &Preconditions,
    ) -> Result<Written, Error> {
        Err(Error::Internal)
    }

    async fn patch(
        &self,
        _: &Context,
        _: TypeIndex,
        _: &str,
        _: Value,
        _: &Selection,
        _: &Preconditions,
    ) -> Result<Written, Error> {
        Err(Error::Internal)
    }

    async fn delete(&self, _: &Context, _: TypeIndex, _: &str, _: &Preconditions) -> Result<(), Error> {
        Err(Error::Internal)
    }

    fn bulk(&self, _: &Context, _: Map<String, Value>) -> Result<Job, Error> {
        Err(Error::Internal)
    }

    async fn run_bulk(&self, _: &Context, _: Job, _: Duration, _: impl FnMut(Bytes) + Send) {}

    fn service_provider_config(&self, _: Schemes, _: Option<&str>) -> Result<Fetched, Error> {
        Err(Error::Internal)
    }

    fn resource_types(&self, _: &ClientInfo, _: &SearchRequest, _: Option<&str>) -> Result<Fetched, Error> {
        Err(Error::Internal)
    }

    fn resource_type(&self, _: &ClientInfo, _: &str, _: Option<&str>) -> Result<Fetched, Error> {
        Err(Error::Internal)
    }

    fn schemas(&self, _: &ClientInfo, _: &SearchRequest, _: Option<&str>) -> Result<Fetched, Error> {
        Err(Error::Internal)
    }

    fn schema(&self, _: &ClientInfo, _: &str, _: Option<&str>) -> Result<Fetched, Error> {
        Err(Error::Internal)
    }

    fn openapi(&self, _: &ClientInfo, _: Access, _: Option<&str>) -> Result<Fetched, Error> {
        Err(Error::Internal)
    }
}
