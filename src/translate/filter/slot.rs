//! Leaves on multi-valued complex attributes that are partitioned over LDAP attributes.
//!
//! `emails[φ]` is the disjunction over the slots of φ with the slot's constants put in.

use crate::ldap::Filter;
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::mapping::model::{Primary, Scalar, Slot};
use crate::scim::filter::typed::{Filter as ScimFilter, Test};
use crate::scim::resource_schema::AttrId;

use super::element::Served;
use super::translator::{Translator, constant};

impl Translator<'_> {
    /// An element of `slot` satisfies `filter`.
    pub(super) fn slot(&mut self, attr: AttrId, slot: &Slot, filter: &ScimFilter) -> Bounds {
        let stored: Vec<_> = slot.attributes().map(|(_, scalar)| scalar).collect();
        let [source] = stored.as_slice() else { return self.record(attr, slot, filter) };
        let served = match (self.view.rules(&source.attribute).single_value, slot.take_one) {
            (true, _) => Served::Only,
            (false, true) => Served::First,
            (false, false) => Served::Every,
        };
        let present = self.presence_of(source);
        if present.upper == Filter::False {
            return Bounds::none();
        }
        self.exists(&present, served, filter, &mut |this, test| this.slot_leaf(attr, slot, served, test))
    }

    /// A slot over several attributes has one element, made of the first value of each.
    fn record(&mut self, attr: AttrId, slot: &Slot, filter: &ScimFilter) -> Bounds {
        let mut held = Vec::new();
        for scalar in slot.subs.iter().flatten() {
            match scalar {
                Scalar::Constant(_) => {}
                // A default makes no element, it stands in one.
                Scalar::Ldap(source) => held.push(self.presence_of(source)),
                Scalar::Template(_) => held.push(self.presence(scalar)),
            }
        }
        let present = Bounds::or(held);
        self.exists(&present, Served::Only, filter, &mut |this, test| this.slot_leaf(attr, slot, Served::Only, test))
    }

    /// `test` on a sub-attribute of an element of `slot`.
    fn slot_leaf(&mut self, attr: AttrId, slot: &Slot, served: Served, test: &Test) -> Bounds {
        let Some(sub) = test.path.sub else { return constant(false) };
        if self.resource.schema.sub_name(attr, sub) == "primary" {
            match slot.primary {
                Primary::Always => return constant(self.satisfies(&Atom::Bool(true), test)),
                Primary::IfSingle if served == Served::Every => {
                    return Bounds::at_most(Filter::True, "LDAP can't count values");
                }
                Primary::IfSingle => return constant(self.satisfies(&Atom::Bool(true), test)),
                Primary::Never => {}
            }
        }
        match slot.subs.get(usize::from(sub.0)).and_then(Option::as_ref) {
            None => Bounds::none(),
            Some(Scalar::Ldap(source)) if slot.attributes().count() == 1 => self.stored(source, test),
            Some(scalar) => self.scalar(scalar, test),
        }
    }
}
