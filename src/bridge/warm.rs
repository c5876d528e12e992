//! Lists from what is remembered: a snapshot that says which resources there are, and the resources.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::context::Context;
use super::error::Error;
use super::query::Query;
use super::service::Bridge;
use crate::cache::changes::Reading;
use crate::cache::moment::Moment;
use crate::cache::resources::{Finished, Held, Key};
use crate::cache::snapshots::Snapshot;
use crate::mapping::model::TypeIndex;
use crate::scim::projection::Projection;
use crate::scim::resource_schema::ResourceSchema;
use crate::translate::project::{self, Cut};
use crate::translate::read::ReadPlan;

/// Of how many resources one may have to be read for a page to be made of what is remembered.
const MISSING: usize = 8;

/// A page as far as it is remembered, with the ids of the rest at their places, and these ids by type.
type AtHand = (Vec<Result<Bytes, String>>, HashMap<TypeIndex, Vec<String>>);

/// What a query selects of one type.
struct Selected<'b> {
    schema: &'b ResourceSchema,
    projection: Projection,
    plan: Arc<ReadPlan>,
}

impl Bridge {
    /// The page from `from` on, where a snapshot is at hand that will do and nearly all of the page is remembered.
    pub(super) async fn remembered(
        &self,
        cx: &Context,
        query: &Query,
        from: usize,
    ) -> Result<Option<(Arc<Snapshot>, Vec<Bytes>)>, Error> {
        let Some(reading) = self.memory.told(cx) else { return Ok(None) };
        let Some(snapshot) = self.snapshots.get(&query.snapshot_key(cx)) else { return Ok(None) };
        // Who reads on, reads on in the list that was begun.
        let goes_on = from > 0 && self.snapshots.is_young(&snapshot, cx.clock.now());
        if !goes_on && !self.is_true(query, &snapshot, Some(&Moment::Told(reading))) {
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
        let (Some(_), Some(reading)) = (self.memory.resources(), self.memory.told(cx)) else { return Ok(None) };
        // Who satisfied a filter then may not do so now.
        if query.filter.is_some() && !self.is_true(query, snapshot, Some(&Moment::Told(reading))) {
            return Ok(None);
        }
        let Some((page, missing)) = self.at_hand_of(cx, query, snapshot, from..to)? else { return Ok(None) };
        if missing.is_empty() {
            return Ok(Some(page.into_iter().flatten().collect()));
        }
        let mut read = self.read_missing(cx, query, missing, reading).await?;
        Ok(Some(page.into_iter().filter_map(|known| known.or_else(|id| read.remove(&id).ok_or(())).ok()).collect()))
    }

    /// What is remembered of the resources at `places`, or their ids, and the missing ids by type. Nothing where many are missing, or
    /// what is selected isn't part of what is remembered.
    fn at_hand_of(
        &self,
        cx: &Context,
        query: &Query,
        snapshot: &Snapshot,
        places: Range<usize>,
    ) -> Result<Option<AtHand>, Error> {
        let Some(resources) = self.memory.resources() else { return Ok(None) };
        let selected = Selected::of(self, query)?;
        let Some(cuts) = selected.iter().map(Selected::cut).collect::<Option<Vec<_>>>() else { return Ok(None) };
        let only = query.kinds.first().map_or(0, |kind| kind.kind);
        let now = cx.clock.now();
        let most = places.len() / MISSING;
        let mut page = Vec::with_capacity(places.len());
        let mut missing: HashMap<TypeIndex, Vec<String>> = HashMap::new();
        let mut count = 0;
        for place in places {
            let kind = snapshot.kind(place, only);
            let Some(id) = snapshot.ids.key(place) else { continue };
            let cut = query.kinds.iter().position(|queried| queried.kind == kind).and_then(|place| cuts.get(place));
            let held = resources.get(&Key { kind, visibility: cx.client.visibility, id }, now);
            let shown = match (held, cut) {
                (Some(Held::Resource(finished)), Some(Some(cut))) => cut_off(cut, &finished),
                (Some(Held::Resource(finished)), Some(None)) => Some(finished.body.clone()),
                _ => None,
            };
            if let Some(shown) = shown {
                page.push(Ok(shown));
                continue;
            }
            count += 1;
            if count > most {
                return Ok(None);
            }
            let Some(id) = snapshot.ids.get(place) else { continue };
            missing.entry(kind).or_default().push(id.clone());
            page.push(Err(id));
        }
        Ok(Some((page, missing)))
    }

    async fn read_missing(
        &self,
        cx: &Context,
        query: &Query,
        missing: HashMap<TypeIndex, Vec<String>>,
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
}

impl<'b> Selected<'b> {
    /// What `query` selects of each of its types; nothing of those of which everything is shown.
    fn of(bridge: &'b Bridge, query: &Query) -> Result<Vec<Option<Self>>, Error> {
        let selected = |kind: TypeIndex| {
            let schema = &*bridge.mapping.resources[kind].schema;
            let projection = Projection::compile(schema, &query.selection.attributes, &query.selection.excluded)?;
            let (_, partition) = bridge.places(kind).next().ok_or(Error::Internal)?;
            let plan = partition.known()?.selected(kind, &query.selection)?;
            Ok(Some(Self { schema, projection, plan }))
        };
        let whole = query.selection.is_default();
        query.kinds.iter().map(|kind| if whole { Ok(None) } else { selected(kind.kind) }).collect()
    }

    /// How it is cut off; nothing where it isn't part of what is remembered.
    #[allow(clippy::option_option, reason = "whether it can be, and whether it must be")]
    fn cut(selected: &Option<Self>) -> Option<Option<Cut<'_>>> {
        let Some(Self { schema, projection, plan }) = selected else { return Some(None) };
        project::is_part(schema, projection).then(|| Some(Cut::new(plan, schema, projection)))
    }
}

fn cut_off(cut: &Cut<'_>, finished: &Finished) -> Option<Bytes> {
    let etag = finished.etag.as_ref().and_then(|etag| std::str::from_utf8(etag).ok());
    cut.of(&finished.body, etag, &finished.views).map(|part| part.body.into())
}
