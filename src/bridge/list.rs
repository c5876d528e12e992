//! Lists (RFC 7644 section 3.4.2, RFC 9865): by index over snapshots, by cursor over an open search.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use super::context::Context;
use super::cursor::{Cursor, LIFETIME};
use super::error::{Error, searching};
use super::feed::{Feed, Item, id_of};
use super::query::Query;
use super::scan::{Part, Wish};
use super::service::{Bridge, Target};
use crate::cache::moment::Moment;
use crate::cache::snapshots::Snapshot;
use crate::directory::{self, Limit};
use crate::scim;
use crate::scim::list::ListResponse;
use crate::scim::query::SearchRequest;
use crate::translate::search;

/// How many of a page's last ids a cursor holds: those after the last that is still there are gone.
const REMEMBERED: usize = 4;

impl Bridge {
    /// The page of a list that `request` asks for.
    ///
    /// # Errors
    /// 400 for a filter, order, cursor or count that can't be served; 503 when the directory is away.
    pub async fn list(&self, cx: &Context, target: Target, request: &SearchRequest) -> Result<Bytes, Error> {
        if let Some(view) = self.view_for(cx).await? {
            return Box::pin(view.list(cx, target, request)).await;
        }
        let query = self.query(cx, target, request)?;
        match &query.cursor {
            None => self.by_index(cx, &query).await,
            Some(cursor) if cursor.is_empty() => self.first_by_cursor(cx, &query).await,
            Some(cursor) => {
                let cursor = self.checked(cx, &query, cursor)?;
                self.next_by_cursor(cx, &query, cursor).await
            }
        }
    }

    /// The cursor that `text` seals, if it is of this query, client and count.
    ///
    /// # Errors
    /// 400 `invalidCursor`, `expiredCursor` or `invalidCount` (RFC 9865 section 2.1).
    fn checked(&self, cx: &Context, query: &Query, text: &str) -> Result<Cursor, scim::Error> {
        let invalid = || scim::Error::invalid_cursor("the cursor is not one of this query's");
        let cursor = self.cursor_key.open(text).ok_or_else(invalid)?;
        if cursor.query != query.digest(cx) {
            return Err(invalid());
        }
        if cursor.count != query.count_given {
            return Err(scim::Error::invalid_count("`count` must be what it was on the first page"));
        }
        if seconds(cx) > cursor.expires {
            return Err(scim::Error::expired_cursor("the cursor is too old: begin again without one"));
        }
        Ok(cursor)
    }

    fn cursor(&self, cx: &Context, query: &Query, place: usize, last: Vec<String>, feed: u64) -> Cursor {
        let query_digest = query.digest(cx);
        Cursor {
            query: query_digest,
            count: query.count_given,
            place,
            last,
            feed,
            expires: seconds(cx) + LIFETIME.as_secs(),
        }
    }

    async fn by_index(&self, cx: &Context, query: &Query) -> Result<Bytes, Error> {
        if let Some((snapshot, resources)) = self.remembered(cx, query, query.start - 1).await? {
            return Ok(list_of(query, snapshot.ids.len()).write(&resources));
        }
        if query.count > 0 && query.start == 1 && !query.sorted() {
            let told = self.memory.told(cx).map(Moment::Told);
            if let Some(items) = self.few(cx, query).await? {
                return self.page(cx, query, items.len(), items, told.as_ref()).await;
            }
            return self.first_by_index(cx, query).await;
        }
        let moment = self.moment(cx).await?;
        let snapshot = self.snapshot(cx, query, moment.as_ref(), query.start == 1).await?;
        let from = (query.start - 1).min(snapshot.ids.len());
        let to = from.saturating_add(query.count);
        let parked =
            if query.sorted() || query.count == 0 { None } else { self.take_feed(cx, query, from, moment.as_ref()) };
        let (items, feed) = self.items(cx, query, &snapshot, from, to, parked).await?;
        let read = feed.as_ref().and_then(|feed| feed.moment.clone()).or(moment);
        if let Some(feed) = feed.filter(|feed| feed.place < snapshot.ids.len()) {
            self.park_feed(cx, query, feed);
        }
        self.page(cx, query, snapshot.ids.len(), items, read.as_ref()).await
    }

