//! Who names many entries at once: the groups of everybody on a page, by a search for some of them at a time rather than one for
//! each. The groups that are found bring their members, and those are held against the page here.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::context::Context;
use super::error::Error;
use super::partition::{Known, Partition};
use super::service::Bridge;
use crate::directory;
use crate::ldap::{AttributeDescription, AttributeSet, DnKey, Entry, Filter, Search};
use crate::mapping::model::{Reference, ReferenceForm, Source};
use crate::translate::read::BackSearch;
use crate::translate::references::{Referred, Target, without_uid};
use crate::translate::search;

/// A resource that names an entry: the entry's place among those asked about, and the resource.
pub(super) type Named = (usize, Arc<Target>);

/// The kinds of reference that must be searched for, and where their values are in an answer.
struct Kinds<'m> {
    kinds: Vec<(&'m Reference, usize)>,
    class: Option<(AttributeDescription, usize)>,
    wanted: Arc<AttributeSet>,
}

/// By which names the entries asked about are known, with their places.
struct Names<'r> {
    dns: HashMap<DnKey, usize>,
    keys: HashMap<&'r [u8], Vec<(&'r AttributeDescription, usize)>>,
}

impl Bridge {
    /// The resources that name any of `referred` and aren't kept on the entries themselves, in the directory's order.
    ///
    /// `None` when the directory doesn't answer so large a question: then each is for a search of its own.
    pub(super) async fn naming_any(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        back: BackSearch,
        referred: &[Referred],
    ) -> Result<Option<Vec<Named>>, Error> {
        let resource = &self.mapping.resources[back.referrer];
        let Source::References(references) = resource.source(back.attribute) else { return Ok(Some(Vec::new())) };
        let kept = known.back_reference_kept(back.referrer, back.attribute);
        let kinds = Kinds::of(references, known, kept);
        let bases = resource.bases.iter().filter(|base| base.directory == partition.name);
        let mut searches: Vec<(usize, Search)> = Vec::new();
        for base in bases {
            for (number, chunk) in referred.chunks(self.limits.batch).enumerate() {
                let search = search::below(resource, base, kinds.filter(chunk), kinds.wanted.clone());
                searches.extend(search.map(|search| (number, search)));
            }
        }
        let answers = stream::iter(searches).map(|(number, search)| async move {
            match partition.directory.search(&search, cx.deadline).await {
                Ok(entries) => Ok(Some((number, entries))),
                Err(directory::Error::Limit(_)) => Ok(None),
                Err(error) => Err(Error::from(error)),
            }
        });
        let answers: Vec<_> = answers.buffered(self.limits.batches).try_collect().await?;
        let mut all = Vec::new();
        for answer in answers {
            let Some((number, entries)) = answer else { return Ok(None) };
            let first = number * self.limits.batch;
            let names = Names::of(referred.get(first..).map_or(&[], |rest| &rest[..rest.len().min(self.limits.batch)]));
            for entry in &entries {
                let Some(target) = self.target(known, back.referrer, |place| entry.values(place)) else { continue };
                let named = kinds.named(entry, &names);
                all.extend(named.into_iter().map(|place| (first + place, target.clone())));
            }
        }
        Ok(Some(all))
    }
}

impl<'m> Kinds<'m> {
    /// The kinds that the directory knows and doesn't keep on the entries that they name (`kept`).
    fn of(references: &'m [Reference], known: &Known, kept: bool) -> Self {
        let mut wanted = (*known.target.set).clone();
        let class = "objectClass".parse::<AttributeDescription>().ok().map(|name| {
            let place = wanted.insert(&name);
            (name, place)
        });
        let kinds = references
            .iter()
            .filter(|reference| known.view.knows(&reference.attribute))
            .filter(|reference| !(kept && reference.back_reference_kept) && reference.form != ReferenceForm::Url)
            .map(|reference| (reference, wanted.insert(&reference.attribute)))
            .collect();
        Self { kinds, class, wanted: Arc::new(wanted) }
    }

    /// The filter for entries that name any of `referred`.
    fn filter(&self, referred: &[Referred]) -> Filter {
        Filter::or(self.kinds.iter().map(|(reference, _)| {
            let equal = |value: &[u8]| Filter::Equality(reference.attribute.clone(), value.to_vec());
            let named = Filter::or(referred.iter().flat_map(|referred| match &reference.form {
                ReferenceForm::Key(key) => {
                    let keys = referred.keys.iter().filter(|(attribute, _)| attribute == key);
                    keys.map(|(_, value)| equal(value)).collect()
                }
                ReferenceForm::Dn | ReferenceForm::NameAndOptionalUid => vec![equal(referred.dn.as_bytes())],
                ReferenceForm::Url => Vec::new(),
            }));
            let class = self.class.as_ref().zip(reference.class.as_ref());
            let class = class.map(|((name, _), class)| Filter::Equality(name.clone(), class.as_bytes().to_vec()));
            Filter::and([class.unwrap_or(Filter::True), named])
        }))
    }

    /// The places of those whom `entry` names.
    fn named(&self, entry: &Entry, names: &Names<'_>) -> Vec<usize> {
        let mut named: Vec<usize> = Vec::new();
        for (reference, place) in self.kinds.iter().filter(|(reference, _)| self.is_of_class(entry, reference)) {
            for value in entry.values(*place) {
                match &reference.form {
                    ReferenceForm::Key(key) => {
                        let known = names.keys.get(value.as_slice()).into_iter().flatten();
                        named.extend(known.filter(|(attribute, _)| *attribute == key).map(|(_, place)| *place));
                    }
                    _ => named.extend(names.by_dn(value)),
                }
            }
        }
        named.sort_unstable();
        named.dedup();
        named
    }

    fn is_of_class(&self, entry: &Entry, reference: &Reference) -> bool {
        match (&self.class, &reference.class) {
            (Some((_, place)), Some(class)) => {
                entry.values(*place).iter().any(|stored| stored.eq_ignore_ascii_case(class.as_bytes()))
            }
            _ => true,
        }
    }
}

impl<'r> Names<'r> {
    fn of(referred: &'r [Referred]) -> Self {
        let dns = referred.iter().enumerate().filter_map(|(place, referred)| Some((DnKey::of(&referred.dn).ok()?, place)));
        let mut keys: HashMap<_, Vec<_>> = HashMap::new();
        for (place, referred) in referred.iter().enumerate() {
            for (attribute, value) in &referred.keys {
                keys.entry(value.as_slice()).or_default().push((attribute, place));
            }
        }
        Self { dns: dns.collect(), keys }
    }

    fn by_dn(&self, stored: &[u8]) -> Option<usize> {
        let name = without_uid(std::str::from_utf8(stored).ok()?);
        self.dns.get(&DnKey::of(name).ok()?).copied()
    }
}
