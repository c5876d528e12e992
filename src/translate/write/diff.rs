//! The smallest modifications that make stored values the wanted ones (decisions 13 and 14): octets decide whether anything
//! changed, the directory's rule how it is sent.

use crate::ldap::AttributeDescription;
use crate::ldap::change::{Modification, ModificationKind};
use crate::ldap::entry::Values;
use crate::ldap::matching::normalise;
use crate::mapping::rules::Rules;
use crate::translate::View;

/// What makes `stored` become `wanted`. `kept` are stored values that stay whatever is wanted.
pub(super) fn modifications(
    view: &View,
    attribute: &AttributeDescription,
    stored: &[Vec<u8>],
    wanted: &[Vec<u8>],
    kept: impl Fn(&[u8]) -> bool,
) -> Vec<Modification> {
    let removed: Values = stored.iter().filter(|value| !wanted.contains(value) && !kept(value)).cloned().collect();
    let added: Values = wanted.iter().filter(|value| !stored.contains(value)).cloned().collect();
    if removed.is_empty() && added.is_empty() {
        return Vec::new();
    }
    let step = |kind, values| Modification { kind, attribute: attribute.clone(), values };
    if view.rules(attribute).equality.is_none() {
        // Values of such an attribute can't be named, so they can't be deleted one by one.
        let rest = stored.iter().filter(|value| !removed.contains(value));
        return vec![step(ModificationKind::Replace, rest.chain(&added).cloned().collect())];
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

/// Leaves one of several values that the directory takes for the same: it refuses to hold both.
pub(super) fn distinct(rules: &Rules, values: &mut Values) {
    let mut seen: Vec<Vec<u8>> = Vec::with_capacity(values.len());
    values.retain(|value| {
        let form = rules.equality.and_then(|rule| normalise(rule, value)).unwrap_or_else(|| value.clone());
        let new = !seen.contains(&form);
        if new {
            seen.push(form);
        }
        new
    });
}

/// Leaves one of several values that are the same octet for octet.
pub(super) fn without_twins(values: &mut Values) {
    let mut seen = std::collections::HashSet::new();
    values.retain(|value| seen.insert(value.clone()));
}
