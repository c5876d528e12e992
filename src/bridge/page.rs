//! A page's resources: from the search that is already open where the reader goes on, by their ids otherwise.

use std::sync::Arc;

use bytes::Bytes;

use super::answer::body;
use super::context::Context;
use super::error::Error;
use super::feed::{Feed, Item};
use super::get::finished;
use super::query::Query;
use super::scan::Wish;
use super::service::Bridge;
use crate::cache::moment::Moment;
use crate::cache::snapshots::Snapshot;
use crate::translate::render::Rendering;

impl Bridge {
    /// Opens the search over the whole of `query`, in the directory's order.
    pub(super) async fn feed(&self, cx: &Context, query: &Query, moment: Option<&Moment>) -> Result<Feed, Error> {
        let mut parts = Vec::new();
        for kind in &query.kinds {
            let wish = Wish::Selection(query.selection.clone());
            parts.extend(self.parts(cx, kind.kind, kind.filter.as_ref(), &wish).await?);
        }
        let page = u32::try_from(query.count.saturating_add(1)).unwrap_or(500).min(500);
        Ok(Feed::over(self.scan(parts, page), moment, cx.clock.now()))
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
            match self.fill(cx, &mut feed, ids.len()).await {
                Ok(_) if feed.is_next(&ids) => return Ok((feed.take(ids.len()), Some(feed))),
                // The search may have made room for another one.
                Ok(_) | Err(Error::Unavailable { .. }) => {}
                Err(error) => return Err(error),
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

    /// The items, read from `moment` on, as they are sent. What can't be shown (an entry without an id) is left out. Whole resources
    /// are remembered.
    pub(super) async fn show(
        &self,
        cx: &Context,
        query: &Query,
        items: Vec<Item>,
        moment: Option<&Moment>,
    ) -> Result<Vec<Bytes>, Error> {
        let mut shown = Vec::with_capacity(items.len());
        let reading = match moment {
            Some(Moment::Told(reading)) if query.selection.is_default() && self.memory.resources().is_some() => {
                Some(*reading)
            }
            _ => None,
        };
        let mut items = items.into_iter().peekable();
        while let Some((part, first)) = items.next() {
            let mut run = vec![first];
            while let Some((_, entry)) = items.next_if(|(next, _)| Arc::ptr_eq(next, &part)) {
                run.push(entry);
            }
            let Some(plan) = &part.plan else { continue };
            let targets = self.resolve(cx, &part.partition, &part.known, plan, &run, moment).await?;
            if reading.is_some() {
                self.learn((&part.partition, &part.known, plan), &run, moment);
            }
            for entry in &run {
                part.partition.oddities.tell(&part.partition.name, plan, entry, &targets);
                let Some(rendering) = Rendering::new(plan, entry, &targets) else { continue };
                let body = body(&rendering)?;
                let Some(reading) = reading else {
                    shown.push(body.into());
                    continue;
                };
                let key = self.key(cx, part.kind, rendering.id());
                let finished = Arc::new(finished(&rendering, body));
                shown.push(finished.body.clone());
                let id = rendering.id();
                let leaning = self.memory.leaning(id, (&part.partition, plan, entry, &targets));
                self.memory.keep(key, id, finished, reading, (&part.partition, &entry.dn, leaning));
            }
        }
        Ok(shown)
    }
}
