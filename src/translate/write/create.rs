//! New entries.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::assignment::{self, Assignment, Attributes};
use super::enabling::{Enabling, disabled_at_first};
use super::encode::Encoder;
use super::guard::if_called_by;
use super::lists::{self, Lists};
use super::references::{self, Referents};
use super::variants::variants;
use super::{classes, diff, locking, naming, value};
use crate::ldap::AttributeDescription;
use crate::ldap::change::ModificationKind;
use crate::ldap::dn::Dn;
use crate::ldap::plan::{EntryChange, NewPassword, Operation, Stage, WritePlan};
use crate::mapping::model::{Password, Reference, Resource, Source, TypeIndex, WithoutPassword};
use crate::scim::Error;
use crate::scim::resource_schema::AttrId;
use crate::translate::View;

/// How a resource is made.
#[derive(Debug, Clone)]
pub struct Creation {
    /// Adds the entry, then sets its password; other names are tried while one is taken.
    pub plan: WritePlan,
    /// The directory that it goes to.
    pub directory: String,
    /// The entry's DN by candidate.
    pub dns: Vec<Dn>,
}

/// How a resource of `kind` is made that is as `image`, in canonical form, says. `referents` are the resources that it names,
/// `allocated` the numbers that it is given.
///
/// # Errors
/// 403 where none can be made; 400 `invalidValue` for what can't be held, or where nothing names the entry.
pub fn create(
    view: &View,
    kind: TypeIndex,
    image: &Map<String, Value>,
    referents: &Referents,
    allocated: &[(AttributeDescription, i64)],
) -> Result<Creation, Error> {
    let resource = view.resource(kind);
    let writing = &resource.writing;
    let Some(naming) = writing.naming.as_ref().filter(|_| !writing.never) else { return Err(refused(resource)) };
    let list = list_of(view, resource);
    let mut entry_classes = writing.classes.clone();
    if let Some(class) = list.and_then(|(_, reference)| reference.class.as_ref())
        && !entry_classes.iter().any(|own| own.eq_ignore_ascii_case(class))
    {
        entry_classes.push(class.clone());
    }
    if entry_classes.is_empty() {
        return Err(refused(resource));
    }
    let given: Attributes = writing
        .on_add
        .iter()
        .filter_map(|(attribute, template)| {
            let text = template.render(|path| value::text(&resource.schema, image, path))?;
            Some((attribute.clone(), vec![text.into_bytes()]))
        })
        .collect();
    // Bits are set in what a new entry is given otherwise.
    let stored = |attribute: &AttributeDescription| values_of(&given, attribute);
    let encoder = Encoder { view, kind, referents, classes: &entry_classes, stored: &stored, creating: true };
    let mut attributes = assigned(&encoder, resource, image)?;
    for (attribute, number) in allocated {
        if values_of(&attributes, attribute).is_empty() {
            attributes.push((attribute.clone(), vec![number.to_string().into_bytes()]));
        }
    }
    let mut filled: Vec<&AttributeDescription> = Vec::new();
    for (attribute, values) in &given {
        if values_of(&attributes, attribute).is_empty() {
            attributes.push((attribute.clone(), values.clone()));
            filled.push(attribute);
        }
    }
    if let Some((attr, reference)) = list {
        members(view, kind, attr, reference, &entry_classes, image, referents, &mut attributes)?;
    }
    entry_classes.extend(classes::needed(
        view,
        &writing.auxiliary,
        &entry_classes,
        attributes.iter().map(|(name, _)| name).chain([&naming.attribute]),
    ));
    let Some((parent, _, directory)) = naming::parent(resource, image) else {
        return Err(Error::invalid_value("no place is meant for a resource like this"));
    };
    let password = password(resource, image, &mut attributes)?;
    let enabling = disabled_at_first(view, resource, image, &mut attributes);
    if let Ok(class) = "objectClass".parse() {
        attributes.insert(0, (class, entry_classes.into_iter().map(String::into_bytes).collect()));
    }
    let held = values_of(&attributes, &naming.attribute).to_vec();
    let names = naming::values(resource, naming, image, &held)?;
    let mut dns: Vec<Dn> = Vec::new();
    let mut plan: Option<WritePlan> = None;
    for attributes in variants(resource, image, attributes, &filled) {
        for name in &names {
            let dn = parent.child(naming.attribute.as_str(), name.clone());
            let mut stages =
                stages(view, &dn, &naming.attribute, name.clone(), &attributes, password.as_ref(), enabling.as_ref());
            if password.is_some() {
                stages.extend(locking::of_new(resource, image, dn.to_string()));
            }
            dns.push(dn);
            plan = Some(match plan {
                None => WritePlan::new(stages),
                Some(plan) => plan.or(stages),
            });
        }
    }
    Ok(Creation { plan: plan.unwrap_or_else(|| WritePlan::new([])), directory: directory.to_owned(), dns })
}

