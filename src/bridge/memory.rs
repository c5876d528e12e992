//! What a bridge remembers, and who tells it what to forget: the change feeds of its directories, and its own writes.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::context::Context;
use super::partition::Partition;
use crate::cache::changes::{Changes, Leaning, Reading, Stripe};
use crate::cache::meters::Meters;
use crate::cache::resources::{Finished, Held, Key, Resources};
use crate::cache::watch::{Followed, Watch, attributes_of_interest};
use crate::clock::SharedClock;
use crate::directory::{FeedHandle, FeedSource};
use crate::ldap::change::Change;
use crate::ldap::plan::Operation;
use crate::ldap::{AttributeSet, DnKey, Entry};
use crate::mapping::model::Mapping;
use crate::translate::read::ReadPlan;
use crate::translate::references::Targets;

/// On how many single entries a resource leans before it leans on the names of all.
const MOST_LEANT_ON: usize = 64;

/// What is remembered of the directories, and how changes are learnt.
#[derive(Debug, Clone)]
pub struct Remembering {
    /// What the bridge is called in metrics.
    pub name: String,
    /// How many bytes of finished resources are kept.
    pub resources: u64,
    /// Where changes are learnt from; nothing: they aren't, and nothing is remembered beyond a request but by the directory's stamp.
    pub source: Option<FeedSource>,
    /// Whether everything is read at start.
    pub preload: bool,
}

/// What a bridge remembers.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(super) changes: Arc<Changes>,
    pub(super) settings: Option<Remembering>,
    resources: Option<Resources>,
    watches: BTreeMap<String, Arc<Watch>>,
    /// Set once the feeds are followed.
    feeds: OnceLock<Vec<Feeding>>,
}

/// A feed that is followed.
#[derive(Debug)]
pub(super) struct Feeding {
    pub(super) partition: String,
    pub(super) followed: Arc<Followed>,
    pub(super) handle: FeedHandle,
}

impl Memory {
    /// Nothing is remembered but what the directory vouches for at each request.
    pub(crate) fn none(changes: Arc<Changes>) -> Self {
        Self { changes, settings: None, resources: None, watches: BTreeMap::new(), feeds: OnceLock::new() }
    }

    /// What `settings` say is remembered of `mapping` over `partitions`, once their feeds are followed.
    pub(crate) fn new(
        changes: Arc<Changes>,
        settings: Remembering,
        mapping: &Arc<Mapping>,
        partitions: &BTreeMap<String, Arc<Partition>>,
        most: usize,
        clock: &SharedClock,
    ) -> Self {
        let attributes = Arc::new(attributes_of_interest(mapping));
        let watch = |(name, partition): (&String, &Arc<Partition>)| {
            let partition = Arc::clone(partition);
            let schema = Box::new(move || Some(partition.directory.capabilities()?.subschema.clone()));
            let (changes, mapping) = (Arc::clone(&changes), Arc::clone(mapping));
            let watch =
                Watch::new(changes, mapping, name.clone(), Arc::clone(&attributes), most, schema, Arc::clone(clock));
            (name.clone(), Arc::new(watch))
        };
        let watches = partitions.iter().map(watch).collect();
        let meters = Meters::new(&settings.name, "resources");
        let resources =
            (settings.resources > 0).then(|| Resources::new(settings.resources, Arc::clone(&changes), meters));
        Self { changes, settings: Some(settings), resources, watches, feeds: OnceLock::new() }
    }

    /// The attributes that feeds are to tell.
    pub(super) fn attributes(&self) -> Option<&Arc<AttributeSet>> {
        self.watches.values().next().map(|watch| watch.attributes())
    }

    /// Who takes in what a feed of the directory called `partition` tells.
    pub(super) fn followed(&self, partition: &str) -> Option<Arc<Followed>> {
        self.watches.get(partition).map(|watch| Arc::new(watch.followed()))
    }

    /// These feeds are followed from now on.
    pub(super) fn follow(&self, feeds: Vec<Feeding>) {
        // There is but one who does.
        let _ = self.feeds.set(feeds);
    }

    /// The feeds that are followed.
    pub(super) fn feeds(&self) -> &[Feeding] {
        self.feeds.get().map_or(&[], Vec::as_slice)
    }

