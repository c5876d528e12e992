//! Passwords: written, never shown.

use std::process::{Command, Stdio};

use serde_json::json;

use super::{USER, assert_error, client, created, entry, get, id, name, place, user};

/// Whether the directory lets somebody in with this password.
pub(super) fn binds(dn: &str, password: &str) -> bool {
    let mut command = Command::new("ldapwhoami");
    command.env("LDAPNOINIT", "1").args(["-x", "-H", &place().slapd.url(), "-D", dn, "-w", password]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
}

#[test]
fn who_is_inactive_stays_so_with_a_new_password() {
    let [first, second, third] = ["First-Horse-71!", "Second-Horse-72!", "Third-Horse-73!"];
    let user = json!({ "schemas": [USER], "userName": name("locked"), "password": first, "active": false });
    let reply = created("/Users", &user);
    assert_eq!(reply.json()["active"], false, "{}", reply.text());
    let id = id(&reply);
    let (path, dn) = (format!("/Users/{id}"), entry(&id).unwrap().dn);
    assert!(!binds(&dn, first));
    let patch = |value: serde_json::Value| client().patch(&path, &json!([{ "op": "replace", "value": value }]));
    let reply = patch(json!({ "password": second }));
    assert_eq!((reply.status, &reply.json()["active"]), (200, &json!(false)), "{}", reply.text());
    assert!(!binds(&dn, second));
    assert_eq!(patch(json!({ "active": true })).status, 200);
    assert!(binds(&dn, second));
    let reply = patch(json!({ "active": false, "password": third }));
    assert_eq!((reply.status, &reply.json()["active"]), (200, &json!(false)), "{}", reply.text());
    assert!(!binds(&dn, third));
    assert_eq!(patch(json!({ "active": true, "password": first })).status, 200);
    assert!(binds(&dn, first));
}

#[test]
fn a_password_lets_in_and_shows_nowhere() {
    let [first, second, third] = ["First-Horse-71!", "Second-Horse-72!", "Third-Horse-73!"];
    let user_name = name("password");
    let reply = created("/Users", &json!({ "schemas": [USER], "userName": user_name, "password": first }));
    let (id, mut said) = (id(&reply), vec![reply.text()]);
    let path = format!("/Users/{id}");
    let dn = entry(&id).unwrap().dn;
    assert!(binds(&dn, first));
    let reply = client().patch(&path, &json!([{ "op": "replace", "value": { "password": second } }]));
    assert_eq!(reply.status, 200, "{}", reply.text());
    said.push(reply.text());
    assert!(binds(&dn, second) && !binds(&dn, first));
    let reply = client().put(&path, &json!({ "schemas": [USER], "userName": user_name, "password": third }));
    assert_eq!(reply.status, 200, "{}", reply.text());
    said.push(reply.text());
    assert!(binds(&dn, third));
    // A PUT that doesn't mention it leaves it: no client can know what it is.
    assert_eq!(client().put(&path, &json!({ "schemas": [USER], "userName": user_name })).status, 200);
    assert!(binds(&dn, third));
    said.push(get(&format!("{path}?attributes=password")).to_string());
    said.push(place().bridge.log());
    for text in said {
        for password in [first, second, third] {
            assert!(!text.contains(password), "{text}");
        }
        assert!(!text.contains("\"password\""), "{text}");
    }
    let held = entry(&id).unwrap();
    assert!(held.values("userPassword").all(|value| value.starts_with('{')), "hashed");
}

#[test]
fn nobody_can_ask_for_it() {
    let reply = client().get("/Users?filter=password%20sw%20%22a%22");
    assert_error(&reply, 400, Some("invalidFilter"), "a filter");
}

#[test]
fn a_password_that_the_policy_refuses_changes_nothing() {
    let id = user(&name("weak"));
    let path = format!("/Users/{id}");
    let before = get(&path);
    let operations = json!([
        { "op": "replace", "path": "title", "value": "Half done" },
        { "op": "replace", "path": "password", "value": "short" },
    ]);
    assert_error(&client().patch(&path, &operations), 400, Some("invalidValue"), "PATCH");
    let after = get(&path);
    assert_eq!((&after["title"], &after["meta"]["version"]), (&before["title"], &before["meta"]["version"]));
    let weak = name("weak");
    let reply = client().post("/Users", &json!({ "schemas": [USER], "userName": weak, "password": "short" }));
    assert_error(&reply, 400, Some("invalidValue"), "POST");
    assert!(!reply.text().contains("short\""), "{}", reply.text());
    assert_eq!(super::count("/Users", &format!("userName eq \"{weak}\"")), 0, "the add was undone");
}