/// Takes back what was made and called `dn`: that entry, where its `identifier` and the value are given and the directory can assert it,
/// and not one that has got its name since.
pub fn uncreated(dn: String, identifier: Option<(&AttributeDescription, &[u8])>) -> WritePlan {
    let delete = EntryChange::delete(dn);
    WritePlan::new([Stage::new(match identifier {
        Some(identifier) => if_called_by(delete, identifier),
        None => delete,
    })])
}

fn refused(resource: &Resource) -> Error {
    Error::forbidden(format!("resources of type {} can't be created here", resource.name))
}

/// Everything but lists of references.
fn assigned(encoder: &Encoder<'_>, resource: &Resource, image: &Map<String, Value>) -> Result<Attributes, Error> {
    let mut assignments = Vec::new();
    for def in resource.schema.attributes() {
        if let Some(value) = resource.schema.value(def.id, image) {
            assignments.extend(encoder.attribute(def.id, Some(value))?);
        }
    }
    let joined = assignment::joined(encoder.view, encoder.kind, assignments)?;
    let held = joined.into_iter().filter(|assignment| !assignment.values.is_empty());
    Ok(held.map(|Assignment { attribute, values, .. }| (attribute, values)).collect())
}

/// The list of references that new entries hold: that of the first kind.
fn list_of<'a>(view: &View, resource: &'a Resource) -> Option<(AttrId, &'a Reference)> {
    resource.schema.attributes().iter().filter(|def| def.attribute.multi_valued).find_map(|def| {
        let Source::References(references) = resource.source(def.id) else { return None };
        let known = references.iter().find(|reference| reference.writable && view.knows(&reference.attribute));
        known.map(|reference| (def.id, reference))
    })
}

#[allow(clippy::too_many_arguments, reason = "the parts of one decision")]
fn members(
    view: &View,
    kind: TypeIndex,
    attr: AttrId,
    reference: &Reference,
    classes: &[String],
    image: &Map<String, Value>,
    referents: &Referents,
    attributes: &mut Attributes,
) -> Result<(), Error> {
    let resource = view.resource(kind);
    let ids = resource.schema.value(attr, image).map(lists::ids_named).unwrap_or_default();
    let lists = Lists { add: ids.into_iter().map(str::to_owned).collect(), ..Lists::default() };
    let (steps, _) = references::list_changes(view, kind, attr, classes, &lists, referents, &[], &|_| None)?;
    let added = steps.into_iter().filter(|step| step.kind == ModificationKind::Add);
    for step in added {
        attributes.retain(|(own, _)| *own != step.attribute); // what a template gives in its stead
        attributes.push((step.attribute, step.values));
    }
    let must = |attribute: &AttributeDescription| {
        view.schema.must(classes).iter().any(|name| view.schema.same_attribute(name, attribute.type_name()))
    };
    if let Some(placeholder) = &reference.placeholder_value
        && values_of(attributes, &reference.attribute).is_empty()
        && must(&reference.attribute)
    {
        attributes.push((reference.attribute.clone(), vec![placeholder.clone()]));
    }
    Ok(())
}

/// The password that is set after the entry was added; one that is an attribute's value goes among them.
///
/// # Errors
/// 400 `invalidValue` where there is none and the mapping refuses that.
fn password(
    resource: &Resource,
    image: &Map<String, Value>,
    attributes: &mut Attributes,
) -> Result<Option<NewPassword>, Error> {
    let Some((form, text)) = super::password::given(resource, image) else {
        let refuses =
            |source: &Source| matches!(source, Source::WriteOnly(Password::UnicodePwd(WithoutPassword::Reject)));
        return match resource.sources.iter().any(refuses) {
            true => Err(Error::invalid_value("`password` is required to create a user here")),
            false => Ok(None),
        };
    };
    match form.stored(&text) {
        None => Ok(Some(NewPassword::new(SecretString::from(text)))),
        Some((attribute, value)) => {
            attributes.retain(|(own, _)| *own != attribute); // what a template gives in its stead
            attributes.push((attribute, vec![value]));
            Ok(None)
        }
    }
}

fn stages(
    view: &View,
    dn: &Dn,
    naming: &AttributeDescription,
    name: Vec<u8>,
    attributes: &Attributes,
    password: Option<&NewPassword>,
    enabling: Option<&Enabling>,
) -> Vec<Stage> {
    let mut attributes = attributes.clone();
    let rules = view.rules(naming);
    match attributes.iter_mut().find(|(attribute, _)| attribute == naming) {
        Some((_, values)) if values.iter().any(|value| diff::same(&rules, value, &name)) => {}
        Some((_, values)) => values.push(name),
        None => attributes.push((naming.clone(), vec![name])),
    }
    let dn = dn.to_string();
    let mut stages = vec![Stage::new(EntryChange::add(dn.clone(), attributes))];
    if let Some(password) = password {
        stages.push(Stage::new(Operation::PasswordModify { dn: dn.clone(), password: password.clone() }));
    }
    stages.extend(enabling.map(|enabling| enabling.stage(dn)));
    stages
}

fn values_of<'a>(attributes: &'a Attributes, name: &AttributeDescription) -> &'a [Vec<u8>] {
    attributes.iter().find(|(attribute, _)| attribute == name).map_or(&[], |(_, values)| values)
}
