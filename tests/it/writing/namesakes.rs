//! Another entry gets the name of the one that is written between reading and writing: it isn't written in its place.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use serde_json::{Value, json};

use super::{USER, assert_error, count, entry, get, group, ldapmodify, members, name, place, user};
use crate::support::bridge::{Backing, Bridge, BridgeOptions};
use crate::support::client::{Client, Reply, patch_message};
use crate::support::wire::{Refused, Wire};

/// A bridge whose writes can be held back.
struct Slow {
    wire: Wire,
    bridge: Bridge,
    turn: Mutex<()>,
}

fn slow() -> &'static Slow {
    static SLOW: OnceLock<Slow> = OnceLock::new();
    SLOW.get_or_init(|| {
        let place = place();
        let wire = Wire::to(place.slapd.url().trim_start_matches("ldap://"));
        let backing = Backing {
            url: wire.url(),
            bind_dn: place.slapd.bind_dn_of(&place.suffix),
            password: place.slapd.password().to_owned(),
            lines: String::new(),
        };
        let bridge = Bridge::start_on(&backing, &BridgeOptions::openldap(&place.suffix));
        Slow { wire, bridge, turn: Mutex::new(()) }
    })
}

/// What a client is told whose write is held back until `meanwhile` is done.
fn while_held(request: impl FnOnce(&Client) -> Reply + Send, meanwhile: impl FnOnce()) -> Reply {
    let slow = slow();
    let _turn = slow.turn.lock().unwrap_or_else(PoisonError::into_inner);
    let held = slow.wire.hold();
    thread::scope(|scope| {
        let reply = scope.spawn(|| request(slow.bridge.client()));
        held.wait();
        meanwhile();
        drop(held);
        reply.join().unwrap()
    })
}

/// Gives the second entry the name of the first one, which gets another.
fn usurp(one: &str, other: &str) {
    let [one, other] = [one, other].map(|id| entry(id).unwrap().dn);
    let rdn = one.split(',').next().unwrap().to_owned();
    let rename = |dn: &str, rdn: &str| {
        ldapmodify(&format!("dn: {dn}\nchangetype: modrdn\nnewrdn: {rdn}\ndeleteoldrdn: 1\n"));
    };
    rename(&one, &format!("{rdn}-before"));
    rename(&other, &rdn);
}

fn users() -> [String; 2] {
    [user(&name("namesake")), user(&name("namesake"))]
}

#[test]
fn a_change_is_made_to_who_was_meant() {
    let [one, other] = users();
    let nick = json!([{ "op": "add", "path": "nickName", "value": "Nick" }]);
    let reply = while_held(|client| client.patch(&format!("/Users/{one}"), &nick), || usurp(&one, &other));
    assert_eq!((reply.status, &reply.json()["nickName"]), (200, &json!("Nick")), "{}", reply.text());
    assert_eq!(get(&format!("/Users/{one}"))["nickName"], "Nick");
    assert_eq!(get(&format!("/Users/{other}"))["nickName"], Value::Null);
}

#[test]
fn a_condition_is_none_on_another() {
    let [one, other] = users();
    let path = format!("/Users/{one}");
    let etag = slow().bridge.client().get(&path).header("etag").unwrap().to_owned();
    let nick = patch_message(&json!([{ "op": "add", "path": "nickName", "value": "Nick" }]));
    let reply = while_held(|client| client.write("PATCH", &path, &nick, Some(&etag)), || usurp(&one, &other));
    assert_error(&reply, 412, None, "its userName has changed");
    assert_eq!(get(&path)["nickName"], Value::Null);
    assert_eq!(get(&format!("/Users/{other}"))["nickName"], Value::Null);
}

#[test]
fn a_rename_is_that_of_who_was_meant() {
    let [one, other] = users();
    let new = name("namesake");
    let rename = json!([{ "op": "replace", "path": "userName", "value": new }]);
    let reply = while_held(|client| client.patch(&format!("/Users/{one}"), &rename), || usurp(&one, &other));
    assert_eq!((reply.status, &reply.json()["userName"]), (200, &json!(new)), "{}", reply.text());
    assert_eq!(get(&format!("/Users/{one}"))["userName"], json!(new));
    assert_ne!(get(&format!("/Users/{other}"))["userName"], json!(new));
}

#[test]
fn who_was_meant_is_deleted_and_nobody_else() {
    let [one, other] = users();
    let reply = while_held(|client| client.delete(&format!("/Users/{one}")), || usurp(&one, &other));
    assert_eq!(reply.status, 204, "{}", reply.text());
    assert!(entry(&one).is_none());
    assert!(entry(&other).is_some());
}

#[test]
fn a_member_joins_the_group_that_was_meant() {
    let [ann, bob] = users();
    let [one, other] = [group(&[&ann]), group(&[&ann])];
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": bob }] }]);
    let reply = while_held(|client| client.patch(&format!("/Groups/{one}"), &add), || usurp(&one, &other));
    assert_eq!(reply.status, 204, "{}", reply.text());
    assert_eq!(members(&get(&format!("/Groups/{one}"))), super::sorted(&[&ann, &bob]));
    assert_eq!(members(&get(&format!("/Groups/{other}"))), [ann]);
}

/// What can't be made sure of isn't left behind: its client is told that it wasn't made.
#[test]
fn who_may_not_be_the_only_one_is_taken_back() {
    let user_name = name("unsure");
    let body = json!({ "schemas": [USER], "userName": user_name });
    let wire = &slow().wire;
    let reply = while_held(|client| client.post("/Users", &body), || wire.refuse(Refused::Search, 80, "not now"));
    assert_eq!((reply.status / 100, wire.refusals_left()), (5, 0), "{}", reply.text());
    assert_eq!(count("/Users", &format!("userName eq \"{user_name}\"")), 0);
    assert_eq!(while_held(|client| client.post("/Users", &body), || ()).status, 201);
}
