//! The entry that a write is about, as it is now.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::random;
use crate::bridge::by_id::{Asked, first_found};
use crate::bridge::context::Context;
use crate::bridge::error::Error;
use crate::bridge::partition::{Known, Partition};
use crate::bridge::service::Bridge;
use crate::ldap::dn::Dn;
use crate::ldap::{AttributeDescription, AttributeSet, Entry, Filter, Scope};
use crate::mapping::model::{Base, ReferenceForm, Source, TypeIndex};
use crate::scim;
use crate::scim::resource_schema::{AttrId, AttrPath, ResourceSchema};
use crate::translate::primary_group::PrimaryGroup;
use crate::translate::read::ReadPlan;
use crate::translate::references::Targets;
use crate::translate::render::Rendering;
use crate::translate::write::{self, Guard, Stored, Swap};
use crate::translate::{search, version};

/// The attribute that moves with every change of an entry, where the directory has one.
const STAMPS: &[&str] = &["entryCSN"];

/// What is to be known of the entry.
#[derive(Debug, Default)]
pub(super) struct Question {
    /// The attributes that are looked at as SCIM values.
    pub(super) shown: Vec<AttrId>,
    /// Lists of references whose stored values are needed.
    pub(super) lists: Vec<AttrId>,
    /// Whether the resource's version is needed.
    pub(super) version: bool,
}

/// The entry, and what it is as a resource.
pub(super) struct Subject {
    pub(super) partition: Arc<Partition>,
    pub(super) known: Arc<Known>,
    pub(super) plan: ReadPlan,
    pub(super) entry: Entry,
    pub(super) targets: Targets,
    /// What makes sure that it is this entry that is written, and unchanged, where the directory can assert that.
    pub(super) guard: Option<Guard>,
    /// What stands in for that where it can't.
    pub(super) swap: Option<Swap>,
}

impl Bridge {
    /// The resource of type `kind` called `id`, read from the server that takes the writes.
    ///
    /// # Errors
    /// 404 for an id that names no resource of this type; 403 for an entry that the mapping protects.
    pub(super) async fn subject(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        question: &Question,
    ) -> Result<Subject, Error> {
        let tries = self.places(kind).map(|(base, partition)| async move {
            let known = partition.known()?;
            let plan = plan(&known, kind, question);
            let place = (base, partition, &*known);
            let entry = self.entry_called(cx, kind, id, place, &plan, Vec::new(), Asked::Writer).await?;
            Ok::<_, Error>(entry.map(|entry| (partition.clone(), known, plan, entry)))
        });
        let found = first_found(tries).await?;
        let Some((partition, known, plan, entry)) = found else { return Err(scim::Error::not_found().into()) };
        self.seen(cx, kind, partition, known, plan, entry).await
    }

    /// The resource of type `kind` that `by_values` finds where retired ones are, if there is just one.
    pub(super) async fn retired_subject(
        &self,
        cx: &Context,
        kind: TypeIndex,
        partition: &Arc<Partition>,
        parent: &Dn,
        by_values: Filter,
        question: &Question,
    ) -> Result<Option<Subject>, Error> {
        let known = partition.known()?;
        let plan = plan(&known, kind, question);
        let (directory, key, text) = (partition.name.clone(), parent.key(), parent.to_string().into());
        let base = Base { directory, dn: parent.clone(), text, key, scope: Scope::Subtree, span: None };
        let resource = &self.mapping.resources[kind];
        let Some(mut search) = search::below(resource, &base, by_values, plan.attributes.clone()) else {
            return Ok(None);
        };
        search.size_limit = Some(2);
        let mut entries = partition.directory.search_pinned(&search, cx.deadline).await?;
        match (entries.pop(), entries.pop()) {
            (Some(entry), None) => self.seen(cx, kind, partition.clone(), known, plan, entry).await.map(Some),
            _ => Ok(None),
        }
    }

    async fn seen(
        &self,
        cx: &Context,
        kind: TypeIndex,
        partition: Arc<Partition>,
        known: Arc<Known>,
        plan: ReadPlan,
        entry: Entry,
    ) -> Result<Subject, Error> {
        self.refuse_protected(&known, kind, &plan.attributes, &entry)?;
        self.read_no_older_for(&plan);
        let targets = self.resolve(cx, &partition, &known, &plan, std::slice::from_ref(&entry), None).await?;
        let guard = guard(&known, kind, &plan.attributes, &entry);
        let swap = swap(&known, kind, &plan.attributes, &entry)?;
        Ok(Subject { partition, known, plan, entry, targets, guard, swap })
    }

    /// What an entry that was read from the server that takes the writes names for `plan` is not to be looked for where it may be
    /// missing yet: a member that a replica lacks would be taken for none of the client's, and kept.
    pub(super) fn read_no_older_for(&self, plan: &ReadPlan) {
        if plan.shows_references() {
            self.partitions.values().for_each(|partition| partition.directory.read_no_older());
        }
    }

    fn refuse_protected(
        &self,
        known: &Known,
        kind: TypeIndex,
        attributes: &AttributeSet,
        entry: &Entry,
    ) -> Result<(), Error> {
        let Some(protected) = &self.mapping.resources[kind].writing.protected else { return Ok(()) };
        let values = |attribute: &AttributeDescription| {
            Some(attributes.position(attribute.as_str()).map_or(&[][..], |place| entry.values(place)))
        };
        // What can't be told for certain is protected.
        if protected.evaluate(values, &known.view.schema) == Some(false) {
            return Ok(());
        }
        Err(scim::Error::forbidden("this resource is protected and can't be changed here").into())
    }
}

