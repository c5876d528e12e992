//! Exports from memory: the same as from the directory, and never less.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Bridge, BridgeOptions, Client, resources, support};
use crate::support::client::encoded;

/// Everybody by cursor.
fn by_cursor(client: &Client, query: &str) -> BTreeMap<String, Value> {
    let (mut seen, mut cursor) = (BTreeMap::new(), Some(String::new()));
    while let Some(at) = cursor {
        let reply = client.get(&format!("/Users?count=7&cursor={at}{query}"));
        assert_eq!(reply.status, 200, "{query}: {}", reply.text());
        let list = reply.json();
        for user in resources(&list) {
            assert!(seen.insert(user["id"].as_str().unwrap().to_owned(), user).is_none(), "twice {query}");
        }
        cursor = list["nextCursor"].as_str().map(str::to_owned);
    }
    seen
}

/// Everybody by index.
fn by_index(client: &Client, query: &str) -> BTreeMap<String, Value> {
    let mut seen = BTreeMap::new();
    loop {
        let list = client.get(&format!("/Users?count=7&startIndex={}{query}", seen.len() + 1)).json();
        let page = resources(&list);
        if page.is_empty() {
            return seen;
        }
        seen.extend(page.into_iter().map(|user| (user["id"].as_str().unwrap().to_owned(), user)));
    }
}

/// How many pages of paged searches were read from the directory.
fn pages_read(bridge: &Bridge) -> f64 {
    let metrics = bridge.admin().get("/metrics").text();
    let pages = metrics
        .lines()
        .filter(|line| line.starts_with("scimfront_ldap_operations_total") && line.contains("operation=\"page\""));
    pages.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
}

#[test]
fn an_export_from_memory_is_that_from_the_directory() {
    let (slapd, suffix) = support::private_place();
    // Both say the same of where resources are.
    let server_lines = "base_url = \"https://scim.example.com\"\n".to_owned();
    let options = BridgeOptions { server_lines, ..BridgeOptions::openldap(&suffix) };
    let plain = Bridge::start(slapd, &options);
    let remembering = BridgeOptions { cache: String::new(), ..options };
    let bridge = Bridge::start(slapd, &remembering);
    bridge.wait_for("an export from memory", |bridge| {
        let before = pages_read(bridge);
        by_cursor(bridge.client(), "");
        pages_read(bridge) == before
    });
    let selections =
        ["", "&excludedAttributes=groups,name.givenName", "&attributes=userName,emails.value,meta.version"];
    let before = pages_read(&bridge);
    for selection in selections {
        let expected = by_index(plain.client(), selection);
        assert_eq!(by_cursor(bridge.client(), selection), expected, "{selection}");
        assert_eq!(by_index(bridge.client(), selection), expected, "{selection}");
    }
    assert_eq!(pages_read(&bridge), before);
    // What is new is there at once, what is gone is not.
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "exported",
                       "name": { "familyName": "New" } });
    let made = bridge.client().post("/Users", &body);
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert!(by_cursor(bridge.client(), "").contains_key(&id));
    assert!(by_index(bridge.client(), selections[1]).contains_key(&id));
    assert_eq!(bridge.client().delete(&format!("/Users/{id}")).status, 204);
    assert!(!by_cursor(bridge.client(), selections[2]).contains_key(&id));
    // The same for what somebody else does, as soon as it is told.
    let bind = slapd.bind_dn_of(&suffix);
    let found = format!("/Users?filter={}", encoded("userName eq \"bjensen\""));
    let gone = resources(&plain.client().get(&found).json())[0]["id"].as_str().unwrap().to_owned();
    let dn = slapd.ldapsearch_as(&bind, &suffix, &format!("(entryUUID={gone})"), &["1.1"]).unwrap();
    slapd.ldapmodify_as(&bind, &format!("{}\nchangetype: delete\n", dn.lines().next().unwrap())).unwrap();
    bridge.wait_for("the change", |bridge| {
        !by_cursor(bridge.client(), "").contains_key(&gone) && !by_index(bridge.client(), "").contains_key(&gone)
    });
    assert_eq!(by_cursor(bridge.client(), ""), by_index(plain.client(), ""));
}
