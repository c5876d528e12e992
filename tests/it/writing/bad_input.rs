//! Bodies that are wrong: the right error, and nothing written.

use rstest::rstest;
use serde_json::{Value, json};

use super::{GROUP, USER, assert_error, client, count, get, group, name, user};
use crate::support;
use crate::support::bridge::{Bridge, BridgeOptions};
use crate::support::client::{Reply, patch_message};

fn send(method: &str, path: &str, body: &str) -> Reply {
    client().send(method, path, &[("content-type", "application/scim+json")], Some(body.as_bytes()))
}

#[rstest]
#[case("", "invalidSyntax")]
#[case("{\"schemas\": [", "invalidSyntax")]
#[case("[]", "invalidSyntax")]
#[case("\"text\"", "invalidSyntax")]
#[case("null", "invalidSyntax")]
#[case("{\"userName\":\"a\",\"username\":\"b\"}", "invalidSyntax")]
#[case("{\"userName\":\"\\ud800\"}", "invalidSyntax")]
fn no_resource_at_all(#[case] body: &str, #[case] scim_type: &str) {
    let path = format!("/Users/{}", user(&name("body")));
    let before = get(&path);
    for (method, path) in [("POST", "/Users"), ("PUT", &path)] {
        assert_error(&send(method, path, body), 400, Some(scim_type), &format!("{method} {body}"));
    }
    let reply = send("PATCH", &path, body);
    // A bare list is taken as operations, and an empty one says nothing.
    assert_error(&reply, 400, Some("invalidSyntax"), body);
    assert_eq!(get(&path), before);
}

#[rstest]
#[case(json!({ "displayName": "No name" }))]
#[case(json!({ "userName": "" }))]
#[case(json!({ "userName": null }))]
#[case(json!({ "userName": ["a", "b"] }))]
#[case(json!({ "userName": { "value": "a" } }))]
#[case(json!({ "userName": "a\u{0}b" }))]
#[case(json!({ "userName": "x", "active": "perhaps" }))]
#[case(json!({ "userName": "x", "active": 3 }))]
#[case(json!({ "userName": "x", "name": "John Doe" }))]
#[case(json!({ "userName": "x", "emails": [{ "value": { "a": 1 } }] }))]
#[case(json!({ "userName": "x", "emails": [{ "value": "é@exämple.com", "type": "work" }] }))]
#[case(json!({ "userName": "x", "emails": [{ "value": "a@example.com", "type": "holiday" }] }))]
#[case(json!({ "userName": "x", "title": ["a", "b"] }))]
fn no_user(#[case] body: Value) {
    let about = body.to_string();
    let mut body = body;
    if body["userName"] == "x" {
        body["userName"] = json!(name("no-user"));
    }
    assert_error(&client().post("/Users", &body), 400, Some("invalidValue"), &about);
    if let Some(name) = body["userName"].as_str().filter(|name| name.starts_with("no-user")) {
        assert_eq!(count("/Users", &format!("userName eq \"{name}\"")), 0, "{about}");
    }
}

#[test]
fn another_types_schema() {
    let reply = client().post("/Users", &json!({ "schemas": [GROUP], "userName": name("schema") }));
    assert_eq!(reply.status, 400, "{}", reply.text());
    let reply = client().post("/Groups", &json!({ "schemas": [USER], "displayName": name("schema") }));
    assert_eq!(reply.status, 400, "{}", reply.text());
}

#[test]
fn what_is_too_long() {
    let long = "x".repeat(3_000_000);
    let path = format!("/Users/{}", user(&name("long")));
    let before = get(&path);
    // More than a message may have is refused before it is read.
    let body = json!({ "schemas": [USER], "userName": name("long"), "title": "x".repeat(10_000_000) });
    assert_error(&client().post("/Users", &body), 413, None, "10 MB");
    let reply = client().patch(&path, &json!([{ "op": "replace", "path": "title", "value": long }]));
    assert!(matches!(reply.status, 400 | 413), "{} {}", reply.status, &reply.text()[..reply.text().len().min(300)]);
    assert_eq!(get(&path), before);
}

