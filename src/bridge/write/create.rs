//! POST.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::Written;
use super::password;
use super::perform::{Job, Unperformed};
use crate::audit::Action;
use crate::bridge::context::{Context, Selection};
use crate::bridge::error::Error;
use crate::bridge::partition::{Known, Partition};
use crate::bridge::service::Bridge;
use crate::ldap::Entry;
use crate::ldap::change::Change;
use crate::mapping::model::{Resource, Source, TypeIndex};
use crate::mapping::writing::Allocation;
use crate::scim;
use crate::scim::input::{self, Mode};
use crate::scim::resource_schema::AttrId;
use crate::translate::errors::WriteKind;
use crate::translate::read::ReadPlan;
use crate::translate::write::{self, Creation};

/// How often a resource is made anew because its number was taken.
const ATTEMPTS: u32 = 5;

/// An entry that was added.
struct Added {
    /// Its name.
    dn: String,
    /// What is read of it, where the directory says so at once.
    entry: Option<Entry>,
    /// Whether only reading it told that it was added.
    read_back: bool,
}

/// What an entry mustn't share with another one.
enum Collision {
    /// A value: the client is told this.
    Value(Error),
    /// A number that the server gave.
    Number,
}

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
        if let Some(view) = self.view_for(cx).await? {
            return Box::pin(view.create(cx, kind, body, selection)).await;
        }
        self.admit_write(cx, kind)?;
        self.admit_values(scim::json::listed_in(body))?;
        let resource = &self.mapping.resources[kind];
        let wanted = input::resource(&resource.schema, body, Mode::Create, cx.dialect)?;
        let image = &wanted.resource;
        let directory = write::parent(resource, image).map_or("main", |(_, _, directory)| directory);
        let Some(partition) = self.partitions.get(directory) else { return Err(Error::Internal) };
        let known = partition.known()?;
        let plan = self.answering(&known, kind, selection, &super::change::given(resource, image))?;
        let referents = self.referents(cx, kind, &self.named(kind, image)).await?;
        let complete = password::filled(resource, image)?;
        let creation = write::create(&known.view, kind, &complete, &referents, &[])?;
        self.refuse_to_leave(kind, (directory, &known), None, &creation.plan)?;
        let all = resource.schema.attributes().iter().map(|def| def.id);
        self.check_unique(cx, kind, image, all, None).await?;
        if let Some(adopted) = self.adopted(cx, kind, partition, &wanted, selection).await? {
            return Ok(adopted);
        }
        let missing = missing_numbers(resource, &creation);
        for _ in 0..ATTEMPTS {
            let creation = match missing.as_slice() {
                [] => creation.clone(),
                missing => {
                    let numbers = self.allocated(cx, kind, partition, missing).await?;
                    write::create(&known.view, kind, &complete, &referents, &numbers)?
                }
            };
            let added = self.add(cx, kind, (partition, &known, &plan), creation).await?;
            let collision = self.collision(cx, kind, image, (partition, &missing), &added.dn).await;
            match collision {
                Ok(None) => {
                    let Added { dn, entry, .. } = added;
                    return Ok(Written::Created(self.represented(cx, partition, &known, &plan, &dn, entry).await?));
                }
                // Another instance may have added it, and tell its client so.
                Err(error) if added.read_back => return Err(error),
                Ok(Some(_)) | Err(_) => {}
            }
            let undone = self.take_back(cx, kind, (partition, &known, &plan), added).await;
            match collision? {
                Some(Collision::Value(taken)) => return undone.and(Err(taken)),
                Some(Collision::Number) | None => undone?,
            }
        }
        Err(super::too_busy())
    }

    /// What the entry called `dn`, that was added just now, has in common with an older one.
    async fn collision(
        &self,
        cx: &Context,
        kind: TypeIndex,
        image: &Map<String, Value>,
        (partition, missing): (&Partition, &[&Allocation]),
        dn: &str,
    ) -> Result<Option<Collision>, Error> {
        if cx.dry_run {
            return Ok(None);
        }
        if let Some(taken) = self.older_holder(cx, kind, image, dn).await? {
            return Ok(Some(Collision::Value(taken)));
        }
        Ok(self.number_taken(cx, kind, partition, missing, dn).await?.then_some(Collision::Number))
    }

    /// Deletes what was added. That is tried when the request's time is up, too: its client is told that there is nothing.
    async fn take_back(
        &self,
        cx: &Context,
        kind: TypeIndex,
        (partition, known, plan): (&Partition, &Known, &ReadPlan),
        added: Added,
    ) -> Result<(), Error> {
        let longer = cx.clock.now() + partition.directory.options().operation_timeout;
        let cx = &Context { deadline: cx.deadline.max(longer), ..cx.clone() };
        let identifier = &self.mapping.resources[kind].id.attribute;
        let value = plan.attributes.position(identifier.as_str()).and_then(|place| added.entry.as_ref()?.first(place));
        let identifier = value.filter(|_| known.capabilities.assertion()).map(|value| (identifier, value));
        let undo = write::uncreated(added.dn, identifier);
        let job = Job { action: Action::Create, write: WriteKind::Delete, kind, id: None, made: None };
        match self.perform(cx, partition, known, job, undo, None).await {
            Err(Unperformed::Failed(error)) => Err(error),
            Ok(_) | Err(Unperformed::Stale) => Ok(()),
        }
    }

    /// Adds the entry.
    async fn add(
        &self,
        cx: &Context,
        kind: TypeIndex,
        (partition, known, plan): (&Partition, &Known, &ReadPlan),
        creation: Creation,
    ) -> Result<Added, Error> {
        let job = Job { action: Action::Create, write: WriteKind::Create, kind, id: None, made: Some(plan) };
        let wanted = Some(plan.attributes.clone());
        match self.perform(cx, partition, known, job, creation.plan, wanted).await {
            Ok(applied) => {
                let Some(dn) = creation.dns.get(applied.candidate) else { return Err(Error::Internal) };
                let entry = if cx.dry_run { Some(self.imagined(plan, &applied)) } else { applied.entry };
                Ok(Added { dn: dn.to_string(), entry, read_back: applied.read_back })
            }
            Err(Unperformed::Stale) => Err(super::too_busy()),
            Err(Unperformed::Failed(error)) => Err(error),
        }
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
}

/// The numbers that the entry must be given: the client doesn't say them.
fn missing_numbers<'a>(resource: &'a Resource, creation: &Creation) -> Vec<&'a Allocation> {
    let first = creation.plan.candidates().next().and_then(|stages| stages.first());
    let change = first.and_then(|stage| stage.operation.change());
    let given = |allocation: &&Allocation| {
        change.is_some_and(|change| match &change.change {
            Change::Add(attributes) => attributes.iter().any(|(name, _)| *name == allocation.attribute),
            _ => false,
        })
    };
    resource.writing.allocations.iter().filter(|allocation| !given(allocation)).collect()
}
