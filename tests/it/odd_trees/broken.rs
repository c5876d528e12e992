//! Entries whose values are not what the schema and the mapping promise.

use serde_json::{Value, json};

use super::{ENTERPRISE, Place, all, base64, person, text, unit};
use crate::support::bridge::BridgeOptions;

pub(super) const SUFFIX: &str = "dc=broken,dc=example,dc=net";

const MAPPING: &str = r#"
[resource.User.attr]
emails.work = { value = "mail", primary = true, take = "one", untyped = true }
emails.home = false
emails.other = false
active = { ldap = "oddFlag", codec = "bool" }
nickName = "oddText"
locale = "description"

[resource.User.attr.enterprise]
manager = { ref = "User", ldap = "oddBoss" }

[resource.User.attr."urn:example:params:scim:schemas:broken:1.0:User"]
number = { ldap = "oddNumber", codec = "int" }
moment = { ldap = "oddMoment", codec = "time" }

[resource.User]
auxiliary = ["oddPerson"]

[schema."urn:example:params:scim:schemas:broken:1.0:User"]
name = "Broken"
description = "What is read from text"

[schema."urn:example:params:scim:schemas:broken:1.0:User".attributes]
number = { type = "integer", description = "A number." }
moment = { type = "dateTime", description = "A moment." }
"#;

const BROKEN: &str = "urn:example:params:scim:schemas:broken:1.0:User";

pub(super) fn ldif() -> String {
    let people = format!("ou=people,{SUFFIX}");
    let boss = format!("oddBoss: uid=boss,{people}");
    let latin = format!("oddText:: {}", base64(b"M\xfcller"));
    let mail = format!("mail:: {}", base64(b"z\xfcrich@example.com"));
    let mut all = unit(&people);
    all.push_str(&unit(&format!("ou=groups,{SUFFIX}")));
    all.push_str(&person("boss", &people, &["mail: boss@example.com"]));
    let aux = "objectClass: oddPerson";
    all.push_str(&person("fine", &people, &[aux, &boss, "oddFlag: TRUE", "oddNumber: 7", "mail: fine@example.com"]));
    all.push_str(&person("mails", &people, &["mail: one@example.com", "mail: two@example.com"]));
    all.push_str(&person("latin", &people, &[aux, &latin, &mail]));
    let broken = ["oddBoss: the old man", "oddMoment: last summer", "oddFlag: perhaps", "oddNumber: many", &latin];
    all.push_str(&person("broken", &people, &[&[aux, "mail: broken@example.com"][..], &broken].concat()));
    all.push_str(&person("patched", &people, &[&[aux, "mail: broken@example.com"][..], &broken].concat()));
    all.push_str(&person("more", &people, &["mail: one@example.com", "mail: two@example.com"]));
    all.push_str(&person(
        "gone",
        &people,
        &[aux, &format!("oddBoss: uid=nobody,{people}"), "oddNumber: 99999999999999999999"],
    ));
    all.push_str(&person("empty", &people, &[aux, "oddFlag: ", "oddNumber: ", "oddMoment: ", "oddBoss: "]));
    all
}

fn place() -> Place {
    Place::over(SUFFIX, &BridgeOptions::openldap(SUFFIX).mapped(MAPPING))
}

#[test]
fn what_can_be_read_is_served_and_the_rest_is_said_once() {
    let place = place();
    for _ in 0..3 {
        let users = place.list("/Users", "");
        assert_eq!(users.len(), 9, "{users:?}");
        for user in &users {
            assert_eq!(place.get(&format!("/Users/{}", text(&user["id"])))["userName"], user["userName"]);
        }
    }
    let broken = place.one("/Users", "userName eq \"broken\"");
    assert_eq!(all(&broken["emails"], "value"), ["broken@example.com"]);
    assert!(
        broken.get(BROKEN).is_none() && broken.get(ENTERPRISE).is_none() && broken.get("active").is_none(),
        "{broken}"
    );
    let fine = place.one("/Users", "userName eq \"fine\"");
    assert_eq!((&fine["active"], &fine[BROKEN]["number"]), (&json!(true), &json!(7)));
    assert_eq!(fine[ENTERPRISE]["manager"]["value"], place.user("boss"));
    assert_eq!(place.one("/Users", "userName eq \"mails\"")["emails"].as_array().map(Vec::len), Some(1));
    for (name, attribute) in [
        ("broken", "oddMoment"),
        ("broken", "oddFlag"),
        ("broken", "oddNumber"),
        ("broken", "oddText"),
        ("latin", "mail"),
        ("gone", "oddNumber"),
    ] {
        let lines = place.said(&[attribute, &format!("uid={name},"), "can't be read"]);
        assert_eq!(lines.len(), 1, "{name} {attribute}: {lines:?}");
    }
    assert_eq!(place.said(&["several values", "mail"]).len(), 1);
    let log = place.bridge.log();
    assert!(!log.contains("last summer") && !log.contains("two@example.com"), "values aren't logged: {log}");
}

