//! What is shown for which lists.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::scim::error::ScimType;
use crate::scim::resource_schema::Definition;
use crate::scim::schema::{AttributeKind, Mutability, Schema, common, core};

static USER: LazyLock<ResourceSchema> = LazyLock::new(ResourceSchema::user);
/// A type with every value of `returned`, on attributes and on parts of them.
static ODD: LazyLock<ResourceSchema> = LazyLock::new(odd);

fn odd() -> ResourceSchema {
    let plain = |name: &str, returned| Attribute { returned, ..Attribute::new(name, AttributeKind::String) };
    let parts = || {
        vec![
            plain("always", Returned::Always),
            plain("default", Returned::Default),
            plain("request", Returned::Request),
            plain("never", Returned::Never),
            Attribute { mutability: Mutability::WriteOnly, ..plain("written", Returned::Default) },
        ]
    };
    let complex = |name: &str, returned| Attribute {
        returned,
        sub_attributes: parts(),
        ..Attribute::new(name, AttributeKind::Complex)
    };
    let mut attributes = parts();
    attributes.push(complex("d", Returned::Default));
    attributes.push(complex("r", Returned::Request));
    attributes.push(complex("a", Returned::Always));
    attributes.push(complex("n", Returned::Never));
    let extension = Schema {
        id: "urn:example:x:1.0:X".into(),
        name: "X".into(),
        description: String::new(),
        attributes: vec![plain("xDefault", Returned::Default), plain("xRequest", Returned::Request)],
    };
    ResourceSchema::new(Definition {
        name: "Odd".into(),
        description: String::new(),
        endpoint: "/Odd".into(),
        core: Schema {
            id: "urn:example:odd:1.0:Odd".into(),
            name: "Odd".into(),
            description: String::new(),
            attributes,
        },
        extensions: vec![(extension, false)],
        common: common::attributes().into_iter().filter(|attribute| attribute.name == "id").collect(),
    })
    .unwrap()
}

