//! One resource by its id.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::answer::{Fetched, Representation, body};
use super::by_id::{Asked, first_found};
use super::context::{ClientInfo, Context, Selection};
use super::error::Error;
use super::partition::{Known, Partition};
use super::service::Bridge;
use crate::cache::Boarding;
use crate::cache::changes::Reading;
use crate::cache::id::Id;
use crate::cache::moment::Moment;
use crate::cache::resources::{Finished, Held, Key};
use crate::ldap::Entry;
use crate::mapping::model::TypeIndex;
use crate::scim;
use crate::scim::projection::Projection;
use crate::translate::project::{self, Cut};
use crate::translate::read::ReadPlan;
use crate::translate::render::Rendering;
use crate::translate::version;

/// An entry that was found, and how it is read.
type Found = (Arc<Partition>, Arc<Known>, Arc<ReadPlan>, Entry);

impl Bridge {
    /// The resource of type `kind` called `id`, as `selection` shows it (RFC 7644 section 3.4.1).
    ///
    /// # Errors
    /// 404 for an id that names no resource of this type; 503 when the directory is away.
    pub async fn get(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        selection: &Selection,
        if_none_match: Option<&str>,
    ) -> Result<Fetched, Error> {
        if let Some(view) = self.view_for(cx).await? {
            return Box::pin(view.get(cx, kind, id, selection, if_none_match)).await;
        }
        self.admit(kind)?;
        let Some(resources) = self.memory.resources() else {
            return self.read(cx, kind, id, selection, if_none_match).await;
        };
        let key = self.key(cx, kind, id);
        if let Some(held) = resources.get(&key, cx.clock.now())
            && let Some(answer) = self.held(kind, &held, selection, if_none_match)?
        {
            return Ok(answer);
        }
        if !selection.is_default() {
            // To read the whole for a part may cost much more: a group's members, say.
            return self.read(cx, kind, id, selection, if_none_match).await;
        }
        loop {
            let reading = self.memory.changes.begin(cx.clock.now());
            let held = match resources.board(&key, reading) {
                Boarding::Lead(lead) => {
                    let held = self.load(cx, key.clone(), id, reading).await?;
                    lead.land(held.clone());
                    Some(held)
                }
                Boarding::Follow(follow) => follow.landed().await,
            };
            if let Some(held) = held {
                return self.held(kind, &held, selection, if_none_match)?.ok_or(Error::Internal);
            }
        }
    }

    /// The whole resource of type `kind` called `id`, if it is remembered: without waiting for anything. What isn't counts as a miss
    /// when it is asked for by [`Bridge::get`].
    pub fn at_hand(
        &self,
        client: &ClientInfo,
        kind: TypeIndex,
        id: &str,
        if_none_match: Option<&str>,
        now: Instant,
    ) -> Option<Fetched> {
        if !client.sees_all() {
            return None;
        }
        let key = Key { kind, visibility: client.visibility, id: Id::of(id) };
        let held = self.memory.resources()?.hit(&key, now)?;
        self.held(kind, &held, &Selection::default(), if_none_match).ok()?
    }

    /// The answer that is made of what is remembered; nothing if it can't be.
    fn held(
        &self,
        kind: TypeIndex,
        held: &Held,
        selection: &Selection,
        if_none_match: Option<&str>,
    ) -> Result<Option<Fetched>, Error> {
        let finished = match held {
            Held::Missing(_) => return Err(scim::Error::not_found().into()),
            Held::Resource(finished) => finished,
        };
        let (body, etag) = if selection.is_default() {
            (finished.body.clone(), finished.etag.clone())
        } else {
            match self.part(kind, finished, selection)? {
                Some((body, etag)) => (body, etag),
                None => return Ok(None),
            }
        };
        if let (Some(field), Some(etag)) = (if_none_match, &etag)
            && let Ok(text) = std::str::from_utf8(etag)
            && version::none_match(field, text)
        {
            return Ok(Some(Fetched::NotModified { etag: etag.clone() }));
        }
        let location = Some(finished.location.clone());
        Ok(Some(Fetched::Representation(Representation { body, etag, location })))
    }

    /// What `selection` shows of a resource, if that is a part of what is remembered.
    fn part(
        &self,
        kind: TypeIndex,
        finished: &Finished,
        selection: &Selection,
    ) -> Result<Option<(Bytes, Option<Bytes>)>, Error> {
        let schema = &self.mapping.resources[kind].schema;
        let projection = Projection::compile(schema, &selection.attributes, &selection.excluded)?;
        let Some((_, partition)) = self.places(kind).next().filter(|_| project::is_part(schema, &projection)) else {
            return Ok(None);
        };
        let plan = partition.known()?.selected(kind, selection)?;
        let etag = finished.etag.as_ref().and_then(|etag| std::str::from_utf8(etag).ok());
        let part = Cut::new(&plan, schema, &projection).of(&finished.body, etag, &finished.views);
        Ok(part.map(|part| (part.body.into(), part.etag.map(Bytes::from))))
    }

