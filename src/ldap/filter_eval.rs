//! Evaluates a filter on values at hand, as a server would (RFC 4511 section 4.5.1.7): true, false or neither.
//!
//! Serves to confine entries that no search of ours found, such as those that the dereference control brings. What
//! can't be decided is never taken for true or false: an attribute that isn't at hand, a rule that isn't known, an assertion
//! value that isn't valid.

use std::cmp::Ordering;

use super::matching::{MatchingRule, PreparedSubstrings, RuleKind, SubstringAssertion, Syntax, normalise, order};
use super::subschema::ResolvedAttribute;
use super::{AttributeDescription, DnKey, Filter, Subschema};

/// A way to values; none when the attribute isn't at hand, an empty slice when the entry is known to have none.
type Lookup<'l, 'v> = &'l dyn Fn(&AttributeDescription) -> Option<&'v [Vec<u8>]>;

impl Filter {
    /// Whether an entry with the values that `lookup` gives matches, or none if that can't be decided.
    ///
    /// `lookup` answers none for what isn't at hand and an empty slice for what the entry doesn't have. Values of
    /// subtypes (`cn` for `name`) are not looked for: such a filter is true or undecided, never false.
    pub fn evaluate<'v>(
        &self,
        lookup: impl Fn(&AttributeDescription) -> Option<&'v [Vec<u8>]>,
        schema: &Subschema,
    ) -> Option<bool> {
        evaluate(self, &lookup, schema)
    }
}

fn evaluate(filter: &Filter, lookup: Lookup<'_, '_>, schema: &Subschema) -> Option<bool> {
    let evaluated = |part: &Filter| evaluate(part, lookup, schema);
    match filter {
        Filter::True => Some(true),
        Filter::False => Some(false),
        Filter::And(parts) => unless(false, parts.iter().map(evaluated)),
        Filter::Or(parts) => unless(true, parts.iter().map(evaluated)),
        Filter::Not(part) => evaluated(part).map(|matches| !matches),
        Filter::Present(attribute) => {
            let known = schema.attribute(attribute.as_str())?;
            some_value(known, lookup(attribute)?, |_| Some(true))
        }
        Filter::Equality(attribute, value) => {
            let known = schema.attribute(attribute.as_str())?;
            let test = Equality::new(known, value, schema)?;
            some_value(known, lookup(attribute)?, |stored| test.matches(stored))
        }
        Filter::GreaterOrEqual(attribute, value) => ordering(attribute, value, lookup, schema, Ordering::is_ge),
        Filter::LessOrEqual(attribute, value) => ordering(attribute, value, lookup, schema, Ordering::is_le),
        Filter::Substring { attribute, initial, any, last } => {
            let known = schema.attribute(attribute.as_str())?;
            let assertion = SubstringAssertion { initial: initial.as_deref(), any, last: last.as_deref() };
            let test = PreparedSubstrings::new(known.substring?, assertion)?;
            some_value(known, lookup(attribute)?, |stored| test.matches(stored))
        }
        Filter::Extensible { attribute, rule, value } => {
            let known = schema.attribute(attribute.as_str())?;
            let test = extensible(MatchingRule::find(rule)?, known, value, schema)?;
            some_value(known, lookup(attribute)?, test)
        }
    }
}

/// `decisive` as soon as one part is that; its opposite when all are; none otherwise.
fn unless(decisive: bool, parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(!decisive);
    for part in parts {
        match part {
            Some(matches) if matches == decisive => return Some(decisive),
            Some(_) => {}
            None => result = None,
        }
    }
    result
}

/// Whether any value passes `test`. One that can't be tested leaves the matter open unless another passes, and so do the
/// values of subtypes, which aren't looked for.
fn some_value(known: &ResolvedAttribute, values: &[Vec<u8>], test: impl Fn(&[u8]) -> Option<bool>) -> Option<bool> {
    let found = unless(true, values.iter().map(|stored| test(stored)));
    if known.has_subtypes { found.filter(|&matches| matches) } else { found }
}