    /// The first page in the directory's order: read at once, counted only when there is more than the page.
    async fn first_by_index(&self, cx: &Context, query: &Query) -> Result<Bytes, Error> {
        let moment = self.moment(cx).await?;
        let mut feed = self.feed(cx, query, moment.as_ref()).await?;
        let ready = self.fill(cx, &mut feed, query.count + 1).await?;
        if ready <= query.count {
            let items = feed.take(ready);
            return self.page(cx, query, ready, items, moment.as_ref()).await;
        }
        let snapshot = self.snapshot(cx, query, moment.as_ref(), true).await?;
        let (items, feed) = self.items(cx, query, &snapshot, 0, query.count, Some(feed)).await?;
        if let Some(feed) = feed {
            self.park_feed(cx, query, feed);
        }
        self.page(cx, query, snapshot.ids.len(), items, moment.as_ref()).await
    }

    /// All that satisfy a filter which names a few: one plain search instead of a paged one. `None` when it isn't such a
    /// filter, or there is more than the page holds.
    async fn few(&self, cx: &Context, query: &Query) -> Result<Option<Vec<Item>>, Error> {
        let [kind] = query.kinds.as_slice() else { return Ok(None) };
        let parts = self.parts(cx, kind.kind, kind.filter.as_ref(), &Wish::Selection(query.selection.clone())).await?;
        if !parts.iter().all(|part| search::is_selective(&part.search.filter)) {
            return Ok(None);
        }
        let mut items = Vec::new();
        for part in parts {
            let part = Arc::new(for_few(part, query.count));
            match part.partition.directory.search(&part.search, cx.deadline).await {
                Ok(entries) => {
                    let entries = self.residual(cx, &part, entries).await?;
                    items.extend(entries.into_iter().map(|entry| (part.clone(), entry)));
                }
                Err(directory::Error::Limit(Limit::Size)) => return Ok(None),
                Err(error) => return Err(searching(&part.search.base)(error)),
            }
        }
        Ok((items.len() <= query.count).then_some(items))
    }

    async fn first_by_cursor(&self, cx: &Context, query: &Query) -> Result<Bytes, Error> {
        if query.count == 0 || query.sorted() {
            let moment = self.moment(cx).await?;
            let snapshot = self.snapshot(cx, query, moment.as_ref(), true).await?;
            return self.slice_by_cursor(cx, query, &snapshot, 0, moment.as_ref()).await;
        }
        if let Some((snapshot, resources)) = self.remembered(cx, query, 0).await? {
            return self.slice(cx, query, &snapshot, 0, &resources);
        }
        let moment = self.moment(cx).await?;
        let feed = self.feed(cx, query, moment.as_ref()).await?;
        self.page_by_cursor(cx, query, feed).await
    }

    async fn next_by_cursor(&self, cx: &Context, query: &Query, cursor: Cursor) -> Result<Bytes, Error> {
        let moment = self.moment(cx).await?;
        if !query.sorted()
            && let Some(feed) = self.take_current(cx, &feed_name(cursor.feed), moment.as_ref())
            && feed.place == cursor.place
        {
            match self.page_by_cursor(cx, query, feed).await {
                Err(Error::Unavailable { .. }) => {}
                page => return page,
            }
        }
        // The search isn't open here (any more): find the place again in the list of ids, as it was or as it is now.
        // It may be as it was only where that is what the reader began with: another may be older than the list.
        let begun = self.snapshots.get(&query.snapshot_key(cx));
        let begun = begun.filter(|begun| begun.number == cursor.feed && self.snapshots.is_young(begun, cx.clock.now()));
        for begun in [begun, None] {
            let snapshot = match begun {
                Some(begun) => begun,
                None => self.snapshot(cx, query, moment.as_ref(), true).await?,
            };
            let place = cursor.place.saturating_sub(1);
            if let Some(last) = cursor.last.iter().find_map(|id| snapshot.ids.position(id, place)) {
                return self.slice_by_cursor(cx, query, &snapshot, last + 1, moment.as_ref()).await;
            }
        }
        Err(scim::Error::expired_cursor("the list has changed too much: begin again").into())
    }

    /// The next page of an open search.
    async fn page_by_cursor(&self, cx: &Context, query: &Query, mut feed: Feed) -> Result<Bytes, Error> {
        let moment = feed.moment.clone();
        let first = feed.place == 0;
        let ready = self.fill(cx, &mut feed, query.count + 1).await?;
        let items = feed.take(query.count);
        let mut list = ListResponse::default();
        if ready > query.count {
            let number = new_number()?;
            let last = last_ids(&items);
            let cursor = self.cursor(cx, query, feed.place, last, number);
            list.next_cursor = Some(self.cursor_key.seal(&cursor)?);
            self.feeds.park(feed_name(number), feed, cx.clock.now());
        } else {
            // Who exports again needn't ask the directory which there are.
            if let Some(snapshot) = feed.snapshot(query.kinds.len() > 1, new_number()?) {
                self.snapshots.insert(query.snapshot_key(cx), Arc::new(snapshot));
            }
            if first {
                list.total_results = u64::try_from(items.len()).ok();
            }
        }
        Ok(list.write(&self.show(cx, query, items, moment.as_ref()).await?))
    }

