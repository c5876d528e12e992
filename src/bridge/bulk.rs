//! Bulk requests (RFC 7644 section 3.7): each operation is the use case that it would be as a request of its own.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use serde_json::{Map, Value};

use super::answer::Representation;
use super::context::{Context, Selection};
use super::error::Error;
use super::service::Bridge;
use super::write::{Preconditions, Written};
use crate::clock;
use crate::scim;
use crate::scim::bulk::{self, Action, Done, Job};

/// How many operations run at once, where their order doesn't matter.
const AT_ONCE: usize = 4;

/// How many times as long as one request a bulk request may take.
const PATIENCE: u32 = 10;

impl Bridge {
    /// Reads a bulk request and plans it. Nothing is written yet.
    ///
    /// # Errors
    /// 400 for a message that isn't one, 413 for too many operations or values. What is wrong with a single operation is told in the answer.
    pub fn bulk(&self, cx: &Context, body: Map<String, Value>) -> Result<Job, Error> {
        if cx.client.reads_only {
            return Err(scim::Error::forbidden("this client may only read").into());
        }
        self.admit_values(scim::json::listed_in(&body))?;
        let limits = bulk::Limits { max_operations: self.limits.bulk_operations };
        let request = bulk::parse(body, &limits, cx.dialect)?;
        let endpoint = |schema: &scim::ResourceSchema| schema.endpoint().trim_start_matches('/').to_owned();
        let endpoints = self.mapping.resources.iter().map(|resource| endpoint(&resource.schema)).collect();
        Ok(Job::new(request, &self.base_url, endpoints))
    }

    /// Carries out a planned bulk request and hands each bit of the answer to `each` as soon as it is known, in the order of the
    /// request. Each operation may take `patience`, as a request of its own might, and all of them together ten times that: what
    /// isn't begun by then is told to be 503.
    pub async fn run_bulk(&self, cx: &Context, mut job: Job, patience: Duration, mut each: impl FnMut(Bytes) + Send) {
        let end = clock::deadline(&*cx.clock, patience.saturating_mul(PATIENCE));
        each(Bytes::from_static(bulk::HEAD.as_bytes()));
        loop {
            let actions = job.due();
            if actions.is_empty() {
                break;
            }
            let running = actions.into_iter().map(|(ticket, action)| async move {
                if cx.clock.now() >= end {
                    return (ticket, Err(too_late()));
                }
                let deadline = clock::deadline(&*cx.clock, patience).min(end);
                let cx = Context { deadline, bulk: true, ..cx.clone() };
                (ticket, self.operate(&cx, action).await)
            });
            let mut running = stream::iter(running).buffer_unordered(AT_ONCE);
            while let Some((ticket, outcome)) = running.next().await {
                job.done(ticket, outcome);
                job.ready().into_iter().for_each(&mut each);
            }
            if cx.clock.now() >= end {
                job.give_up(&too_late());
            }
        }
        job.rest().into_iter().for_each(&mut each);
        each(Bytes::from_static(bulk::TAIL.as_bytes()));
    }

    /// Performs one operation; a panic is that operation's error.
    async fn operate(&self, cx: &Context, action: Action) -> Result<Done, scim::Error> {
        let outcome = AssertUnwindSafe(self.write(cx, action)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!("an operation of a bulk request ended in a panic");
            Err(Error::Internal)
        });
        outcome.map_err(|error| error.told(&cx.request_id))
    }

    async fn write(&self, cx: &Context, action: Action) -> Result<Done, Error> {
        // The answer tells the place and the version; nobody sees the rest.
        let selection = Selection { attributes: vec!["meta".into()], excluded: Vec::new() };
        let preconditions = |version| Preconditions { if_match: version };
        match action {
            Action::Create { kind, body } => made(self.create(cx, kind, &body, &selection).await?),
            Action::Replace { kind, id, body, version } => {
                let written = self.replace(cx, kind, &id, &body, &selection, &preconditions(version)).await?;
                Ok(changed(written))
            }
            Action::Patch { kind, id, body, version } => {
                let written = self.patch(cx, kind, &id, body, &selection, &preconditions(version)).await?;
                Ok(changed(written))
            }
            Action::Delete { kind, id, version } => {
                self.delete(cx, kind, &id, &preconditions(version)).await?;
                Ok(Done { status: 204, ..Done::default() })
            }
        }
    }
}

/// Why an operation isn't begun.
fn too_late() -> scim::Error {
    scim::Error::unavailable("The request took too long")
}

/// What was made, with its id: others may refer to it.
fn made(written: Written) -> Result<Done, Error> {
    let id = match &written {
        Written::Created(made) | Written::Changed(made) => id(made),
        Written::NoContent { .. } => None,
    };
    match id {
        Some(id) => Ok(Done { id: Some(id), ..changed(written) }),
        None => {
            tracing::error!("a resource was made that shows no id");
            Err(Error::Internal)
        }
    }
}

fn id(made: &Representation) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Identified {
        id: String,
    }
    serde_json::from_slice::<Identified>(&made.body).ok().map(|made| made.id)
}

fn changed(written: Written) -> Done {
    let (status, version, location) = match written {
        Written::Created(now) => (201, now.etag, now.location),
        Written::Changed(now) => (200, now.etag, now.location),
        Written::NoContent { etag } => (204, etag, None),
    };
    Done { status, id: None, location: location.and_then(text), version: version.and_then(text) }
}

fn text(octets: Bytes) -> Option<String> {
    String::from_utf8(octets.into()).ok()
}
