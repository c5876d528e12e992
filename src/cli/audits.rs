//! From settings to the audits of their bridges, and what earlier runs left open in them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::outcome::{Failure, Result};
use crate::audit::{Audit, Ending, Intent, Outcome, Ticket};
use crate::clock::Clock;
use crate::config::Bridge;

/// The audits, each of one file, opened once. Clones are the same.
#[derive(Debug, Default, Clone)]
pub(super) struct Audits(Arc<Mutex<BTreeMap<PathBuf, Audit>>>);

impl Audits {
    /// The audit of a bridge. What an earlier run began and didn't finish is told in the log, and from then on known as unknown.
    pub(super) async fn of(&self, name: &str, bridge: &Bridge, clock: &dyn Clock) -> Result<Audit> {
        let Some(path) = &bridge.audit.file else { return Ok(Audit::log()) };
        let mut audits = self.0.lock().await;
        if let Some(audit) = audits.get(path) {
            return Ok(audit.clone());
        }
        let opened = Audit::open(path).map_err(|error| Failure::unusable(format!("bridge {name}: {error}")));
        let (audit, unfinished) = opened?;
        for (ticket, intent) in unfinished {
            close(&audit, ticket, &intent, clock).await;
        }
        audits.insert(path.clone(), audit.clone());
        Ok(audit)
    }

    /// Waits until all that was written down is on the disk.
    pub(super) async fn flush(&self) {
        for audit in self.0.lock().await.values() {
            if let Err(error) = audit.flush().await {
                tracing::error!(%error, "the end of the audit is lost");
            }
        }
    }
}

async fn close(audit: &Audit, ticket: Ticket, intent: &Intent, clock: &dyn Clock) {
    tracing::warn!(
        ticket = ticket.as_str(),
        bridge = intent.bridge,
        client = intent.client,
        request_id = intent.request,
        resource_type = intent.resource_type,
        id = intent.id,
        "a write was begun by an earlier run, and what became of it isn't known: compare the directory with the audit"
    );
    let detail = "the process ended before the outcome was known".to_owned();
    let outcome = Outcome { detail: Some(detail), ..Outcome::new(clock.wall(), Ending::Unknown) };
    audit.outcome(ticket, outcome).await;
}
