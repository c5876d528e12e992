//! Changes of existing entries.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::encode::{self, Assignment, Encoder};
use super::references::{self, Lists, Referents};
use super::{classes, diff, naming, value};
use crate::ldap::change::{Modification, ModificationKind};
use crate::ldap::dn::{Dn, DnKey, Rdn};
use crate::ldap::plan::{EntryChange, NewPassword, Operation, Stage, Tolerance, Undo, WritePlan};
use crate::ldap::{AttributeDescription, AttributeSet, Entry, Filter};
use crate::mapping::model::{Password, Resource, Source, TypeIndex};
use crate::mapping::writing::OnChange;
use crate::scim::Error;
use crate::scim::resource_schema::AttrId;
use crate::translate::View;
use crate::translate::references::Targets;

/// An entry as it was read to be changed.
#[derive(Debug, Clone)]
pub struct Stored<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// What its attributes are.
    pub attributes: &'a AttributeSet,
    /// Its object classes.
    pub classes: Vec<String>,
    /// What values that name other entries were resolved to: the others are no part of the resource.
    pub visible: &'a Targets,
    /// What must still hold of the entry when it is written, where the directory can assert it.
    pub guard: Option<Filter>,
}

/// What a resource is to become.
#[derive(Debug)]
pub struct Change<'a> {
    /// The resource afterwards, in canonical form: as far as it is needed for what changes and for the entry's name.
    pub image: &'a Map<String, Value>,
    /// The attributes that are to be as `image` says.
    pub changed: &'a [AttrId],
    /// What becomes of lists of references.
    pub lists: &'a [(AttrId, Lists)],
    /// The resources that are named.
    pub referents: &'a Referents,
    /// Where the entry goes, when it comes back from where retired ones are.
    pub home: Option<&'a Dn>,
}

impl<'a> Stored<'a> {
    /// The entry's values of `attribute`.
    pub fn values(&self, attribute: &AttributeDescription) -> &'a [Vec<u8>] {
        self.attributes.position(attribute.as_str()).map_or(&[], |place| self.entry.values(place))
    }
}

/// How the entry becomes what `change` says, in one modification where that can be; `None` where it is so already. Also where the
/// entry stands afterwards.
///
/// # Errors
/// 400 `invalidValue` for what can't be held; `mutability` for what can't be changed.
pub fn change(
    view: &View,
    kind: TypeIndex,
    stored: &Stored<'_>,
    change: &Change<'_>,
) -> Result<Option<WritePlan>, Error> {
    let resource = view.resource(kind);
    if resource.writing.never {
        return Err(Error::forbidden(format!("resources of type {} can't be changed here", resource.name)));
    }
    let values = |attribute: &AttributeDescription| stored.values(attribute);
    let encoder =
        Encoder { view, kind, referents: change.referents, classes: &stored.classes, stored: &values, creating: false };
    let mut assignments = Vec::new();
    for attr in change.changed {
        let value = resource.schema.value(*attr, change.image);
        assignments.extend(encoder.attribute(*attr, value)?);
    }
    let mut assignments = encode::joined(view, kind, assignments)?;
    fill(view, resource, stored, change.image, &mut assignments);
    let names = names(resource, stored, &assignments, change)?;
    let mut tolerance = Tolerance::default();
    let mut list_steps = Vec::new();
    let sid = |attribute: &AttributeDescription| stored.values(attribute).first().map(Vec::as_slice);
    for (attr, lists) in change.lists {
        let seen = seen_of(view, resource, *attr, stored);
        let (steps, tolerated) =
            references::list_changes(view, kind, *attr, &stored.classes, lists, change.referents, &seen, &sid)?;
        list_steps.extend(steps);
        for attribute in tolerated.attributes.iter() {
            tolerance.attributes.insert(attribute);
        }
        tolerance.placeholder = tolerated.placeholder.or(tolerance.placeholder);
    }
    let depends_on_values = change.lists.iter().any(|(_, lists)| lists.replace.is_some());
    let mut plan: Option<WritePlan> = None;
    for name in names {
        let mut steps = steps(view, resource, stored, &assignments, &name)?;
        let guarded = depends_on_values || !steps.is_empty() || name.moves();
        steps.extend(list_steps.iter().cloned());
        classes::complete(view, &resource.writing.auxiliary, &stored.classes, &mut steps);
        password_attribute(resource, change, &mut steps);
        let stages = stages(resource, stored, change, name, steps, guarded, &tolerance);
        if stages.is_empty() {
            return Ok(None);
        }
        plan = Some(match plan {
            None => WritePlan::new(stages),
            Some(plan) => plan.or(stages),
        });
    }
    Ok(plan)
}

