//! References by a value of the entry (memberUid): when the value changes, they follow.

use super::simulate::simulated;
use super::subject::Stored;
use crate::ldap::change::{Modification, ModificationKind};
use crate::ldap::plan::{EntryChange, Operation, Stage, Tolerance};
use crate::ldap::{AttributeDescription, AttributeSet};
use crate::mapping::model::{Reference, ReferenceForm, Source, TypeIndex};
use crate::translate::View;

/// A value by which others name an entry, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChange {
    /// The entry's attribute.
    pub key: AttributeDescription,
    /// The value that it had.
    pub old: Vec<u8>,
    /// The value that it gets.
    pub new: Vec<u8>,
}

/// Which values by which others name the entry are changed by `stages`.
pub fn key_changes(view: &View, kind: TypeIndex, stored: &Stored<'_>, stages: &[Stage]) -> Vec<KeyChange> {
    let operations: Vec<Operation> = stages.iter().map(|stage| stage.operation.clone()).collect();
    let after = simulated(stored.entry.clone(), stored.attributes, &operations);
    let mut changes: Vec<KeyChange> = Vec::new();
    for (_, reference) in by_key(view, kind) {
        let ReferenceForm::Key(key) = &reference.form else { continue };
        let Some(place) = stored.attributes.position(key.as_str()) else { continue };
        let (before, now) = (stored.entry.values(place), after.values(place));
        let mut gone = before.iter().filter(|value| !now.contains(value));
        let mut come = now.iter().filter(|value| !before.contains(value));
        if let (Some(old), Some(new), None, None) = (gone.next(), come.next(), gone.next(), come.next())
            && !changes.iter().any(|change| change.key == *key)
        {
            changes.push(KeyChange { key: key.clone(), old: old.clone(), new: new.clone() });
        }
    }
    changes
}

/// The references to resources of `kind` by a value of theirs that can be written, with the types that hold them.
pub fn by_key(view: &View, kind: TypeIndex) -> Vec<(TypeIndex, &Reference)> {
    let resources = view.mapping.resources.iter().enumerate();
    let references = resources.flat_map(|(own, resource)| {
        let references = resource.sources.iter().flat_map(|source| match source {
            Source::References(references) => references.as_slice(),
            _ => &[],
        });
        references.map(move |reference| (own, reference))
    });
    let fits = |reference: &Reference| {
        matches!(reference.form, ReferenceForm::Key(_))
            && reference.writable
            && reference.targets.contains(&kind)
            && view.knows(&reference.attribute)
    };
    references.filter(|(_, reference)| fits(reference)).collect()
}

/// Lets the entry called `dn` name the changed one by its new value.
pub fn follow(dn: &str, attribute: &AttributeDescription, change: &KeyChange) -> Stage {
    let step = |kind, value: &Vec<u8>| Modification { kind, attribute: attribute.clone(), values: vec![value.clone()] };
    let steps = vec![step(ModificationKind::Delete, &change.old), step(ModificationKind::Add, &change.new)];
    let attributes: AttributeSet = [attribute.clone()].into_iter().collect();
    Stage::new(EntryChange::modify(dn.to_owned(), steps)).tolerating(Tolerance {
        attributes,
        placeholder: None,
        guard: None,
        mark: None,
    })
}
