//! Leaves on references to other resources: `manager`, `members`, `groups`.
//!
//! A reference is served only where the entry it names exists within its type's confinement, so presence is never more than
//! an upper bound. What names a target by id or by something of its own is looked up first.

use crate::ldap::matching::MatchingRule;
use crate::ldap::{AttributeDescription, DnKey, Filter};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::mapping::model::{Backreference, Reference, ReferenceForm, Scalar, Source, TypeIndex};
use crate::scim::filter::typed::{Filter as ScimFilter, Op, Operand, Test};
use crate::scim::resource_schema::{AttrId, AttrPath};

use super::element::Served;
use super::translator::{Translator, constant};
use crate::translate::lookup::{Answer, Found, Lookup, Which};
use crate::translate::references::without_uid;
use crate::translate::{View, primary_group, search};

/// How many alternatives of one attribute a filter may hold before a scan is cheaper.
const MOST_ALTERNATIVES: usize = 500;

impl Translator<'_> {
    /// Some reference of `attr` satisfies `filter`.
    pub(super) fn references(&mut self, attr: AttrId, references: &[Reference], filter: &ScimFilter) -> Bounds {
        let mut parts = Vec::new();
        for reference in references {
            if !self.view.knows(&reference.attribute) {
                continue;
            }
            let present = Filter::Present(reference.attribute.clone());
            let present = Bounds::at_most(present, "a reference is shown where its target is");
            let single = self.view.rules(&reference.attribute).single_value && reference.form != ReferenceForm::Url;
            // A singular SCIM attribute over an attribute that may have several values shows the first that exists.
            let served =
                if single || self.resource.schema.is_multi_valued(attr) { Served::Every } else { Served::First };
            for &target in &reference.targets {
                let bounds = self.exists(&present, served, filter, &mut |this, test| {
                    this.reference_leaf(attr, reference, target, test)
                });
                parts.push(self.within_class(reference, bounds));
            }
        }
        Bounds::or(parts)
    }

    fn within_class(&self, reference: &Reference, bounds: Bounds) -> Bounds {
        match &reference.class {
            Some(class) if bounds.upper != Filter::False => match self.view.schema.class(class) {
                Some(_) => Bounds::and([bounds, Bounds::exact(object_class(class))]),
                // A class that the directory doesn't know can't be asked for: the leaf would be Undefined.
                None => bounds.weaken(format!("the directory knows no class {class}")),
            },
            _ => bounds,
        }
    }

    fn reference_leaf(&mut self, attr: AttrId, reference: &Reference, target: TypeIndex, test: &Test) -> Bounds {
        let upper = || Bounds::at_most(Filter::True, "references are compared by their targets");
        if reference.form == ReferenceForm::Url {
            return match self.target_question(attr, target, test, Direction::Held) {
                Question::Fixed(value) => constant(value),
                _ => upper(),
            };
        }
        match self.target_question(attr, target, test, Direction::Held) {
            Question::Fixed(value) => constant(value),
            Question::Open => upper(),
            Question::Ask(which) => {
                let attributes: Vec<_> = match &reference.form {
                    ReferenceForm::Key(key) => vec![key.clone()],
                    ReferenceForm::PrimaryGroup(key) => vec![key.clone(), reference.attribute.clone()],
                    _ => Vec::new(),
                };
                match self.answer(Lookup { kind: target, which, attributes, nested: false }) {
                    None | Some(Answer::TooMany) => upper(),
                    Some(Answer::Entries(found)) if found.len() > MOST_ALTERNATIVES => upper(),
                    Some(Answer::Entries(found)) => self.naming(reference, target, &found),
                }
            }
        }
    }

    /// What `test` asks of a target of type `target`.
    fn target_question(&self, attr: AttrId, target: TypeIndex, test: &Test, direction: Direction) -> Question {
        let schema = &self.resource.schema;
        let name = test.path.sub.map_or("value", |sub| schema.sub_name(attr, sub));
        let resource = self.view.resource(target);
        let case_exact = schema.case_exact(test.path);
        match (name, &test.test) {
            ("value" | "$ref" | "type", Op::Present) => Question::Fixed(true),
            // An id is asked for as it is written.
            ("value" | "$ref", Op::Eq(_)) if !case_exact => Question::Open,
            ("value", Op::Eq(Operand::Text(id))) => Question::Ask(Which::Id(id.clone())),
            ("$ref", Op::Eq(Operand::Text(url))) => {
                let prefix = format!("{}{}/", self.base_url, resource.schema.endpoint());
                url.strip_prefix(&prefix).map_or(Question::Fixed(false), |id| Question::Ask(Which::Id(id.to_owned())))
            }
            ("type", _) => {
                let types = direction.types(&resource.name);
                let passing = types.iter().filter(|name| self.satisfies(&Atom::Text((**name).into()), test)).count();
                match passing {
                    0 => Question::Fixed(false),
                    all if all == types.len() => Question::Fixed(true),
                    _ => Question::Open,
                }
            }
            ("display" | "displayName", op) => match display(self.view, target) {
                None => Question::Fixed(false),
                // Both must mean the same by "equal", or the question would be another one.
                Some((display, asked))
                    if asked && resource.schema.case_exact(AttrPath::whole(display)) == case_exact =>
                {
                    let path = AttrPath::whole(display);
                    Question::Ask(Which::Matching(ScimFilter::Test(Test { path, test: op.clone() })))
                }
                Some(_) => Question::Open,
            },
            _ => Question::Open,
        }
    }

    /// The entries whose `reference` names one of `found`, which are of type `target`.
    fn naming(&self, reference: &Reference, target: TypeIndex, found: &[Found]) -> Bounds {
        let rules = self.view.rules(&reference.attribute);
        let equal = |value: &[u8]| Filter::Equality(reference.attribute.clone(), value.to_vec());
        let present = || Filter::Present(reference.attribute.clone());
        let named = || Filter::or(found.iter().map(|target| equal(target.dn.as_bytes())));
        let shown = || {
            let shown = found.iter().filter(|_| !self.is_ambiguous(target)).filter(|found| !self.is_placeholder(found));
            Filter::or(shown.map(|target| equal(target.dn.as_bytes())))
        };
        if found.is_empty() {
            return Bounds::none();
        }
        match (&reference.form, rules.equality) {
            (ReferenceForm::Dn | ReferenceForm::NameAndOptionalUid, Some(MatchingRule::DistinguishedName)) => {
                Bounds::between(shown(), named(), "a name may stand for something else")
            }
            // A name alone is found where nothing stands behind it; what has an identifier is none.
            (ReferenceForm::Dn, Some(MatchingRule::UniqueMember)) => {
                Bounds::between(shown(), named(), "a name may stand for something else")
            }
            (ReferenceForm::NameAndOptionalUid, Some(MatchingRule::UniqueMember)) => {
                Bounds::between(shown(), present(), "a name may carry an identifier, and is not found without it")
            }
            (ReferenceForm::Key(_), Some(_)) => {
                let keys = found.iter().flat_map(|target| target.attributes.first().into_iter().flatten());
                // What the attribute can't hold names nothing, and asking for it would be Undefined.
                let keys = keys.filter(|key| rules.syntax.is_none_or(|syntax| syntax.admits(key)));
                let upper = if rules.syntax.is_some() { Filter::or(keys.map(|key| equal(key))) } else { present() };
                Bounds::at_most(upper, "a key may name several entries")
            }
            (ReferenceForm::Url, _) => Bounds::at_most(Filter::True, "a search decides"),
            (ReferenceForm::PrimaryGroup(_), Some(_)) => {
                let groups = found.iter().filter_map(|target| {
                    let value = |place: usize| target.attributes.get(place)?.first();
                    primary_group::group(value(1)?, value(0)?)
                });
                Bounds::at_most(Filter::or(groups.map(|sid| equal(&sid))), "the primary group is looked at again")
            }
            _ => {
                Bounds::at_most(present(), format!("the directory can't compare the names in {}", reference.attribute))
            }
        }
    }

    /// Whether an entry of type `target` may be shown as one of another type, because their bases overlap.
    fn is_ambiguous(&self, target: TypeIndex) -> bool {
        let resource = self.view.resource(target);
        self.referred_to().filter(|other| *other != target).any(|other| {
            let other = self.view.resource(other);
            other
                .bases
                .iter()
                .any(|base| resource.bases.iter().any(|own| own.key.is_under(&base.key) || base.key.is_under(&own.key)))
        })
    }

    /// The types that this one's references are resolved as.
    fn referred_to(&self) -> impl Iterator<Item = TypeIndex> {
        self.resource.sources.iter().flat_map(|source| match source {
            Source::References(references) => {
                references.iter().flat_map(|reference| reference.targets.iter().copied()).collect()
            }
            Source::Backreference(back) => vec![back.referrer],
            _ => Vec::new(),
        })
    }

    /// Whether `found` has a name that stands for "nobody".
    fn is_placeholder(&self, found: &Found) -> bool {
        let key = DnKey::of(&found.dn).ok();
        key.is_some_and(|key| {
            self.resource.sources.iter().any(|source| match source {
                Source::References(references) => {
                    references.iter().any(|reference| reference.placeholder.as_ref() == Some(&key))
                }
                _ => false,
            })
        })
    }

    /// Some resource that refers to this one satisfies `filter`.
    pub(super) fn back_reference(&mut self, attr: AttrId, back: &Backreference, filter: &ScimFilter) -> Bounds {
        let present = Bounds::at_most(self.may_be_referred_to(back), "a reference is shown where its target is");
        self.exists(&present, Served::Every, filter, &mut |this, test| this.back_reference_leaf(attr, back, test))
    }

    /// Where the directory keeps all back-references, an entry without any is in none.
    fn may_be_referred_to(&self, back: &Backreference) -> Filter {
        let via = back.via.as_ref().filter(|via| self.view.knows(via));
        let mut others = self.referring(back).iter().filter(|reference| self.view.knows(&reference.attribute));
        match via {
            _ if self.is_named_elsewhere(back) => Filter::True,
            Some(via) if others.all(|reference| reference.back_reference_kept) => Filter::Present(via.clone()),
            None if others.next().is_none() => Filter::False,
            _ => Filter::True,
        }
    }

    /// Whether referrers may stand in another directory, which keeps nothing on the entries of this one.
    fn is_named_elsewhere(&self, back: &Backreference) -> bool {
        let resources = &self.view.mapping.resources;
        let own = resources.iter().position(|resource| resource.name == self.resource.name);
        own.is_none_or(|own| self.view.mapping.is_named_elsewhere(own, back.referrer))
    }

    fn referring(&self, back: &Backreference) -> &[Reference] {
        match self.view.mapping.resources[back.referrer].source(back.attribute) {
            Source::References(references) => references,
            _ => &[],
        }
    }

    fn back_reference_leaf(&mut self, attr: AttrId, back: &Backreference, test: &Test) -> Bounds {
        let open = || Bounds::at_most(Filter::True, "the groups that name an entry are found from the groups");
        match self.target_question(attr, back.referrer, test, Direction::Back { nested: back.nested }) {
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
        let (mut alternatives, mut kept) = (Vec::new(), Vec::new());
        for referrer in found {
            for (place, reference) in self.referring(back).iter().enumerate() {
                let values = referrer.attributes.get(place).map_or(&[][..], Vec::as_slice);
                if reference.class.as_ref().is_some_and(|class| !self.is_a(referrer, class)) {
                    continue;
                }
                let via = back.via.as_ref().filter(|via| reference.back_reference_kept && self.view.knows(via));
                match (via, &reference.form) {
                    (Some(via), _) => {
                        if self.view.rules(via).equality != Some(MatchingRule::DistinguishedName) {
                            return None;
                        }
                        let named = Filter::Equality(via.clone(), referrer.dn.clone().into_bytes());
                        kept.push(named.clone());
                        alternatives.push(named);
                        if self.is_named_elsewhere(back) {
                            if values.len() + alternatives.len() > MOST_ALTERNATIVES {
                                return None;
                            }
                            for value in values {
                                alternatives.push(self.named(reference, value)?);
                            }
                        }
                    }
                    (None, ReferenceForm::Url) => return None,
                    (None, ReferenceForm::PrimaryGroup(key)) => {
                        let keys = values.iter().filter_map(|sid| primary_group::key(sid));
                        alternatives.extend(keys.map(|value| Filter::Equality(key.clone(), value)));
                    }
                    (None, _) if values.len() + alternatives.len() > MOST_ALTERNATIVES => return None,
                    (None, _) => {
                        for value in values {
                            alternatives.push(self.named(reference, value)?);
                        }
                    }
                }
            }
        }
        if alternatives.len() > MOST_ALTERNATIVES {
            return None;
        }
        // What the directory keeps on the entry is shown as it stands; by way of others there are limits.
        let sure = !back.nested && !back.via_nested && !self.is_ambiguous(back.referrer);
        let lower = if sure { Filter::or(kept) } else { Filter::False };
        Some(Bounds::between(lower, Filter::or(alternatives), "the entries that a group names are looked at again"))
    }

    /// The entries that `value` of `reference` may name; `None` where the directory can't be asked for them.
    fn named(&self, reference: &Reference, value: &[u8]) -> Option<Filter> {
        if let ReferenceForm::Key(key) = &reference.form {
            let (own, referring) = (self.view.rules(key), self.view.rules(&reference.attribute));
            if !own.known {
                return Some(Filter::False);
            }
            // Referrers are searched for by their own rule, which must not find more than the key's does.
            let coarse_enough = own.equality.is_some_and(|rule| {
                referring.equality == Some(rule)
                    || (is_text(rule) && rule.ignores_case() && referring.equality.is_some_and(is_text))
            });
            if !coarse_enough || !own.syntax.is_some_and(|syntax| syntax.admits(value)) {
                return None;
            }
            return Some(Filter::Equality(key.clone(), value.to_vec()));
        }
        let dn = std::str::from_utf8(value).ok()?;
        let marked = reference.form == ReferenceForm::NameAndOptionalUid;
        let dn = if marked { without_uid(dn) } else { dn };
        let attribute = search::dn_attribute(self.view).filter(|_| DnKey::of(dn).is_ok())?;
        Some(Filter::Equality(attribute, dn.as_bytes().to_vec()))
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

/// Which way references point.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    /// From the entry to another.
    Held,
    /// From another to the entry, which may be by way of others.
    Back { nested: bool },
}

impl Direction {
    /// What a reference to a resource of the type called `name` may have as its own type.
    fn types(self, name: &str) -> Vec<&str> {
        match self {
            Self::Held => vec![name],
            Self::Back { nested: false } => vec!["direct"],
            Self::Back { nested: true } => vec!["direct", "indirect"],
        }
    }
}

/// The attribute by which resources of type `kind` are called where others refer to them, if they are, and whether a name
/// that is served always is a stored one.
fn display(view: &View, kind: TypeIndex) -> Option<(AttrId, bool)> {
    let resource = view.resource(kind);
    let display = resource.display?;
    match resource.source(display) {
        Source::Scalar(Scalar::Ldap(source)) if view.knows(&source.attribute) => {
            Some((display, source.default.is_none() && source.codec.absent().is_none()))
        }
        _ => None,
    }
}

fn object_class(class: &str) -> Filter {
    let attribute = "objectClass".parse::<AttributeDescription>();
    attribute.map_or(Filter::True, |attribute| Filter::Equality(attribute, class.as_bytes().to_vec()))
}

/// Whether a rule compares text as text.
fn is_text(rule: MatchingRule) -> bool {
    use MatchingRule as R;
    matches!(rule, R::CaseIgnore | R::CaseExact | R::CaseIgnoreIa5 | R::CaseExactIa5)
}
