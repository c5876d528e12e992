//! What identity providers really send: shapes that the standard doesn't know or leaves open, and that must work all the same.
//!
//! The clients are those that `docs/` names; each test is a day in the life of one.

use serde_json::{Value, json};

use crate::support;
use crate::support::bridge::{Bridge, BridgeOptions};
use crate::support::client::encoded;
use crate::writing::{
    ENTERPRISE, GROUP, USER, assert_error, client, count, created, get, group, id, members, name, patched, sorted, user,
};

fn list(endpoint: &str, query: &str) -> Value {
    get(&format!("{endpoint}?{query}"))
}

fn by_filter(endpoint: &str, filter: &str) -> Value {
    list(endpoint, &format!("filter={}", encoded(filter)))
}

/// Microsoft Entra ID: looks before it creates, capital operations, booleans as strings, strings for complex values.
#[test]
fn entra_provisions_a_user() {
    let user_name = format!("{}@example.com", name("joy"));
    assert_eq!(by_filter("/Users", &format!("userName eq \"{user_name}\""))["totalResults"], 0);
    let external = name("external");
    let body = json!({
        "schemas": [USER, ENTERPRISE], "externalId": external, "userName": user_name, "active": true,
        "addresses": null, "phoneNumbers": null, "title": null, "roles": [],
        "displayName": "Joy Young", "meta": { "resourceType": "User" },
        "emails": [{ "primary": "True", "type": "work", "value": user_name }],
        "name": { "formatted": "Joy Young", "familyName": "Young", "givenName": "Joy" },
    });
    let reply = created("/Users", &body);
    let path = format!("/Users/{}", id(&reply));
    assert_eq!(reply.json()["emails"], json!([{ "value": user_name, "type": "work", "primary": true }]));
    for filter in [
        format!("userName eq \"{}\"", user_name.to_uppercase()),
        format!("externalId eq \"{external}\""),
        format!("emails[type eq \"work\"].value eq \"{user_name}\""),
    ] {
        assert_eq!(by_filter("/Users", &filter)["Resources"][0]["id"], id(&reply), "{filter}");
    }
    let boss = user(&name("boss"));
    let now = patched(
        &path,
        &json!([
            { "op": "Replace", "path": "displayName", "value": "Joy Younger" },
            { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "younger@example.com" },
            { "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1 555 0100" },
            { "op": "Replace", "path": "addresses[type eq \"work\"].formatted", "value": "18/2111" },
            { "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": boss },
            { "op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Retail" },
            { "op": "Add", "path": "roles", "value": [{ "value": "{\"id\":\"06b0\",\"displayName\":\"Role\"}" }] },
            { "op": "Replace", "path": "active", "value": "False" },
        ]),
    );
    assert_eq!((&now["displayName"], &now["active"]), (&json!("Joy Younger"), &json!(false)));
    assert_eq!(now["emails"], json!([{ "value": "younger@example.com", "type": "work", "primary": true }]));
    assert_eq!(now["phoneNumbers"], json!([{ "value": "+1 555 0100", "type": "mobile" }]));
    assert_eq!(now["addresses"], json!([{ "formatted": "18/2111", "type": "work" }]));
    assert_eq!(now["roles"], json!([{ "value": "{\"id\":\"06b0\",\"displayName\":\"Role\"}" }]));
    assert_eq!(
        (&now[ENTERPRISE]["manager"]["value"], &now[ENTERPRISE]["department"]),
        (&json!(boss), &json!("Retail"))
    );
    // Who is disabled stays visible; references are checked by a filter; the manager goes by an empty string.
    let me = id(&reply);
    assert_eq!(count("/Users", &format!("id eq \"{me}\" and {ENTERPRISE}:manager eq \"{boss}\"")), 1);
    let now = patched(&path, &json!([{ "op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": "" }]));
    assert_eq!(now[ENTERPRISE], json!({ "department": "Retail" }));
    let again = json!([{ "op": "Add", "path": "manager", "value": [{ "$ref": format!("http://x/Users/{boss}"), "value": boss }] }]);
    assert_eq!(patched(&path, &again)[ENTERPRISE]["manager"]["value"], boss);
}

