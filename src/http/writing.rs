//! The handlers that write. As those that read, but what each starts runs to its end.

use axum::extract::State;

use super::backend::Backend;
use super::extract::{Caller, Document, Entry, Expected, Kind, Resource, Selected, TakesJson};
use super::failure::Failure;
use super::place::Site;
use super::reply::{Deleted, Outcome};

/// POST: makes a resource (RFC 7644 section 3.3).
pub(super) async fn create<U: Backend>(
    State(Site { mount, writes, .. }): State<Site<U>>,
    Caller(context): Caller,
    Kind(kind): Kind,
    _: TakesJson,
    Selected(selection): Selected,
    Resource(body, taken): Resource,
) -> Result<Outcome, Failure> {
    let work = async move {
        let written = mount.bridge.create(&context, kind, &body, &selection).await?;
        drop(taken);
        Ok(written)
    };
    writes.run(work).await.map(Outcome)
}

/// PUT: replaces a resource (RFC 7644 section 3.5.1).
pub(super) async fn replace<U: Backend>(
    State(Site { mount, writes, .. }): State<Site<U>>,
    Caller(context): Caller,
    Entry { kind, id }: Entry,
    _: TakesJson,
    Selected(selection): Selected,
    Expected(version): Expected,
    Resource(body, taken): Resource,
) -> Result<Outcome, Failure> {
    let work = async move {
        let written = mount.bridge.replace(&context, kind, &id, &body, &selection, &version).await?;
        drop(taken);
        Ok(written)
    };
    writes.run(work).await.map(Outcome)
}

/// PATCH: changes a resource (RFC 7644 section 3.5.2).
pub(super) async fn patch<U: Backend>(
    State(Site { mount, writes, .. }): State<Site<U>>,
    Caller(context): Caller,
    Entry { kind, id }: Entry,
    _: TakesJson,
    Selected(selection): Selected,
    Expected(version): Expected,
    Document(body, taken): Document,
) -> Result<Outcome, Failure> {
    let work = async move {
        let written = mount.bridge.patch(&context, kind, &id, body, &selection, &version).await?;
        drop(taken);
        Ok(written)
    };
    writes.run(work).await.map(Outcome)
}

/// DELETE (RFC 7644 section 3.6). What the client takes for an answer doesn't matter: there is none but a status.
pub(super) async fn delete<U: Backend>(
    State(Site { mount, writes, .. }): State<Site<U>>,
    Caller(context): Caller,
    Entry { kind, id }: Entry,
    Expected(version): Expected,
) -> Result<Deleted, Failure> {
    let work = async move { Ok(mount.bridge.delete(&context, kind, &id, &version).await?) };
    writes.run(work).await.map(|()| Deleted)
}
