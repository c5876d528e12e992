//! A SCIM filter becomes a pair of LDAP filters that enclose it: see [`Bounds`].
//!
//! The whole of polarity is in [`Bounds::not`]: because leaves are definite, a complement just swaps the bounds. Everything
//! else here says, per kind of source, what LDAP can know of one leaf.

mod element;
#[cfg(test)]
mod laws;
mod reference;
mod scalar;
mod slot;
#[cfg(test)]
mod tests;
mod translator;

use crate::ldap::Filter;
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::mapping::codec::{Law, Leaf};
use crate::mapping::model::{Builtin, Scalar, Source, TypeIndex, Version};
use crate::scim::filter::typed::{Filter as ScimFilter, Op, Operand, Test};
use crate::scim::resource_schema::{AttrId, AttributeDef, SubId};
use crate::scim::schema::Returned;

use super::lookup::{Answers, Lookup};
use super::view::View;

use element::within;
use translator::{Translator, constant};

/// What translation gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Translated {
    /// The bounds.
    Ready(Bounds),
    /// These must be looked up first.
    Needs(Vec<Lookup>),
}

/// Translates `filter` for resources of `kind`, with what is known of other entries in `answers`.
///
/// `base_url` is what the resources' locations start with.
pub fn translate(view: &View, kind: TypeIndex, filter: &ScimFilter, answers: &Answers, base_url: &str) -> Translated {
    let mut translator = Translator { view, resource: view.resource(kind), answers, base_url, missing: Vec::new() };
    let bounds = translator.filter(filter);
    if translator.missing.is_empty() { Translated::Ready(bounds) } else { Translated::Needs(translator.missing) }
}

/// The entries of `kind` whose id is `id`: one at most.
pub fn by_id(view: &View, kind: TypeIndex, id: &str) -> Bounds {
    let (answers, mapping) = (Answers::default(), view.resource(kind));
    let translator = Translator { view, resource: mapping, answers: &answers, base_url: "", missing: Vec::new() };
    translator.id(&Op::Eq(Operand::Text(id.to_owned())))
}

