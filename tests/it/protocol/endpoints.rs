//! Paths and methods (RFC 7644 section 3.2).

use serde_json::json;

use super::{LIST, SEARCH, assert_error, client, get, id_of, ids, shared};

#[test]
fn a_resource_says_what_and_where_it_is() {
    let id = id_of("bjensen");
    let user = get(&format!("/Users/{id}"));
    let location = format!("{}/Users/{id}", shared().base_url());
    assert_eq!(user["id"], *id);
    assert_eq!(user["meta"]["resourceType"], "User");
    assert_eq!(user["meta"]["location"], *location);
    for name in ["created", "lastModified"] {
        let time = user["meta"][name].as_str().unwrap();
        assert!(time.parse::<jiff::Timestamp>().is_ok() && time.ends_with('Z'), "{time}");
    }
    let reply = client().get(&format!("/Users/{id}"));
    assert_eq!(reply.header("content-location").or(reply.header("location")), Some(&*location));
}

#[test]
fn groups_show_their_members_and_users_their_groups() {
    let list = get("/Groups?filter=displayName%20eq%20%22reviewers%22");
    let group = &list["Resources"][0];
    let members = group["members"].as_array().unwrap();
    assert!(!members.is_empty());
    for member in members {
        assert_eq!(member["type"], "User");
        let reference = member["$ref"].as_str().unwrap();
        let path = reference.strip_prefix(shared().base_url()).unwrap();
        let user = get(path);
        assert_eq!(user["id"], member["value"]);
        let groups = user["groups"].as_array().unwrap();
        assert!(groups.iter().any(|one| one["value"] == group["id"] && one["display"] == "reviewers"), "{user}");
    }
}

#[test]
fn head_is_get_without_its_body() {
    let id = id_of("bjensen");
    for path in [format!("/Users/{id}"), "/Users".to_owned(), "/Schemas".to_owned()] {
        let (got, head) = (client().get(&path), client().send("HEAD", &path, &[], None));
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        for name in ["content-type", "content-length", "etag"] {
            assert_eq!(head.header(name), got.header(name), "{path} {name}");
        }
    }
    let missing = client().send("HEAD", "/Users/none", &[], None);
    assert_eq!((missing.status, missing.body.len()), (404, 0));
}

#[test]
fn a_trailing_slash_and_unknown_parameters_change_nothing() {
    let id = id_of("bjensen");
    assert_eq!(get(&format!("/Users/{id}/")), get(&format!("/Users/{id}")));
    assert_eq!(get(&format!("/users/{id}")), get(&format!("/Users/{id}")));
    assert_eq!(get("/Users/?count=2"), get("/Users?count=2"));
    assert_eq!(get("/Users?count=2&x=y&&=&z"), get("/Users?count=2"));
    assert_eq!(get(&format!("/Users/{id}?x=%ff")), get(&format!("/Users/{id}")));
    assert_eq!(get("/ServiceProviderConfig/?x=1"), get("/ServiceProviderConfig"));
}

#[test]
fn searches_by_post() {
    let body = json!({ "schemas": [SEARCH], "filter": "userName eq \"bjensen\"", "count": 5 });
    for path in ["/Users/.search", "/.search", "/Users/.search/"] {
        let reply = client().post(path, &body);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        let list = reply.json();
        assert_eq!((&list["schemas"], &list["totalResults"]), (&json!([LIST]), &json!(1)), "{path}");
    }
    let upper = json!({ "SCHEMAS": [SEARCH], "Filter": "displayName eq \"auditors\"", "ATTRIBUTES": ["displayName"] });
    let list = client().post("/Groups/.search", &upper).json();
    assert_eq!(list["totalResults"], 1);
    assert!(list["Resources"][0]["members"].is_null());
}

#[test]
fn the_root_lists_every_type() {
    let list = get("/?count=1000&attributes=id");
    assert_eq!(list["totalResults"], 1050);
    let rest = get("/?count=1000&startIndex=1001&attributes=id");
    assert_eq!(ids(&list).len() + ids(&rest).len(), 1050);
}

/// A bearer token names a client, not a person.
#[test]
fn there_is_no_me() {
    for method in ["GET", "HEAD", "PATCH", "PUT", "DELETE", "POST"] {
        let reply = client().send(method, "/Me", &[], None);
        assert_eq!(reply.status, 501, "{method}");
    }
    assert_error(&client().get("/Me"), 501, None, "/Me");
}
