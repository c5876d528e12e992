//! A JSON schema out of a declaration, for editors that complete and check TOML.

use super::{Key, Kind, TableSpec};
use serde_json::{Map, Value, json};

/// The JSON schema (draft 2020-12) of a file whose root is `spec`; each table stands once, under `$defs`.
pub fn json_schema(spec: &'static TableSpec) -> Value {
    let mut defs = Map::new();
    define(spec, &mut defs);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": reference(spec),
        "$defs": defs,
    })
}

/// The key of a table's schema under `$defs`: its name without what a JSON pointer or URI would have to escape.
fn def_name(spec: &TableSpec) -> String {
    spec.name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' }).collect()
}

fn reference(spec: &TableSpec) -> String {
    format!("#/$defs/{}", def_name(spec))
}

fn define(spec: &'static TableSpec, defs: &mut Map<String, Value>) {
    let name = def_name(spec);
    if defs.contains_key(&name) {
        return;
    }
    // Taken before its keys are walked: a table may hold tables like itself.
    defs.insert(name.clone(), Value::Null);
    let mut properties = Map::new();
    for key in spec.keys {
        properties.insert(key.name.to_owned(), property(key, defs));
    }
    let schema = json!({
        "type": "object",
        "description": spec.doc,
        "properties": properties,
        "additionalProperties": spec.free,
    });
    defs.insert(name, schema);
}

fn property(key: &Key, defs: &mut Map<String, Value>) -> Value {
    let mut schema = kind_schema(&key.kind, defs);
    schema["description"] = json!(key.doc);
    if let Some(default) = key.default.and_then(from_toml) {
        schema["default"] = default;
    }
    if let Some(example) = key.example.and_then(from_toml) {
        schema["examples"] = json!([example]);
    }
    schema
}

fn kind_schema(kind: &Kind, defs: &mut Map<String, Value>) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Secret => json!({ "type": "string", "writeOnly": true }),
        Kind::Texts => json!({ "type": ["string", "array"], "items": { "type": "string" } }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Integer => json!({ "type": "integer" }),
        Kind::Range(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        Kind::Float => json!({ "type": "number" }),
        Kind::Duration => json!({ "type": "string", "pattern": "^\\s*[0-9]+\\s*(ms|s|m|min|h|d)\\s*$" }),
        Kind::Size => {
            json!({ "type": ["integer", "string"], "minimum": 0, "pattern": "^\\s*[0-9]+\\s*(B|[kMG]B|[KMG]iB)?\\s*$" })
        }
        Kind::List(kind) => json!({ "type": "array", "items": kind_schema(kind, defs) }),
        Kind::Map(kind) => json!({ "type": "object", "additionalProperties": kind_schema(kind, defs) }),
        Kind::OneOf(words) => json!({ "enum": words }),
        Kind::AnyOf(kinds) => json!({ "anyOf": kinds.iter().map(|kind| kind_schema(kind, defs)).collect::<Vec<_>>() }),
        Kind::Any => json!({}),
        Kind::Table(spec) => {
            define(spec, defs);
            json!({ "$ref": reference(spec) })
        }
    }
}

/// A default or example, written as TOML, as JSON; nothing when it isn't TOML (a description in words).
fn from_toml(text: &str) -> Option<Value> {
    let table: Value = ::toml::from_str(&format!("value = {text}")).ok()?;
    table.get("value").cloned()
}