/// Entra's groups: a schema of its own, members by reference with null, removal by value.
#[test]
fn entra_provisions_a_group() {
    let [ann, bob] = [user(&name("ann")), user(&name("bob"))];
    let display = name("Entra");
    let foreign = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
    let external = name("external");
    let reply = created(
        "/Groups",
        &json!({
            "schemas": [GROUP, foreign], "externalId": external, "displayName": display, "meta": { "resourceType": "Group" },
        }),
    );
    assert_eq!(reply.json()["schemas"], json!([GROUP]));
    let path = format!("/Groups/{}", id(&reply));
    let shown =
        list("/Groups", &format!("excludedAttributes=members&filter=displayName+eq+%22{}%22", display.to_uppercase()));
    assert_eq!((&shown["totalResults"], &shown["Resources"][0]["members"]), (&json!(1), &Value::Null));
    let one = |id: &str| json!([{ "$ref": null, "value": id }]);
    patched(&path, &json!([{ "op": "Add", "path": "members", "value": one(&ann) }]));
    let both = patched(&path, &json!([{ "op": "Add", "path": "members", "value": one(&bob) }]));
    assert_eq!(members(&both), sorted(&[&ann, &bob]));
    assert_eq!(count("/Groups", &format!("id eq \"{}\" and members eq \"{ann}\"", id(&reply))), 1);
    let left = patched(&path, &json!([{ "op": "Remove", "path": "members", "value": one(&ann) }]));
    assert_eq!(members(&left), sorted(&[&bob]), "it means one, never all");
    assert_eq!(
        members(&patched(&path, &json!([{ "op": "remove", "path": format!("members[value eq \"{bob}\"]") }]))),
        [""; 0]
    );
    let again = client().post("/Groups", &json!({ "schemas": [GROUP], "displayName": display }));
    assert_error(&again, 409, Some("uniqueness"), "a group of the same name");
}

/// Entra with `?aadOptscim062020`, and Microsoft's validator.
#[test]
fn entra_by_the_letter() {
    let path = format!("/Users/{}?aadOptscim062020", user(&name("optscim")));
    let value = json!({ "displayName": "B", "name.givenName": "K", format!("{ENTERPRISE}:employeeNumber"): "A" });
    let now = patched(&path, &json!([{ "op": "replace", "value": value }]));
    assert_eq!((&now["displayName"], &now["name"]["givenName"]), (&json!("B"), &json!("K")));
    assert_eq!(now[ENTERPRISE]["employeeNumber"], "A");
    patched(&path, &json!([{ "op": "add", "path": "emails[type eq \"work\"].value", "value": "a@example.com" }]));
    let now = patched(
        &path,
        &json!([
            { "op": "replace", "path": "emails[type eq \"work\" and primary eq true].value", "value": "b@example.com" },
            { "op": "add", "path": "roles[primary eq \"True\"].display", "value": "T" },
            { "op": "add", "path": "roles[primary eq \"True\"].value", "value": "V" },
            { "op": "remove", "path": "title" },
            { "op": "add", "path": "title", "value": "one" },
            { "op": "replace", "path": "title", "value": "two" },
        ]),
    );
    assert_eq!(now["emails"], json!([{ "value": "b@example.com", "type": "work", "primary": true }]));
    assert_eq!((&now["roles"], &now["title"]), (&json!([{ "value": "V" }]), &json!("two")));
    let all = json!({
        "title": "T", "userType": "U", "nickName": "N", "locale": "en", "timezone": "Europe/Oslo", "profileUrl": "https://example.com/u",
        "preferredLanguage": "en", "displayName": "D",
    });
    let adds =
        all.as_object().unwrap().iter().map(|(name, value)| json!({ "op": "add", "path": name, "value": value }));
    let path = format!("/Users/{}", user(&name("piecewise")));
    let now = patched(&path, &adds.collect());
    assert!(all.as_object().unwrap().iter().all(|(name, value)| now[name] == *value), "{now}");
}