/// Gives what the entry's classes demand and the client has left without a value what a new entry would have.
fn fill(
    view: &View,
    resource: &Resource,
    stored: &Stored<'_>,
    image: &Map<String, Value>,
    assignments: &mut [Assignment],
) {
    let required = view.schema.must(&stored.classes);
    for assignment in assignments.iter_mut().filter(|assignment| assignment.values.is_empty()) {
        let name = assignment.attribute.type_name();
        let template = resource.writing.on_add.iter().find(|(attribute, _)| *attribute == assignment.attribute);
        if let Some((_, template)) =
            template.filter(|_| required.iter().any(|own| view.schema.same_attribute(own, name)))
            && let Some(text) = template.render(|path| value::text(&resource.schema, image, path))
        {
            assignment.values.push(text.into_bytes());
        }
    }
}

/// The values of a list of references that are part of the resource, and the placeholder.
fn seen_of(view: &View, resource: &Resource, attr: AttrId, stored: &Stored<'_>) -> Vec<Vec<u8>> {
    let Source::References(references) = resource.source(attr) else { return Vec::new() };
    let Some(reference) = references::of_entry(view, references, &stored.classes) else { return Vec::new() };
    let is_placeholder = |value: &[u8]| {
        reference.placeholder.as_ref().is_some_and(|key| DnKey::of_bytes(value).is_ok_and(|own| own == *key))
    };
    let values = stored.values(&reference.attribute).iter();
    values.filter(|value| is_placeholder(value) || stored.visible.names(value)).cloned().collect()
}

/// A name that the entry may have afterwards.
struct Name {
    dn: Dn,
    /// The RDN that it gets, and the entry above where that changes.
    rename: Option<(Rdn, Option<Dn>)>,
    /// The naming attribute with the value that leaves the entry and the one that comes.
    swap: Option<(AttributeDescription, Option<Vec<u8>>, Vec<u8>)>,
    /// The naming attribute's value that must stay, as the entry isn't renamed.
    kept: Vec<(AttributeDescription, Vec<u8>)>,
}

impl Name {
    fn moves(&self) -> bool {
        self.rename.is_some()
    }
}