fn plan(known: &Known, kind: TypeIndex, question: &Question) -> ReadPlan {
    let view = &known.view;
    let resource = view.resource(kind);
    let mut attributes = AttributeSet::new();
    let own = ["objectClass"].iter().chain(STAMPS).filter_map(|name| name.parse::<AttributeDescription>().ok());
    for attribute in own.filter(|attribute| view.knows(attribute)) {
        attributes.insert(&attribute);
    }
    attributes.insert(&resource.id.attribute);
    let writing = &resource.writing;
    for attribute in writing.protected.iter().flat_map(Filter::attributes).filter(|attribute| view.knows(attribute)) {
        attributes.insert(attribute);
    }
    for attribute in resource.only.iter().flat_map(Filter::attributes) {
        attributes.insert(attribute);
    }
    if let Some(cas) = cas_attribute(known, kind) {
        attributes.insert(cas);
    }
    for key in write::by_key(view, kind).into_iter().filter_map(|(_, reference)| match &reference.form {
        ReferenceForm::Key(key) => Some(key),
        _ => None,
    }) {
        attributes.insert(key);
    }
    for source in &resource.sources {
        if let Source::References(references) = source
            && let Some(PrimaryGroup { sid, .. }) = PrimaryGroup::among(references, &view.schema)
        {
            attributes.insert(&sid);
        }
    }
    if let Some(naming) = &writing.naming {
        attributes.insert(&naming.attribute);
    }
    for attr in question.shown.iter().chain(&question.lists) {
        write::concerned(view, kind, *attr, &mut attributes);
    }
    let mut paths: Vec<AttrPath> = question.shown.iter().map(|attr| AttrPath::whole(*attr)).collect();
    if question.version {
        paths.extend(meta_version(&resource.schema));
    }
    known.writing(attributes, kind, &paths)
}

fn meta_version(schema: &ResourceSchema) -> Option<AttrPath> {
    schema.resolve(&"meta.version".into()).ok()
}

/// What tells `entry` from others, and whether somebody has changed it.
fn guard(known: &Known, kind: TypeIndex, attributes: &AttributeSet, entry: &Entry) -> Option<Guard> {
    if !known.capabilities.assertion() {
        return None;
    }
    let identifier = &known.view.resource(kind).id.attribute;
    let first = |name: &str| entry.first(attributes.position(name)?);
    let stamp = STAMPS.iter().find_map(|name| Some((name.parse::<AttributeDescription>().ok()?, first(name)?)))?;
    Guard::new((identifier, first(identifier.as_str())?), (&stamp.0, stamp.1))
}

/// The attribute by which bridges notice each other's writes, where the directory needs one and knows it.
fn cas_attribute(known: &Known, kind: TypeIndex) -> Option<&AttributeDescription> {
    let named = known.view.resource(kind).writing.cas_attribute.as_ref();
    named.filter(|attribute| !known.capabilities.assertion() && known.view.knows(attribute))
}

/// What tells other bridges that `entry` was written, and this one that another did.
fn swap(known: &Known, kind: TypeIndex, attributes: &AttributeSet, entry: &Entry) -> Result<Option<Swap>, Error> {
    let Some(attribute) = cas_attribute(known, kind) else { return Ok(None) };
    let stored = attributes.position(attribute.as_str()).and_then(|place| entry.first(place));
    let next = random::text(12)?.into_bytes();
    Ok(Some(Swap { attribute: attribute.clone(), stored: stored.map(<[u8]>::to_vec), next, always: false }))
}

impl Subject {
    /// The entry as the translation takes it.
    pub(super) fn stored(&self) -> Stored<'_> {
        let class = self.plan.attributes.position("objectClass");
        let classes = class.map_or(&[][..], |place| self.entry.values(place));
        Stored {
            entry: &self.entry,
            attributes: &self.plan.attributes,
            classes: classes.iter().map(|class| String::from_utf8_lossy(class).into_owned()).collect(),
            visible: &self.targets,
            guard: self.guard.clone(),
            blind: !self.known.capabilities.assertion(),
            swap: self.swap.clone(),
        }
    }

    /// What was asked of it, as a resource.
    pub(super) fn resource(&self) -> Result<Map<String, Value>, Error> {
        let rendering = self.rendering()?;
        match serde_json::to_value(&rendering) {
            Ok(Value::Object(mut resource)) => {
                resource.remove("meta");
                Ok(resource)
            }
            _ => Err(Error::Internal),
        }
    }

    /// Whether the resource is in one of the versions that an `If-Match` header names.
    ///
    /// # Errors
    /// 412 where it isn't.
    pub(super) fn check(&self, if_match: Option<&str>) -> Result<(), Error> {
        let Some(field) = if_match else { return Ok(()) };
        let rendering = self.rendering()?;
        match rendering.etag() {
            Some(etag) if version::if_match(field, etag) => Ok(()),
            None if field.trim() == "*" => Ok(()),
            _ => Err(scim::Error::precondition_failed().into()),
        }
    }

    fn rendering(&self) -> Result<Rendering<'_>, Error> {
        Rendering::new(&self.plan, &self.entry, &self.targets).ok_or(Error::Internal)
    }
}
