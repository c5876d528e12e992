//! One of the two is away: what is asked of it is 503, never a shorter list, and the other goes on.

use super::*;

#[test]
fn what_is_asked_of_a_directory_that_is_away_is_unavailable_and_the_rest_is_served() {
    let mut pair = Pair::start();
    let status = |path: &str| pair.bridge.client().get(path).status;
    let by_name = |type_name: &str| {
        let list = ok(pair.bridge.client().get("/Users?filter=userName%20eq%20%22bjensen%22&attributes=userName,meta"));
        let users = list["Resources"].as_array().unwrap().clone();
        let own = |user: &&Value| {
            let entry = format!("(entryUUID={})", id(user));
            held_by(&pair.a, A, &entry, &["uid"]).contains("uid:") == (type_name == "a")
        };
        id(users.iter().find(own).unwrap())
    };
    let (in_a, in_b) = (by_name("a"), by_name("b"));
    let team = {
        let body = json!({ "schemas": [GROUP], "displayName": "made mixed", "members": [{ "value": in_a }, { "value": in_b }] });
        id(&ok(pair.bridge.client().post("/Groups", &body)))
    };
    let [user_a, user_b, team] =
        [format!("/Users/{in_a}?attributes=userName"), format!("/Users/{in_b}"), format!("/Groups/{team}")];
    pair.b.kill_hard().unwrap();
    until("gone", || pair.bridge.client().get("/Users?count=1").status == 503);

    let client = pair.bridge.client();
    for path in [
        "/Users",
        "/Users?count=0",
        "/Users?startIndex=3&count=2",
        "/Users?cursor",
        "/Users?sortBy=userName",
        "/Users?filter=userName%20eq%20%22bjensen%22",
        "/Groups",
        &user_b,
        &team,
        "/Users/00000000-0000-4000-8000-000000000000",
    ] {
        let reply = client.get(path);
        assert_eq!(reply.status, 503, "{path}: {}", reply.text());
        assert!(reply.header("retry-after").is_some(), "{path}");
    }
    assert_eq!(status(&user_a), 200);
    let plain = json!([{ "op": "replace", "path": "title", "value": "Guide" }]);
    let changed = client.patch(&user_a, &plain);
    assert!(matches!(changed.status, 200 | 204), "{}", changed.text());
    assert_eq!(client.patch(&user_b, &plain).status, 503);
    let body = json!({ "schemas": [USER], "userName": "made-emil", "name": { "familyName": "Test" } });
    assert_eq!(client.post("/Users", &body).status, 503, "the name may be taken where nobody can look");
    assert_eq!(client.get("/ServiceProviderConfig").status, 200);

    pair.b.restart().unwrap();
    until("back", || pair.bridge.client().get("/Users?count=1").status == 200);
    let members = ok(pair.bridge.client().get(&team));
    assert_eq!(values(&members["members"]), set(&[&in_a, &in_b]));
}
