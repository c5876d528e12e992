//! Making snapshots: one pass that reads ids (and sort keys) alone.

use std::cmp::Ordering;
use std::sync::Arc;

use super::context::Context;
use super::error::Error;
use super::list::new_number;
use super::partition::Partition;
use super::query::Query;
use super::scan::Wish;
use super::service::Bridge;
use crate::cache::changes::Leaning;
use crate::cache::moment::Moment;
use crate::cache::snapshots::{Ids, Snapshot, SnapshotKey};
use crate::directory::Stamp;
use crate::ldap::DnKey;
use crate::scim::sort::{self, SortKey, SortOrder};
use crate::translate::references::Targets;
use crate::translate::render::Rendering;

impl Bridge {
    /// The directories' stamps, where all of them have one.
    ///
    /// All types' bases count, whatever the list is of: it shows names of other types' entries.
    pub(super) async fn stamps(&self, cx: &Context) -> Result<Option<Vec<Stamp>>, Error> {
        let mut stamps = Vec::new();
        for (partition, base) in self.suffixes()? {
            match partition.directory.stamp(&base, cx.deadline).await? {
                Some(stamp) => stamps.push(stamp),
                None => return Ok(None),
            }
        }
        Ok(Some(stamps))
    }

    /// One base of each naming context that resources are in.
    pub(super) fn suffixes(&self) -> Result<Vec<(&Arc<Partition>, String)>, Error> {
        let mut seen: Vec<(&str, DnKey)> = Vec::new();
        let mut suffixes = Vec::new();
        for kind in 0..self.mapping.resources.len() {
            for (base, partition) in self.places(kind) {
                let capabilities = partition.known()?.capabilities.clone();
                let contexts = capabilities.naming_contexts.iter().filter_map(|context| DnKey::of(context).ok());
                let context = contexts.filter(|context| base.key.is_under(context)).max_by_key(DnKey::depth);
                let entry = (partition.name.as_str(), context.unwrap_or_else(|| base.key.clone()));
                if !seen.contains(&entry) {
                    seen.push(entry);
                    suffixes.push((partition, base.dn.to_string()));
                }
            }
        }
        Ok(suffixes)
    }

    /// The snapshot that `query` pages through: the one at hand where it is still usable, else a new one.
    ///
    /// `fresh` asks for one that is true now: an older one serves only where the directory says that it hasn't moved. Who asks while one
    /// is being made waits: one pass serves all that asked before it began.
    pub(super) async fn snapshot(
        &self,
        cx: &Context,
        query: &Query,
        moment: Option<&Moment>,
        fresh: bool,
    ) -> Result<Arc<Snapshot>, Error> {
        let key = query.snapshot_key(cx);
        let at_hand = || {
            let snapshot = self.snapshots.get(&key)?;
            let will_do = !fresh && self.snapshots.is_young(&snapshot, cx.clock.now());
            (will_do || self.is_true(query, &snapshot, moment)).then_some(snapshot)
        };
        if let Some(snapshot) = at_hand() {
            return Ok(snapshot);
        }
        let asked = cx.clock.now();
        let _turn = self.snapshots.turn(&key).await;
        if let Some(made) = self.snapshots.get(&key).filter(|made| made.made > asked).or_else(at_hand) {
            return Ok(made);
        }
        let snapshot = Arc::new(self.pass(cx, query, moment.cloned()).await?);
        self.snapshots.insert(key, snapshot.clone());
        Ok(snapshot)
    }

    /// Whether `snapshot` is what `query` would find now.
    pub(super) fn is_true(&self, query: &Query, snapshot: &Snapshot, now: Option<&Moment>) -> bool {
        let changes = &self.memory.changes;
        match (&snapshot.moment, now) {
            (Some(Moment::Told(made)), Some(Moment::Told(_))) => changes.lasts(*made, &self.leaning(query)),
            (Some(then), Some(now)) => then.is_unmoved(now, changes),
            _ => false,
        }
    }

    /// What the list of ids leans on. Which resources there are in all changes only with what entries are called and what their types
    /// know them by; anything may change what a filter finds or where something is in an order.
    fn leaning(&self, query: &Query) -> Leaning {
        if query.filter.is_some() || query.sorted() {
            return Leaning { any: true, ..Leaning::default() };
        }
        Leaning { names: true, ..Leaning::default() }
    }

    async fn pass(&self, cx: &Context, query: &Query, moment: Option<Moment>) -> Result<Snapshot, Error> {
        let made = cx.clock.now();
        let wish = Wish::Paths(query.kinds.iter().map(|kind| (kind.kind, kind.sort.into_iter().collect())).collect());
        let mut rows: Vec<(SortKey, String, u8)> = Vec::new();
        let (mut ids, mut kinds) = (Ids::default(), Vec::new());
        let several = query.kinds.len() > 1;
        for kind in &query.kinds {
            let mut scan = self.scan_all(cx, kind.kind, kind.filter.as_ref(), &wish).await?;
            while let Some((part, entries)) = self.next(cx, &mut scan).await? {
                let Some(plan) = part.plan.as_deref() else { continue };
                let tag = u8::try_from(part.kind).unwrap_or(u8::MAX);
                if !query.sorted() {
                    for id in entries.iter().filter_map(|entry| plan.id(entry)) {
                        ids.push(&id);
                        kinds.extend(several.then_some(tag));
                    }
                    continue;
                }
                let targets = if plan.shows_references() {
                    self.resolve(cx, &part.partition, &part.known, plan, &entries, None).await?
                } else {
                    Targets::default()
                };
                let schema = &self.mapping.resources[part.kind].schema;
                for entry in &entries {
                    let Some(rendering) = Rendering::new(plan, entry, &targets) else { continue };
                    let key = match (kind.sort, serde_json::to_value(&rendering)) {
                        (Some(path), Ok(serde_json::Value::Object(resource))) => SortKey::of(path, schema, &resource),
                        _ => SortKey::Absent,
                    };
                    rows.push((key, rendering.id().to_owned(), tag));
                }
            }
        }
        if query.sorted() {
            rows.sort_unstable_by(|a, b| in_order(a, b, query.order));
            for (_, id, tag) in rows {
                ids.push(&id);
                kinds.extend(several.then_some(tag));
            }
        }
        Ok(Snapshot { ids, kinds: several.then_some(kinds), moment, made, number: new_number()? })
    }
}

/// By sort key, then by id, so that every instance puts them in the same order.
fn in_order(a: &(SortKey, String, u8), b: &(SortKey, String, u8), order: SortOrder) -> Ordering {
    sort::compare(&a.0, &b.0, order).then_with(|| a.1.cmp(&b.1))
}

impl Query {
    /// What the query's snapshot is kept under.
    pub(super) fn snapshot_key(&self, cx: &Context) -> SnapshotKey {
        SnapshotKey {
            kinds: self.kinds.iter().map(|kind| kind.kind).collect(),
            filter: self.filter.text().unwrap_or_default().to_owned(),
            sort: self.sort_text.clone().map(|sort| (sort, self.order == SortOrder::Ascending)),
            visibility: cx.client.visibility,
        }
    }
}
