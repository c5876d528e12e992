//! What LDAP can say of a SCIM filter: a lower and an upper bound.
//!
//! For a SCIM filter f and every entry of the mapping, `lower` matches only resources that satisfy f, and `upper` matches all
//! that do. Both are *definite*: no leaf of theirs is ever Undefined (RFC 4511 section 4.5.1.7), because an Undefined leaf
//! loses entries silently, under negation too.

use crate::ldap::Filter;

/// A pair of LDAP filters that enclose a SCIM filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Matches only what satisfies the SCIM filter.
    pub lower: Filter,
    /// Matches all that satisfies the SCIM filter.
    pub upper: Filter,
    /// Why the two differ, for `explain`; empty where they don't.
    pub reasons: Vec<String>,
}

impl Bounds {
    /// LDAP decides: the filter says exactly what the SCIM filter says.
    pub fn exact(filter: Filter) -> Self {
        Self { lower: filter.clone(), upper: filter, reasons: Vec::new() }
    }

    /// Nothing satisfies the SCIM filter.
    pub fn none() -> Self {
        Self::exact(Filter::False)
    }

    /// Everything satisfies the SCIM filter.
    pub fn all() -> Self {
        Self::exact(Filter::True)
    }

    /// `upper` holds all that satisfies it, and LDAP can't say more.
    pub fn at_most(upper: Filter, reason: impl Into<String>) -> Self {
        Self::between(Filter::False, upper, reason)
    }

    /// Everything between `lower` and `upper` is to be looked at.
    pub fn between(lower: Filter, upper: Filter, reason: impl Into<String>) -> Self {
        if lower == upper {
            return Self::exact(lower);
        }
        Self { lower, upper, reasons: vec![reason.into()] }
    }

    /// Whether LDAP alone decides.
    pub fn is_exact(&self) -> bool {
        self.lower == self.upper
    }

    /// The bounds of a conjunction.
    pub fn and(parts: impl IntoIterator<Item = Bounds>) -> Self {
        Self::combine(parts, Filter::and, Filter::and)
    }

    /// The bounds of a disjunction.
    pub fn or(parts: impl IntoIterator<Item = Bounds>) -> Self {
        Self::combine(parts, Filter::or, Filter::or)
    }

    /// The bounds of the complement: they change places. Sound only because leaves are definite.
    #[allow(clippy::should_implement_trait, reason = "stands beside `and` and `or`")]
    pub fn not(self) -> Self {
        Self { lower: Filter::not(self.upper), upper: Filter::not(self.lower), reasons: self.reasons }
    }

    /// The lower bound given up, because the values it speaks of may not be the one that is served.
    pub fn weaken(self, reason: impl Into<String>) -> Self {
        if self.upper == Filter::False {
            return self;
        }
        let mut reasons = self.reasons;
        let reason = reason.into();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
        Self { lower: Filter::False, upper: self.upper, reasons }
    }

    fn combine(
        parts: impl IntoIterator<Item = Bounds>,
        lower: impl Fn(Vec<Filter>) -> Filter,
        upper: impl Fn(Vec<Filter>) -> Filter,
    ) -> Self {
        let (mut lowers, mut uppers, mut reasons) = (Vec::new(), Vec::new(), Vec::<String>::new());
        for part in parts {
            lowers.push(part.lower);
            uppers.push(part.upper);
            for reason in part.reasons {
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
            }
        }
        let (lower, upper) = (lower(lowers), upper(uppers));
        if lower == upper {
            reasons.clear();
        }
        Self { lower, upper, reasons }
    }
}
