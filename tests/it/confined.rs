//! What clients get that may not see or write everything, whatever they try: by id, filter, order, path, bulk, reference and cursor.

pub(crate) mod elsewhere;

use std::sync::OnceLock;

use scimfront::auth::TokenHash;
use serde_json::{Value, json};

use super::support;
use super::support::bridge::{Bridge, BridgeOptions};
use super::support::client::{Client, Reply, encoded};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// The clients, with their settings; `SUFFIX` stands for the suffix. Each one's token is its name.
const CLIENTS: &[(&str, &str)] = &[
    ("contractors", "only = { User = 'userType eq \"contractor\"' }"),
    ("other-contractors", "only = { User = 'userType eq \"contractor\"' }"),
    ("reader", "access = \"read\""),
    ("people", "types = [\"User\"]"),
    (
        "narrow",
        "attributes = [\"userName\", \"displayName\", \"emails\", \"active\", \"userType\", \"name\"]\nwritable = [\"displayName\"]\nlargest_page = 3",
    ),
    ("passwords", "types = [\"User\"]\nattributes = [\"userName\", \"password\"]"),
    ("helpdesk", "writable = [\"password\"]"),
    ("berlin", "within = [\"ou=berlin,ou=people,SUFFIX\", \"ou=groups,SUFFIX\"]"),
];

struct Place {
    bridge: Bridge,
    /// A contractor, an employee and a group that holds both.
    alice: String,
    bob: String,
    group: String,
    /// Somebody in ou=berlin.
    carol: String,
}

fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let (slapd, suffix) = support::private_place();
        let mut options = BridgeOptions::openldap(&suffix);
        for (name, lines) in CLIENTS {
            let (hash, lines) = (TokenHash::of(name.as_bytes()), lines.replace("SUFFIX", &suffix));
            options.further.push_str(&format!("[bridge.main.client.{name}]\ntoken_sha256 = \"{hash}\"\n{lines}\n"));
        }
        let bridge = Bridge::start(slapd, &options);
        let bind = slapd.bind_dn_of(&suffix);
        let ldif = format!("dn: ou=berlin,ou=people,{suffix}\nchangetype: add\nobjectClass: organizationalUnit\nou: berlin\n");
        slapd.ldapmodify_as(&bind, &ldif).unwrap();
        let user = |name: &str, kind: &str| {
            let body = json!({ "schemas": [USER], "userName": name, "userType": kind, "title": format!("{name}s title"),
                "displayName": name, "name": { "familyName": name } });
            id(&made(bridge.client().post("/Users", &body)))
        };
        let (alice, bob, carol) = (user("alice", "contractor"), user("bob", "employee"), user("carol", "employee"));
        let ldif = format!(
            "dn: uid=carol,ou=people,{suffix}\nchangetype: modrdn\nnewrdn: uid=carol\ndeleteoldrdn: 0\nnewsuperior: ou=berlin,ou=people,{suffix}\n"
        );
        slapd.ldapmodify_as(&bind, &ldif).unwrap();
        let members = json!([{ "value": alice }, { "value": bob }, { "value": carol }]);
        let group = json!({ "schemas": [GROUP], "displayName": "both", "members": members });
        let group = id(&made(bridge.client().post("/Groups", &group)));
        Place { bridge, alice, bob, group, carol }
    })
}

fn client(name: &str) -> Client {
    assert!(CLIENTS.iter().any(|(known, _)| *known == name));
    place().bridge.client().with_token(Some(name))
}

fn made(reply: Reply) -> Value {
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()
}

fn ok(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap().to_owned()
}

fn whole(path: &str) -> Value {
    ok(&place().bridge.client().get(path))
}

