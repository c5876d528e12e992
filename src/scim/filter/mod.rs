//! SCIM filters (RFC 7644 section 3.4.2.2): text -> [`Expr`] -> [`Filter`] -> yes or no.

pub mod typed;

pub use typed::{Filter, Op, Operand, Test};

/// How much of a filter is read before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text.
    pub max_bytes: usize,
    /// Levels of brackets and `not`.
    pub max_depth: usize,
    /// Comparisons and presence tests.
    pub max_terms: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 65_536, max_depth: 32, max_terms: 1_000 }
    }
}
