//! The laws that every codec keeps, for their property tests: what is encoded comes back, and bounds enclose.

use proptest::prelude::*;

use super::{Codec, Law, Leaf};
use crate::ldap::matching::{MatchingRule, SubstringAssertion, Syntax, matches_substrings, normalise, order};
use crate::ldap::{AttributeDescription, Filter, Subschema};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::mapping::rules::Rules;
use crate::scim::filter::eval;
use crate::scim::filter::typed::{Op, Operand};
use crate::scim::schema::{self, AttributeKind};

/// An LDAP attribute to hold values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Attribute {
    description: AttributeDescription,
    rules: Rules,
    case_exact: bool,
}

impl Attribute {
    /// One of the standard schema, or of those below.
    pub(super) fn named(name: &str) -> Self {
        let description: AttributeDescription = name.parse().unwrap();
        let rules = match name {
            "scimActive" => rules(Syntax::Boolean, Some(MatchingRule::Boolean), None, true),
            "scimCounts" => {
                rules(Syntax::Integer, Some(MatchingRule::Integer), Some(MatchingRule::IntegerOrdering), false)
            }
            "scimOctets" => rules(Syntax::OctetString, Some(MatchingRule::OctetString), None, false),
            _ => Rules::of(&description, &Subschema::standard()),
        };
        assert!(rules.known, "{name} is not in the standard schema");
        Self { description, rules, case_exact: false }
    }

    /// One that holds octets and compares them.
    pub(super) fn octets() -> Self {
        Self::named("scimOctets")
    }

    pub(super) fn case_exact(self, case_exact: bool) -> Self {
        Self { case_exact, ..self }
    }

    pub(super) fn bitwise(mut self, bitwise: bool) -> Self {
        self.rules.bitwise = bitwise;
        self
    }

    pub(super) fn bounds(&self, codec: &dyn Codec, op: &Op) -> Bounds {
        let leaf =
            Leaf { attribute: &self.description, rules: &self.rules, case_exact: self.case_exact, law: Law::Scim };
        codec.bounds(op, &leaf)
    }

    /// Whether the directory would store `value`.
    fn stores(&self, value: &[u8]) -> bool {
        match self.rules.syntax {
            Some(Syntax::Jpeg) => !value.is_empty(),
            Some(syntax) => syntax.admits(value),
            None => true,
        }
    }
}

fn rules(syntax: Syntax, equality: Option<MatchingRule>, ordering: Option<MatchingRule>, single_value: bool) -> Rules {
    Rules {
        known: true,
        equality,
        ordering,
        substring: None,
        syntax: Some(syntax),
        single_value,
        bitwise: false,
        composes: true,
        literal: false,
    }
}

/// Bounds enclose: what the lower one matches satisfies `op`, and the upper one matches all that does. No leaf is Undefined.
pub(super) fn bounds_enclose<V: AsRef<[u8]>>(codec: &dyn Codec, op: &Op, attribute: &Attribute, values: &[V]) {
    let bounds = attribute.bounds(codec, op);
    let mut stored: Vec<&[u8]> = values.iter().map(AsRef::as_ref).filter(|value| attribute.stores(value)).collect();
    if attribute.rules.single_value {
        stored.truncate(1);
    }
    for stored in [stored.as_slice(), &[]] {
        let truth = stored.iter().filter_map(|value| codec.decode(value)).any(|atom| satisfies(op, &atom, attribute));
        let context = || format!("{op:?} on {attribute:?} with {stored:?}: {bounds:?}");
        let lower =
            holds(&bounds.lower, stored, &attribute.rules).unwrap_or_else(|| panic!("undefined: {}", context()));
        let upper =
            holds(&bounds.upper, stored, &attribute.rules).unwrap_or_else(|| panic!("undefined: {}", context()));
        assert!(!lower || truth, "lower bound too wide: {}", context());
        assert!(!truth || upper, "upper bound too narrow: {}", context());
    }
}

/// What is encoded decodes to itself.
pub(super) fn comes_back(codec: &dyn Codec, atom: &Atom<'_>) {
    let stored = codec.encode(atom).unwrap();
    assert_eq!(codec.decode(&stored).as_ref(), Some(atom), "{stored:?}");
}

