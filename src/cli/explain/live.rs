//! A write planned for the directory as it is now: a dry run of the bridge itself.

use std::sync::Arc;
use std::time::Duration;

use super::request::{Request, What, only_client};
use crate::audit::Audit;
use crate::auth::Brake;
use crate::bridge::{Bridge, ClientInfo, Context, Error, Preconditions, Selection, TypeIndex, Writing};
use crate::cli::outcome::Result;
use crate::cli::{assemble, runtime};
use crate::clock::{self, SharedClock, SystemClock};
use crate::config;
use crate::ldap::plan::WritePlan;

/// How long the directory may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long it may take to be there.
const READY: Duration = Duration::from_secs(10);

/// What the bridge would do to perform `request`, in order.
///
/// # Errors
/// What a client would be told; or that the directory is away.
pub(super) fn plans(
    (name, settings): (&str, &config::Bridge),
    base_url: &str,
    kind: TypeIndex,
    request: &Request,
) -> Result<Vec<WritePlan>> {
    runtime::run(async {
        let clock: SharedClock = Arc::new(SystemClock);
        let (audit, mut plans) = Audit::collecting();
        let writing = Writing { name: name.to_owned(), audit, brake: Arc::new(Brake::none()) };
        let assembled = assemble::bridge(name, settings, base_url, &clock, writing)?;
        let outcome = match assembled.ready(READY).await {
            Ok(()) => {
                let cx = context(settings, clock);
                perform(&assembled.bridge, &cx, kind, request).await.map_err(|error| request.failed(error))
            }
            Err(failure) => Err(failure),
        };
        // Connections that are cut off with the runtime would be logged as lost.
        assembled.bridge.close().await;
        outcome?;
        let mut collected = Vec::new();
        while let Ok(plan) = plans.try_recv() {
            collected.push(plan);
        }
        Ok(collected)
    })
}

/// The request of the bridge's only client, or of one with the usual habits.
fn context(settings: &config::Bridge, clock: SharedClock) -> Context {
    let only = only_client(settings);
    Context {
        client: Arc::new(
            only.map_or_else(|| ClientInfo::named("explain"), |(name, client)| ClientInfo::from_settings(name, client)),
        ),
        deadline: clock::deadline(&*clock, PATIENCE),
        request_id: "explain".into(),
        dialect: only.map(|(_, client)| client.dialect).unwrap_or_default(),
        patch_answer: only.map(|(_, client)| client.patch_answer).unwrap_or_default(),
        dry_run: true,
        bulk: false,
        clock,
    }
}

async fn perform(bridge: &Bridge, cx: &Context, kind: TypeIndex, request: &Request) -> std::result::Result<(), Error> {
    let everything = Selection::default();
    let preconditions = Preconditions { if_match: request.if_match.clone() };
    match &request.what {
        What::Create(body) => bridge.create(cx, kind, body, &everything).await.map(|_| ()),
        What::Replace(id, body) => bridge.replace(cx, kind, id, body, &everything, &preconditions).await.map(|_| ()),
        What::Patch(id, body) => {
            bridge.patch(cx, kind, id, body.clone(), &everything, &preconditions).await.map(|_| ())
        }
        What::Delete(id) => bridge.delete(cx, kind, id, &preconditions).await,
    }
}
