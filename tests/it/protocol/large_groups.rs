//! Groups with more members than are looked up by name.

use std::collections::BTreeSet;

use scimfront::sandbox::{Slapd, SlapdOptions, TreeOptions};
use serde_json::Value;

use super::resources;
use crate::support::bridge::{Bridge, BridgeOptions};

/// The directory's back-references say the same as its groups; they are read in other ways.
#[test]
fn a_large_group_shows_those_who_show_it() {
    let tree = TreeOptions::sized(2_400, 4);
    let slapd = Slapd::start(&SlapdOptions::with_tree(tree.clone())).unwrap();
    let bridge = Bridge::start(&slapd, &BridgeOptions::openldap(&tree.suffix));
    let get = |path: &str| -> Value {
        let reply = bridge.client().get(path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.json()
    };
    let groups = resources(&get("/Groups?attributes=id"));
    let groups = groups.iter().map(|group| get(&format!("/Groups/{}", group["id"].as_str().unwrap())));
    let members = |group: &Value| group["members"].as_array().map_or(0, Vec::len);
    let group = groups.max_by_key(members).unwrap();
    assert_eq!(members(&group), 1_200);
    let mut showing = BTreeSet::new();
    for start in (1..=tree.users).step_by(1_000) {
        for user in resources(&get(&format!("/Users?startIndex={start}&count=1000&attributes=groups"))) {
            let shows = user["groups"].as_array().is_some_and(|all| all.iter().any(|one| one["value"] == group["id"]));
            showing.extend(shows.then(|| user["id"].as_str().unwrap().to_owned()));
        }
    }
    let shown = group["members"].as_array().unwrap().iter().map(|member| member["value"].as_str().unwrap().to_owned());
    assert_eq!(shown.collect::<BTreeSet<_>>(), showing);
}