fn list(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The paths that are shown: complex attributes by their parts.
fn shown(schema: &ResourceSchema, projection: &Projection) -> String {
    let leaf = |path: &AttrPath| path.sub.is_some() || schema.attribute(*path).unwrap().sub_attributes.is_empty();
    let paths: Vec<_> = schema.paths().filter(leaf).filter(|path| projection.includes(*path)).collect();
    paths.into_iter().map(|path| schema.path_text(path)).collect::<Vec<_>>().join(" ")
}

const X: &str = "urn:example:x:1.0:X:xDefault";
const MINIMUM: &str = "id always a.always a.default";

#[rstest]
#[case(&[], &[], format!("id always default d.always d.default a.always a.default {X}"))]
#[case(&["default"], &[], "id always default a.always a.default".into())]
#[case(&["request"], &[], "id always request a.always a.default".into())]
#[case(&["never", "n", "n.default", "written", "nothing"], &[], MINIMUM.into())]
#[case(&["d"], &[], "id always d.always d.default a.always a.default".into())]
#[case(&["D.DEFAULT"], &[], "id always d.always d.default a.always a.default".into())]
#[case(&["d.request"], &[], "id always d.always d.request a.always a.default".into())]
#[case(&["d.never", "d.written"], &[], "id always d.always a.always a.default".into())]
#[case(&["r"], &[], "id always r.always r.default a.always a.default".into())]
#[case(&["a.request"], &[], "id always a.always a.request".into())]
#[case(&["urn:example:x:1.0:X"], &[], format!("{MINIMUM} {X}"))]
#[case(&["urn:example:x:1.0:X:xRequest"], &[], format!("{MINIMUM} urn:example:x:1.0:X:xRequest"))]
#[case(&[], &["default", "d", "always", "a"], format!("id always a.always a.default {X}"))]
#[case(&[], &["d.default", "d.always", "a.default"], format!("id always default d.always a.always {X}"))]
#[case(&[], &["urn:example:x:1.0:x", "id"], "id always default d.always d.default a.always a.default".into())]
#[case(&[], &["nothing"], format!("id always default d.always d.default a.always a.default {X}"))]
fn lists(#[case] attributes: &[&str], #[case] excluded: &[&str], #[case] expected: String) {
    let projection = Projection::compile(&ODD, &list(attributes), &list(excluded)).unwrap();
    let order = |text: &str| text.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(order(&shown(&ODD, &projection)), order(&expected));
}

#[test]
fn the_two_lists_exclude_each_other() {
    let error = Projection::compile(&USER, &list(&["a"]), &list(&["b"])).unwrap_err();
    assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
}

#[test]
fn what_is_requested_was_named() {
    let requested = |names: &[&str], path: &str| {
        let path = USER.resolve(&path.into()).unwrap();
        Projection::compile(&USER, &list(names), &[]).unwrap().requested(path)
    };
    assert!(!requested(&[], "emails"));
    assert!(!requested(&["userName"], "id"));
    assert!(requested(&["emails"], "emails") && requested(&["emails"], "emails.type"));
    assert!(requested(&["emails.type"], "emails") && !requested(&["emails.type"], "emails.value"));
    assert!(requested(&[core::ENTERPRISE_USER], "department"));
}

#[test]
fn equal_lists_make_equal_projections() {
    let compiled = |names: &[&str]| Projection::compile(&USER, &list(names), &[]).unwrap();
    assert_eq!(compiled(&["userName", "emails"]), compiled(&["EMAILS", " username ", "nothing"]));
    assert_ne!(compiled(&["userName"]), compiled(&["emails"]));
    assert_eq!(compiled(&[]), Projection::default_for(&USER));
}

#[test]
fn what_a_client_may_not_see_goes() {
    let mut projection = Projection::default_for(&ODD);
    let hidden = ["default", "d.default", "a.always", "a.default"];
    projection.retain(&ODD, |path| !hidden.contains(&ODD.path_text(path).as_str()));
    assert_eq!(shown(&ODD, &projection), format!("id always d.always {X}"));
    let a = ODD.resolve(&"a".into()).unwrap();
    assert!(!projection.includes_attr(a.attr));
}

#[test]
fn a_resource_is_pruned() {
    let user = json!({
        "id": "1", "userName": "u", "name": { "familyName": "f", "givenName": "g" },
        "emails": [{ "value": "v", "type": "t" }, { "type": "u" }],
        core::ENTERPRISE_USER: { "department": "d", "manager": { "value": "m", "displayName": "n" } }, "other": 1,
    });
    let pruned = |attributes: &[&str], excluded: &[&str]| {
        let mut user = user.as_object().cloned().unwrap();
        Projection::compile(&USER, &list(attributes), &list(excluded)).unwrap().prune(&USER, &mut user);
        serde_json::Value::Object(user)
    };
    assert_eq!(
        pruned(&["name.givenName", "emails.value", "manager.value"], &[]),
        json!({
            "id": "1", "name": { "givenName": "g" }, "emails": [{ "value": "v" }],
            core::ENTERPRISE_USER: { "manager": { "value": "m" } }, "other": 1,
        })
    );
    assert_eq!(
        pruned(&[], &["name", core::ENTERPRISE_USER, "emails.type"]),
        json!({ "id": "1", "userName": "u", "emails": [{ "value": "v" }], "other": 1 })
    );
}

#[test]
fn a_list_of_many_unknown_names_is_no_trouble() {
    let names = vec!["usrName".to_owned(); 20_000];
    let projection = Projection::compile(&USER, &names, &[]).unwrap();
    assert_eq!(projection, Projection::compile(&USER, &list(&["nothing"]), &[]).unwrap());
}

proptest! {
    #[test]
    fn the_minimum_is_always_there_and_what_is_hidden_never(
        names in proptest::collection::vec("(d|a|r|n|always|never|default|id)(\\.(always|never|request|default))?", 0..4),
        exclude: bool,
    ) {
        let (attributes, excluded) = if exclude { (Vec::new(), names) } else { (names, Vec::new()) };
        let projection = Projection::compile(&ODD, &attributes, &excluded).unwrap();
        for path in ODD.paths() {
            let whole = AttrPath::whole(path.attr);
            if ODD.is_hidden(path) {
                prop_assert!(!projection.includes(path));
            } else if [path, whole].iter().all(|path| ODD.attribute(*path).unwrap().returned == Returned::Always) {
                prop_assert!(projection.includes(path));
            }
            prop_assert!(projection.includes_attr(path.attr) || !projection.includes(path));
        }
    }
}
