//! The life of a user.

use serde_json::{Value, json};

use super::{USER, assert_error, client, created, get, id, name, patched, place, user};

const PASSWORD: &str = "Correct-Horse-7";
const OTHER: &str = "Battery-Staple-8";

#[test]
fn a_user_is_created_disabled_enabled_renamed_and_deleted() {
    let name = name("life");
    let upn = format!("{name}@example.com");
    let body = json!({
        "schemas": [USER], "userName": upn, "displayName": format!("Life {name}"), "password": PASSWORD, "active": true,
        "name": { "givenName": "Barbara", "familyName": "Jensen" },
        "emails": [{ "value": upn, "type": "work", "primary": true }, { "value": format!("other-{upn}"), "type": "other" }],
        "addresses": [{ "type": "work", "country": "DE", "locality": "Ulm" }],
    });
    let made = created("/Users", &body);
    let id = id(&made);
    let path = format!("/Users/{id}");
    assert_eq!((&made["active"], &made["password"]), (&json!(true), &Value::Null), "{made}");
    assert_eq!(made, get(&path));
    assert_eq!(made["name"]["formatted"], "Barbara Jensen");
    let place = place();
    assert_eq!(place.held(&id, "sAMAccountName"), std::slice::from_ref(&name));
    assert_eq!(place.held(&id, "userAccountControl"), ["512"]);
    assert_eq!(place.held(&id, "proxyAddresses"), [format!("SMTP:{upn}"), format!("smtp:other-{upn}")]);
    assert_eq!((place.held(&id, "co"), place.held(&id, "countryCode")), (vec!["Germany".into()], vec!["276".into()]));
    assert!(place.binds(&upn, PASSWORD) && !place.binds(&upn, OTHER));

    let disabled = patched(&path, &json!([{ "op": "replace", "path": "active", "value": "False" }]));
    assert_eq!(disabled["active"], false);
    assert_eq!(place.held(&id, "userAccountControl"), ["514"]);
    assert!(!place.binds(&upn, PASSWORD));

    let enabled = patched(&path, &json!([{ "op": "replace", "value": { "active": true, "password": OTHER } }]));
    assert_eq!(enabled["active"], true);
    // Samba lets the old one in for an hour.
    assert!(place.binds(&upn, OTHER));

    let new = format!("new-{upn}");
    let renamed = patched(&path, &json!([{ "op": "replace", "path": "userName", "value": new }]));
    assert_eq!((&renamed["userName"], &renamed["id"]), (&json!(new), &json!(id)));
    assert!(place.binds(&new, OTHER));

    assert_eq!(client().delete(&path).status, 204);
    assert_error(&client().get(&path), 404, None);
    assert!(!place.binds(&new, OTHER));
}

#[test]
fn who_comes_without_a_password_gets_one_that_nobody_knows() {
    let (_, id) = user("nopass");
    assert_eq!(get(&format!("/Users/{id}"))["active"], true);
    assert_eq!(place().held(&id, "userAccountControl"), ["512"]);
    assert!(!place().bridge.log().contains(".aA1"));
}

#[test]
fn weak_passwords_and_names_in_use_are_told() {
    let (name, taken) = user("taken");
    let upn = format!("{name}@example.com");
    let again = json!({ "schemas": [USER], "userName": upn });
    assert_error(&client().post("/Users", &again), 409, Some("uniqueness"));
    let weak = json!({ "schemas": [USER], "userName": format!("weak-{upn}"), "password": "x" });
    assert_error(&client().post("/Users", &weak), 400, Some("invalidValue"));
    let found =
        get(&format!("/Users?filter={}", crate::support::client::encoded(&format!("userName eq \"weak-{upn}\""))));
    assert_eq!(found["totalResults"], 0, "what failed left something behind: {found}");
    // The same account and common name, another userName: others are taken.
    let like = json!({ "schemas": [USER], "userName": format!("{name}@other.example.com"), "displayName": name });
    let other = id(&created("/Users", &like));
    assert_eq!(place().held(&other, "sAMAccountName"), [format!("{name}-2")]);
    assert_ne!(place().held(&other, "cn"), place().held(&taken, "cn"));
}

#[test]
fn other_bits_of_user_account_control_stay() {
    let (_, id) = user("bits");
    let place = place();
    place.modify(&format!(
        "dn: <GUID={id}>\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 66048\n"
    ));
    let path = format!("/Users/{id}");
    patched(&path, &json!([{ "op": "replace", "path": "active", "value": false }]));
    assert_eq!(place.held(&id, "userAccountControl"), ["66050"]);
    patched(&path, &json!([{ "op": "replace", "path": "active", "value": true }]));
    assert_eq!(place.held(&id, "userAccountControl"), ["66048"]);
}

#[test]
fn if_match_is_compared_with_what_is_there() {
    let (_, id) = user("match");
    let path = format!("/Users/{id}");
    let version = get(&path)["meta"]["version"].as_str().unwrap().to_owned();
    let message = crate::support::client::patch_message(&json!([{ "op": "replace", "path": "title", "value": "One" }]));
    assert_eq!(client().write("PATCH", &path, &message, Some(&version)).status, 200);
    assert_error(&client().write("PATCH", &path, &message, Some(&version)), 412, None);
    assert_eq!(get(&path)["title"], "One");
}

#[test]
fn administrators_are_shown_and_never_changed() {
    let (_, id) = user("admin");
    place().modify(&format!("dn: <GUID={id}>\nchangetype: modify\nreplace: adminCount\nadminCount: 1\n"));
    let path = format!("/Users/{id}");
    let operations = json!([{ "op": "replace", "path": "title", "value": "x" }]);
    assert_error(&client().patch(&path, &operations), 403, None);
    assert_error(&client().delete(&path), 403, None);
    assert_eq!(get(&path)["title"], Value::Null);
}
