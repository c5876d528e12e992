//! From a route to a use case of the bridge.

use std::error::Error as StdError;

use bytes::Bytes;
use http::header::{self, HeaderMap};
use http::request::Parts;
use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::body::Body;

use super::backend::Backend;
use super::failure::Failure;
use super::mount::MountedBridge;
use super::route::Route;
use super::{body, media, reply};
use crate::bridge::{Context, Selection, Target, TypeIndex};
use crate::scim::query::SearchRequest;

/// A request that is allowed to be made.
pub(super) struct Call<'a, U> {
    /// What it is made to.
    pub(super) mount: &'a MountedBridge<U>,
    /// What it asks for.
    pub(super) route: &'a Route<'a>,
    /// The resource type, where the route names one.
    pub(super) kind: Option<TypeIndex>,
    /// Its head.
    pub(super) head: &'a Parts,
    /// What the use case is told of it.
    pub(super) context: Context,
}

impl<U: Backend> Call<'_, U> {
    /// The answer.
    ///
    /// # Errors
    /// Whatever went wrong.
    pub(super) async fn answer<B>(&self, body: B) -> Result<Response<Full<Bytes>>, Failure>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let bridge = &self.mount.bridge;
        let document = match self.route {
            Route::Resource(_, id) => return self.resource(id).await,
            Route::Root | Route::Collection(_) => self.list(&self.query()?).await?,
            Route::RootSearch | Route::CollectionSearch(_) => self.list(&self.search_request(body).await?).await?,
            Route::ServiceProviderConfig => bridge.service_provider_config(),
            Route::ResourceTypes(None) => bridge.resource_types(&self.query()?)?,
            Route::ResourceTypes(Some(name)) => bridge.resource_type(name)?,
            Route::Schemas(None) => bridge.schemas(&self.query()?)?,
            Route::Schemas(Some(urn)) => bridge.schema(urn)?,
            Route::Me | Route::Bulk => return Err(Failure::not_found()),
        };
        Ok(reply::json(StatusCode::OK, document))
    }

    async fn resource(&self, id: &str) -> Result<Response<Full<Bytes>>, Failure> {
        let kind = self.kind.ok_or_else(Failure::not_found)?;
        let query = self.query()?;
        let selection = Selection { attributes: query.attributes, excluded: query.excluded_attributes };
        let tags = if_none_match(&self.head.headers);
        let fetched = self.mount.bridge.get(&self.context, kind, id, &selection, tags.as_deref()).await?;
        Ok(reply::resource(fetched))
    }

    async fn list(&self, request: &SearchRequest) -> Result<Bytes, Failure> {
        tracing::debug!(?request, "query");
        let target = self.kind.map_or(Target::All, Target::Type);
        Ok(self.mount.bridge.list(&self.context, target, request).await?)
    }

    /// The query string, read as RFC 7644 section 3.4.2 has it.
    fn query(&self) -> Result<SearchRequest, Failure> {
        Ok(SearchRequest::from_query(self.head.uri.query().unwrap_or_default())?)
    }

    /// The body of a `.search` request (RFC 7644 section 3.4.3). One that is slow to arrive doesn't get the time that is
    /// meant for the answer.
    async fn search_request<B>(&self, body: B) -> Result<SearchRequest, Failure>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        media::check_content(&self.head.headers)?;
        let limits = &self.mount.limits;
        let body = tokio::time::timeout(limits.request_timeout / 2, body::read(body, limits.max_body))
            .await
            .map_err(|_| Failure::RequestTimeout)??;
        Ok(SearchRequest::from_body(&body)?)
    }
}

/// All `If-None-Match` headers as one; those that aren't text are left out, which only costs a full answer.
fn if_none_match(headers: &HeaderMap) -> Option<String> {
    let values: Vec<_> =
        headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}