    /// A page of a snapshot, by cursor.
    async fn slice_by_cursor(
        &self,
        cx: &Context,
        query: &Query,
        snapshot: &Snapshot,
        from: usize,
        moment: Option<&Moment>,
    ) -> Result<Bytes, Error> {
        let to = from.saturating_add(query.count).min(snapshot.ids.len());
        let resources = match self.remembered_page(cx, query, snapshot, from, to).await? {
            Some(resources) => resources,
            None => {
                let (items, _) = self.items(cx, query, snapshot, from, to, None).await?;
                self.show(cx, query, items, moment).await?
            }
        };
        self.slice(cx, query, snapshot, from, &resources)
    }

    /// The page of `snapshot` that consists of `resources` and begins at `from`.
    fn slice(
        &self,
        cx: &Context,
        query: &Query,
        snapshot: &Snapshot,
        from: usize,
        resources: &[Bytes],
    ) -> Result<Bytes, Error> {
        let to = from.saturating_add(query.count).min(snapshot.ids.len());
        let mut list =
            ListResponse { total_results: u64::try_from(snapshot.ids.len()).ok(), ..ListResponse::default() };
        if to < snapshot.ids.len() && query.count > 0 {
            let last = (from..to).rev().take(REMEMBERED).filter_map(|place| snapshot.ids.get(place)).collect();
            let cursor = self.cursor(cx, query, to, last, snapshot.number);
            list.next_cursor = Some(self.cursor_key.seal(&cursor)?);
        }
        Ok(list.write(resources))
    }

    async fn page(
        &self,
        cx: &Context,
        query: &Query,
        total: usize,
        items: Vec<Item>,
        moment: Option<&Moment>,
    ) -> Result<Bytes, Error> {
        let resources = self.show(cx, query, items, moment).await?;
        Ok(list_of(query, total).write(&resources))
    }

    fn take_feed(&self, cx: &Context, query: &Query, place: usize, moment: Option<&Moment>) -> Option<Feed> {
        self.take_current(cx, &self.index_feed_name(cx, query, place), moment)
    }

    /// The open search under `name`, unless the directory has moved since: what was read ahead may be no longer true.
    fn take_current(&self, cx: &Context, name: &str, moment: Option<&Moment>) -> Option<Feed> {
        let now = cx.clock.now();
        self.feeds
            .take(name, now)
            .filter(|feed| feed.is_current(moment, &self.memory.changes, now))
            .map(|feed| feed.read_at(now))
    }

    fn park_feed(&self, cx: &Context, query: &Query, feed: Feed) {
        let name = self.index_feed_name(cx, query, feed.place);
        self.feeds.park(name, feed, cx.clock.now());
    }

    /// Pages by index carry no state: a reader is known by what it asks and where it is.
    fn index_feed_name(&self, cx: &Context, query: &Query, place: usize) -> String {
        format!("{:?} {place}", query.digest(cx))
    }
}

/// A page by index of a list of `total`.
fn list_of(query: &Query, total: usize) -> ListResponse {
    let number = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
    ListResponse::page(number(total), number(query.start))
}

/// `part` with a search for at most `count` entries, with what they reference in the same answer.
fn for_few(mut part: Part, count: usize) -> Part {
    part.search.size_limit = u32::try_from(count.saturating_add(1)).ok();
    if part.known.dereferences() {
        part.search.dereference = part.dereferences();
    }
    part
}

fn last_ids(items: &[Item]) -> Vec<String> {
    items.iter().rev().take(REMEMBERED).filter_map(|(part, entry)| id_of(part, entry)).collect()
}

fn feed_name(number: u64) -> String {
    format!("cursor {number:016x}")
}

/// A number that nothing else has, in this instance or another.
pub(super) fn new_number() -> Result<u64, Error> {
    let mut bytes = [0; 8];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::Internal)?;
    Ok(u64::from_be_bytes(bytes))
}

fn seconds(cx: &Context) -> u64 {
    cx.clock.wall().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
