//! SCIM values as codecs take them.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::mapping::atom::Atom;
use crate::scim::datetime;
use crate::scim::resource_schema::{AttrPath, ResourceSchema};
use crate::scim::schema::{Attribute, AttributeKind};

/// The value of a simple attribute in canonical form.
pub(super) fn atom<'a>(attribute: &Attribute, value: &'a Value) -> Option<Atom<'a>> {
    match (attribute.kind, value) {
        (AttributeKind::Boolean, Value::Bool(value)) => Some(Atom::Bool(*value)),
        (AttributeKind::Integer, value) => value.as_i64().map(Atom::Integer),
        (AttributeKind::Decimal, value) => value.as_f64().map(Atom::Decimal),
        (AttributeKind::DateTime, Value::String(text)) => datetime::parse(text).map(Atom::Time),
        (AttributeKind::String | AttributeKind::Reference | AttributeKind::Binary, Value::String(text)) => {
            Some(Atom::Text(Cow::Borrowed(text)))
        }
        _ => None,
    }
}

/// What `path` has in a resource, as text: of several elements that of the primary one, else of the first.
pub(super) fn text(schema: &ResourceSchema, resource: &Map<String, Value>, path: AttrPath) -> Option<String> {
    let value = schema.value(path.attr, resource)?;
    let element = match value {
        Value::Array(elements) => {
            let primary = |element: &&Value| element.get("primary").and_then(Value::as_bool) == Some(true);
            elements.iter().find(primary).or(elements.first())?
        }
        single => single,
    };
    let part = match element {
        Value::Object(members) => {
            let name = path.sub.map_or("value", |sub| schema.sub_name(path.attr, sub));
            members.get(name)?
        }
        simple => simple,
    };
    match part {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Bool(_) | Value::Number(_) => Some(part.to_string()),
        _ => None,
    }
}
