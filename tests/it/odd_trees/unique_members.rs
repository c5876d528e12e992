//! groupOfUniqueNames, whose members may have an optional unique identifier behind their names (RFC 4517 section 3.3.21).

use serde_json::json;

use super::{GROUP, Place, USER, all, person, record, unit};

pub(super) const SUFFIX: &str = "dc=unique,dc=example,dc=net";

pub(super) fn ldif() -> String {
    let (people, groups) = (format!("ou=people,{SUFFIX}"), format!("ou=groups,{SUFFIX}"));
    let mut all = unit(&people);
    all.push_str(&unit(&groups));
    for name in ["ann", "bob", "cyd", "dan", "eva", "fay", "gil"] {
        all.push_str(&person(name, &people, &[]));
    }
    let lines = |name: &str, members: &[&str]| {
        let mut lines = vec!["objectClass: groupOfUniqueNames".to_owned(), format!("cn: {name}")];
        lines.extend(members.iter().map(|member| match member.split_once('#') {
            Some((name, bits)) => format!("uniqueMember: uid={name},{people}#{bits}"),
            None => format!("uniqueMember: uid={member},{people}"),
        }));
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        record(&format!("cn={name},{groups}"), &lines)
    };
    all.push_str(&lines("mixed", &["ann#'0101'B", "bob", "cyd#'1'B"]));
    all.push_str(&lines("marked", &["ann#'0101'B"]));
    all.push_str(&lines("twice", &["ann#'0101'B", "ann#'11'B", "bob"]));
    all
}

fn place() -> Place {
    Place::of_example(SUFFIX, "unique-names.toml")
}

#[test]
fn identifiers_behind_names_are_looked_over_and_stay() {
    let place = place();
    let id = |name: &str| place.user(name);
    let names = |path: &str| all(&place.get(path)["members"], "display").join(" ");
    let held = |group: &str| {
        let mut held: Vec<String> =
            place.entry(&format!("(cn={group})")).values("uniqueMember").map(str::to_owned).collect();
        held.sort();
        held.iter()
            .map(|value| value.replace(&format!(",ou=people,{SUFFIX}"), "").replace("uid=", ""))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mixed = place.group("mixed");
    let twice = place.group("twice");
    assert_eq!([names(&mixed), names(&twice)], ["ann bob cyd", "ann bob"]);
    let of = |name: &str| all(&place.get(&format!("/Users/{}", id(name)))["groups"], "display").join(" ");
    assert_eq!([of("ann"), of("bob"), of("cyd"), of("dan")], ["marked mixed twice", "mixed twice", "mixed", ""]);
    let by_member = |name: &str| place.list("/Groups", &format!("members.value eq \"{}\"", id(name))).len();
    assert_eq!([by_member("ann"), by_member("bob"), by_member("dan")], [3, 2, 0]);
    let op = |op: &str, name: &str| json!([{ "op": op, "path": "members", "value": [{ "value": id(name) }] }]);
    // Who is there already keeps the identifier.
    place.patched(&mixed, &op("add", "ann"));
    assert_eq!(held("mixed"), "ann#'0101'B bob cyd#'1'B");
    place.patched(&mixed, &op("add", "dan"));
    place.patched(&mixed, &op("remove", "bob"));
    assert_eq!(held("mixed"), "ann#'0101'B cyd#'1'B dan");
    // Who leaves goes with the identifier.
    assert_eq!(all(&place.patched(&mixed, &op("remove", "ann"))["members"], "display"), ["cyd", "dan"]);
    assert_eq!(held("mixed"), "cyd#'1'B dan");
    let by_filter = json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", id("cyd")) }]);
    place.patched(&mixed, &by_filter);
    assert_eq!(held("mixed"), "dan");
    assert_eq!(all(&place.patched(&twice, &op("remove", "ann"))["members"], "display"), ["bob"]);
    assert_eq!(held("twice"), "bob");
    // The last one leaves the placeholder.
    let marked = place.group("marked");
    place.patched(&marked, &op("remove", "ann"));
    assert_eq!(held("marked"), "cn=scim-placeholder");
}

#[test]
fn replacing_members_keeps_the_identifiers_of_those_who_stay() {
    let place = place();
    let people = format!("ou=people,{SUFFIX}");
    let groups = format!("ou=groups,{SUFFIX}");
    let lines = format!(
        "dn: cn=put,{groups}\nobjectClass: groupOfUniqueNames\ncn: put\nuniqueMember: uid=eva,{people}#'0101'B\nuniqueMember: uid=fay,{people}#'1'B\n"
    );
    let slapd = super::slapd();
    slapd.ldapmodify_as(&slapd.bind_dn_of(SUFFIX), &lines).unwrap();
    let path = place.group("put");
    let members = json!([{ "value": place.user("eva") }, { "value": place.user("gil") }]);
    let reply = place.client().put(&path, &json!({ "schemas": [GROUP], "displayName": "put", "members": members }));
    assert_eq!(reply.status, 200, "{}", reply.text());
    let held = || {
        let mut held: Vec<String> = place.entry("(cn=put)").values("uniqueMember").map(str::to_owned).collect();
        held.sort();
        held
    };
    assert_eq!(held(), [format!("uid=eva,{people}#'0101'B"), format!("uid=gil,{people}")]);
    let replace = json!([{ "op": "replace", "path": "members", "value": [{ "value": place.user("eva") }] }]);
    place.patched(&path, &replace);
    assert_eq!(held(), [format!("uid=eva,{people}#'0101'B")]);
}

#[test]
fn who_is_deleted_is_gone_from_the_groups_with_the_identifier() {
    let place = place();
    let made = place.client().post("/Users", &json!({ "schemas": [USER], "userName": "hal" }));
    assert_eq!(made.status, 201, "{}", made.text());
    let (people, groups) = (format!("ou=people,{SUFFIX}"), format!("ou=groups,{SUFFIX}"));
    let lines = format!(
        "dn: cn=left,{groups}\nobjectClass: groupOfUniqueNames\ncn: left\nuniqueMember: uid=HAL,{people}#'0101'B\nuniqueMember: uid=hal,{people}\nuniqueMember: uid=dan,{people}\n"
    );
    let slapd = super::slapd();
    slapd.ldapmodify_as(&slapd.bind_dn_of(SUFFIX), &lines).unwrap();
    assert_eq!(place.client().delete(&format!("/Users/{}", super::text(&made.json()["id"]))).status, 204);
    assert_eq!(place.entry("(cn=left)").values("uniqueMember").collect::<Vec<_>>(), [format!("uid=dan,{people}")]);
}
