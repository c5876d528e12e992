//! Comparing values: which comes first, and which holds the parts of a substrings assertion.

use std::cmp::Ordering;

use super::normalise::{normalise, normalise_part};
use super::rule::{MatchingRule, RuleKind};
use crate::ldap::prepare::Part;
use crate::ldap::time;

/// The parts of a substrings assertion: `initial*any*last`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SubstringAssertion<'a> {
    /// What a value starts with.
    pub initial: Option<&'a [u8]>,
    /// What follows in this order, without overlap.
    pub any: &'a [Vec<u8>],
    /// What a value ends with.
    pub last: Option<&'a [u8]>,
}

/// How `left` and `right` stand to each other under an ordering rule; none when one isn't valid or the rule orders nothing.
pub fn order(rule: MatchingRule, left: &[u8], right: &[u8]) -> Option<Ordering> {
    if rule.kind() != RuleKind::Ordering {
        return None;
    }
    let (normal_left, normal_right) = (normalise(rule, left)?, normalise(rule, right)?);
    match rule {
        MatchingRule::IntegerOrdering => Some(order_integers(left, right)),
        MatchingRule::GeneralizedTimeOrdering => Some(time::parse(left)?.cmp(&time::parse(right)?)),
        _ => Some(normal_left.cmp(&normal_right)),
    }
}

/// A substrings assertion with its parts prepared, to be held against many values.
#[derive(Clone, Debug)]
pub struct PreparedSubstrings {
    rule: MatchingRule,
    initial: Vec<u8>,
    any: Vec<Vec<u8>>,
    last: Vec<u8>,
}

impl PreparedSubstrings {
    /// Prepares the parts; none when one isn't valid or the rule is no substrings rule.
    pub fn new(rule: MatchingRule, assertion: SubstringAssertion<'_>) -> Option<Self> {
        if rule.kind() != RuleKind::Substrings {
            return None;
        }
        let end =
            |value: Option<&[u8]>, part| value.map_or(Some(Vec::new()), |value| normalise_part(rule, value, part));
        let any: Option<_> = assertion.any.iter().map(|value| normalise_part(rule, value, Part::Any)).collect();
        Some(Self {
            rule,
            initial: end(assertion.initial, Part::Initial)?,
            any: any?,
            last: end(assertion.last, Part::Final)?,
        })
    }

    /// Whether `value` holds the parts; none when it isn't valid.
    pub fn matches(&self, value: &[u8]) -> Option<bool> {
        Some(holds(&normalise(self.rule, value)?, &self.initial, &self.any, &self.last))
    }
}

/// Whether `value` holds the parts, under a substrings rule; none when a part or the value isn't valid or the rule is none.
pub fn matches_substrings(rule: MatchingRule, value: &[u8], assertion: SubstringAssertion<'_>) -> Option<bool> {
    PreparedSubstrings::new(rule, assertion)?.matches(value)
}

