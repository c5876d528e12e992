//! Groups whose members are the result of a search (groupOfURLs).

use serde_json::json;

use super::{GROUP, Place, all, assert_error, person, record, unit};
use crate::support::bridge::BridgeOptions;

pub(super) const SUFFIX: &str = "dc=dynamic,dc=example,dc=net";

pub(super) fn ldif() -> String {
    let (people, groups) = (format!("ou=people,{SUFFIX}"), format!("ou=groups,{SUFFIX}"));
    let mut all = unit(&people);
    for dn in [format!("ou=sub,{people}"), groups.clone(), format!("ou=secret,{SUFFIX}")] {
        all.push_str(&unit(&dn));
    }
    for name in ["ann", "bob", "cyd"] {
        all.push_str(&person(name, &people, &["title: Guide"]));
    }
    all.push_str(&person("dan", &format!("ou=sub,{people}"), &["title: Guide"]));
    all.push_str(&person("eve", &format!("ou=secret,{SUFFIX}"), &["title: Guide"]));
    all.push_str(&record(&format!("cn=printer,{people}"), &["objectClass: device", "cn: printer"]));
    let deep = format!("{}(title=Guide){}", "(!".repeat(200), ")".repeat(200));
    let groups_of = [
        ("guides", format!("ldap:///{people}??sub?(title=guide)")),
        // Renamed by one test, so of no concern to the others.
        ("renamed", format!("ldap:///{people}??sub?(title=guide)")),
        ("near", format!("ldap:///{people}??one?(title=Guide)")),
        ("single", format!("ldap:///uid=ann,{people}")),
        ("all", format!("ldap:///{SUFFIX}??sub?(objectClass=*)")),
        ("secret", format!("ldap:///ou=secret,{SUFFIX}??sub?(title=Guide)")),
        ("foreign", "ldap:///dc=elsewhere,dc=example,dc=org??sub?(title=Guide)".to_owned()),
        ("missing", format!("ldap:///ou=gone,{people}??sub?(title=Guide)")),
        ("unknown", format!("ldap:///{people}??sub?(noSuchAttribute=1)")),
        ("none", "not a URL at all".to_owned()),
        ("bad-filter", format!("ldap:///{people}??sub?(title=")),
        ("bad-base", "ldap:///no dn??sub?(title=Guide)".to_owned()),
        ("odd-base", format!("ldap:///foo=bar,{people}??sub?(title=Guide)")),
        ("deep", format!("ldap:///{people}??sub?{deep}")),
    ];
    for (name, url) in &groups_of {
        let (cn, url) = (format!("cn: {name}"), format!("memberURL: {url}"));
        all.push_str(&record(&format!("cn={name},{groups}"), &["objectClass: groupOfURLs", &cn, &url]));
    }
    let two = [format!("memberURL: ldap:///uid=ann,{people}"), format!("memberURL: ldap:///{people}??one?(uid=b*)")];
    all.push_str(&record(&format!("cn=two,{groups}"), &["objectClass: groupOfURLs", "cn: two", &two[0], &two[1]]));
    all
}

fn place() -> Place {
    Place::over(SUFFIX, &BridgeOptions::openldap(SUFFIX))
}

#[test]
fn members_are_what_the_search_finds_within_the_users() {
    let place = place();
    let groups = place.list("/Groups", "");
    assert_eq!(groups.len(), 15, "{groups:?}");
    let members = |name: &str| {
        let group = place.one("/Groups", &format!("displayName eq \"{name}\""));
        let alone = place.get(&place.group(name));
        assert_eq!(alone["members"], group["members"], "{name}");
        all(&group["members"], "display").join(" ")
    };
    let expected = [
        ("guides", "ann bob cyd dan"),
        ("near", "ann bob cyd"),
        ("single", "ann"),
        ("all", "ann bob cyd dan"),
        ("secret", ""),
        ("foreign", ""),
        ("missing", ""),
        ("unknown", ""),
        ("none", ""),
        ("bad-filter", ""),
        ("bad-base", ""),
        ("odd-base", ""),
        ("deep", ""),
        ("two", "ann bob"),
    ];
    for (name, names) in expected {
        assert_eq!(members(name), names, "{name}");
    }
    for name in ["none", "bad-filter", "bad-base", "deep"] {
        assert_eq!(place.said(&[&format!("cn={name},"), "memberURL"]).len(), 1, "{name}: {}", place.bridge.log());
    }
}

#[test]
fn such_members_are_not_written() {
    let place = place();
    let path = place.group("renamed");
    let dan = place.user("dan");
    for operations in [
        json!([{ "op": "add", "path": "members", "value": [{ "value": dan }] }]),
        json!([{ "op": "remove", "path": format!("members[value eq \"{dan}\"]") }]),
        json!([{ "op": "remove", "path": "members" }]),
        json!([{ "op": "replace", "path": "members", "value": [{ "value": dan }] }]),
    ] {
        assert_error(&place.client().patch(&path, &operations), 400, Some("mutability"));
    }
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "leaders" }]);
    assert_eq!(place.patched(&path, &rename)["displayName"], "leaders");
    // What was read may be put back.
    let mut body = place.get(&path);
    body["displayName"] = json!("renamed");
    let reply = place.client().put(&path, &body);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(all(&reply.json()["members"], "display"), ["ann", "bob", "cyd", "dan"]);
    let alone = json!({ "schemas": [GROUP], "displayName": "renamed" });
    let reply = place.client().put(&path, &alone);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_error(
        &place
            .client()
            .put(&path, &json!({ "schemas": [GROUP], "displayName": "renamed", "members": [{ "value": dan }] })),
        400,
        Some("mutability"),
    );
}

#[test]
fn a_search_that_finds_too_many_is_refused_and_only_where_members_are_asked_for() {
    let mut options = BridgeOptions::openldap(SUFFIX);
    options.bridge_lines.push_str("[bridge.main.limits]\nscan = 3\n");
    let place = Place::over(SUFFIX, &options);
    assert_error(&place.client().get("/Groups"), 400, Some("tooMany"));
    assert_eq!(place.get("/Groups?excludedAttributes=members")["totalResults"], 15);
    assert_eq!(all(&place.get(&place.group("near"))["members"], "display").len(), 3);
}
