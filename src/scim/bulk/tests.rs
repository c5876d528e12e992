//! Requests carried out on a service provider that is a table.

use std::collections::BTreeMap;

use bytes::Bytes;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::scim::dialect::Dialect;
use crate::scim::error::Error;

/// Resources by place (`Users/id`), with what was done to them in order.
#[derive(Debug, Default)]
pub(super) struct Provider {
    pub(super) resources: BTreeMap<String, Value>,
    /// The actions in the order in which they were done, one list for each batch.
    pub(super) batches: Vec<Vec<String>>,
    made: usize,
}

pub(super) const ENDPOINTS: [&str; 2] = ["Users", "Groups"];

impl Provider {
    fn place(kind: usize, id: &str) -> String {
        format!("{}/{id}", ENDPOINTS[kind])
    }

    /// Does what it is told, but for names that begin with `bad`.
    fn act(&mut self, action: Action) -> Result<Done, Error> {
        match action {
            Action::Create { kind, body } => {
                let name = body.get("name").and_then(Value::as_str).unwrap_or("x").to_owned();
                self.log(format!("POST {name}"));
                if name.starts_with("bad") {
                    return Err(Error::uniqueness("taken"));
                }
                self.made += 1;
                let id = format!("id-{name}-{}", self.made);
                self.resources.insert(Self::place(kind, &id), Value::Object(body));
                let location = Some(format!("https://example.com/{}", Self::place(kind, &id)));
                Ok(Done { status: 201, id: Some(id), location, version: Some("v1".into()) })
            }
            Action::Replace { kind, id, body, version } => {
                self.log(format!("PUT {id}"));
                check(version)?;
                self.resources.insert(Self::place(kind, &id), Value::Object(body));
                Ok(Done { status: 200, version: Some("v2".into()), ..Done::default() })
            }
            Action::Patch { kind, id, body, version } => {
                self.log(format!("PATCH {id}"));
                check(version)?;
                if body.to_string().contains("bad") {
                    return Err(Error::invalid_value("bad"));
                }
                let resource = self.resources.get_mut(&Self::place(kind, &id)).ok_or_else(Error::not_found)?;
                for operation in body["Operations"].as_array().into_iter().flatten() {
                    let value = &mut resource[operation["path"].as_str().unwrap()];
                    match (value.as_array_mut(), operation["value"].as_array()) {
                        (Some(list), Some(more)) => list.extend(more.iter().cloned()),
                        _ => *value = operation["value"].clone(),
                    }
                }
                Ok(Done { status: 204, version: Some("v2".into()), ..Done::default() })
            }
            Action::Delete { kind, id, version } => {
                self.log(format!("DELETE {id}"));
                check(version)?;
                self.resources.remove(&Self::place(kind, &id)).ok_or_else(Error::not_found)?;
                Ok(Done { status: 204, ..Done::default() })
            }
        }
    }

    fn log(&mut self, line: String) {
        self.batches.last_mut().unwrap().push(line);
    }

