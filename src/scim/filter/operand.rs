//! From a literal to an operand of the attribute's type (RFC 7644 section 3.4.2.2).

use crate::scim::binary;
use crate::scim::datetime;
use crate::scim::error::Error;
use crate::scim::schema::{Attribute, AttributeKind};

use super::ast::{CompareOp, Comparison, Literal};
use super::typed::{Op, Operand};

/// The test that a comparison asks for on a value of `attribute`; for `ne` the test that must fail.
///
/// # Errors
/// 400 `invalidFilter` when the type doesn't have the operator, or the literal isn't of the type.
pub(super) fn test(comparison: &Comparison, attribute: &Attribute) -> Result<Op, Error> {
    check_operator(comparison, attribute)?;
    let operand = operand(comparison, attribute.kind)?;
    Ok(match (comparison.op, operand) {
        (CompareOp::Eq | CompareOp::Ne, operand) => Op::Eq(operand),
        (CompareOp::Gt, operand) => Op::Gt(operand),
        (CompareOp::Ge, operand) => Op::Ge(operand),
        (CompareOp::Lt, operand) => Op::Lt(operand),
        (CompareOp::Le, operand) => Op::Le(operand),
        (CompareOp::Co, Operand::Text(text)) => Op::Co(text),
        (CompareOp::Sw, Operand::Text(text)) => Op::Sw(text),
        (CompareOp::Ew, Operand::Text(text)) => Op::Ew(text),
        (CompareOp::Co | CompareOp::Sw | CompareOp::Ew, _) => return Err(unsupported(comparison, attribute.kind)),
    })
}

fn check_operator(comparison: &Comparison, attribute: &Attribute) -> Result<(), Error> {
    use AttributeKind::{Binary, Boolean, Complex, DateTime, Decimal, Integer, Reference, String};
    let supported = match comparison.op {
        CompareOp::Eq | CompareOp::Ne => attribute.kind != Complex,
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => matches!(attribute.kind, String | Reference),
        CompareOp::Gt | CompareOp::Ge | CompareOp::Lt | CompareOp::Le => match attribute.kind {
            String | Reference | DateTime | Integer | Decimal => true,
            Boolean | Binary | Complex => false,
        },
    };
    if supported { Ok(()) } else { Err(unsupported(comparison, attribute.kind)) }
}

fn unsupported(comparison: &Comparison, kind: AttributeKind) -> Error {
    let column = comparison.op_span.column();
    let (op, path) = (comparison.op.name(), &comparison.path);
    Error::invalid_filter(format!(
        "`{op}` at column {column} does not apply to `{path}`, which is of type {}",
        kind.name()
    ))
}

fn operand(comparison: &Comparison, kind: AttributeKind) -> Result<Operand, Error> {
    let found = match (kind, &comparison.value) {
        (AttributeKind::String | AttributeKind::Reference, Literal::Text(text)) => Some(Operand::Text(text.clone())),
        (AttributeKind::Boolean, Literal::Bool(value)) => Some(Operand::Bool(*value)),
        (AttributeKind::Boolean, Literal::Text(text)) => boolean(text).map(Operand::Bool),
        (AttributeKind::Integer, Literal::Number(number)) => integer(number),
        (AttributeKind::Decimal, Literal::Number(number)) => decimal(number).map(Operand::Decimal),
        (AttributeKind::DateTime, Literal::Text(text)) => datetime::parse(text).map(Operand::Time),
        (AttributeKind::Binary, Literal::Text(text)) => binary::decode(text).map(Operand::Binary),
        _ => None,
    };
    found.ok_or_else(|| {
        let (column, path) = (comparison.value_span.column(), &comparison.path);
        Error::invalid_filter(format!("the value at column {column} does not suit `{path}`: expected {}", wanted(kind)))
    })
}

/// Clients send booleans as strings in any case.
fn boolean(text: &str) -> Option<bool> {
    match () {
        () if text.eq_ignore_ascii_case("true") => Some(true),
        () if text.eq_ignore_ascii_case("false") => Some(false),
        () => None,
    }
}

/// A whole number however it is written; what isn't one can still be compared with.
fn integer(number: &str) -> Option<Operand> {
    if let Ok(whole) = number.parse() {
        return Some(Operand::Integer(whole));
    }
    let value = decimal(number)?;
    // Up to here every whole f64 is exact.
    let exact = value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0;
    Some(if exact { Operand::Integer(value as i64) } else { Operand::Decimal(value) })
}

fn decimal(number: &str) -> Option<f64> {
    number.parse::<f64>().ok().filter(|value| value.is_finite())
}

fn wanted(kind: AttributeKind) -> &'static str {
    match kind {
        AttributeKind::String | AttributeKind::Reference => "a string in double quotes",
        AttributeKind::Boolean => "true or false",
        AttributeKind::Integer | AttributeKind::Decimal => "a number",
        AttributeKind::DateTime => "a date and time in double quotes, as in \"2011-05-13T04:42:34Z\"",
        AttributeKind::Binary => "base64 in double quotes",
        AttributeKind::Complex => "null",
    }
}
