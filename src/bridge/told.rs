//! Since when what is read may be remembered, and under what.

use super::context::Context;
use super::error::Error;
use super::partition::{Known, Partition};
use super::service::Bridge;
use crate::cache::id::Id;
use crate::cache::moment::Moment;
use crate::cache::resources::Key;
use crate::ldap::{DnKey, Entry};
use crate::mapping::model::{Source, TypeIndex};
use crate::translate::read::ReadPlan;

impl Bridge {
    /// When the request begins to read, as far as the directories or their feeds let us tell: not where the resources hang on what
    /// directories keep of groups on entries, which moves no stamp.
    ///
    /// # Errors
    /// Those of the directory.
    pub(super) async fn moment(&self, cx: &Context) -> Result<Option<Moment>, Error> {
        match self.memory.told(cx) {
            Some(reading) => Ok(Some(Moment::Told(reading))),
            None if *self.moves_no_stamp.get_or_init(|| self.hangs_on_groups().is_some()) => Ok(None),
            None => Ok(self.stamps(cx).await?.map(Moment::Stamped)),
        }
    }

    /// Whether others belong to resources of `kind`, though the client may not see that of them.
    pub(super) fn is_group(&self, kind: TypeIndex) -> bool {
        let sources = self.whole_mapping().resources.iter().flat_map(|resource| &resource.sources);
        sources.into_iter().any(|source| matches!(source, Source::Backreference(back) if back.referrer == kind))
    }

    /// What a resource is kept under.
    pub(super) fn key(&self, cx: &Context, kind: TypeIndex, id: &str) -> Key {
        Key { kind, visibility: cx.client.visibility, id: Id::of(id) }
    }

    /// Remembers what `entries`, read from `moment` on by `plan`, are called: others may refer to them.
    pub(super) fn learn(
        &self,
        (partition, known, plan): (&Partition, &Known, &ReadPlan),
        entries: &[Entry],
        moment: Option<&Moment>,
    ) {
        let (set, own) = &known.target.alone[plan.kind];
        // Where its attributes stand in what was read.
        let places: Option<Vec<usize>> =
            set.iter().map(|attribute| plan.attributes.position(attribute.as_str())).collect();
        let Some(places) = places else { return };
        let learnt: Vec<_> = entries
            .iter()
            .filter_map(|entry| {
                let key = DnKey::of(&entry.dn).ok()?;
                let target = self.target_at(own, plan.kind, |place| {
                    places.get(place).map_or(&[][..], |place| entry.values(*place))
                })?;
                Some((plan.kind, key, Some(target)))
            })
            .collect();
        partition.dns.insert(moment, learnt.into_iter());
    }
}
