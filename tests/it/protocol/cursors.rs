//! Pages by cursor (RFC 9865).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{assert_error, client, get, ids, private};
use crate::support;
use crate::support::bridge::{Bridge, BridgeOptions};
use crate::support::client::{Client, encoded};
use crate::watching::sample;

fn page(client: &Client, query: &str, cursor: &str) -> Value {
    let reply = client.get(&format!("/Users?{query}&cursor={cursor}"));
    assert_eq!(reply.status, 200, "{query}: {}", reply.text());
    reply.json()
}

/// All ids by cursor, each page from the next of the clients in turn.
fn all(clients: &[&Client], query: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let mut cursor = Some(String::new());
    for client in clients.iter().cycle() {
        let Some(at) = cursor else { break };
        let list = page(client, query, &at);
        seen.extend(ids(&list));
        cursor = list["nextCursor"].as_str().map(str::to_owned);
        // RFC 9865 section 2: unreserved characters, so that it can stand in a URL.
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        assert!(cursor.iter().all(|cursor| cursor.chars().all(plain)));
    }
    seen
}

#[test]
fn cursors_give_everyone_once() {
    let total = support::tree_options().users;
    for query in
        ["count=300&attributes=id", "count=77&attributes=id", "count=200&sortBy=userName&attributes=id", "count=500"]
    {
        let seen = all(&[client()], query);
        assert_eq!(seen.len(), total, "{query}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), total, "{query}");
    }
    let by_index = ids(&get("/Users?count=1000&sortBy=userName&attributes=id"));
    assert_eq!(all(&[client()], "count=130&sortBy=userName&attributes=id"), by_index);
    let filtered = all(&[client()], "count=50&filter=title%20pr&attributes=id");
    assert_eq!(get("/Users?filter=title%20pr&count=0")["totalResults"], filtered.len());
}

/// The search stays open between the pages, from the first export on.
#[test]
fn an_export_by_cursor_is_one_search() {
    let bridge = Bridge::start(support::shared(), &BridgeOptions::openldap(support::shared().suffix()));
    let searches = || {
        let metrics = bridge.admin().get("/metrics").text();
        sample(&metrics, "scimfront_scans_total{bridge=\"main\",kind=\"exact\"}").unwrap_or(0.0)
    };
    let before = searches();
    assert_eq!(all(&[bridge.client()], "count=100&attributes=id").len(), support::tree_options().users);
    assert_eq!(searches() - before, 1.0);
}

#[test]
fn a_cursor_may_be_used_twice() {
    let first = page(client(), "count=10&attributes=id", "");
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = page(client(), "count=10&attributes=id", cursor);
    let again = page(client(), "count=10&attributes=id", cursor);
    assert_eq!(ids(&second), ids(&again));
    assert!(ids(&first).iter().all(|id| !ids(&second).contains(id)));
}

#[test]
fn what_fits_one_page_has_no_cursor() {
    let list = page(client(), "count=10&filter=userName%20eq%20%22bjensen%22", "");
    assert_eq!((ids(&list).len(), &list["nextCursor"]), (1, &Value::Null));
    let none = page(client(), "count=10&filter=userName%20eq%20%22nobody%22", "");
    assert_eq!((ids(&none).len(), &none["nextCursor"]), (0, &Value::Null));
}

#[test]
fn search_requests_take_cursors() {
    let body =
        |cursor: &str| json!({ "schemas": [super::SEARCH], "count": 400, "cursor": cursor, "attributes": ["id"] });
    let mut seen = BTreeSet::new();
    let mut cursor = Some(String::new());
    while let Some(at) = cursor {
        let reply = client().post("/Users/.search", &body(&at));
        assert_eq!(reply.status, 200, "{}", reply.text());
        let list = reply.json();
        seen.extend(ids(&list));
        cursor = list["nextCursor"].as_str().map(str::to_owned);
    }
    assert_eq!(seen.len(), support::tree_options().users);
}

/// RFC 9865 section 2.1, table 1.
#[test]
fn errors_of_cursors() {
    let first = page(client(), "count=10&attributes=id", "");
    let cursor = first["nextCursor"].as_str().unwrap().to_owned();
    let mut broken = cursor.clone();
    let last = if broken.ends_with('A') { 'B' } else { 'A' };
    broken.pop();
    broken.push(last);
    let cases = [
        (format!("count=10&attributes=id&cursor={broken}"), "invalidCursor"),
        (format!("count=10&attributes=id&cursor={}", &cursor[..cursor.len() / 2]), "invalidCursor"),
        ("count=10&cursor=x".to_owned(), "invalidCursor"),
        ("count=10&cursor=%00".to_owned(), "invalidCursor"),
        (format!("count=10&cursor={}", "A".repeat(4_000)), "invalidCursor"),
        (format!("count=11&attributes=id&cursor={cursor}"), "invalidCount"),
        (format!("attributes=id&cursor={cursor}"), "invalidCount"),
        (format!("count=10&attributes=id&filter=title%20pr&cursor={cursor}"), "invalidCursor"),
        (format!("count=10&attributes=id&sortBy=title&cursor={cursor}"), "invalidCursor"),
    ];
    for (query, scim_type) in cases {
        assert_error(&client().get(&format!("/Users?{query}")), 400, Some(scim_type), &query);
    }
    let elsewhere = client().get(&format!("/Groups?count=10&attributes=id&cursor={cursor}"));
    assert_error(&elsewhere, 400, Some("invalidCursor"), "another type");
}

/// Instances with one key go on from each other's cursors; one with another key doesn't.
#[test]
fn cursors_hold_on_other_instances_with_the_same_key() {
    let slapd = support::shared();
    let keyed = |byte: &str| {
        let mut options = BridgeOptions::openldap(slapd.suffix());
        options.bridge_lines = format!("cursor_key = \"{}\"", byte.repeat(32));
        Bridge::start(slapd, &options)
    };
    let (one, two, stranger) = (keyed("0a"), keyed("0a"), keyed("0b"));
    for query in ["count=90&attributes=id", "count=90&sortBy=userName&attributes=id"] {
        let seen = all(&[one.client(), two.client()], query);
        assert_eq!(seen.len(), support::tree_options().users, "{query}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "{query}");
    }
    let cursor = page(one.client(), "count=10", "")["nextCursor"].as_str().unwrap().to_owned();
    let reply = stranger.client().get(&format!("/Users?count=10&cursor={cursor}"));
    assert_error(&reply, 400, Some("invalidCursor"), "another key");
}

/// Entries come and go between two pages: who stays comes once.
#[test]
fn cursors_over_a_directory_that_changes() {
    let (slapd, suffix, bridge) = private();
    let bind = slapd.bind_dn_of(&suffix);
    let first = page(bridge.client(), "count=5&attributes=id", "");
    let gone = ids(&first)[4].clone();
    let found = slapd.ldapsearch_as(&bind, &suffix, &format!("(entryUUID={gone})"), &["1.1"]).unwrap();
    slapd.ldapmodify_as(&bind, &format!("{}\nchangetype: delete\n", found.lines().next().unwrap())).unwrap();
    let mut seen = ids(&first);
    let mut cursor = first["nextCursor"].as_str().map(str::to_owned);
    while let Some(at) = cursor {
        let list = page(bridge.client(), "count=5&attributes=id", &at);
        seen.extend(ids(&list));
        cursor = list["nextCursor"].as_str().map(str::to_owned);
    }
    assert_eq!(seen.len(), 20);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 20);
}

/// RFC 9865 section 2: `startIndex` and a cursor don't go together; what wins must be said, and is the cursor.
#[test]
fn an_empty_cursor_asks_for_the_first_page() {
    let filter = encoded("userName sw \"b\"");
    let list = page(client(), &format!("filter={filter}&count=2&attributes=id"), "");
    assert_eq!(ids(&list).len(), 2);
    assert!(list["nextCursor"].is_string());
}
