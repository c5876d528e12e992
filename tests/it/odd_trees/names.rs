//! Names that need care: several attributes in an RDN, special characters, other scripts, case, names outside the base.

use serde_json::{Value, json};

use super::{GROUP, Place, USER, all, assert_error, person, record, text, unit};
use crate::support::bridge::BridgeOptions;

/// A suffix with blanks.
pub(super) const SUFFIX: &str = "ou=old names,o=Example Old Company";

/// What `userName`s are like.
const NAMES: &[&str] = &[
    "plain",
    "a/b",
    "a+b",
    "a b",
    "a,b",
    "a\"b",
    "a\\b",
    "a;b",
    "a<b>",
    "a=b",
    "#hash",
    " leading",
    "trailing ",
    "Jürgen",
    "Ömer Çelik",
    "李四",
    "a*b(c)",
    "a%2Fb",
    "CORP\\user",
    "x@example.com",
];

pub(super) fn ldif() -> String {
    let (people, groups) = (format!("ou=people,{SUFFIX}"), format!("ou=groups,{SUFFIX}"));
    let mut all = unit(&people);
    all.push_str(&unit(&groups));
    all.push_str(&unit(&format!("ou=elsewhere,{SUFFIX}")));
    all.push_str(&person("outside", &format!("ou=elsewhere,{SUFFIX}"), &[]));
    let double = ["objectClass: inetOrgPerson", "cn: Double Name", "uid: double", "sn: Name"];
    all.push_str(&record(&format!("cn=Double Name+uid=double,{people}"), &double));
    let comma = ["objectClass: inetOrgPerson", "cn: Mustermann, \"Max\"", "uid: comma", "sn: Mustermann"];
    all.push_str(&record(&format!("cn=Mustermann\\, \\\"Max\\\",{people}"), &comma));
    let hash = ["objectClass: inetOrgPerson", "cn: # 1", "uid: hash", "sn: One"];
    all.push_str(&record(&format!("cn=\\# 1,{people}"), &hash));
    let umlaut = ["objectClass: inetOrgPerson", "cn: Zoë Öz", "uid: umlaut", "sn: Öz"];
    all.push_str(&record(&format!("cn=Zo\\C3\\AB Öz,{people}"), &umlaut));
    let dn = |name: &str| format!("member: {name},ou=PEOPLE,OU=Old  Names,o=example OLD company");
    let members = [
        dn("CN=double name+UID=DOUBLE"),
        dn("UID=double+CN=Double Name"),
        dn("cn=Mustermann\\2C \\22Max\\22"),
        dn("cn=\\23 1"),
        dn("cn=ZO\\C3\\AB \\C3\\96z"),
        format!("member: uid=outside,ou=elsewhere,{SUFFIX}"),
        format!("member: uid=nobody,{people}"),
        "member: uid=foreign,dc=example,dc=org".to_owned(),
    ];
    let mut lines = vec!["objectClass: groupOfNames", "cn: everybody"];
    // The first two are one name to the directory.
    lines.extend(members.iter().enumerate().filter(|(place, _)| *place != 1).map(|(_, line)| line.as_str()));
    all.push_str(&record(&format!("cn=everybody,{groups}"), &lines));
    let inside = ["objectClass: groupOfNames", "cn: inside", &members[3]];
    all.push_str(&record(&format!("cn=inside,{people}"), &inside));
    all
}

fn place() -> Place {
    let mapping = "[resource.Group]\nbase = [\"ou=groups,{suffix}\", \"ou=people,{suffix}\"]\n";
    Place::over(SUFFIX, &BridgeOptions::openldap(SUFFIX).mapped(mapping))
}

#[test]
fn members_are_known_by_any_spelling_of_their_names() {
    let place = place();
    let everybody = place.one("/Groups", "displayName eq \"everybody\"");
    let ids = |names: &[&str]| {
        let mut ids: Vec<String> = names.iter().map(|name| place.user(name)).collect();
        ids.sort();
        ids
    };
    assert_eq!(all(&everybody["members"], "value"), ids(&["double", "comma", "hash", "umlaut"]));
    let groups = |name: &str| {
        let user = place.one("/Users", &format!("userName eq \"{name}\""));
        all(&user["groups"], "display").join(" ")
    };
    assert_eq!([groups("double"), groups("hash"), groups("umlaut")], ["everybody", "everybody inside", "everybody"]);
    let all_at_once = place.list("/Users", "name.familyName pr");
    let of = |name: &str| {
        all_at_once.iter().find(|user| user["userName"] == name).map(|user| all(&user["groups"], "display").len())
    };
    assert_eq!(["double", "comma", "hash", "umlaut"].map(of), [Some(1), Some(1), Some(2), Some(1)]);
    let by_member = |name: &str| place.list("/Groups", &format!("members.value eq \"{}\"", place.user(name))).len();
    assert_eq!([by_member("double"), by_member("hash"), by_member("comma")], [1, 2, 1]);
    // Members that this server doesn't show stay where they are.
    let path = place.group("everybody");
    let kept: Vec<Value> = ids(&["double", "comma"]).iter().map(|id| json!({ "value": id })).collect();
    let now = place.patched(&path, &json!([{ "op": "replace", "path": "members", "value": kept }]));
    assert_eq!(all(&now["members"], "value"), ids(&["double", "comma"]));
    let held: Vec<String> = place.entry("(cn=everybody)").values("member").map(str::to_owned).collect();
    let left: Vec<_> =
        held.iter().filter(|dn| ["outside", "nobody", "foreign"].iter().any(|name| dn.contains(name))).collect();
    assert_eq!((held.len(), left.len()), (5, 3), "{held:?}");
    // Who is named in another spelling is in already, and can leave.
    let add = json!([{ "op": "add", "path": "members", "value": kept }]);
    assert_eq!(all(&place.patched(&path, &add)["members"], "value"), ids(&["double", "comma"]));
    let remove = json!([{ "op": "remove", "path": format!("members[value eq \"{}\"]", place.user("double")) }]);
    assert_eq!(all(&place.patched(&path, &remove)["members"], "value"), ids(&["comma"]));
}