#[test]
fn filters_and_orders_look_over_what_is_broken() {
    let place = place();
    let names = |filter: &str| {
        // The other test changes that one.
        let filter = format!("({filter}) and not (userName eq \"patched\")");
        let mut found: Vec<String> = place.list("/Users", &filter).iter().map(|user| text(&user["userName"])).collect();
        found.sort();
        found.join(" ")
    };
    assert_eq!(names("active eq true"), "fine");
    assert_eq!(names("active pr"), "fine");
    assert_eq!(names("not (active eq true)"), "boss broken empty gone latin mails more");
    assert_eq!(names(&format!("{BROKEN}:number gt 1")), "fine");
    assert_eq!(names(&format!("{BROKEN}:number pr")), "fine");
    assert_eq!(names(&format!("{BROKEN}:moment gt \"2001-01-01T00:00:00Z\"")), "");
    assert_eq!(names("nickName pr"), "");
    assert_eq!(names("emails.value eq \"two@example.com\""), "");
    assert_eq!(names(&format!("{ENTERPRISE}:manager.displayName pr")), "fine");
    assert_eq!(names(&format!("{ENTERPRISE}:manager pr")), "fine");
    for by in ["nickName".to_owned(), "emails.value".to_owned(), format!("{BROKEN}:number"), format!("{BROKEN}:moment")]
    {
        assert_eq!(place.get(&format!("/Users?sortBy={by}&count=4&startIndex=2"))["totalResults"], 9);
    }
}

#[test]
fn writes_to_other_attributes_leave_what_is_broken_alone() {
    let place = place();
    let kept = ["oddBoss", "oddMoment", "oddFlag", "oddNumber", "oddText"];
    let held = || {
        let entry = place.entry("(uid=patched)");
        kept.map(|name| entry.values(name).map(str::to_owned).collect::<Vec<_>>())
    };
    let before = held();
    let path = format!("/Users/{}", place.user("patched"));
    let replace = |attribute: &str, value: Value| json!([{ "op": "replace", "path": attribute, "value": value }]);
    assert_eq!(place.patched(&path, &replace("title", json!("Guide")))["title"], "Guide");
    assert_eq!(place.patched(&path, &replace("displayName", json!("Broken")))["displayName"], "Broken");
    assert_eq!(held(), before);
    let mut body = place.get(&path);
    body["title"] = json!("Singer");
    let reply = place.client().put(&path, &body);
    assert_eq!((reply.status, &reply.json()["title"]), (200, &json!("Singer")), "{}", reply.text());
    assert_eq!(held(), before);
    // What is written on purpose takes the place of what nobody can read.
    let now = place.patched(&path, &replace(&format!("{BROKEN}:number"), json!(3)));
    assert_eq!(now[BROKEN]["number"], 3);
    let now = place.patched(&path, &replace("active", json!(false)));
    assert_eq!(now["active"], false);
    let boss = place.user("boss");
    let now = place.patched(&path, &replace(&format!("{ENTERPRISE}:manager"), json!({ "value": boss })));
    assert_eq!(now[ENTERPRISE]["manager"]["value"], boss);
    // The second address is no part of the resource, and stays as long as the first does.
    let mails = format!("/Users/{}", place.user("more"));
    place.patched(&mails, &replace("title", json!("Guide")));
    assert_eq!(place.entry("(uid=more)").values("mail").count(), 2);
    place.patched(&mails, &replace("emails[type eq \"work\"].value", json!("three@example.com")));
    assert_eq!(place.entry("(uid=more)").values("mail").collect::<Vec<_>>(), ["three@example.com"]);
}
