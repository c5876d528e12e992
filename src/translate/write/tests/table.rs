//! The table of writes and the LDIF of what they do (`tests/cases/write.toml`).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::kit::{self, Other, Request};
use super::model::Model;
use crate::ldap::plan::{Applied, Operation};
use crate::ldap::{Subschema, ldif};
use crate::mapping::model::TypeIndex;
use crate::translate::test_kit::{FULL, PRESET, kind, view};
use crate::translate::write::simulated;

/// Read when the test runs, so that a new case needs no compiler.
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/write.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// What is added to the preset, by name.
    mapping: BTreeMap<String, String>,
    /// What entries are like unless a case says otherwise, by type.
    entry: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    dn: BTreeMap<String, String>,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(rename = "type", default = "user")]
    kind: String,
    #[serde(default)]
    mapping: Vec<String>,
    /// `full` has the attributes that the standard schema lacks.
    schema: Option<String>,
    dn: Option<String>,
    #[serde(default)]
    entry: BTreeMap<String, Vec<String>>,
    /// Other resources by id, as type and DN.
    #[serde(default)]
    others: BTreeMap<String, String>,
    patch: Option<String>,
    put: Option<String>,
    post: Option<String>,
    /// What is done, from LDIF.
    ldif: Option<String>,
    /// The status, the scimType and a part of the detail.
    error: Option<String>,
}

fn user() -> String {
    "User".to_owned()
}

impl Case {
    fn run(&self, table: &Table) -> Result<String, String> {
        let schema = if self.schema.as_deref() == Some("full") { FULL.clone() } else { Subschema::standard() };
        let mut text = PRESET.to_owned();
        self.mapping.iter().for_each(|name| text.push_str(&table.mapping[name]));
        let view = view(&text, schema);
        let kind = kind(&view, &self.kind);
        let others: Vec<Other> = self.others.iter().map(|(id, text)| Other::read(&view, id, text)).collect();
        let json = |text: &String| -> Value { serde_json::from_str(text).unwrap() };
        if let Some(body) = self.post.as_ref().map(json) {
            let creation = kit::creation(&view, kind, &body, &others).map_err(|error| said(&error))?;
            let mut model = kit::model(&view, "", &BTreeMap::new(), &others);
            let applied = model.carry_out(creation.plan).map_err(|cause| cause.to_string())?;
            return Ok(ldif::changes(&applied.operations));
        }
        let request = match (self.patch.as_ref().map(json), self.put.as_ref().map(json)) {
            (Some(operations), _) => Request::Patch(operations),
            (_, body) => Request::Put(body.unwrap()),
        };
        let mut values = table.entry[&self.kind].clone();
        values.extend(self.entry.clone());
        values.retain(|_, values| !values.is_empty());
        let dn = self.dn.as_ref().unwrap_or(&table.dn[&self.kind]);
        let mut model = kit::model(&view, dn, &values, &others);
        changed(&mut model, kind, &request, &others)
    }
}

/// What `request` does, which is done by doing it once.
fn changed(model: &mut Model<'_>, kind: TypeIndex, request: &Request, others: &[Other]) -> Result<String, String> {
    let before = model.clone();
    let planned = kit::plan(model, kind, request, others, None).map_err(|error| said(&error))?;
    let Some(plan) = planned.plan else { return Ok(String::new()) };
    let applied = model.carry_out(plan).map_err(|cause| cause.to_string())?;
    foreseen(&before, model, &planned.seen, &applied);
    let text = ldif::changes(&applied.operations);
    if !text.to_lowercase().contains("password") {
        let again = match kit::plan(model, kind, request, others, None) {
            Ok(again) => again,
            Err(error) if said(&error).contains("noTarget") => return Ok(text), // what it was about has changed
            Err(error) => return Err(format!("again: {}", said(&error))),
        };
        let again = again.plan.map(|plan| model.carry_out(plan).expect("what was done can be done again"));
        let again: Vec<Operation> = again.map(|applied| applied.operations).unwrap_or_default();
        assert!(again.is_empty(), "it isn't done once for all: {again:#?}");
    }
    Ok(text)
}

/// A dry run says what the model does.
fn foreseen(before: &Model<'_>, after: &Model<'_>, seen: &kit::Seen, applied: &Applied) {
    let attributes = &seen.plan.attributes;
    let foreseen = simulated(seen.entry.clone(), attributes, &applied.operations);
    assert_eq!(foreseen.dn, after.dn);
    for (name, place) in attributes.iter().zip(0..) {
        let name = name.as_str();
        if before.of(name) == after.of(name) && name.eq_ignore_ascii_case("entryUUID") {
            continue;
        }
        let sorted = |values: &[Vec<u8>]| {
            let mut values = values.to_vec();
            values.sort();
            values
        };
        assert_eq!(sorted(foreseen.values(place)), sorted(after.of(name)), "{name}");
    }
}

fn said(error: &crate::scim::Error) -> String {
    let json = serde_json::to_value(error).unwrap();
    let part = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    format!("{} {} {}", part("status"), part("scimType"), part("detail"))
}

#[test]
fn writes_do_this() {
    let table: Table = toml::from_str(&std::fs::read_to_string(CASES).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for case in &table.case {
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case.run(&table)));
        let run = run.unwrap_or_else(|_| Err("it panics".to_owned()));
        let fits = match (&run, &case.ldif, &case.error) {
            (Ok(text), Some(expected), None) => text.trim() == expected.trim(),
            (Err(error), None, Some(expected)) => error.contains(expected.as_str()),
            _ => false,
        };
        if !fits {
            let text = run.unwrap_or_else(|error| format!("error: {error}"));
            wrong.push(format!("=== {}\n{}\n", case.name, text.trim()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