    /// Carries a request out. Actions of a batch are done in reverse, for their order mustn't matter.
    pub(super) fn carry_out(&mut self, request: &Value) -> Vec<Value> {
        let limits = Limits { max_operations: 1000 };
        let request = parse(request.as_object().unwrap().clone(), &limits, Dialect::Default).unwrap();
        let mut job = Job::new(request, "https://example.com/", ENDPOINTS.map(str::to_owned).into());
        let mut bits = vec![Bytes::from(HEAD)];
        loop {
            let actions = job.due();
            if actions.is_empty() {
                break;
            }
            self.batches.push(Vec::new());
            for (ticket, action) in actions.into_iter().rev() {
                let outcome = self.act(action);
                job.done(ticket, outcome);
                bits.extend(job.ready());
            }
        }
        bits.extend(job.rest());
        bits.push(TAIL.into());
        let answer: Value = serde_json::from_slice(&bits.concat()).unwrap();
        assert_eq!(answer["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]));
        answer["Operations"].as_array().unwrap().clone()
    }
}

fn check(version: Option<String>) -> Result<(), Error> {
    if version.is_some_and(|version| version == "stale") { Err(Error::precondition_failed()) } else { Ok(()) }
}

fn run(operations: Value) -> (Provider, Vec<Value>) {
    let resources = ["Users/1", "Users/2", "Groups/1"].map(|place| (place.to_owned(), json!({}))).into();
    let mut provider = Provider { resources, ..Provider::default() };
    let results = provider.carry_out(&json!({ "Operations": operations }));
    (provider, results)
}

fn post(kind: &str, name: &str, refers: &[&str]) -> Value {
    let members: Vec<_> = refers.iter().map(|bulk_id| json!({ "value": format!("bulkId:{bulk_id}") })).collect();
    let data = if members.is_empty() { json!({ "name": name }) } else { json!({ "name": name, "members": members }) };
    json!({ "method": "POST", "path": kind, "bulkId": name, "data": data })
}

fn statuses(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["status"].as_str().unwrap()).collect()
}

/// The example of RFC 7644 section 3.7.3.
#[test]
fn each_method_has_its_result() {
    let (provider, results) = run(json!([
        { "method": "POST", "path": "/Users", "bulkId": "qwerty", "data": { "name": "a" } },
        { "method": "PUT", "path": "/Users/1", "version": "W/\"1\"", "data": { "name": "b" } },
        { "method": "PATCH", "path": "/Groups/1", "bulkId": "mine", "data": { "Operations": [] } },
        { "method": "DELETE", "path": "/Users/2", "version": "W/\"2\"" },
    ]));
    assert_eq!(
        results,
        [
            json!({ "method": "POST", "bulkId": "qwerty", "version": "v1", "status": "201",
                    "location": "https://example.com/Users/id-a-1" }),
            json!({ "method": "PUT", "version": "v2", "status": "200", "location": "https://example.com/Users/1" }),
            json!({ "method": "PATCH", "bulkId": "mine", "version": "v2", "status": "204",
                    "location": "https://example.com/Groups/1" }),
            json!({ "method": "DELETE", "status": "204", "location": "https://example.com/Users/2" }),
        ]
    );
    assert_eq!(provider.resources["Users/1"], json!({ "name": "b" }));
}

#[test]
fn errors_have_a_place_and_a_reason() {
    let (_, results) = run(json!([
        post("/Users", "bad", &[]),
        { "method": "PUT", "path": "/Users/1", "version": "stale", "data": {} },
        { "method": "DELETE", "path": "/users/a b" },
        { "method": "DELETE", "path": "/Devices/1" },
        { "method": "BREW", "path": "/Users/1" },
        17,
    ]));
    let urn = "urn:ietf:params:scim:api:messages:2.0:Error";
    assert_eq!(
        results[..4],
        [
            json!({ "method": "POST", "bulkId": "bad", "status": "409", "response":
                { "schemas": [urn], "status": "409", "scimType": "uniqueness", "detail": "taken" } }),
            json!({ "method": "PUT", "location": "https://example.com/Users/1", "status": "412", "response":
                { "schemas": [urn], "status": "412", "detail": "The resource has changed" } }),
            json!({ "method": "DELETE", "location": "https://example.com/Users/a%20b", "status": "404", "response":
                { "schemas": [urn], "status": "404", "detail": "Not found" } }),
            json!({ "method": "DELETE", "status": "404", "response":
                { "schemas": [urn], "status": "404", "detail": "Not found" } }),
        ]
    );
    assert_eq!(statuses(&results[4..]), ["400", "400"]);
}

#[test]
fn references_become_ids_whatever_the_order() {
    let (provider, results) = run(json!([
        { "method": "PATCH", "path": "/Groups/bulkId:g", "data": { "Operations": [
            { "op": "add", "path": "owner", "value": [{ "value": "bulkId:u", "$ref": "../Users/bulkId:u" }] } ] } },
        post("/Groups", "g", &["u"]),
        post("/Users", "u", &[]),
    ]));
    assert_eq!(statuses(&results), ["204", "201", "201"]);
    assert_eq!(results[0]["location"], "https://example.com/Groups/id-g-2");
    assert_eq!(
        provider.resources["Groups/id-g-2"],
        json!({ "name": "g", "members": [{ "value": "id-u-1" }],
                "owner": [{ "value": "id-u-1", "$ref": "../Users/id-u-1" }] })
    );
}

/// RFC 7644 section 3.7.1.
#[test]
fn circles_are_closed_by_a_patch() {
    let (provider, results) =
        run(json!([post("/Groups", "a", &["b"]), post("/Groups", "b", &["a", "c"]), post("/Users", "c", &[])]));
    assert_eq!(statuses(&results), ["201", "201", "201"]);
    assert_eq!(results[1]["version"], "v2");
    assert_eq!(provider.resources["Groups/id-a-3"]["members"], json!([{ "value": "id-b-2" }]));
    let members = json!([{ "value": "id-c-1" }, { "value": "id-a-3" }]);
    assert_eq!(provider.resources["Groups/id-b-2"]["members"], members);
    assert_eq!(provider.batches.concat(), ["POST c", "POST b", "POST a", "PATCH id-b-2"]);
}

#[test]
fn a_group_may_be_its_own_member_if_the_provider_thinks_so() {
    let (provider, results) = run(json!([post("/Groups", "a", &["a"])]));
    assert_eq!(statuses(&results), ["201"]);
    assert_eq!(provider.resources["Groups/id-a-1"]["members"], json!([{ "value": "id-a-1" }]));
}

#[test]
fn what_depends_on_a_failure_fails() {
    let (provider, results) = run(json!([
        post("/Groups", "g", &["bad", "u"]),
        post("/Users", "u", &[]),
        post("/Users", "bad", &[]),
        post("/Groups", "h", &["g"]),
        { "method": "DELETE", "path": "/Users/bulkId:bad" },
    ]));
    assert_eq!(statuses(&results), ["409", "201", "409", "409", "409"]);
    assert_eq!(results[0]["response"]["detail"], "`bulkId:bad` could not be made (status 409)");
    assert_eq!(results[0].get("location"), None);
    assert_eq!(results[4].get("location"), None);
    assert_eq!(provider.batches.concat(), ["POST bad", "POST u"]);
}

/// One of a circle is there by the time that another fails: the client must know of it.
#[test]
fn half_of_a_circle_is_told_of() {
    let (_, results) = run(json!([post("/Groups", "bad", &["b"]), post("/Groups", "b", &["bad"])]));
    assert_eq!(statuses(&results), ["409", "409"]);
    assert_eq!(results[0].get("location"), None);
    assert_eq!(
        (&results[1]["location"], &results[1]["version"]),
        (&json!("https://example.com/Groups/id-b-1"), &json!("v1"))
    );
    let detail = results[1]["response"]["detail"].as_str().unwrap();
    assert!(detail.contains("was made, but without") && detail.contains("`bulkId:bad` could not be made"), "{detail}");
}

#[test]
fn a_patch_that_fails_to_close_a_circle_is_told_of() {
    let patch = json!([{ "value": "bulkId:a", "note": "bad" }]);
    let (_, results) = run(json!([
        post("/Groups", "a", &["b"]),
        { "method": "POST", "path": "/Groups", "bulkId": "b", "data": { "name": "b", "members": patch } },
    ]));
    assert_eq!(statuses(&results), ["201", "400"]);
    assert_eq!(results[1]["location"], "https://example.com/Groups/id-b-1");
}

#[rstest]
#[case::nobody(json!([post("/Groups", "a", &["none"])]), &["400"])]
#[case::not_a_post(json!([
    { "method": "DELETE", "bulkId": "d", "path": "/Users/1" }, post("/Groups", "a", &["d"])
]), &["204", "400"])]
#[case::nobody_in_a_path(json!([{ "method": "DELETE", "path": "/Users/bulkId:none" }]), &["400"])]
#[case::two(json!([post("/Users", "a", &[]), post("/Users", "a", &[]), post("/Groups", "g", &["a"])]), &["400", "400", "409"])]
#[case::an_operation_that_is_none(json!([
    { "method": "POST", "path": "/Users", "bulkId": "a" }, post("/Groups", "g", &["a"])
]), &["400", "409"])]
fn references_to_nothing(#[case] operations: Value, #[case] expected: &[&str]) {
    assert_eq!(statuses(&run(operations).1), expected);
}

