//! Leaves on references to other resources: `manager`, `members`, `groups`.
//!
//! A reference is served only where the entry it names exists within its type's confinement, so presence is never more than
//! an upper bound. What names a target by id or by something of its own is looked up first.

use crate::ldap::{AttributeDescription, Filter};
use crate::mapping::bounds::Bounds;
use crate::mapping::model::{Backreference, Reference, ReferenceForm, Source, TypeIndex};
use crate::scim::filter::eval;
use crate::scim::filter::typed::{Filter as ScimFilter, Op, Operand, Test};
use crate::scim::resource_schema::{AttrId, AttrPath};

use super::{Translator, constant};
use crate::translate::lookup::{Answer, Found, Lookup, Which};

/// How many alternatives of one attribute a filter may hold before a scan is cheaper.
const MOST_ALTERNATIVES: usize = 500;

impl Translator<'_> {
    /// Some reference of `attr` satisfies `filter`.
    pub(super) fn references(&mut self, attr: AttrId, references: &[Reference], filter: &ScimFilter) -> Bounds {
        let mut parts = Vec::new();
        for reference in references {
            if !self.view.knows(&reference.attribute)
                || reference.form == ReferenceForm::Url && reference.targets.is_empty()
            {
                continue;
            }
            let present = Bounds::at_most(self.has_reference(reference), "a reference is shown where its target is");
            for &target in &reference.targets {
                let single = self.view.rules(&reference.attribute).single_value && reference.form != ReferenceForm::Url;
                let bounds = self.exists(&present, false, filter, &mut |this, test| {
                    this.reference_leaf(attr, reference, target, test)
                });
                // A singular SCIM attribute over an attribute that may have several values shows the first that exists.
                let bounds = if single || self.resource.schema.is_multi_valued(attr) {
                    bounds
                } else {
                    bounds.weaken(format!("{} may have several values, of which one is served", reference.attribute))
                };
                parts.push(self.within_class(reference, bounds));
            }
        }
        Bounds::or(parts)
    }

    fn has_reference(&self, reference: &Reference) -> Filter {
        Filter::Present(reference.attribute.clone())
    }

    fn within_class(&self, reference: &Reference, bounds: Bounds) -> Bounds {
        match &reference.class {
            Some(class) if bounds.upper != Filter::False => Bounds::and([bounds, Bounds::exact(object_class(class))]),
            _ => bounds,
        }
    }

    fn reference_leaf(&mut self, attr: AttrId, reference: &Reference, target: TypeIndex, test: &Test) -> Bounds {
        let upper = || Bounds::at_most(Filter::True, "references are compared by their targets");
        if reference.form == ReferenceForm::Url {
            return upper();
        }
        match self.target_question(attr, target, test) {
            Question::Fixed(value) => constant(value),
            Question::Open => upper(),
            Question::Ask(which) => {
                let attributes: Vec<_> = match &reference.form {
                    ReferenceForm::Key(key) => vec![key.clone()],
                    _ => Vec::new(),
                };
                match self.answer(Lookup { kind: target, which, attributes, nested: false }) {
                    None | Some(Answer::TooMany) => upper(),
                    Some(Answer::Entries(found)) if found.len() > MOST_ALTERNATIVES => upper(),
                    Some(Answer::Entries(found)) => naming(reference, &found),
                }
            }
        }
    }

    /// What `test` asks of a target of type `target`.
    fn target_question(&self, attr: AttrId, target: TypeIndex, test: &Test) -> Question {
        let schema = &self.resource.schema;
        let name = test.path.sub.map_or("value", |sub| schema.sub_name(attr, sub));
        let resource = self.view.resource(target);
        match (name, &test.test) {
            (_, Op::Present) if name == "value" || name == "$ref" || name == "type" => Question::Fixed(true),
            ("value", Op::Eq(Operand::Text(id))) => Question::Ask(Which::Id(id.clone())),
            ("$ref", Op::Eq(Operand::Text(url))) => {
                let prefix = format!("{}{}/", self.base_url, resource.schema.endpoint());
                url.strip_prefix(&prefix).map_or(Question::Fixed(false), |id| Question::Ask(Which::Id(id.to_owned())))
            }
            ("type", _) if schema.attribute_name(attr) != "groups" => {
                let value = serde_json::Value::from(resource.name.clone());
                Question::Fixed(
                    schema.attribute(test.path).is_some_and(|attribute| eval::satisfies(&test.test, attribute, &value)),
                )
            }
            ("display" | "displayName", op) => match resource.display {
                None => Question::Fixed(false),
                Some(display) => Question::Ask(Which::Matching(ScimFilter::Test(Test {
                    path: AttrPath { attr: display, sub: None },
                    test: op.clone(),
                }))),
            },
            _ => Question::Open,
        }
    }

    /// Some resource that refers to this one satisfies `filter`.
    pub(super) fn back_reference(&mut self, attr: AttrId, back: &Backreference, filter: &ScimFilter) -> Bounds {
        let present = Bounds::at_most(self.may_be_referred_to(back), "a reference is shown where its target is");
        self.exists(&present, false, filter, &mut |this, test| this.back_reference_leaf(attr, back, test))
    }

    /// Where the directory keeps all back-references, an entry without any is in none.
    fn may_be_referred_to(&self, back: &Backreference) -> Filter {
        let kept = self.referring(back).iter().all(|reference| reference.back_reference_kept);
        match &back.via {
            Some(via) if kept && self.view.knows(via) => Filter::Present(via.clone()),
            _ => Filter::True,
        }
    }

    fn referring(&self, back: &Backreference) -> &[Reference] {
        match self.view.mapping.resources[back.referrer].source(back.attribute) {
            Source::References(references) => references,
            _ => &[],
        }
    }

    fn back_reference_leaf(&mut self, attr: AttrId, back: &Backreference, test: &Test) -> Bounds {
        let open = || Bounds::at_most(Filter::True, "the groups that name an entry are found from the groups");
        match self.target_question(attr, back.referrer, test) {
            Question::Fixed(value) => constant(value),
            Question::Open => open(),
            Question::Ask(which) => {
                let attributes: Vec<_> =
                    self.referring(back).iter().map(|reference| reference.attribute.clone()).collect();
                match self.answer(Lookup { kind: back.referrer, which, attributes, nested: back.nested }) {
                    None | Some(Answer::TooMany) => open(),
                    Some(Answer::Entries(found)) => self.named_by(back, &found).unwrap_or_else(open),
                }
            }
        }
    }

    /// The entries that the `found` referrers name; `None` where that can't be said in a filter of reasonable size.
    fn named_by(&self, back: &Backreference, found: &[Found]) -> Option<Bounds> {
        let mut alternatives = Vec::new();
        for referrer in found {
            for (place, reference) in self.referring(back).iter().enumerate() {
                let values = referrer.attributes.get(place).map_or(&[][..], Vec::as_slice);
                if reference.class.as_ref().is_some_and(|class| !self.is_a(referrer, class)) {
                    continue;
                }
                let via = back.via.as_ref().filter(|via| reference.back_reference_kept && self.view.knows(via));
                match (via, &reference.form) {
                    (Some(via), _) => {
                        alternatives.push(Filter::Equality(via.clone(), referrer.dn.clone().into_bytes()))
                    }
                    (None, ReferenceForm::Url) => return None,
                    (None, _) if values.len() + alternatives.len() > MOST_ALTERNATIVES => return None,
                    (None, form) => alternatives.extend(values.iter().map(|value| named(form, value))),
                }
            }
        }
        if alternatives.len() > MOST_ALTERNATIVES {
            return None;
        }
        Some(Bounds::at_most(Filter::or(alternatives), "the entries that a group names are looked at again"))
    }

    fn is_a(&self, found: &Found, class: &str) -> bool {
        found
            .classes
            .iter()
            .filter_map(|name| std::str::from_utf8(name).ok())
            .any(|name| name.eq_ignore_ascii_case(class) || self.view.schema.is_subclass(name, class))
    }
}