    /// Reads the resource of `key`, called `id`, and remembers it.
    async fn load(&self, cx: &Context, key: Key, id: &str, reading: Reading) -> Result<Held, Error> {
        let selection = Selection::default();
        let Some((partition, known, plan, entry)) = self.find(cx, key.kind, id, &selection).await? else {
            let missing = Held::Missing(cx.clock.now());
            self.memory.keep_missing(key, id, missing.clone(), reading);
            return Ok(missing);
        };
        let moment = Moment::Told(reading);
        let entries = std::slice::from_ref(&entry);
        let targets = self.resolve(cx, &partition, &known, &plan, entries, Some(&moment)).await?;
        partition.oddities.tell(&partition.name, &plan, &entry, &targets);
        let rendering = Rendering::new(&plan, &entry, &targets).ok_or(Error::Internal)?;
        let finished = Arc::new(finished(&rendering, body(&rendering)?));
        self.learn((&partition, &known, &plan), entries, Some(&moment));
        let mut leaning = self.memory.leaning(id, (&partition, &plan, &entry, &targets));
        if leaning.kept_groups && !reading.is_sure_of_groups() && self.memory.is_told_at_once() {
            leaning.kept_groups = !self.is_confirmed(cx, &partition, &known, &plan, &entry, &targets).await?;
        }
        self.memory.keep(key, id, finished.clone(), reading, (&partition, &entry.dn, leaning));
        Ok(Held::Resource(finished))
    }

    /// Reads the resource for this request alone.
    async fn read(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        selection: &Selection,
        if_none_match: Option<&str>,
    ) -> Result<Fetched, Error> {
        let moment = self.memory.told(cx).map(Moment::Told);
        let found = self.find(cx, kind, id, selection).await?;
        let Some((partition, known, plan, entry)) = found else { return Err(scim::Error::not_found().into()) };
        let entries = std::slice::from_ref(&entry);
        let targets = self.resolve(cx, &partition, &known, &plan, entries, moment.as_ref()).await?;
        partition.oddities.tell(&partition.name, &plan, &entry, &targets);
        let rendering = Rendering::new(&plan, &entry, &targets).ok_or(Error::Internal)?;
        if let (Some(field), Some(etag)) = (if_none_match, rendering.etag())
            && version::none_match(field, etag)
        {
            return Ok(Fetched::NotModified { etag: Bytes::copy_from_slice(etag.as_bytes()) });
        }
        Ok(Fetched::Representation(Representation::of(&rendering)?))
    }

    /// The entry of the resource of type `kind` called `id`, read for `selection`.
    async fn find(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        selection: &Selection,
    ) -> Result<Option<Found>, Error> {
        let tries = self.places(kind).map(|(base, partition)| async move {
            let known = partition.known()?;
            let plan = known.selected(kind, selection)?;
            let dereference = if known.dereferences() { plan.dereferences(&known.target.set) } else { Vec::new() };
            let place = (base, partition, &*known);
            let entry = self.entry_called(cx, kind, id, place, &plan, dereference, Asked::Any).await?;
            Ok::<_, Error>(entry.map(|entry| (partition.clone(), known, plan, entry)))
        });
        first_found(tries).await
    }
}

/// Bodies from here on aren't copied: that would double what a large group takes for the moment.
const LARGE: usize = 64 << 10;

/// A resource as it is remembered: in one piece of memory that is just large enough.
pub(super) fn finished(rendering: &Rendering<'_>, mut body: Vec<u8>) -> Finished {
    let (etag, location) = (rendering.etag(), rendering.location());
    let length = body.len();
    let all = length + etag.map_or(0, str::len) + location.len();
    if length < LARGE {
        let mut fitting = Vec::with_capacity(all);
        fitting.append(&mut body);
        body = fitting;
    }
    body.extend_from_slice(etag.unwrap_or_default().as_bytes());
    body.extend_from_slice(location.as_bytes());
    let mut all = Bytes::from(body.into_boxed_slice());
    let body = all.split_to(length);
    let etag = etag.map(|etag| all.split_to(etag.len()));
    Finished { body, etag, location: all, views: rendering.views().into() }
}
