//! Why a filter or path doesn't parse.

use crate::scim::error::Error;
use crate::scim::text::Span;

/// A filter or path that doesn't parse: what is wrong and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at column {column}")]
pub struct ParseError {
    /// What is wrong, and what was expected.
    pub message: String,
    /// The character at which it is wrong, counted from 1.
    pub column: usize,
}

impl ParseError {
    /// An error at the start of `span`.
    pub(crate) fn at(span: Span, message: impl Into<String>) -> Self {
        Self { message: message.into(), column: span.column() }
    }
}

impl From<ParseError> for Error {
    /// 400 `invalidFilter`.
    fn from(error: ParseError) -> Self {
        Error::invalid_filter(error.to_string())
    }
}
