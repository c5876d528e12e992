//! Aliases, referrals and glue among the entries.

use serde_json::json;

use super::{Place, USER, all, assert_error, person, record, text, unit};
use crate::support::bridge::BridgeOptions;

pub(super) const SUFFIX: &str = "dc=aliases,dc=example,dc=net";

pub(super) fn ldif() -> String {
    let (people, groups) = (format!("ou=people,{SUFFIX}"), format!("ou=groups,{SUFFIX}"));
    let mut all = unit(&people);
    all.push_str(&unit(&groups));
    all.push_str(&person("ann", &people, &[&format!("manager: uid=alias,{people}")]));
    all.push_str(&person("bob", &people, &[&format!("manager: uid=far,ou=branch,{people}")]));
    let alias = ["objectClass: alias", "objectClass: extensibleObject", "uid: alias"];
    let target = format!("aliasedObjectName: uid=ann,{people}");
    all.push_str(&record(&format!("uid=alias,{people}"), &[&alias[..], &[&target]].concat()));
    // One that points above itself, and one that points nowhere.
    let up = ["objectClass: alias", "objectClass: extensibleObject", "ou: up"];
    all.push_str(&record(&format!("ou=up,{people}"), &[&up[..], &[&format!("aliasedObjectName: {SUFFIX}")]].concat()));
    let lost = ["objectClass: alias", "objectClass: extensibleObject", "uid: lost"];
    let nowhere = format!("aliasedObjectName: uid=nobody,{people}");
    all.push_str(&record(&format!("uid=lost,{people}"), &[&lost[..], &[&nowhere]].concat()));
    // Nobody listens there.
    let referral = |name: &str, parent: &str| {
        let name = format!("ou: {name}");
        let url = format!("ref: ldap://127.0.0.1:9/ou=branch,{parent}");
        let lines = ["objectClass: referral", "objectClass: extensibleObject", &name, &url];
        record(&format!("ou={},{parent}", &name[4..]), &lines)
    };
    all.push_str(&referral("branch", &people));
    all.push_str(&referral("other", &people));
    all.push_str(&referral("branch", &groups));
    let members = [
        format!("member: uid=alias,{people}"),
        format!("member: uid=bob,{people}"),
        format!("member: uid=far,ou=branch,{people}"),
        format!("member: ou=branch,{people}"),
    ];
    let mut lines = vec!["objectClass: groupOfNames", "cn: team"];
    lines.extend(members.iter().map(String::as_str));
    all.push_str(&record(&format!("cn=team,{groups}"), &lines));
    all
}

#[test]
fn aliases_and_referrals_break_no_list_and_show_nobody() {
    let place = Place::over(SUFFIX, &BridgeOptions::openldap(SUFFIX));
    for _ in 0..3 {
        let users = place.list("/Users", "");
        assert_eq!(users.iter().map(|user| text(&user["userName"])).collect::<Vec<_>>(), ["ann", "bob"]);
        assert!(users.iter().all(|user| user.get(super::ENTERPRISE).is_none()), "{users:?}");
        let team = place.one("/Groups", "");
        assert_eq!(all(&team["members"], "display"), ["bob"]);
        assert_eq!(place.get("/Users?count=1&startIndex=2")["totalResults"], 2);
        assert_eq!(place.get("/Users?sortBy=userName&count=1")["totalResults"], 2);
    }
    assert_eq!(place.said(&["continuation reference"]).len(), 1, "{}", place.bridge.log());
    let team = place.group("team");
    let ann = place.user("ann");
    let now = place.patched(&team, &json!([{ "op": "add", "path": "members", "value": [{ "value": ann }] }]));
    assert_eq!(all(&now["members"], "display"), ["ann", "bob"]);
    let now = place.patched(&team, &json!([{ "op": "replace", "path": "members", "value": [{ "value": ann }] }]));
    assert_eq!(all(&now["members"], "display"), ["ann"]);
    assert_eq!(place.entry("(cn=team)").values("member").count(), 4, "what isn't seen stays");
    // The name is taken by what is no user.
    let reply = place.client().post("/Users", &json!({ "schemas": [USER], "userName": "alias" }));
    assert_error(&reply, 409, Some("uniqueness"));
}

#[test]
fn a_base_that_is_a_referral_or_missing_is_said_clearly() {
    for base in ["ou=branch,ou=people,{suffix}", "ou=deep,ou=branch,ou=people,{suffix}", "ou=nowhere,{suffix}"] {
        let mapping = format!("[resource.Group]\nbase = \"{base}\"\n");
        let place = Place::over(SUFFIX, &BridgeOptions::openldap(SUFFIX).mapped(&mapping));
        let reply = place.client().get("/Groups");
        assert!(matches!(reply.status, 500 | 503), "{base}: {}", reply.text());
        let base = base.replace("{suffix}", SUFFIX);
        assert!(place.said(&["refused a search", &base])[0].contains("ERROR"));
        // The other type is served all the same, without what the missing ones would say of it.
        assert_eq!(place.get("/Users?excludedAttributes=groups")["totalResults"], 2, "{base}");
        assert!(matches!(place.client().get("/Users").status, 500 | 503), "{base}");
    }
}