#[rstest]
#[case(1, &["201", "409"])]
#[case(2, &["201", "409", "201", "404"])]
#[case(3, &["201", "409", "201", "404", "201"])]
fn errors_stop_it_if_it_says_so(#[case] limit: usize, #[case] expected: &[&str]) {
    let operations = json!([
        post("/Users", "a", &[]),
        post("/Users", "bad", &[]),
        post("/Users", "b", &[]),
        { "method": "DELETE", "path": "/Users/none" },
        post("/Users", "c", &[]),
    ]);
    let results = Provider::default().carry_out(&json!({ "failOnErrors": limit, "Operations": operations }));
    assert_eq!(statuses(&results), expected);
}

/// What was moved up and done has its result, what wasn't begun has none, and half a circle isn't passed over.
#[test]
fn stopping_leaves_out_what_was_not_begun() {
    let operations = json!([post("/Groups", "bad", &["b"]), post("/Users", "x", &[]), post("/Groups", "b", &["bad"])]);
    let results = Provider::default().carry_out(&json!({ "failOnErrors": 1, "Operations": operations }));
    let bulk_ids: Vec<_> = results.iter().map(|result| result["bulkId"].as_str().unwrap()).collect();
    assert_eq!((bulk_ids, statuses(&results)), (vec!["bad", "b"], vec!["409", "409"]));
    assert_eq!(results[1]["location"], "https://example.com/Groups/id-b-1");
}