fn members(group: &Value) -> Vec<String> {
    let members = group["members"].as_array().into_iter().flatten();
    let mut ids: Vec<String> = members.map(|member| member["value"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

fn refused(reply: &Reply, status: u16, about: &str) {
    assert_eq!(reply.status, status, "{about}: {}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/scim+json"), "{about}");
    assert_eq!(reply.json()["status"], status.to_string(), "{about}");
}

#[test]
fn a_confined_client_finds_and_counts_its_own_alone() {
    let (place, client) = (place(), client("contractors"));
    ok(&client.get(&format!("/Users/{}", place.alice)));
    refused(&client.get(&format!("/Users/{}", place.bob)), 404, "by id");
    let all = whole(&format!("/Users?count=500&filter={}", encoded("userType eq \"contractor\"")));
    let own = ok(&client.get("/Users?count=500"));
    assert_eq!(own["totalResults"], all["totalResults"]);
    for filter in [
        "userName eq \"bob\"",
        "userType ne \"contractor\"",
        "not (userType eq \"contractor\")",
        "userType eq \"employee\"",
    ] {
        let found = ok(&client.get(&format!("/Users?filter={}", encoded(filter))));
        assert_eq!(found["totalResults"], 0, "{filter}");
    }
    let by_id = format!("/Users?filter={}", encoded(&format!("id eq \"{}\"", place.bob)));
    assert_eq!(ok(&client.get(&by_id))["totalResults"], 0);
    let either = "userName eq \"bob\" or userName eq \"alice\"";
    assert_eq!(ok(&client.get(&format!("/Users?sortBy=userName&filter={}", encoded(either))))["totalResults"], 1);
    // The same by POST, and over all types at once.
    let search = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": either });
    for path in ["/Users/.search", "/.search"] {
        let found = ok(&client.post(path, &search));
        assert_eq!(found["totalResults"], 1, "{path}");
    }
}

#[test]
fn references_to_what_a_client_may_not_see_are_left_out_and_left_alone() {
    let (place, client) = (place(), client("contractors"));
    let path = format!("/Groups/{}", place.group);
    assert_eq!(members(&ok(&client.get(&path))), vec![place.alice.clone()]);
    assert_eq!(members(&whole(&path)).len(), 3);
    let by_member = format!("/Groups?filter={}", encoded(&format!("members.value eq \"{}\"", place.bob)));
    assert_eq!(ok(&client.get(&by_member))["totalResults"], 0);
    // Somebody whom it doesn't see can't be made a member, nor taken out: by value, by $ref, by filter or by PUT.
    let location = format!("{}/Users/{}", place.bridge.base_url(), place.bob);
    let other = json!({ "schemas": [GROUP], "displayName": "of contractors", "members": [{ "value": place.alice }] });
    let other = format!("/Groups/{}", id(&made(client.post("/Groups", &other))));
    for value in [
        json!([{ "value": place.bob }]),
        json!([{ "value": place.bob, "$ref": location }]),
        json!([{ "$ref": location }]),
    ] {
        let reply = client.patch(&other, &json!([{ "op": "add", "path": "members", "value": value }]));
        assert!((400..500).contains(&reply.status), "{value}: {}", reply.status);
        assert_eq!(members(&whole(&other)), vec![place.alice.clone()], "{value}");
    }
    for operation in [
        json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", place.bob) }]),
        json!([{ "op": "remove", "path": "members", "value": [{ "value": place.bob }] }]),
        json!([{ "op": "replace", "path": "members", "value": [{ "value": place.alice }] }]),
    ] {
        client.patch(&path, &operation);
        assert_eq!(members(&whole(&path)).len(), 3, "{operation}");
    }
    let put = json!({ "schemas": [GROUP], "displayName": "both", "members": [{ "value": place.alice }] });
    ok(&client.put(&path, &put));
    assert_eq!(members(&whole(&path)).len(), 3);
}

#[test]
fn no_write_leads_out_of_a_confinement_or_into_it() {
    let (place, client) = (place(), client("contractors"));
    let alice = format!("/Users/{}", place.alice);
    for operation in [
        json!([{ "op": "replace", "path": "userType", "value": "employee" }]),
        json!([{ "op": "replace", "value": { "userType": "employee" } }]),
        json!([{ "op": "remove", "path": "userType" }]),
    ] {
        refused(&client.patch(&alice, &operation), 403, &operation.to_string());
    }
    refused(
        &client.put(&alice, &json!({ "schemas": [USER], "userName": "alice", "displayName": "x" })),
        403,
        "PUT without it",
    );
    for body in [
        json!({ "schemas": [USER], "userName": "dave", "userType": "employee", "displayName": "d" }),
        json!({ "schemas": [USER], "userName": "dave", "displayName": "d" }),
    ] {
        refused(&client.post("/Users", &body), 403, "POST outside");
    }
    for (method, path) in [("PUT", "Users"), ("PATCH", "Users"), ("DELETE", "Users")] {
        let body = json!({ "schemas": [USER], "userName": "bob", "userType": "contractor", "Operations": [] });
        let reply = client.write(method, &format!("/{path}/{}", place.bob), &body, None);
        assert!(matches!(reply.status, 404 | 400), "{method}: {}", reply.status);
    }
    let take = json!([{ "op": "replace", "path": "userType", "value": "contractor" }]);
    refused(&client.patch(&format!("/Users/{}", place.bob), &take), 404, "to take somebody in");
    let inside = json!([{ "op": "replace", "path": "title", "value": "Guide" }]);
    ok(&client.patch(&alice, &inside));
    // What must be unique is so among all, seen or not.
    let taken = json!({ "schemas": [USER], "userName": "bob", "userType": "contractor", "displayName": "b" });
    refused(&client.post("/Users", &taken), 409, "a name that somebody unseen has");
    assert_eq!(whole(&format!("/Users/{}", place.bob))["userType"], "employee");
}

#[test]
fn bulk_operations_are_confined_each_for_itself() {
    let (place, client) = (place(), client("contractors"));
    let patch = |value: &str| {
        json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "path": "userType", "value": value }] })
    };
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
        { "method": "DELETE", "path": format!("/Users/{}", place.bob) },
        { "method": "PATCH", "path": format!("/Users/{}", place.bob), "data": patch("contractor") },
        { "method": "PATCH", "path": format!("/Users/{}", place.alice), "data": patch("employee") },
        { "method": "POST", "path": "/Users", "bulkId": "1",
            "data": { "schemas": [USER], "userName": "erin", "userType": "employee", "displayName": "e" } },
    ] });
    let answer = ok(&client.post("/Bulk", &body));
    let statuses: Vec<&str> =
        answer["Operations"].as_array().unwrap().iter().map(|done| done["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["404", "404", "403", "403"], "{answer}");
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [] });
    refused(&self::client("reader").post("/Bulk", &body), 403, "a reader's bulk");
}

