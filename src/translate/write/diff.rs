//! The smallest modifications that make stored values the wanted ones (decisions 13 and 14): octets decide whether anything
//! changed, the directory's rule how it is sent.

use std::collections::HashSet;

use crate::ldap::AttributeDescription;
use crate::ldap::change::{Modification, ModificationKind};
use crate::ldap::entry::Values;
use crate::ldap::matching::normalise;
use crate::mapping::rules::Rules;
use crate::translate::View;

/// What makes `stored` become `wanted`. `kept` are stored values that stay whatever is wanted, unless the directory takes one for
/// the same as a value that is wanted: it can't hold both.
pub(super) fn modifications(
    view: &View,
    attribute: &AttributeDescription,
    stored: &[Vec<u8>],
    wanted: &[Vec<u8>],
    kept: impl Fn(&[u8]) -> bool,
) -> Vec<Modification> {
    let rules = view.rules(attribute);
    let have: HashSet<&[u8]> = stored.iter().map(Vec::as_slice).collect();
    let want: HashSet<&[u8]> = wanted.iter().map(Vec::as_slice).collect();
    let added: Values = wanted.iter().filter(|value| !have.contains(value.as_slice())).cloned().collect();
    let forms: HashSet<Vec<u8>> = added.iter().map(|value| form(&rules, value)).collect();
    let goes = |value: &[u8]| {
        !want.contains(value) && (!kept(value) || (!forms.is_empty() && forms.contains(&form(&rules, value))))
    };
    let (removed, rest): (Values, Values) = stored.iter().cloned().partition(|value| goes(value));
    if removed.is_empty() && added.is_empty() {
        return Vec::new();
    }
    let step = |kind, values| Modification { kind, attribute: attribute.clone(), values };
    if rules.equality.is_none() {
        // Values of such an attribute can't be named, so they can't be deleted one by one.
        return vec![step(ModificationKind::Replace, rest.into_iter().chain(added).collect())];
    }
    let mut steps = Vec::new();
    if !removed.is_empty() {
        steps.push(step(ModificationKind::Delete, removed));
    }
    if !added.is_empty() {
        steps.push(step(ModificationKind::Add, added));
    }
    steps
}

/// The form in which the directory compares a value: values that it takes for the same have the same.
pub(super) fn form(rules: &Rules, value: &[u8]) -> Vec<u8> {
    rules.equality.and_then(|rule| normalise(rule, value)).unwrap_or_else(|| value.to_vec())
}

/// Whether the directory takes the two for the same value.
pub(super) fn same(rules: &Rules, one: &[u8], other: &[u8]) -> bool {
    one == other || form(rules, one) == form(rules, other)
}

/// What `values` are after `steps`, which change nothing but one attribute.
pub(super) fn after(rules: &Rules, mut values: Values, steps: &[Modification]) -> Values {
    for step in steps {
        let named: HashSet<Vec<u8>> = step.values.iter().map(|value| form(rules, value)).collect();
        match step.kind {
            ModificationKind::Add => values.extend(step.values.iter().cloned()),
            ModificationKind::Delete if !step.values.is_empty() => {
                values.retain(|value| !named.contains(&form(rules, value)));
            }
            ModificationKind::Delete | ModificationKind::Replace => values.clone_from(&step.values),
        }
    }
    values
}

/// Leaves one of several values that the directory takes for the same: it refuses to hold both.
pub(super) fn distinct(rules: &Rules, values: &mut Values) {
    let mut seen = HashSet::with_capacity(values.len());
    values.retain(|value| seen.insert(form(rules, value)));
}

/// Leaves one of several values that are the same octet for octet.
pub(super) fn without_twins(values: &mut Values) {
    let mut seen = HashSet::new();
    values.retain(|value| seen.insert(value.clone()));
}