#[test]
fn ten_thousand_operations() {
    let path = format!("/Users/{}", user(&name("many")));
    let before = get(&path);
    let operations: Value =
        (0..10_000).map(|n| json!({ "op": "replace", "path": "title", "value": n.to_string() })).collect();
    let reply = client().patch(&path, &operations);
    // All or none: it's for the limits to say which.
    match reply.status {
        200 => assert_eq!(get(&path)["title"], "9999"),
        status => assert_eq!((matches!(status, 400 | 413), get(&path)), (true, before), "{status} {}", reply.text()),
    }
    let deep = format!("{{\"userName\":\"x\",\"name\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(send("POST", "/Users", &deep).status, 400);
}

#[test]
fn filters_in_paths_that_are_too_much() {
    let path = format!("/Users/{}", user(&name("filter")));
    let long = format!("emails[{}]", vec!["type eq \"work\""; 5_000].join(" or "));
    let deep = format!("emails[{}type eq \"work\"{}]", "(".repeat(3_000), ")".repeat(3_000));
    for filter in [long, deep] {
        let reply = client().patch(&path, &json!([{ "op": "remove", "path": filter }]));
        assert_eq!(reply.status, 400, "{}", reply.text());
    }
}

#[rstest]
#[case("text/plain", 415)]
#[case("application/xml", 415)]
fn what_isnt_said_to_be_json(#[case] kind: &str, #[case] status: u16) {
    let body = json!({ "schemas": [USER], "userName": name("kind") }).to_string();
    let reply = client().send("POST", "/Users", &[("content-type", kind)], Some(body.as_bytes()));
    assert_eq!(reply.status, status, "{}", reply.text());
}

#[test]
fn groups_without_a_name() {
    for body in [json!({ "schemas": [GROUP] }), json!({ "displayName": "" })] {
        assert_error(&client().post("/Groups", &body), 400, Some("invalidValue"), &body.to_string());
    }
    let path = format!("/Groups/{}", group(&[]));
    let reply = client().patch(&path, &json!([{ "op": "remove", "path": "displayName" }]));
    assert_error(&reply, 400, Some("mutability"), "displayName");
    let message = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [] });
    assert_error(&client().write("PATCH", &path, &message, None), 400, Some("invalidSyntax"), "another message");
    let empty = patch_message(&json!([]));
    assert_error(&client().write("PATCH", &path, &empty, None), 400, Some("invalidSyntax"), "no operations");
}

#[test]
fn a_request_names_so_many_values_and_no_more() {
    let mut options = BridgeOptions::openldap(support::shared().suffix());
    options.further = "[bridge.main.limits]\nrequest_values = 10\n".to_owned();
    let bridge = Bridge::start(support::shared(), &options);
    let members = |count: usize| (0..count).map(|number| json!({ "value": format!("m{number}") })).collect::<Value>();
    let group = |count: usize| json!({ "displayName": "x", "members": members(count) });
    let add = |count: usize| json!({ "op": "add", "path": "members", "value": members(count) });
    let of =
        |method: &str, path: &str, data: Value| json!({ "method": method, "path": path, "bulkId": "b", "data": data });
    let bulk = |each: usize| {
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [of("POST", "/Groups", group(each)), of("POST", "/Groups", group(each))] })
    };
    let client = bridge.client();
    for (about, reply) in [
        ("POST", client.post("/Groups", &group(11))),
        ("PUT", client.put("/Groups/x", &group(11))),
        ("PATCH", client.patch("/Groups/x", &json!([add(11)]))),
        ("PATCH by several", client.patch("/Groups/x", &json!([add(4), add(4), add(4)]))),
        ("bulk", client.post("/Bulk", &bulk(6))),
    ] {
        assert_error(&reply, 413, None, about);
        assert!(reply.text().contains("at most 10 values"), "{about}: {}", reply.text());
    }
    // As many as there may be are read, and refused for what they are.
    assert_eq!(client.post("/Groups", &group(10)).status, 400);
    assert_eq!(client.put("/Groups/x", &group(10)).status, 404);
    assert_eq!(client.patch("/Groups/x", &json!([add(10)])).status, 404);
    assert_eq!(client.post("/Bulk", &bulk(5)).status, 200);
}
