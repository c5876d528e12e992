//! Leaves on simple values: LDAP attributes, constants, templates.

use crate::ldap::{AttributeDescription, Filter};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::mapping::codec::{Law, Leaf};
use crate::mapping::model::{LdapScalar, Scalar};
use crate::mapping::rules::Rules;
use crate::mapping::template::Template;
use crate::scim::filter::eval;
use crate::scim::filter::typed::{Filter as ScimFilter, Op, Test};

use super::element::Served;
use super::translator::{Translator, constant};
use crate::translate::law::law;

impl Translator<'_> {
    /// The one value that `scalar` gives satisfies `test`.
    pub(super) fn scalar(&mut self, scalar: &Scalar, test: &Test) -> Bounds {
        match scalar {
            Scalar::Constant(atom) => constant(self.satisfies(atom, test)),
            Scalar::Template(template) => self.computed(template),
            Scalar::Ldap(source) => {
                let rules = self.view.rules(&source.attribute);
                let single = source.law == Law::Confinement || rules.single_value;
                // The directory may decide what the value of a single-valued attribute equals.
                let case_exact = self.resource.schema.case_exact(test.path);
                let stored = self.ruled(source, &rules, law(source, &rules), case_exact, &test.test);
                let stored = if single || test.test == Op::Present {
                    stored
                } else {
                    stored.weaken(
                        [source.attribute.as_str(), " may have several values, of which one is served"].concat(),
                    )
                };
                match source.default.clone().or_else(|| source.codec.absent()) {
                    Some(value) if self.satisfies(&value, test) => self.or_absent(source, stored),
                    _ => stored,
                }
            }
        }
    }

    /// Some value of a multi-valued simple attribute satisfies `filter`.
    pub(super) fn values(&mut self, scalar: &Scalar, filter: &ScimFilter) -> Bounds {
        let present = self.presence(scalar);
        match scalar {
            Scalar::Ldap(source) => {
                let single = self.view.rules(&source.attribute).single_value;
                let served = if single { Served::Only } else { Served::Every };
                let stored = self.presence_of(source);
                let bounds = self.exists(&stored, served, filter, &mut |this, test| this.stored(source, test));
                match source.default.clone().or_else(|| source.codec.absent()) {
                    Some(value) if self.atom_satisfies(&value, filter) => self.or_absent(source, bounds),
                    _ => bounds,
                }
            }
            Scalar::Constant(_) | Scalar::Template(_) => {
                self.exists(&present, Served::Only, filter, &mut |this, test| this.scalar(scalar, test))
            }
        }
    }

    /// Whether `scalar` gives a value.
    pub(super) fn presence(&mut self, scalar: &Scalar) -> Bounds {
        match scalar {
            Scalar::Constant(atom) => constant(!atom.is_empty()),
            Scalar::Template(template) => self.computed(template),
            Scalar::Ldap(source) => {
                let stored = self.presence_of(source);
                match source.default.clone().or_else(|| source.codec.absent()) {
                    Some(value) if !value.is_empty() => self.or_absent(source, stored),
                    _ => stored,
                }
            }
        }
    }

    /// All that is known of a template: without any of its attributes there is nothing.
    fn computed(&self, template: &Template) -> Bounds {
        let known = template.attributes().filter(|attribute| self.view.knows(attribute));
        let some = Filter::or(known.map(|attribute| Filter::Present(attribute.clone())));
        Bounds::at_most(some, "the value is computed")
    }

    /// Whether `source` has a stored value that is served.
    pub(super) fn presence_of(&self, source: &LdapScalar) -> Bounds {
        self.stored_op(source, true, &Op::Present)
    }

    /// Some stored value satisfies `test`.
    pub(super) fn stored(&self, source: &LdapScalar, test: &Test) -> Bounds {
        self.stored_op(source, self.resource.schema.case_exact(test.path), &test.test)
    }

    fn stored_op(&self, source: &LdapScalar, case_exact: bool, op: &Op) -> Bounds {
        self.ruled(source, &self.view.rules(&source.attribute), Law::Scim, case_exact, op)
    }

    /// As [`stored`](Self::stored), by the directory's `rules` for the attribute and by this law.
    fn ruled(&self, source: &LdapScalar, rules: &Rules, law: Law, case_exact: bool, op: &Op) -> Bounds {
        if !rules.known {
            return Bounds::none(); // a leaf on an attribute that the directory doesn't know would be Undefined
        }
        let leaf = Leaf { attribute: &source.attribute, rules, case_exact, law };
        let bounds = source.codec.bounds(op, &leaf);
        if self.has_subtypes(&source.attribute) {
            return bounds.weaken(format!("a filter on {} finds values of its subtypes too", source.attribute));
        }
        bounds
    }

    /// Whether other attributes are derived from this one, by the directory or by an option that the mapping names: filters find
    /// their values, entries show them apart.
    fn has_subtypes(&self, attribute: &AttributeDescription) -> bool {
        let known = self.view.schema.attribute(attribute.type_name());
        known.is_some_and(|known| known.has_subtypes) || self.view.has_options(attribute)
    }

    /// `stored`, or `source`'s attribute is absent.
    fn or_absent(&self, source: &LdapScalar, stored: Bounds) -> Bounds {
        let attribute = &source.attribute;
        if !self.view.knows(attribute) {
            return Bounds::all();
        }
        if self.has_subtypes(attribute) {
            return Bounds::at_most(Filter::True, format!("{attribute} may be absent while its subtypes aren't"));
        }
        let (lower, upper) = (absent_or(attribute, stored.lower), absent_or(attribute, stored.upper));
        if lower == upper { Bounds::exact(lower) } else { Bounds { lower, upper, reasons: stored.reasons } }
    }

    /// `test` on a constant.
    pub(super) fn satisfies(&self, atom: &Atom<'_>, test: &Test) -> bool {
        let value = serde_json::to_value(atom).unwrap_or_default();
        self.resource
            .schema
            .attribute(test.path)
            .is_some_and(|attribute| eval::satisfies(&test.test, attribute, &value))
    }

    /// `test` on a text that is the same for every resource of the type.
    pub(super) fn text_constant(&self, text: &str, test: &Test) -> Bounds {
        constant(self.satisfies(&Atom::Text(text.into()), test))
    }

    /// `filter` on an element of a simple multi-valued attribute that is `atom`.
    pub(super) fn atom_satisfies(&self, atom: &Atom<'_>, filter: &ScimFilter) -> bool {
        fn holds(this: &Translator<'_>, atom: &Atom<'_>, filter: &ScimFilter) -> bool {
            match filter {
                ScimFilter::Test(test) => this.satisfies(atom, test),
                ScimFilter::And(parts) => parts.iter().all(|part| holds(this, atom, part)),
                ScimFilter::Or(parts) => parts.iter().any(|part| holds(this, atom, part)),
                ScimFilter::Not(part) => !holds(this, atom, part),
                ScimFilter::Constant(value) => *value,
                ScimFilter::Element { .. } => false,
            }
        }
        !atom.is_empty() && holds(self, atom, filter)
    }
}

/// `(|stored(!(attribute=*)))` in as few words as possible.
fn absent_or(attribute: &AttributeDescription, stored: Filter) -> Filter {
    let present = Filter::Present(attribute.clone());
    match stored {
        stored if stored == present => Filter::True,
        // With a value, and not this one; or without: not this one.
        Filter::And(parts) => match parts.as_slice() {
            [some, Filter::Not(other)] if *some == present && is_leaf_on(other, attribute) => {
                Filter::not((**other).clone())
            }
            _ => Filter::or([Filter::And(parts), Filter::not(present)]),
        },
        stored => Filter::or([stored, Filter::not(present)]),
    }
}

fn is_leaf_on(filter: &Filter, attribute: &AttributeDescription) -> bool {
    !matches!(filter, Filter::And(_) | Filter::Or(_) | Filter::Not(_)) && filter.attributes() == [attribute]
}