    /// Whether all changes are told of at present.
    pub(super) fn is_told(&self) -> bool {
        self.feeds.get().is_some_and(|feeds| !feeds.is_empty() && feeds.iter().all(|feed| feed.followed.is_whole()))
    }

    /// Whether changes are told of as they happen, so that what is remembered lasts: not where they are polled for.
    pub(super) fn is_told_at_once(&self) -> bool {
        self.feeds().iter().all(|feed| feed.handle.source() != FeedSource::Poll)
    }

    /// The resources at hand, if they can be trusted at present.
    pub(super) fn resources(&self) -> Option<&Resources> {
        self.resources.as_ref().filter(|_| self.is_told())
    }

    /// The resources at hand, trusted or not.
    pub(super) fn kept(&self) -> Option<&Resources> {
        self.resources.as_ref()
    }

    /// Reading begins: what is read may be remembered, as changes are told of.
    pub(super) fn told(&self, cx: &Context) -> Option<Reading> {
        self.is_told().then(|| self.changes.begin(cx.clock.now()))
    }

    /// Keeps the resource that an entry, read from `reading` on, is shown as; `leaning` says on what it leans.
    pub(super) fn keep(
        &self,
        key: Key,
        id: &str,
        finished: Arc<Finished>,
        reading: Reading,
        (partition, dn, leaning): (&Partition, &str, Leaning),
    ) {
        let Some(resources) = self.resources() else { return };
        if let Some(watch) = self.watches.get(&partition.name) {
            watch.learn(key.kind, id, dn);
        }
        resources.keep(key, Held::Resource(finished), reading, leaning);
    }

    /// Keeps in mind that there is no resource called `id`.
    pub(super) fn keep_missing(&self, key: Key, id: &str, held: Held, reading: Reading) {
        let leaning = Leaning { entries: [self.changes.stripe(id)].into(), ..Leaning::default() };
        if let Some(resources) = self.resources() {
            resources.keep(key, held, reading, leaning);
        }
    }

    /// On what the resource called `id` leans that `entry` of `partition` is shown as.
    pub(super) fn leaning(
        &self,
        id: &str,
        (partition, plan, entry, targets): (&Partition, &ReadPlan, &Entry, &Targets),
    ) -> Leaning {
        let leans = plan.leans(entry, targets, MOST_LEANT_ON);
        let many = leans.many || leans.ids.len() + leans.unresolved.len() > MOST_LEANT_ON;
        let mut entries: Vec<Stripe> = vec![self.changes.stripe(id)];
        if !many {
            entries.extend(leans.ids.iter().map(|id| self.changes.stripe(*id)));
            entries.extend(leans.unresolved.iter().map(|name| self.changes.stripe(name)));
            entries.sort_unstable();
            entries.dedup();
        }
        // In Active Directory, what is kept of references is the same thing as these.
        let late = !partition.directory.capabilities().is_some_and(|known| known.active_directory());
        Leaning {
            entries: entries.into(),
            groups: leans.referrers,
            kept_groups: leans.kept && late,
            dangling: leans.dangling && late,
            names: many || leans.keys,
            any: leans.searches,
        }
    }

    /// Forgets what a write of our own makes stale. To be called before it is sent, so that nothing older is remembered meanwhile, and
    /// when its outcome is known.
    pub(super) fn forget(&self, cx: &Context, group: bool, id: Option<&str>, operations: &[Operation]) {
        let changes = &self.changes;
        let mut stripes: Vec<Stripe> = id.map(|id| changes.stripe(id)).into_iter().collect();
        let (mut renamed, mut removed, mut entries) = (false, false, Vec::new());
        for change in operations.iter().filter_map(Operation::change) {
            renamed |= matches!(change.change, Change::ModifyDn { .. });
            removed |= matches!(change.change, Change::Delete);
            for dn in [Some(change.dn.clone()), change.dn_after()].into_iter().flatten() {
                entries.extend(DnKey::of(&dn).ok());
            }
        }
        entries.sort_unstable();
        entries.dedup();
        stripes.extend(entries.iter().map(|key| changes.stripe(key)));
        let now = cx.clock.now();
        if removed {
            changes.removed(now);
        }
        changes.changed(stripes);
        changes.names_changed();
        if group || entries.len() > 1 {
            changes.groups_changed(now);
        }
        if renamed {
            changes.all_changed(now);
        }
    }
}
