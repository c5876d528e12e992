//! What entries look like after operations that aren't performed: the answer of a dry run.

use crate::ldap::change::{Change, Modification, ModificationKind};
use crate::ldap::dn::Dn;
use crate::ldap::plan::{EntryChange, Operation};
use crate::ldap::{AttributeDescription, AttributeSet, Entry};

/// `entry`, whose values are those of `attributes`, after `operations`.
pub fn simulated(mut entry: Entry, attributes: &AttributeSet, operations: &[Operation]) -> Entry {
    entry.attributes.resize_with(attributes.len(), Vec::new);
    for change in operations.iter().filter_map(Operation::change) {
        apply(&mut entry, attributes, change);
    }
    entry
}

fn apply(entry: &mut Entry, attributes: &AttributeSet, change: &EntryChange) {
    match &change.change {
        Change::Add(added) => {
            for (attribute, values) in added {
                add(entry, attributes, attribute, values);
            }
        }
        Change::Modify(steps) => steps.iter().for_each(|step| modify(entry, attributes, step)),
        Change::ModifyDn { delete_old_rdn, .. } => rename(entry, attributes, change, *delete_old_rdn),
        Change::Delete => {}
    }
    entry.dn = change.dn_after().unwrap_or_else(|| std::mem::take(&mut entry.dn));
}

fn rename(entry: &mut Entry, attributes: &AttributeSet, change: &EntryChange, delete_old_rdn: bool) {
    let Some(after) = change.dn_after() else { return };
    let new = of_rdn(&after);
    for (attribute, value) in of_rdn(&change.dn).iter().filter(|old| delete_old_rdn && !new.contains(old)) {
        remove(entry, attributes, attribute, value);
    }
    for (attribute, value) in new {
        add(entry, attributes, &attribute, &[value]);
    }
}

fn modify(entry: &mut Entry, attributes: &AttributeSet, step: &Modification) {
    match step.kind {
        ModificationKind::Add => add(entry, attributes, &step.attribute, &step.values),
        ModificationKind::Delete if !step.values.is_empty() => {
            step.values.iter().for_each(|value| remove(entry, attributes, &step.attribute, value));
        }
        ModificationKind::Delete | ModificationKind::Replace => {
            if let Some(values) = values(entry, attributes, &step.attribute) {
                values.clone_from(&step.values);
            }
        }
    }
}

fn values<'e>(
    entry: &'e mut Entry,
    attributes: &AttributeSet,
    attribute: &AttributeDescription,
) -> Option<&'e mut Vec<Vec<u8>>> {
    entry.attributes.get_mut(attributes.position(attribute.as_str())?)
}

fn add(entry: &mut Entry, attributes: &AttributeSet, attribute: &AttributeDescription, added: &[Vec<u8>]) {
    if let Some(values) = values(entry, attributes, attribute) {
        let new: Vec<_> = added.iter().filter(|value| !values.contains(value)).cloned().collect();
        values.extend(new);
    }
}

fn remove(entry: &mut Entry, attributes: &AttributeSet, attribute: &AttributeDescription, value: &[u8]) {
    if let Some(values) = values(entry, attributes, attribute) {
        values.retain(|own| own != value);
    }
}

/// The values that the entry called `dn` is named by.
fn of_rdn(dn: &str) -> Vec<(AttributeDescription, Vec<u8>)> {
    let Ok(dn) = dn.parse::<Dn>() else { return Vec::new() };
    let avas = dn.rdn().into_iter().flat_map(|rdn| rdn.avas()).filter(|ava| !ava.is_ber());
    avas.filter_map(|ava| Some((ava.attribute().parse().ok()?, ava.value().to_vec()))).collect()
}
