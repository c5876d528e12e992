//! Changes of existing entries.

use serde_json::{Map, Value};

use super::assignment::{self, Assignment};
use super::encode::Encoder;
use super::guard::{Guard, if_same, if_unchanged};
use super::lists::Lists;
use super::references;
use super::rename::{self, Name};
use super::subject::{Change, Stored};
use super::{classes, diff, locking, password, value};
use crate::ldap::AttributeDescription;
use crate::ldap::change::{Modification, ModificationKind};
use crate::ldap::plan::{EntryChange, Operation, Stage, Tolerance, Undo, WritePlan};
use crate::mapping::model::{ReferenceForm, Resource, Source, TypeIndex};
use crate::scim::Error;
use crate::scim::resource_schema::AttrId;
use crate::translate::View;

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
    let mut assignments = assignment::joined(view, kind, assignments)?;
    fill(view, resource, stored, change.image, &mut assignments);
    let names = rename::names(view, resource, stored, &assignments, change)?;
    let mut tolerance = Tolerance::default();
    let mut list_steps = Vec::new();
    let sid = |attribute: &AttributeDescription| stored.values(attribute).first().map(Vec::as_slice);
    for (attr, lists) in change.lists {
        if lists.whole && stays(view, resource, *attr, stored, lists) {
            continue;
        }
        let seen = seen_of(view, resource, *attr, stored, lists.replace.is_some());
        let (steps, tolerated) =
            references::list_changes(view, kind, *attr, &stored.classes, lists, change.referents, &seen, &sid)?;
        list_steps.extend(steps);
        // What a list becomes as a whole was computed from what it was: where nothing asserts that, a value that is there
        // unexpectedly, or isn't, tells that somebody has changed it.
        if lists.replace.is_none() || !stored.blind {
            for attribute in tolerated.attributes.iter() {
                tolerance.attributes.insert(attribute);
            }
        }
        tolerance.placeholder = tolerated.placeholder.or(tolerance.placeholder);
    }
    let depends_on_values = change.lists.iter().any(|(_, lists)| lists.replace.is_some());
    let mut plan: Option<WritePlan> = None;
    for name in names {
        let mut steps = steps(view, resource, stored, &assignments, &name)?;
        let guarded = depends_on_values || !steps.is_empty() || name.moves();
        steps.extend(list_steps.iter().cloned());
        let password = password::by_attribute(resource, change);
        if let Some(swap) = &stored.swap
            && (!steps.is_empty()
                || password.is_some()
                || name.renames()
                || password::by_operation(resource, change).is_some())
        {
            tolerance.mark = Some(swap.attribute.clone());
            steps.extend(swap.steps(guarded));
        }
        classes::complete(view, &resource.writing.auxiliary, &stored.classes, &mut steps);
        steps.extend(password);
        let stages = stages(resource, stored, change, &name, steps, guarded, &tolerance);
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
    let is_required = |name: &str| required.iter().any(|own| view.schema.same_attribute(own, name));
    for assignment in assignments.iter_mut().filter(|assignment| assignment.values.is_empty()) {
        let name = assignment.attribute.type_name();
        let template = resource.writing.on_add.iter().find(|(attribute, _)| *attribute == assignment.attribute);
        // A number that the server gave stays as it is.
        if resource.writing.allocations.iter().any(|own| own.attribute == assignment.attribute) && is_required(name) {
            assignment.values = stored.values(&assignment.attribute).to_vec();
        }
        if let Some((_, template)) = template.filter(|_| assignment.values.is_empty() && is_required(name))
            && let Some(text) = template.render(|path| value::text(&resource.schema, image, path))
        {
            assignment.values.push(text.into_bytes());
        }
    }
}

/// Whether a list that can't be written is what the client says, who may leave it out.
fn stays(view: &View, resource: &Resource, attr: AttrId, stored: &Stored<'_>, lists: &Lists) -> bool {
    let Source::References(references) = resource.source(attr) else { return false };
    let kind = references::of_entry(view, references, &stored.classes).filter(|reference| !reference.writable);
    let (Some(reference), Some(wanted)) = (kind, &lists.replace) else { return false };
    let values = stored.values(&reference.attribute);
    let mut shown: Vec<&str> = values.iter().flat_map(|value| stored.visible.ids(&reference.form, value)).collect();
    let mut wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    for list in [&mut shown, &mut wanted] {
        list.sort_unstable();
        list.dedup();
    }
    wanted.is_empty() || wanted == shown
}

