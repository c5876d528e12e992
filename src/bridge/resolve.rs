//! References: which resources the DNs and keys in entries name.
//!
//! Nothing is shown that isn't a resource of an allowed type within that type's confinement, so every name is looked up with
//! the type's own base and filter: by the dereference control's answer, the names remembered, or searches for many at once.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::context::Context;
use super::error::{Error, searching};
use super::partition::{Known, Partition, TargetPlaces};
use super::service::Bridge;
use crate::cache::moment::Moment;
use crate::ldap::{AttributeDescription, DnKey, Entry, Filter, Search};
use crate::mapping::model::Base;
use crate::mapping::model::TypeIndex;
use crate::translate::read::ReadPlan;
use crate::translate::references::{Target, Targets, Wanted};
use crate::translate::search;

/// A name to be resolved: as stored, and in the form in which names are compared.
struct Name {
    stored: Vec<u8>,
    key: DnKey,
    dn: String,
    kinds: Vec<TypeIndex>,
}

/// From how many references of one entry on the directory's own back-reference finds them in one search.
const MANY: usize = 1000;

impl Bridge {
    /// Resolves what `plan` shows of other entries in `entries` of `partition`. Names are remembered under `moment`.
    pub(super) async fn resolve(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        plan: &ReadPlan,
        entries: &[Entry],
        moment: Option<&Moment>,
    ) -> Result<Targets, Error> {
        let mut targets = Targets::default();
        if !plan.shows_references() {
            return Ok(targets);
        }
        let mut wanted = Wanted::default();
        let mut dereferenced: HashMap<&[u8], &[Vec<Vec<u8>>]> = HashMap::new();
        for entry in entries {
            plan.wants(entry, &mut wanted);
            dereferenced
                .extend(entry.dereferenced.iter().map(|found| (found.dn.as_bytes(), found.attributes.as_slice())));
        }
        let many: Vec<&Entry> = entries.iter().filter(|entry| plan.held_names(entry) > MANY).collect();
        for owner in &many {
            if !partition.knows_most(moment, &wanted) {
                self.resolve_as_written((cx, moment), partition, known, owner, &mut wanted, &mut targets).await?;
            }
        }
        let placeholders = plan.placeholders();
        let mut names = Vec::new();
        for (stored, kinds) in std::mem::take(&mut wanted.dns) {
            let name = match name(stored, kinds) {
                Ok(name) => name,
                Err(stored) => {
                    targets.insert_unreadable(stored);
                    continue;
                }
            };
            if placeholders.contains(&&name.key) {
                continue;
            }
            match dereferenced.get(name.stored.as_slice()) {
                // What stands in another directory is nothing to this one.
                Some(_) if self.is_elsewhere(partition, &name) => names.push(name),
                Some(attributes) => {
                    if let Some(target) = self.dereferenced(partition, known, &name, attributes) {
                        targets.insert_dn(name.stored, target);
                    }
                }
                None => names.push(name),
            }
        }
        self.resolve_names(cx, partition, known, names, &many, moment, &mut targets).await?;
        self.resolve_keys(cx, partition, known, &wanted, &mut targets).await?;
        self.resolve_urls(cx, &wanted, &mut targets).await?;
        self.resolve_referrers(cx, partition, known, plan, &wanted.referred, moment, &mut targets).await?;
        Ok(targets)
    }

    /// What the dereference control said of a name, held against the type's confinement.
    fn dereferenced(
        &self,
        partition: &Partition,
        known: &Known,
        name: &Name,
        attributes: &[Vec<Vec<u8>>],
    ) -> Option<Arc<Target>> {
        name.kinds.iter().copied().find_map(|kind| {
            let resource = &self.mapping.resources[kind];
            let values = |attribute: &AttributeDescription| {
                let place = known.target.place(attribute)?;
                Some(attributes.get(place).map_or(&[][..], Vec::as_slice))
            };
            let confined = resource.confines(&partition.name, &name.key)
                && resource.filter.evaluate(values, &known.view.schema) == Some(true);
            confined
                .then(|| self.target(known, kind, |place| attributes.get(place).map_or(&[], Vec::as_slice)))
                .flatten()
        })
    }

