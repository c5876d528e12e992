//! Attributes as JSON Schema.

use serde_json::{Map, Value, json};

use super::api::ApiType;
use crate::scim::schema::{Attribute, AttributeKind, Mutability, Returned, Schema};

/// Which way a resource goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// To the client.
    Served,
    /// From the client.
    Sent,
}

impl Way {
    /// Whether an attribute goes this way.
    fn has(self, attribute: &Attribute) -> bool {
        match self {
            Self::Served => !attribute.is_hidden(),
            Self::Sent => attribute.mutability != Mutability::ReadOnly,
        }
    }

    /// Whether it always does. What is served depends on what the client asks for.
    fn needs(self, attribute: &Attribute) -> bool {
        match self {
            Self::Served => attribute.required && attribute.returned == Returned::Always,
            Self::Sent => attribute.required,
        }
    }
}

/// The resource as it is served.
pub(super) fn served(kind: &ApiType) -> Value {
    resource(kind, Way::Served)
}

/// The resource as clients send it. They say its schemas, too.
pub(super) fn sent(kind: &ApiType) -> Value {
    resource(kind, Way::Sent)
}

fn resource(kind: &ApiType, way: Way) -> Value {
    let mut members = Members::default();
    // Made by the server, but sent by the client all the same (RFC 7643 section 3).
    let schemas = kind.common.iter().filter(|attribute| way == Way::Sent && attribute.name == "schemas");
    for attribute in schemas {
        members.add(&attribute.name, json!({ "type": "array", "items": { "type": "string" } }), true);
    }
    members.extend(kind.common.iter().chain(&kind.core.attributes), way);
    for (extension, required) in &kind.extensions {
        members.add(
            &extension.id,
            object(&extension.attributes, &extension_text(extension), way),
            *required && way == Way::Sent,
        );
    }
    members.into_object(&kind.description)
}

fn extension_text(extension: &Schema) -> String {
    if extension.description.is_empty() { extension.name.clone() } else { extension.description.clone() }
}

/// The members of an object.
#[derive(Debug, Default)]
struct Members {
    properties: Map<String, Value>,
    required: Vec<String>,
}

impl Members {
    fn extend<'a>(&mut self, attributes: impl IntoIterator<Item = &'a Attribute>, way: Way) {
        for attribute in attributes.into_iter().filter(|attribute| way.has(attribute)) {
            self.add(&attribute.name, value(attribute, way), way.needs(attribute));
        }
    }

    fn add(&mut self, name: &str, schema: Value, required: bool) {
        self.properties.insert(name.to_owned(), schema);
        if required {
            self.required.push(name.to_owned());
        }
    }

    fn into_object(self, description: &str) -> Value {
        let mut object = json!({ "type": "object", "properties": self.properties });
        describe(&mut object, description);
        if !self.required.is_empty() {
            set(&mut object, "required", self.required.into());
        }
        object
    }
}

fn object(attributes: &[Attribute], description: &str, way: Way) -> Value {
    let mut members = Members::default();
    members.extend(attributes, way);
    members.into_object(description)
}

fn value(attribute: &Attribute, way: Way) -> Value {
    let one = match attribute.kind {
        AttributeKind::Complex => object(&attribute.sub_attributes, "", way),
        kind => simple(kind, attribute),
    };
    let mut schema = if attribute.multi_valued { json!({ "type": "array", "items": one }) } else { one };
    describe(&mut schema, &attribute.description);
    if attribute.mutability == Mutability::WriteOnly {
        set(&mut schema, "writeOnly", true.into());
    }
    schema
}

fn simple(kind: AttributeKind, attribute: &Attribute) -> Value {
    let mut schema = match kind {
        AttributeKind::String | AttributeKind::Complex => json!({ "type": "string" }),
        AttributeKind::Boolean => json!({ "type": "boolean" }),
        AttributeKind::Decimal => json!({ "type": "number" }),
        AttributeKind::Integer => json!({ "type": "integer" }),
        AttributeKind::DateTime => json!({ "type": "string", "format": "date-time" }),
        AttributeKind::Binary => json!({ "type": "string", "contentEncoding": "base64" }),
        AttributeKind::Reference => json!({ "type": "string", "format": "uri-reference" }),
    };
    // Suggestions, so not `enum` (RFC 7643 section 7).
    if !attribute.canonical_values.is_empty() {
        set(&mut schema, "examples", attribute.canonical_values.clone().into());
    }
    schema
}

fn describe(schema: &mut Value, description: &str) {
    if !description.is_empty() {
        set(schema, "description", description.into());
    }
}

fn set(schema: &mut Value, key: &str, value: Value) {
    if let Some(members) = schema.as_object_mut() {
        members.insert(key.to_owned(), value);
    }
}
