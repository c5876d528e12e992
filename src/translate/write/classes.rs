//! Auxiliary classes that entries get when an attribute needs one.

use crate::ldap::AttributeDescription;
use crate::ldap::change::{Modification, ModificationKind};
use crate::translate::View;

/// The classes among `auxiliary` that an entry of `classes` needs besides to hold `attributes`.
pub(super) fn needed<'a>(
    view: &View,
    auxiliary: &[String],
    classes: &[String],
    attributes: impl Iterator<Item = &'a AttributeDescription>,
) -> Vec<String> {
    let mut all = classes.to_vec();
    for attribute in attributes {
        let name = attribute.type_name();
        let operational = view.schema.attribute(name).is_some_and(|known| known.is_operational());
        if operational || view.schema.allows(&all, name) {
            continue;
        }
        let fitting = auxiliary.iter().find(|class| view.schema.allows(std::slice::from_ref(*class), name));
        all.extend(fitting.cloned());
    }
    all.split_off(classes.len())
}

/// Adds to `steps` the classes that they need on an entry of `classes`.
pub(super) fn complete(view: &View, auxiliary: &[String], classes: &[String], steps: &mut Vec<Modification>) {
    let adding = steps.iter().filter(|step| step.kind != ModificationKind::Delete && !step.values.is_empty());
    let needed = needed(view, auxiliary, classes, adding.map(|step| &step.attribute));
    if needed.is_empty() {
        return;
    }
    if let Ok(attribute) = "objectClass".parse() {
        let values = needed.into_iter().map(String::into_bytes).collect();
        steps.insert(0, Modification { kind: ModificationKind::Add, attribute, values });
    }
}
