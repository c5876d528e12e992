//! Warm start: everything is read once, in one streamed search for each type.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::context::{ClientInfo, Context, Dialect, PatchAnswer};
use super::error::Error;
use super::list::new_number;
use super::query::{FilterText, KindQuery, Query};
use super::service::Bridge;
use crate::cache::moment::Moment;
use crate::cache::snapshots::{Ids, Snapshot};
use crate::clock::{SharedClock, deadline};
use crate::mapping::model::TypeIndex;
use crate::scim::sort::SortOrder;

/// How long one type may take.
const PATIENCE: Duration = Duration::from_secs(3600);

/// How often is said how far it is.
const PROGRESS: Duration = Duration::from_secs(5);

/// How many resources are shown at once.
const BATCH: usize = 500;

/// Reads all resources of all types of `bridge`; ends when nobody has it any more.
pub(super) async fn preload(bridge: Weak<Bridge>, clock: SharedClock) {
    let Some(bridge) = bridge.upgrade() else { return };
    let begun = clock.now();
    for kind in 0..bridge.mapping.resources.len() {
        if let Err(error) = bridge.preload(kind, &clock).await {
            tracing::warn!(%error, "not everything could be read ahead: the rest is read when it is asked for");
            return;
        }
    }
    tracing::info!(took = ?clock.now().saturating_duration_since(begun), "all resources are read ahead");
}

impl Bridge {
    async fn preload(&self, kind: TypeIndex, clock: &SharedClock) -> Result<(), Error> {
        let cx = context(clock);
        let query = everything(kind);
        let name = self.mapping.resources[kind].name.as_str();
        let moment = self.memory.told(&cx).map(Moment::Told);
        let made = clock.now();
        let mut feed = self.feed(&cx, &query, moment.as_ref()).await?;
        let (mut ids, mut said) = (Ids::default(), made);
        while self.fill(&cx, &mut feed, BATCH).await? > 0 {
            let items = feed.take(BATCH);
            for (part, entry) in &items {
                if let Some(id) = part.plan.as_ref().and_then(|plan| plan.id(entry)) {
                    ids.push(&id);
                }
            }
            self.show(&cx, &query, items, moment.as_ref()).await?;
            said = progress(name, ids.len(), said, clock.now());
        }
        tracing::info!(resource_type = name, read = ids.len(), "read ahead");
        let snapshot = Snapshot { ids, kinds: None, moment, made, number: new_number()? };
        self.snapshots.insert(query.snapshot_key(&cx), Arc::new(snapshot));
        Ok(())
    }
}

fn progress(name: &str, read: usize, said: Instant, now: Instant) -> Instant {
    if now.saturating_duration_since(said) < PROGRESS {
        return said;
    }
    tracing::info!(resource_type = name, read, "reading ahead");
    now
}

fn everything(kind: TypeIndex) -> Query {
    Query {
        kinds: vec![KindQuery { kind, filter: None, sort: None }],
        filter: FilterText::default(),
        sort_text: None,
        order: SortOrder::Ascending,
        selection: Arc::default(),
        start: 1,
        count: BATCH,
        count_given: None,
        cursor: None,
    }
}

fn context(clock: &SharedClock) -> Context {
    Context {
        client: Arc::new(ClientInfo::named("preload")),
        deadline: deadline(&**clock, PATIENCE),
        request_id: "preload".into(),
        dialect: Dialect::Default,
        patch_answer: PatchAnswer::Auto,
        bulk: false,
        dry_run: false,
        clock: Arc::clone(clock),
    }
}
