//! The tour through the demo, the same on every directory that it runs: what it prints works, somebody comes, gets in with the new
//! password over TLS, is locked out, joins groups, is renamed and leaves.

use rstest::rstest;
use serde_json::{Value, json};

use crate::support::demo::{Demo, shared};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PASSWORD: &str = "Correct-Horse-7";
const OTHER: &str = "Battery-Staple-8";

fn created(demo: &Demo, endpoint: &str, body: &Value) -> String {
    let reply = demo.client.post(endpoint, body);
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["id"].as_str().unwrap().to_owned()
}

fn patched(demo: &Demo, path: &str, operation: Value) -> Value {
    let reply = demo.client.patch(path, &json!([operation]));
    assert_eq!(reply.status, 200, "{operation}: {}", reply.text());
    reply.json()
}

fn get(demo: &Demo, path: &str) -> Value {
    let reply = demo.client.get(path);
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.json()
}

fn ids(references: &Value) -> Vec<&str> {
    references.as_array().into_iter().flatten().map(|one| one["value"].as_str().unwrap()).collect()
}

#[rstest]
#[case("openldap", "", "ldap://")]
#[case("ad", "@example.com", "ldaps://")]
#[case("389ds", "", "ldaps://")]
fn a_life_on_every_directory(#[case] directory: &'static str, #[case] realm: &str, #[case] scheme: &str) {
    let demo = shared(directory);
    assert!(demo.printed.contains(scheme), "{}", demo.printed);
    let commands = demo.commands();
    assert_eq!(commands.len(), 4, "{}", demo.printed);
    let [config, user, found, group] = [0, 1, 2, 3].map(|place| demo.paste(&commands[place]));
    assert_eq!(config["patch"]["supported"], true, "{config}");
    assert_eq!(user["userName"], format!("bjensen{realm}"), "{user}");
    assert_eq!(found["Resources"][0]["id"], user["id"], "{found}");
    assert!(group["members"].as_array().is_some_and(|members| !members.is_empty()), "{group}");

    // Somebody comes, with a password, and gets in.
    let name = |local: &str| format!("{local}{realm}");
    let login = |local: &str| match directory {
        "ad" => name(local),
        _ => format!("uid={local},ou=people,dc=example,dc=com"),
    };
    let body = json!({ "schemas": [USER], "userName": name("mandy"), "displayName": "Mandy Pepperidge", "password": PASSWORD,
        "name": { "givenName": "Mandy", "familyName": "Pepperidge" }, "active": true });
    let mandy = created(&demo, "/Users", &body);
    let path = format!("/Users/{mandy}");
    assert!(demo.binds(&login("mandy"), PASSWORD) && !demo.binds(&login("mandy"), OTHER));

    // Is locked out, and let in again with another password.
    let active = |active: bool| json!({ "op": "replace", "path": "active", "value": active });
    assert_eq!(patched(&demo, &path, active(false))["active"], false);
    assert!(!demo.binds(&login("mandy"), PASSWORD));
    assert_eq!(patched(&demo, &path, active(true))["active"], true);
    assert!(demo.binds(&login("mandy"), PASSWORD));
    patched(&demo, &path, json!({ "op": "replace", "path": "password", "value": OTHER }));
    assert!(demo.binds(&login("mandy"), OTHER) && !demo.binds(&login("mandy"), PASSWORD));

    // Joins a group that is in another one.
    let members = |id: &str| json!([{ "value": id }]);
    let body = |name: &str, id: &str| json!({ "schemas": [GROUP], "displayName": name, "members": members(id) });
    let inner = created(&demo, "/Groups", &body("guides", &mandy));
    let outer = created(&demo, "/Groups", &body("travel", &inner));
    assert_eq!(ids(&get(&demo, &path)["groups"]), [&inner]);
    let nested = get(&demo, &format!("/Groups/{outer}"))["members"].clone();
    assert_eq!((ids(&nested), &nested[0]["type"]), (vec![inner.as_str()], &json!("Group")), "{nested}");

    // Both get other names, and stay who they are.
    let renamed = json!({ "op": "replace", "path": "displayName", "value": "tour guides" });
    assert_eq!(patched(&demo, &format!("/Groups/{inner}"), renamed)["displayName"], "tour guides");
    let renamed = json!({ "op": "replace", "path": "userName", "value": name("mandy.jones") });
    assert_eq!(patched(&demo, &path, renamed)["id"], json!(mandy));
    assert!(demo.binds(&login("mandy.jones"), OTHER));
    // In Active Directory an account's name in front of the domain's lets in as well, and stays.
    assert_eq!(demo.binds(&login("mandy"), OTHER), directory == "ad");
    assert_eq!(get(&demo, &path)["groups"][0]["display"], "tour guides");
    assert_eq!(ids(&get(&demo, &format!("/Groups/{inner}"))["members"]), [&mandy]);

    // Leaves.
    assert_eq!(demo.client.delete(&path).status, 204);
    assert_eq!(demo.client.get(&path).status, 404);
    assert!(!demo.binds(&login("mandy.jones"), OTHER));
    assert_eq!(ids(&get(&demo, &format!("/Groups/{inner}"))["members"]), Vec::<&str>::new());
    for group in [outer, inner] {
        assert_eq!(demo.client.delete(&format!("/Groups/{group}")).status, 204);
    }
}
