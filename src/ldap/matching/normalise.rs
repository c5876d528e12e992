//! The normal form of a value under a matching rule: two values are the same when their normal forms are.

use super::rule::MatchingRule;
use super::syntax::{Syntax, split_uid};
use crate::ldap::dn::DnKey;
use crate::ldap::prepare::{Case, Part, prepare};
use crate::ldap::time;

/// The form in which `rule` compares `value`; none when the rule's syntax doesn't admit the value (the comparison is
/// Undefined then) or the rule compares otherwise than by a normal form (bit masks, chains, first components).
///
/// Ordering and substrings rules take the normal form of the equality rule beside them. As on slapd, letters in telephone
/// numbers keep their case, which RFC 4517 section 4.2.29 would ignore.
pub fn normalise(rule: MatchingRule, value: &[u8]) -> Option<Vec<u8>> {
    let equality = rule.as_equality();
    if !equality.assertion_syntax().admits(value) {
        return None;
    }
    match equality {
        MatchingRule::CaseIgnore => prepared(value, Case::Ignore),
        MatchingRule::CaseExact => prepared(value, Case::Exact),
        MatchingRule::CaseIgnoreIa5 => prepared_ia5(value, Case::Ignore),
        MatchingRule::CaseExactIa5 => prepared_ia5(value, Case::Exact),
        MatchingRule::CaseIgnoreList => list(value),
        MatchingRule::NumericString => Some(without(value, b" ")),
        MatchingRule::TelephoneNumber => Some(without(value, b" -")),
        MatchingRule::DistinguishedName => dn(value),
        MatchingRule::UniqueMember => name_and_uid(value),
        MatchingRule::Uuid => uuid(value),
        MatchingRule::GeneralizedTime => time::parse(value).map(|moment| time::format(moment).into_bytes()),
        MatchingRule::ObjectIdentifier => Some(value.to_ascii_lowercase()),
        MatchingRule::Integer | MatchingRule::Boolean | MatchingRule::OctetString => Some(value.to_vec()),
        MatchingRule::BitString => Some(bit_string(value)),
        MatchingRule::Csn => Some(value.to_ascii_lowercase()),
        _ => None,
    }
}

/// The prepared form of one part of a substrings assertion; none when the part isn't valid. As on slapd, a part of an IA5
/// string loses its outer spaces like a whole value.
pub(super) fn normalise_part(rule: MatchingRule, value: &[u8], part: Part) -> Option<Vec<u8>> {
    use MatchingRule as R;
    let (case, part) = match rule {
        R::CaseIgnoreSubstrings | R::CaseIgnoreListSubstrings => (Case::Ignore, part),
        R::CaseExactSubstrings => (Case::Exact, part),
        R::CaseIgnoreIa5Substrings
        | R::CaseExactIa5Substrings
        | R::NumericStringSubstrings
        | R::TelephoneNumberSubstrings => return normalise(rule, value),
        R::OctetStringSubstrings => return Some(value.to_vec()),
        _ => return None,
    };
    part_of_text(value, case, part)
}

fn part_of_text(value: &[u8], case: Case, part: Part) -> Option<Vec<u8>> {
    if !Syntax::DirectoryString.admits(value) {
        return None;
    }
    Some(prepare(std::str::from_utf8(value).ok()?, case, part).into_owned().into_bytes())
}

fn prepared(value: &[u8], case: Case) -> Option<Vec<u8>> {
    if value.is_empty() {
        return Some(Vec::new());
    }
    Some(prepare(std::str::from_utf8(value).ok()?, case, Part::Whole).into_owned().into_bytes())
}

/// An IA5 string of spaces alone is an empty one, unlike a directory string.
fn prepared_ia5(value: &[u8], case: Case) -> Option<Vec<u8>> {
    prepared(value, case).map(|text| if text == b" " { Vec::new() } else { text })
}

fn without(value: &[u8], dropped: &[u8]) -> Vec<u8> {
    let kept: Vec<u8> = value.iter().copied().filter(|byte| !dropped.contains(byte)).collect();
    // A value of nothing but what is skipped still is a value.
    if kept.is_empty() { b" ".to_vec() } else { kept }
}

fn list(value: &[u8]) -> Option<Vec<u8>> {
    let lines: Option<Vec<_>> = value.split(|&byte| byte == b'$').map(|line| prepared(line, Case::Ignore)).collect();
    Some(lines?.join(&b'$'))
}

