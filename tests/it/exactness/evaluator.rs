//! An evaluation of filters on resources as they are served, independent of the one that is tested: it shares no code with it
//! and reads nothing but what a client can read.
//!
//! RFC 7644 section 3.4.2.2, two-valued. A comparison with something absent is false, `not` is the complement. A multi-valued
//! attribute matches when one of its elements does, `ne` included; on anything single-valued `ne` is `not eq`, so absence
//! matches. `eq null` says that there is no value.

use std::cmp::Ordering;

use base64::Engine as _;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use super::catalogue::{Attribute, Kind, Type};
use super::filter::{Filter, Op, Operand, Path};

/// Whether the resource of this type satisfies the filter.
pub(crate) fn matches(filter: &Filter, kind: &Type, resource: &Value) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| matches(part, kind, resource)),
        Filter::Or(parts) => parts.iter().any(|part| matches(part, kind, resource)),
        Filter::Not(inner) => !matches(inner, kind, resource),
        Filter::Test(path, op) => {
            let attribute = kind.attribute(path);
            let value = value_at(path, kind, resource);
            match &path.sub {
                _ if attribute.multi_valued => some_element(attribute, path.sub.as_deref(), op, value),
                Some(sub) => part_matches(attribute, sub, op, value),
                // A complex value compared as a whole means its `value`.
                None if attribute.kind == Kind::Complex && !asks_for_presence(op) => {
                    part_matches(attribute, "value", op, value)
                }
                None => value_matches(attribute, op, value),
            }
        }
        Filter::Element(path, inner, then) => {
            let attribute = kind.attribute(path);
            elements(value_at(path, kind, resource)).any(|element| {
                element_matches(inner, attribute, element)
                    && then.as_ref().is_none_or(|(sub, op)| part_matches(attribute, sub, op, Some(element)))
            })
        }
    }
}

/// What is within brackets, about one element.
pub(crate) fn element_matches(filter: &Filter, attribute: &Attribute, element: &Value) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| element_matches(part, attribute, element)),
        Filter::Or(parts) => parts.iter().any(|part| element_matches(part, attribute, element)),
        Filter::Not(inner) => !element_matches(inner, attribute, element),
        Filter::Test(path, op) => part_matches(attribute, path.sub.as_deref().unwrap(), op, Some(element)),
        Filter::Element(..) => unreachable!("brackets within brackets"),
    }
}

fn asks_for_presence(op: &Op) -> bool {
    matches!(op, Op::Pr | Op::Eq(Operand::Null) | Op::Ne(Operand::Null))
}

fn some_element(attribute: &Attribute, sub: Option<&str>, op: &Op, value: Option<&Value>) -> bool {
    if sub.is_none() && asks_for_presence(op) {
        return (elements(value).count() > 0) != matches!(op, Op::Eq(_));
    }
    elements(value).any(|element| match sub {
        Some(sub) => part_matches(attribute, sub, op, Some(element)),
        None if attribute.kind == Kind::Complex => part_matches(attribute, "value", op, Some(element)),
        None => value_matches(attribute, op, Some(element)),
    })
}

/// Tests the sub-attribute of a complex value.
fn part_matches(attribute: &Attribute, sub: &str, op: &Op, value: Option<&Value>) -> bool {
    let part = attribute.sub(sub).unwrap_or_else(|| panic!("{} has no {sub}", attribute.name));
    value_matches(part, op, value.and_then(|value| value.get(&part.name)))
}