impl Translator<'_> {
    fn filter(&mut self, filter: &ScimFilter) -> Bounds {
        match filter {
            ScimFilter::And(parts) => Bounds::and(parts.iter().map(|part| self.filter(part)).collect::<Vec<_>>()),
            ScimFilter::Or(parts) => Bounds::or(parts.iter().map(|part| self.filter(part)).collect::<Vec<_>>()),
            ScimFilter::Not(part) => self.filter(part).not(),
            ScimFilter::Constant(value) => constant(*value),
            ScimFilter::Test(test) => self.test(test),
            ScimFilter::Element { attr, filter } => self.element(*attr, filter),
        }
    }

    /// A test of a single-valued attribute or sub-attribute.
    fn test(&mut self, test: &Test) -> Bounds {
        let resource = self.resource;
        match resource.source(test.path.attr) {
            Source::Unmapped | Source::WriteOnly(_) => Bounds::none(),
            Source::Builtin(builtin) => self.builtin(builtin, test),
            Source::Scalar(scalar) => self.scalar(scalar, test),
            Source::Complex(subs) => match test.path.sub {
                Some(sub) => self.sub(subs, sub, test),
                None => Bounds::or(subs.iter().flatten().map(|scalar| self.presence(scalar)).collect::<Vec<_>>()),
            },
            Source::References(references) => {
                let filter = ScimFilter::Test(test.clone());
                self.references(test.path.attr, references, &filter)
            }
            // Multi-valued sources are asked for through elements alone.
            Source::Slots(_) | Source::Backreference(_) => Bounds::at_most(Filter::True, "not a single value"),
        }
    }

    /// Some element of `attr` satisfies `filter`.
    fn element(&mut self, attr: AttrId, filter: &ScimFilter) -> Bounds {
        let resource = self.resource;
        match resource.source(attr) {
            Source::Unmapped | Source::WriteOnly(_) => Bounds::none(),
            Source::Builtin(Builtin::Schemas) => self.schemas(filter),
            Source::Builtin(_) => self.filter(filter),
            Source::Scalar(scalar) => self.values(scalar, filter),
            Source::Complex(subs) => {
                let present = Bounds::or(subs.iter().flatten().map(|scalar| self.presence(scalar)).collect::<Vec<_>>());
                within(&present, self.filter(filter))
            }
            Source::Slots(slots) => {
                Bounds::or(slots.iter().map(|slot| self.slot(attr, slot, filter)).collect::<Vec<_>>())
            }
            Source::References(references) => self.references(attr, references, filter),
            Source::Backreference(back) => self.back_reference(attr, back, filter),
        }
    }

    fn sub(&mut self, subs: &[Option<Scalar>], sub: SubId, test: &Test) -> Bounds {
        match subs.get(usize::from(sub.0)).and_then(Option::as_ref) {
            Some(scalar) => self.scalar(scalar, test),
            None => Bounds::none(),
        }
    }

    fn builtin(&mut self, builtin: &Builtin, test: &Test) -> Bounds {
        match builtin {
            Builtin::Id => self.id(&test.test),
            Builtin::Schemas => Bounds::at_most(Filter::True, "not a single value"),
            Builtin::Meta { created, last_modified } => {
                let name = test.path.sub.map(|sub| self.resource.schema.sub_name(test.path.attr, sub).to_owned());
                match name.as_deref() {
                    None => constant(test.test == Op::Present),
                    Some("resourceType") => self.text_constant(&self.resource.name, test),
                    Some("created") => created.as_ref().map_or_else(Bounds::none, |scalar| self.scalar(scalar, test)),
                    Some("lastModified") => {
                        last_modified.as_ref().map_or_else(Bounds::none, |scalar| self.scalar(scalar, test))
                    }
                    Some("location") => self.location(&test.test),
                    Some(_) => self.version(&test.test),
                }
            }
        }
    }

    fn id(&self, op: &Op) -> Bounds {
        let id = &self.resource.id;
        if *op == Op::Present {
            return Bounds::all();
        }
        let rules = self.view.rules(&id.attribute);
        if !rules.known {
            return Bounds::none(); // no entry has an id, so none is a resource
        }
        let leaf = Leaf { attribute: &id.attribute, rules: &rules, case_exact: true, law: Law::Scim };
        let bounds = id.codec.bounds(op, &leaf);
        if rules.single_value {
            return bounds;
        }
        bounds.weaken(format!("{} may have several values, of which one is the id", id.attribute))
    }

    /// `meta.version` is there unless the attribute that it is made of isn't.
    fn version(&self, op: &Op) -> Bounds {
        let present = match &self.resource.version {
            Version::Content => Bounds::all(),
            Version::Attribute(attribute) if self.view.knows(attribute) => {
                Bounds::exact(Filter::Present(attribute.clone()))
            }
            Version::Attribute(_) => Bounds::none(),
        };
        if *op == Op::Present { present } else { present.weaken("a version is made of many attributes") }
    }

    /// `meta.location` is the id behind the endpoint's address.
    fn location(&self, op: &Op) -> Bounds {
        match op {
            Op::Present => Bounds::all(),
            Op::Eq(Operand::Text(url)) => {
                let prefix = format!("{}{}/", self.base_url, self.resource.schema.endpoint());
                url.strip_prefix(&prefix).map_or_else(Bounds::none, |id| self.id(&Op::Eq(Operand::Text(id.to_owned()))))
            }
            _ => Bounds::at_most(Filter::True, "a location is computed"),
        }
    }

    /// `schemas` has the core schema always, and an extension's URN where one of its attributes has a value.
    fn schemas(&mut self, filter: &ScimFilter) -> Bounds {
        let schema = self.resource.schema.clone();
        if self.atom_satisfies(&Atom::Text(schema.core().id.as_str().into()), filter) {
            return Bounds::all();
        }
        let mut parts = Vec::new();
        for (place, (extension, _)) in schema.extensions().iter().enumerate() {
            if self.atom_satisfies(&Atom::Text(extension.id.as_str().into()), filter) {
                let shown = schema.attributes().iter().filter(|def| def.schema == Some(place + 1) && by_default(def));
                parts.extend(shown.map(|def| self.present_attribute(def.id)));
            }
        }
        Bounds::or(parts)
    }

    /// Whether `attr` has any value.
    fn present_attribute(&mut self, attr: AttrId) -> Bounds {
        let resource = self.resource;
        match resource.source(attr) {
            Source::Unmapped | Source::WriteOnly(_) => Bounds::none(),
            Source::Builtin(_) => Bounds::all(),
            Source::Scalar(scalar) => self.presence(scalar),
            Source::Complex(subs) => {
                Bounds::or(subs.iter().flatten().map(|scalar| self.presence(scalar)).collect::<Vec<_>>())
            }
            Source::Slots(_) | Source::References(_) | Source::Backreference(_) => {
                self.element(attr, &ScimFilter::Constant(true))
            }
        }
    }
}

/// Whether an attribute is shown to those who ask for nothing in particular.
pub(super) fn by_default(definition: &AttributeDef) -> bool {
    matches!(definition.attribute.returned, Returned::Always | Returned::Default)
}
