//! RFC 2307 alone: posixAccount, and posixGroup whose members are uids.

use serde_json::json;

use super::{GROUP, Place, USER, all, assert_error, record, text, unit};
use crate::support::bridge::BridgeOptions;

pub(super) const SUFFIX: &str = "dc=posix,dc=example,dc=net";

pub(super) fn ldif() -> String {
    let (people, groups) = (format!("ou=people,{SUFFIX}"), format!("ou=groups,{SUFFIX}"));
    let mut all = unit(&people);
    all.push_str(&unit(&groups));
    for (number, name) in ["ann", "bob", "Cyd"].into_iter().enumerate() {
        let (uid, cn, number) =
            (format!("uid: {name}"), format!("cn: {name}"), format!("uidNumber: {}", 10_100 + number));
        let lines = [
            "objectClass: account",
            "objectClass: posixAccount",
            &uid,
            &cn,
            &number,
            "gidNumber: 100",
            "homeDirectory: /home/x",
        ];
        all.push_str(&record(&format!("uid={name},{people}"), &lines));
    }
    let group = |name: &str, number: u32, members: &[&str]| {
        let mut lines =
            vec!["objectClass: posixGroup".to_owned(), format!("cn: {name}"), format!("gidNumber: {number}")];
        lines.extend(members.iter().map(|member| format!("memberUid: {member}")));
        record(&format!("cn={name},{groups}"), &lines.iter().map(String::as_str).collect::<Vec<_>>())
    };
    all.push_str(&group("wheel", 10_200, &["ann", "bob", "nobody", "CYD"]));
    all.push_str(&group("empty", 10_201, &[]));
    all
}

#[test]
fn members_are_who_has_the_uid_and_go_with_it() {
    let place = Place::over(SUFFIX, &BridgeOptions::preset("rfc2307", SUFFIX));
    let wheel = place.group("wheel");
    let id = |name: &str| place.user(name);
    let held = |group: &str| {
        let mut held: Vec<String> =
            place.entry(&format!("(cn={group})")).values("memberUid").map(str::to_owned).collect();
        held.sort();
        held.join(" ")
    };
    let members = || {
        let mut ids: Vec<String> = all(&place.get(&wheel)["members"], "value").into_iter().map(str::to_owned).collect();
        ids.sort();
        ids
    };
    let ids = |names: &[&str]| {
        let mut ids: Vec<String> = names.iter().map(|name| id(name)).collect();
        ids.sort();
        ids
    };
    // To Unix a uid has case: CYD is nobody.
    assert_eq!(members(), ids(&["ann", "bob"]));
    assert_eq!(all(&place.get(&format!("/Users/{}", id("ann")))["groups"], "display"), ["wheel"]);
    assert_eq!(place.get(&format!("/Users/{}", id("cyd"))).get("groups"), None);
    let op = |op: &str, name: &str| json!([{ "op": op, "path": "members", "value": [{ "value": id(name) }] }]);
    place.patched(&wheel, &op("add", "Cyd"));
    place.patched(&wheel, &op("remove", "bob"));
    assert_eq!(held("wheel"), "CYD Cyd ann nobody");
    let put = json!({ "schemas": [GROUP], "displayName": "wheel", "members": [{ "value": id("ann") }] });
    assert_eq!(place.client().put(&wheel, &put).status, 200);
    assert_eq!(held("wheel"), "CYD ann nobody", "who isn't shown stays");
    // New people and groups get the next number; a new name is followed, a deleted one is gone.
    let made = place.client().post("/Users", &json!({ "schemas": [USER], "userName": "dan" }));
    assert_eq!(made.status, 201, "{}", made.text());
    let dan = format!("/Users/{}", text(&made.json()["id"]));
    assert_eq!(place.entry("(uid=dan)").first("uidNumber"), Some("10103"));
    let crew = json!({ "schemas": [GROUP], "displayName": "crew", "members": [{ "value": made.json()["id"] }] });
    let crew = place.client().post("/Groups", &crew);
    assert_eq!(crew.status, 201, "{}", crew.text());
    assert_eq!((place.entry("(cn=crew)").first("gidNumber"), held("crew").as_str()), (Some("10202"), "dan"));
    place.patched(&dan, &json!([{ "op": "replace", "path": "userName", "value": "daniel" }]));
    assert_eq!(held("crew"), "daniel");
    assert_eq!(place.client().delete(&dan).status, 204);
    assert_eq!(held("crew"), "");
    assert_eq!(place.client().delete(&format!("/Groups/{}", text(&crew.json()["id"]))).status, 204);
}

#[test]
fn a_name_that_memberuid_cant_hold_is_refused_as_a_member() {
    let place = Place::over(SUFFIX, &BridgeOptions::preset("rfc2307", SUFFIX));
    let made = place.client().post("/Users", &json!({ "schemas": [USER], "userName": "jürgen" }));
    assert_eq!(made.status, 201, "{}", made.text());
    let path = format!("/Users/{}", text(&made.json()["id"]));
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": made.json()["id"] }] }]);
    let empty = place.group("empty");
    assert_error(&place.client().patch(&empty, &add), 400, Some("invalidValue"));
    let body = json!({ "schemas": [GROUP], "displayName": "other", "members": [{ "value": made.json()["id"] }] });
    assert_error(&place.client().post("/Groups", &body), 400, Some("invalidValue"));
    place.patched(&path, &json!([{ "op": "replace", "path": "userName", "value": "juergen" }]));
    place.patched(&empty, &add);
    // A member can't take a name that its groups can't hold.
    let rename = json!([{ "op": "replace", "path": "userName", "value": "jürgen" }]);
    let reply = place.client().patch(&path, &rename);
    assert_error(&reply, 400, Some("invalidValue"));
    assert_eq!(place.entry("(cn=empty)").first("memberUid"), Some("juergen"));
    assert_eq!(place.entry("(uid=juergen)").first("uid"), Some("juergen"));
    assert_eq!(place.client().delete(&path).status, 204);
}
