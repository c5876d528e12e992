//! References that others hold: groups whose kind the directory doesn't keep on the member, groups of groups, and groups
//! whose members are the result of a search.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::context::Context;
use super::error::Error;
use super::partition::{Known, Partition};
use super::service::Bridge;
use crate::ldap::url::LdapUrl;
use crate::ldap::{AttributeDescription, DnKey, Filter};
use crate::mapping::model::TypeIndex;
use crate::mapping::model::{Reference, ReferenceForm, Source};
use crate::scim::resource_schema::AttrId;
use crate::translate::read::ReadPlan;
use crate::translate::references::{Referred, Target, Targets, Wanted};
use crate::translate::search;

/// How deep groups may be nested before the search for more of them ends.
const DEEPEST: usize = 64;

impl Bridge {
    /// Finds the referrers that aren't kept on the entries themselves.
    pub(super) async fn resolve_referrers(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        plan: &ReadPlan,
        referred: &[Referred],
        targets: &mut Targets,
    ) -> Result<(), Error> {
        let Some(back) = plan.back_reference() else { return Ok(()) };
        if back.search
            && !back.nested
            && referred.len() > 1
            && let Some(found) = self.naming_any(cx, partition, known, back, referred).await?
        {
            for (place, target) in found {
                targets.insert_referrer(&referred[place].dn, target, true);
            }
            return Ok(());
        }
        let found: Vec<(String, Vec<(String, Arc<Target>, bool)>)> = stream::iter(referred.to_vec())
            .map(|referred| async move {
                let mut seen = HashSet::new();
                let mut all = Vec::new();
                let mut queue: VecDeque<(String, usize)> = VecDeque::new();
                let direct = if back.search {
                    self.naming(
                        cx,
                        partition,
                        known,
                        back.referrer,
                        back.attribute,
                        &referred.dn,
                        &referred.keys,
                        false,
                    )
                    .await?
                } else {
                    Vec::new()
                };
                for (dn, target) in direct {
                    if seen.insert(target.id.clone()) {
                        queue.push_back((dn.clone(), 1));
                        all.push((dn, target, true));
                    }
                }
                if back.nested {
                    queue.extend(referred.kept.iter().filter_map(|dn| Some((String::from_utf8(dn.clone()).ok()?, 1))));
                    let kept: HashSet<DnKey> = referred.kept.iter().filter_map(|dn| DnKey::of_bytes(dn).ok()).collect();
                    while let Some((dn, depth)) = queue.pop_front().filter(|(_, depth)| *depth < DEEPEST) {
                        for (dn, target) in
                            self.naming(cx, partition, known, back.referrer, back.attribute, &dn, &[], true).await?
                        {
                            if seen.insert(target.id.clone()) {
                                queue.push_back((dn.clone(), depth + 1));
                                if DnKey::of(&dn).is_ok_and(|key| !kept.contains(&key)) {
                                    all.push((dn, target, false));
                                }
                            }
                        }
                    }
                }
                Ok::<_, Error>((referred.dn, all))
            })
            .buffer_unordered(self.limits.batches)
            .try_collect()
            .await?;
        for (dn, found) in found {
            for (_, target, direct) in found {
                targets.insert_referrer(&dn, target, direct);
            }
        }
        Ok(())
    }

    /// The resources of type `referrer` that name the entry called `dn`, which may be named by `keys` as well. Kinds that
    /// the directory keeps on the entry are left out unless `kept_too`.
    #[allow(clippy::too_many_arguments, reason = "the parts of one search")]
    async fn naming(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        referrer: TypeIndex,
        attribute: AttrId,
        dn: &str,
        keys: &[(AttributeDescription, Vec<u8>)],
        kept_too: bool,
    ) -> Result<Vec<(String, Arc<Target>)>, Error> {
        let resource = &self.mapping.resources[referrer];
        let Source::References(references) = resource.source(attribute) else { return Ok(Vec::new()) };
        let has_via = known.back_reference_kept(referrer, attribute);
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
                if let Some(target) = self.target(known, referrer, |place| entry.values(place)) {
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
        ReferenceForm::Url => Filter::False,
    };
    let class = reference.class.as_ref().and_then(|class| {
        Some(Filter::Equality("objectClass".parse::<AttributeDescription>().ok()?, class.as_bytes().to_vec()))
    });
    Filter::and([class.unwrap_or(Filter::True), named])
}