/// The names that the entry may get, one after the other; just the one it has where nothing asks for another.
fn names(
    resource: &Resource,
    stored: &Stored<'_>,
    assignments: &[Assignment],
    change: &Change<'_>,
) -> Result<Vec<Name>, Error> {
    let image = change.image;
    let dn: Dn = stored.entry.dn.parse().map_err(|_| Error::internal("an entry has no name"))?;
    let Some(rdn) = dn.rdn().cloned() else { return Err(Error::internal("an entry has no name")) };
    let avas = |rdn: &Rdn| -> Vec<(AttributeDescription, Vec<u8>)> {
        let avas = rdn.avas().iter().filter(|ava| !ava.is_ber());
        avas.filter_map(|ava| Some((ava.attribute().parse().ok()?, ava.value().to_vec()))).collect()
    };
    let superior = change.home.cloned().or_else(|| superior(resource, &dn, image));
    let stays = |superior: Option<Dn>| Name {
        dn: superior.as_ref().map_or_else(|| dn.clone(), |above| above.child_named(rdn.clone())),
        rename: superior.map(|superior| (rdn.clone(), Some(superior))),
        swap: None,
        kept: avas(&rdn),
    };
    let writing = &resource.writing;
    let Some(naming) = writing.naming.as_ref().filter(|naming| naming.on_change == OnChange::Rename) else {
        return Ok(vec![stays(superior)]);
    };
    let current = avas(&rdn).into_iter().find(|(attribute, _)| *attribute == naming.attribute).map(|(_, value)| value);
    if current.is_none() {
        // Whoever named the entry by something else had a reason; a value can change without its name.
        return Ok(vec![stays(superior)]);
    }
    let assigned = assignments.iter().find(|assignment| assignment.attribute == naming.attribute);
    let (asks, held) = match assigned {
        Some(assigned) => (true, assigned.values.as_slice()),
        None => (!naming.candidates.is_empty(), stored.values(&naming.attribute)),
    };
    if !asks {
        return Ok(vec![stays(superior)]);
    }
    let values = match naming::values(resource, naming, image, held) {
        // What the template needs isn't there now and needn't have been when the entry was named.
        Err(_) if assigned.is_none() => return Ok(vec![stays(superior)]),
        values => values?,
    };
    let still = current
        .as_ref()
        .is_some_and(|current| values.contains(current) || (naming.candidates.is_empty() && held.contains(current)));
    if still {
        return Ok(vec![stays(superior)]);
    }
    let names = values.into_iter().map(|value| {
        let new = naming::renamed(&rdn, &naming.attribute, &value);
        let above = superior.clone().or_else(|| dn.parent()).unwrap_or_else(Dn::root);
        let kept = avas(&new).into_iter().filter(|(attribute, _)| *attribute != naming.attribute).collect();
        Name {
            dn: above.child_named(new.clone()),
            rename: Some((new, superior.clone())),
            swap: Some((naming.attribute.clone(), current.clone(), value)),
            kept,
        }
    });
    Ok(names.collect())
}

/// The entry above that the routes want, where it is another.
fn superior(resource: &Resource, dn: &Dn, image: &Map<String, Value>) -> Option<Dn> {
    if !resource.writing.reroute {
        return None;
    }
    let (parent, key, _) = naming::parent(resource, image)?;
    // An entry deeper below its route's parent stands right.
    (!dn.key().is_under(key)).then(|| parent.clone())
}

/// The modifications of one entry, which is called `name` when they are made.
fn steps(
    view: &View,
    resource: &Resource,
    stored: &Stored<'_>,
    assignments: &[Assignment],
    name: &Name,
) -> Result<Vec<Modification>, Error> {
    let mut steps = Vec::new();
    for assignment in assignments {
        let mut before = stored.values(&assignment.attribute).to_vec();
        if let Some((attribute, old, new)) = &name.swap
            && *attribute == assignment.attribute
        {
            before.retain(|value| Some(value) != old.as_ref());
            if !before.contains(new) {
                before.push(new.clone());
            }
        }
        let foreign = |value: &[u8]| match assignment.references {
            true => !stored.visible.names(value),
            false => !assignment.shows(value),
        };
        let made = diff::modifications(view, &assignment.attribute, &before, &assignment.values, foreign);
        for step in &made {
            let named = |(attribute, value): &(AttributeDescription, Vec<u8>)| {
                *attribute == step.attribute && removes(step, value)
            };
            if name.kept.iter().any(named) {
                let path = resource.schema.path_text(assignment.path);
                return Err(Error::mutability(format!("`{path}` names the entry and can't be changed here")));
            }
        }
        steps.extend(made);
    }
    Ok(steps)
}

