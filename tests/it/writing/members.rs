//! Members of groups.

use serde_json::{Value, json};

use super::{assert_error, client, entry, get, group, id, ldapmodify, members, name, patched, place, sorted, user};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn values(ids: &[&str]) -> Value {
    ids.iter().map(|id| json!({ "value": id })).collect()
}

fn add(ids: &[&str]) -> Value {
    json!([{ "op": "add", "path": "members", "value": values(ids) }])
}

fn remove(ids: &[&str]) -> Value {
    json!([{ "op": "remove", "path": "members", "value": values(ids) }])
}

#[test]
fn members_come_and_go_and_their_groups_show_it() {
    let [ann, bob] = [user(&name("ann")), user(&name("bob"))];
    let team = group(&[&ann]);
    let path = format!("/Groups/{team}");
    assert_eq!(members(&patched(&path, &add(&[&ann, &bob]))), sorted(&[&ann, &bob]));
    assert_eq!(get(&format!("/Users/{bob}"))["groups"][0]["value"], team);
    assert_eq!(members(&patched(&path, &remove(&[&ann, NOBODY]))), sorted(&[&bob]));
    assert_eq!(get(&format!("/Users/{ann}"))["groups"], Value::Null);
    let swap = json!([
        { "op": "remove", "path": format!("members[value eq \"{bob}\"]") },
        { "op": "add", "path": "members", "value": [{ "value": ann, "display": "Ann" }] },
    ]);
    assert_eq!(members(&patched(&path, &swap)), sorted(&[&ann]));
    let replace = json!([{ "op": "replace", "path": "members", "value": values(&[&bob]) }]);
    assert_eq!(members(&patched(&path, &replace)), [bob]);
}

#[test]
fn the_last_member_makes_room_for_the_placeholder_and_the_first_takes_it() {
    let ann = user(&name("ann"));
    let dn = entry(&ann).unwrap().dn;
    let team = group(&[&ann]);
    let path = format!("/Groups/{team}");
    let held = || entry(&team).unwrap().values("member").map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(held(), sorted(&[&dn]));
    let emptied = [
        remove(&[&ann]),
        json!([{ "op": "remove", "path": "members" }]),
        json!([{ "op": "replace", "path": "members", "value": [] }]),
        json!([{ "op": "remove", "path": format!("members[value eq \"{ann}\"]") }]),
    ];
    for operations in emptied {
        assert_eq!(patched(&path, &operations)["members"], Value::Null, "{operations}");
        assert_eq!(held(), ["cn=scim-placeholder"], "{operations}");
        assert_eq!(members(&patched(&path, &add(&[&ann]))), sorted(&[&ann]), "{operations}");
        assert!(held().contains(&dn));
    }
}

#[test]
fn who_is_there_already_and_who_is_not_are_tolerated() {
    let [ann, bob] = [user(&name("ann")), user(&name("bob"))];
    let team = group(&[&ann]);
    let path = format!("/Groups/{team}");
    let stamp = || entry(&team).unwrap().first("entryCSN").unwrap().to_owned();
    let before = stamp();
    patched(&path, &add(&[&ann, &ann]));
    patched(&path, &remove(&[&bob, NOBODY]));
    patched(&path, &json!([{ "op": "replace", "path": "members", "value": values(&[&ann]) }]));
    assert_eq!(stamp(), before, "nothing was written");
}

#[test]
fn an_unknown_member_is_refused_before_anything_is_written() {
    let [ann, bob] = [user(&name("ann")), user(&name("bob"))];
    let team = group(&[&ann]);
    let path = format!("/Groups/{team}");
    let before = get(&path);
    // Nobody; a user that is there, but not for this server; no id at all.
    let outside = entry(&ann).unwrap().dn.replace("ou=people", "ou=services");
    for stranger in [NOBODY, "cn=bridge", "", "*", &outside] {
        let operations = add(&[&bob, stranger]);
        assert_error(&client().patch(&path, &operations), 400, Some("invalidValue"), stranger);
        assert_eq!(get(&path), before, "{stranger}");
        let body = json!({ "displayName": name("stranger"), "members": values(&[&bob, stranger]) });
        assert_error(&client().post("/Groups", &body), 400, Some("invalidValue"), stranger);
        assert_error(&client().put(&path, &body), 400, Some("invalidValue"), stranger);
    }
    assert_eq!(get(&path), before);
}

