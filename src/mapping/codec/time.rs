//! `time`: moments in GeneralizedTime (RFC 4517 section 3.3.13).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::info::CodecInfo;
use super::{Codec, Leaf, Unencodable};
use crate::ldap::AttributeDescription;
use crate::ldap::matching::{MatchingRule, Syntax};
use crate::ldap::time;
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::{Op, Operand};
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct Time;

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "time",
    doc: "A moment in GeneralizedTime, such as `20260131120000Z`. The codec of an attribute of type `dateTime` that names none.",
    types: &[AttributeKind::DateTime],
    parameters: &[],
    example: r#"meta.created = { ldap = "createTimestamp", codec = "time" }"#,
    build: |_, _| Some(Arc::new(Time)),
};

/// Operational attributes that servers keep in whole seconds and UTC.
const WHOLE_SECONDS: &[&str] =
    &["createTimestamp", "modifyTimestamp", "2.5.18.1", "2.5.18.2", "whenCreated", "whenChanged"];

impl Codec for Time {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        moment(stored).map(Atom::Time)
    }

    fn is_unreadable(&self, stored: &[u8]) -> bool {
        !is_usual(stored) && self.decode(stored).is_none()
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        let Atom::Time(moment) = value else { return Err(Unencodable("the value is not a dateTime".into())) };
        text(*moment)
            .map(String::into_bytes)
            .ok_or_else(|| Unencodable("a directory can't hold a moment before the year 0".into()))
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        if !leaf.has_syntax(Syntax::GeneralizedTime) {
            return leaf.some(format!("{} doesn't hold GeneralizedTime in the directory", leaf.attribute));
        }
        let whole = keeps_whole_seconds(leaf.attribute);
        match op {
            Op::Present if whole => leaf.any(),
            Op::Present => leaf.some(format!("{} may hold forms of GeneralizedTime that are not read", leaf.attribute)),
            Op::Eq(Operand::Time(moment)) => equality(*moment, whole, leaf),
            Op::Gt(Operand::Time(moment)) => from(*moment, whole, true, leaf),
            Op::Ge(Operand::Time(moment)) => from(*moment, whole, false, leaf),
            Op::Lt(Operand::Time(moment)) => until(*moment, whole, true, leaf),
            Op::Le(Operand::Time(moment)) => until(*moment, whole, false, leaf),
            _ => Bounds::none(),
        }
    }
}

/// Whether `stored` is a moment, told by its form: whole seconds in UTC, on a day that every month has. Others may be as well.
fn is_usual(stored: &[u8]) -> bool {
    let Ok([digits @ .., b'Z']) = <&[u8; 15]>::try_from(stored) else { return false };
    let two = |place: usize| (digits[place] - b'0') * 10 + (digits[place + 1] - b'0');
    digits.iter().all(u8::is_ascii_digit)
        && (1..=12).contains(&two(4))
        && (1..=28).contains(&two(6))
        && two(8) < 24
        && two(10) < 60
        && two(12) < 60
}

/// The moment that a stored value names. Forms on which servers disagree are not read: fractions of a minute or an hour, leap
/// seconds, fractions finer than a nanosecond.
pub(super) fn moment(stored: &[u8]) -> Option<Timestamp> {
    let digits = stored.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits >= 14 && stored.get(12..14) == Some(b"60".as_slice()) {
        return None;
    }
    if let Some(b'.' | b',') = stored.get(digits) {
        let fraction = stored.get(digits + 1..)?;
        let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let significant = fraction.get(..length)?.iter().rposition(|byte| *byte != b'0').map_or(0, |last| last + 1);
        if digits < 14 || significant > 9 {
            return None;
        }
    }
    time::parse(stored)
}

/// Active Directory's, whose fraction belongs to the form that it compares: Samba takes `…08Z` for earlier than all `…08.0Z`.
const WITH_FRACTION: &[&str] = &["whenCreated", "whenChanged"];

/// The assertion value for a moment of `leaf`'s attribute.
fn asserted(moment: Timestamp, leaf: &Leaf<'_>) -> Option<String> {
    let text = text(moment)?;
    let fraction = WITH_FRACTION.iter().any(|name| leaf.attribute.matches(name)) && !text.contains('.');
    Some(if fraction { text.replace('Z', ".0Z") } else { text })
}

/// A moment as it is stored: none before the year 0, for which the syntax has no digits.
fn text(moment: Timestamp) -> Option<String> {
    let text = time::format(moment);
    (time::parse(text.as_bytes()) == Some(moment)).then_some(text)
}

fn keeps_whole_seconds(attribute: &AttributeDescription) -> bool {
    WHOLE_SECONDS.iter().any(|name| attribute.matches(name))
}

fn equality(moment: Timestamp, whole: bool, leaf: &Leaf<'_>) -> Bounds {
    match asserted(moment, leaf) {
        None => Bounds::none(),
        Some(_) if whole && moment.subsec_nanosecond() != 0 => Bounds::none(),
        Some(text) if leaf.compares_by(MatchingRule::GeneralizedTime) => Bounds::exact(leaf.equals(text)),
        Some(_) => leaf.without_rule("time EQUALITY"),
    }
}

/// Later than the operand, or not earlier.
fn from(operand: Timestamp, whole: bool, strictly: bool, leaf: &Leaf<'_>) -> Bounds {
    if !leaf.orders_by(MatchingRule::GeneralizedTimeOrdering) {
        return leaf.without_rule("time ORDERING");
    }
    let first = if whole { next_second(operand, strictly) } else { Some(operand) };
    let Some(first) = first else { return Bounds::none() };
    match asserted(first, leaf) {
        None => leaf.some("every moment that a directory holds is later"),
        Some(text) if whole => Bounds::exact(leaf.at_least(text)),
        Some(text) => Bounds::at_most(leaf.at_least(text), fractions(leaf)),
    }
}

