//! Groups: members, groups in groups, and what happens to members that go.

use scimfront::sandbox::{Ds389Options, TreeOptions};
use serde_json::{Value, json};

use super::{Place, assert_error, encoded, ids, name, place, sorted};

fn add(ids: &[&str]) -> Value {
    let members: Value = ids.iter().map(|id| json!({ "value": id })).collect();
    json!([{ "op": "add", "path": "members", "value": members }])
}

fn remove(id: &str) -> Value {
    json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }])
}

#[test]
fn members_come_and_go() {
    let place = place();
    let (ann, bob) = (place.user(&name("ann")), place.user(&name("bob")));
    let team = place.group(&name("team"), &[]);
    let path = format!("/Groups/{team}");
    let members = |resource: Value| ids(&resource["members"]);
    assert_eq!(members(place.get(&path)), Vec::<String>::new());
    assert!(place.held(&team, "member").is_empty(), "a group may be empty here");
    assert_eq!(members(place.patched(&path, &add(&[&ann]))), sorted(&[&ann]));
    // Who is there already is no hindrance.
    assert_eq!(members(place.patched(&path, &add(&[&ann, &bob]))), sorted(&[&ann, &bob]));
    assert_eq!(members(place.patched(&path, &remove(&ann))), sorted(&[&bob]));
    assert_eq!(members(place.patched(&path, &remove(&ann))), sorted(&[&bob]), "removed twice");
    assert_eq!(ids(&place.get(&format!("/Users/{bob}"))["groups"]), sorted(&[&team]));
    let name = name("renamed");
    let renamed = place.patched(&path, &json!([{ "op": "replace", "path": "displayName", "value": name }]));
    assert_eq!((&renamed["displayName"], members(renamed.clone())), (&json!(name), sorted(&[&bob])));
    assert_eq!(place.held(&bob, "memberOf"), [format!("cn={name},ou=groups,dc=example,dc=com")]);
    let replaced = json!([{ "op": "replace", "path": "members", "value": [{ "value": ann }] }]);
    assert_eq!(members(place.patched(&path, &replaced)), sorted(&[&ann]));
    assert_eq!(members(place.patched(&path, &json!([{ "op": "remove", "path": "members" }]))), Vec::<String>::new());
    assert_error(&place.client().patch(&path, &add(&["nobody"])), 400, Some("invalidValue"));
    assert_eq!(place.client().delete(&path).status, 204);
    assert_eq!(place.get(&format!("/Users/{ann}"))["groups"], Value::Null);
}

#[test]
fn only_groups_that_name_a_user_are_direct() {
    let place = place();
    let ann = place.user(&name("nested"));
    let inner = place.group(&name("inner"), &[&ann]);
    let outer = place.group(&name("outer"), &[&inner]);
    let path = format!("/Users/{ann}");
    assert_eq!(place.held(&ann, "memberOf").len(), 2, "the server counts both");
    assert_eq!(ids(&place.get(&path)["groups"]), sorted(&[&inner]));
    let mine = |id: &str| place.total("/Users", &format!("groups.value eq \"{id}\""));
    assert_eq!((mine(&inner), mine(&outer)), (1, 0));
    // By both ways.
    place.patched(&format!("/Groups/{outer}"), &add(&[&ann]));
    assert_eq!(ids(&place.get(&path)["groups"]), sorted(&[&inner, &outer]));
    assert_eq!(mine(&outer), 1);
    // A page of many, for which groups are found in another way.
    let listed = place.get("/Users?count=500&attributes=groups");
    let listed = listed["Resources"].as_array().unwrap();
    let found = listed.iter().find(|user| user["id"] == json!(ann)).unwrap();
    assert_eq!(ids(&found["groups"]), sorted(&[&inner, &outer]));
}

#[test]
fn groups_in_groups_are_found_to_any_depth() {
    let place = place();
    let nested = "[resource.User.attr]\ngroups = { nested = \"all\" }\n";
    let bridge = super::bridge(&place.server, nested);
    let ann = place.user(&name("deep"));
    let inner = place.group(&name("deep-inner"), &[&ann]);
    let outer = place.group(&name("deep-outer"), &[&inner]);
    // A circle.
    place.patched(&format!("/Groups/{inner}"), &add(&[&outer]));
    let groups = bridge.client().get(&format!("/Users/{ann}")).json()["groups"].clone();
    let kind = |id: &str| {
        let one = groups.as_array().unwrap().iter().find(|group| group["value"] == *id);
        one.map_or(Value::Null, |group| group["type"].clone())
    };
    assert_eq!((kind(&inner), kind(&outer)), (json!("direct"), json!("indirect")), "{groups}");
    for (filter, total) in [
        (format!("groups.value eq \"{outer}\""), 1),
        (format!("groups[value eq \"{outer}\" and type eq \"direct\"]"), 0),
        (format!("groups[value eq \"{inner}\" and type eq \"direct\"]"), 1),
    ] {
        let found = bridge.client().get(&format!("/Users?filter={}", encoded(&filter))).json();
        assert_eq!(found["totalResults"], total, "{filter}: {found}");
    }
}

#[test]
fn the_servers_count_of_changes_may_be_the_version() {
    let options = Ds389Options { tree: TreeOptions::sized(3, 0), usn: true, ..Ds389Options::default() };
    let place = Place::start(&options, "[resource.Group]\nversion = { ldap = \"entryUSN\" }\n");
    let version = |id: &str| place.get(&format!("/Groups/{id}?attributes=displayName,meta"))["meta"]["version"].clone();
    let (ann, bob) = (place.user("ann"), place.user("bob"));
    let inner = place.group("inner", &[&ann]);
    let first = version(&inner);
    assert!(first.is_string() && first == version(&inner));
    place.patched(&format!("/Groups/{inner}"), &add(&[&bob]));
    let second = version(&inner);
    assert_ne!(first, second);
    // Joining another group moves it too, as the documentation says.
    place.group("outer", &[&inner]);
    assert_ne!(second, version(&inner));
}

/// What becomes of a group and a manager when the person goes whom they name.
fn deletion(lines: &str, plugins: bool) -> (Place, String, String) {
    let tree = TreeOptions::sized(5, 0);
    let options = Ds389Options { tree, refint: plugins, member_of: plugins, ..Ds389Options::default() };
    let place = Place::start(&options, lines);
    let (ann, bob) = (place.user("ann"), place.user("bob"));
    let team = place.group("team", &[&ann, &bob]);
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
    place.patched(&format!("/Users/{bob}"), &json!([{ "op": "add", "path": enterprise, "value": { "value": ann } }]));
    assert_eq!(place.held(&bob, "manager").len(), 1);
    assert_eq!(place.client().delete(&format!("/Users/{ann}")).status, 204);
    assert_eq!(ids(&place.get(&format!("/Groups/{team}"))["members"]), sorted(&[&bob]), "who is gone is not shown");
    (place, team, bob)
}

#[test]
fn the_servers_plugins_remove_who_is_gone() {
    let (place, team, bob) = deletion("", true);
    assert_eq!(place.held(&team, "member"), ["uid=bob,ou=people,dc=example,dc=com"]);
    assert!(place.held(&bob, "manager").is_empty());
}

#[test]
fn without_plugins_the_bridge_removes_who_is_gone_where_it_is_told_to() {
    let (place, team, bob) = deletion("[resource.User]\nclean_references = true\n", false);
    assert_eq!(place.held(&team, "member"), ["uid=bob,ou=people,dc=example,dc=com"]);
    assert!(place.held(&bob, "manager").is_empty());
    let (place, team, _) = deletion("", false);
    assert_eq!(place.held(&team, "member").len(), 2);
}