fn dn(value: &[u8]) -> Option<Vec<u8>> {
    DnKey::of_bytes(value).ok().map(|key| key.as_bytes().to_vec())
}

/// The DN's key and, behind a separator that no key ends with, the bit string.
fn name_and_uid(value: &[u8]) -> Option<Vec<u8>> {
    let (name, uid) = split_uid(value);
    let mut normal = dn(name)?;
    if let Some(uid) = uid {
        normal.push(b'#');
        normal.extend(bit_string(uid));
    }
    Some(normal)
}

/// Trailing zero bits mean nothing (RFC 4517 section 4.2.1).
fn bit_string(value: &[u8]) -> Vec<u8> {
    let bits = value.strip_suffix(b"'B").unwrap_or(value);
    let length = bits.iter().rposition(|&bit| bit != b'0').map_or(0, |last| last + 1);
    bits[..length].to_vec()
}

fn uuid(value: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(value).ok()?;
    uuid::Uuid::try_parse(text).ok().map(|uuid| uuid.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(MatchingRule::CaseIgnore, "User  One ", "user one")]
    #[case(MatchingRule::CaseIgnoreIa5, "U1@Example.com", "u1@example.com")]
    #[case(MatchingRule::CaseExact, "User  One", " User One")]
    #[case(MatchingRule::NumericString, "12 34", "1234")]
    #[case(MatchingRule::TelephoneNumber, "+1 555-0001", "+15550001")]
    #[case(MatchingRule::DistinguishedName, "UID=U1, DC=example", "uid=u1,dc=Example")]
    #[case(MatchingRule::UniqueMember, "CN=a#'0100'B", "cn=A#'01'B")]
    #[case(MatchingRule::Uuid, "D055D732-db9f-4483-8ea8-000000000000", "d055d732-db9f-4483-8ea8-000000000000")]
    #[case(MatchingRule::GeneralizedTime, "2026112119Z", "20261121200000.0+01")]
    #[case(MatchingRule::CaseIgnoreList, "1 Main  St$Town", "1 main st$town ")]
    #[case(MatchingRule::BitString, "'0100'B", "'01'B")]
    #[case(MatchingRule::ObjectIdentifier, "Person", "person")]
    #[case(MatchingRule::IntegerOrdering, "12", "12")]
    fn finds_equal_values_equal(#[case] rule: MatchingRule, #[case] left: &str, #[case] right: &str) {
        let normal = normalise(rule, left.as_bytes());
        assert!(normal.is_some());
        assert_eq!(normal, normalise(rule, right.as_bytes()));
    }

    #[rstest]
    #[case(MatchingRule::CaseExact, "User", "user")]
    #[case(MatchingRule::CaseIgnore, "user one", "userone")]
    #[case(MatchingRule::OctetString, "a", "A")]
    #[case(MatchingRule::UniqueMember, "cn=a#'01'B", "cn=a")]
    #[case(MatchingRule::Integer, "1", "-1")]
    #[case(MatchingRule::BitString, "'001'B", "'01'B")]
    fn finds_different_values_different(#[case] rule: MatchingRule, #[case] left: &str, #[case] right: &str) {
        assert_ne!(normalise(rule, left.as_bytes()).unwrap(), normalise(rule, right.as_bytes()).unwrap());
    }

    #[rstest]
    #[case(MatchingRule::Integer, "01")]
    #[case(MatchingRule::Boolean, "true")]
    #[case(MatchingRule::CaseIgnoreIa5, "é")]
    #[case(MatchingRule::CaseIgnore, "")]
    #[case(MatchingRule::DistinguishedName, "foo")]
    #[case(MatchingRule::BitAnd, "2")]
    fn an_invalid_value_has_no_normal_form(#[case] rule: MatchingRule, #[case] value: &str) {
        assert_eq!(normalise(rule, value.as_bytes()), None);
    }

    proptest! {
        #[test]
        fn no_octets_make_a_rule_panic(value in proptest::collection::vec(any::<u8>(), 0..24)) {
            for &rule in MatchingRule::ALL {
                let _ = normalise(rule, &value);
                let _ = normalise_part(rule, &value, Part::Any);
            }
        }
    }
}
