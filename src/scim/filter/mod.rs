//! SCIM filters (RFC 7644 section 3.4.2.2): text -> [`Expr`] -> [`Filter`] -> yes or no.

pub mod ast;
pub mod error;
pub mod eval;
pub(crate) mod lexer;
mod operand;
pub(crate) mod parser;
pub mod resolve;
pub mod typed;

pub use ast::{CompareOp, Comparison, Expr, Literal};
pub use error::ParseError;
pub use eval::{matches, matches_element};
pub use parser::parse;
pub use resolve::{resolve, resolve_in_element, resolve_visible};
pub use typed::{Filter, Op, Operand, Test, attributes_used};

#[cfg(test)]
mod tests;

use super::error::Error;
use super::resource_schema::ResourceSchema;

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

/// Parses and resolves in one go.
///
/// # Errors
/// 400 `invalidFilter`, saying what is wrong and at which column.
pub fn compile(text: &str, schema: &ResourceSchema, limits: &Limits) -> Result<Filter, Error> {
    resolve(&parse(text, limits)?, schema)
}
