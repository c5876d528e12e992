//! POST (RFC 7644 section 3.3).

use std::thread;

use rstest::rstest;
use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, USER, assert_error, client, count, created, entry, get, id, name, place, user};

#[test]
fn a_new_user_is_answered_with_all_that_it_is() {
    let user_name = name("new");
    let body = json!({
        "schemas": [USER, ENTERPRISE],
        "userName": user_name, "externalId": "e-1", "displayName": "New One", "active": true,
        "name": { "formatted": "New One", "familyName": "One", "givenName": "New" },
        "emails": [{ "value": "new@example.com", "type": "work", "primary": true }],
        ENTERPRISE: { "department": "Sales" },
    });
    let reply = created("/Users", &body);
    let resource = reply.json();
    let location = resource["meta"]["location"].as_str().unwrap();
    assert_eq!(reply.header("location"), Some(location));
    assert_eq!(reply.header("etag"), resource["meta"]["version"].as_str());
    assert!(location.ends_with(&format!("/Users/{}", id(&reply))), "{location}");
    assert_eq!(get(&format!("/Users/{}", id(&reply))), resource);
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(resource[name], *value, "{name}");
    }
    let entry = entry(&id(&reply)).unwrap();
    assert_eq!(entry.dn, format!("uid={user_name},ou=people,{}", place().suffix));
    assert_eq!(entry.first("sn"), Some("One"));
    assert!(entry.values("objectClass").any(|class| class == "scimAux"), "externalId needs it");
}

#[test]
fn what_the_directory_demands_is_filled_in() {
    let entry = entry(&user(&name("bare"))).unwrap();
    let uid = entry.first("uid").unwrap();
    assert_eq!((entry.first("cn"), entry.first("sn")), (Some(uid), Some(uid)));
    assert!(!entry.values("objectClass").any(|class| class == "scimAux"), "nothing needs it");
}

/// Names that mean something in a DN, a filter or LDIF: each is one value, and the entry stands where it should.
#[rstest]
#[case("x,ou=admins")]
#[case("x,ou=admins,dc=example,dc=com")]
#[case("#leading")]
#[case(" leading")]
#[case("trailing ")]
#[case("a+cn=b")]
#[case("quote\"quote")]
#[case("back\\slash")]
#[case("<angle>;semi=colon")]
#[case("*)(uid=*")]
#[case("zoë müller")]
#[case("田中")]
#[case("\u{202e}turned")]
#[case("../../etc/passwd")]
#[case("a\u{301}")]
fn hostile_names_are_names(#[case] hostile: &str) {
    let group = id(&created("/Groups", &json!({ "schemas": [GROUP], "displayName": hostile })));
    let id = user(hostile);
    let path = format!("/Users/{id}");
    assert_eq!(get(&path)["userName"], hostile);
    assert_eq!(get(&format!("/Groups/{group}"))["displayName"], hostile);
    let people = format!(",ou=people,{}", place().suffix);
    let entry = entry(&id).unwrap();
    assert_eq!(entry.values("uid").collect::<Vec<_>>(), [hostile]);
    assert!(entry.dn.starts_with("uid=") && entry.dn.ends_with(&people), "{}", entry.dn);
    let above = entry.dn.strip_suffix(&people).unwrap().replace("\\,", "").replace("\\2C", "").replace("\\2c", "");
    assert!(!above.contains(','), "{} is deeper", entry.dn);
    assert_eq!(count("/Users", &format!("userName eq {}", Value::from(hostile))), 1);
    assert_eq!(client().delete(&path).status, 204);
    assert_eq!(client().get(&path).status, 404);
}

#[test]
fn what_is_taken_is_a_conflict() {
    let taken = name("Taken");
    user(&taken);
    for again in [&taken, &taken.to_uppercase()] {
        let reply = client().post("/Users", &json!({ "schemas": [USER], "userName": again }));
        assert_error(&reply, 409, Some("uniqueness"), again);
    }
    let group = name("Group");
    created("/Groups", &json!({ "schemas": [GROUP], "displayName": group }));
    let reply = client().post("/Groups", &json!({ "schemas": [GROUP], "displayName": group }));
    assert_error(&reply, 409, Some("uniqueness"), &group);
}

#[test]
fn of_two_that_race_for_a_name_one_gets_it() {
    for _ in 0..10 {
        let wanted = name("race");
        let body = json!({ "schemas": [USER], "userName": wanted });
        let statuses: Vec<u16> = thread::scope(|scope| {
            let racing: Vec<_> = (0..4).map(|_| scope.spawn(|| client().post("/Users", &body).status)).collect();
            racing.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 201 | 409)), "{statuses:?}");
        assert_eq!(count("/Users", &format!("userName eq \"{wanted}\"")), 1);
    }
}

#[test]
fn what_a_client_makes_up_is_not_taken() {
    let body = json!({
        "schemas": [USER, "urn:example:unknown:2.0:User"],
        "id": "00000000-0000-4000-8000-000000000000", "userName": name("made-up"), "groups": [{ "value": "x" }],
        "meta": { "created": "1999-01-01T00:00:00Z", "resourceType": "Group" },
        "urn:example:unknown:2.0:User": { "a": 1 }, "colour": "red",
    });
    let resource = created("/Users", &body).json();
    assert_ne!(resource["id"], body["id"]);
    assert_eq!(resource["meta"]["resourceType"], "User");
    assert!(!resource["meta"]["created"].as_str().unwrap().starts_with("1999"), "{resource}");
    assert_eq!((&resource["groups"], &resource["colour"]), (&Value::Null, &Value::Null));
    assert_eq!(resource["schemas"], json!([USER]));
}

#[test]
fn a_group_without_members_holds_a_placeholder_that_nobody_sees() {
    let group = super::group(&[]);
    assert_eq!(get(&format!("/Groups/{group}"))["members"], Value::Null);
    assert_eq!(entry(&group).unwrap().values("member").collect::<Vec<_>>(), ["cn=scim-placeholder"]);
}

#[test]
fn the_answer_shows_what_was_asked_for() {
    let body = json!({ "schemas": [USER], "userName": name("asked"), "title": "T", "nickName": "N" });
    let resource = client().post("/Users?attributes=title", &body).json();
    assert_eq!((&resource["title"], &resource["nickName"]), (&json!("T"), &Value::Null), "{resource}");
    assert!(resource["id"].is_string());
}

/// What is returned on request is returned to who writes it (RFC 7643 section 7, `returned`).
#[test]
fn a_photo_is_shown_to_who_gives_it() {
    let photos = json!([{ "value": "data:image/jpeg;base64,/9j/2Q==", "type": "photo" }]);
    let reply = created("/Users", &json!({ "schemas": [USER], "userName": name("photo"), "photos": photos }));
    assert_eq!(reply.json()["photos"], photos);
    let path = format!("/Users/{}", id(&reply));
    assert_eq!(get(&path)["photos"], Value::Null);
    let reply = client().patch(&path, &json!([{ "op": "replace", "path": "photos", "value": photos }]));
    assert_eq!((reply.status, &reply.json()["photos"]), (200, &photos));
    let reply = client().patch(&path, &json!([{ "op": "replace", "path": "title", "value": "T" }]));
    assert_eq!((reply.status, &reply.json()["photos"]), (200, &Value::Null));
}
