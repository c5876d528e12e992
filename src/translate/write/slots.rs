//! Elements of multi-valued complex attributes, each put where a slot of the mapping takes it.

use std::collections::HashSet;

use serde_json::Value;

use super::assignment::Assignment;
use super::encode::Encoder;
use crate::ldap::entry::Values;
use crate::mapping::atom::Atom;
use crate::mapping::model::{Primary, Scalar, Slot};
use crate::mapping::writing::Overflow;
use crate::scim::Error;
use crate::scim::resource_schema::{AttrId, AttrPath, SubId};

/// What a slot holds of an element: for each of its LDAP attributes the value.
type Held = Vec<(usize, Vec<u8>)>;

/// What a slot gets, in order, each element once.
#[derive(Default)]
struct Taken {
    elements: Vec<Held>,
    known: HashSet<Held>,
}

impl Taken {
    fn push(&mut self, held: Held) {
        if self.known.insert(held.clone()) {
            self.elements.push(held);
        }
    }
}

impl Encoder<'_> {
    pub(super) fn slots(&self, attr: AttrId, slots: &[Slot], value: Option<&Value>) -> Result<Vec<Assignment>, Error> {
        let live: Vec<&Slot> = slots.iter().filter(|slot| self.is_live(slot)).collect();
        let mut taken: Vec<Taken> = live.iter().map(|_| Taken::default()).collect();
        let elements = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for element in elements {
            self.put(attr, &live, element, &mut taken)?;
        }
        let mut assignments: Vec<Assignment> = Vec::new();
        for (slot, held) in live.iter().zip(taken) {
            for (sub, scalar) in slot.attributes().filter(|(_, scalar)| self.takes(scalar)) {
                let first_alone = slot.take_one || slot.attributes().nth(1).is_some();
                let path = AttrPath::part(attr, sub);
                let mut assignment = Assignment { first_alone, ..Assignment::of(scalar, path) };
                let place = usize::from(sub.0);
                let own = |held: &Held| {
                    held.iter().filter(|(own, _)| *own == place).map(|(_, raw)| raw.clone()).collect::<Values>()
                };
                assignment.values = held.elements.iter().flat_map(own).collect();
                match assignments.iter_mut().find(|known| known.attribute == assignment.attribute) {
                    Some(known) => known.join(assignment),
                    None => assignments.push(assignment),
                }
            }
        }
        assignments.iter_mut().try_for_each(|assignment| self.settle(assignment))?;
        Ok(assignments)
    }

    fn is_live(&self, slot: &Slot) -> bool {
        slot.attributes().any(|(_, scalar)| self.view.knows(&scalar.attribute))
    }

    /// Puts an element into the first slot that takes it, those of its own type first.
    fn put(&self, attr: AttrId, live: &[&Slot], element: &Value, taken: &mut [Taken]) -> Result<(), Error> {
        let type_ = element.get("type").and_then(Value::as_str);
        let mut fits: Vec<(u8, usize)> = live
            .iter()
            .enumerate()
            .filter_map(|(place, slot)| self.rank(attr, live, slot, element, type_).map(|rank| (rank, place)))
            .collect();
        fits.sort_unstable();
        let mut refusal = None;
        for (_, place) in &fits {
            let slot = live[*place];
            match self.held(attr, slot, element) {
                Ok(held) if held.is_empty() => return Ok(()), // it says nothing that is stored
                Ok(held) if taken[*place].known.contains(&held) => return Ok(()),
                Ok(held) if taken[*place].elements.is_empty() || self.has_room(slot) => {
                    taken[*place].push(held);
                    return Ok(());
                }
                Ok(_) => {}
                Err(error) => {
                    refusal.get_or_insert(error);
                }
            }
        }
        let discards = |place: &usize| live[*place].overflow == Overflow::Discard;
        if fits.iter().map(|(_, place)| place).any(discards)
            || (fits.is_empty() && live.iter().any(|slot| slot.overflow == Overflow::Discard))
        {
            return Ok(());
        }
        Err(refusal.unwrap_or_else(|| self.no_room(attr, live, type_, fits.is_empty())))
    }

    /// How well a slot fits an element, 0 best; none where it doesn't.
    fn rank(&self, attr: AttrId, live: &[&Slot], slot: &Slot, element: &Value, type_: Option<&str>) -> Option<u8> {
        let schema = &self.view.resource(self.kind).schema;
        let by_type = schema.sub(attr, "type").and_then(|sub| constant(slot, sub));
        let mut rank = match (by_type, type_) {
            (Some(own), Some(given)) if own.eq_ignore_ascii_case(given) => 0,
            (_, Some(given)) if slot.accepts.iter().any(|accepted| accepted.eq_ignore_ascii_case(given)) => 4,
            (Some(_), Some(_)) => return None,
            (None, _) => 2,
            (Some(_), None) => {
                let untyped = live.iter().any(|slot| slot.takes_untyped);
                let first = live.first().is_some_and(|first| std::ptr::eq(*first, slot));
                if slot.takes_untyped || (!untyped && first) { 2 } else { return None }
            }
        };
        let primary = element.get("primary").and_then(Value::as_bool) == Some(true);
        let suits = match slot.primary {
            Primary::Always => primary,
            Primary::Never | Primary::IfSingle => true,
        };
        rank += u8::from(!suits) + u8::from(primary && slot.primary == Primary::Never);
        let differs = slot.subs.iter().zip(0u16..).any(|(sub, place)| {
            let name = schema.sub_name(attr, SubId(place));
            match (sub, element.get(name)) {
                (Some(Scalar::Constant(atom)), Some(given)) if name != "type" => !is(atom, given),
                _ => false,
            }
        });
        (!differs).then_some(rank)
    }

    /// What the slot's LDAP attributes hold of an element.
    fn held(&self, attr: AttrId, slot: &Slot, element: &Value) -> Result<Held, Error> {
        let schema = &self.view.resource(self.kind).schema;
        let mut held = Held::new();
        for (sub, scalar) in slot.attributes().filter(|(_, scalar)| self.view.knows(&scalar.attribute)) {
            let path = AttrPath::part(attr, sub);
            let Some(attribute) = schema.attribute(path) else { continue };
            if let Some(given) = element.get(&attribute.name)
                && let Some(raw) = self.encoded(scalar, path, attribute, given)?
            {
                held.push((usize::from(sub.0), raw));
            }
        }
        Ok(held)
    }

    /// Whether a slot can have more than one element.
    fn has_room(&self, slot: &Slot) -> bool {
        let mut attributes = slot.attributes();
        let (Some((_, only)), None) = (attributes.next(), attributes.next()) else { return false };
        !slot.take_one && !self.view.rules(&only.attribute).single_value
    }

    fn no_room(&self, attr: AttrId, live: &[&Slot], type_: Option<&str>, unfit: bool) -> Error {
        let schema = &self.view.resource(self.kind).schema;
        let name = schema.attribute_name(attr);
        let types: Vec<&str> = live.iter().filter_map(|slot| constant(slot, schema.sub(attr, "type")?)).collect();
        Error::invalid_value(match (unfit, type_) {
            (true, Some(type_)) => {
                let type_ = crate::scim::text::shortened(type_);
                format!("`{name}` of type `{type_}` can't be stored here; types: {}", types.join(", "))
            }
            (true, None) => format!("`{name}` needs a type here: {}", types.join(", ")),
            (false, Some(type_)) => {
                format!("there is room for one of `{name}` of type `{}`", crate::scim::text::shortened(type_))
            }
            (false, None) => format!("there is room for one of `{name}`"),
        })
    }
}

/// The constant text of a sub-attribute.
fn constant(slot: &Slot, sub: SubId) -> Option<&str> {
    match slot.subs.get(usize::from(sub.0)) {
        Some(Some(Scalar::Constant(atom))) => atom.as_text(),
        _ => None,
    }
}

fn is(atom: &Atom<'_>, given: &Value) -> bool {
    match (atom, given) {
        (Atom::Text(own), Value::String(given)) => own.eq_ignore_ascii_case(given),
        (Atom::Bool(own), Value::Bool(given)) => own == given,
        (Atom::Integer(own), given) => given.as_i64() == Some(*own),
        (Atom::Decimal(own), given) => given.as_f64() == Some(*own),
        _ => false,
    }
}
