//! Matching rules and syntaxes (RFC 4517): which values are valid, and when two are the same.

mod compare;
mod normalise;
mod rule;
mod syntax;

pub use compare::{PreparedSubstrings, SubstringAssertion, matches_substrings, order};
pub use normalise::normalise;
pub use rule::{MatchingRule, RuleKind};
pub use syntax::Syntax;
