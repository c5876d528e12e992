//! Whether a resource matches a filter: the law that LDAP filters are bounds of.
//!
//! The resource is taken as served: keys in canonical case, extension attributes under their URN. Absent, null, `""`, `[]` and what
//! holds nothing else are the same: no comparison with them is true. Values of the wrong JSON type are absent too.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use crate::scim::binary;
use crate::scim::compare;
use crate::scim::datetime;
use crate::scim::resource_schema::ResourceSchema;
use crate::scim::schema::{Attribute, AttributeKind};

use super::typed::{Filter, Op, Operand, Test};

/// Whether a resource of the type that `schema` describes matches.
pub fn matches(filter: &Filter, schema: &ResourceSchema, resource: &Map<String, Value>) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| matches(part, schema, resource)),
        Filter::Or(parts) => parts.iter().any(|part| matches(part, schema, resource)),
        Filter::Not(inner) => !matches(inner, schema, resource),
        Filter::Test(test) => {
            schema.value(test.path.attr, resource).is_some_and(|value| test_matches(test, schema, value))
        }
        Filter::Element { attr, filter } => {
            let elements = schema.value(*attr, resource).map(elements).unwrap_or_default();
            elements.iter().any(|element| is_present(element) && matches_element(filter, schema, element))
        }
        Filter::Constant(constant) => *constant,
    }
}

/// Whether one element of a multi-valued attribute, or the value of a complex one, matches the filter in a value path's brackets.
pub fn matches_element(filter: &Filter, schema: &ResourceSchema, element: &Value) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| matches_element(part, schema, element)),
        Filter::Or(parts) => parts.iter().any(|part| matches_element(part, schema, element)),
        Filter::Not(inner) => !matches_element(inner, schema, element),
        Filter::Test(test) => test_matches(test, schema, element),
        Filter::Element { filter, .. } => matches_element(filter, schema, element),
        Filter::Constant(constant) => *constant,
    }
}

/// Whether a value counts as one: not null, not empty, and not made of nothing but such (RFC 7644 section 3.4.2.2, `pr`).
pub fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => elements.iter().any(is_present),
        Value::Object(members) => members.values().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// The elements of a list, or a single value as the only one.
fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Array(elements) => elements,
        single => std::slice::from_ref(single),
    }
}

/// Tests a part of `value`, the value of the test's attribute.
fn test_matches(test: &Test, schema: &ResourceSchema, value: &Value) -> bool {
    let Some(attribute) = schema.attribute(test.path) else { return false };
    let value = match test.path.sub {
        None => Some(value),
        Some(_) => value.get(&attribute.name),
    };
    value.is_some_and(|value| elements(value).iter().any(|value| satisfies(&test.test, attribute, value)))
}

/// Whether one value, taken for one of `attribute`, satisfies `test`. An absent value (RFC 7643 section 2.5) satisfies none.
pub fn satisfies(test: &Op, attribute: &Attribute, value: &Value) -> bool {
    is_present(value) && holds(test, attribute, value)
}

fn holds(test: &Op, attribute: &Attribute, value: &Value) -> bool {
    let text = |part: &str, relation: fn(&str, &str, bool) -> bool| {
        value.as_str().is_some_and(|value| relation(value, part, attribute.case_exact))
    };
    match test {
        Op::Present => true,
        Op::Co(part) => text(part, compare::contains),
        Op::Sw(part) => text(part, compare::starts_with),
        Op::Ew(part) => text(part, compare::ends_with),
        Op::Eq(operand) => equals(value, attribute, operand),
        Op::Gt(operand) => ordering(value, attribute, operand).is_some_and(Ordering::is_gt),
        Op::Ge(operand) => ordering(value, attribute, operand).is_some_and(Ordering::is_ge),
        Op::Lt(operand) => ordering(value, attribute, operand).is_some_and(Ordering::is_lt),
        Op::Le(operand) => ordering(value, attribute, operand).is_some_and(Ordering::is_le),
    }
}

fn equals(value: &Value, attribute: &Attribute, operand: &Operand) -> bool {
    match (operand, value) {
        (Operand::Text(text), Value::String(value)) if is_text(attribute) => {
            compare::equal(value, text, attribute.case_exact)
        }
        (Operand::Bool(expected), Value::Bool(value)) => value == expected,
        (Operand::Binary(octets), Value::String(value)) => binary::decode(value).is_some_and(|value| value == *octets),
        _ => ordering(value, attribute, operand) == Some(Ordering::Equal),
    }
}

/// How a value stands to the operand, where they can be compared.
fn ordering(value: &Value, attribute: &Attribute, operand: &Operand) -> Option<Ordering> {
    match (operand, value) {
        (Operand::Text(text), Value::String(value)) if is_text(attribute) => {
            Some(compare::order(value, text, attribute.case_exact))
        }
        (Operand::Integer(number), Value::Number(value)) => order_integer(value, *number),
        (Operand::Decimal(number), Value::Number(value)) => value.as_f64()?.partial_cmp(number),
        (Operand::Time(time), Value::String(value)) => datetime::parse(value).map(|value| value.cmp(time)),
        _ => None,
    }
}

fn order_integer(value: &Number, number: i64) -> Option<Ordering> {
    match value.as_i64() {
        Some(value) => Some(value.cmp(&number)),
        None => value.as_f64()?.partial_cmp(&(number as f64)),
    }
}

fn is_text(attribute: &Attribute) -> bool {
    matches!(attribute.kind, AttributeKind::String | AttributeKind::Reference)
}
