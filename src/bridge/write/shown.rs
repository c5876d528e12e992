//! What a write answers with.

use std::sync::Arc;

use crate::bridge::answer::{Representation, body};
use crate::bridge::context::{Context, Selection};
use crate::bridge::error::Error;
use crate::bridge::partition::{Known, Partition};
use crate::bridge::service::Bridge;
use crate::ldap::Entry;
use crate::mapping::model::TypeIndex;
use crate::translate::read::ReadPlan;
use crate::translate::render::Rendering;
use crate::translate::search;

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
        Ok(Representation {
            body: body(&rendering, &entry)?.into(),
            etag: rendering.etag().map(str::to_owned),
            location: Some(rendering.location()),
        })
    }

    async fn read_back(&self, cx: &Context, partition: &Partition, plan: &ReadPlan, dn: &str) -> Result<Entry, Error> {
        let search = search::by_dn(&self.mapping.resources[plan.kind], dn, plan.attributes.clone());
        let found = match search {
            Some(search) => partition.directory.lookup_pinned(&search, cx.deadline).await?,
            None => None,
        };
        found.ok_or_else(|| {
            tracing::error!(dn, "what was written isn't a resource of its type: look at the mapping's filter");
            Error::Internal
        })
    }

    /// The plan for what the client selected.
    pub(super) fn selected(
        &self,
        known: &Known,
        kind: TypeIndex,
        selection: &Selection,
    ) -> Result<Arc<ReadPlan>, Error> {
        Ok(known.selected(kind, selection)?)
    }
}
