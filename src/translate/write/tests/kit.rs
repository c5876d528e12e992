//! What the bridge does around a plan, without a directory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::model::Model;
use crate::ldap::dn::{Dn, DnKey};
use crate::ldap::entry::Values;
use crate::ldap::plan::WritePlan;
use crate::ldap::{AttributeSet, Entry};
use crate::mapping::model::{ReferenceForm, Source, TypeIndex};
use crate::scim::dialect::Dialect;
use crate::scim::input::{self, Mode};
use crate::scim::projection::Projection;
use crate::scim::resource_schema::{AttrId, AttrPath};
use crate::scim::schema::Mutability;
use crate::scim::{Error, patch};
use crate::translate::View;
use crate::translate::read::ReadPlan;
use crate::translate::references::{Target, Targets, name_alone};
use crate::translate::render::Rendering;
use crate::translate::test_kit::{self, BASE_URL};
use crate::translate::write::{self, Change, Creation, Guard, Lists, Referent, Referents, Stored};

/// An entry that others name.
#[derive(Clone, Debug)]
pub(super) struct Other {
    pub(super) kind: TypeIndex,
    pub(super) id: String,
    pub(super) dn: String,
}

impl Other {
    /// `User uid=boss,ou=people,dc=example,dc=com`
    pub(super) fn read(view: &View, id: &str, text: &str) -> Self {
        let (type_, dn) = text.split_once(' ').unwrap();
        Self { kind: test_kit::kind(view, type_), id: id.to_owned(), dn: dn.to_owned() }
    }

    fn keys(&self) -> HashMap<String, Vec<u8>> {
        let dn: Dn = self.dn.parse().unwrap();
        let avas = dn.rdn().unwrap().avas().to_vec();
        avas.iter().map(|ava| (ava.attribute().to_ascii_lowercase(), ava.value().to_vec())).collect()
    }
}

/// What a client sends.
#[derive(Clone, Debug)]
pub(super) enum Request {
    Patch(Value),
    Put(Value),
}

/// The resource as it is, and how it is read.
pub(super) struct Seen {
    pub(super) plan: ReadPlan,
    pub(super) entry: Entry,
    pub(super) targets: Targets,
    pub(super) resource: Map<String, Value>,
}

/// What a request comes to.
pub(super) struct Planned {
    pub(super) seen: Seen,
    pub(super) plan: Option<WritePlan>,
}

pub(super) fn referents(others: &[Other]) -> Referents {
    let mut referents = Referents::default();
    for Other { kind, id, dn } in others {
        let keys = others.iter().find(|other| other.id == *id).map(Other::keys).unwrap_or_default();
        referents.insert(id.clone(), Referent { kind: *kind, dn: dn.clone(), keys });
    }
    referents
}

/// What the entry's values name, in whatever spelling.
fn targets(model: &Model<'_>, others: &[Other]) -> Targets {
    let mut targets = Targets::default();
    let values: Vec<(Option<DnKey>, &[u8])> = model
        .values
        .values()
        .flatten()
        .map(|value| name_alone(value))
        .map(|name| (DnKey::of_bytes(name).ok(), name))
        .collect();
    for other in others {
        let target = Arc::new(Target { kind: other.kind, id: other.id.as_str().into(), display: None });
        let key = DnKey::of(&other.dn).ok();
        for (_, name) in values.iter().filter(|(own, _)| own.is_some() && *own == key) {
            targets.insert_dn(name.to_vec(), target.clone());
        }
        for (name, value) in other.keys() {
            targets.insert_key(&name.parse().unwrap(), value, target.clone());
        }
    }
    targets
}

/// The attributes of a type that are stored, in its schema's order; lists of references apart from the rest.
pub(super) fn stored_attributes(view: &View, kind: TypeIndex) -> (Vec<AttrId>, Vec<AttrId>) {
    let resource = view.resource(kind);
    let writable = resource.schema.attributes().iter().filter(|def| def.attribute.mutability != Mutability::ReadOnly);
    let stored = writable.map(|def| def.id).filter(|attr| {
        !matches!(resource.source(*attr), Source::Builtin(_) | Source::Backreference(_) | Source::Unmapped)
    });
    stored.partition(|attr| {
        !(resource.schema.is_multi_valued(*attr) && matches!(resource.source(*attr), Source::References(_)))
    })
}

