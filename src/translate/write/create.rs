//! New entries.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::encode::{self, Assignment, Encoder};
use super::references::{self, Lists, Referents};
use super::{classes, naming, value};
use crate::ldap::AttributeDescription;
use crate::ldap::change::{Modification, ModificationKind};
use crate::ldap::dn::Dn;
use crate::ldap::entry::Values;
use crate::ldap::plan::{EntryChange, NewPassword, Operation, Stage, WritePlan};
use crate::mapping::atom::Atom;
use crate::mapping::model::{Password, Reference, Resource, Scalar, Source, TypeIndex, WithoutPassword};
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

/// An entry in the making.
type Attributes = Vec<(AttributeDescription, Values)>;

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
        attributes.iter().map(|(name, _)| name),
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
            let stages =
                stages(&dn, &naming.attribute, name.clone(), &attributes, password.as_ref(), enabling.as_ref());
            dns.push(dn);
            plan = Some(match plan {
                None => WritePlan::new(stages),
                Some(plan) => plan.or(stages),
            });
        }
    }
    Ok(Creation { plan: plan.unwrap_or_else(|| WritePlan::new([])), directory: directory.to_owned(), dns })
}

/// The entry, and what else it may be: with other values for those of its `filled` attributes that have others.
fn variants(
    resource: &Resource,
    image: &Map<String, Value>,
    attributes: Attributes,
    filled: &[&AttributeDescription],
) -> Vec<Attributes> {
    let others = resource.writing.on_add_else.iter().filter(|(attribute, _)| filled.contains(&attribute));
    let others: Vec<(&AttributeDescription, Vec<String>)> = others
        .map(|(attribute, templates)| {
            let render = |path| value::text(&resource.schema, image, path);
            (attribute, templates.iter().filter_map(|template| template.render(render)).collect())
        })
        .collect();
    let most = others.iter().map(|(_, texts)| texts.len()).max().unwrap_or(0);
    let mut variants = vec![attributes];
    for place in 0..most {
        let mut variant = variants[0].clone();
        for (attribute, texts) in &others {
            if let (Some(text), Some((_, values))) =
                (texts.get(place), variant.iter_mut().find(|(known, _)| known == *attribute))
            {
                *values = vec![text.clone().into_bytes()];
            }
        }
        if !variants.contains(&variant) {
            variants.push(variant);
        }
    }
    variants
}

/// What enables an entry that was added disabled: the attribute, what it holds at first and what afterwards.
struct Enabling {
    attribute: AttributeDescription,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// Sees that the entry is added disabled, where its directory enables only users that have a password already. Says how it is
/// enabled then; none where it stays disabled.
fn disabled_at_first(
    view: &View,
    resource: &Resource,
    image: &Map<String, Value>,
    attributes: &mut Attributes,
) -> Option<Enabling> {
    let without = resource.sources.iter().find_map(|source| match source {
        Source::WriteOnly(Password::UnicodePwd(without)) => Some(*without),
        _ => None,
    })?;
    let Source::Scalar(Scalar::Ldap(active)) = resource.source(super::retire::active(resource)?) else { return None };
    let (_, values) = attributes
        .iter_mut()
        .find(|(attribute, _)| view.schema.same_attribute(attribute.type_name(), active.attribute.type_name()))?;
    let after = values.first()?.clone();
    let before = active.codec.encode_over(&Atom::Bool(false), Some(&after)).ok()?;
    *values = vec![before.clone()];
    let stays = without == WithoutPassword::Disabled && super::change::new_password(resource, image).is_none();
    (before != after && !stays).then(|| Enabling { attribute: active.attribute.clone(), before, after })
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
    let joined = encode::joined(encoder.view, encoder.kind, assignments)?;
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
    let ids = resource.schema.value(attr, image).map(references::ids_named).unwrap_or_default();
    let lists = Lists { add: ids.into_iter().map(str::to_owned).collect(), ..Lists::default() };
    let (steps, _) = references::list_changes(view, kind, attr, classes, &lists, referents, &[], &|_| None)?;
    let added = steps.into_iter().filter(|step| step.kind == ModificationKind::Add);
    attributes.extend(added.map(|step| (step.attribute, step.values)));
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
    let Some((form, text)) = super::change::new_password(resource, image) else {
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
            attributes.push((attribute, vec![value]));
            Ok(None)
        }
    }
}

fn stages(
    dn: &Dn,
    naming: &AttributeDescription,
    name: Vec<u8>,
    attributes: &Attributes,
    password: Option<&NewPassword>,
    enabling: Option<&Enabling>,
) -> Vec<Stage> {
    let mut attributes = attributes.clone();
    match attributes.iter_mut().find(|(attribute, _)| attribute == naming) {
        Some((_, values)) if values.contains(&name) => {}
        Some((_, values)) => values.push(name),
        None => attributes.push((naming.clone(), vec![name])),
    }
    let dn = dn.to_string();
    let mut stages = vec![Stage::new(EntryChange::add(dn.clone(), attributes))];
    if let Some(password) = password {
        stages.push(Stage::new(Operation::PasswordModify { dn: dn.clone(), password: password.clone() }));
    }
    if let Some(Enabling { attribute, before, after }) = enabling {
        let step =
            |kind, value: &Vec<u8>| Modification { kind, attribute: attribute.clone(), values: vec![value.clone()] };
        let steps = vec![step(ModificationKind::Delete, before), step(ModificationKind::Add, after)];
        stages.push(Stage::new(EntryChange::modify(dn, steps)).swapping());
    }
    stages
}

fn values_of<'a>(attributes: &'a Attributes, name: &AttributeDescription) -> &'a [Vec<u8>] {
    attributes.iter().find(|(attribute, _)| attribute == name).map_or(&[], |(_, values)| values)
}