fn ordering(
    attribute: &AttributeDescription,
    value: &[u8],
    lookup: Lookup<'_, '_>,
    schema: &Subschema,
    test: impl Fn(Ordering) -> bool,
) -> Option<bool> {
    let known = schema.attribute(attribute.as_str())?;
    let rule = known.ordering?;
    normalise(rule, value)?;
    some_value(known, lookup(attribute)?, |stored| order(rule, stored, value).map(&test))
}

/// The attribute types whose values stand for their superclasses too: `objectClass` and `structuralObjectClass`.
const OF_CLASSES: [&str; 2] = ["2.5.4.0", "2.5.21.9"];

/// An equality assertion that is known to be valid.
enum Equality<'a> {
    Class(&'a str, &'a Subschema),
    Identifier(&'a str, &'a Subschema),
    Normal(MatchingRule, Vec<u8>),
}

impl<'a> Equality<'a> {
    fn new(known: &ResolvedAttribute, asserted: &'a [u8], schema: &'a Subschema) -> Option<Self> {
        if !OF_CLASSES.contains(&known.definition.oid.as_str()) {
            return Self::by_rule(known.equality?, asserted, schema);
        }
        let class = std::str::from_utf8(asserted).ok()?;
        // The server may know a class that the schema doesn't; or not know it, and find the filter Undefined.
        schema.class(class)?;
        Some(Self::Class(class, schema))
    }

    fn by_rule(rule: MatchingRule, asserted: &'a [u8], schema: &'a Subschema) -> Option<Self> {
        if rule != MatchingRule::ObjectIdentifier {
            return normalise(rule, asserted).map(|normal| Self::Normal(rule, normal));
        }
        let identifier = std::str::from_utf8(asserted).ok()?;
        let known = schema.attribute(identifier).is_some() || schema.class(identifier).is_some();
        (known || is_numeric(identifier)).then_some(Self::Identifier(identifier, schema))
    }

    fn matches(&self, stored: &[u8]) -> Option<bool> {
        match self {
            Self::Class(asserted, _) | Self::Identifier(asserted, _)
                if stored.eq_ignore_ascii_case(asserted.as_bytes()) =>
            {
                Some(true)
            }
            Self::Class(asserted, schema) => {
                let stored = std::str::from_utf8(stored).ok()?;
                schema.class(stored)?;
                Some(schema.is_subclass(stored, asserted))
            }
            Self::Identifier(asserted, schema) => same_identifier(std::str::from_utf8(stored).ok()?, asserted, schema),
            Self::Normal(rule, asserted) => normalise(*rule, stored).map(|stored| stored == *asserted),
        }
    }
}

fn is_numeric(identifier: &str) -> bool {
    identifier.starts_with(|c: char| c.is_ascii_digit()) && Syntax::Oid.admits(identifier.as_bytes())
}

/// Names and OIDs of attribute types and classes are the same when they mean the same.
fn same_identifier(stored: &str, asserted: &str, schema: &Subschema) -> Option<bool> {
    if is_numeric(stored) && is_numeric(asserted) {
        return Some(stored == asserted);
    }
    let attributes = schema.attribute(stored).zip(schema.attribute(asserted));
    let classes = schema.class(stored).zip(schema.class(asserted));
    match (attributes, classes) {
        (None, None) => None,
        (Some((left, right)), _) if std::ptr::eq(left, right) => Some(true),
        (_, Some((left, right))) => Some(std::ptr::eq(left, right)),
        _ => Some(false),
    }
}

