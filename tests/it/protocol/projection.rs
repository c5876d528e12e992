//! `attributes` and `excludedAttributes` (RFC 7644 sections 3.4.2.5 and 3.9).

use serde_json::Value;

use super::{ENTERPRISE, get, id_of, resources};
use crate::support::client::encoded;

fn bjensen(query: &str) -> Value {
    get(&format!("/Users/{}?{query}", id_of("bjensen")))
}

fn names(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[test]
fn only_what_is_asked_for_and_what_is_always_returned() {
    assert_eq!(names(&bjensen("attributes=userName")), ["id", "schemas", "userName"]);
    assert_eq!(names(&bjensen("attributes=USERNAME,Title")), ["id", "schemas", "title", "userName"]);
    assert_eq!(names(&bjensen("attributes=id")), ["id", "schemas"]);
    assert_eq!(names(&bjensen("attributes=nonsense")), ["id", "schemas"]);
    assert_eq!(
        names(&bjensen("attributes=urn:ietf:params:scim:schemas:core:2.0:User:title")),
        ["id", "schemas", "title"]
    );
    assert_eq!(names(&bjensen("attributes=password")), ["id", "schemas"]);
}

#[test]
fn parts_of_complex_attributes() {
    let name = bjensen("attributes=name.familyName");
    assert_eq!(names(&name), ["id", "name", "schemas"]);
    assert_eq!(names(&name["name"]), ["familyName"]);
    let emails = bjensen("attributes=emails.value");
    for mail in emails["emails"].as_array().unwrap() {
        assert_eq!(names(mail), ["value"]);
    }
    let meta = bjensen("attributes=meta.location");
    assert_eq!(names(&meta["meta"]), ["location"]);
    let without = bjensen("excludedAttributes=name.familyName,emails");
    assert!(without["name"]["familyName"].is_null() && without["name"]["givenName"].is_string());
    assert!(without["emails"].is_null());
}

#[test]
fn extensions_as_a_whole_and_in_parts() {
    let whole = bjensen(&format!("attributes={ENTERPRISE}"));
    assert_eq!(names(&whole), ["id", "schemas", ENTERPRISE]);
    let part = bjensen(&format!("attributes={}", encoded(&format!("{ENTERPRISE}:employeeNumber"))));
    assert_eq!(names(&part[ENTERPRISE]), ["employeeNumber"]);
    let without = bjensen(&format!("excludedAttributes={ENTERPRISE}"));
    assert!(without[ENTERPRISE].is_null() && without["userName"].is_string());
}

#[test]
fn excluded_attributes_go_and_minimal_ones_stay() {
    let full = bjensen("");
    let without = bjensen("excludedAttributes=title,id,schemas");
    assert!(without["title"].is_null() && full["title"].is_string());
    assert_eq!((&without["id"], &without["schemas"]), (&full["id"], &full["schemas"]));
}

#[test]
fn passwords_are_never_returned() {
    for query in ["", "attributes=password", "attributes=userPassword,password"] {
        let text = bjensen(query).to_string();
        assert!(!text.contains("assword") && !text.contains("SSHA"), "{query}: {text}");
    }
}

#[test]
fn lists_and_searches_project_alike() {
    for resource in resources(&get("/Users?attributes=userName&count=50")) {
        assert_eq!(names(&resource), ["id", "schemas", "userName"]);
    }
    for resource in resources(&get("/Groups?excludedAttributes=members")) {
        assert!(resource["members"].is_null() && resource["displayName"].is_string());
    }
    let body = serde_json::json!({ "schemas": [super::SEARCH], "attributes": ["userName"], "count": 3 });
    for resource in resources(&super::client().post("/Users/.search", &body).json()) {
        assert_eq!(names(&resource), ["id", "schemas", "userName"]);
    }
}

/// What a list shows of a resource is what the resource itself shows.
#[test]
fn a_resource_is_the_same_in_a_list() {
    for path in ["/Users", "/Groups"] {
        for listed in resources(&get(&format!("{path}?count=60"))) {
            let id = listed["id"].as_str().unwrap();
            assert_eq!(get(&format!("{path}/{id}")), listed);
        }
    }
    for listed in resources(&get("/?count=20&startIndex=990")) {
        let path = if listed["meta"]["resourceType"] == "User" { "/Users" } else { "/Groups" };
        assert_eq!(get(&format!("{path}/{}", listed["id"].as_str().unwrap())), listed);
    }
}
