//! Codecs whose stored values are whole numbers: how comparisons become leaves.

use std::ops::RangeInclusive;

use super::Leaf;
use crate::ldap::Filter;
use crate::ldap::matching::{MatchingRule, Syntax};
use crate::mapping::bounds::Bounds;

/// A comparison of the stored number, rounded to whole numbers already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Present,
    Equal(i128),
    AtLeast(i128),
    AtMost(i128),
}

/// Which entries hold a number that satisfies `comparison`, where only numbers in `served` decode.
pub(super) fn bounds(comparison: Comparison, served: &RangeInclusive<i64>, leaf: &Leaf<'_>) -> Bounds {
    let (first, last) = (i128::from(*served.start()), i128::from(*served.end()));
    match comparison {
        Comparison::Equal(number) if number < first || number > last => Bounds::none(),
        Comparison::AtLeast(number) if number > last => Bounds::none(),
        Comparison::AtMost(number) if number < first => Bounds::none(),
        Comparison::Equal(number) if leaf.compares_by(MatchingRule::Integer) => {
            Bounds::exact(leaf.equals(digits(number)))
        }
        Comparison::Equal(_) => leaf.without_rule("integer EQUALITY"),
        _ if !leaf.orders_by(MatchingRule::IntegerOrdering) => leaf.without_rule("integer ORDERING"),
        Comparison::AtLeast(number) => {
            within(leaf.at_least(digits(number.max(first))), [above(last, leaf), None], leaf)
        }
        Comparison::AtMost(number) => within(leaf.at_most(digits(number.min(last))), [None, below(first, leaf)], leaf),
        Comparison::Present => within(leaf.present(), [above(last, leaf), below(first, leaf)], leaf),
    }
}

/// `upper`, and as lower bound the same without the entries that may match by a number that isn't served.
fn within(upper: Filter, others: [Option<Filter>; 2], leaf: &Leaf<'_>) -> Bounds {
    let lower = Filter::and(std::iter::once(upper.clone()).chain(others.into_iter().flatten().map(Filter::not)));
    Bounds::between(lower, upper, format!("{} may hold numbers that are out of range", leaf.attribute))
}

fn above(last: i128, leaf: &Leaf<'_>) -> Option<Filter> {
    holds(last + 1, leaf).then(|| leaf.at_least(digits(last + 1)))
}

fn below(first: i128, leaf: &Leaf<'_>) -> Option<Filter> {
    holds(first - 1, leaf).then(|| leaf.at_most(digits(first - 1)))
}

/// Whether the directory can hold `number` at all, and so be asked for it.
fn holds(number: i128, leaf: &Leaf<'_>) -> bool {
    !leaf.has_syntax(Syntax::AdLargeInteger) || i64::try_from(number).is_ok()
}

fn digits(number: i128) -> String {
    number.to_string()
}

/// The stored number, in the one form that Integer syntax has; other digits are read too (text attributes hold numbers).
pub(super) fn parse(stored: &[u8]) -> Option<i64> {
    std::str::from_utf8(stored).ok()?.parse().ok()
}
