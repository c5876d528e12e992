//! References that others hold: groups whose kind the directory doesn't keep on the member, groups of groups, and groups
//! whose members are the result of a search.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::context::Context;
use super::error::Error;
use super::partition::{Known, Partition};
use super::service::Bridge;
use crate::cache::moment::Moment;
use crate::directory::StreamOptions;
use crate::ldap::matching::MatchingRule;
use crate::ldap::url::LdapUrl;
use crate::ldap::{AttributeDescription, DnKey, Filter};
use crate::mapping::model::TypeIndex;
use crate::mapping::model::{Reference, ReferenceForm, Source};
use crate::translate::read::{BackSearch, ReadPlan};
use crate::translate::references::{Referred, Target, Targets, Wanted};
use crate::translate::referrers::{Referrer, ReferrerIndex};
use crate::translate::search;

/// Referrers, each with whether it refers to the entry itself.
type Shown = Vec<(Arc<Target>, bool)>;

/// For how many entries their referrers are searched for one by one.
const FEW: usize = 8;

/// How many names may be held to turn references round.
const MOST_NAMES: usize = 1_000_000;

/// How deep groups may be nested before the search for more of them ends.
const DEEPEST: usize = 64;

impl Bridge {
    /// Finds the referrers that aren't kept on the entries themselves: entry by entry for a few, by turning all references
    /// round for many.
    #[allow(clippy::too_many_arguments, reason = "the parts of one resolution")]
    pub(super) async fn resolve_referrers(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        plan: &ReadPlan,
        referred: &[Referred],
        moment: Option<&Moment>,
        targets: &mut Targets,
    ) -> Result<(), Error> {
        for back in plan.back_references() {
            let referred: Vec<_> = referred.iter().filter(|entry| entry.back == back).cloned().collect();
            self.resolve_referrers_by(cx, partition, known, &back, referred, moment, targets).await?;
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one resolution")]
    async fn resolve_referrers_by(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        back: &BackSearch,
        referred: Vec<Referred>,
        moment: Option<&Moment>,
        targets: &mut Targets,
    ) -> Result<(), Error> {
        if (referred.len() > FEW || (!referred.is_empty() && self.names_are_marked(back)))
            && let Some(index) = self.referrer_index(cx, partition, known, back, moment).await?
        {
            for entry in &referred {
                for (target, direct) in walk(&index, entry, back) {
                    targets.insert_referrer(back, &entry.dn, target, direct);
                }
            }
            return Ok(());
        }
        let found: Vec<(String, Shown)> = stream::iter(referred)
            .map(|entry| async move {
                let found = self.search_referrers(cx, partition, known, back, &entry).await?;
                Ok::<_, Error>((entry.dn, found))
            })
            .buffer_unordered(self.limits.batches)
            .try_collect()
            .await?;
        for (dn, found) in found {
            for (target, direct) in found {
                targets.insert_referrer(back, &dn, target, direct);
            }
        }
        Ok(())
    }

    /// Whether identifiers may stand behind the names that refer, so that a search for a name doesn't find them all.
    fn names_are_marked(&self, back: &BackSearch) -> bool {
        match self.mapping.resources[back.referrer].source(back.attribute) {
            Source::References(all) => all.iter().any(|one| one.form == ReferenceForm::NameAndOptionalUid),
            _ => false,
        }
    }

    /// All references turned round, as remembered or read anew; `None` where there are too many to hold.
    async fn referrer_index(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        back: &BackSearch,
        moment: Option<&Moment>,
    ) -> Result<Option<Arc<ReferrerIndex>>, Error> {
        let key = (back.referrer, back.attribute, back.nested);
        if let Some(index) = partition.referrers.get(moment, &key) {
            return Ok(Some(index));
        }
        let resource = &self.mapping.resources[back.referrer];
        let Source::References(references) = resource.source(back.attribute) else { return Ok(None) };
        let has_via = known.back_reference_kept(back.referrer, back.attribute);
        let mut index = ReferrerIndex::default();
        for reference in references {
            let kept = has_via && reference.back_reference_kept;
            let on_entry = matches!(reference.form, ReferenceForm::PrimaryGroup(_));
            if on_entry || !known.view.knows(&reference.attribute) || (kept && !back.nested) {
                continue;
            }
            let rule = known.view.rules(&reference.attribute).equality;
            let mut set = (*known.target.set).clone();
            let place = set.insert(&reference.attribute);
            let set = Arc::new(set);
            let filter = Filter::and([of_class(reference), Filter::Present(reference.attribute.clone())]);
            for base in resource.bases.iter().filter(|base| base.directory == partition.name) {
                let Some(search) = search::below(resource, base, filter.clone(), set.clone()) else { continue };
                let options = StreamOptions { deadline: Some(cx.deadline), page: 50, ..StreamOptions::default() };
                let mut entries = partition.directory.stream(Arc::new(search), options);
                while let Some(batch) = entries.next_batch().await? {
                    for entry in batch {
                        let target = self.target(known, back.referrer, |place| entry.values(place));
                        if let (Some(target), Ok(dn)) = (target, DnKey::of(&entry.dn)) {
                            index.insert(reference, rule, Referrer { target, dn }, entry.values(place));
                        }
                    }
                    if index.len() > MOST_NAMES {
                        return Ok(None);
                    }
                }
            }
        }
        let index = Arc::new(index);
        partition.referrers.insert(moment, key, index.clone());
        Ok(Some(index))
    }

    /// The referrers of one entry, by searches for those that name it.
    async fn search_referrers(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        back: &BackSearch,
        entry: &Referred,
    ) -> Result<Shown, Error> {
        if back.nested && known.capabilities.active_directory() {
            return self.search_chain(cx, partition, known, back, entry).await;
        }
        let mut walk = Walk::new(entry);
        if back.search {
            for (dn, target) in self.naming(cx, partition, known, back, &entry.dn, &entry.keys, false).await? {
                walk.meet(&dn, target, true, 0);
            }
        }
        while back.nested
            && let Some((dn, depth)) = walk.next()
        {
            for (dn, target) in self.naming(cx, partition, known, back, &dn, &[], true).await? {
                walk.meet(&dn, target, false, depth);
            }
        }
        Ok(walk.found)
    }

    /// The referrers of one entry to any depth, by the directory's own rule for chains (MS-ADTS section 3.1.1.3.4.4.3). Those that it
    /// keeps on the entry are left out.
    async fn search_chain(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        back: &BackSearch,
        entry: &Referred,
    ) -> Result<Shown, Error> {
        let resource = &self.mapping.resources[back.referrer];
        let Source::References(references) = resource.source(back.attribute) else { return Ok(Vec::new()) };
        let by_name = references
            .iter()
            .filter(|reference| reference.form == ReferenceForm::Dn && known.view.knows(&reference.attribute));
        let chains = by_name.map(|reference| {
            let (attribute, value) = (reference.attribute.clone(), entry.dn.clone().into_bytes());
            let rule = MatchingRule::InChain.oid().to_owned();
            Filter::and([of_class(reference), Filter::Extensible { attribute, rule, value }])
        });
        let filter = Filter::or(chains.collect::<Vec<_>>());
        let kept = Walk::new(entry).kept;
        let own = DnKey::of(&entry.dn).ok();
        let mut found = Shown::new();
        for base in resource.bases.iter().filter(|base| base.directory == partition.name) {
            let Some(search) = search::below(resource, base, filter.clone(), known.target.set.clone()) else {
                continue;
            };
            for group in partition.directory.search(&search, cx.deadline).await? {
                let name = DnKey::of(&group.dn).ok();
                // Of groups that hold each other, each is in a chain to itself.
                if name.as_ref().is_some_and(|name| kept.contains(name)) || name == own {
                    continue;
                }
                found.extend(
                    self.target(known, back.referrer, |place| group.values(place)).map(|target| (target, false)),
                );
            }
        }
        Ok(found)
    }

    /// The referrers that name the entry called `dn`, which may be named by `keys` as well. Kinds that
    /// the directory keeps on the entry are left out unless `kept_too`.
    #[allow(clippy::too_many_arguments, reason = "the parts of one search")]
    async fn naming(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        back: &BackSearch,
        dn: &str,
        keys: &[(AttributeDescription, Vec<u8>)],
        kept_too: bool,
    ) -> Result<Vec<(String, Arc<Target>)>, Error> {
        let resource = &self.mapping.resources[back.referrer];
        let Source::References(references) = resource.source(back.attribute) else { return Ok(Vec::new()) };
        let has_via = known.back_reference_kept(back.referrer, back.attribute);
        let named = references
            .iter()
            .filter(|reference| known.view.knows(&reference.attribute))
            .filter(|reference| kept_too || !(has_via && reference.back_reference_kept))
            .map(|reference| naming_filter(reference, dn, keys));
        let filter = Filter::or(named.collect::<Vec<_>>());
        if filter == Filter::False {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for base in resource.bases.iter().filter(|base| base.directory == partition.name) {
            let Some(search) = search::below(resource, base, filter.clone(), known.target.set.clone()) else {
                continue;
            };
            for entry in partition.directory.search(&search, cx.deadline).await? {
                if let Some(target) = self.target(known, back.referrer, |place| entry.values(place)) {
                    found.push((entry.dn, target));
                }
            }
        }
        Ok(found)
    }

    /// Members that are the result of a search (groupOfURLs): each URL's search, within the confinement of the types.
    pub(super) async fn resolve_urls(&self, cx: &Context, wanted: &Wanted, targets: &mut Targets) -> Result<(), Error> {
        for (text, kinds) in &wanted.urls {
            let Some(url) = std::str::from_utf8(text).ok().and_then(|text| text.parse::<LdapUrl>().ok()) else {
                continue;
            };
            let mut found = Vec::new();
            for kind in kinds {
                found.extend(self.search_url(cx, &url, *kind).await?);
            }
            targets.insert_url(text.clone(), found);
        }
        Ok(())
    }

    async fn search_url(&self, cx: &Context, url: &LdapUrl, kind: TypeIndex) -> Result<Vec<Arc<Target>>, Error> {
        let resource = &self.mapping.resources[kind];
        let Ok(url_base) = DnKey::of(&url.base) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for (base, partition) in self.places(kind) {
            let known = partition.known()?;
            // The narrower of the two bases holds what both hold; entries are held against both.
            let below = if url_base.is_under(&base.key) { url.base.clone() } else { base.dn.to_string() };
            let within = url_base.is_under(&base.key) || base.key.is_under(&url_base);
            let Some(mut search) = search::below(resource, base, url.filter.clone(), known.target.set.clone()) else {
                continue;
            };
            if !within {
                continue;
            }
            search.base = below;
            let mut entries = partition.directory.stream(
                Arc::new(search),
                crate::directory::StreamOptions {
                    deadline: Some(cx.deadline),
                    ..crate::directory::StreamOptions::default()
                },
            );
            while let Some(batch) = entries.next_batch().await? {
                for entry in batch {
                    let confined = DnKey::of(&entry.dn).is_ok_and(|key| {
                        key.is_in_scope(&base.key, base.scope) && key.is_in_scope(&url_base, url.scope)
                    });
                    found.extend(confined.then(|| self.target(&known, kind, |place| entry.values(place))).flatten());
                }
            }
        }
        Ok(found)
    }
}

/// The filter for entries whose `reference` names the entry called `dn`.
fn naming_filter(reference: &Reference, dn: &str, keys: &[(AttributeDescription, Vec<u8>)]) -> Filter {
    let equal = |value: &[u8]| Filter::Equality(reference.attribute.clone(), value.to_vec());
    let named = match &reference.form {
        ReferenceForm::Dn | ReferenceForm::NameAndOptionalUid => equal(dn.as_bytes()),
        ReferenceForm::Key(key) => {
            Filter::or(keys.iter().filter(|(attribute, _)| attribute == key).map(|(_, value)| equal(value)))
        }
        ReferenceForm::Url | ReferenceForm::PrimaryGroup(_) => Filter::False,
    };
    Filter::and([of_class(reference), named])
}

/// The filter for entries of the kind that holds `reference`.
fn of_class(reference: &Reference) -> Filter {
    let class = reference.class.as_ref().and_then(|class| {
        Some(Filter::Equality("objectClass".parse::<AttributeDescription>().ok()?, class.as_bytes().to_vec()))
    });
    class.unwrap_or(Filter::True)
}

/// The referrers of `entry` in `index`, those of its referrers too where they count.
fn walk(index: &ReferrerIndex, entry: &Referred, back: &BackSearch) -> Shown {
    let mut walk = Walk::new(entry);
    if let Ok(name) = DnKey::of(&entry.dn) {
        for referrer in index.naming(&name, &entry.keys) {
            walk.meet_known(&referrer.dn, referrer.target.clone(), true, 0);
        }
    }
    while back.nested
        && let Some((dn, depth)) = walk.next()
    {
        let Ok(name) = DnKey::of(&dn) else { continue };
        for referrer in index.naming(&name, &[]) {
            walk.meet_known(&referrer.dn, referrer.target.clone(), false, depth);
        }
    }
    walk.found
}

/// A walk from an entry to those that refer to it, and on to those that refer to them; circles end it.
struct Walk {
    /// Those that the directory keeps on the entry: shown from there, and walked on from.
    kept: HashSet<DnKey>,
    seen: HashSet<Box<str>>,
    queue: VecDeque<(String, usize)>,
    found: Shown,
}

impl Walk {
    fn new(entry: &Referred) -> Self {
        let kept: Vec<&str> = entry.kept.iter().filter_map(|dn| std::str::from_utf8(dn).ok()).collect();
        Self {
            queue: kept.iter().map(|dn| ((*dn).to_owned(), 1)).collect(),
            kept: kept.iter().filter_map(|dn| DnKey::of(dn).ok()).collect(),
            seen: HashSet::new(),
            found: Vec::new(),
        }
    }

    /// The next one to walk on from, with how deep it is.
    fn next(&mut self) -> Option<(String, usize)> {
        std::iter::from_fn(|| self.queue.pop_front()).find(|(_, depth)| *depth < DEEPEST)
    }

    fn meet(&mut self, dn: &str, target: Arc<Target>, direct: bool, depth: usize) {
        if let Ok(name) = DnKey::of(dn) {
            self.meet_named(name, dn.to_owned(), target, direct, depth);
        }
    }

    fn meet_known(&mut self, name: &DnKey, target: Arc<Target>, direct: bool, depth: usize) {
        let dn = String::from_utf8_lossy(name.as_bytes()).into_owned();
        self.meet_named(name.clone(), dn, target, direct, depth);
    }

    fn meet_named(&mut self, name: DnKey, dn: String, target: Arc<Target>, direct: bool, depth: usize) {
        if self.seen.insert(target.id.clone()) {
            self.queue.push_back((dn, depth + 1));
            if direct || !self.kept.contains(&name) {
                self.found.push((target, direct));
            }
        }
    }
}
