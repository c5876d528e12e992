//! PUT and PATCH of users (RFC 7644 sections 3.5.1 and 3.5.2).

use serde_json::{Value, json};

use super::{
    ENTERPRISE, USER, assert_error, client, created, entry, get, group, id, ldapmodify, members, name, patched, user,
};

#[test]
fn put_replaces_what_is_mapped_and_leaves_the_rest() {
    let user_name = name("put");
    let id = user(&user_name);
    let path = format!("/Users/{id}");
    let dn = entry(&id).unwrap().dn;
    ldapmodify(&format!(
        "dn: {dn}\nchangetype: modify\nadd: description\ndescription: ours\n-\nadd: roomNumber\nroomNumber: 7\n"
    ));
    let body = json!({ "schemas": [USER], "id": id, "userName": user_name, "displayName": "Put", "meta": { "a": 1 } });
    let reply = client().put(&path, &body);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json(), get(&path));
    assert_eq!((&reply.json()["displayName"], &reply.json()["title"]), (&json!("Put"), &Value::Null));
    let entry = entry(&id).unwrap();
    assert_eq!((entry.first("description"), entry.first("roomNumber")), (Some("ours"), Some("7")));
    assert_eq!((entry.first("displayName"), entry.first("title")), (Some("Put"), None));
}

#[test]
fn put_without_what_is_required_changes_nothing() {
    let id = user(&name("required"));
    let path = format!("/Users/{id}");
    let before = get(&path);
    let reply = client().put(&path, &json!({ "schemas": [USER], "displayName": "Without" }));
    assert_error(&reply, 400, Some("invalidValue"), "no userName");
    assert_eq!(get(&path), before);
    let reply =
        client().put("/Users/00000000-0000-4000-8000-000000000000", &json!({ "schemas": [USER], "userName": "x" }));
    assert_error(&reply, 404, None, "nobody");
}

#[test]
fn active_is_set_and_cleared_and_never_toggled() {
    let id = user(&name("active"));
    let path = format!("/Users/{id}");
    let locked = || entry(&id).unwrap().first("pwdAccountLockedTime").map(str::to_owned);
    assert_eq!((get(&path)["active"].clone(), locked()), (json!(true), None));
    for value in [json!(false), json!("False"), json!(false)] {
        let now = patched(&path, &json!([{ "op": "replace", "path": "active", "value": value }]));
        assert_eq!((now["active"].clone(), locked().as_deref()), (json!(false), Some("000001010000Z")), "{value}");
    }
    for value in [json!(true), json!("True"), json!(true)] {
        let now = patched(&path, &json!([{ "op": "replace", "value": { "active": value } }]));
        assert_eq!((now["active"].clone(), locked()), (json!(true), None), "{value}");
    }
}

/// Who is locked out by wrong passwords is not active, and becomes it again by the client's word.
#[test]
fn a_lockout_is_lifted() {
    let id = user(&name("lockout"));
    let path = format!("/Users/{id}");
    let dn = entry(&id).unwrap().dn;
    patched(&path, &json!([{ "op": "replace", "path": "active", "value": false }]));
    let before = get(&path)["meta"]["version"].clone();
    let after = patched(&path, &json!([{ "op": "replace", "path": "active", "value": false }]));
    assert_eq!(after["meta"]["version"], before, "disabled twice");
    ldapmodify(&format!("dn: {dn}\nchangetype: modify\ndelete: pwdAccountLockedTime\n"));
    assert_eq!(get(&path)["active"], true);
}

#[test]
fn what_changes_nothing_leaves_no_trace() {
    let id = user(&name("idle"));
    let path = format!("/Users/{id}");
    let (before, csn) = (get(&path), entry(&id).unwrap().first("entryCSN").unwrap().to_owned());
    let title = json!([{ "op": "replace", "path": "title", "value": "Guide" }]);
    let absent =
        json!([{ "op": "remove", "path": "nickName" }, { "op": "remove", "path": "emails[type eq \"work\"]" }]);
    for operations in
        [title, absent, json!([{ "op": "add", "value": { "active": "true", "userName": before["userName"] } }])]
    {
        assert_eq!(patched(&path, &operations), before, "{operations}");
    }
    assert_eq!(client().put(&path, &before).json(), before);
    assert_eq!(entry(&id).unwrap().first("entryCSN"), Some(csn.as_str()));
}

#[test]
fn only_the_case_is_a_change_too() {
    let id = user(&name("mcdonald"));
    let path = format!("/Users/{id}");
    for text in ["mcdonald", "McDonald", "MCDONALD"] {
        let now = patched(&path, &json!([{ "op": "replace", "path": "name.familyName", "value": text }]));
        assert_eq!(now["name"]["familyName"], text);
    }
}

