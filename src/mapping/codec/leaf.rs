//! The filter leaves that codecs are made of.

use super::Leaf;
use crate::ldap::Filter;
use crate::ldap::matching::{MatchingRule, Syntax};
use crate::mapping::bounds::Bounds;

impl Leaf<'_> {
    /// `(attribute=*)`
    pub(super) fn present(&self) -> Filter {
        Filter::Present(self.attribute.clone())
    }

    /// `(attribute=value)`
    pub(super) fn equals(&self, value: impl Into<Vec<u8>>) -> Filter {
        Filter::Equality(self.attribute.clone(), value.into())
    }

    /// `(attribute>=value)`
    pub(super) fn at_least(&self, value: impl Into<Vec<u8>>) -> Filter {
        Filter::GreaterOrEqual(self.attribute.clone(), value.into())
    }

    /// `(attribute<=value)`
    pub(super) fn at_most(&self, value: impl Into<Vec<u8>>) -> Filter {
        Filter::LessOrEqual(self.attribute.clone(), value.into())
    }

    /// All that LDAP can say is that there is a value.
    pub(super) fn some(&self, reason: impl Into<String>) -> Bounds {
        Bounds::at_most(self.present(), reason)
    }

    /// There is a value, and each that the directory can hold is served.
    pub(super) fn any(&self) -> Bounds {
        Bounds::exact(self.present())
    }

    /// As [`some`](Self::some), because the directory's rules for the attribute aren't those that a codec relies on.
    pub(super) fn without_rule(&self, what: &str) -> Bounds {
        self.some(format!("{} has no {what} rule in the directory", self.attribute))
    }

    /// Whether the directory compares by this EQUALITY rule.
    pub(super) fn compares_by(&self, rule: MatchingRule) -> bool {
        self.rules.equality == Some(rule)
    }

    /// Whether the directory orders by this ORDERING rule.
    pub(super) fn orders_by(&self, rule: MatchingRule) -> bool {
        self.rules.ordering == Some(rule)
    }

    /// Whether values are of this syntax.
    pub(super) fn has_syntax(&self, syntax: Syntax) -> bool {
        self.rules.syntax == Some(syntax)
    }

    /// Whether `value` can be asserted; a leaf with a value that can't is Undefined.
    pub(super) fn admits(&self, value: &[u8]) -> bool {
        self.rules.syntax.is_some_and(|syntax| syntax.admits(value))
    }
}
