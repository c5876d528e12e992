//! Values that stand in the mapping file itself: constants and defaults.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;

use crate::diagnostics::Report;
use crate::diagnostics::toml::{Node, Value};
use crate::mapping::atom::Atom;
use crate::mapping::codes;
use crate::scim::datetime;
use crate::scim::schema::{Attribute, AttributeKind};

/// The value of `node` in the type of `attribute`; anything else is reported.
pub(super) fn atom(node: &Node, attribute: &Attribute, report: &mut Report) -> Option<Atom<'static>> {
    let atom = typed(&node.value, attribute.kind);
    if atom.is_none() {
        let message = format!(
            "`{}` is of type {}, and this is {}",
            attribute.name,
            attribute.kind.name(),
            match (&node.value, attribute.kind) {
                (Value::Text(text), _) if text.is_empty() => "empty",
                (Value::Text(_), AttributeKind::DateTime) => "no date and time",
                (Value::Text(_), AttributeKind::Binary) => "no base64",
                (value, _) => value.type_name(),
            }
        );
        report.push(node.error(&codes::VALUE_TYPE, message));
    }
    atom
}

fn typed(value: &Value, kind: AttributeKind) -> Option<Atom<'static>> {
    match (kind, value) {
        (AttributeKind::String | AttributeKind::Reference, Value::Text(text)) if !text.is_empty() => {
            Some(Atom::Text(text.clone().into()))
        }
        (AttributeKind::Binary, Value::Text(text)) if !text.is_empty() => {
            STANDARD.decode(text).ok().map(|octets| Atom::Text(STANDARD.encode(octets).into()))
        }
        (AttributeKind::Boolean, Value::Bool(value)) => Some(Atom::Bool(*value)),
        (AttributeKind::Integer, Value::Integer(number)) => Some(Atom::Integer(*number)),
        #[allow(clippy::cast_precision_loss, reason = "a decimal is a double")]
        (AttributeKind::Decimal, Value::Integer(number)) => Some(Atom::Decimal(*number as f64)),
        (AttributeKind::Decimal, Value::Float(number)) if number.is_finite() => Some(Atom::Decimal(*number)),
        (AttributeKind::DateTime, Value::Text(text) | Value::Datetime(text)) => {
            datetime::parse(&text.replacen(' ', "T", 1)).map(Atom::Time)
        }
        _ => None,
    }
}
