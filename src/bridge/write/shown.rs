//! What a write answers with.

use std::sync::Arc;

use super::subject::Subject;
use crate::bridge::answer::Representation;
use crate::bridge::by_id::Asked;
use crate::bridge::context::{Context, Selection};
use crate::bridge::error::Error;
use crate::bridge::partition::{Known, Partition};
use crate::bridge::service::Bridge;
use crate::ldap::Entry;
use crate::ldap::plan::Applied;
use crate::mapping::atom::Atom;
use crate::mapping::model::TypeIndex;
use crate::scim::resource_schema::AttrId;
use crate::translate::read::ReadPlan;
use crate::translate::render::Rendering;
use crate::translate::search;
use crate::translate::write;

impl Bridge {
    /// The resource whose entry is called `dn` as `selection` shows it. `entry`, if there is one, is what `plan` reads of it.
    pub(super) async fn represented(
        &self,
        cx: &Context,
        partition: &Arc<Partition>,
        known: &Arc<Known>,
        plan: &ReadPlan,
        dn: &str,
        entry: Option<Entry>,
    ) -> Result<Representation, Error> {
        let entry = match entry {
            Some(entry) => entry,
            None => self.read_back(cx, partition, plan, dn).await?,
        };
        let targets = self.resolve(cx, partition, known, plan, std::slice::from_ref(&entry), None).await?;
        let rendering = Rendering::new(plan, &entry, &targets).ok_or(Error::Internal)?;
        Representation::of(&rendering)
    }

    /// What the entry called `dn` would be like after what a dry run didn't do.
    pub(super) async fn foreseen(
        &self,
        cx: &Context,
        partition: &Partition,
        plan: &ReadPlan,
        dn: &str,
        applied: &Applied,
    ) -> Result<Entry, Error> {
        let entry = self.read_back(cx, partition, plan, dn).await?;
        Ok(write::simulated(entry, &plan.attributes, &applied.operations))
    }

    /// What an entry would be like that a dry run didn't add. Its id is nobody's.
    pub(super) fn imagined(&self, plan: &ReadPlan, applied: &Applied) -> Entry {
        let identifier = &self.mapping.resources[plan.kind].id;
        let mut entry = write::simulated(Entry::default(), &plan.attributes, &applied.operations);
        let nobody = Atom::Text("00000000-0000-0000-0000-000000000000".into());
        let place = plan.attributes.position(identifier.attribute.as_str());
        if let (Some(values), Ok(id)) =
            (place.and_then(|place| entry.attributes.get_mut(place)), identifier.codec.encode(&nobody))
        {
            *values = vec![id];
        }
        entry
    }

    async fn read_back(&self, cx: &Context, partition: &Partition, plan: &ReadPlan, dn: &str) -> Result<Entry, Error> {
        self.found(cx, partition, plan, dn).await?.ok_or_else(|| {
            tracing::error!(dn, "what was written isn't a resource of its type: look at the mapping's filter");
            Error::Internal
        })
    }

    /// What `plan` reads of the subject's entry, whatever it is called by now, if there still is one.
    pub(super) async fn found_again(
        &self,
        cx: &Context,
        subject: &Subject,
        plan: &ReadPlan,
    ) -> Result<Option<Entry>, Error> {
        let Subject { partition, known, .. } = subject;
        let id = subject.plan.id(&subject.entry).ok_or(Error::Internal)?;
        for (base, _) in self.places(plan.kind).filter(|(_, place)| place.name == partition.name) {
            let place = (base, partition, &**known);
            let found = self.entry_called(cx, plan.kind, &id, place, plan, Vec::new(), Asked::Writer).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// What `plan` reads of the entry called `dn`, if there is one.
    async fn found(
        &self,
        cx: &Context,
        partition: &Partition,
        plan: &ReadPlan,
        dn: &str,
    ) -> Result<Option<Entry>, Error> {
        match search::by_dn(&self.mapping.resources[plan.kind], dn, plan.attributes.clone()) {
            Some(search) => Ok(partition.directory.lookup_pinned(&search, cx.deadline).await?),
            None => Ok(None),
        }
    }

    /// The plan for what the client selected of a resource of which it gave the attributes in `written`.
    pub(super) fn answering(
        &self,
        known: &Known,
        kind: TypeIndex,
        selection: &Selection,
        written: &[AttrId],
    ) -> Result<Arc<ReadPlan>, Error> {
        Ok(known.answering(kind, selection, written)?)
    }
}
