//! What the server says of itself (RFC 7643 sections 5 to 7, RFC 7644 section 4).

use serde_json::{Value, json};

use super::{ENTERPRISE, assert_error, client, get, resources, shared};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn location(path: &str) -> Value {
    json!(format!("{}{path}", shared().base_url()))
}

#[test]
fn the_configuration_says_what_is_true() {
    let config = get("/ServiceProviderConfig");
    assert_eq!(config["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]));
    assert_eq!(config["filter"]["supported"], true);
    assert_eq!(config["filter"]["maxResults"], 1000);
    assert_eq!(config["sort"]["supported"], true);
    assert_eq!(config["etag"]["supported"], true);
    assert_eq!(config["patch"]["supported"], true);
    let bulk = json!({ "supported": true, "maxOperations": 1000, "maxPayloadSize": 1_048_576 });
    assert_eq!(config["bulk"], bulk);
    let pagination = &config["pagination"];
    assert_eq!((&pagination["cursor"], &pagination["index"]), (&json!(true), &json!(true)));
    assert_eq!(pagination["defaultPaginationMethod"], "index");
    assert_eq!((&pagination["defaultPageSize"], &pagination["maxPageSize"]), (&json!(100), &json!(1000)));
    assert!(pagination["cursorTimeout"].as_u64().is_some_and(|seconds| seconds > 0));
    assert_eq!(config["authenticationSchemes"][0]["type"], "oauthbearertoken");
    assert_eq!(config["meta"]["resourceType"], "ServiceProviderConfig");
    assert_eq!(config["meta"]["location"], location("/ServiceProviderConfig"));
}

#[test]
fn resource_types_are_listed_and_found_one_by_one() {
    let types = resources(&get("/ResourceTypes"));
    assert_eq!(types.len(), 2);
    for (kind, endpoint, schema) in [("User", "/Users", USER), ("Group", "/Groups", GROUP)] {
        let one = types.iter().find(|document| document["name"] == kind).unwrap();
        assert_eq!(one["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:ResourceType"]));
        assert_eq!((&one["endpoint"], &one["schema"]), (&json!(endpoint), &json!(schema)));
        assert_eq!(one["meta"]["location"], location(&format!("/ResourceTypes/{kind}")));
        assert_eq!(get(&format!("/ResourceTypes/{kind}")), *one);
    }
    assert_eq!(types[0]["schemaExtensions"], json!([{ "schema": ENTERPRISE, "required": false }]));
    assert_error(&client().get("/ResourceTypes/Device"), 404, None, "no such type");
}

#[test]
fn schemas_are_listed_and_found_one_by_one() {
    let list = get("/Schemas");
    let schemas = resources(&list);
    assert_eq!(list["totalResults"], schemas.len());
    for urn in [USER, GROUP, ENTERPRISE] {
        let one = schemas.iter().find(|schema| schema["id"] == urn).unwrap_or_else(|| panic!("no {urn}"));
        assert_eq!(get(&format!("/Schemas/{urn}")), *one);
        assert_eq!(get(&format!("/Schemas/{}", urn.to_uppercase())), *one);
        assert_eq!(one["meta"]["resourceType"], "Schema");
        assert_eq!(one["meta"]["location"], location(&format!("/Schemas/{urn}")));
    }
    assert_error(&client().get("/Schemas/urn:example:none"), 404, None, "no such schema");
}

/// Each attribute has every characteristic that RFC 7643 section 7 demands.
#[test]
fn every_attribute_is_described_in_full() {
    fn check(attribute: &Value, path: &str) {
        for name in ["name", "type", "mutability", "returned"] {
            assert!(attribute[name].is_string(), "{path}: {name} in {attribute}");
        }
        for name in ["multiValued", "required"] {
            assert!(attribute[name].is_boolean(), "{path}: {name} in {attribute}");
        }
        if attribute["type"] == "complex" {
            for sub in attribute["subAttributes"].as_array().unwrap() {
                check(sub, &format!("{path}.{}", sub["name"]));
            }
        } else {
            assert!(attribute["caseExact"].is_boolean() || attribute["type"] != "string", "{path}: {attribute}");
            assert!(attribute["subAttributes"].is_null(), "{path}");
        }
        if attribute["type"] == "reference" {
            assert!(attribute["referenceTypes"].is_array(), "{path}: {attribute}");
        }
    }
    for schema in resources(&get("/Schemas")) {
        for attribute in schema["attributes"].as_array().unwrap() {
            check(attribute, &format!("{} {}", schema["id"], attribute["name"]));
        }
    }
}

/// What is served is what was published, and nothing is served that wasn't.
#[test]
fn resources_have_no_attribute_that_no_schema_has() {
    let schemas = resources(&get("/Schemas"));
    let of = |urn: &str| schemas.iter().find(|schema| schema["id"] == urn).unwrap()["attributes"].clone();
    let known = |attributes: &Value, name: &str| {
        attributes.as_array().unwrap().iter().find(|attribute| attribute["name"] == name).cloned()
    };
    for (path, urn) in [("/Users?count=300", USER), ("/Groups", GROUP)] {
        for resource in resources(&get(path)) {
            let listed: Vec<&str> = resource["schemas"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            for (name, value) in resource.as_object().unwrap() {
                if ["schemas", "id", "externalId", "meta"].contains(&&**name) {
                    continue;
                }
                if name.starts_with("urn:") {
                    assert!(listed.contains(&&**name), "{name} isn't in schemas");
                    for name in value.as_object().unwrap().keys() {
                        assert!(known(&of(ENTERPRISE), name).is_some(), "{name}");
                    }
                    continue;
                }
                let attribute = known(&of(urn), name).unwrap_or_else(|| panic!("{name} isn't in {urn}"));
                assert_eq!(attribute["multiValued"], value.is_array(), "{name}: {value}");
                let subs = attribute["subAttributes"].clone();
                for element in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
                    for name in element.as_object().map(|element| element.keys()).into_iter().flatten() {
                        assert!(known(&subs, name).is_some(), "{name} in {element}");
                    }
                }
            }
        }
    }
}

/// RFC 7644 section 4: a filter on these is 403; sorting, pages and projection are ignored.
#[test]
fn discovery_takes_no_filter() {
    for path in ["/Schemas", "/ResourceTypes"] {
        assert_error(&client().get(&format!("{path}?filter=id%20pr")), 403, None, path);
        let all = get(path);
        assert_eq!(get(&format!("{path}?count=1&startIndex=2&sortBy=id&attributes=id")), all);
    }
}

#[test]
fn only_readers_see_it() {
    for path in ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/Users"] {
        let reply = client().with_token(None).get(path);
        if path == "/Users" || reply.status != 200 {
            assert_error(&reply, 401, None, path);
        }
    }
}