fn holds(value: &[u8], initial: &[u8], any: &[Vec<u8>], last: &[u8]) -> bool {
    let Some(mut rest) = value.strip_prefix(initial).and_then(|rest| rest.strip_suffix(last)) else {
        return false;
    };
    for part in any {
        let Some(at) = find(rest, part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

fn find(value: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return Some(0);
    }
    value.windows(part.len()).position(|window| window == part)
}

/// Compares integers of any length by sign, length and digits: valid ones have no leading zeros.
fn order_integers(left: &[u8], right: &[u8]) -> Ordering {
    let magnitude = |digits: &[u8], others: &[u8]| digits.len().cmp(&others.len()).then_with(|| digits.cmp(others));
    match (left.strip_prefix(b"-"), right.strip_prefix(b"-")) {
        (None, None) => magnitude(left, right),
        (Some(left), Some(right)) => magnitude(right, left),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(MatchingRule::IntegerOrdering, "9", "10", Ordering::Less)]
    #[case(MatchingRule::IntegerOrdering, "-10", "-9", Ordering::Less)]
    #[case(MatchingRule::IntegerOrdering, "-1", "0", Ordering::Less)]
    #[case(MatchingRule::GeneralizedTimeOrdering, "2026112119Z", "20261121190000.5Z", Ordering::Less)]
    #[case(MatchingRule::GeneralizedTimeOrdering, "20261121190000.5Z", "20261121190000Z", Ordering::Greater)]
    #[case(MatchingRule::CaseIgnoreOrdering, "apple", "Banana", Ordering::Less)]
    #[case(MatchingRule::CaseExactOrdering, "apple", "Banana", Ordering::Greater)]
    fn puts_values_in_order(
        #[case] rule: MatchingRule,
        #[case] left: &str,
        #[case] right: &str,
        #[case] expected: Ordering,
    ) {
        assert_eq!(order(rule, left.as_bytes(), right.as_bytes()), Some(expected));
    }

    #[test]
    fn orders_nothing_without_an_ordering_rule() {
        assert_eq!(order(MatchingRule::Integer, b"1", b"2"), None);
        assert_eq!(order(MatchingRule::IntegerOrdering, b"1", b"x"), None);
    }

    /// The cases are what slapd 2.5 answered for an entry whose cn is `User  One`.
    #[rstest]
    #[case(Some("user"), &[], Some("one"), true)]
    #[case(Some("user "), &[], None, true)]
    #[case(Some("user "), &[], Some(" one"), false)]
    #[case(Some("user"), &[], Some("  one"), true)]
    #[case(Some(" "), &[], None, false)]
    #[case(None, &[], Some(" "), true)]
    #[case(None, &["r o"], None, true)]
    #[case(None, &["r  o"], None, true)]
    #[case(None, &["er"], Some("one"), true)]
    #[case(None, &["one", "user"], None, false)]
    #[case(Some("user o"), &[], Some("one"), false)]
    fn finds_parts_as_slapd_does(
        #[case] initial: Option<&str>,
        #[case] any: &[&str],
        #[case] last: Option<&str>,
        #[case] expected: bool,
    ) {
        let any: Vec<Vec<u8>> = any.iter().map(|part| part.as_bytes().to_vec()).collect();
        let assertion =
            SubstringAssertion { initial: initial.map(str::as_bytes), any: &any, last: last.map(str::as_bytes) };
        assert_eq!(matches_substrings(MatchingRule::CaseIgnoreSubstrings, b"User  One", assertion), Some(expected));
    }

    /// For entries whose mail is ` a  b@c.d ` and whose telephoneNumber is `+1 abc`.
    #[rstest]
    #[case(MatchingRule::CaseIgnoreIa5Substrings, " a  b@c.d ", "a ", true)]
    #[case(MatchingRule::CaseIgnoreIa5Substrings, " a  b@c.d ", "A B@ ", true)]
    #[case(MatchingRule::CaseIgnoreIa5Substrings, " a  b@c.d ", " ", true)]
    #[case(MatchingRule::CaseExactIa5Substrings, " a  b@c.d ", "A", false)]
    #[case(MatchingRule::TelephoneNumberSubstrings, "+1 abc", "+1-a", true)]
    #[case(MatchingRule::TelephoneNumberSubstrings, "+1 abc", "+1A", false)]
    #[case(MatchingRule::TelephoneNumberSubstrings, "+1 abc", "-", false)]
    #[case(MatchingRule::NumericStringSubstrings, "12 34", "1 23", true)]
    fn each_kind_of_text_has_its_spaces(
        #[case] rule: MatchingRule,
        #[case] value: &str,
        #[case] initial: &str,
        #[case] expected: bool,
    ) {
        let assertion = SubstringAssertion { initial: Some(initial.as_bytes()), ..Default::default() };
        assert_eq!(matches_substrings(rule, value.as_bytes(), assertion), Some(expected));
    }

    #[test]
    fn an_invalid_part_decides_nothing() {
        let assertion = |part| SubstringAssertion { initial: Some(part), ..Default::default() };
        assert_eq!(matches_substrings(MatchingRule::CaseIgnoreIa5Substrings, b"a", assertion("é".as_bytes())), None);
        assert_eq!(matches_substrings(MatchingRule::CaseIgnoreSubstrings, b"a", assertion(b"\xff")), None);
        assert_eq!(matches_substrings(MatchingRule::NumericStringSubstrings, b"1", assertion(b"x")), None);
        assert_eq!(matches_substrings(MatchingRule::CaseIgnore, b"a", assertion(b"a")), None);
    }

    proptest! {
        #[test]
        fn integers_are_ordered_as_numbers_are(left in -1000i64..1000, right in -1000i64..1000) {
            let ordered = order(MatchingRule::IntegerOrdering, left.to_string().as_bytes(), right.to_string().as_bytes());
            prop_assert_eq!(ordered, Some(left.cmp(&right)));
        }

        #[test]
        fn a_value_holds_its_own_parts(start in "[a-c]{0,4}", middle in "[a-c]{1,4}", end in "[a-c]{1,4}") {
            let value = format!("{start}{middle}{end}");
            let any = [middle.into_bytes()];
            let assertion = SubstringAssertion { initial: None, any: &any, last: Some(end.as_bytes()) };
            prop_assert_eq!(matches_substrings(MatchingRule::CaseExactSubstrings, value.as_bytes(), assertion), Some(true));
        }
    }
}
