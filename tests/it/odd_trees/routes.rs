//! People in several containers, with routes between them.

use serde_json::{Value, json};

use super::{ENTERPRISE, Place, USER, all, assert_error, person, record, text, unit};

pub(super) const SUFFIX: &str = "dc=routes,dc=example,dc=net";

pub(super) fn ldif() -> String {
    let mut text: String = ["ou=staff", "ou=it,ou=staff", "ou=old,ou=staff", "ou=contractors", "ou=groups"]
        .iter()
        .map(|unit_| unit(&format!("{unit_},{SUFFIX}")))
        .collect();
    text.push_str(&person("ann", &format!("ou=staff,{SUFFIX}"), &["employeeType: Staff"]));
    text.push_str(&person("bob", &format!("ou=contractors,{SUFFIX}"), &["employeeType: Contractor"]));
    text.push_str(&person("cyd", &format!("ou=old,ou=staff,{SUFFIX}"), &["employeeType: Staff"]));
    // In the wrong container for years.
    text.push_str(&person("dan", &format!("ou=contractors,{SUFFIX}"), &["employeeType: Staff"]));
    let members = ["ou=staff", "ou=contractors"].map(|unit| match unit {
        "ou=staff" => format!("member: uid=ann,{unit},{SUFFIX}"),
        _ => format!("member: uid=bob,{unit},{SUFFIX}"),
    });
    let lines = ["objectClass: groupOfNames", "cn: team", &members[0], &members[1]];
    text.push_str(&record(&format!("cn=team,ou=groups,{SUFFIX}"), &lines));
    text
}

#[test]
fn lists_see_all_containers_and_new_people_go_to_the_right_one() {
    let place = Place::of_example(SUFFIX, "several-containers.toml");
    let mut names: Vec<String> =
        place.list("/Users", "displayName pr").iter().map(|user| text(&user["userName"])).collect();
    names.sort();
    assert_eq!(names, ["ann", "bob", "cyd", "dan"]);
    assert_eq!(
        place.get("/Users?count=1&startIndex=2&sortBy=userName&filter=displayName%20pr")["Resources"][0]["userName"],
        "bob"
    );
    assert_eq!(all(&place.one("/Groups", "")["members"], "display"), ["ann", "bob"]);
    assert_eq!(place.list("/Groups", &format!("members.value eq \"{}\"", place.user("bob"))).len(), 1);
    let parent = |name: &str| {
        let dn = place.entry(&format!("(uid={name})")).dn;
        dn.strip_prefix(&format!("uid={name},")).unwrap().strip_suffix(&format!(",{SUFFIX}")).unwrap().to_owned()
    };
    let user = |name: &str, kind: Option<&str>, department: Option<&str>| json!({ "schemas": [USER], "userName": name, "userType": kind, ENTERPRISE: { "department": department } });
    let make = |body: &Value| {
        let reply = place.client().post("/Users", body);
        assert_eq!(reply.status, 201, "{}", reply.text());
        format!("/Users/{}", text(&reply.json()["id"]))
    };
    let mut paths = Vec::new();
    for (name, kind, department, expected) in [
        ("new1", Some("contractor"), None, "ou=contractors"),
        ("new2", Some("Contractor"), Some("IT"), "ou=contractors"),
        ("new3", None, Some("IT"), "ou=it,ou=staff"),
        ("new4", Some("Staff"), None, "ou=staff"),
        ("new5", None, None, "ou=staff"),
    ] {
        paths.push(make(&user(name, kind, department)));
        assert_eq!(parent(name), expected, "{name}");
    }
    // A name is taken wherever it is.
    assert_error(&place.client().post("/Users", &user("bob", None, None)), 409, Some("uniqueness"));
    assert_error(&place.client().post("/Users", &user("new1", Some("Staff"), None)), 409, Some("uniqueness"));
    // What a route depends on moves the entry: with it go the id, and a rename in the same request.
    let replace = |path: &str, value: Value| json!({ "op": "replace", "path": path, "value": value });
    let now = place.patched(&paths[0], &json!([replace("userType", json!("Staff"))]));
    assert_eq!((now["userType"].as_str(), parent("new1").as_str()), (Some("Staff"), "ou=staff"));
    let department = format!("{ENTERPRISE}:department");
    place.patched(&paths[0], &json!([replace(&department, json!("IT")), replace("userName", json!("newer1"))]));
    assert_eq!(parent("newer1"), "ou=it,ou=staff");
    let reply = place.client().put(&paths[2], &user("new3", Some("Contractor"), None));
    assert_eq!((reply.status, parent("new3").as_str()), (200, "ou=contractors"), "{}", reply.text());
    place.patched(&paths[3], &json!([replace("title", json!("Guide"))]));
    assert_eq!(parent("new4"), "ou=staff");
    for path in &paths {
        assert_eq!(place.client().delete(path).status, 204);
    }
}

#[test]
fn who_stands_deeper_stays_and_a_name_that_is_taken_there_stops_a_move() {
    let place = Place::of_example(SUFFIX, "several-containers.toml");
    let dn = |name: &str| place.entry(&format!("(displayName={name})")).dn;
    let title = json!([{ "op": "replace", "path": "title", "value": "Guide" }]);
    let cyd = format!("/Users/{}", place.user("cyd"));
    place.patched(&cyd, &title);
    assert!(dn("cyd").contains("ou=old,ou=staff"), "{}", dn("cyd"));
    let make = |uid: &str, parent: &str| {
        let lines = person(uid, &format!("{parent},{SUFFIX}"), &["employeeType: Contractor", "description: same"]);
        super::slapd().ldapmodify_as(&super::slapd().bind_dn_of(SUFFIX), &lines).unwrap();
    };
    // Two of one name in two containers, as old trees have them: the one can't go where the other is.
    make("twin", "ou=contractors");
    make("twin", "ou=staff");
    let twins = place.list("/Users", "userName eq \"twin\"");
    assert_eq!(twins.len(), 2);
    let in_staff = twins.iter().find(|twin| {
        let entry = place.entry(&format!("(entryUUID={})", text(&twin["id"])));
        entry.dn.contains("ou=staff")
    });
    let path = format!("/Users/{}", text(&in_staff.unwrap()["id"]));
    let reply = place.client().patch(&path, &json!([{ "op": "replace", "path": "userType", "value": "Contractor" }, { "op": "replace", "path": "title", "value": "Twin" }]));
    assert_eq!(reply.status, 409, "{}", reply.text());
    assert_eq!(place.entries("(&(uid=twin)(title=Twin))").len(), 0, "nothing of it is done");
    for twin in twins {
        assert_eq!(place.client().delete(&format!("/Users/{}", text(&twin["id"]))).status, 204);
    }
}