#[test]
fn a_reader_reads_and_writes_nothing() {
    let (place, client) = (place(), client("reader"));
    let alice = format!("/Users/{}", place.alice);
    assert_eq!(ok(&client.get(&alice))["userName"], "alice");
    let body = json!({ "schemas": [USER], "userName": "frank" });
    refused(&client.post("/Users", &body), 403, "POST");
    refused(&client.put(&alice, &body), 403, "PUT");
    refused(&client.patch(&alice, &json!([{ "op": "remove", "path": "title" }])), 403, "PATCH");
    refused(&client.delete(&alice), 403, "DELETE");
    // Whether or not there is such a resource.
    refused(&client.delete("/Users/none"), 403, "DELETE of nothing");
}

#[test]
fn a_type_outside_is_there_for_nobody_it_is_kept_from() {
    let (place, client) = (place(), client("people"));
    for path in ["/Groups".to_owned(), format!("/Groups/{}", place.group)] {
        refused(&client.get(&path), 403, &path);
    }
    refused(&client.post("/Groups", &json!({ "schemas": [GROUP], "displayName": "x" })), 403, "POST");
    refused(&client.delete(&format!("/Groups/{}", place.group)), 403, "DELETE");
    let alice = ok(&client.get(&format!("/Users/{}", place.alice)));
    assert_eq!(alice["groups"], Value::Null);
    assert_ne!(whole(&format!("/Users/{}", place.alice))["groups"], Value::Null);
    let by_group = format!("/Users?filter={}", encoded(&format!("groups.value eq \"{}\"", place.group)));
    assert_eq!(ok(&client.get(&by_group))["totalResults"], 0);
    assert_eq!(ok(&client.get("/ResourceTypes"))["totalResults"], 1);
    refused(&client.get("/ResourceTypes/Group"), 404, "the type");
    refused(&client.get(&format!("/Schemas/{GROUP}")), 404, "the schema");
    let all = ok(&client.get("/?count=500"));
    assert!(all["Resources"].as_array().unwrap().iter().all(|found| found["meta"]["resourceType"] == "User"));
}

#[test]
fn an_attribute_that_may_not_be_read_is_unknown() {
    let (place, client) = (place(), client("narrow"));
    let path = format!("/Users/{}", place.alice);
    let alice = ok(&client.get(&path));
    assert_eq!((&alice["userName"], &alice["title"]), (&json!("alice"), &Value::Null));
    assert_eq!(ok(&client.get(&format!("{path}?attributes=title,userName")))["title"], Value::Null);
    for (query, status) in [
        (format!("filter={}", encoded("title pr")), 400),
        (format!("filter={}", encoded("userName eq \"alice\" and title co \"a\"")), 400),
        (format!("filter={}", encoded(&format!("{USER}:title eq \"alices title\""))), 400),
        ("sortBy=title".to_owned(), 400),
        ("sortBy=groups.display".to_owned(), 400),
    ] {
        let hidden = client.get(&format!("/Users?{query}"));
        refused(&hidden, status, &query);
        // Exactly what is said of a name that nothing has.
        let nonsense = client.get(&format!(
            "/Users?{}",
            query.replace("title%20", "titlo%20").replace("=title", "=titlo").replace(":title", ":titlo")
        ));
        assert_eq!(
            hidden.json()["detail"].as_str().unwrap().replace("title", "titlo"),
            nonsense.json()["detail"].as_str().unwrap().replace("alices title", "alices titlo"),
            "{query}"
        );
    }
    for operation in [
        json!([{ "op": "replace", "path": "title", "value": "x" }]),
        json!([{ "op": "replace", "path": "userType", "value": "employee" }]),
        json!([{ "op": "remove", "path": "emails[type eq \"work\"]" }]),
    ] {
        refused(&client.patch(&path, &operation), 400, &operation.to_string());
    }
    client.patch(&path, &json!([{ "op": "replace", "value": { "title": "x", "userType": "x" } }]));
    // PUT leaves what it doesn't know, and what it may not write, as it was.
    let put = json!({ "schemas": [USER], "userName": "other", "displayName": "Alice A.", "title": "x" });
    ok(&client.put(&path, &put));
    let now = whole(&path);
    let kept = (&now["userName"], &now["userType"], &now["displayName"]);
    assert_eq!(kept, (&json!("alice"), &json!("contractor"), &json!("Alice A.")));
    assert!(now["title"] != "x" && now["title"] != Value::Null, "{now}");
    let schema = ok(&client.get(&format!("/Schemas/{USER}")));
    let names: Vec<(&str, &str)> = (schema["attributes"].as_array().unwrap().iter())
        .map(|attribute| (attribute["name"].as_str().unwrap(), attribute["mutability"].as_str().unwrap()))
        .collect();
    assert!(names.contains(&("displayName", "readWrite")) && names.contains(&("userName", "readOnly")), "{names:?}");
    assert!(!names.iter().any(|(name, _)| *name == "title"), "{names:?}");
    let page = ok(&client.get("/Users?count=50"));
    assert_eq!(page["Resources"].as_array().unwrap().len(), 3);
}