/// What must be known of a target.
enum Question {
    /// Nothing: it is the same for all targets of the type.
    Fixed(bool),
    /// Which targets there are.
    Ask(Which),
    /// LDAP can't say.
    Open,
}

fn object_class(class: &str) -> Filter {
    let attribute = "objectClass".parse::<AttributeDescription>();
    attribute.map_or(Filter::True, |attribute| Filter::Equality(attribute, class.as_bytes().to_vec()))
}

/// The entries whose `reference` names one of `found`.
fn naming(reference: &Reference, found: &[Found]) -> Bounds {
    let equal = |value: &[u8]| Filter::Equality(reference.attribute.clone(), value.to_vec());
    match &reference.form {
        ReferenceForm::Dn => Bounds::exact(Filter::or(found.iter().map(|target| equal(target.dn.as_bytes())))),
        ReferenceForm::NameAndOptionalUid => Bounds::at_most(
            Filter::or(found.iter().map(|target| equal(target.dn.as_bytes()))),
            "a name may carry an identifier",
        ),
        ReferenceForm::Key(_) => {
            let keys = found.iter().flat_map(|target| target.attributes.first().into_iter().flatten());
            Bounds::at_most(Filter::or(keys.map(|key| equal(key))), "a key may name several entries")
        }
        ReferenceForm::Url => Bounds::at_most(Filter::True, "a search decides"),
    }
}

/// The entry that `value` names.
fn named(form: &ReferenceForm, value: &[u8]) -> Filter {
    match form {
        ReferenceForm::Key(key) => Filter::Equality(key.clone(), value.to_vec()),
        _ => {
            let dn = String::from_utf8_lossy(value);
            let dn = crate::translate::references::without_uid(&dn);
            let entry_dn = "entryDN".parse::<AttributeDescription>();
            entry_dn.map_or(Filter::True, |attribute| Filter::Equality(attribute, dn.as_bytes().to_vec()))
        }
    }
}
