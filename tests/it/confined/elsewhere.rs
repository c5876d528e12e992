//! The same of any directory: what a client gets that is confined by a filter, and one by a container.

use scimfront::auth::TokenHash;
use serde_json::{Value, json};

use super::{GROUP, id, made, members, ok, refused};
use crate::support::bridge::Bridge;
use crate::support::client::encoded;

/// What differs between directories.
pub(crate) struct Site<'a> {
    /// The bridge, with the clients of [`clients`].
    pub(crate) bridge: &'a Bridge,
    /// A body for somebody of this name and `userType`.
    pub(crate) user: &'a dyn Fn(&str, &str) -> Value,
    /// Moves the entry of an id into the container.
    pub(crate) into_berlin: &'a dyn Fn(&str),
    /// The `userType` of those who are made in the container by who sees no other place.
    pub(crate) berliner: &'a str,
}

/// The settings of the clients; each one's token is its name.
pub(crate) fn clients(within: &[&str]) -> String {
    let client = |name: &str, line: String| {
        format!("[bridge.main.client.{name}]\ntoken_sha256 = \"{}\"\n{line}\n", TokenHash::of(name.as_bytes()))
    };
    client("contractors", "only = { User = 'userType eq \"contractor\"' }".to_owned())
        + &client("berlin", format!("within = {within:?}"))
}

/// Has the clients of [`clients`] try to get out.
pub(crate) fn nobody_gets_out(site: &Site<'_>) {
    let whole = site.bridge.client();
    let [alice, bob, carol] = [("c-alice", "contractor"), ("c-bob", "employee"), ("c-carol", "employee")]
        .map(|(name, kind)| id(&made(whole.post("/Users", &(site.user)(name, kind)))));
    (site.into_berlin)(&carol);
    let all = json!([{ "value": alice }, { "value": bob }, { "value": carol }]);
    let group = json!({ "schemas": [GROUP], "displayName": "c-all", "members": all });
    let group = format!("/Groups/{}", id(&made(whole.post("/Groups", &group))));
    by_filter(site, &alice, &bob, &group);
    by_container(site, &alice, &carol, &group);
}

fn by_filter(site: &Site<'_>, alice: &str, bob: &str, group: &str) {
    let whole = site.bridge.client();
    let client = whole.with_token(Some("contractors"));
    let (alice_at, bob_at) = (format!("/Users/{alice}"), format!("/Users/{bob}"));
    ok(&client.get(&alice_at));
    refused(&client.get(&bob_at), 404, "by id");
    let total = |client: &crate::support::client::Client, filter: &str| {
        ok(&client.get(&format!("/Users?count=0&filter={}", encoded(filter))))["totalResults"].as_u64().unwrap()
    };
    assert_eq!(ok(&client.get("/Users?count=0"))["totalResults"], total(whole, "userType eq \"contractor\""));
    for filter in ["userType eq \"employee\"", "not (userType eq \"contractor\")", &format!("id eq \"{bob}\"")] {
        assert_eq!(total(&client, filter), 0, "{filter}");
    }
    assert_eq!(members(&ok(&client.get(group))), vec![alice.to_owned()]);
    for operation in [
        json!([{ "op": "replace", "path": "userType", "value": "employee" }]),
        json!([{ "op": "remove", "path": "userType" }]),
    ] {
        refused(&client.patch(&alice_at, &operation), 403, &operation.to_string());
    }
    refused(&client.post("/Users", &(site.user)("c-dave", "employee")), 403, "POST outside");
    refused(&client.patch(&bob_at, &json!([{ "op": "remove", "path": "title" }])), 404, "PATCH outside");
    refused(&client.delete(&bob_at), 404, "DELETE outside");
    refused(&client.post("/Users", &(site.user)("c-bob", "contractor")), 409, "a name that somebody unseen has");
    for operation in [
        json!([{ "op": "remove", "path": format!("members[value eq \"{bob}\"]") }]),
        json!([{ "op": "replace", "path": "members", "value": [{ "value": alice }] }]),
    ] {
        client.patch(group, &operation);
        assert_eq!(members(&ok(&whole.get(group))).len(), 3, "{operation}");
    }
    ok(&client.patch(&alice_at, &json!([{ "op": "replace", "path": "title", "value": "Guide" }])));
    let erin = made(client.post("/Users", &(site.user)("c-erin", "contractor")));
    assert_eq!(client.delete(&format!("/Users/{}", id(&erin))).status, 204);
    assert_eq!(ok(&whole.get(&bob_at))["userType"], "employee");
}

fn by_container(site: &Site<'_>, alice: &str, carol: &str, group: &str) {
    let whole = site.bridge.client();
    let client = whole.with_token(Some("berlin"));
    ok(&client.get(&format!("/Users/{carol}")));
    refused(&client.get(&format!("/Users/{alice}")), 404, "by id");
    refused(&client.delete(&format!("/Users/{alice}")), 404, "DELETE outside");
    assert_eq!(ok(&client.get("/Users"))["totalResults"], 1);
    assert_eq!(members(&ok(&client.get(group))), vec![carol.to_owned()]);
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": alice }] }]);
    let reply = client.patch(group, &add);
    assert!((400..500).contains(&reply.status), "{}", reply.text());
    let greta = made(client.post("/Users", &(site.user)("c-greta", site.berliner)));
    let greta = format!("/Users/{}", id(&greta));
    assert_eq!(ok(&client.get("/Users"))["totalResults"], 2);
    ok(&client.patch(&greta, &json!([{ "op": "replace", "path": "title", "value": "Guide" }])));
    assert_eq!(client.delete(&greta).status, 204);
    assert_eq!(members(&ok(&whole.get(group))).len(), 3);
}
