//! References that entries of several directories hold: no server keeps on its entries who names them elsewhere.

use std::sync::Arc;

use super::context::Context;
use super::error::Error;
use super::partition::{Known, Partition};
use super::referrers::{FEW, Sought};
use super::service::Bridge;
use super::walk::{Shown, Walk, walk};
use crate::cache::moment::Moment;
use crate::mapping::model::TypeIndex;
use crate::translate::read::BackSearch;
use crate::translate::references::{Referred, Targets};
use crate::translate::referrers::ReferrerIndex;

/// A directory, and what is known of it.
type Place = (Arc<Partition>, Arc<Known>);

impl Bridge {
    /// Finds the referrers of entries of `partition` wherever they are.
    pub(super) async fn resolve_everywhere(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        back: &BackSearch,
        referred: Vec<Referred>,
        moment: Option<&Moment>,
        targets: &mut Targets,
    ) -> Result<(), Error> {
        if referred.is_empty() {
            return Ok(());
        }
        let places = self.directories_of(back.referrer)?;
        let many = (referred.len() > FEW
            || self.mapping.resources[back.referrer].source(back.attribute).names_are_marked())
            && !back.nested;
        if many && let Some(indexes) = self.indexes(cx, partition, &places, back, moment).await? {
            for entry in &referred {
                for (own, index) in &indexes {
                    for (target, direct) in walk(index, &named_there(entry, *own), back) {
                        targets.insert_referrer(back, &entry.dn, target, direct);
                    }
                }
            }
            return Ok(());
        }
        let places = &places;
        let search = |entry: Referred| async move {
            let found = self.search_everywhere(cx, partition, places, back, &entry).await?;
            Ok((entry.dn, found))
        };
        self.search_each(back, referred, search, targets).await
    }

    /// The directories that hold entries of `kind`: all of them must answer, or what they hold would be missing.
    pub(super) fn directories_of(&self, kind: TypeIndex) -> Result<Vec<Place>, Error> {
        let mut places: Vec<Place> = Vec::new();
        for (_, partition) in self.places(kind) {
            if !places.iter().any(|(known, _)| known.name == partition.name) {
                places.push((partition.clone(), partition.known()?));
            }
        }
        Ok(places)
    }

    /// The references of each directory turned round, with whether it is the entries' own; `None` where there are too many to hold.
    async fn indexes(
        &self,
        cx: &Context,
        partition: &Partition,
        places: &[Place],
        back: &BackSearch,
        moment: Option<&Moment>,
    ) -> Result<Option<Vec<(bool, Arc<ReferrerIndex>)>>, Error> {
        let mut indexes = Vec::new();
        for (place, known) in places {
            let own = place.name == partition.name;
            let sought = Sought { cx, partition: place, known, back };
            let Some(index) = self.referrer_index(sought, !own, moment).await? else { return Ok(None) };
            indexes.push((own, index));
        }
        Ok(Some(indexes))
    }

    /// The referrers of one entry of `partition`, by searches for those that name it.
    async fn search_everywhere(
        &self,
        cx: &Context,
        partition: &Partition,
        places: &[Place],
        back: &BackSearch,
        entry: &Referred,
    ) -> Result<Shown, Error> {
        let mut walk = Walk::new(entry);
        for (place, known) in places {
            let own = place.name == partition.name;
            let keys = if own { entry.keys.as_slice() } else { &[] };
            // What the entries' own directory keeps on them is shown from there.
            let sought = Sought { cx, partition: place, known, back };
            for (dn, target) in self.naming(sought, &entry.dn, keys, !own).await? {
                walk.meet(&dn, target, true, 0);
            }
        }
        while back.nested
            && let Some((dn, depth)) = walk.next()
        {
            for (place, known) in places {
                let sought = Sought { cx, partition: place, known, back };
                for (dn, target) in self.naming(sought, &dn, &[], true).await? {
                    walk.meet(&dn, target, false, depth);
                }
            }
        }
        Ok(walk.found)
    }
}

/// The entry as a directory may name it: another than its `own` knows nothing of it but its DN.
fn named_there(entry: &Referred, own: bool) -> Referred {
    let mut entry = entry.clone();
    if !own {
        entry.keys.clear();
    }
    entry
}
