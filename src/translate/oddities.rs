//! What is odd in an entry: values that stand for nothing a resource can show, and several where one is shown. The rest of the
//! entry is served all the same; somebody should be told.

use super::read::{FieldPlan, Look, ReadPlan, ScalarPlan};
use super::references::{Targets, name_alone};
use crate::ldap::{AttributeDescription, Entry};

/// What is odd about an attribute's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Oddity {
    /// A value isn't what the mapping takes it for: it isn't shown.
    Unreadable,
    /// There are several: the first that the directory sends is shown.
    Several,
}

/// Everything that `plan` shows of stored values.
fn looks(plan: &ReadPlan) -> Vec<Look> {
    let mut looks = vec![Look { place: plan.id.0, codec: plan.id.1.clone(), one: true }];
    let mut look = |scalar: &ScalarPlan, one: bool| {
        if let ScalarPlan::Stored { place, codec, .. } = scalar {
            looks.push(Look { place: *place, codec: codec.clone(), one });
        }
    };
    for field in plan.sections.iter().flat_map(|section| &section.fields) {
        match &field.value {
            FieldPlan::Single(scalar) => look(scalar, true),
            FieldPlan::Many(scalar) => look(scalar, false),
            FieldPlan::Complex(subs) => subs.iter().for_each(|(_, scalar)| look(scalar, true)),
            FieldPlan::Slots(slots) => {
                for slot in slots {
                    let one = slot.take_one || slot.each.is_none();
                    slot.subs.iter().for_each(|(_, scalar)| look(scalar, one));
                }
            }
            FieldPlan::References(_) => {}
        }
    }
    for scalar in plan.meta.iter().flat_map(|meta| [&meta.created, &meta.last_modified]).flatten() {
        look(scalar, true);
    }
    looks
}

impl ReadPlan {
    /// What is odd in `entry`, whose references were resolved to `targets`, each with its attribute.
    pub fn oddities(&self, entry: &Entry, targets: &Targets) -> Vec<(&AttributeDescription, Oddity)> {
        let mut found = Vec::new();
        let mut note = |place: usize, oddity| {
            if let Some(attribute) = self.attributes.iter().as_slice().get(place)
                && !found.contains(&(attribute, oddity))
            {
                found.push((attribute, oddity));
            }
        };
        for Look { place, codec, one } in self.looks.get_or_init(|| looks(self)) {
            let values = entry.values(*place);
            if values.iter().any(|raw| codec.is_unreadable(raw)) {
                note(*place, Oddity::Unreadable);
            }
            if *one && values.len() > 1 {
                note(*place, Oddity::Several);
            }
        }
        if targets.has_unreadable() {
            for held in self.held().filter(|held| self.is_of_class(entry, held)) {
                if entry.values(held.place).iter().any(|value| targets.is_unreadable(name_alone(value))) {
                    note(held.place, Oddity::Unreadable);
                }
            }
        }
        found
    }
}
