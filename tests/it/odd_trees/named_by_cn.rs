//! People who are named by their common name, with the uid elsewhere.

use serde_json::{Value, json};

use super::{Place, USER, assert_error, record, text, unit};

pub(super) const SUFFIX: &str = "dc=named,dc=example,dc=net";

pub(super) fn ldif() -> String {
    let people = format!("ou=people,{SUFFIX}");
    let mut all = unit(&people);
    all.push_str(&unit(&format!("ou=groups,{SUFFIX}")));
    let old = ["objectClass: inetOrgPerson", "cn: Old Hand", "cn: Hand, Old", "sn: Hand", "uid: old", "uid: oldhand"];
    all.push_str(&record(&format!("cn=Old Hand,{people}"), &old));
    // Whoever named this entry by its uid had a reason.
    let other = ["objectClass: inetOrgPerson", "cn: Other Way", "sn: Way", "uid: other"];
    all.push_str(&record(&format!("uid=other,{people}"), &other));
    let nobody = ["objectClass: inetOrgPerson", "cn: No Login", "sn: Login"];
    all.push_str(&record(&format!("cn=No Login,{people}"), &nobody));
    all
}

#[test]
fn the_name_follows_what_it_is_made_of_and_not_the_login() {
    let place = Place::of_example(SUFFIX, "named-by-cn.toml");
    let make = |name: &str, display: &str| {
        let reply =
            place.client().post("/Users", &json!({ "schemas": [USER], "userName": name, "displayName": display }));
        assert_eq!(reply.status, 201, "{}", reply.text());
        format!("/Users/{}", text(&reply.json()["id"]))
    };
    let dn = |name: &str| place.entry(&format!("(uid={name})")).dn;
    let [first, second] = [make("ann1", "Ann Example"), make("ann2", "Ann Example")];
    assert_eq!(dn("ann1"), format!("cn=Ann Example,ou=people,{SUFFIX}"));
    assert_eq!(dn("ann2"), format!("cn=Ann Example (ann2),ou=people,{SUFFIX}"));
    let taken = json!({ "schemas": [USER], "userName": "ANN1", "displayName": "Somebody Else" });
    assert_error(&place.client().post("/Users", &taken), 409, Some("uniqueness"));
    let replace = |path: &str, value: Value| json!([{ "op": "replace", "path": path, "value": value }]);
    assert_eq!(place.patched(&first, &replace("userName", json!("ann.one")))["userName"], "ann.one");
    assert_eq!(dn("ann.one"), format!("cn=Ann Example,ou=people,{SUFFIX}"), "the login is no part of the name");
    assert_error(&place.client().patch(&first, &replace("userName", json!("Ann2"))), 409, Some("uniqueness"));
    assert_eq!(place.patched(&first, &replace("displayName", json!("Ann Married")))["displayName"], "Ann Married");
    assert_eq!(dn("ann.one"), format!("cn=Ann Married,ou=people,{SUFFIX}"));
    for path in [first, second] {
        assert_eq!(place.client().delete(&path).status, 204);
    }
}

#[test]
fn people_from_before_are_served_and_changed() {
    let place = Place::of_example(SUFFIX, "named-by-cn.toml");
    // Who has no login is served without one.
    let names: Vec<Value> =
        place.list("/Users", "name.familyName pr").iter().map(|user| user["userName"].clone()).collect();
    assert!(names.contains(&Value::Null) && names.contains(&json!("other")), "{names:?}");
    let old = place.one("/Users", "userName eq \"oldhand\" or userName eq \"old\"");
    let path = format!("/Users/{}", text(&old["id"]));
    let title = json!([{ "op": "replace", "path": "title", "value": "Guide" }]);
    assert_eq!(place.patched(&path, &title)["title"], "Guide");
    let entry = place.entry("(uid=oldhand)");
    assert_eq!((entry.values("cn").count(), entry.values("uid").count()), (2, 2));
    let display = json!([{ "op": "replace", "path": "displayName", "value": "Other Name" }]);
    let other = format!("/Users/{}", place.user("other"));
    assert_eq!(place.patched(&other, &display)["displayName"], "Other Name");
    assert_eq!(place.entry("(uid=other)").dn, format!("uid=other,ou=people,{SUFFIX}"));
    let nobody = place.one("/Users", "name.formatted eq \"No Login\"");
    let login = json!([{ "op": "add", "path": "userName", "value": "login" }]);
    assert_eq!(place.patched(&format!("/Users/{}", text(&nobody["id"])), &login)["userName"], "login");
}
