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

/// The addition of classes that [`complete`] put in front of the other steps, and those.
pub(super) fn apart(mut steps: Vec<Modification>) -> (Option<Modification>, Vec<Modification>) {
    let is_class = |step: &Modification| step.kind == ModificationKind::Add && step.attribute.matches("objectClass");
    match steps.first().is_some_and(is_class) && steps.len() > 1 {
        true => (Some(steps.remove(0)), steps),
        false => (None, steps),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(attribute: &str) -> Modification {
        let attribute = attribute.parse().unwrap();
        Modification { kind: ModificationKind::Add, attribute, values: vec![b"x".to_vec()] }
    }

    #[test]
    fn classes_are_told_from_what_needs_them() {
        let [class, other] = [step("objectClass"), step("scimRole")];
        assert_eq!(apart(vec![class.clone(), other.clone()]), (Some(class.clone()), vec![other.clone()]));
        for alone in [vec![class], vec![other.clone()], vec![other.clone(), other], vec![]] {
            assert_eq!(apart(alone.clone()), (None, alone));
        }
    }
}