#[test]
fn what_may_run_at_once_does() {
    let (provider, _) = run(json!([
        post("/Users", "a", &[]),
        post("/Users", "b", &[]),
        post("/Groups", "g", &["a"]),
        post("/Groups", "h", &[]),
        post("/Groups", "i", &["h"]),
        { "method": "DELETE", "path": "/Users/1" },
        { "method": "DELETE", "path": "/Users/2" },
        { "method": "PUT", "path": "/Users/1", "data": {} },
        { "method": "PUT", "path": "/Users/2", "data": {} },
    ]));
    let sizes: Vec<_> = provider.batches.iter().map(Vec::len).collect();
    assert_eq!(sizes, [2, 2, 1, 2, 1, 1]);
}

#[test]
fn giving_up_ends_all_that_is_not_begun() {
    let body =
        json!({ "Operations": [post("/Users", "a", &[]), post("/Groups", "g", &["h"]), post("/Groups", "h", &["g"])] });
    let request = parse(body.as_object().unwrap().clone(), &Limits { max_operations: 9 }, Dialect::Default).unwrap();
    let mut job = Job::new(request, "https://example.com", ENDPOINTS.map(str::to_owned).into());
    let done = |id: &str| Ok(Done { status: 201, id: Some(id.into()), ..Done::default() });
    for id in ["1", "2"] {
        let (ticket, _) = job.due().remove(0);
        job.done(ticket, done(id));
    }
    job.give_up(&Error::unavailable("too late"));
    assert!(job.due().is_empty());
    let results: Vec<Value> =
        job.rest().iter().map(|bit| serde_json::from_slice(bit.strip_prefix(b",").unwrap_or(bit)).unwrap()).collect();
    assert_eq!(statuses(&results), ["201", "503", "409"]);
}
