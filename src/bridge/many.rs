//! The many that one entry names, a group's members above all: found by the directory's own back-reference, in one search.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::context::Context;
use super::error::Error;
use super::partition::{Known, Partition};
use super::service::Bridge;
use crate::cache::moment::Moment;
use crate::directory::{self, EntryStream, Limit, StreamOptions};
use crate::ldap::{DnKey, Entry, Filter};
use crate::mapping::model::{Source, TypeIndex};
use crate::translate::references::{Target, Targets, Wanted, without_uid};
use crate::translate::search;

impl Bridge {
    /// Resolves the many names that `owner` holds and that are entries of the type which comes first for them. Nearly all are
    /// written as the directory writes them: those are told apart by their octets, and only the others need be understood. What is
    /// found is remembered under the moment.
    pub(super) async fn resolve_as_written(
        &self,
        (cx, moment): (&Context, Option<&Moment>),
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        owner: &Entry,
        wanted: &mut Wanted,
        targets: &mut Targets,
    ) -> Result<(), Error> {
        targets.reserve(wanted.dns.len());
        let first: BTreeSet<TypeIndex> = wanted.dns.values().filter_map(|kinds| kinds.first().copied()).collect();
        for kind in first {
            let mut others: HashMap<DnKey, Arc<Target>> = HashMap::new();
            let mut learnt = Vec::with_capacity(if moment.is_some() { wanted.dns.len() } else { 0 });
            self.search_referred(cx, partition, known, kind, &owner.dn, &mut |dn, target| {
                let as_written = match wanted.dns.remove_entry(dn.as_bytes()) {
                    Some((stored, kinds)) if kinds.first() == Some(&kind) => {
                        targets.insert_dn(stored, target.clone());
                        true
                    }
                    other => {
                        wanted.dns.extend(other);
                        false
                    }
                };
                let key = if as_written && moment.is_none() { None } else { DnKey::of(&dn).ok() };
                let Some(key) = key else { return };
                if moment.is_some() {
                    learnt.push((kind, key.clone(), Some(target.clone())));
                }
                if !as_written {
                    others.insert(key, target);
                }
            })
            .await?;
            partition.dns.insert(moment, learnt.into_iter());
            if others.is_empty() {
                continue;
            }
            wanted.dns.retain(|stored, kinds| {
                let text = std::str::from_utf8(stored).ok().filter(|_| kinds.first() == Some(&kind));
                let found = text.and_then(|text| others.get(&DnKey::of(without_uid(text)).ok()?).cloned());
                found.is_none_or(|target| {
                    targets.insert_dn(stored.clone(), target);
                    false
                })
            });
        }
        Ok(())
    }

    /// Finds the many that one entry names by the directory's back-reference to it, in one paged search. What isn't found
    /// that way is still looked for by name.
    pub(super) async fn search_referred(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        kind: TypeIndex,
        owner: &str,
        found: &mut (dyn FnMut(String, Arc<Target>) + Send),
    ) -> Result<(), Error> {
        let resource = &self.mapping.resources[kind];
        let via = resource.sources.iter().find_map(|source| match source {
            Source::Backreference(back) => back.via.as_ref().filter(|via| known.view.knows(via)),
            _ => None,
        });
        let Some(via) = via else { return Ok(()) };
        for base in resource.bases.iter().filter(|base| base.directory == partition.name) {
            let by_owner = Filter::Equality(via.clone(), owner.as_bytes().to_vec());
            let set = known.target.alone[kind].0.clone();
            let Some(search) = search::below(resource, base, by_owner, set) else { continue };
            let search = Arc::new(search);
            let options = StreamOptions { deadline: Some(cx.deadline), ..StreamOptions::default() };
            if known.answers_at_once() {
                let at_once = StreamOptions { at_once: true, ..options };
                match self.referred(partition.directory.stream(search.clone(), at_once), known, kind, found).await {
                    Ok(()) => continue,
                    Err(directory::Error::Limit(Limit::Size | Limit::Admin)) => known.refuses_at_once(),
                    // Whatever it is, the search in pages meets it as well.
                    Err(_) => {}
                }
            }
            self.referred(partition.directory.stream(search, options), known, kind, found).await?;
        }
        Ok(())
    }

    /// Reads `entries` of type `kind` to the end.
    async fn referred(
        &self,
        mut entries: EntryStream,
        known: &Known,
        kind: TypeIndex,
        found: &mut (dyn FnMut(String, Arc<Target>) + Send),
    ) -> Result<(), directory::Error> {
        while let Some(batch) = entries.next_batch().await? {
            for entry in batch {
                if let Some(target) = self.target_at(&known.target.alone[kind].1, kind, |place| entry.values(place)) {
                    found(entry.dn, target);
                }
            }
        }
        Ok(())
    }
}

impl Partition {
    /// Whether what most of `wanted` name is remembered, going by some of them.
    pub(super) fn knows_most(&self, moment: Option<&Moment>, wanted: &Wanted) -> bool {
        const SOME: usize = 32;
        let some: Vec<(TypeIndex, DnKey)> = wanted
            .dns
            .iter()
            .filter_map(|(stored, kinds)| Some((*kinds.first()?, DnKey::of_bytes(stored).ok()?)))
            .take(SOME)
            .collect();
        let known = self.dns.get(moment, some.iter().map(|(kind, key)| (*kind, key)));
        known.iter().flatten().count() * 2 > some.len()
    }
}
