//! POST.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::Written;
use super::perform::Unperformed;
use crate::bridge::context::{Context, Selection};
use crate::bridge::error::Error;
use crate::bridge::service::Bridge;
use crate::ldap::plan::{EntryChange, Stage, WritePlan};
use crate::mapping::model::{Source, TypeIndex};
use crate::scim;
use crate::scim::input::{self, Mode};
use crate::scim::resource_schema::AttrId;
use crate::translate::errors::WriteKind;
use crate::translate::write;

impl Bridge {
    /// Makes a resource of type `kind` from `body` (RFC 7644 section 3.3).
    ///
    /// # Errors
    /// 400 for what isn't a resource of the type, 409 `uniqueness` for what is taken, 503 when the directory is away.
    pub async fn create(
        &self,
        cx: &Context,
        kind: TypeIndex,
        body: &Map<String, Value>,
        selection: &Selection,
    ) -> Result<Written, Error> {
        let resource = &self.mapping.resources[kind];
        let image = input::resource(&resource.schema, body, Mode::Create, super::dialect(cx))?.resource;
        let directory = write::parent(resource, &image).map_or("main", |(_, _, directory)| directory);
        let Some(partition) = self.partitions.get(directory) else { return Err(Error::Internal) };
        let known = partition.known()?;
        let plan = self.selected(&known, kind, selection)?;
        let referents = self.referents(cx, kind, &self.named(kind, &image)).await?;
        let creation = write::create(&known.view, kind, &image, &referents, &[])?;
        let all = resource.schema.attributes().iter().map(|def| def.id);
        self.check_unique(cx, kind, &image, all, None).await?;
        let what = (kind, WriteKind::Create);
        let wanted = Some(plan.attributes.clone());
        let applied = match self.perform(cx, partition, &known, what, creation.plan, wanted).await {
            Ok(applied) => applied,
            Err(Unperformed::Stale) => return Err(super::too_busy()),
            Err(Unperformed::Failed(error)) => return Err(error),
        };
        let Some(dn) = creation.dns.get(applied.candidate).map(ToString::to_string) else {
            return Err(Error::Internal);
        };
        if let Some(taken) = self.older_holder(cx, kind, &image, &dn).await? {
            let undo = WritePlan::new([Stage::new(EntryChange::delete(dn))]);
            return match self.perform(cx, partition, &known, (kind, WriteKind::Delete), undo, None).await {
                Err(Unperformed::Failed(error)) => Err(error),
                _ => Err(taken),
            };
        }
        Ok(Written::Created(self.represented(cx, partition, &known, &plan, &dn, applied.entry).await?))
    }

    /// The ids that `image` names, by the attribute that names them.
    pub(super) fn named(&self, kind: TypeIndex, image: &Map<String, Value>) -> BTreeMap<AttrId, BTreeSet<String>> {
        let resource = &self.mapping.resources[kind];
        let references = resource.schema.attributes().iter().filter_map(|def| {
            let Source::References(_) = resource.source(def.id) else { return None };
            let value = resource.schema.value(def.id, image)?;
            Some((def.id, write::ids_named(value).into_iter().map(str::to_owned).collect()))
        });
        references.collect()
    }

    /// Refuses what a client may neither read nor write by way of the type itself.
    pub(super) fn refuse_read_only(&self, kind: TypeIndex) -> Result<(), Error> {
        let resource = &self.mapping.resources[kind];
        match resource.writing.never {
            false => Ok(()),
            true => {
                let detail = format!("resources of type {} are read only here", resource.name);
                Err(scim::Error::forbidden(detail).into())
            }
        }
    }
}