/// The values of a list of references that are part of the resource, and the placeholder, where they are `replaced`; all that are
/// stored where they must be known otherwise.
fn seen_of(view: &View, resource: &Resource, attr: AttrId, stored: &Stored<'_>, replaced: bool) -> Vec<Vec<u8>> {
    let Source::References(references) = resource.source(attr) else { return Vec::new() };
    let Some(reference) = references::of_entry(view, references, &stored.classes) else { return Vec::new() };
    if !replaced {
        let marked = reference.form == ReferenceForm::NameAndOptionalUid;
        return if marked { stored.values(&reference.attribute).to_vec() } else { Vec::new() };
    }
    let is_seen = |value: &&Vec<u8>| stored.visible.names(value) || references::is_placeholder(reference, value);
    stored.values(&reference.attribute).iter().filter(is_seen).cloned().collect()
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
        let seen = |value: &[u8]| match assignment.references {
            true => stored.visible.names(value),
            false => assignment.shows(value),
        };
        let before = name.values_then(view, &assignment.attribute, stored.values(&assignment.attribute).to_vec());
        // A value that comes with the name needn't be the first.
        if !name.swaps(&assignment.attribute) && assignment.is_met(&before, seen) {
            continue;
        }
        let mut made =
            diff::modifications(view, &assignment.attribute, &before, &assignment.values, |value| !seen(value));
        if stored.blind && assignment.first_alone && !view.rules(&assignment.attribute).single_value {
            alone(&before, &mut made);
        }
        if name.loses(view, &assignment.attribute, &before, &made) {
            let path = resource.schema.path_text(assignment.path);
            return Err(Error::mutability(format!("`{path}` names the entry and can't be changed here")));
        }
        steps.extend(made);
    }
    Ok(steps)
}

/// Where nothing tells that another puts a value beside the one that is put where none was, it takes the place of what is there: two
/// would be one too many.
fn alone(before: &[Vec<u8>], steps: &mut [Modification]) {
    if before.is_empty() {
        steps.iter_mut().for_each(|step| step.kind = ModificationKind::Replace);
    }
}

fn stages(
    resource: &Resource,
    stored: &Stored<'_>,
    change: &Change<'_>,
    name: &Name,
    steps: Vec<Modification>,
    depends: bool,
    tolerance: &Tolerance,
) -> Vec<Stage> {
    let mut stages = Vec::new();
    let guard = stored.guard.as_ref();
    let mut at = stored.entry.dn.clone();
    if let Some(rename) = name.rename(&at) {
        stages.push(renamed(rename, guard));
        at = name.dn.to_string();
    }
    // After a rename the stamp has moved: then the values that go must do.
    let moved = !stages.is_empty();
    // Samba holds attributes against the classes that an entry had before the modification: a new class goes first, by itself. That
    // loses nothing, as nothing is asserted there.
    let by_guid = resource.id.attribute.matches("objectGUID");
    let (class, steps) = if by_guid { classes::apart(steps) } else { (None, steps) };
    if let Some(class) = class {
        let attributes = [class.attribute.clone()].into_iter().collect();
        let modify = Stage::new(EntryChange::modify(at.clone(), vec![class]));
        stages.push(modify.tolerating(Tolerance { attributes, ..Tolerance::default() }));
    }
    if !steps.is_empty() {
        let swaps =
            (guard.is_none() || moved) && (depends || steps.iter().any(|step| step.kind == ModificationKind::Delete));
        let undo = undo(stored, &at, &steps);
        let modify = EntryChange::modify(at.clone(), steps);
        let modify = Stage::new(match depends && !moved {
            true => if_unchanged(modify, guard),
            false => if_same(modify, guard),
        });
        let guard = guard.filter(|_| !moved).map(|guard| guard.unchanged(&at));
        let modify = modify.tolerating(Tolerance { guard, ..tolerance.clone() }).undo(undo);
        stages.push(if swaps { modify.swapping() } else { modify });
    }
    if let Some(password) = password::by_operation(resource, change) {
        stages.push(Stage::new(Operation::PasswordModify { dn: at.clone(), password }));
        stages.extend(locking::of_changed(resource, stored, change, at));
    }
    stages
}

/// A rename that is taken back only while no other entry has got the new name.
fn renamed(rename: EntryChange, guard: Option<&Guard>) -> Stage {
    let back = guard.and_then(|_| rename.reverse()).map(|back| if_same(back, guard));
    let stage = Stage::new(if_unchanged(rename, guard));
    match back {
        Some(back) => stage.undo(Undo::Operations(vec![back.into()])),
        None => stage,
    }
}

/// What takes `steps` back: known where values were replaced as a whole, too, unless nobody can read what they were.
fn undo(stored: &Stored<'_>, dn: &str, steps: &[Modification]) -> Undo {
    if steps.iter().all(|step| step.kind != ModificationKind::Replace) {
        return Undo::Reverse;
    }
    let is_known = |step: &&Modification| {
        step.kind != ModificationKind::Replace || stored.attributes.position(step.attribute.as_str()).is_some()
    };
    let reversed = steps.iter().rev().filter(is_known).map(|step| match step.kind {
        ModificationKind::Add => Modification { kind: ModificationKind::Delete, ..step.clone() },
        ModificationKind::Delete => Modification { kind: ModificationKind::Add, ..step.clone() },
        ModificationKind::Replace => Modification { values: stored.values(&step.attribute).to_vec(), ..step.clone() },
    });
    match reversed.collect::<Vec<_>>() {
        nothing if nothing.is_empty() => Undo::Keep,
        reversed => Undo::Operations(vec![EntryChange::modify(dn.to_owned(), reversed).into()]),
    }
}
