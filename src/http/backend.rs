//! What this module wants of a bridge, so that its own tests can do without directories.

use std::fmt::Debug;
use std::future::Future;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::auth::Schemes;
use crate::bridge::{
    Access, Bridge, ClientInfo, Context, Error, Fetched, Job, Preconditions, Selection, Target, TypeIndex, Written,
};
use crate::scim::query::SearchRequest;

/// The use cases that requests come down to; see [`Bridge`] for what each does.
pub trait Backend: Debug + Send + Sync + 'static {
    /// [`Bridge::endpoint`]
    fn endpoint(&self, name: &str) -> Option<TypeIndex>;
    /// [`Bridge::get`]
    fn get(
        &self,
        context: &Context,
        kind: TypeIndex,
        id: &str,
        selection: &Selection,
        if_none_match: Option<&str>,
    ) -> impl Future<Output = Result<Fetched, Error>> + Send;
    /// [`Bridge::at_hand`]
    fn at_hand(
        &self,
        client: &ClientInfo,
        kind: TypeIndex,
        id: &str,
        if_none_match: Option<&str>,
        now: Instant,
    ) -> Option<Fetched>;
    /// [`Bridge::list`]
    fn list(
        &self,
        context: &Context,
        target: Target,
        request: &SearchRequest,
    ) -> impl Future<Output = Result<Bytes, Error>> + Send;
    /// [`Bridge::create`]
    fn create(
        &self,
        context: &Context,
        kind: TypeIndex,
        body: &Map<String, Value>,
        selection: &Selection,
    ) -> impl Future<Output = Result<Written, Error>> + Send;
    /// [`Bridge::replace`]
    fn replace(
        &self,
        context: &Context,
        kind: TypeIndex,
        id: &str,
        body: &Map<String, Value>,
        selection: &Selection,
        preconditions: &Preconditions,
    ) -> impl Future<Output = Result<Written, Error>> + Send;
    /// [`Bridge::patch`]
    fn patch(
        &self,
        context: &Context,
        kind: TypeIndex,
        id: &str,
        body: Value,
        selection: &Selection,
        preconditions: &Preconditions,
    ) -> impl Future<Output = Result<Written, Error>> + Send;
    /// [`Bridge::delete`]
    fn delete(
        &self,
        context: &Context,
        kind: TypeIndex,
        id: &str,
        preconditions: &Preconditions,
    ) -> impl Future<Output = Result<(), Error>> + Send;
    /// [`Bridge::bulk`]
    fn bulk(&self, context: &Context, body: Map<String, Value>) -> Result<Job, Error>;
    /// [`Bridge::run_bulk`]
    fn run_bulk(
        &self,
        context: &Context,
        job: Job,
        patience: Duration,
        each: impl FnMut(Bytes) + Send,
    ) -> impl Future<Output = ()> + Send;
    /// [`Bridge::service_provider_config`]
    fn service_provider_config(&self, schemes: Schemes, if_none_match: Option<&str>) -> Result<Fetched, Error>;
    /// [`Bridge::resource_types`]
    fn resource_types(
        &self,
        client: &ClientInfo,
        request: &SearchRequest,
        if_none_match: Option<&str>,
    ) -> Result<Fetched, Error>;
    /// [`Bridge::resource_type`]
    fn resource_type(&self, client: &ClientInfo, name: &str, if_none_match: Option<&str>) -> Result<Fetched, Error>;
    /// [`Bridge::schemas`]
    fn schemas(
        &self,
        client: &ClientInfo,
        request: &SearchRequest,
        if_none_match: Option<&str>,
    ) -> Result<Fetched, Error>;
    /// [`Bridge::schema`]
    fn schema(&self, client: &ClientInfo, urn: &str, if_none_match: Option<&str>) -> Result<Fetched, Error>;
    /// [`Bridge::openapi`]
    fn openapi(&self, client: &ClientInfo, access: Access, if_none_match: Option<&str>) -> Result<Fetched, Error>;
}

impl Backend for Bridge {
    fn endpoint(&self, name: &str) -> Option<TypeIndex> {
        self.endpoint(name)
    }

    fn get(
        &self,
        context: &Context,
        kind: TypeIndex,
        id: &str,
        selection: &Selection,
        if_none_match: Option<&str>,
    ) -> impl Future<Output = Result<Fetched, Error>> + Send {
        self.get(context, kind, id, selection, if_none_match)
    }

    fn at_hand(
        &self,
        client: &ClientInfo,
        kind: TypeIndex,
        id: &str,
        if_none_match: Option<&str>,
        now: Instant,
    ) -> Option<Fetched> {
        self.at_hand(client, kind, id, if_none_match, now)
    }

    fn list(
        &self,
        context: &Context,
        target: Target,
        request: &SearchRequest,
    ) -> impl Future<Output = Result<Bytes, Error>> + Send {
        self.list(context, target, request)
    }

    fn create(
        &self,
        context: &Context,
        kind: TypeIndex,
        body: &Map<String, Value>,
        selection: &Selection,
    ) -> impl Future<Output = Result<Written, Error>> + Send {
        self.create(context, kind, body, selection)
    }

    fn replace(
        &self,
        context: &Context,
        kind: TypeIndex,
        id: &str,
        body: &Map<String, Value>,
        selection: &Selection,
        preconditions: &Preconditions,
    ) -> impl Future<Output = Result<Written, Error>> + Send {
        self.replace(context, kind, id, body, selection, preconditions)
    }

    fn patch(
        &self,
        context: &Context,
        kind: TypeIndex,
        id: &str,
        body: Value,
        selection: &Selection,
        preconditions: &Preconditions,
    ) -> impl Future<Output = Result<Written, Error>> + Send {
        self.patch(context, kind, id, body, selection, preconditions)
    }

    fn delete(
        &self,
        context: &Context,
        kind: TypeIndex,
        id: &str,
        preconditions: &Preconditions,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        self.delete(context, kind, id, preconditions)
    }

    fn bulk(&self, context: &Context, body: Map<String, Value>) -> Result<Job, Error> {
        self.bulk(context, body)
    }

    fn run_bulk(
        &self,
        context: &Context,
        job: Job,
        patience: Duration,
        each: impl FnMut(Bytes) + Send,
    ) -> impl Future<Output = ()> + Send {
        self.run_bulk(context, job, patience, each)
    }

    fn service_provider_config(&self, schemes: Schemes, if_none_match: Option<&str>) -> Result<Fetched, Error> {
        self.service_provider_config(schemes, if_none_match)
    }

    fn resource_types(
        &self,
        client: &ClientInfo,
        request: &SearchRequest,
        if_none_match: Option<&str>,
    ) -> Result<Fetched, Error> {
        self.resource_types(client, request, if_none_match)
    }

    fn resource_type(&self, client: &ClientInfo, name: &str, if_none_match: Option<&str>) -> Result<Fetched, Error> {
        self.resource_type(client, name, if_none_match)
    }

    fn schemas(
        &self,
        client: &ClientInfo,
        request: &SearchRequest,
        if_none_match: Option<&str>,
    ) -> Result<Fetched, Error> {
        self.schemas(client, request, if_none_match)
    }

    fn schema(&self, client: &ClientInfo, urn: &str, if_none_match: Option<&str>) -> Result<Fetched, Error> {
        self.schema(client, urn, if_none_match)
    }

    fn openapi(&self, client: &ClientInfo, access: Access, if_none_match: Option<&str>) -> Result<Fetched, Error> {
        self.openapi(client, access, if_none_match)
    }
}
