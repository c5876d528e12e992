//! A simple value in the JSON type of its attribute (RFC 7643 section 2.3).

use serde_json::{Number, Value};

use crate::scim::binary;
use crate::scim::datetime;
use crate::scim::schema::AttributeKind;

/// The canonical form of a simple value: dateTimes as they are served, binaries as padded base64. `None` when it isn't of the
/// type. If `kind_to` clients, booleans and numbers may be strings, and whole numbers stand for strings.
pub(super) fn canonical(kind: AttributeKind, value: &Value, kind_to: bool) -> Option<Value> {
    match (kind, value) {
        (AttributeKind::String | AttributeKind::Reference, Value::String(text)) => text_value(text),
        (AttributeKind::String, Value::Number(number)) if kind_to && !number.is_f64() => {
            Some(Value::String(number.to_string()))
        }
        (AttributeKind::Boolean, Value::Bool(_)) => Some(value.clone()),
        (AttributeKind::Boolean, Value::String(text)) if kind_to => boolean(text),
        (AttributeKind::Integer, Value::Number(number)) => integer(number, kind_to),
        (AttributeKind::Integer, Value::String(text)) if kind_to => text.trim().parse::<i64>().ok().map(Value::from),
        (AttributeKind::Decimal, Value::Number(_)) => Some(value.clone()),
        (AttributeKind::Decimal, Value::String(text)) if kind_to => decimal(text.trim()),
        (AttributeKind::DateTime, Value::String(text)) => {
            datetime::parse(text).map(|instant| Value::String(datetime::format(instant)))
        }
        (AttributeKind::Binary, Value::String(text)) => {
            binary::decode(text).map(|octets| Value::String(binary::encode(&octets)))
        }
        _ => None,
    }
}

/// What a value of this type looks like, for people.
pub(super) fn wanted(kind: AttributeKind) -> &'static str {
    match kind {
        AttributeKind::String => "a string",
        AttributeKind::Reference => "a URI as a string",
        AttributeKind::Boolean => "true or false",
        AttributeKind::Integer => "a whole number",
        AttributeKind::Decimal => "a number",
        AttributeKind::DateTime => "a date and time such as \"2011-05-13T04:42:34Z\"",
        AttributeKind::Binary => "base64",
        AttributeKind::Complex => "an object",
    }
}

/// No directory holds a NUL in text, and what stands behind it is an attack more often than a name.
fn text_value(text: &str) -> Option<Value> {
    (!text.contains('\0')).then(|| Value::String(text.to_owned()))
}

fn boolean(text: &str) -> Option<Value> {
    match text.trim() {
        text if text.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
        text if text.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
        _ => None,
    }
}

/// Integers have no fraction or exponent (section 2.3.4), but some libraries write `1.0`.
fn integer(number: &Number, kind_to: bool) -> Option<Value> {
    if let Some(whole) = number.as_i64() {
        return Some(Value::from(whole));
    }
    let value = number.as_f64().filter(|value| kind_to && value.fract() == 0.0)?;
    // Up to here every whole f64 is exact.
    (value.abs() < 9_007_199_254_740_992.0).then(|| Value::from(value as i64))
}

fn decimal(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Value::from(whole));
    }
    text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(AttributeKind::String, json!("a"), Some(json!("a")), Some(json!("a")))]
    #[case(AttributeKind::String, json!("a\0b"), None, None)]
    #[case(AttributeKind::String, json!(42), Some(json!("42")), None)]
    #[case(AttributeKind::String, json!(4.5), None, None)]
    #[case(AttributeKind::String, json!(true), None, None)]
    #[case(AttributeKind::Boolean, json!("True"), Some(json!(true)), None)]
    #[case(AttributeKind::Boolean, json!("FALSE"), Some(json!(false)), None)]
    #[case(AttributeKind::Boolean, json!("yes"), None, None)]
    #[case(AttributeKind::Boolean, json!(1), None, None)]
    #[case(AttributeKind::Integer, json!("42"), Some(json!(42)), None)]
    #[case(AttributeKind::Integer, json!(-3), Some(json!(-3)), Some(json!(-3)))]
    #[case(AttributeKind::Integer, json!(3.0), Some(json!(3)), None)]
    #[case(AttributeKind::Integer, json!(3.5), None, None)]
    #[case(AttributeKind::Integer, json!(u64::MAX), None, None)]
    #[case(AttributeKind::Decimal, json!("3.5"), Some(json!(3.5)), None)]
    #[case(AttributeKind::Decimal, json!("7"), Some(json!(7)), None)]
    #[case(AttributeKind::Decimal, json!("NaN"), None, None)]
    #[case(AttributeKind::DateTime, json!("2011-05-13T06:42:34+02:00"), Some(json!("2011-05-13T04:42:34Z")), Some(json!("2011-05-13T04:42:34Z")))]
    #[case(AttributeKind::DateTime, json!("yesterday"), None, None)]
    #[case(AttributeKind::Binary, json!("-_8"), Some(json!("+/8=")), Some(json!("+/8=")))]
    #[case(AttributeKind::Binary, json!("!"), None, None)]
    #[case(AttributeKind::Reference, json!("Users/1"), Some(json!("Users/1")), Some(json!("Users/1")))]
    #[case(AttributeKind::Reference, json!(1), None, None)]
    fn values(
        #[case] kind: AttributeKind,
        #[case] value: Value,
        #[case] default: Option<Value>,
        #[case] strict: Option<Value>,
    ) {
        assert_eq!(canonical(kind, &value, true), default);
        assert_eq!(canonical(kind, &value, false), strict);
    }

    #[rstest]
    fn canonical_values_stay(#[values("3.5", "1e300", "-0.0", "12")] text: &str) {
        let once = canonical(AttributeKind::Decimal, &json!(text), true).unwrap();
        assert_eq!(canonical(AttributeKind::Decimal, &once, true), Some(once));
    }
}