#[test]
fn entries_with_several_attributes_in_their_name_are_changed_and_renamed() {
    let place = place();
    for (name, attribute) in [("double", "userName"), ("comma", "name.formatted")] {
        let id = place.user(name);
        let path = format!("/Users/{id}");
        let title = json!([{ "op": "replace", "path": "title", "value": "Guide" }]);
        assert_eq!(place.patched(&path, &title)["title"], "Guide", "{name}");
        let reply = place.client().patch(&path, &json!([{ "op": "replace", "path": attribute, "value": "changed" }]));
        match name {
            "double" => assert_eq!(reply.status, 200, "{}", reply.text()),
            // The entry is named by its cn, and the mapping names entries by uid.
            _ => assert_error(&reply, 400, Some("mutability")),
        }
        let back = json!([{ "op": "replace", "path": attribute, "value": match name { "double" => "double", _ => "Mustermann, \"Max\"" } }]);
        place.patched(&path, &back);
    }
    assert!(place.entry("(uid=double)").dn.contains("+"), "{}", place.entry("(uid=double)").dn);
}

#[test]
fn any_user_name_comes_and_goes() {
    let place = place();
    for name in NAMES {
        let body = json!({ "schemas": [USER], "userName": name, "displayName": name });
        let reply = place.client().post("/Users", &body);
        assert_eq!(reply.status, 201, "{name:?}: {}", reply.text());
        let made = reply.json();
        assert_eq!(made["userName"], *name);
        let path = format!("/Users/{}", text(&made["id"]));
        assert_eq!(place.one("/Users", &format!("userName eq {}", Value::from(*name)))["id"], made["id"], "{name:?}");
        assert!(place.list("/Users", &format!("userName sw {}", Value::from(*name))).contains(&made), "{name:?}");
        let group = json!({ "schemas": [GROUP], "displayName": name, "members": [{ "value": made["id"] }] });
        let group = place.client().post("/Groups", &group);
        assert_eq!(group.status, 201, "{name:?}: {}", group.text());
        let group = format!("/Groups/{}", text(&group.json()["id"]));
        assert_eq!(all(&place.get(&path)["groups"], "display"), [*name], "{name:?}");
        assert_eq!(all(&place.get(&group)["members"], "value"), [made["id"].as_str().unwrap()], "{name:?}");
        let renamed = format!("{name}x");
        let rename = json!([{ "op": "replace", "path": "userName", "value": renamed }]);
        assert_eq!(place.patched(&path, &rename)["userName"], renamed);
        assert_error(
            &place.client().post("/Users", &json!({ "schemas": [USER], "userName": renamed })),
            409,
            Some("uniqueness"),
        );
        for path in [&group, &path] {
            assert_eq!(place.client().delete(path).status, 204, "{name:?}");
        }
    }
}

#[test]
fn very_long_values_and_blanks_are_taken_or_refused() {
    let place = place();
    for (value, status) in [("x".repeat(60_000), 201), (String::from("   "), 201), ("\u{0}".to_owned(), 400)] {
        let name = format!("long{}", value.len());
        let body = json!({ "schemas": [USER], "userName": name, "displayName": value, "nickName": "" });
        let reply = place.client().post("/Users", &body);
        assert_eq!(reply.status, status, "{}: {}", value.len(), reply.text());
        if status == 201 {
            let id = text(&reply.json()["id"]);
            assert_eq!(place.get(&format!("/Users/{id}"))["displayName"], value, "{}", value.len());
            assert_eq!(place.client().delete(&format!("/Users/{id}")).status, 204);
        }
    }
    for (length, status) in [(240, 201), (241, 400), (2_000, 400)] {
        let reply = place.client().post("/Users", &json!({ "schemas": [USER], "userName": "n".repeat(length) }));
        assert_eq!(reply.status, status, "{length}: {}", reply.text());
    }
}
