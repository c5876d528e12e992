//! Making snapshots: one pass that reads ids (and sort keys) alone.

use std::cmp::Ordering;
use std::sync::Arc;

use super::context::Context;
use super::error::Error;
use super::query::Query;
use super::scan::{Scan, Wish};
use super::{Bridge, TypeIndex};
use crate::cache::snapshots::{Ids, Snapshot, SnapshotKey};
use crate::directory::Stamp;
use crate::scim::query::SortOrder;
use crate::scim::sort::{self, SortKey};
use crate::translate::references::Targets;
use crate::translate::render::Rendering;

impl Bridge {
    /// The directories' stamps, where all of them have one.
    pub(super) async fn stamps(&self, cx: &Context, kinds: &[TypeIndex]) -> Result<Option<Vec<Stamp>>, Error> {
        let mut stamps = Vec::new();
        let mut asked: Vec<(&str, String)> = Vec::new();
        for kind in kinds {
            for (base, partition) in self.places(*kind) {
                let suffix = base.dn.to_string();
                if asked.contains(&(partition.name.as_str(), suffix.clone())) {
                    continue;
                }
                match partition.directory.stamp(&suffix, cx.deadline).await? {
                    Some(stamp) => stamps.push(stamp),
                    None => return Ok(None),
                }
                asked.push((partition.name.as_str(), suffix));
            }
        }
        Ok(Some(stamps))
    }

    /// The snapshot that `query` pages through: the one at hand where it is still usable, else a new one.
    ///
    /// `fresh` asks for one that is true now: an older one serves only where the directory says that it hasn't moved.
    pub(super) async fn snapshot(
        &self,
        cx: &Context,
        query: &Query,
        stamps: Option<&Vec<Stamp>>,
        fresh: bool,
    ) -> Result<Arc<Snapshot>, Error> {
        let key = query.snapshot_key(cx);
        if let Some(snapshot) = self.snapshots.get(&key, cx.clock.now()) {
            let unmoved = stamps.is_some() && snapshot.stamps.as_ref() == stamps;
            if unmoved || !fresh {
                return Ok(snapshot);
            }
        }
        let snapshot = Arc::new(self.pass(cx, query, stamps.cloned()).await?);
        self.snapshots.insert(key, snapshot.clone());
        Ok(snapshot)
    }

    async fn pass(&self, cx: &Context, query: &Query, stamps: Option<Vec<Stamp>>) -> Result<Snapshot, Error> {
        let made = cx.clock.now();
        let wish = Wish::Paths(query.kinds.iter().map(|kind| (kind.kind, kind.sort.into_iter().collect())).collect());
        let mut rows: Vec<(SortKey, String, u8)> = Vec::new();
        let (mut ids, mut kinds) = (Ids::default(), Vec::new());
        let several = query.kinds.len() > 1;
        for kind in &query.kinds {
            let mut scan = Scan::open(self, cx, &[kind.kind], kind.filter.as_ref(), &wish, 500).await?;
            while let Some((part, entries)) = scan.next(self, cx).await? {
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
                        (Some(path), Ok(serde_json::Value::Object(resource))) => sort::key(schema, path, &resource),
                        _ => SortKey::absent(),
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
        Ok(Snapshot { ids, kinds: several.then_some(kinds), stamps, made })
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
            filter: self.filter_text.clone().unwrap_or_default(),
            sort: self.sort_text.clone().map(|sort| (sort, self.order == SortOrder::Ascending)),
            visibility: cx.client.visibility,
        }
    }
}