/// The test of an extensible match; none when the rule may not be used on the attribute or the assertion isn't valid.
fn extensible<'a>(
    rule: MatchingRule,
    known: &ResolvedAttribute,
    asserted: &'a [u8],
    schema: &'a Subschema,
) -> Option<ValueTest<'a>> {
    let published = schema.rule_applies(rule.oid(), known.name());
    if !published.unwrap_or_else(|| known.syntax.is_some_and(|syntax| syntax == rule.assertion_syntax())) {
        return None;
    }
    Some(match (rule, rule.kind()) {
        (MatchingRule::BitAnd, _) => bits(asserted, |stored, mask| stored & mask == mask)?,
        (MatchingRule::BitOr, _) => bits(asserted, |stored, mask| stored & mask != 0)?,
        (MatchingRule::DnSubtree, _) => names(asserted, |name, base| name.is_under(base))?,
        (MatchingRule::DnOneLevel, _) => names(asserted, |name, base| name.is_child_of(base))?,
        (MatchingRule::DnSubordinate, _) => names(asserted, |name, base| name != base && name.is_under(base))?,
        (MatchingRule::DnSuperior, _) => names(asserted, |name, base| name != base && base.is_under(name))?,
        (_, RuleKind::Equality) => {
            let test = Equality::by_rule(rule, asserted, schema)?;
            Box::new(move |stored| test.matches(stored))
        }
        (_, RuleKind::Ordering) => {
            // As an extensible match an ordering rule means strictly less: measured on slapd, and RFC 4517 section 4.2.5.
            normalise(rule, asserted)?;
            Box::new(move |stored| order(rule, stored, asserted).map(Ordering::is_lt))
        }
        (_, RuleKind::Substrings | RuleKind::Extensible) => return None,
    })
}

/// Whether a stored value passes.
type ValueTest<'a> = Box<dyn Fn(&[u8]) -> Option<bool> + 'a>;

