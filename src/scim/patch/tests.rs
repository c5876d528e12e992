//! The table of PATCH requests (`tests/cases/patch.toml`).

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::scim::dialect::Dialect;
use crate::scim::error::Error;
use crate::scim::resource_schema::{Definition, ResourceSchema};
use crate::scim::schema::{Attribute, AttributeKind, Mutability, Schema, common, core};

use super::*;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(rename = "type", default = "user")]
    kind: String,
    #[serde(default)]
    dialect: Dialect,
    before: String,
    ops: Option<String>,
    body: Option<String>,
    after: Option<String>,
    error: Option<String>,
    changed: Option<Vec<String>>,
    max_operations: Option<usize>,
}

fn user() -> String {
    "User".into()
}

fn read<T: serde::de::DeserializeOwned>(case: &Case, text: &str) -> T {
    let text = text.replace("ENT", core::ENTERPRISE_USER);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}: {text}", case.name))
}

fn of(name: &str, kind: AttributeKind) -> Attribute {
    Attribute::new(name, kind)
}

/// A resource type with an attribute of every kind.
pub(super) fn thing() -> ResourceSchema {
    let complex = |name: &str, sub_attributes| Attribute { sub_attributes, ..of(name, AttributeKind::Complex) };
    let required = |attribute: Attribute| Attribute { required: true, ..attribute };
    let immutable = |attribute: Attribute| Attribute { mutability: Mutability::Immutable, ..attribute };
    let several = |attribute: Attribute| Attribute { multi_valued: true, ..attribute };
    let text = |name: &str| of(name, AttributeKind::String);
    let badge = vec![immutable(text("serial")), required(text("label")), text("note"), several(text("words"))];
    let attributes = vec![
        required(text("name")),
        immutable(text("code")),
        several(text("tags")),
        immutable(several(text("marks"))),
        of("level", AttributeKind::Integer),
        of("share", AttributeKind::Decimal),
        of("since", AttributeKind::DateTime),
        of("seal", AttributeKind::Binary),
        several(complex("badges", badge)),
    ];
    ResourceSchema::new(Definition {
        name: "Thing".into(),
        description: String::new(),
        endpoint: "/Things".into(),
        core: Schema {
            id: "urn:example:1.0:Thing".into(),
            name: "Thing".into(),
            description: String::new(),
            attributes,
        },
        extensions: Vec::new(),
        common: common::attributes(),
    })
    .unwrap()
}

fn schema(case: &Case) -> ResourceSchema {
    match case.kind.as_str() {
        "User" => ResourceSchema::user(),
        "Group" => ResourceSchema::group(),
        "Thing" => thing(),
        other => panic!("{}: no type {other}", case.name),
    }
}

fn run(case: &Case, schema: &ResourceSchema, target: &mut Map<String, Value>) -> Result<Changed, Error> {
    let body = match (&case.ops, &case.body) {
        (Some(ops), None) => json!({ "schemas": [URN], "Operations": read::<Value>(case, ops) }),
        (None, Some(body)) => read(case, body),
        _ => panic!("{}: either `ops` or `body`", case.name),
    };
    let mut limits = Limits::default();
    limits.max_operations = case.max_operations.unwrap_or(limits.max_operations);
    let raw = parse(body, &limits, case.dialect)?;
    let operations = resolve(&raw, schema, &limits, case.dialect)?;
    apply(&operations, schema, target)
}

fn names(schema: &ResourceSchema, changed: &Changed) -> Vec<String> {
    changed.attributes.iter().map(|attr| schema.attribute_name(*attr).to_owned()).collect()
}

fn check(case: &Case) {
    let (name, schema) = (&case.name, schema(case));
    let before: Map<String, Value> = read(case, &case.before);
    let mut target = before.clone();
    match (run(case, &schema, &mut target), &case.after, &case.error) {
        (Ok(changed), Some(after), None) => {
            assert_eq!(Value::Object(target.clone()), read::<Value>(case, after), "{name}");
            let Some(expected) = &case.changed else {
                assert_eq!(changed.is_empty(), target == before, "{name}: {changed:?}");
                return;
            };
            let (mut found, mut expected) = (names(&schema, &changed), expected.clone());
            found.sort();
            expected.sort();
            assert_eq!(found, expected, "{name}");
        }
        (Err(error), None, Some(expected)) => {
            let found = error.scim_type.map_or_else(|| error.status.to_string(), |found| found.keyword().to_owned());
            assert_eq!(found, *expected, "{name}: {error}");
            assert_eq!(target, before, "{name}: all or nothing");
        }
        (found, ..) => panic!("{name}: {found:?}, resource {target:?}"),
    }
}

#[test]
fn the_table() {
    let cases: Cases = toml::from_str(include_str!("../../../tests/cases/patch.toml")).unwrap();
    assert!(cases.case.len() >= 80);
    let failed: Vec<String> = cases
        .case
        .iter()
        .filter_map(|case| {
            let outcome = std::panic::catch_unwind(|| check(case));
            outcome.err().map(|panic| panic.downcast_ref::<String>().cloned().unwrap_or_default())
        })
        .collect();
    assert!(failed.is_empty(), "{} of {} cases failed:\n{}", failed.len(), cases.case.len(), failed.join("\n"));
}