    /// The resource of type `kind` whose target attributes have these values.
    pub(super) fn target<'v>(
        &self,
        known: &Known,
        kind: TypeIndex,
        values: impl Fn(usize) -> &'v [Vec<u8>],
    ) -> Option<Arc<Target>> {
        self.target_at(&known.target.places[kind], kind, values)
    }

    /// The same, with these values at `places`.
    pub(super) fn target_at<'v>(
        &self,
        places: &TargetPlaces,
        kind: TypeIndex,
        values: impl Fn(usize) -> &'v [Vec<u8>],
    ) -> Option<Arc<Target>> {
        let id = values(places.id).first().and_then(|raw| self.mapping.resources[kind].id.codec.decode(raw))?;
        let display = places.display.as_ref().and_then(|(place, codec)| {
            values(*place).iter().find_map(|raw| codec.decode(raw)).and_then(|atom| atom.as_text().map(Into::into))
        });
        Some(Arc::new(Target { kind, id: id.as_text()?.into(), display }))
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one resolution")]
    async fn resolve_names(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        names: Vec<Name>,
        many: &[&Entry],
        moment: Option<&Moment>,
        targets: &mut Targets,
    ) -> Result<(), Error> {
        let mut open = names;
        let mut rank = 0;
        // The first type that has the entry is the one it is shown as.
        while !open.is_empty() {
            let asked: Vec<(usize, TypeIndex)> = open
                .iter()
                .enumerate()
                .filter_map(|(place, name)| name.kinds.get(rank).map(|kind| (place, *kind)))
                .collect();
            if asked.is_empty() {
                break;
            }
            let remembered = partition.dns.get(moment, asked.iter().map(|(place, kind)| (*kind, &open[*place].key)));
            let mut missing: HashMap<TypeIndex, Vec<usize>> = HashMap::new();
            let mut found: HashMap<usize, Arc<Target>> = HashMap::new();
            for ((place, kind), remembered) in asked.iter().zip(remembered) {
                match remembered {
                    Some(Some(target)) => drop(found.insert(*place, target)),
                    Some(None) => {}
                    None if self.is_anywhere(*kind, &open[*place].key) => {
                        missing.entry(*kind).or_default().push(*place)
                    }
                    None => {}
                }
            }
            for (kind, places) in missing {
                let keys: Vec<(&DnKey, &str)> =
                    places.iter().map(|place| (&open[*place].key, open[*place].dn.as_str())).collect();
                let resolved = self.search_names(cx, partition, known, kind, &keys, many).await?;
                let learnt = places
                    .iter()
                    .map(|place| (kind, open[*place].key.clone(), resolved.get(&open[*place].key).cloned()));
                partition.dns.insert(moment, learnt);
                for place in places {
                    if let Some(target) = resolved.get(&open[place].key) {
                        found.insert(place, target.clone());
                    }
                }
            }
            let mut rest = Vec::new();
            for (place, name) in open.into_iter().enumerate() {
                match found.remove(&place) {
                    Some(target) => targets.insert_dn(name.stored, target),
                    None if name.kinds.len() > rank + 1 => rest.push(name),
                    None => {}
                }
            }
            open = rest;
            rank += 1;
        }
        Ok(())
    }

    /// Whether what is called so could be in another directory than `partition`.
    fn is_elsewhere(&self, partition: &Partition, name: &Name) -> bool {
        let mut bases = name.kinds.iter().flat_map(|kind| &self.mapping.resources[*kind].bases);
        bases.any(|base| base.directory != partition.name && name.key.is_in_scope(&base.key, base.scope))
    }

    /// Whether an entry called `key` could be of type `kind` at all.
    fn is_anywhere(&self, kind: TypeIndex, key: &DnKey) -> bool {
        let resource = &self.mapping.resources[kind];
        resource.bases.iter().any(|base| resource.confines(&base.directory, key))
    }

    /// Looks for entries of type `kind` by their names.
    async fn search_names(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        kind: TypeIndex,
        names: &[(&DnKey, &str)],
        many: &[&Entry],
    ) -> Result<HashMap<DnKey, Arc<Target>>, Error> {
        let mut found: HashMap<DnKey, Arc<Target>> = HashMap::new();
        if names.len() > MANY {
            for owner in many {
                self.search_referred(cx, partition, known, kind, &owner.dn, &mut |dn, target| {
                    found.extend(DnKey::of(&dn).ok().map(|key| (key, target)));
                })
                .await?;
            }
        }
        self.ask_catalogs(cx, partition, kind, names, &mut found).await;
        let resource = &self.mapping.resources[kind];
        let mut searches: Vec<(Arc<Partition>, Arc<Known>, Search)> = Vec::new();
        for (base, partition) in self.places(kind) {
            let mine: Vec<&str> = names
                .iter()
                .filter(|(key, _)| !found.contains_key(*key) && key.is_in_scope(&base.key, base.scope))
                .map(|(_, dn)| *dn)
                .collect();
            if mine.is_empty() {
                continue;
            }
            let known = partition.known()?;
            searches.extend(
                self.name_searches(&known, resource, base, &mine)
                    .map(|search| (partition.clone(), known.clone(), search)),
            );
        }
        let answers: Vec<(Arc<Known>, Vec<Entry>)> = stream::iter(searches)
            .map(|(partition, known, search)| async move {
                match partition.directory.search(&search, cx.deadline).await {
                    Ok(entries) => Ok::<_, Error>((known, entries)),
                    Err(crate::directory::Error::Refused(result)) if result.code.0 == 32 => Ok((known, Vec::new())),
                    Err(error) => Err(searching(&search.base)(error)),
                }
            })
            .buffer_unordered(self.limits.batches)
            .try_collect()
            .await?;
        for (known, entries) in answers {
            for entry in entries {
                if let (Ok(key), Some(target)) =
                    (DnKey::of(&entry.dn), self.target(&known, kind, |place| entry.values(place)))
                {
                    found.insert(key, target);
                }
            }
        }
        Ok(found)
    }

    pub(super) fn name_searches<'a>(
        &'a self,
        known: &'a Known,
        resource: &'a crate::mapping::model::Resource,
        base: &'a Base,
        names: &'a [&'a str],
    ) -> Box<dyn Iterator<Item = Search> + Send + 'a> {
        let attributes = known.target.set.clone();
        match search::dn_attribute(&known.view) {
            Some(attribute) => Box::new(names.chunks(self.limits.batch).filter_map(move |chunk| {
                let alternatives = chunk.iter().map(|dn| Filter::Equality(attribute.clone(), dn.as_bytes().to_vec()));
                search::below(resource, base, Filter::or(alternatives), attributes.clone())
            })),
            None => Box::new(names.iter().filter_map(move |dn| search::by_dn(resource, dn, attributes.clone()))),
        }
    }
}

/// The name that `stored` is; `stored` itself where it is none.
fn name(stored: Vec<u8>, kinds: Vec<TypeIndex>) -> Result<Name, Vec<u8>> {
    let understood = std::str::from_utf8(&stored).ok().and_then(|text| Some((text.to_owned(), DnKey::of(text).ok()?)));
    match understood {
        Some((dn, key)) => Ok(Name { stored, key, dn, kinds }),
        None => Err(stored),
    }
}
