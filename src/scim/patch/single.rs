//! Changes to one value: a simple one, or the sub-attributes of a complex one or of an element.

use serde_json::{Map, Value};

use crate::scim::error::Error;
use crate::scim::filter::matches_element;
use crate::scim::input::Elements;
use crate::scim::resource_schema::{AttrPath, AttributeDef, ResourceSchema, SubId};
use crate::scim::schema::{AttributeKind, Mutability};

use super::operation::{Op, Operation, Target};

/// What becomes of a single-valued attribute.
pub(super) fn change(
    schema: &ResourceSchema,
    def: &AttributeDef,
    now: Option<Value>,
    operation: &Operation,
) -> Result<Option<Value>, Error> {
    let path = match &operation.target {
        Target::Attribute(path) => *path,
        Target::Elements { path, filter, template } => {
            match &now {
                Some(value) if matches_element(filter, schema, value) => {}
                _ if operation.value.is_none() => return Ok(now),
                None if template.is_some() => {
                    let made = Value::Object(made(schema, *path, template.as_ref(), operation.value.as_ref())?);
                    return Ok(Some(made));
                }
                _ => return Err(no_target(schema, *path)),
            }
            *path
        }
    };
    let value = operation.value.as_ref();
    if def.attribute.kind != AttributeKind::Complex || (path.sub.is_none() && value.is_none()) {
        return Ok(operation.value.clone());
    }
    let mut members = object(now);
    write(schema, path, &mut members, value)?;
    Ok((!members.is_empty()).then_some(Value::Object(members)))
}

/// A new complex value or element: what its filter says of it, and the operation's value.
pub(super) fn made(
    schema: &ResourceSchema,
    path: AttrPath,
    template: Option<&Map<String, Value>>,
    value: Option<&Value>,
) -> Result<Map<String, Value>, Error> {
    let template = template.ok_or_else(|| no_target(schema, path))?;
    let mut members = template.clone();
    write(schema, path, &mut members, value)?;
    // It must be what was looked for: `[value eq "a"].value` can't be made to be "b".
    let other = |name: &String| path.sub.is_some() && members.get(name) != template.get(name);
    if template.keys().any(other) { Err(no_target(schema, path)) } else { Ok(members) }
}

/// Writes an object's sub-attributes, or the one that the path names, over those of a complex value. Null takes one away.
pub(super) fn write(
    schema: &ResourceSchema,
    path: AttrPath,
    members: &mut Map<String, Value>,
    value: Option<&Value>,
) -> Result<(), Error> {
    if let Some(sub) = path.sub {
        return set(schema, path, sub, members, value);
    }
    let Some(Value::Object(given)) = value else { return Ok(()) };
    // A reference to another resource starts from nothing, so its `value` comes first.
    let significant = schema.get(path.attr).and_then(|def| Elements::of(&def.attribute).value_name());
    let (first, then): (Vec<_>, Vec<_>) = given.iter().partition(|(name, _)| Some(name.as_str()) == significant);
    for (name, value) in first.into_iter().chain(then) {
        if let Some(sub) = schema.sub(path.attr, name) {
            set(schema, path, sub, members, Some(value).filter(|value| !value.is_null()))?;
        }
    }
    Ok(())
}

fn set(
    schema: &ResourceSchema,
    path: AttrPath,
    sub: SubId,
    members: &mut Map<String, Value>,
    value: Option<&Value>,
) -> Result<(), Error> {
    let sub_path = AttrPath::part(path.attr, sub);
    let (Some(def), Some(attribute)) = (schema.get(path.attr), schema.attribute(sub_path)) else { return Ok(()) };
    let elements = Elements::of(&def.attribute);
    let is_value = elements.value_name() == Some(attribute.name.as_str());
    let old = members.get(&attribute.name);
    if old == value {
        return Ok(());
    }
    if attribute.mutability == Mutability::Immutable && old.is_some() {
        // What else is said of a reference follows from its `value`; clients write it in their own way.
        let follows = elements.is_reference() && !is_value && value.is_some();
        return if follows { Ok(()) } else { Err(immutable(schema, sub_path)) };
    }
    if elements.is_reference() && is_value && old.is_some() {
        members.clear();
    }
    match value {
        Some(value) => members.insert(attribute.name.clone(), value.clone()),
        None => members.remove(&attribute.name),
    };
    Ok(())
}

pub(super) fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// 400 `mutability`: an immutable attribute has another value.
pub(super) fn immutable(schema: &ResourceSchema, path: AttrPath) -> Error {
    Error::mutability(format!("`{}` is immutable and has another value already", schema.path_text(path)))
}

/// 400 `noTarget`: the filter matches nothing, and nothing can be made of it.
pub(super) fn no_target(schema: &ResourceSchema, path: AttrPath) -> Error {
    let path = schema.path_text(AttrPath::whole(path.attr));
    Error::no_target(format!("no value of `{path}` matches the filter"))
}

/// Whether the operation only takes away.
pub(super) fn removes(operation: &Operation) -> bool {
    operation.op == Op::Remove || operation.value.is_none()
}
