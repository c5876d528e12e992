//! What must be there, and what must not change (RFC 7643 section 7, RFC 7644 section 3.5.1).

use serde_json::{Map, Value};

use crate::scim::error::Error;
use crate::scim::resource_schema::{AttrId, AttrPath, AttributeDef, ResourceSchema};
use crate::scim::schema::{Attribute, Mutability};

/// The required attributes that a resource in canonical form lacks. What is read only isn't the client's to give; the attributes
/// of an extension are required when the extension is, or when some of it is there.
pub fn missing(schema: &ResourceSchema, resource: &Map<String, Value>) -> Vec<AttrId> {
    let lacks = |def: &&AttributeDef| {
        def.attribute.required
            && def.attribute.mutability != Mutability::ReadOnly
            && concerns(schema, def, resource)
            && schema.value(def.id, resource).is_none()
    };
    schema.attributes().iter().filter(lacks).map(|def| def.id).collect()
}

fn concerns(schema: &ResourceSchema, def: &AttributeDef, resource: &Map<String, Value>) -> bool {
    match def.schema.and_then(|index| index.checked_sub(1)) {
        None => true,
        Some(extension) => schema.extensions().get(extension).is_some_and(|(extension, required)| {
            *required || resource.get(&extension.id).is_some_and(|members| members.as_object().is_some())
        }),
    }
}

/// The required sub-attributes that a value in canonical form, or one of its elements, lacks.
pub(crate) fn parts_missing(schema: &ResourceSchema, def: &AttributeDef, value: &Value) -> Vec<AttrPath> {
    let required = |sub: &&Attribute| sub.required && sub.mutability != Mutability::ReadOnly;
    let elements = match value {
        Value::Array(elements) => elements.as_slice(),
        single => std::slice::from_ref(single),
    };
    let required = def.attribute.sub_attributes.iter().filter(required);
    let lacking = required.filter(|sub| elements.iter().any(|element| element.get(&sub.name).is_none()));
    lacking.filter_map(|sub| schema.sub(def.id, &sub.name)).map(|sub| AttrPath::part(def.id, sub)).collect()
}

/// Checks what a PUT gives for immutable attributes: where the resource has a value already, it must be that (RFC 7644 section
/// 3.5.1). Both resources in canonical form. The elements of a list come and go as a whole, so only single values are compared.
///
/// # Errors
/// 400 `mutability`, naming the attribute.
pub fn immutable(
    schema: &ResourceSchema,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Result<(), Error> {
    for def in schema.attributes() {
        let (Some(old), Some(new)) = (schema.value(def.id, before), schema.value(def.id, after)) else { continue };
        if def.attribute.mutability == Mutability::Immutable && old != new {
            return Err(changed(schema, AttrPath::whole(def.id)));
        }
        let immutable = |sub: &&Attribute| sub.mutability == Mutability::Immutable;
        let subs = def.attribute.sub_attributes.iter().filter(immutable);
        let differs =
            |sub: &&Attribute| matches!((old.get(&sub.name), new.get(&sub.name)), (Some(a), Some(b)) if a != b);
        if let Some(sub) = subs.filter(|_| !def.attribute.multi_valued).find(differs) {
            let path = schema.sub(def.id, &sub.name).map(|sub| AttrPath::part(def.id, sub));
            return Err(changed(schema, path.unwrap_or(AttrPath::whole(def.id))));
        }
    }
    Ok(())
}

fn changed(schema: &ResourceSchema, path: AttrPath) -> Error {
    Error::mutability(format!("`{}` is immutable and has another value already", schema.path_text(path)))
}
