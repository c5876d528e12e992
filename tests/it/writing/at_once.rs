//! Writers at the same moment: without conditions all succeed, and nothing of it is lost; with the same condition one does.

use std::thread;

use serde_json::{Value, json};

use super::{client, get, group, members, name, user};
use crate::support::client::patch_message;

/// The statuses of requests that are sent at once.
fn at_once(count: usize, send: impl Fn(usize) -> u16 + Sync) -> Vec<u16> {
    thread::scope(|scope| {
        let send = &send;
        let sent: Vec<_> = (0..count).map(|turn| scope.spawn(move || send(turn))).collect();
        sent.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

#[test]
fn all_members_that_are_added_at_once_are_there() {
    let ids: Vec<String> = (0..8).map(|_| user(&name("at-once"))).collect();
    let path = format!("/Groups/{}", group(&[]));
    let change = |operation: &str, id: &str| {
        client().patch(&path, &json!([{ "op": operation, "path": "members", "value": [{ "value": id }] }])).status
    };
    assert_eq!(at_once(8, |turn| change("add", &ids[turn])), [204; 8]);
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    assert_eq!(members(&get(&path)), super::sorted(&all));
    // The same one by several, and others away, until nobody is left.
    assert_eq!(
        at_once(8, |turn| change(if turn % 2 == 0 { "add" } else { "remove" }, &ids[turn / 2 * 2 + turn % 2])),
        [204; 8]
    );
    assert_eq!(members(&get(&path)).len(), 4);
    assert_eq!(at_once(8, |turn| change("remove", &ids[turn])), [204; 8]);
    assert_eq!(get(&path)["members"], Value::Null);
}

#[test]
fn all_attributes_that_are_changed_at_once_are_changed() {
    let path = format!("/Users/{}", user(&name("at-once")));
    let names =
        ["title", "displayName", "nickName", "userType", "locale", "timezone", "externalId", "preferredLanguage"];
    for round in 0..5 {
        let change = |turn: usize| {
            let value = format!("{round}-{turn}");
            client().patch(&path, &json!([{ "op": "replace", "path": names[turn], "value": value }])).status
        };
        assert_eq!(at_once(names.len(), change), [200; 8]);
        let now = get(&path);
        for (turn, name) in names.iter().enumerate() {
            assert_eq!(now[name], format!("{round}-{turn}"), "{name}");
        }
    }
}

/// Each adds an address to the same list: what is computed from what was read is computed anew when others were faster.
#[test]
fn a_list_that_many_add_to_has_all_of_it() {
    let path = format!("/Users/{}", user(&name("at-once")));
    let add = |turn: usize| {
        let email = json!([{ "value": format!("{turn}@example.com"), "type": "work" }]);
        client().patch(&path, &json!([{ "op": "add", "path": "emails", "value": email }])).status
    };
    assert_eq!(at_once(8, add), [200; 8]);
    assert_eq!(get(&path)["emails"].as_array().unwrap().len(), 8);
}

#[test]
fn of_writers_with_the_same_version_one_writes() {
    let path = format!("/Users/{}", user(&name("at-once")));
    for round in 0..5 {
        let etag = client().get(&path).header("etag").unwrap().to_owned();
        let change = |turn: usize| {
            let operations = json!([{ "op": "replace", "path": "title", "value": format!("{round}-{turn}") }]);
            client().write("PATCH", &path, &patch_message(&operations), Some(&etag)).status
        };
        let statuses = at_once(8, change);
        let writer = statuses.iter().position(|status| *status == 200).unwrap();
        assert_eq!(get(&path)["title"], format!("{round}-{writer}"));
        assert!(statuses.iter().enumerate().all(|(turn, status)| turn == writer || *status == 412), "{statuses:?}");
    }
}
