//! A page's resources: from the search that is already open where the reader goes on, by their ids otherwise.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::context::Context;
use super::error::Error;
use super::query::Query;
use super::scan::{Part, Scan, Wish};
use super::Bridge;
use crate::cache::snapshots::Snapshot;
use crate::directory::Stamp;
use crate::ldap::Entry;
use crate::translate::render::Rendering;

/// An open search over a whole list, at some place in it.
#[derive(Debug)]
pub(super) struct Feed {
    scan: Scan,
    ready: VecDeque<(Arc<Part>, Entry)>,
    /// How many entries were taken.
    pub(super) place: usize,
}

/// An entry with where it is from.
pub(super) type Item = (Arc<Part>, Entry);

impl Feed {
    pub(super) fn over(parts: impl IntoIterator<Item = Arc<Part>>, page: u32) -> Self {
        Self { scan: Scan::over(parts, page), ready: VecDeque::new(), place: 0 }
    }

    /// Reads until `count` entries are ready or there are no more; says how many are.
    pub(super) async fn fill(&mut self, bridge: &Bridge, cx: &Context, count: usize) -> Result<usize, Error> {
        while self.ready.len() < count {
            let Some((part, entries)) = self.scan.next(bridge, cx).await? else { break };
            self.ready.extend(entries.into_iter().map(|entry| (part.clone(), entry)));
        }
        Ok(self.ready.len())
    }

    /// Takes up to `count` of the entries that are ready.
    pub(super) fn take(&mut self, count: usize) -> Vec<Item> {
        let count = count.min(self.ready.len());
        self.place += count;
        self.ready.drain(..count).collect()
    }

    /// Whether the entries next in line are `ids`.
    fn is_next(&self, ids: &[String]) -> bool {
        self.ready.len() >= ids.len()
            && self.ready.iter().zip(ids).all(|((part, entry), id)| id_of(part, entry).as_deref() == Some(id.as_str()))
    }
}

/// The id of an entry that was read for a client.
pub(super) fn id_of(part: &Part, entry: &Entry) -> Option<String> {
    part.plan.as_ref().and_then(|plan| plan.id(entry))
}

impl Bridge {
    /// Opens the search over the whole of `query`, in the directory's order.
    pub(super) async fn feed(&self, cx: &Context, query: &Query) -> Result<Feed, Error> {
        let mut parts = Vec::new();
        for kind in &query.kinds {
            let wish = Wish::Selection(query.selection.clone());
            parts.extend(self.parts(cx, kind.kind, kind.filter.as_ref(), &wish).await?);
        }
        let page = u32::try_from(query.count.saturating_add(1)).unwrap_or(500).min(500);
        Ok(Feed::over(parts, page))
    }

    /// The resources at `from..to` of `snapshot`, from `feed` where it stands there, by their ids otherwise. Gives the feed
    /// back where it can be gone on with.
    pub(super) async fn items(
        &self,
        cx: &Context,
        query: &Query,
        snapshot: &Snapshot,
        from: usize,
        to: usize,
        feed: Option<Feed>,
    ) -> Result<(Vec<Item>, Option<Feed>), Error> {
        let to = to.min(snapshot.ids.len());
        let ids: Vec<String> = (from..to).filter_map(|place| snapshot.ids.get(place)).collect();
        if let Some(mut feed) = feed.filter(|feed| feed.place == from) {
            feed.fill(self, cx, ids.len()).await?;
            if feed.is_next(&ids) {
                return Ok((feed.take(ids.len()), Some(feed)));
            }
        }
        let only = query.kinds.first().map_or(0, |kind| kind.kind);
        let mut items = Vec::with_capacity(ids.len());
        let mut found = std::collections::HashMap::new();
        for kind in &query.kinds {
            let mine: Vec<String> = (from..to)
                .filter(|place| snapshot.kind(*place, only) == kind.kind)
                .filter_map(|place| snapshot.ids.get(place))
                .collect();
            if !mine.is_empty() {
                let fetched = self.fetch(cx, query, kind.kind, &mine).await?;
                found.extend(fetched.into_iter().map(|(id, item)| ((kind.kind, id), item)));
            }
        }
        for (place, id) in (from..to).zip(ids) {
            items.extend(found.remove(&(snapshot.kind(place, only), id)));
        }
        Ok((items, None))
    }

    /// The items as they are sent. What can't be shown (an entry without an id) is left out.
    pub(super) async fn show(&self, cx: &Context, items: Vec<Item>, stamps: Option<&[Stamp]>) -> Result<Vec<Bytes>, Error> {
        let mut shown = Vec::with_capacity(items.len());
        let mut items = items.into_iter().peekable();
        while let Some((part, first)) = items.next() {
            let mut run = vec![first];
            while let Some((_, entry)) = items.next_if(|(next, _)| Arc::ptr_eq(next, &part)) {
                run.push(entry);
            }
            let Some(plan) = &part.plan else { continue };
            let targets = self.resolve(cx, &part.partition, &part.known, plan, &run, stamps).await?;
            for entry in &run {
                let Some(rendering) = Rendering::new(plan, entry, &targets) else { continue };
                shown.push(super::get::body(&rendering, entry)?.into());
            }
        }
        Ok(shown)
    }
}
