//! References that others hold: groups whose kind the directory doesn't keep on the member, and groups of groups.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::context::Context;
use super::error::{Error, searching};
use super::partition::{Known, Partition};
use super::service::Bridge;
use super::walk::{Shown, Walk, walk};
use crate::cache::moment::Moment;
use crate::directory::StreamOptions;
use crate::ldap::matching::MatchingRule;
use crate::ldap::{AttributeDescription, DnKey, Entry, Filter};
use crate::mapping::model::{Reference, ReferenceForm, Source};
use crate::translate::read::{BackSearch, ReadPlan};
use crate::translate::references::{Referred, Target, Targets};
use crate::translate::referrers::{Referrer, ReferrerIndex};
use crate::translate::search;

/// For how many entries their referrers are searched for one by one.
pub(super) const FEW: usize = 8;

/// How many names may be held to turn references round.
const MOST_NAMES: usize = 1_000_000;

/// Which references are looked for, where, and for which request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sought<'a> {
    pub(super) cx: &'a Context,
    pub(super) partition: &'a Arc<Partition>,
    pub(super) known: &'a Arc<Known>,
    pub(super) back: &'a BackSearch,
}

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
            if self.mapping.is_named_elsewhere(plan.kind, back.referrer) {
                self.resolve_everywhere(cx, partition, &back, referred, moment, targets).await?;
            } else {
                let sought = Sought { cx, partition, known, back: &back };
                self.resolve_referrers_by(sought, referred, moment, targets).await?;
            }
        }
        Ok(())
    }

    async fn resolve_referrers_by(
        &self,
        sought: Sought<'_>,
        referred: Vec<Referred>,
        moment: Option<&Moment>,
        targets: &mut Targets,
    ) -> Result<(), Error> {
        let Sought { back, .. } = sought;
        if (referred.len() > FEW
            || (!referred.is_empty()
                && self.mapping.resources[back.referrer].source(back.attribute).names_are_marked()))
            && let Some(index) = self.referrer_index(sought, false, moment).await?
        {
            for entry in &referred {
                for (target, direct) in walk(&index, entry, back) {
                    targets.insert_referrer(back, &entry.dn, target, direct);
                }
            }
            return Ok(());
        }
        let search = |entry: Referred| async move {
            let found = self.search_referrers(sought, &entry).await?;
            Ok((entry.dn, found))
        };
        self.search_each(back, referred, search, targets).await
    }

    /// Notes what `search` finds of each of `referred`, some of which are looked for side by side.
    pub(super) async fn search_each<F: Future<Output = Result<(String, Shown), Error>>>(
        &self,
        back: &BackSearch,
        referred: Vec<Referred>,
        search: impl Fn(Referred) -> F,
        targets: &mut Targets,
    ) -> Result<(), Error> {
        let found = stream::iter(referred).map(search).buffer_unordered(self.limits.batches);
        let found: Vec<(String, Shown)> = found.try_collect().await?;
        for (dn, found) in found {
            for (target, direct) in found {
                targets.insert_referrer(back, &dn, target, direct);
            }
        }
        Ok(())
    }

    /// All references of `partition` turned round, as remembered or read anew; `None` where there are too many to hold. `all` asks
    /// for those as well that the directory keeps on its own entries.
    pub(super) async fn referrer_index(
        &self,
        sought: Sought<'_>,
        all: bool,
        moment: Option<&Moment>,
    ) -> Result<Option<Arc<ReferrerIndex>>, Error> {
        let Sought { cx, partition, known, back } = sought;
        let all = all || back.nested;
        let key = (back.referrer, back.attribute, all);
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
            if on_entry || !known.view.knows(&reference.attribute) || (kept && !all) {
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
                let search = Arc::new(search);
                let mut entries = partition.directory.stream(search.clone(), options);
                while let Some(batch) = entries.next_batch().await.map_err(searching(&search.base))? {
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
    async fn search_referrers(&self, sought: Sought<'_>, entry: &Referred) -> Result<Shown, Error> {
        let Sought { known, back, .. } = sought;
        if back.nested && known.capabilities.active_directory() {
            return self.search_chain(sought, entry).await;
        }
        let mut walk = Walk::new(entry);
        if back.search {
            for (dn, target) in self.naming(sought, &entry.dn, &entry.keys, false).await? {
                walk.meet(&dn, target, true, 0);
            }
        }
        while back.nested
            && let Some((dn, depth)) = walk.next()
        {
            for (dn, target) in self.naming(sought, &dn, &[], true).await? {
                walk.meet(&dn, target, false, depth);
            }
        }
        Ok(walk.found)
    }

    /// The referrers of one entry to any depth, by the directory's own rule for chains (MS-ADTS section 3.1.1.3.4.4.3). Those that it
    /// keeps on the entry are left out.
    async fn search_chain(&self, sought: Sought<'_>, entry: &Referred) -> Result<Shown, Error> {
        let Sought { known, back, .. } = sought;
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
        // Of groups that hold each other, each is in a chain to itself.
        let is_shown = |dn: &str| {
            let name = DnKey::of(dn).ok();
            name != own && !name.is_some_and(|name| kept.contains(&name))
        };
        let found = self.found_by(sought, &filter).await?.into_iter();
        Ok(found.filter(|(dn, _)| is_shown(dn)).map(|(_, target)| (target, false)).collect())
    }

    /// Whether the groups that the directory keeps on `entry` are those whose members say so: it may change them some time after the
    /// groups.
    ///
    /// # Errors
    /// Those of the directory.
    pub(super) async fn is_confirmed(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        plan: &ReadPlan,
        entry: &Entry,
        targets: &Targets,
    ) -> Result<bool, Error> {
        let Some(all) = plan.kept(entry, targets) else { return Ok(false) };
        for (back, mut kept) in all {
            let sought = Sought { cx, partition, known, back: &back };
            let Some(named) = self.kept_naming(sought, &entry.dn).await? else { return Ok(false) };
            let mut named: Vec<Box<str>> = named.iter().map(|target| target.id.clone()).collect();
            kept.sort_unstable();
            named.sort_unstable();
            if !kept.iter().map(|id| &**id).eq(named.iter().map(|id| &**id)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The referrers that name the entry called `dn`, of the kinds that the directory keeps on entries; `None` where these can't be
    /// searched for.
    async fn kept_naming(&self, sought: Sought<'_>, dn: &str) -> Result<Option<Vec<Arc<Target>>>, Error> {
        let Sought { known, back, .. } = sought;
        let resource = &self.mapping.resources[back.referrer];
        let Source::References(references) = resource.source(back.attribute) else { return Ok(None) };
        let kept = references.iter().filter(|it| it.back_reference_kept && known.view.knows(&it.attribute));
        let filter = Filter::or(kept.map(|reference| naming_filter(reference, dn, &[])).collect::<Vec<_>>());
        if filter == Filter::False {
            return Ok(None);
        }
        let found = self.found_by(sought, &filter).await?;
        Ok(Some(found.into_iter().map(|(_, target)| target).collect()))
    }

    /// The referrers that satisfy `filter`.
    async fn found_by(&self, sought: Sought<'_>, filter: &Filter) -> Result<Vec<(String, Arc<Target>)>, Error> {
        let Sought { cx, partition, known, back } = sought;
        let resource = &self.mapping.resources[back.referrer];
        let mut found = Vec::new();
        for base in resource.bases.iter().filter(|base| base.directory == partition.name) {
            let Some(search) = search::below(resource, base, filter.clone(), known.target.set.clone()) else {
                continue;
            };
            for entry in partition.directory.search(&search, cx.deadline).await.map_err(searching(&search.base))? {
                if let Some(target) = self.target(known, back.referrer, |place| entry.values(place)) {
                    found.push((entry.dn, target));
                }
            }
        }
        Ok(found)
    }

    /// The referrers that name the entry called `dn`, which may be named by `keys` as well. Kinds that
    /// the directory keeps on the entry are left out unless `kept_too`.
    pub(super) async fn naming(
        &self,
        sought: Sought<'_>,
        dn: &str,
        keys: &[(AttributeDescription, Vec<u8>)],
        kept_too: bool,
    ) -> Result<Vec<(String, Arc<Target>)>, Error> {
        let Sought { known, back, .. } = sought;
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
        self.found_by(sought, &filter).await
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
