//! A directory of very many entries, few of which are in scope: the cost follows the scope. The witness is slapd itself, which looks
//! at no more than [`super::MOST_CANDIDATES`] candidates of a search.

use std::fmt::Write as _;

use serde_json::json;

use super::{GROUP, Place, USER, assert_error, person, record, slapd, text, unit};
use crate::support::bridge::{Backing, Bridge, BridgeOptions};

pub(super) const SUFFIX: &str = "dc=wide,dc=example,dc=net";

/// How many entries there are, and how many are in scope. `WIDE=200000` makes the first what large companies have.
fn entries() -> usize {
    std::env::var("WIDE").ok().and_then(|number| number.parse().ok()).unwrap_or(20_000)
}
const IN_SCOPE: usize = 500;

/// By an attribute that the directory has an index of, among all.
const BY_FILTER: &str = r#"
[resource.User]
base = "{suffix}"
filter = "(&(objectClass=inetOrgPerson)(employeeNumber=scim))"
on_add.employeeNumber = "scim"
classes = ["inetOrgPerson"]
attr.enterprise.employeeNumber = false
[[resource.User.routes]]
parent = "ou=archive,{suffix}"
"#;

/// By where they stand.
const BY_BASE: &str = "[resource.User]\nbase = \"ou=few,ou=archive,{suffix}\"\n";

pub(super) fn ldif() -> String {
    let archive = format!("ou=archive,{SUFFIX}");
    let few = format!("ou=few,{archive}");
    let mut all = [&archive, &few, &format!("ou=groups,{SUFFIX}")].map(|dn| unit(dn)).concat();
    for number in 0..entries() - IN_SCOPE {
        let scim = if is_scim(number) { "scim" } else { "other" };
        let _ = write!(
            all,
            "dn: uid=w{number},{archive}\nobjectClass: inetOrgPerson\nuid: w{number}\ncn: Wide {number}\nsn: Wide\ntitle: T{}\nemployeeNumber: {scim}\n\n",
            number % 10
        );
    }
    for number in 0..IN_SCOPE {
        all.push_str(&person(&format!("few{number}"), &few, &["title: T1", "employeeNumber: near"]));
    }
    let member = format!("member: uid=w0,{archive}");
    let other = format!("member: uid=few0,{few}");
    all.push_str(&record(
        &format!("cn=team,ou=groups,{SUFFIX}"),
        &["objectClass: groupOfNames", "cn: team", &member, &other],
    ));
    all
}

/// Whether a person is in scope: they are spread as when people come and go.
fn is_scim(number: usize) -> bool {
    number.is_multiple_of((entries() - IN_SCOPE) / IN_SCOPE)
}

fn walk(place: &Place, one: &str, titled: u64) {
    let total = |query: &str| place.get(&format!("/Users?{query}"))["totalResults"].as_u64().unwrap();
    let all = total("count=10");
    assert!((500..=520).contains(&all), "{all}");
    assert_eq!(total("count=100&startIndex=101"), all);
    assert_eq!(total("count=10&sortBy=userName&startIndex=200"), all);
    assert_eq!(total("count=0&filter=title%20eq%20%22T1%22"), titled);
    assert_eq!(total("count=5&filter=title%20co%20%221%22"), titled);
    assert_eq!(total("count=5&filter=not%20(title%20eq%20%22T1%22)"), all - titled);
    assert_eq!(total(&format!("filter=userName%20eq%20%22{one}%22")), 1);
    assert_eq!(total("filter=userName%20eq%20%22w1%22"), 0);
    let path = format!("/Users/{}", place.user(one));
    let before = place.get(&path);
    assert_eq!(before["groups"].as_array().map(Vec::len), Some(1));
    let title = json!([{ "op": "replace", "path": "title", "value": "Guide" }]);
    assert_eq!(place.patched(&path, &title)["title"], "Guide");
    place.patched(&path, &json!([{ "op": "replace", "path": "title", "value": before["title"] }]));
    let made = place.client().post("/Users", &json!({ "schemas": [USER], "userName": format!("new-{one}") }));
    assert_eq!(made.status, 201, "{}\n{}", made.text(), place.bridge.log());
    let group =
        json!({ "schemas": [GROUP], "displayName": format!("of-{one}"), "members": [{ "value": made.json()["id"] }] });
    let group = place.client().post("/Groups", &group);
    assert_eq!(group.status, 201, "{}", group.text());
    assert_eq!(total("count=1"), all + 1);
    for path in [format!("/Groups/{}", text(&group.json()["id"])), format!("/Users/{}", text(&made.json()["id"]))] {
        assert_eq!(place.client().delete(&path).status, 204);
    }
}

#[test]
fn few_below_a_base_of_their_own_cost_what_few_cost() {
    // Where slapd walks through the few below the base, it counts what an index would have brought: the limit is no witness.
    let backing = Backing {
        url: slapd().url(),
        bind_dn: slapd().root_dn_of(SUFFIX),
        password: slapd().password().to_owned(),
        lines: String::new(),
    };
    let options = BridgeOptions::openldap(SUFFIX).mapped(BY_BASE);
    walk(&Place { suffix: SUFFIX, bridge: Bridge::start_on(&backing, &options) }, "few0", 500);
}

#[test]
fn few_that_an_index_finds_cost_what_few_cost() {
    let titled = (0..entries() - IN_SCOPE).filter(|number| is_scim(*number) && number % 10 == 1).count();
    walk(&Place::over(SUFFIX, &BridgeOptions::openldap(SUFFIX).mapped(BY_FILTER)), "w0", titled as u64);
}

#[test]
fn a_scope_that_no_index_finds_is_refused_by_the_directory_and_said_so() {
    let mapping = "[resource.User]\nbase = \"ou=few,ou=archive,{suffix}\"\nfilter = \"(uid=few1)\"\n[resource.Group]\nbase = \"{suffix}\"\nfilter = \"(&(objectClass=inetOrgPerson)(title=T1))\"\n";
    let place = Place::over(SUFFIX, &BridgeOptions::openldap(SUFFIX).mapped(mapping));
    assert_error(&place.client().get("/Groups?count=10"), 400, Some("tooMany"));
}
