//! Leaves on simple values: LDAP attributes, constants, templates.

use crate::ldap::Filter;
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::mapping::codec::Leaf;
use crate::mapping::model::{LdapScalar, Scalar};
use crate::scim::filter::eval;
use crate::scim::filter::typed::{Filter as ScimFilter, Op, Test};

use super::{Translator, constant};

impl Translator<'_> {
    /// The one value that `scalar` gives satisfies `test`.
    pub(super) fn scalar(&mut self, scalar: &Scalar, test: &Test) -> Bounds {
        match scalar {
            Scalar::Constant(atom) => constant(self.satisfies(atom, test)),
            Scalar::Template(template) => {
                let some = Filter::or(
                    template
                        .attributes()
                        .filter(|attribute| self.view.knows(attribute))
                        .map(|a| Filter::Present(a.clone())),
                );
                Bounds::at_most(some, "the value is computed")
            }
            Scalar::Ldap(source) => {
                let single = self.view.rules(&source.attribute).single_value;
                let stored = self.stored(source, test);
                let stored = if single || test.test == Op::Present {
                    stored
                } else {
                    stored.weaken(format!("{} may have several values, of which one is served", source.attribute))
                };
                match source.default.clone().or_else(|| source.codec.absent()) {
                    Some(value) if self.satisfies(&value, test) => {
                        Bounds::or([stored, Bounds::exact(self.absence(source))])
                    }
                    _ => stored,
                }
            }
        }
    }

    /// Some value of a multi-valued simple attribute satisfies `filter`.
    pub(super) fn values(&mut self, scalar: &Scalar, filter: &ScimFilter) -> Bounds {
        match scalar {
            Scalar::Ldap(source) => {
                let single = self.view.rules(&source.attribute).single_value;
                let present = self.presence_of(source);
                self.exists(&present, single, filter, &mut |this, test| this.stored(source, test))
            }
            Scalar::Constant(_) | Scalar::Template(_) => self.filter(filter),
        }
    }

    /// Whether `scalar` gives a value.
    pub(super) fn presence(&mut self, scalar: &Scalar) -> Bounds {
        match scalar {
            Scalar::Constant(atom) => constant(!atom.is_empty()),
            Scalar::Template(template) => {
                let known: Vec<_> = template.attributes().filter(|attribute| self.view.knows(attribute)).collect();
                let some = Filter::or(known.into_iter().map(|attribute| Filter::Present(attribute.clone())));
                Bounds::at_most(some, "the value is computed")
            }
            Scalar::Ldap(source) if source.default.is_some() || source.codec.absent().is_some() => Bounds::all(),
            Scalar::Ldap(source) => self.presence_of(source),
        }
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
        let rules = self.view.rules(&source.attribute);
        if !rules.known {
            return Bounds::none(); // a leaf on an attribute that the directory doesn't know would be Undefined
        }
        source.codec.bounds(op, &Leaf { attribute: &source.attribute, rules: &rules, case_exact, law: source.law })
    }

    fn absence(&self, source: &LdapScalar) -> Filter {
        if self.view.knows(&source.attribute) {
            Filter::not(Filter::Present(source.attribute.clone()))
        } else {
            Filter::True
        }
    }

    /// Some value, taken by itself, satisfies `filter`; `present` says that there is one, `leaf` what is known of a test.
    ///
    /// LDAP's negation says "no value does", SCIM's inside an element "this value doesn't": so a negated leaf gives a lower
    /// bound alone, and a conjunction an upper one, unless there is one value at most.
    pub(super) fn exists(
        &mut self,
        present: &Bounds,
        single: bool,
        filter: &ScimFilter,
        leaf: LeafBounds<'_, Self>,
    ) -> Bounds {
        if single {
            let inner = self.on_one_value(filter, leaf);
            return if inner.upper == Filter::False { inner } else { Bounds::and([present.clone(), inner]) };
        }
        let mut bounds = self.on_some_value(present, filter, leaf);
        if bounds.upper == Filter::True {
            bounds.upper = present.upper.clone();
        }
        if bounds.lower == Filter::True {
            bounds.lower = present.lower.clone();
        }
        bounds
    }

    fn on_some_value(&mut self, present: &Bounds, filter: &ScimFilter, leaf: LeafBounds<'_, Self>) -> Bounds {
        match filter {
            ScimFilter::Constant(true) => present.clone(),
            ScimFilter::Constant(false) => Bounds::none(),
            ScimFilter::Test(test) => leaf(self, test),
            ScimFilter::Or(parts) => {
                Bounds::or(parts.iter().map(|part| self.on_some_value(present, part, leaf)).collect::<Vec<_>>())
            }
            ScimFilter::And(parts) => conjunction(
                parts.iter().map(|part| self.on_some_value(present, part, leaf)).collect::<Vec<_>>(),
                &present.upper,
            ),
            ScimFilter::Not(part) => {
                let some = self.on_some_value(present, part, leaf);
                match some.upper {
                    // What no value ever satisfies, every value fails.
                    Filter::False => present.clone(),
                    // What every value satisfies, none fails.
                    _ if some.lower == Filter::True => Bounds::none(),
                    _ => Bounds::between(
                        Filter::and([present.lower.clone(), Filter::not(some.upper)]),
                        present.upper.clone(),
                        "one value may fail the test while another passes",
                    ),
                }
            }
            ScimFilter::Element { .. } => Bounds::at_most(Filter::True, "an element within an element"),
        }
    }

    /// `filter` on the one value there is.
    fn on_one_value(&mut self, filter: &ScimFilter, leaf: LeafBounds<'_, Self>) -> Bounds {
        match filter {
            ScimFilter::Constant(value) => constant(*value),
            ScimFilter::Test(test) => leaf(self, test),
            ScimFilter::And(parts) => {
                Bounds::and(parts.iter().map(|part| self.on_one_value(part, leaf)).collect::<Vec<_>>())
            }
            ScimFilter::Or(parts) => {
                Bounds::or(parts.iter().map(|part| self.on_one_value(part, leaf)).collect::<Vec<_>>())
            }
            ScimFilter::Not(part) => self.on_one_value(part, leaf).not(),
            ScimFilter::Element { .. } => Bounds::at_most(Filter::True, "an element within an element"),
        }
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

    /// `filter` on an element of a simple multi-valued attribute that is `text`.
    pub(super) fn constant_element(&mut self, text: &str, filter: &ScimFilter) -> Bounds {
        match filter {
            ScimFilter::Test(test) => self.text_constant(text, test),
            ScimFilter::And(parts) => {
                Bounds::and(parts.iter().map(|p| self.constant_element(text, p)).collect::<Vec<_>>())
            }
            ScimFilter::Or(parts) => {
                Bounds::or(parts.iter().map(|p| self.constant_element(text, p)).collect::<Vec<_>>())
            }
            ScimFilter::Not(part) => self.constant_element(text, part).not(),
            ScimFilter::Constant(value) => constant(*value),
            ScimFilter::Element { .. } => Bounds::none(),
        }
    }
}

/// What is known of a test on one value.
pub(super) type LeafBounds<'f, T> = &'f mut dyn FnMut(&mut T, &Test) -> Bounds;

/// Tests that one value must pass together: constants fold, two real tests may be passed by different values.
fn conjunction(parts: Vec<Bounds>, present: &Filter) -> Bounds {
    let undecided = parts.iter().filter(|part| part.lower != Filter::True && part.upper != *present).count();
    let bounds = Bounds::and(parts);
    if undecided > 1 { bounds.weaken("different values may satisfy the parts") } else { bounds }
}
