//! Values as clients write them, brought to the form in which a resource holds them, and when two are the same.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::exactness::catalogue::{Attribute, Kind};
use crate::exactness::evaluator::folded;

/// One value, or none where the client says that there be none: null, an empty text, an empty list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Single {
    Nothing,
    Value(Value),
}

/// One value of the attribute.
pub(crate) fn single(attribute: &Attribute, value: &Value) -> Result<Single, Refusal> {
    let value = match value {
        Value::Array(list) if list.len() > 1 => return Err(Refusal::of("invalidValue")),
        Value::Array(list) => list.first().unwrap_or(&Value::Null),
        other => other,
    };
    if value.is_null() || value == "" {
        return Ok(Single::Nothing);
    }
    let good = match (attribute.kind, value) {
        (Kind::Text | Kind::Time | Kind::Binary, Value::String(_)) | (Kind::Boolean, Value::Bool(_)) => value.clone(),
        (Kind::Text, Value::Number(number)) => number.to_string().into(),
        (Kind::Boolean, Value::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" => true.into(),
            "false" => false.into(),
            _ => return Err(Refusal::of("invalidValue")),
        },
        (Kind::Complex, Value::Object(members)) => return complex(attribute, members),
        (Kind::Complex, Value::String(_)) if attribute.sub("value").is_some() => {
            return complex(attribute, &Map::from_iter([("value".to_owned(), value.clone())]));
        }
        _ => return Err(Refusal::of("invalidValue")),
    };
    // No directory holds it, and no schema needs it.
    if good.as_str().is_some_and(|text| text.contains('\0')) {
        return Err(Refusal::of("invalidValue"));
    }
    Ok(Single::Value(good))
}

fn complex(attribute: &Attribute, members: &Map<String, Value>) -> Result<Single, Refusal> {
    let mut known = Map::new();
    for (name, value) in members {
        let Some(sub) = attribute.subs.iter().find(|sub| sub.name.eq_ignore_ascii_case(name)) else { continue };
        if sub.mutability == "readOnly" {
            continue;
        }
        if let Single::Value(value) = single(sub, value)? {
            known.insert(sub.name.clone(), value);
        }
    }
    // A reference to nothing is none; another value that says nothing changes nothing.
    let names_nothing = attribute.sub("$ref").is_some() && !members.is_empty();
    if known.is_empty() && names_nothing && members.values().all(|value| value.is_null() || value == "") {
        return Ok(Single::Nothing);
    }
    Ok(Single::Value(Value::Object(known)))
}

/// The sub-attributes that an object says to be without a value.
pub(crate) fn cleared(attribute: &Attribute, value: Option<&Value>) -> Vec<String> {
    let Some(Value::Object(members)) = value else { return Vec::new() };
    let empty = |value: &Value| value.is_null() || value == "" || *value == serde_json::json!([]);
    let names = members.iter().filter(|(_, value)| empty(value));
    names.filter_map(|(name, _)| attribute.sub(name)).map(|sub| sub.name.clone()).collect()
}

/// The elements of a list, or the one element that stands alone.
pub(crate) fn list(attribute: &Attribute, value: Option<&Value>) -> Result<Vec<Value>, Refusal> {
    let elements = match value {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let mut list = Vec::new();
    for element in elements {
        if let Single::Value(value) = single(attribute, element)? {
            list.push(value);
        }
    }
    Ok(list)
}

/// Whether both have the same `value`.
pub(crate) fn same_value(attribute: &Attribute, one: &Value, other: &Value) -> bool {
    same(attribute, "value", one, other) && one.get("value").is_some()
}

/// Whether both have the same `type`, or none.
pub(crate) fn same_type(attribute: &Attribute, one: &Value, other: &Value) -> bool {
    same(attribute, "type", one, other)
}

/// Whether an element is what is to be added: the same value for the same purpose, or for any where none is said. Without a
/// `value` all must be the same.
pub(crate) fn is_there_as(attribute: &Attribute, element: &Value, given: &Value) -> bool {
    if attribute.sub("value").is_some() {
        return same_value(attribute, element, given)
            && (given.get("type").is_none() || attribute.name == "members" || same_type(attribute, element, given));
    }
    attribute.subs.iter().all(|sub| {
        let unset = |value: &&Value| **value != false;
        match (element.get(&sub.name).filter(unset), given.get(&sub.name).filter(unset)) {
            (None, None) => true,
            _ => same(attribute, &sub.name, element, given),
        }
    })
}

fn same(attribute: &Attribute, sub: &str, one: &Value, other: &Value) -> bool {
    let Some(sub) = attribute.sub(sub) else { return true };
    match (one.get(&sub.name), other.get(&sub.name)) {
        (Some(Value::String(one)), Some(Value::String(other))) => folded(one, sub) == folded(other, sub),
        (one, other) => one == other,
    }
}
