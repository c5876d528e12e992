//! Bodies of POST and PUT.

use rstest::rstest;
use serde_json::{Map, Value, json};

use super::*;
use crate::scim::dialect::Dialect;
use crate::scim::error::{Error, ScimType};
use crate::scim::resource_schema::ResourceSchema;
use crate::scim::schema::core::{ENTERPRISE_USER as ENT, GROUP, USER};

fn read(body: Value, mode: Mode, dialect: Dialect) -> Result<Image, Error> {
    let Value::Object(body) = body else { panic!("{body}") };
    resource(&ResourceSchema::user(), &body, mode, dialect)
}

fn create(body: Value) -> Value {
    Value::Object(read(body, Mode::Create, Dialect::Default).unwrap().resource)
}

#[test]
fn what_identity_providers_send() {
    assert_eq!(
        create(json!({
            "schemas": [ENT, USER, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/User"],
            "id": "x", "meta": { "resourceType": "User" }, "groups": [], "USERNAME": "u", "active": "True", "title": null,
            "name": { "GivenName": "G", "middleName": "" }, "roles": [], "addresses": null, "password": "p",
            "emails": [{ "Primary": "true", "value": "a", "type": "work" }, { "value": "" }, { "type": "home" }],
            "phoneNumbers": "1", "ims": ["x"], "manager": [{ "value": "m", "displayName": "M" }],
            (ENT): { "Department": "D" }, (format!("{ENT}:division")): "V", "name.familyName": "F", "colour": "red",
        })),
        json!({
            "userName": "u", "active": true, "name": { "givenName": "G", "familyName": "F" }, "password": "p",
            "emails": [{ "primary": true, "value": "a", "type": "work" }], "phoneNumbers": [{ "value": "1" }],
            "ims": [{ "value": "x" }],
            (ENT): { "department": "D", "division": "V", "manager": { "value": "m" } },
        })
    );
}

#[test]
fn what_was_asked_to_have_no_value() {
    let body = json!({ "userName": "u", "title": null, "emails": [], "nickName": "", "name": { "givenName": null, "familyName": "F" },
                       "roles": [{ "value": "" }], "groups": null, "manager": { "value": "" }, "addresses": [{ "locality": "L" }] });
    let image = read(body, Mode::Replace, Dialect::Default).unwrap();
    let user = ResourceSchema::user();
    let cleared: Vec<String> = image.cleared.iter().map(|path| user.path_text(*path)).collect();
    let manager = format!("{ENT}:manager");
    assert_eq!(cleared, ["name.givenName", "nickName", "title", "emails", "roles", &manager]);
    let image = read(json!({ "userName": "u", (ENT): null }), Mode::Replace, Dialect::Default).unwrap();
    assert_eq!(image.cleared.len(), 6);
}

#[test]
fn a_list_has_each_element_once_and_one_primary() {
    assert_eq!(
        create(json!({ "userName": "u", "emails": [
            { "value": "a", "type": "work", "primary": true }, { "value": "b", "primary": true },
            { "value": "A", "type": "Work", "display": "x" }, { "value": "a", "type": "home" },
        ] }))["emails"],
        json!([
            { "value": "a", "type": "work", "primary": false, "display": "x" }, { "value": "b", "primary": true },
            { "value": "a", "type": "home" },
        ])
    );
}

#[test]
fn being_primary_makes_no_other_element() {
    let emails = json!([{ "display": "a" }, { "display": "A", "primary": true }, { "display": "b", "primary": true }]);
    let once = create(json!({ "userName": "u", "emails": emails }));
    assert_eq!(once["emails"], json!([{ "display": "a", "primary": false }, { "display": "b", "primary": true }]));
    assert_eq!(create(once.clone()), once);
}

#[rstest]
#[case(json!({}), ScimType::InvalidValue, "userName")]
#[case(json!({ "userName": "" }), ScimType::InvalidValue, "userName")]
#[case(json!({ "userName": ["a", "b"] }), ScimType::InvalidValue, "userName")]
#[case(json!({ "userName": { "value": "a" } }), ScimType::InvalidValue, "userName")]
#[case(json!({ "userName": "u", "active": "yes" }), ScimType::InvalidValue, "active")]
#[case(json!({ "userName": "u", "emails": [{ "value": ["a", "b"] }] }), ScimType::InvalidValue, "emails.value")]
#[case(json!({ "userName": "u", "emails": [["a"]] }), ScimType::InvalidValue, "emails")]
#[case(json!({ "userName": "u", "name": "John" }), ScimType::InvalidValue, "name")]
#[case(json!({ "userName": "u", "name": { "givenName": {} } }), ScimType::InvalidValue, "name.givenName")]
#[case(json!({ "userName": "u", "x509Certificates": [{ "value": "!" }] }), ScimType::InvalidValue, "x509Certificates.value")]
#[case(json!({ "userName": "u", "password": "a\u{0}b" }), ScimType::InvalidValue, "password")]
#[case(json!({ "userName": "u", "schemas": [GROUP] }), ScimType::InvalidSyntax, "schemas")]
#[case(json!({ "userName": "u", "schemas": [1] }), ScimType::InvalidSyntax, "schemas")]
#[case(json!({ "userName": "u", (ENT): "x" }), ScimType::InvalidSyntax, "enterprise")]
#[case(json!({ "userName": "u", "title": "a", (format!("{USER}:title")): "b" }), ScimType::InvalidSyntax, "title")]
#[case(json!({ "userName": "u", "name": { "givenName": "a" }, "name.GivenName": "b" }), ScimType::InvalidSyntax, "name")]
fn refused(#[case] body: Value, #[case] scim_type: ScimType, #[case] named: &str) {
    let error = read(body, Mode::Create, Dialect::Default).unwrap_err();
    assert_eq!((error.status, error.scim_type), (400, Some(scim_type)), "{error}");
    assert!(error.detail.contains(named), "{error}");
    assert!(!error.detail.contains('\0'), "values aren't repeated");
}

#[rstest]
#[case(json!({}), ScimType::InvalidSyntax)]
#[case(json!({ "schemas": [] }), ScimType::InvalidSyntax)]
#[case(json!({ "schemas": USER }), ScimType::InvalidSyntax)]
#[case(json!({ "schemas": [USER, "urn:example:x"] }), ScimType::InvalidSyntax)]
#[case(json!({ "schemas": [USER], "colour": "red" }), ScimType::InvalidSyntax)]
#[case(json!({ "schemas": [USER], "department": "D" }), ScimType::InvalidSyntax)]
#[case(json!({ "schemas": [USER], "name.givenName": "G" }), ScimType::InvalidSyntax)]
#[case(json!({ "schemas": [USER], "active": "true" }), ScimType::InvalidValue)]
#[case(json!({ "schemas": [USER], "title": ["x"] }), ScimType::InvalidValue)]
#[case(json!({ "schemas": [USER], "emails": { "value": "x" } }), ScimType::InvalidValue)]
#[case(json!({ "schemas": [USER], "emails": ["x"] }), ScimType::InvalidValue)]
#[case(json!({ "schemas": [USER], "emails": [{ "value": "x", "colour": "y" }] }), ScimType::InvalidValue)]
#[case(json!({ "schemas": [USER], "emails": [{ "value": "x", "primary": true }, { "value": "y", "primary": true }] }), ScimType::InvalidValue)]
fn refused_strictly(#[case] mut body: Value, #[case] scim_type: ScimType) {
    body["userName"] = json!("u");
    let error = read(body.clone(), Mode::Create, Dialect::Strict).unwrap_err();
    assert_eq!(error.scim_type, Some(scim_type), "{error}");
    read(body, Mode::Create, Dialect::Default).unwrap();
}

#[test]
fn what_the_standard_shows_is_strict_enough() {
    let body = json!({ "schemas": [USER.to_uppercase(), ENT], "id": "2819", "userName": "bjensen", "externalId": "b", "groups": [{ "value": "g" }],
                       "name": { "formatted": "Ms. Barbara J Jensen III" }, "roles": [], (ENT): { "manager": { "value": "26118" } },
                       "emails": [{ "value": "b@example.com", "type": "work", "primary": true }] });
    let image = read(body, Mode::Replace, Dialect::Strict).unwrap();
    assert_eq!(image.resource.len(), 5);
}

#[test]
fn members_without_an_id_are_not_passed_over() {
    let group = ResourceSchema::group();
    for members in [json!([null]), json!([{}]), json!([{ "value": null }]), json!([{ "display": "x" }]), json!([""])] {
        let body = Map::from_iter([("displayName".into(), json!("G")), ("members".into(), members)]);
        let error = resource(&group, &body, Mode::Create, Dialect::Default).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
    }
}

#[test]
fn immutable_values_must_match() {
    use crate::scim::resource_schema::Definition;
    use crate::scim::schema::{Attribute, AttributeKind, Mutability, Schema, common};
    let code = Attribute { mutability: Mutability::Immutable, ..Attribute::new("code", AttributeKind::String) };
    let box_of = |sub: &Attribute| Attribute {
        sub_attributes: vec![sub.clone()],
        ..Attribute::new("box", AttributeKind::Complex)
    };
    let core = Schema {
        id: "urn:x".into(),
        name: "X".into(),
        description: String::new(),
        attributes: vec![box_of(&code), code],
    };
    let schema = ResourceSchema::new(Definition {
        name: "X".into(),
        description: String::new(),
        endpoint: "/X".into(),
        core,
        extensions: Vec::new(),
        common: common::attributes(),
    })
    .unwrap();
    let check =
        |before: Value, after: Value| immutable(&schema, before.as_object().unwrap(), after.as_object().unwrap());
    assert_eq!(check(json!({}), json!({ "code": "a" })), Ok(()));
    assert_eq!(check(json!({ "code": "a" }), json!({ "code": "a" })), Ok(()));
    assert_eq!(check(json!({ "code": "a" }), json!({})), Ok(()));
    let changed = check(json!({ "code": "a" }), json!({ "code": "b" })).unwrap_err();
    assert_eq!(changed.scim_type, Some(ScimType::Mutability));
    let changed = check(json!({ "box": { "code": "a" } }), json!({ "box": { "code": "b" } })).unwrap_err();
    assert!(changed.detail.contains("`box.code`"));
}