#[test]
fn a_rename_keeps_the_id_and_the_memberships() {
    let (id, new) = (user(&name("before")), name("after, the \"rename\""));
    let path = format!("/Users/{id}");
    let team = group(&[&id]);
    let operations = json!([
        { "op": "replace", "path": "userName", "value": new },
        { "op": "replace", "path": "displayName", "value": "Renamed" },
    ]);
    let now = patched_eventually(&path, &operations);
    assert_eq!((&now["id"], &now["userName"], &now["displayName"]), (&json!(id), &json!(new), &json!("Renamed")));
    let named = entry(&id).unwrap();
    assert!(named.dn.starts_with("uid=after\\"), "{}", named.dn);
    assert_eq!(named.values("uid").count(), 1, "the old name is gone");
    // The directory follows renames by itself, a moment later; one without referential integrity doesn't.
    assert!(
        super::without_overlays()
            || (0..200).any(|_| {
                std::thread::sleep(std::time::Duration::from_millis(20));
                members(&get(&format!("/Groups/{team}"))) == super::sorted(&[&id])
                    && get(&path)["groups"][0]["value"] == team
            })
    );
}

/// As `patched`, for changes whose answer may show memberships that follow later.
fn patched_eventually(path: &str, operations: &Value) -> Value {
    let reply = client().patch(path, operations);
    assert_eq!(reply.status, 200, "{operations}: {}", reply.text());
    get(path)
}

#[test]
fn a_name_that_is_taken_is_a_conflict_and_nothing_else_is_done() {
    let (taken, id) = (name("taken"), user(&name("wants")));
    user(&taken);
    let path = format!("/Users/{id}");
    let before = get(&path);
    let operations = json!([
        { "op": "replace", "path": "title", "value": "Half done" },
        { "op": "replace", "path": "userName", "value": taken.to_uppercase() },
    ]);
    assert_error(&client().patch(&path, &operations), 409, Some("uniqueness"), "PATCH");
    assert_eq!(get(&path), before);
    let body = json!({ "schemas": [USER], "userName": taken, "title": "Half done" });
    assert_error(&client().put(&path, &body), 409, Some("uniqueness"), "PUT");
    assert_eq!(get(&path), before);
}

#[test]
fn several_operations_are_all_done_or_none() {
    let id = user(&name("all-or-none"));
    let path = format!("/Users/{id}");
    let before = get(&path);
    let last = [
        (json!({ "op": "replace", "path": "userName", "value": "" }), "invalidValue"),
        (json!({ "op": "remove", "path": "userName" }), "mutability"),
        (json!({ "op": "replace", "path": "colour", "value": "red" }), "invalidPath"),
        (json!({ "op": "replace", "path": "groups", "value": [] }), "mutability"),
        (json!({ "op": "replace", "path": "emails[type ne \"work\"].value", "value": "x@example.com" }), "noTarget"),
        (json!({ "op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": "nobody" }), "invalidValue"),
        (json!({ "op": "remove" }), "noTarget"),
        (json!({ "op": "explode", "path": "title" }), "invalidSyntax"),
        // The directory's own word: mail is ASCII (RFC 4524), telephone numbers are printable.
        (
            json!({ "op": "replace", "path": "phoneNumbers", "value": [{ "value": "☎", "type": "work" }] }),
            "invalidValue",
        ),
    ];
    for (operation, scim_type) in last {
        let operations = json!([{ "op": "replace", "path": "displayName", "value": "HALF-DONE" }, operation]);
        assert_error(&client().patch(&path, &operations), 400, Some(scim_type), &operations.to_string());
        assert_eq!(get(&path), before, "{operations}");
    }
}

#[test]
fn a_manager_is_set_shown_and_removed() {
    let (boss, id) = (user(&name("boss")), user(&name("staff")));
    let path = format!("/Users/{id}");
    let manager = format!("{ENTERPRISE}:manager");
    let now = patched(&path, &json!([{ "op": "Add", "path": manager, "value": boss }]));
    assert_eq!(now[ENTERPRISE]["manager"]["value"], boss);
    assert!(now[ENTERPRISE]["manager"]["$ref"].as_str().unwrap().ends_with(&boss));
    assert!(now["schemas"].as_array().unwrap().contains(&json!(ENTERPRISE)));
    assert_eq!(entry(&id).unwrap().first("manager").map(str::to_owned), Some(entry(&boss).unwrap().dn));
    let now = patched(&path, &json!([{ "op": "replace", "path": manager, "value": "" }]));
    assert_eq!((&now[ENTERPRISE], &now["schemas"]), (&Value::Null, &json!([USER])));
}

#[test]
fn values_move_between_types() {
    let body = json!({ "schemas": [USER], "userName": name("types"), "emails": [
        { "value": "a@example.com", "type": "work" }, { "value": "b@example.com", "type": "home" },
    ]});
    let path = format!("/Users/{}", id(&created("/Users", &body)));
    let now = patched(&path, &json!([{ "op": "replace", "path": "emails[type eq \"home\"].type", "value": "work" }]));
    let entry = entry(now["id"].as_str().unwrap()).unwrap();
    assert_eq!(entry.values("mail").collect::<Vec<_>>(), ["a@example.com", "b@example.com"]);
    assert_eq!(entry.first("scimHomeMail"), None);
}