fn satisfies(op: &Op, atom: &Atom<'_>, attribute: &Attribute) -> bool {
    let kind = match (op, atom) {
        (Op::Eq(Operand::Binary(_)), _) => AttributeKind::Binary,
        (_, Atom::Text(_)) => AttributeKind::String,
        (_, Atom::Bool(_)) => AttributeKind::Boolean,
        (_, Atom::Integer(_)) => AttributeKind::Integer,
        (_, Atom::Decimal(_)) => AttributeKind::Decimal,
        (_, Atom::Time(_)) => AttributeKind::DateTime,
    };
    let mut definition = schema::Attribute::new("x", kind);
    definition.case_exact = attribute.case_exact;
    eval::satisfies(op, &definition, &serde_json::to_value(atom).unwrap())
}

/// Whether a filter on the one attribute matches an entry with these values; `None` is Undefined.
fn holds(filter: &Filter, values: &[&[u8]], rules: &Rules) -> Option<bool> {
    match filter {
        Filter::True => Some(true),
        Filter::False => Some(false),
        Filter::And(parts) => {
            parts.iter().map(|part| holds(part, values, rules)).try_fold(true, |all, part| part.map(|part| all && part))
        }
        Filter::Or(parts) => parts
            .iter()
            .map(|part| holds(part, values, rules))
            .try_fold(false, |any, part| part.map(|part| any || part)),
        Filter::Not(part) => holds(part, values, rules).map(|part| !part),
        Filter::Present(_) => Some(!values.is_empty()),
        Filter::Equality(_, asserted) => {
            let rule = rules.equality?;
            let asserted = normalise(rule, asserted)?;
            Some(values.iter().any(|value| normalise(rule, value).as_ref() == Some(&asserted)))
        }
        Filter::GreaterOrEqual(_, asserted) => ordered(values, asserted, rules, std::cmp::Ordering::is_ge),
        Filter::LessOrEqual(_, asserted) => ordered(values, asserted, rules, std::cmp::Ordering::is_le),
        Filter::Substring { initial, any, last, .. } => {
            let rule = rules.substring?;
            let assertion = SubstringAssertion { initial: initial.as_deref(), any, last: last.as_deref() };
            let found: Option<Vec<bool>> =
                values.iter().map(|value| matches_substrings(rule, value, assertion)).collect();
            Some(found?.into_iter().any(|found| found))
        }
        Filter::Extensible { rule, value, .. } => {
            assert!(rules.bitwise && rule == MatchingRule::BitAnd.oid());
            let number = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<i64>().ok();
            let mask = number(value)?;
            Some(values.iter().filter_map(|value| number(value)).any(|number| number & mask == mask))
        }
    }
}

fn ordered(values: &[&[u8]], asserted: &[u8], rules: &Rules, fits: fn(std::cmp::Ordering) -> bool) -> Option<bool> {
    let rule = rules.ordering?;
    normalise(rule, asserted)?;
    Some(values.iter().filter_map(|value| order(rule, value, asserted)).any(fits))
}

/// Every operator on one operand of a type that has an order and no parts.
pub(super) fn number_op(operand: impl Strategy<Value = Operand> + 'static) -> impl Strategy<Value = Op> {
    (0usize..6, operand).prop_map(|(place, operand)| match place {
        0 => Op::Present,
        1 => Op::Eq(operand),
        2 => Op::Gt(operand),
        3 => Op::Ge(operand),
        4 => Op::Lt(operand),
        _ => Op::Le(operand),
    })
}

/// Every operator on a text.
pub(super) fn every_text_op(text: &str) -> Vec<Op> {
    let operand = || Operand::Text(text.to_owned());
    vec![
        Op::Present,
        Op::Eq(operand()),
        Op::Co(text.to_owned()),
        Op::Sw(text.to_owned()),
        Op::Ew(text.to_owned()),
        Op::Gt(operand()),
        Op::Ge(operand()),
        Op::Lt(operand()),
        Op::Le(operand()),
    ]
}

/// An operator on a text.
pub(super) fn text_op(text: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = Op> {
    (0usize..9, text).prop_map(|(place, text)| every_text_op(&text).swap_remove(place))
}

/// Texts in which SCIM and directories may differ: blanks, case, marks, compatibility forms, signs that filters escape.
pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[abAB *()\\\\-]{1,5}",
        2 => "[aAéÉe\u{301}ßẞ\u{130}ıſKkσΣςﬁ\u{a0} ]{1,5}",
        1 => "\\PC{1,4}",
    ]
}