/// Tests a single value, which may be absent.
fn value_matches(attribute: &Attribute, op: &Op, value: Option<&Value>) -> bool {
    let value = value.filter(|value| is_present(value));
    match op {
        Op::Pr | Op::Ne(Operand::Null) => value.is_some(),
        Op::Eq(Operand::Null) => value.is_none(),
        Op::Ne(operand) => !value.is_some_and(|value| equal(attribute, value, operand)),
        Op::Eq(operand) => value.is_some_and(|value| equal(attribute, value, operand)),
        Op::Co(operand) => with_text(attribute, value, operand, |text, part| text.contains(part)),
        Op::Sw(operand) => with_text(attribute, value, operand, |text, part| text.starts_with(part)),
        Op::Ew(operand) => with_text(attribute, value, operand, |text, part| text.ends_with(part)),
        Op::Gt(operand) => in_order(attribute, value, operand, Ordering::is_gt),
        Op::Ge(operand) => in_order(attribute, value, operand, Ordering::is_ge),
        Op::Lt(operand) => in_order(attribute, value, operand, Ordering::is_lt),
        Op::Le(operand) => in_order(attribute, value, operand, Ordering::is_le),
    }
}

fn equal(attribute: &Attribute, value: &Value, operand: &Operand) -> bool {
    match (attribute.kind, value, operand) {
        (Kind::Boolean, Value::Bool(value), Operand::Bool(wanted)) => value == wanted,
        (Kind::Binary, Value::String(value), Operand::Text(wanted)) => {
            matches!((octets(value), octets(wanted)), (Some(value), Some(wanted)) if value == wanted)
        }
        _ => in_order(attribute, Some(value), operand, Ordering::is_eq),
    }
}

fn octets(text: &str) -> Option<Vec<u8>> {
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

fn with_text(
    attribute: &Attribute,
    value: Option<&Value>,
    operand: &Operand,
    holds: impl Fn(&str, &str) -> bool,
) -> bool {
    match (value, operand) {
        (Some(Value::String(value)), Operand::Text(part)) => holds(&folded(value, attribute), &folded(part, attribute)),
        _ => false,
    }
}

fn in_order(attribute: &Attribute, value: Option<&Value>, operand: &Operand, wanted: fn(Ordering) -> bool) -> bool {
    let ordering = match (attribute.kind, value, operand) {
        (Kind::Text, Some(Value::String(value)), Operand::Text(text)) => {
            let (value, text) = (folded(value, attribute), folded(text, attribute));
            Some(value.chars().cmp(text.chars()))
        }
        (Kind::Time, Some(Value::String(value)), Operand::Text(text)) => Some(instant(value).cmp(&instant(text))),
        (Kind::Number, Some(Value::Number(value)), Operand::Number(number)) => {
            let number: f64 = number.parse().unwrap();
            value.as_f64().and_then(|value| value.partial_cmp(&number))
        }
        _ => None,
    };
    ordering.is_some_and(wanted)
}

/// Nanoseconds since 1970 of a dateTime (RFC 7643 section 2.3.5).
fn instant(text: &str) -> i128 {
    let time: jiff::Timestamp = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    time.as_nanosecond()
}

/// Text as it is compared: normal form C and, where case doesn't matter, small letters.
pub(crate) fn folded(text: &str, attribute: &Attribute) -> String {
    let composed = text.nfc();
    if attribute.case_exact { composed.collect() } else { composed.map(small).collect() }
}

/// The small letter of a pair of letters that are each other's only counterpart.
fn small(letter: char) -> char {
    let lower: Vec<char> = letter.to_lowercase().collect();
    match lower[..] {
        [lower] if lower.to_uppercase().eq([letter]) => lower,
        _ => letter,
    }
}

/// Whether there is a value (RFC 7643 section 2.5): not null, not empty, not made of nothing but such.
pub(crate) fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => elements.iter().any(is_present),
        Value::Object(parts) => parts.values().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// The elements of a list that are there; a single value is its own one element.
fn elements(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let list = match value {
        Some(Value::Array(elements)) => elements.as_slice(),
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    list.iter().filter(|element| is_present(element))
}

fn value_at<'a>(path: &Path, kind: &Type, resource: &'a Value) -> Option<&'a Value> {
    match path.urn.as_ref().filter(|urn| **urn != kind.urn) {
        Some(urn) => resource.get(urn)?.get(&path.attribute),
        None => resource.get(&path.attribute),
    }
}
