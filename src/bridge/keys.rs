//! References by keys: an attribute's value names the entries that hold exactly it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::context::Context;
use super::error::{Error, searching};
use super::partition::{Known, Partition};
use super::service::Bridge;
use crate::ldap::{AttributeDescription, Entry, Filter};
use crate::mapping::model::TypeIndex;
use crate::translate::references::{Targets, Wanted};
use crate::translate::search;

/// An attribute, and values of it that name entries.
type Keys = (AttributeDescription, Vec<Vec<u8>>);

impl Bridge {
    /// Keys: an attribute's value names the entries that hold exactly it.
    pub(super) async fn resolve_keys(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        wanted: &Wanted,
        targets: &mut Targets,
    ) -> Result<(), Error> {
        let mut by_type: HashMap<(TypeIndex, String), Keys> = HashMap::new();
        for ((name, value), (attribute, kinds)) in &wanted.keys {
            for kind in kinds {
                by_type
                    .entry((*kind, name.clone()))
                    .or_insert_with(|| (attribute.clone(), Vec::new()))
                    .1
                    .push(value.clone());
            }
        }
        for ((kind, _), (attribute, values)) in by_type {
            if !known.view.knows(&attribute) {
                continue;
            }
            let resource = &self.mapping.resources[kind];
            let mut set = (*known.target.set).clone();
            let place = set.insert(&attribute);
            let set = Arc::new(set);
            let mut searches = Vec::new();
            for base in resource.bases.iter().filter(|base| base.directory == partition.name) {
                for chunk in values.chunks(self.limits.batch) {
                    let alternatives = chunk.iter().map(|value| Filter::Equality(attribute.clone(), value.clone()));
                    searches.extend(search::below(resource, base, Filter::or(alternatives), set.clone()));
                }
            }
            let answers: Vec<Vec<Entry>> = stream::iter(searches)
                .map(|search| async move {
                    let found = partition.directory.search(&search, cx.deadline).await;
                    found.map_err(searching(&search.base))
                })
                .buffer_unordered(self.limits.batches)
                .try_collect()
                .await?;
            let asked: HashSet<&Vec<u8>> = values.iter().collect();
            for entry in answers.into_iter().flatten() {
                let Some(target) = self.target(known, kind, |place| entry.values(place)) else { continue };
                for value in entry.values(place).iter().filter(|value| asked.contains(value)) {
                    targets.insert_key(&attribute, value.clone(), target.clone());
                }
            }
        }
        Ok(())
    }
}