#[test]
fn a_client_within_a_container_makes_and_sees_entries_there_alone() {
    let (place, client) = (place(), client("berlin"));
    ok(&client.get(&format!("/Users/{}", place.carol)));
    refused(&client.get(&format!("/Users/{}", place.alice)), 404, "somebody elsewhere");
    assert_eq!(members(&ok(&client.get(&format!("/Groups/{}", place.group)))), vec![place.carol.clone()]);
    let body = json!({ "schemas": [USER], "userName": "greta", "displayName": "g", "name": { "familyName": "g" } });
    let greta = made(client.post("/Users", &body));
    let path = format!("/Users/{}", id(&greta));
    let renamed = client.patch(&path, &json!([{ "op": "replace", "path": "userName", "value": "gretel" }]));
    assert_eq!(ok(&renamed)["userName"], "gretel");
    let names = ok(&client.get("/Users"));
    assert_eq!(names["totalResults"], 2, "{names}");
    assert_eq!(client.delete(&path).status, 204);
}

#[test]
fn a_password_unlocks_nobody_whom_its_client_may_not_make_active() {
    let place = place();
    let user = json!({ "schemas": [USER], "userName": "locked", "displayName": "l", "name": { "familyName": "l" },
        "password": "First-Horse-71!", "active": false });
    let path = format!("/Users/{}", id(&made(place.bridge.client().post("/Users", &user))));
    // Neither who doesn't see whether somebody is active, nor who sees it and may not change it.
    for name in ["passwords", "helpdesk"] {
        for password in ["Second-Horse-72!", "Third-Horse-73!"] {
            let set = json!([{ "op": "replace", "path": "password", "value": password }]);
            ok(&client(name).patch(&path, &set));
            assert_eq!(whole(&path)["active"], false, "{name}: PATCH");
            let put = json!({ "schemas": [USER], "userName": "locked", "password": format!("{password}!") });
            ok(&client(name).put(&path, &put));
            assert_eq!(whole(&path)["active"], false, "{name}: PUT");
        }
        let activate = json!([{ "op": "replace", "path": "active", "value": true }]);
        refused(&client(name).patch(&path, &activate), 400, name);
        assert_eq!(whole(&path)["active"], false, "{name}: active");
    }
    // Who may, does; and then it stays so.
    let activate = json!([{ "op": "replace", "path": "active", "value": true }]);
    ok(&place.bridge.client().patch(&path, &activate));
    let set = json!([{ "op": "replace", "path": "password", "value": "Fourth-Horse-74!" }]);
    ok(&client("passwords").patch(&path, &set));
    assert_eq!(whole(&path)["active"], true);
}

#[test]
fn nobody_goes_on_with_the_cursor_of_another_client() {
    let cursor_of =
        |client: &Client| ok(&client.get("/Users?count=1&cursor"))["nextCursor"].as_str().unwrap().to_owned();
    let (whole, own) = (place().bridge.client(), client("contractors"));
    let path = |cursor: &str| format!("/Users?count=1&cursor={}", encoded(cursor));
    let theirs = cursor_of(whole);
    for name in ["contractors", "reader", "narrow"] {
        let reply = client(name).get(&path(&theirs));
        refused(&reply, 400, name);
        assert_eq!(reply.json()["scimType"], "invalidCursor");
    }
    // Not even where both see the same.
    if let Some(cursor) = ok(&own.get("/Users?count=1&cursor"))["nextCursor"].as_str() {
        refused(&client("other-contractors").get(&path(cursor)), 400, "the same confinement");
        ok(&own.get(&path(cursor)));
    }
}
