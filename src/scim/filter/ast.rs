//! A filter as it was written: names are text, operands are JSON values.

use std::fmt;

use crate::scim::text::{PathText, Span};

/// A filter expression (RFC 7644 figure 1). Displays as a filter that parses to an equal expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// Two or more that must all match.
    And(Vec<Expr>),
    /// Two or more of which one must match.
    Or(Vec<Expr>),
    /// What must not match.
    Not(Box<Expr>),
    /// `path pr`.
    Present(PathText),
    /// `path op value`.
    Compare(Comparison),
    /// `path[filter]`, and what isn't in the RFC's grammar but sent all the same: `path[filter].sub op value`.
    ValuePath {
        /// The attribute.
        path: PathText,
        /// What one of its values must satisfy.
        filter: Box<Expr>,
        /// What that value's sub-attribute must satisfy besides: a comparison or presence test.
        then: Option<Box<Expr>>,
    },
}

/// `path op value`.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The attribute.
    pub path: PathText,
    /// The operator.
    pub op: CompareOp,
    /// Where the operator stood.
    pub op_span: Span,
    /// What is compared with.
    pub value: Literal,
    /// Where it stood.
    pub value_span: Span,
}

impl PartialEq for Comparison {
    /// Places don't count.
    fn eq(&self, other: &Self) -> bool {
        (&self.path, self.op, &self.value) == (&other.path, other.op, &other.value)
    }
}

impl Eq for Comparison {}

/// A comparison operator (RFC 7644 table 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
}

impl CompareOp {
    /// All of them.
    pub const ALL: [Self; 9] =
        [Self::Eq, Self::Ne, Self::Co, Self::Sw, Self::Ew, Self::Gt, Self::Ge, Self::Lt, Self::Le];

    /// The operator as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    /// The operator with this name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|op| op.name().eq_ignore_ascii_case(name))
    }
}

/// A JSON value that something is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A string, unescaped.
    Text(String),
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(number) => f.write_str(number),
            Self::Text(text) => fmt::Display::fmt(&serde_json::Value::from(text.as_str()), f),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.path, self.op.name(), self.value)
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => chain(f, parts, " and ", |part| matches!(part, Self::And(_) | Self::Or(_))),
            Self::Or(parts) => chain(f, parts, " or ", |part| matches!(part, Self::Or(_))),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Compare(comparison) => comparison.fmt(f),
            Self::ValuePath { path, filter, then: None } => write!(f, "{path}[{filter}]"),
            Self::ValuePath { path, filter, then: Some(then) } => write!(f, "{path}[{filter}].{then}"),
        }
    }
}

fn chain(f: &mut fmt::Formatter<'_>, parts: &[Expr], word: &str, group: fn(&Expr) -> bool) -> fmt::Result {
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            f.write_str(word)?;
        }
        if group(part) { write!(f, "({part})")? } else { write!(f, "{part}")? }
    }
    Ok(())
}
