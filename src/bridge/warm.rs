//! Lists from what is remembered: a snapshot that says which resources there are, and the resources.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;

use super::context::Context;
use super::error::Error;
use super::query::Query;
use super::service::Bridge;
use crate::cache::changes::Reading;
use crate::cache::moment::Moment;
use crate::cache::resources::Held;
use crate::cache::snapshots::Snapshot;

/// Of how many resources one may have to be read for a page to be made of what is remembered.
const MISSING: usize = 8;

impl Bridge {
    /// The page from `from` on, where a snapshot is at hand that is true now and nearly all of the page is remembered.
    pub(super) async fn remembered(
        &self,
        cx: &Context,
        query: &Query,
        from: usize,
    ) -> Result<Option<(Arc<Snapshot>, Vec<Bytes>)>, Error> {
        let Some(reading) = self.memory.told(cx) else { return Ok(None) };
        let Some(snapshot) = self.snapshots.get(&query.snapshot_key(cx), cx.clock.now()) else { return Ok(None) };
        if !self.is_unmoved(&snapshot, reading) {
            return Ok(None);
        }
        let from = from.min(snapshot.ids.len());
        let to = from.saturating_add(query.count).min(snapshot.ids.len());
        let resources = self.remembered_page(cx, query, &snapshot, from, to).await?;
        Ok(resources.map(|resources| (snapshot, resources)))
    }

    /// The resources at `from..to` of `snapshot`, where nearly all are remembered; the others are read by their ids.
    pub(super) async fn remembered_page(
        &self,
        cx: &Context,
        query: &Query,
        snapshot: &Snapshot,
        from: usize,
        to: usize,
    ) -> Result<Option<Vec<Bytes>>, Error> {
        let (Some(resources), Some(reading)) = (self.memory.resources(), self.memory.told(cx)) else { return Ok(None) };
        // Who satisfied a filter then may not do so now.
        let certain = query.filter_text.is_none() || self.is_unmoved(snapshot, reading);
        if !query.selection.is_default() || !certain {
            return Ok(None);
        }
        let only = query.kinds.first().map_or(0, |kind| kind.kind);
        let now = cx.clock.now();
        let mut page = Vec::with_capacity(to.saturating_sub(from));
        let mut missing: HashMap<usize, Vec<String>> = HashMap::new();
        let most = to.saturating_sub(from) / MISSING;
        let mut count = 0;
        for place in from..to {
            let kind = snapshot.kind(place, only);
            let Some(id) = snapshot.ids.get(place) else { continue };
            match resources.peek(&self.key(cx, kind, &id), now) {
                Some(Held::Resource(finished)) => page.push(Ok(finished.body.clone())),
                _ => {
                    count += 1;
                    if count > most {
                        return Ok(None);
                    }
                    missing.entry(kind).or_default().push(id.clone());
                    page.push(Err(id));
                }
            }
        }
        let mut read = self.read_missing(cx, query, missing, reading).await?;
        Ok(Some(page.into_iter().filter_map(|known| known.or_else(|id| read.remove(&id).ok_or(())).ok()).collect()))
    }

    async fn read_missing(
        &self,
        cx: &Context,
        query: &Query,
        missing: HashMap<usize, Vec<String>>,
        reading: Reading,
    ) -> Result<HashMap<String, Bytes>, Error> {
        let mut read = HashMap::new();
        for (kind, ids) in missing {
            let (ids, items): (Vec<_>, Vec<_>) = self.fetch(cx, query, kind, &ids).await?.into_iter().unzip();
            // Each has an id, or it wouldn't have been found by it: each is shown.
            let shown = self.show(cx, query, items, Some(&Moment::Told(reading))).await?;
            read.extend(ids.into_iter().zip(shown));
        }
        Ok(read)
    }

    fn is_unmoved(&self, snapshot: &Snapshot, now: Reading) -> bool {
        let made = snapshot.moment.as_ref();
        made.is_some_and(|made| made.is_unmoved(&Moment::Told(now), &self.memory.changes))
    }
}