/// The resource with `shown` of it.
pub(super) fn see(model: &Model<'_>, kind: TypeIndex, shown: &[AttrId], lists: &[AttrId], others: &[Other]) -> Seen {
    let view = model.view;
    let resource = view.resource(kind);
    let mut attributes = AttributeSet::new();
    attributes.insert(&"objectClass".parse().unwrap());
    attributes.insert(&resource.id.attribute);
    if let Some(naming) = &resource.writing.naming {
        attributes.insert(&naming.attribute);
    }
    for (_, reference) in write::by_key(view, kind) {
        if let ReferenceForm::Key(key) = &reference.form {
            attributes.insert(key);
        }
    }
    shown.iter().chain(lists).for_each(|attr| write::concerned(view, kind, *attr, &mut attributes));
    let paths: Vec<AttrPath> = shown.iter().map(|attr| AttrPath::whole(*attr)).collect();
    let projection = Projection::exactly(&resource.schema, &paths);
    let plan = ReadPlan::compile_onto(attributes, view, kind, &projection, BASE_URL);
    let values: Vec<(&String, &Vec<u8>)> =
        model.values.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value))).collect();
    let mut entry = test_kit::entry(&plan, &model.dn, &values);
    let id = plan.attributes.position(resource.id.attribute.as_str()).unwrap();
    entry.attributes[id] = vec![b"b1e5cafe-0000-4000-8000-000000000001".to_vec()];
    let targets = targets(model, others);
    let rendering = serde_json::to_value(Rendering::new(&plan, &entry, &targets).unwrap()).unwrap();
    let Value::Object(resource) = rendering else { panic!("no object") };
    Seen { plan, entry, targets, resource }
}

/// What `request` comes to on `model`, as the bridge goes about it.
pub(super) fn plan(
    model: &Model<'_>,
    kind: TypeIndex,
    request: &Request,
    others: &[Other],
    guard: Option<Guard>,
) -> Result<Planned, Error> {
    let view = model.view;
    let resource = view.resource(kind);
    let schema = &resource.schema;
    let (all, all_lists) = stored_attributes(view, kind);
    let mut lists: Vec<(AttrId, Lists)> = Vec::new();
    let (seen, image, changed) = match request {
        Request::Patch(operations) => {
            let body = serde_json::json!({ "schemas": [patch::URN], "Operations": operations });
            let limits = patch::Limits::default();
            let raw = patch::parse(body, &limits, Dialect::Default)?;
            let rest = patch::resolve(&raw, schema, &limits, Dialect::Default)?;
            let mut rest = write::writable(view, kind, &raw, rest)?;
            for attr in all_lists {
                if let Some((delta, others)) = patch::members(&rest, schema, attr) {
                    let others = others.into_iter().cloned().collect();
                    lists.push((
                        attr,
                        Lists { add: delta.add, remove: delta.remove, replace: delta.replace, whole: false },
                    ));
                    rest = others;
                }
            }
            let mut shown = patch::attributes(&rest);
            shown.extend(write::needed(resource));
            let read: Vec<AttrId> = lists.iter().map(|(attr, _)| *attr).collect();
            let seen = see(model, kind, &shown, &read, others);
            let mut image = seen.resource.clone();
            let changed = patch::apply(&rest, schema, &mut image)?.attributes;
            (seen, image, changed)
        }
        Request::Put(body) => {
            let wanted = input::resource(schema, body.as_object().unwrap(), Mode::Replace, Dialect::Default)?;
            let seen = see(model, kind, &all, &all_lists, others);
            for attr in all_lists {
                let ids = schema.value(attr, &wanted.resource).map(write::ids_named).unwrap_or_default();
                let replace = Some(ids.into_iter().map(str::to_owned).collect());
                lists.push((attr, Lists { replace, ..Lists::default() }));
            }
            let is_secret = |attr: &AttrId| matches!(resource.source(*attr), Source::WriteOnly(_));
            let given = |attr: &AttrId| schema.value(*attr, &wanted.resource).is_some();
            let changed = all.into_iter().filter(|attr| !is_secret(attr) || given(attr)).collect();
            (seen, wanted.resource, changed)
        }
    };
    let stored = Stored {
        entry: &seen.entry,
        attributes: &seen.plan.attributes,
        classes: model.classes(),
        visible: &seen.targets,
        guard,
        blind: false,
        swap: None,
    };
    let referents = referents(others);
    let change = Change { image: &image, changed: &changed, lists: &lists, referents: &referents, home: None };
    let plan = write::change(view, kind, &stored, &change)?;
    Ok(Planned { seen, plan })
}

/// How the resource in `body` is made.
pub(super) fn creation(view: &View, kind: TypeIndex, body: &Value, others: &[Other]) -> Result<Creation, Error> {
    let schema = &view.resource(kind).schema;
    let image = input::resource(schema, body.as_object().unwrap(), Mode::Create, Dialect::Default)?;
    write::create(view, kind, &image.resource, &referents(others), &[])
}

/// An entry with these values.
pub(super) fn model<'v>(
    view: &'v View,
    dn: &str,
    values: &BTreeMap<String, Vec<String>>,
    taken: &[Other],
) -> Model<'v> {
    let octets = |texts: &Vec<String>| -> Values { texts.iter().map(|text| text.clone().into_bytes()).collect() };
    let values = values.iter().map(|(name, texts)| (name.to_ascii_lowercase(), octets(texts))).collect();
    let taken = taken.iter().map(|other| DnKey::of(&other.dn).unwrap()).collect();
    Model { view, dn: dn.to_owned(), values, taken }
}