/// Okta: values without a path, its own id among them, whole resources by PUT, never a DELETE.
#[test]
fn okta_provisions() {
    let user_name = format!("{}@example.com", name("okta"));
    let lookup = format!("filter={}&startIndex=1&count=100", encoded(&format!("userName eq \"{user_name}\"")));
    assert_eq!(list("/Users", &lookup)["Resources"], json!([]));
    let body = json!({
        "schemas": [USER], "userName": user_name, "name": { "givenName": "Test", "familyName": "User" },
        "emails": [{ "primary": true, "value": user_name, "type": "work" }], "displayName": "Test User",
        "locale": "en-US", "externalId": name("00u"), "groups": [], "password": "1mz050nq-X9!", "active": true,
    });
    let reply = created("/Users", &body);
    let (me, path) = (id(&reply), format!("/Users/{}", id(&reply)));
    assert_eq!(reply.json()["password"], Value::Null);
    assert_eq!(patched(&path, &json!([{ "op": "replace", "value": { "active": false } }]))["active"], false);
    let value = json!({ "id": me, "displayName": "Okta", "active": true });
    assert_eq!(patched(&path, &json!([{ "op": "replace", "value": value }]))["displayName"], "Okta");
    let mut echoed = get(&path);
    echoed["name"] = json!({ "givenName": "Another", "middleName": "", "familyName": "User" });
    let reply = client().put(&path, &echoed);
    assert_eq!((reply.status, &reply.json()["name"]["givenName"]), (200, &json!("Another")), "{}", reply.text());
    assert_eq!(reply.json()["name"]["middleName"], Value::Null);

    let team = group(&[]);
    let path = format!("/Groups/{team}");
    let new = name("Okta");
    let now = patched(&path, &json!([{ "op": "replace", "value": { "id": team, "displayName": new } }]));
    assert_eq!(now["displayName"], new);
    let other = user(&name("other"));
    patched(&path, &json!([{ "op": "add", "path": "members", "value": [{ "value": me, "display": "a@x" }] }]));
    let now = patched(
        &path,
        &json!([
            { "op": "remove", "path": format!("members[value eq \"{me}\"]") },
            { "op": "add", "path": "members", "value": [{ "value": other, "display": "b@x" }] },
        ]),
    );
    assert_eq!(members(&now), [other]);
    assert_eq!(get(&format!("/Users/{me}"))["groups"], Value::Null);
    assert_eq!(patched(&path, &json!([{ "op": "replace", "path": "members", "value": [] }]))["members"], Value::Null);
}

/// Keycloak: strings for booleans, lists around single values, relative references.
#[test]
fn keycloak_provisions() {
    let reply = created(
        "/Users",
        &json!({
            "schemas": [USER], "userName": name("kc"), "emails": [{ "value": "kc@example.com" }], "active": true,
            "roles": [{ "value": "offline_access" }],
        }),
    );
    let (me, path) = (id(&reply), format!("/Users/{}", id(&reply)));
    let renamed = name("kc");
    let now = patched_by_name(
        &path,
        &json!([
            { "op": "replace", "path": "active", "value": "true" },
            { "op": "replace", "path": "userName", "value": renamed },
            { "op": "replace", "path": "displayName", "value": ["Kay Three"] },
        ]),
    );
    assert_eq!((&now["userName"], &now["displayName"]), (&json!(renamed), &json!("Kay Three")));
    let body = json!({ "schemas": [GROUP], "displayName": name("KC"), "members": [{ "value": me, "$ref": format!("Users/{me}") }] });
    let reply = created("/Groups", &body);
    assert_eq!(members(&reply.json()), [me]);
    let path = format!("/Groups/{}", id(&reply));
    let new = name("KC");
    let now = patched(
        &path,
        &json!([
            { "op": "remove", "path": "members" },
            { "op": "replace", "path": "displayName", "value": new },
            { "op": "replace", "path": "externalId", "value": "kc" },
        ]),
    );
    assert_eq!((&now["members"], &now["displayName"], &now["externalId"]), (&Value::Null, &json!(new), &json!("kc")));
}

fn patched_by_name(path: &str, operations: &Value) -> Value {
    let reply = client().patch(path, operations);
    assert_eq!(reply.status, 200, "{}", reply.text());
    get(path)
}

/// authentik: the group's whole head in a value without path; it reads the limits first and keeps to them.
#[test]
fn authentik_keeps_members_when_it_renames() {
    let ann = user(&name("ann"));
    let team = group(&[&ann]);
    assert!(get("/ServiceProviderConfig")["bulk"]["maxOperations"].as_u64().is_some_and(|most| most > 0));
    let value = json!({ "schemas": [GROUP], "id": team, "displayName": name("authentik"), "externalId": "E" });
    let now = patched(&format!("/Groups/{team}"), &json!([{ "op": "replace", "value": value }]));
    assert_eq!((members(&now), &now["externalId"]), (vec![ann], &json!("E")));
}

