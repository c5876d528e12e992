//! The life of a user.

use serde_json::{Value, json};

use super::{USER, assert_error, encoded, id, name, place};
use crate::support::client::patch_message;

const PASSWORD: &str = "Correct-Horse-7";
const OTHER: &str = "Battery-Staple-8";

#[test]
fn a_user_is_created_disabled_enabled_renamed_and_deleted() {
    let place = place();
    let name = name("life");
    let body = json!({
        "schemas": [USER], "userName": name, "externalId": format!("ext-{name}"), "password": PASSWORD, "active": true,
        "name": { "givenName": "Barbara", "familyName": "Jensen" },
        "emails": [{ "value": format!("{name}@example.com"), "type": "work", "primary": true }],
        "addresses": [{ "type": "work", "country": "DE", "locality": "Ulm" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "R&D", "costCenter": "42" },
    });
    let made = place.created("/Users", &body);
    let id = id(&made);
    let path = format!("/Users/{id}");
    assert_eq!((&made["active"], &made["password"]), (&json!(true), &Value::Null), "{made}");
    assert_eq!(made, place.get(&path));
    assert_eq!(made["addresses"][0]["country"], "DE");
    let dn = place.dn(&id);
    assert_eq!(dn, format!("uid={name},ou=people,{}", place.server.suffix()));
    assert!(place.binds(&dn, PASSWORD) && !place.binds(&dn, OTHER));
    assert!(place.held(&id, "userPassword").is_empty(), "a hash, in Base64");
    assert_eq!(place.total("/Users", &format!("externalId eq \"ext-{name}\"")), 1);
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
    assert_eq!(place.total("/Users", &format!("{enterprise} eq \"R&D\" and userName eq \"{name}\"")), 1);

    let disabled = place.patched(&path, &json!([{ "op": "replace", "path": "active", "value": "False" }]));
    assert_eq!(disabled["active"], false);
    assert_eq!(place.held(&id, "nsAccountLock"), ["true"]);
    assert!(!place.binds(&dn, PASSWORD));

    let enabled = place.patched(&path, &json!([{ "op": "replace", "value": { "active": true, "password": OTHER } }]));
    assert_eq!(enabled["active"], true);
    assert!(place.held(&id, "nsAccountLock").is_empty());
    assert!(place.binds(&dn, OTHER) && !place.binds(&dn, PASSWORD));

    let new = format!("new-{name}");
    let renamed = place.patched(&path, &json!([{ "op": "replace", "path": "userName", "value": new }]));
    assert_eq!((&renamed["userName"], &renamed["id"]), (&json!(new), &json!(id)));
    let dn = place.dn(&id);
    assert_eq!((dn.as_str(), place.held(&id, "uid")), (&*format!("uid={new},ou=people,dc=example,dc=com"), vec![new]));
    assert!(place.binds(&dn, OTHER));

    assert_eq!(place.client().delete(&path).status, 204);
    assert_error(&place.client().get(&path), 404, None);
    assert!(!place.binds(&dn, OTHER));
}

#[test]
fn put_makes_the_resource_what_is_given() {
    let place = place();
    let (name, manager) = (name("put"), place.user(&name("boss")));
    let made =
        place.created("/Users", &json!({ "schemas": [USER], "userName": name, "title": "One", "nickName": "N" }));
    let path = format!("/Users/{}", id(&made));
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let body = json!({
        "schemas": [USER, enterprise], "userName": name, "displayName": "Put",
        "phoneNumbers": [{ "type": "work", "value": "+1 555 0100" }, { "type": "fax", "value": "+1 555 0101" }],
        enterprise: { "manager": { "value": manager } },
    });
    let reply = place.client().put(&path, &body);
    assert_eq!(reply.status, 200, "{}", reply.text());
    let after = place.get(&path);
    assert_eq!(after, reply.json());
    assert_eq!(
        (&after["title"], &after["nickName"], &after["displayName"]),
        (&Value::Null, &Value::Null, &json!("Put"))
    );
    assert_eq!(after[enterprise]["manager"]["value"], json!(manager));
    assert_eq!(after["phoneNumbers"].as_array().unwrap().len(), 2);
    let fax = json!([{ "op": "replace", "path": "phoneNumbers[type eq \"fax\"].value", "value": "+1 555 0199" }]);
    place.patched(&path, &fax);
    assert_eq!(place.held(&id(&made), "facsimileTelephoneNumber"), ["+1 555 0199"]);
}

#[test]
fn names_in_use_are_told() {
    let place = place();
    let taken = name("taken");
    place.user(&taken);
    let again = json!({ "schemas": [USER], "userName": taken.to_uppercase() });
    assert_error(&place.client().post("/Users", &again), 409, Some("uniqueness"));
    let other = place.user(&name("other"));
    let rename = json!([{ "op": "replace", "path": "userName", "value": taken }]);
    assert_error(&place.client().patch(&format!("/Users/{other}"), &rename), 409, Some("uniqueness"));
}

#[test]
fn if_match_is_compared_with_what_is_there() {
    let place = place();
    let id = place.user(&name("match"));
    let path = format!("/Users/{id}");
    let version = place.get(&path)["meta"]["version"].as_str().unwrap().to_owned();
    // Being put into a group is no change of the user, though the server writes it there.
    let group = place.group(&name("matched"), &[&id]);
    assert!(!place.held(&id, "memberOf").is_empty());
    let message = patch_message(&json!([{ "op": "replace", "path": "title", "value": "One" }]));
    assert_eq!(place.client().write("PATCH", &path, &message, Some(&version)).status, 200);
    assert_error(&place.client().write("PATCH", &path, &message, Some(&version)), 412, None);
    assert_eq!(place.get(&path)["title"], "One");
    let group_path = format!("/Groups/{group}");
    let version = place.get(&group_path)["meta"]["version"].as_str().unwrap().to_owned();
    // Nor is it a change of a group when it joins another.
    place.group(&name("outer"), &[&group]);
    let message = patch_message(&json!([{ "op": "remove", "path": "members" }]));
    let reply = place.client().write("PATCH", &group_path, &message, Some(&version));
    assert_eq!(reply.status, 204, "{}", reply.text());
    assert_error(&place.client().write("PATCH", &group_path, &message, Some(&version)), 412, None);
}

#[test]
fn a_name_with_every_kind_of_character_is_written_and_found() {
    let place = place();
    // No letters beyond ASCII: the plugin "7-bit check" refuses them in uid and mail.
    let name = format!("{}, \"Zoe\" + <x>; #1 \\ =", name("odd"));
    let id = place.user(&name);
    let got = place.get(&format!("/Users/{id}"));
    assert_eq!(got["userName"], json!(name));
    let filter = encoded(&format!("userName eq {}", json!(name)));
    assert_eq!(place.get(&format!("/Users?filter={filter}"))["Resources"][0]["id"], json!(id));
    let group = place.group(&format!("G {name}"), &[&id]);
    let groups = place.get(&format!("/Users/{id}"))["groups"].clone();
    assert_eq!(super::ids(&groups), super::sorted(&[&group]), "{groups}");
    assert_eq!(super::ids(&place.get(&format!("/Groups/{group}"))["members"]), super::sorted(&[&id]));
    assert_eq!(place.client().delete(&format!("/Users/{id}")).status, 204);
}
