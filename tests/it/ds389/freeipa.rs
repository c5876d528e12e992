//! FreeIPA by its preset, on a tree as it has it, with the server's own plugins for numbers and private groups.

use std::sync::OnceLock;

use scimfront::sandbox::{Ds389, Ds389Options, TreeOptions};
use serde_json::{Value, json};

use super::{GROUP, Place, USER, assert_error, backing, encoded, id, ids, name, sorted};
use crate::support::bridge::{Bridge, BridgeOptions};

const PASSWORD: &str = "Correct-Horse-7";

fn ipa() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let tree = TreeOptions::sized(40, 0);
        let server = Ds389::start(&Ds389Options { tree, ipa: true, ..Ds389Options::default() }).expect("389-DS starts");
        let realm = "[resource.User.on_add]\nkrbPrincipalName = \"{userName}@EXAMPLE.COM\"\n";
        let options = BridgeOptions::preset("freeipa", server.suffix()).mapped(realm);
        let bridge = Bridge::start_on(&backing(&server), &options);
        Place { server, bridge, key: "ipaUniqueID" }
    })
}

fn group_called(name: &str) -> Value {
    let found = ipa().get(&format!("/Groups?filter={}", encoded(&format!("displayName eq \"{name}\""))));
    found["Resources"][0].clone()
}

#[test]
fn people_and_their_groups_are_served_and_private_groups_are_not() {
    let place = ipa();
    assert!(place.get("/Users?count=0")["totalResults"].as_u64().unwrap() >= 41);
    let (engineers, staff) = (group_called("engineers"), group_called("staff"));
    assert_eq!(engineers["members"].as_array().unwrap().len(), 10);
    assert_eq!(ids(&staff["members"]), [id(&engineers)]);
    let user = place.get(&format!("/Users/{}", engineers["members"][0]["value"].as_str().unwrap()));
    let shown: Vec<&str> =
        user["groups"].as_array().unwrap().iter().map(|group| group["display"].as_str().unwrap()).collect();
    assert!(shown.contains(&"engineers") && shown.contains(&"ipausers") && shown.len() == 2, "{shown:?}");
    assert_eq!(place.total("/Groups", &format!("displayName eq {}", user["userName"])), 0);
    assert!(place.total("/Users", "active eq false") > 0);
}

#[test]
fn a_new_user_gets_numbers_a_principal_and_a_private_group() {
    let place = ipa();
    let name = name("ipa");
    let body = json!({
        "schemas": [USER], "userName": name, "password": PASSWORD,
        "name": { "givenName": "Barbara", "familyName": "Jensen" },
        "emails": [{ "value": format!("{name}@example.com"), "type": "work" }],
    });
    let made = place.created("/Users", &body);
    let id = id(&made);
    assert!(id.starts_with("new-"), "the server gives the id: {id}");
    let path = format!("/Users/{id}");
    // The server's plugins go on writing to it for a moment.
    let timeless = |mut user: Value| {
        user["meta"].as_object_mut().unwrap().remove("lastModified");
        user
    };
    assert_eq!(timeless(made), timeless(place.get(&path)));
    let dn = place.dn(&id);
    assert_eq!(dn, format!("uid={name},cn=users,cn=accounts,dc=example,dc=com"));
    let number: u32 = place.held(&id, "uidNumber")[0].parse().unwrap();
    assert!(number >= 600_000 && place.held(&id, "gidNumber") == [number.to_string()]);
    assert_eq!(place.held(&id, "krbPrincipalName"), [format!("{name}@EXAMPLE.COM")]);
    assert_eq!(place.held(&id, "homeDirectory"), [format!("/home/{name}")]);
    assert_eq!(place.held(&id, "mepManagedEntry"), [format!("cn={name},cn=groups,cn=accounts,dc=example,dc=com")]);
    assert!(place.binds(&dn, PASSWORD));

    place.patched(&path, &json!([{ "op": "replace", "path": "active", "value": false }]));
    assert_eq!(place.held(&id, "nsAccountLock"), ["TRUE"]);
    assert!(!place.binds(&dn, PASSWORD));
    place.patched(&path, &json!([{ "op": "replace", "path": "active", "value": true }]));
    assert!(place.binds(&dn, PASSWORD));
    // What isn't mapped stays.
    place.patched(&path, &json!([{ "op": "replace", "path": "title", "value": "Guide" }]));
    assert_eq!(place.held(&id, "krbPrincipalName"), [format!("{name}@EXAMPLE.COM")]);
    assert_eq!(place.client().delete(&path).status, 204);
}

#[test]
fn groups_hold_people_and_groups() {
    let place = ipa();
    let user = id(&place.created("/Users", &json!({ "schemas": [USER], "userName": name("member") })));
    let inner = place.group(&name("inner"), &[&user]);
    let outer = place.group(&name("outer"), &[&inner]);
    assert!(place.held(&outer, "gidNumber")[0].parse::<u32>().unwrap() >= 600_000);
    assert_eq!(ids(&place.get(&format!("/Users/{user}"))["groups"]), sorted(&[&inner]));
    let removal = json!([{ "op": "remove", "path": format!("members[value eq \"{user}\"]") }]);
    let emptied = place.patched(&format!("/Groups/{inner}"), &removal);
    assert_eq!(emptied["members"], Value::Null);
    assert_eq!(place.get(&format!("/Users/{user}"))["groups"], Value::Null);
    let again = json!({ "schemas": [GROUP], "displayName": "staff" });
    assert_error(&place.client().post("/Groups", &again), 409, Some("uniqueness"));
}

#[test]
fn administrators_are_shown_and_never_changed() {
    let place = ipa();
    let admins = group_called("admins");
    let admin = admins["members"][0]["value"].as_str().unwrap();
    let disable = json!([{ "op": "replace", "path": "active", "value": false }]);
    assert_error(&place.client().patch(&format!("/Users/{admin}"), &disable), 403, None);
    let user = id(&place.created("/Users", &json!({ "schemas": [USER], "userName": name("climber") })));
    let join = json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }]);
    assert_error(&place.client().patch(&format!("/Groups/{}", id(&admins)), &join), 403, None);
}