#[test]
fn groups_are_members_too() {
    let ann = user(&name("ann"));
    let inner = group(&[&ann]);
    let outer = group(&[&inner, &ann]);
    let shown = get(&format!("/Groups/{outer}"));
    assert_eq!(members(&shown), sorted(&[&inner, &ann]));
    let kind = |id: &str| {
        let members = shown["members"].as_array().unwrap();
        members.iter().find(|member| member["value"] == *id).unwrap()["type"].clone()
    };
    assert_eq!((kind(&inner), kind(&ann)), (json!("Group"), json!("User")));
}

/// What a client can't see is no part of its resource, so that it can't be taken away.
#[test]
fn foreign_members_stay() {
    let ann = user(&name("ann"));
    let team = group(&[&ann]);
    let path = format!("/Groups/{team}");
    let service = format!("cn=bridge,ou=services,{}", place().suffix);
    ldapmodify(&format!("dn: {}\nchangetype: modify\nadd: member\nmember: {service}\n", entry(&team).unwrap().dn));
    let held = || entry(&team).unwrap().values("member").map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(members(&get(&path)), sorted(&[&ann]));
    patched(&path, &json!([{ "op": "replace", "path": "members", "value": [] }]));
    assert!(held().contains(&service), "{:?}", held());
    let shown = get(&path);
    let body = json!({ "displayName": shown["displayName"], "members": values(&[&ann]) });
    let reply = client().put(&path, &body);
    assert_eq!((reply.status, members(&reply.json())), (200, vec![ann]), "{}", reply.text());
    assert!(held().contains(&service), "{:?}", held());
}

#[test]
fn a_change_of_members_alone_is_answered_without_the_group() {
    let ann = user(&name("ann"));
    let path = format!("/Groups/{}", group(&[]));
    let reply = client().patch(&path, &add(&[&ann]));
    assert_eq!((reply.status, reply.body.len()), (204, 0), "{}", reply.text());
    let etag = reply.header("etag").unwrap().to_owned();
    let reply = client().write("PATCH", &path, &support_message(&remove(&[&ann])), Some(&etag));
    assert_eq!(reply.status, 204, "its ETag is the group's");
    let asked = client().patch(&format!("{path}?attributes=displayName"), &add(&[&ann]));
    assert_eq!((asked.status, asked.json()["id"].is_string()), (200, true), "{}", asked.text());
    let renamed = json!([{ "op": "replace", "path": "displayName", "value": name("other") }]);
    assert_eq!(client().patch(&path, &renamed).status, 200);
}

fn support_message(operations: &Value) -> Value {
    crate::support::client::patch_message(operations)
}

#[test]
fn kinds_of_groups_that_hold_members_otherwise() {
    let of = |class: &str, more: &str| {
        let cn = name(class);
        let base = &place().suffix;
        ldapmodify(&format!("dn: cn={cn},ou=groups,{base}\nobjectClass: {class}\ncn: {cn}\n{more}\n"));
        let list = get(&format!("/Groups?attributes=id&filter=displayName%20eq%20%22{cn}%22"));
        list["Resources"][0]["id"].as_str().unwrap().to_owned()
    };
    let [ann, team] = [user(&name("ann")), group(&[])];
    let uid = entry(&ann).unwrap().first("uid").unwrap().to_owned();
    let posix = of("posixGroup", "gidNumber: 77");
    let path = format!("/Groups/{posix}");
    assert!(members(&patched(&path, &add(&[&ann]))).contains(&ann));
    assert!(entry(&posix).unwrap().values("memberUid").any(|held| held == uid));
    assert_error(&client().patch(&path, &add(&[&team])), 400, Some("invalidValue"), "a group in a posixGroup");
    assert!(!members(&patched(&path, &remove(&[&ann]))).contains(&ann));
    let unique = of("groupOfUniqueNames", "uniqueMember: cn=scim-placeholder");
    let path = format!("/Groups/{unique}");
    assert!(members(&patched(&path, &add(&[&ann, &team]))).contains(&ann));
    assert!(!members(&patched(&path, &remove(&[&ann]))).contains(&ann));
}

#[test]
fn a_group_keeps_its_members_when_it_is_renamed() {
    let ann = user(&name("ann"));
    let team = group(&[&ann]);
    let path = format!("/Groups/{team}");
    let new = name("renamed, \"group\"");
    let operations = json!([{ "op": "replace", "value": { "id": team, "displayName": new, "externalId": "e" } }]);
    let reply = client().patch(&path, &operations);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!((id(&reply), reply.json()["displayName"].clone()), (team, json!(new)));
    assert_eq!(members(&get(&path)), [ann]);
}
