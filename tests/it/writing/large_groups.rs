//! Groups of any size: what changes them never reads them.

use scimfront::sandbox::{Overlay, Slapd, SlapdOptions, TreeOptions};
use serde_json::{Value, json};

use crate::support::access_log;
use crate::support::bridge::{Bridge, BridgeOptions};
use crate::support::ldif;

const PEOPLE: usize = 10_000;

#[test]
fn ten_thousand_members_come_and_go_in_one_request() {
    let tree = TreeOptions::sized(PEOPLE, 0);
    let options = SlapdOptions::with_tree(tree.clone()).overlays(&[Overlay::MemberOf, Overlay::Accesslog]);
    let slapd = Slapd::start(&options).unwrap();
    let bridge = Bridge::start(&slapd, &BridgeOptions::openldap(slapd.suffix()));
    let client = bridge.client();
    let text = slapd.ldapsearch(slapd.suffix(), "(uid=*)", &["entryUUID"]).unwrap();
    let entries = ldif::entries(&text);
    let people: Value = entries.iter().map(|entry| json!({ "value": entry.first("entryUUID").unwrap() })).collect();
    let group = client.post("/Groups", &json!({ "displayName": "all" })).json();
    let path = format!("/Groups/{}", group["id"].as_str().unwrap());
    let held = || {
        let text = slapd.ldapsearch(slapd.suffix(), "(cn=all)", &["member"]).unwrap();
        ldif::entries(&text)[0].values("member").filter(|member| *member != "cn=scim-placeholder").count()
    };
    for (operation, expected) in [("add", PEOPLE), ("remove", 0), ("replace", PEOPLE)] {
        let before = access_log::read(&slapd, None).len();
        let reply = client.patch(&path, &json!([{ "op": operation, "path": "members", "value": people }]));
        assert_eq!(reply.status, 204, "{operation}: {}", reply.text());
        assert_eq!(held(), expected, "{operation}");
        assert_eq!(access_log::read(&slapd, None).len(), before + 1, "{operation} is one modification");
    }
    let one = json!([{ "op": "remove", "path": "members", "value": [people[0]] }]);
    assert_eq!(client.patch(&path, &one).status, 204);
    assert_eq!(
        client.get(&format!("{path}?attributes=members")).json()["members"].as_array().unwrap().len(),
        PEOPLE - 1
    );
}
