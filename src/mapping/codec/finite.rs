//! Values that a mapping lists: how a stored value is found to be one of them, by the codec and by the directory alike.

use super::Leaf;
use super::stable::is_caseless;
use super::time::moment;
use crate::ldap::Filter;
use crate::ldap::matching::{MatchingRule, Syntax, normalise};
use crate::mapping::bounds::Bounds;

/// A stored value that a mapping names.
///
/// A moment is compared as a moment. Other text is compared as the directory's text rules do, with or without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    octets: Vec<u8>,
    normal: Option<Vec<u8>>,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Moment,
    IgnoringCase,
    Exactly,
}

impl Listed {
    /// A value as the mapping file has it.
    pub(super) fn new(text: &str, case_exact: bool) -> Self {
        let how = match moment(text.as_bytes()) {
            Some(_) => How::Moment,
            None if case_exact => How::Exactly,
            None => How::IgnoringCase,
        };
        Self { octets: text.as_bytes().to_vec(), normal: normal(how, text.as_bytes()), how }
    }

    /// The value as written.
    pub(super) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Whether `stored` is this value.
    pub(super) fn is(&self, stored: &[u8]) -> bool {
        self.octets == stored || (self.normal.is_some() && self.normal == normal(self.how, stored))
    }

    /// Which entries hold this value.
    fn bounds(&self, leaf: &Leaf<'_>) -> Bounds {
        if leaf.rules.equality.is_none() || !leaf.admits(&self.octets) {
            return leaf.without_rule("EQUALITY");
        }
        let filter = leaf.equals(self.octets.clone());
        let caseless = std::str::from_utf8(&self.octets).is_ok_and(is_caseless);
        match leaf.rules.equality {
            Some(MatchingRule::GeneralizedTime) if self.how == How::Moment => Bounds::exact(filter),
            Some(MatchingRule::CaseIgnore | MatchingRule::CaseIgnoreIa5)
                if self.how == How::IgnoringCase || (self.how == How::Exactly && caseless) =>
            {
                Bounds::exact(filter)
            }
            Some(MatchingRule::CaseExact | MatchingRule::CaseExactIa5)
                if self.how == How::Exactly || (self.how == How::IgnoringCase && caseless) =>
            {
                Bounds::exact(filter)
            }
            Some(MatchingRule::CaseExact | MatchingRule::CaseExactIa5) if self.how == How::IgnoringCase => {
                Bounds::between(
                    filter,
                    leaf.present(),
                    format!(
                        "{} is case-sensitive in the directory and not here (case_exact = true makes it so)",
                        leaf.attribute
                    ),
                )
            }
            Some(MatchingRule::Boolean) if leaf.has_syntax(Syntax::Boolean) => Bounds::exact(filter),
            _ => leaf.some(format!("the directory compares {} by a rule that is not the mapping's", leaf.attribute)),
        }
    }
}

/// Which entries hold one of `listed`.
pub(super) fn one_of<'a>(listed: impl IntoIterator<Item = &'a Listed>, leaf: &Leaf<'_>) -> Bounds {
    Bounds::or(listed.into_iter().map(|value| value.bounds(leaf)))
}

/// Which entries hold a value that is none of `listed`.
pub(super) fn none_of<'a>(listed: impl IntoIterator<Item = &'a Listed>, leaf: &Leaf<'_>) -> Bounds {
    let without = Bounds::and([leaf.any(), one_of(listed, leaf).not()]);
    if leaf.rules.single_value {
        return without;
    }
    Bounds::between(without.lower, leaf.present(), format!("{} may have several values", leaf.attribute))
}

fn normal(how: How, value: &[u8]) -> Option<Vec<u8>> {
    match how {
        How::Moment => moment(value).map(|moment| moment.as_nanosecond().to_be_bytes().to_vec()),
        How::IgnoringCase => normalise(MatchingRule::CaseIgnore, value),
        How::Exactly => normalise(MatchingRule::CaseExact, value),
    }
}

/// Whether no stored value can fail to be listed: FALSE and TRUE are all that a Boolean holds.
pub(super) fn is_boolean(leaf: &Leaf<'_>) -> bool {
    leaf.has_syntax(Syntax::Boolean) && leaf.compares_by(MatchingRule::Boolean)
}

/// Nothing, where an operator makes no sense of a boolean.
pub(super) fn boolean(op: &crate::scim::filter::typed::Op) -> Option<Question> {
    use crate::scim::filter::typed::{Op, Operand};
    match op {
        Op::Present => Some(Question::Present),
        Op::Eq(Operand::Bool(value)) => Some(Question::Is(*value)),
        _ => None,
    }
}

/// What can be asked of a boolean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    Present,
    Is(bool),
}

/// `filter` on entries with a value; always false without one.
pub(super) fn and_present(filter: Filter, leaf: &Leaf<'_>) -> Filter {
    Filter::and([leaf.present(), filter])
}