/// Earlier than the operand, or not later.
fn until(operand: Timestamp, whole: bool, strictly: bool, leaf: &Leaf<'_>) -> Bounds {
    if !leaf.orders_by(MatchingRule::GeneralizedTimeOrdering) {
        return leaf.without_rule("time ORDERING");
    }
    let last = if whole { last_second(operand, strictly) } else { Some(operand) };
    match last.and_then(|moment| asserted(moment, leaf)) {
        None => Bounds::none(),
        Some(text) if whole => Bounds::exact(leaf.at_most(text)),
        Some(text) => Bounds::at_most(leaf.at_most(text), fractions(leaf)),
    }
}

fn fractions(leaf: &Leaf<'_>) -> String {
    format!("{} may hold fractions of a second", leaf.attribute)
}

/// The first whole second not before `moment`, or after it.
fn next_second(moment: Timestamp, strictly: bool) -> Option<Timestamp> {
    let start = floor(moment)?;
    if strictly || start < moment { start.checked_add(SignedDuration::from_secs(1)).ok() } else { Some(start) }
}

/// The last whole second not after `moment`, or before it.
fn last_second(moment: Timestamp, strictly: bool) -> Option<Timestamp> {
    let start = floor(moment)?;
    if strictly && start == moment { start.checked_sub(SignedDuration::from_secs(1)).ok() } else { Some(start) }
}

fn floor(moment: Timestamp) -> Option<Timestamp> {
    let second = i64::try_from(moment.as_nanosecond().div_euclid(1_000_000_000)).ok()?;
    Timestamp::from_second(second).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};

    fn at(text: &str) -> Operand {
        Operand::Time(text.parse().unwrap())
    }

    #[rstest]
    #[case(Op::Gt(at("2026-01-01T00:00:00Z")), "(createTimestamp>=20260101000001Z)")]
    #[case(Op::Gt(at("2026-01-01T00:00:00.5Z")), "(createTimestamp>=20260101000001Z)")]
    #[case(Op::Ge(at("2026-01-01T00:00:00Z")), "(createTimestamp>=20260101000000Z)")]
    #[case(Op::Ge(at("2026-01-01T00:00:00.5Z")), "(createTimestamp>=20260101000001Z)")]
    #[case(Op::Lt(at("2026-01-01T00:00:00Z")), "(createTimestamp<=20251231235959Z)")]
    #[case(Op::Lt(at("2026-01-01T00:00:00.5Z")), "(createTimestamp<=20260101000000Z)")]
    #[case(Op::Le(at("2026-01-01T00:00:00.5Z")), "(createTimestamp<=20260101000000Z)")]
    #[case(Op::Eq(at("2026-01-01T00:00:00Z")), "(createTimestamp=20260101000000Z)")]
    #[case(Op::Eq(at("2026-01-01T00:00:00.5Z")), "(|)")]
    #[case(Op::Eq(at("-000001-01-01T00:00:00Z")), "(|)")]
    #[case(Op::Present, "(createTimestamp=*)")]
    fn whole_seconds_are_exact(#[case] op: Op, #[case] filter: &str) {
        let bounds = Attribute::named("createTimestamp").bounds(&Time, &op);
        assert_eq!((bounds.upper.to_string().as_str(), bounds.is_exact()), (filter, true));
    }

    #[rstest]
    #[case("2026112119.25Z")]
    #[case("20161231235960Z")]
    #[case("20260101000000.0000000001Z")]
    fn forms_that_servers_disagree_on_are_not_read(#[case] stored: &str) {
        assert_eq!(Time.decode(stored.as_bytes()), None);
    }

    fn moments() -> impl Strategy<Value = Timestamp> {
        (0i64..4, prop_oneof![Just(0i32), Just(500_000_000), Just(250_000_000)])
            .prop_map(|(second, nano)| Timestamp::new(1_800_000_000 + second, nano).unwrap())
    }

    fn stored() -> impl Strategy<Value = String> {
        prop_oneof![
            moments().prop_map(time::format),
            moments().prop_map(|m| time::format_with_fraction(m, 0)),
            Just("202701150800Z".to_owned()),
            Just("2027011508.5Z".to_owned()),
            Just("20270115090001.5+0100".to_owned()),
        ]
    }

    proptest! {
        #[test]
        fn what_looks_usual_is_a_moment(
            stored in "[0-9]{4}(0[0-9]|1[0-3])([0-2][0-9]|3[01])([01][0-9]|2[0-5])[0-6][0-9][0-6][0-9]Z|[0-9]{14}[Z0+.]|[0-9Z.]{12,17}",
        ) {
            prop_assert!(!is_usual(stored.as_bytes()) || moment(stored.as_bytes()).is_some());
        }

        #[test]
        fn bounds_enclose(op in laws::number_op(moments().prop_map(Operand::Time)), values in proptest::collection::vec(stored(), 1..3)) {
            laws::bounds_enclose(&Time, &op, &Attribute::named("pwdAccountLockedTime"), &values);
        }

        #[test]
        fn bounds_enclose_whole_seconds(op in laws::number_op(moments().prop_map(Operand::Time)), second in 0i64..4) {
            let stored = time::format(Timestamp::from_second(1_800_000_000 + second).unwrap());
            laws::bounds_enclose(&Time, &op, &Attribute::named("createTimestamp"), &[stored]);
        }

        #[test]
        fn values_come_back(second in 0i64..4_000_000_000, nano in 0i32..1_000_000_000) {
            laws::comes_back(&Time, &Atom::Time(Timestamp::new(second, nano).unwrap()));
        }
    }
}
