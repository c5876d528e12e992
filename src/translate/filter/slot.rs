//! Leaves on multi-valued complex attributes that are partitioned over LDAP attributes.
//!
//! `emails[φ]` is the disjunction over the slots of φ with the slot's constants put in.

use crate::ldap::Filter;
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::mapping::model::{Primary, Scalar, Slot};
use crate::scim::filter::typed::{Filter as ScimFilter, Test};
use crate::scim::resource_schema::AttrId;

use super::{Translator, constant};

impl Translator<'_> {
    /// An element of `slot` satisfies `filter`.
    pub(super) fn slot(&mut self, attr: AttrId, slot: &Slot, filter: &ScimFilter) -> Bounds {
        let stored: Vec<_> = slot.attributes().map(|(_, scalar)| scalar).collect();
        let [source] = stored.as_slice() else { return self.record(attr, slot, filter) };
        let rules = self.view.rules(&source.attribute);
        let present = self.presence_of(source);
        let bounds =
            self.exists(&present, rules.single_value, filter, &mut |this, test| this.slot_leaf(attr, slot, test));
        if slot.take_one && !rules.single_value && *filter != ScimFilter::Constant(true) {
            return bounds.weaken(format!("of the values of {} one is served", source.attribute));
        }
        bounds
    }

    /// A slot over several attributes (or none) has one element, made of the first value of each.
    fn record(&mut self, attr: AttrId, slot: &Slot, filter: &ScimFilter) -> Bounds {
        let held: Vec<&Scalar> = slot.subs.iter().flatten().filter(|sub| !matches!(sub, Scalar::Constant(_))).collect();
        let present = Bounds::or(held.into_iter().map(|scalar| self.presence(scalar)).collect::<Vec<_>>());
        self.exists(&present, true, filter, &mut |this, test| this.slot_leaf(attr, slot, test))
    }

    /// `test` on a sub-attribute of an element of `slot`.
    fn slot_leaf(&mut self, attr: AttrId, slot: &Slot, test: &Test) -> Bounds {
        let Some(sub) = test.path.sub else { return constant(false) };
        if self.resource.schema.sub_name(attr, sub) == "primary" {
            match slot.primary {
                Primary::Always => return constant(self.satisfies(&Atom::Bool(true), test)),
                Primary::IfSingle => return Bounds::at_most(Filter::True, "LDAP can't count values"),
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
