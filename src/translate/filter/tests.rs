//! The table of filters and the bounds that they are given (`tests/cases/translation.toml`).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;
use crate::ldap::Subschema;
use crate::translate::lookup::{Answer, Found, Which};
use crate::translate::test_kit::{BASE_URL, FULL, PRESET, kind, scim_filter, view};

/// Read when the test runs, so that a new case needs no compiler.
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/translation.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// What is added to the preset, by name.
    mapping: BTreeMap<String, String>,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    filter: String,
    upper: String,
    lower: Option<String>,
    #[serde(default)]
    exact: bool,
    /// Part of a reason why it isn't exact.
    because: Option<String>,
    #[serde(default)]
    mapping: Vec<String>,
    /// `full` has the attributes that the standard schema lacks.
    schema: Option<String>,
    /// What the one entry is like that each lookup finds.
    #[serde(default)]
    found: Answered,
    /// The lookups, in the order in which they are asked for.
    lookups: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Answered {
    dn: Option<String>,
    classes: Vec<String>,
    values: BTreeMap<String, Vec<String>>,
    none: bool,
    too_many: bool,
}

impl Answered {
    fn to(&self, view: &View, lookup: &Lookup) -> Answer {
        if self.too_many {
            return Answer::TooMany;
        }
        let hole = || match &lookup.which {
            Which::Id(id) => format!("<{} {id}>", view.resource(lookup.kind).name),
            Which::Matching(_) => format!("<{} that matches>", view.resource(lookup.kind).name),
        };
        let values = |name: &str| self.values.get(name).into_iter().flatten().map(|value| value.clone().into_bytes());
        let found = Found {
            dn: self.dn.clone().unwrap_or_else(hole),
            classes: self.classes.iter().map(|class| class.clone().into_bytes()).collect(),
            attributes: lookup.attributes.iter().map(|name| values(name.as_str()).collect()).collect(),
        };
        Answer::Entries(if self.none { Vec::new() } else { vec![found] })
    }
}

fn asked(view: &View, lookup: &Lookup) -> String {
    let which = match &lookup.which {
        Which::Id(id) => format!("{id:?}"),
        Which::Matching(ScimFilter::Test(test)) => {
            format!("{} {:?}", view.resource(lookup.kind).schema.path_text(test.path), test.test)
        }
        Which::Matching(filter) => format!("{filter:?}"),
    };
    let attributes: Vec<_> = lookup.attributes.iter().map(|name| format!(" {name}")).collect();
    let nested = if lookup.nested { ", nested" } else { "" };
    format!("{} {which}{}{nested}", view.resource(lookup.kind).name, attributes.concat())
}

/// The bounds of `case`, and what was looked up for them.
fn translated(case: &Case, mappings: &BTreeMap<String, String>) -> (Bounds, Vec<String>) {
    let schema = if case.schema.as_deref() == Some("full") { FULL.clone() } else { Subschema::standard() };
    let mut text = PRESET.to_owned();
    case.mapping.iter().for_each(|name| text.push_str(&mappings[name]));
    let view = view(&text, schema);
    let kind = kind(&view, &case.kind);
    let filter = scim_filter(&view, kind, &case.filter);
    let (mut answers, mut lookups) = (Answers::default(), Vec::new());
    for _ in 0..3 {
        match translate(&view, kind, &filter, &answers, BASE_URL) {
            Translated::Ready(bounds) => return (bounds, lookups),
            Translated::Needs(needed) => {
                for lookup in needed {
                    answers.insert(&lookup, case.found.to(&view, &lookup));
                    lookups.push(asked(&view, &lookup));
                }
            }
        }
    }
    panic!("{}: more and more lookups: {lookups:#?}", case.name);
}

#[test]
fn filters_become_these_bounds() {
    let table: Table = toml::from_str(&std::fs::read_to_string(CASES).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for case in &table.case {
        let (bounds, lookups) = translated(case, &table.mapping);
        let lower = case.lower.as_ref().unwrap_or(&case.upper);
        assert_eq!(case.exact, case.lower.is_none(), "{}: either `exact` or `lower`", case.name);
        let fits = (bounds.upper.to_string(), bounds.lower.to_string()) == (case.upper.clone(), lower.clone())
            && case.exact == bounds.is_exact()
            && bounds.is_exact() == bounds.reasons.is_empty()
            && case.because.as_ref().is_none_or(|part| bounds.reasons.iter().any(|reason| reason.contains(part)))
            && case.lookups.as_ref().is_none_or(|expected| *expected == lookups);
        if !fits {
            wrong.push(format!(
                "{}\n  {} {}\n  upper = {}\n  lower = {}\n  reasons {:?}\n  lookups {lookups:?}",
                case.name, case.kind, case.filter, bounds.upper, bounds.lower, bounds.reasons
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), table.case.len(), wrong.join("\n"));
    assert!(table.case.len() >= 60);
}
