//! From a route to a use case of the bridge. Whatever has to be checked before is an argument: extractors run from left to
//! right, [`Caller`] always first.

use std::sync::Arc;

use axum::extract::State;
use http::Method;

use super::backend::Backend;
use super::extract::{Caller, Conditions, Entry, Name, Query, Search, Selected, Subject, TakesJson};
use super::failure::Failure;
use super::mount::MountedBridge;
use super::place::Site;
use super::reply::{Document, Plain, Resource};
use crate::bridge::{Access, Context, Target};
use crate::scim::query::SearchRequest;

type Answer<T> = Result<T, Failure>;

/// The resources of a type, or of all types (RFC 7644 section 3.4.2).
pub(super) async fn list<U: Backend>(
    State(site): State<Site<U>>,
    Caller(context): Caller,
    Subject(target): Subject,
    _: TakesJson,
    Query(request): Query,
) -> Answer<Document> {
    find(&site.mount, &context, target, &request).await
}

/// The same, asked for by POST (RFC 7644 section 3.4.3).
pub(super) async fn search<U: Backend>(
    State(site): State<Site<U>>,
    Caller(context): Caller,
    Subject(target): Subject,
    _: TakesJson,
    Search(request, _taken): Search,
) -> Answer<Document> {
    find(&site.mount, &context, target, &request).await
}

async fn find<U: Backend>(
    mount: &Arc<MountedBridge<U>>,
    context: &Context,
    target: Target,
    request: &SearchRequest,
) -> Answer<Document> {
    // Not the filter: clients have been seen to look for people by their passwords.
    let filter = request.filter.as_ref().map(String::len);
    tracing::debug!(?target, filter, sort = request.sort_by, count = request.count, "query");
    // Lists take the most, and are what many clients ask for at once. One that waits too long is refused while there is time to say so.
    let patience = mount.limits.request_timeout / 2;
    let _turn = mount.authenticator.turn(&context.client, patience).await?;
    Ok(Document(mount.bridge.list(context, target, request).await?))
}

/// One resource (RFC 7644 section 3.4.1).
pub(super) async fn resource<U: Backend>(
    State(site): State<Site<U>>,
    Caller(context): Caller,
    Entry { kind, id }: Entry,
    _: TakesJson,
    Selected(selection): Selected,
    Conditions(tags): Conditions,
) -> Answer<Resource> {
    Ok(Resource(site.mount.bridge.get(&context, kind, &id, &selection, tags.as_deref()).await?))
}

/// What the server can do (RFC 7644 section 4).
pub(super) async fn service_provider_config<U: Backend>(
    State(site): State<Site<U>>,
    _: Caller,
    _: TakesJson,
    Conditions(tags): Conditions,
) -> Answer<Resource> {
    Ok(Resource(site.mount.bridge.service_provider_config(site.mount.authenticator.schemes(), tags.as_deref())?))
}

/// All resource types.
pub(super) async fn resource_types<U: Backend>(
    State(site): State<Site<U>>,
    Caller(context): Caller,
    _: TakesJson,
    Query(request): Query,
    Conditions(tags): Conditions,
) -> Answer<Resource> {
    Ok(Resource(site.mount.bridge.resource_types(&context.client, &request, tags.as_deref())?))
}

/// One resource type.
pub(super) async fn resource_type<U: Backend>(
    State(site): State<Site<U>>,
    Caller(context): Caller,
    _: TakesJson,
    Name(name): Name,
    Conditions(tags): Conditions,
) -> Answer<Resource> {
    Ok(Resource(site.mount.bridge.resource_type(&context.client, &name, tags.as_deref())?))
}

/// All schemas.
pub(super) async fn schemas<U: Backend>(
    State(site): State<Site<U>>,
    Caller(context): Caller,
    _: TakesJson,
    Query(request): Query,
    Conditions(tags): Conditions,
) -> Answer<Resource> {
    Ok(Resource(site.mount.bridge.schemas(&context.client, &request, tags.as_deref())?))
}

/// One schema.
pub(super) async fn schema<U: Backend>(
    State(site): State<Site<U>>,
    Caller(context): Caller,
    _: TakesJson,
    Name(urn): Name,
    Conditions(tags): Conditions,
) -> Answer<Resource> {
    Ok(Resource(site.mount.bridge.schema(&context.client, &urn, tags.as_deref())?))
}

/// The bridge as OpenAPI describes it.
pub(super) async fn openapi<U: Backend>(
    State(site): State<Site<U>>,
    Caller(context): Caller,
    _: TakesJson,
    Conditions(tags): Conditions,
) -> Answer<Plain> {
    let mount = &site.mount;
    let access = Access { schemes: mount.authenticator.schemes(), public_discovery: mount.public_discovery };
    Ok(Plain(mount.bridge.openapi(&context.client, access, tags.as_deref())?))
}

/// A method that has no handler.
pub(super) async fn refused<U: Backend>(State(site): State<Site<U>>, _: Caller, _: Subject, method: Method) -> Failure {
    site.place.refusal(&method)
}

/// A path of a bridge that is no route.
pub(super) async fn nothing(_: Caller) -> Failure {
    Failure::not_found()
}

/// A path outside all bridges, about which there is nothing to hide.
pub(super) async fn nowhere() -> Failure {
    Failure::not_found()
}
