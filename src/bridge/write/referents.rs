//! The resources that a write names by id: looked up within the confinement of the types that may be referred to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::bridge::context::Context;
use crate::bridge::error::{Error, searching};
use crate::bridge::service::Bridge;
use crate::ldap::{AttributeDescription, AttributeSet, Entry, Filter};
use crate::mapping::model::{Source, TypeIndex};
use crate::scim::resource_schema::AttrId;
use crate::translate::write::{Referent, Referents, naming_keys};
use crate::translate::{filter, search};

impl Bridge {
    /// What the ids in `named` are, each looked for among the types that its attribute of `kind` may refer to. Those that are
    /// nothing, or protected, are left out.
    pub(super) async fn referents(
        &self,
        cx: &Context,
        kind: TypeIndex,
        named: &BTreeMap<AttrId, BTreeSet<String>>,
    ) -> Result<Referents, Error> {
        let mut by_type: BTreeMap<TypeIndex, BTreeSet<&str>> = BTreeMap::new();
        for (attr, ids) in named {
            let Source::References(references) = self.mapping.resources[kind].source(*attr) else { continue };
            for target in references.iter().flat_map(|reference| &reference.targets) {
                by_type.entry(*target).or_default().extend(ids.iter().map(String::as_str));
            }
        }
        let mut referents = Referents::default();
        for (target, ids) in by_type {
            let open: Vec<&str> = ids.into_iter().filter(|id| referents.get(id).is_none()).collect();
            self.look_up(cx, target, &open, &mut referents).await?;
        }
        Ok(referents)
    }

    async fn look_up(
        &self,
        cx: &Context,
        kind: TypeIndex,
        ids: &[&str],
        referents: &mut Referents,
    ) -> Result<(), Error> {
        let resource = &self.mapping.resources[kind];
        for (base, partition) in self.places(kind) {
            let known = partition.known()?;
            let mut set: AttributeSet =
                naming_keys(&known.view).into_iter().filter(|key| known.view.knows(key)).collect();
            let keys: Vec<AttributeDescription> = set.iter().cloned().collect();
            let id_place = set.insert(&resource.id.attribute);
            let protected = resource.writing.protected.as_ref();
            for attribute in protected.into_iter().flat_map(Filter::attributes).filter(|name| known.view.knows(name)) {
                set.insert(attribute);
            }
            let set = Arc::new(set);
            let searches: Vec<_> = ids
                .chunks(self.limits.batch)
                .filter_map(|chunk| {
                    let alternatives = chunk.iter().map(|id| filter::by_id(&known.view, kind, id).upper);
                    search::below(resource, base, Filter::or(alternatives), set.clone())
                })
                .collect();
            let answers: Vec<Vec<Entry>> = stream::iter(searches)
                .map(|search| async move {
                    let found = partition.directory.search_pinned(&search, cx.deadline).await;
                    found.map_err(searching(&search.base))
                })
                .buffer_unordered(self.limits.batches)
                .try_collect()
                .await?;
            for entry in answers.into_iter().flatten() {
                let values = |name: &AttributeDescription| {
                    Some(set.position(name.as_str()).map_or(&[][..], |place| entry.values(place)))
                };
                if protected.is_some_and(|filter| filter.evaluate(values, &known.view.schema) != Some(false)) {
                    continue;
                }
                let Some(id) = entry.first(id_place).and_then(|raw| resource.id.codec.decode(raw)) else { continue };
                let Some(id) = id.as_text().map(str::to_owned) else { continue };
                let keys = keys
                    .iter()
                    .enumerate()
                    .filter_map(|(place, key)| Some((key.as_str().to_ascii_lowercase(), entry.first(place)?.to_vec())));
                let keys = keys.collect();
                referents.insert(id, Referent { kind, dn: entry.dn, keys });
            }
        }
        Ok(())
    }
}
