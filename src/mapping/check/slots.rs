//! Slots: how many elements they have room for, and what doesn't come back as it went in (decisions.md 25).

use super::Checker;
use crate::diagnostics::Severity;
use crate::mapping::codes;
use crate::mapping::model::{Scalar, Slot};
use crate::scim::schema::Attribute;

impl Checker<'_> {
    /// What is worth knowing of an attribute's slots before elements are written to them.
    pub(super) fn slots(&mut self, attribute: &Attribute, slots: &[Slot]) {
        let live: Vec<&Slot> = slots.iter().filter(|slot| self.is_live(slot)).collect();
        for slot in &live {
            self.room(attribute, slot);
        }
        let Some(place) = attribute.sub_position("type") else { return };
        let own: Vec<&str> = live.iter().filter_map(|slot| constant(slot, place)).collect();
        for slot in &live {
            let Some(kind) = constant(slot, place) else { continue };
            let changed: Vec<&str> = slot
                .accepts
                .iter()
                .map(String::as_str)
                .filter(|accepted| !own.iter().any(|own| own.eq_ignore_ascii_case(accepted)))
                .collect();
            if !changed.is_empty() {
                let name = &attribute.name;
                let message = format!("`{name}` of type {} come back as `{kind}`", changed.join(" and "));
                let subject = format!("{name} ({} as {kind})", changed.join(", "));
                let span = span_of(slot);
                self.push(Severity::Note, &codes::OTHER_TYPE, &subject, message, span);
            }
        }
    }

    fn is_live(&self, slot: &Slot) -> bool {
        slot.attributes().any(|(_, scalar)| self.schema.attribute(scalar.attribute.type_name()).is_some())
    }

    /// A slot whose one attribute has one value has room for one element.
    fn room(&mut self, attribute: &Attribute, slot: &Slot) {
        let mut held = slot.attributes();
        let (Some((_, only)), None, false) = (held.next(), held.next(), slot.take_one) else { return };
        let single =
            self.schema.attribute(only.attribute.type_name()).is_some_and(|known| known.definition.single_value);
        if single {
            let message = format!(
                "`{}` has one value: the slot of `{}` has room for one element",
                only.attribute, attribute.name
            );
            let span = only.span.as_ref();
            self.push(Severity::Note, &codes::ONE_ELEMENT, only.attribute.as_str(), message, span);
        }
    }
}

fn constant(slot: &Slot, place: usize) -> Option<&str> {
    match slot.subs.get(place) {
        Some(Some(Scalar::Constant(atom))) => atom.as_text(),
        _ => None,
    }
}

fn span_of(slot: &Slot) -> Option<&crate::diagnostics::Span> {
    slot.attributes().find_map(|(_, scalar)| scalar.span.as_ref())
}
