//! SCIM filters (RFC 7644 section 3.4.2.2): text -> [`Expr`] -> [`Filter`] -> yes or no.

pub mod ast;
pub mod error;
pub mod eval;
pub(crate) mod lexer;
pub mod limits;
mod operand;
pub(crate) mod parser;
pub mod resolve;
pub mod typed;

#[cfg(test)]
mod tests;

pub use ast::{CompareOp, Comparison, Expr, Literal};
pub use error::ParseError;
pub use eval::{matches, matches_element};
pub use limits::Limits;
pub use parser::parse;
pub use resolve::{compile, resolve, resolve_among, resolve_in_element, resolve_visible};
pub use typed::{Filter, Op, Operand, Test, attributes_used};