fn bits(mask: &[u8], test: impl Fn(i64, i64) -> bool + 'static) -> Option<ValueTest<'static>> {
    let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<i64>().ok();
    let mask = number(mask).filter(|_| Syntax::Integer.admits(mask))?;
    Some(Box::new(move |stored| Some(test(number(stored)?, mask))))
}

fn names(asserted: &[u8], test: impl Fn(&DnKey, &DnKey) -> bool + 'static) -> Option<ValueTest<'static>> {
    let asserted = DnKey::of_bytes(asserted).ok().filter(|_| Syntax::DistinguishedName.admits(asserted))?;
    Some(Box::new(move |stored| Some(test(&DnKey::of_bytes(stored).ok()?, &asserted))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// An entry; attributes that aren't listed are not at hand, those without values are known to be absent.
    const ENTRY: &[(&str, &[&str])] = &[
        ("objectClass", &["inetOrgPerson", "posixAccount"]),
        ("cn", &["User  One"]),
        ("name", &["User  One"]),
        ("mail", &["u1@example.com", "one@example.com"]),
        ("uidNumber", &["10"]),
        ("manager", &["uid=boss,ou=people,dc=example,dc=com"]),
        ("telephoneNumber", &["+1 555-0001"]),
        ("createTimestamp", &["20261121192430Z"]),
        ("supportedFeatures", &["1.3.6.1.4.1.4203.1.5.3"]),
        ("structuralObjectClass", &["inetOrgPerson"]),
        ("jpegPhoto", &["x"]),
        ("title", &[]),
        ("unknownToTheSchema", &["x"]),
        ("employeeNumber", &[""]),
    ];

    fn evaluated(text: &str) -> Option<bool> {
        let filter: Filter = text.parse().unwrap();
        let entry: Vec<(&str, Vec<Vec<u8>>)> = ENTRY
            .iter()
            .map(|(name, values)| (*name, values.iter().map(|v| v.as_bytes().to_vec()).collect()))
            .collect();
        let lookup = |attribute: &AttributeDescription| {
            entry.iter().find(|(name, _)| attribute.matches(name)).map(|(_, values)| values.as_slice())
        };
        filter.evaluate(lookup, &Subschema::standard())
    }

    #[rstest]
    #[case("(objectClass=person)")]
    #[case("(objectClass=2.5.6.6)")]
    #[case("(objectClass=TOP)")]
    #[case("(cn=user one)")]
    #[case("(cn=*)")]
    #[case("(cn=us*r o*e)")]
    #[case("(!(cn=user two))")]
    #[case("(mail=ONE@example.com)")]
    #[case("(name=user one)")]
    #[case("(uidNumber>=9)")]
    #[case("(uidNumber<=10)")]
    #[case("(uidNumber:integerBitAndMatch:=2)")]
    #[case("(uidNumber:1.2.840.113556.1.4.804:=3)")]
    #[case("(uidNumber:integerOrderingMatch:=11)")]
    #[case("(manager=UID=Boss, ou=People,dc=example,dc=com)")]
    #[case("(manager:dnSubtreeMatch:=dc=example,dc=com)")]
    #[case("(telephoneNumber=+15550001)")]
    #[case("(createTimestamp>=2026112119Z)")]
    #[case("(structuralObjectClass=2.16.840.1.113730.3.2.2)")]
    #[case("(structuralObjectClass=person)")]
    #[case("(!(title=*))")]
    #[case("(|(nowhere=1)(cn=user one))")]
    #[case("(!(&(nowhere=1)(cn=user two)))")]
    #[case("(cn:caseExactMatch:=User One)")]
    #[case("(&)")]
    fn true_it_is(#[case] text: &str) {
        assert_eq!(evaluated(text), Some(true));
    }

    #[rstest]
    #[case("(objectClass=groupOfNames)")]
    #[case("(cn=user two)")]
    #[case("(cn=user*two)")]
    #[case("(title=x)")]
    #[case("(title=*)")]
    #[case("(uidNumber>=11)")]
    #[case("(uidNumber:integerOrderingMatch:=10)")]
    #[case("(uidNumber:integerBitAndMatch:=3)")]
    #[case("(manager:dnOneLevelMatch:=dc=example,dc=com)")]
    #[case("(cn:caseExactMatch:=user one)")]
    #[case("(supportedFeatures=1.2.3)")]
    #[case("(&(nowhere=1)(cn=user two))")]
    #[case("(|)")]
    fn false_it_is(#[case] text: &str) {
        assert_eq!(evaluated(text), Some(false));
    }

    /// Where slapd finds a filter Undefined, or the values aren't at hand.
    #[rstest]
    #[case("(objectClass=nosuchclass)")]
    #[case("(sn=x)")]
    #[case("(nowhere=*)")]
    #[case("(unknownToTheSchema=x)")]
    #[case("(cn>=a)")]
    #[case("(mail=é)")]
    #[case("(uidNumber=010)")]
    #[case("(uidNumber=1*)")]
    #[case("(jpegPhoto=x)")]
    #[case("(cn=)")]
    #[case("(cn:nosuchrule:=x)")]
    #[case("(cn:integerMatch:=1)")]
    #[case("(manager:1.2.840.113556.1.4.1941:=dc=example)")]
    #[case("(name=other)")]
    #[case("(employeeNumber=1)")]
    #[case("(title>=a)")]
    #[case("(title=\\ff)")]
    #[case("(title=\\ff*)")]
    #[case("(title:integerMatch:=1)")]
    #[case("(manager= )")]
    #[case("(&(nowhere=1)(cn=user one))")]
    #[case("(|(nowhere=1)(cn=user two))")]
    #[case("(createTimestamp=20200101)")]
    fn neither_it_is(#[case] text: &str) {
        assert_eq!(evaluated(text), None);
        assert_eq!(evaluated(&format!("(!{text})")), None);
    }

    proptest! {
        #[test]
        fn a_complement_is_the_opposite(
            text in "\\((cn|mail|uidNumber|title|sn)(=|>=|<=)[a-z0-9]{0,3}\\)",
            other in "\\((cn|mail|title)=[a-u]{0,2}\\*\\)",
        ) {
            let both = format!("(&{text}{other})");
            let either = format!("(|(!{text})(!{other}))");
            prop_assert_eq!(evaluated(&both).map(|matches| !matches), evaluated(&either));
        }
    }
}
