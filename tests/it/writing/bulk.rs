//! Bulk requests (RFC 7644 section 3.7).

use serde_json::{Value, json};

use super::{GROUP, USER, client, count, get, members, name, user};

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

fn bulk(operations: &Value, fail_on_errors: Option<u32>) -> Vec<Value> {
    let mut body = json!({ "schemas": [REQUEST], "Operations": operations });
    if let Some(limit) = fail_on_errors {
        body["failOnErrors"] = json!(limit);
    }
    let reply = client().post("/Bulk", &body);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["Operations"].as_array().unwrap().clone()
}

fn post(kind: &str, bulk_id: &str, data: Value) -> Value {
    json!({ "method": "POST", "path": kind, "bulkId": bulk_id, "data": data })
}

fn last_part(location: &Value) -> String {
    location.as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

#[test]
fn each_kind_of_operation() {
    let [kept, gone] = [user(&name("kept")), user(&name("gone"))];
    let operations = json!([
        post("/Users", "a", json!({ "schemas": [USER], "userName": name("bulk") })),
        { "method": "PATCH", "path": format!("/Users/{kept}"),
          "data": { "Operations": [{ "op": "replace", "path": "title", "value": "Bulk" }] } },
        { "method": "DELETE", "path": format!("/Users/{gone}") },
        { "method": "DELETE", "path": format!("/Users/{gone}x") },
    ]);
    let answers = bulk(&operations, None);
    let statuses: Vec<&str> = answers.iter().map(|answer| answer["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["201", "200", "204", "404"], "{answers:?}");
    assert_eq!(answers[0]["bulkId"], "a");
    assert_eq!(client().get(&format!("/Users/{}", last_part(&answers[0]["location"]))).status, 200);
    assert_eq!(get(&format!("/Users/{kept}"))["title"], "Bulk");
    assert_eq!(client().get(&format!("/Users/{gone}")).status, 404);
    assert_eq!(answers[3]["response"]["status"], "404", "{answers:?}");
}

/// References in any order, and in a circle (RFC 7644 section 3.7.1).
#[test]
fn references_to_what_is_made_in_the_same_request() {
    let group = |bulk_id: &str, members: &[&str]| {
        let members: Value = members.iter().map(|id| json!({ "value": format!("bulkId:{id}") })).collect();
        post("/Groups", bulk_id, json!({ "schemas": [GROUP], "displayName": name("bulk"), "members": members }))
    };
    let operations = json!([
        group("one", &["two", "ann"]),
        group("two", &["one"]),
        post("/Users", "ann", json!({ "schemas": [USER], "userName": name("ann") })),
    ]);
    let answers = bulk(&operations, None);
    let ids: Vec<String> = answers.iter().map(|answer| last_part(&answer["location"])).collect();
    assert!(answers.iter().all(|answer| answer["status"] == "201"), "{answers:?}");
    assert_eq!(members(&get(&format!("/Groups/{}", ids[0]))), super::sorted(&[&ids[1], &ids[2]]));
    assert_eq!(members(&get(&format!("/Groups/{}", ids[1]))), super::sorted(&[&ids[0]]));
}

#[test]
fn it_stops_after_so_many_errors() {
    let names: Vec<String> = (0..3).map(|_| name("stops")).collect();
    let mut operations: Vec<Value> =
        names.iter().map(|name| post("/Users", name, json!({ "schemas": [USER], "userName": name }))).collect();
    operations.insert(1, post("/Users", "bad", json!({ "schemas": [USER] })));
    let answers = bulk(&json!(operations), Some(1));
    assert_eq!(answers.len(), 2, "{answers:?}");
    assert_eq!((&answers[0]["status"], &answers[1]["status"]), (&json!("201"), &json!("400")));
    assert_eq!(count("/Users", &format!("userName eq \"{}\"", names[2])), 0);
}

#[test]
fn what_is_too_much() {
    let limits = get("/ServiceProviderConfig")["bulk"].clone();
    assert_eq!(limits["supported"], true);
    let most = usize::try_from(limits["maxOperations"].as_u64().unwrap()).unwrap();
    let operations: Value = (0..=most).map(|_| json!({ "method": "DELETE", "path": "/Users/x" })).collect();
    let reply = client().post("/Bulk", &json!({ "schemas": [REQUEST], "Operations": operations }));
    assert_eq!(reply.status, 413, "{}", reply.text());
}