fn removes(step: &Modification, value: &Vec<u8>) -> bool {
    match step.kind {
        ModificationKind::Add => false,
        ModificationKind::Delete => step.values.is_empty() || step.values.contains(value),
        ModificationKind::Replace => !step.values.contains(value),
    }
}

fn stages(
    resource: &Resource,
    stored: &Stored<'_>,
    change: &Change<'_>,
    name: Name,
    steps: Vec<Modification>,
    depends: bool,
    tolerance: &Tolerance,
) -> Vec<Stage> {
    let mut stages = Vec::new();
    let mut guard = stored.guard.as_ref().filter(|_| depends);
    let dn = name.dn.to_string();
    if let Some((rdn, superior)) = name.rename {
        let rename = EntryChange::rename(stored.entry.dn.clone(), rdn.to_string(), superior.map(|dn| dn.to_string()));
        stages.push(Stage::new(guarded(rename, guard)));
        guard = None; // the stamp has moved by then
    }
    let at = if stages.is_empty() { stored.entry.dn.clone() } else { dn };
    if !steps.is_empty() {
        let swaps = stored.guard.is_none() && steps.iter().any(|step| step.kind != ModificationKind::Replace);
        let undo = undo(stored, &at, &steps);
        let modify = Stage::new(guarded(EntryChange::modify(at.clone(), steps), guard));
        let modify = modify.tolerating(tolerance.clone()).undo(undo);
        stages.push(if swaps { modify.swapping() } else { modify });
    }
    if let Some(text) = new_password_changed(resource, change) {
        let password = NewPassword::new(SecretString::from(text));
        stages.push(Stage::new(Operation::PasswordModify { dn: at, password }));
    }
    stages
}

/// What takes `steps` back: known where values were replaced as a whole, too.
fn undo(stored: &Stored<'_>, dn: &str, steps: &[Modification]) -> Undo {
    if steps.iter().all(|step| step.kind != ModificationKind::Replace) {
        return Undo::Reverse;
    }
    let reversed = steps.iter().rev().map(|step| match step.kind {
        ModificationKind::Add => Modification { kind: ModificationKind::Delete, ..step.clone() },
        ModificationKind::Delete => Modification { kind: ModificationKind::Add, ..step.clone() },
        ModificationKind::Replace => Modification { values: stored.values(&step.attribute).to_vec(), ..step.clone() },
    });
    Undo::Operations(vec![EntryChange::modify(dn.to_owned(), reversed.collect()).into()])
}

pub(super) fn guarded(change: EntryChange, guard: Option<&Filter>) -> EntryChange {
    match guard {
        Some(guard) => change.asserting(guard.clone()),
        None => change,
    }
}

/// The password in `image`, and how it is written.
pub(super) fn new_password<'a>(resource: &'a Resource, image: &Map<String, Value>) -> Option<(&'a Password, String)> {
    resource.schema.attributes().iter().find_map(|def| {
        let Source::WriteOnly(form) = resource.source(def.id) else { return None };
        let text = resource.schema.value(def.id, image)?.as_str()?;
        Some((form, text.to_owned()))
    })
}

fn is_asked_for(resource: &Resource, change: &Change<'_>) -> bool {
    change.changed.iter().any(|attr| matches!(resource.source(*attr), Source::WriteOnly(_)))
}

fn new_password_changed(resource: &Resource, change: &Change<'_>) -> Option<String> {
    let (form, text) = new_password(resource, change.image).filter(|_| is_asked_for(resource, change))?;
    (*form == Password::PasswordModify).then_some(text)
}

/// A password that is an attribute's value; what the old one was nobody can tell.
fn password_attribute(resource: &Resource, change: &Change<'_>, steps: &mut Vec<Modification>) {
    let asked = new_password(resource, change.image).filter(|_| is_asked_for(resource, change));
    if let Some((attribute, value)) = asked.and_then(|(form, text)| form.stored(&text)) {
        steps.push(Modification { kind: ModificationKind::Replace, attribute, values: vec![value] });
    }
}