/// Salesforce: members within an object of their own name.
#[test]
fn salesforce_removes_members() {
    let [ann, bob] = [user(&name("ann")), user(&name("bob"))];
    let path = format!("/Groups/{}", group(&[&ann, &bob]));
    let value = json!({ "members": [{ "$ref": null, "value": ann }] });
    assert_eq!(members(&patched(&path, &json!([{ "op": "remove", "path": "members", "value": value }]))), [bob]);
}

/// JumpCloud: PUT with nulls and the extension's URN first.
#[test]
fn jumpcloud_replaces() {
    let user_name = name("jc");
    let path = format!("/Users/{}", user(&user_name));
    let body = json!({
        "schemas": [ENTERPRISE, USER], "userName": user_name, "emails": null, "addresses": [], "active": true,
        ENTERPRISE: { "department": "Ops", "manager": null },
    });
    let reply = client().put(&path, &body);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()[ENTERPRISE], json!({ "department": "Ops" }));
}

/// Keys in other cases, no schemas, a bare list of operations, trailing slashes.
#[test]
fn messages_that_are_nearly_right() {
    let me = user(&name("nearly"));
    let path = format!("/Users/{me}");
    let small = json!({ "operations": [{ "op": "replace", "path": "displayName", "value": "Lower" }] });
    assert_eq!(client().write("PATCH", &path, &small, None).json()["displayName"], "Lower");
    let bare = json!([{ "OP": "REPLACE", "PATH": "DISPLAYNAME", "VALUE": "Bare" }]);
    assert_eq!(client().write("PATCH", &format!("{path}/"), &bare, None).json()["displayName"], "Bare");
    assert_eq!(client().post("/Groups/", &json!({ "displayName": name("bare") })).status, 201);
    let headers = [("content-type", "application/json; charset=utf-8")];
    let body = json!({ "userName": name("charset"), "emails": [{ "Primary": true, "TYPE": "work", "value": "c@example.com" }] });
    let reply = client().send("POST", "/Users", &headers, Some(body.to_string().as_bytes()));
    assert_eq!((reply.status, reply.header("content-type")), (201, Some("application/scim+json")), "{}", reply.text());
    assert_eq!(reply.json()["emails"][0]["primary"], true);
}

fn with(lines: &str) -> Bridge {
    let mut options = BridgeOptions::openldap(&support::private());
    options.client_lines.push_str(lines);
    Bridge::start(support::shared(), &options)
}

/// Where client and standard pull apart the settings decide.
#[test]
fn the_settings_say_what_a_patch_is_answered_with() {
    for (answer, expected) in [("resource", [200, 200]), ("nothing", [204, 204]), ("auto", [204, 200])] {
        let bridge = with(&format!("patch_answer = \"{answer}\"\n"));
        let make = |endpoint: &str, body: Value| id(&bridge.client().post(endpoint, &body));
        let ann = make("/Users", json!({ "userName": "ann" }));
        let team = make("/Groups", json!({ "displayName": "team" }));
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": ann }] }]);
        let title = json!([{ "op": "add", "path": "title", "value": "T" }]);
        let replies = [
            bridge.client().patch(&format!("/Groups/{team}"), &add),
            bridge.client().patch(&format!("/Users/{ann}"), &title),
        ];
        assert_eq!(replies.each_ref().map(|reply| reply.status), expected, "{answer}");
        for reply in replies {
            assert!(reply.header("etag").is_some(), "{answer}");
            assert_eq!(reply.body.is_empty(), reply.status == 204, "{answer}");
        }
    }
}

#[test]
fn a_strict_bridge_takes_the_standard_by_its_word() {
    let bridge = with("dialect = \"strict\"\n");
    let ann = id(&bridge.client().post("/Users", &json!({ "schemas": [USER], "userName": "ann" })));
    let path = format!("/Users/{ann}");
    let refused = [
        (json!({ "op": "replace", "path": "addresses[type eq \"work\"].formatted", "value": "x" }), "noTarget"),
        (json!({ "op": "replace", "path": "active", "value": "False" }), "invalidValue"),
        (json!({ "op": "replace", "value": { "name.givenName": "K" } }), "invalidPath"),
        (json!({ "op": "replace", "value": { "groups": [] } }), "mutability"),
    ];
    for (operation, scim_type) in refused {
        let reply = bridge.client().patch(&path, &json!([operation]));
        assert_error(&reply, 400, Some(scim_type), &operation.to_string());
    }
    let add = json!([{ "op": "add", "path": "addresses[type eq \"work\"].formatted", "value": "x" }]);
    assert_eq!(bridge.client().patch(&path, &add).status, 200);
}
