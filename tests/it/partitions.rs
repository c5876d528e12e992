//! Several directories behind one bridge: two slapd that know nothing of each other, with one list of people and groups.

mod away;
mod forest;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use scimfront::sandbox::{Load, Overlay, Slapd, SlapdOptions, TreeOptions};
use serde_json::{Value, json};

use super::support::bridge::{Bridge, BridgeOptions};
use super::support::client::{Client, Reply};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const A: &str = "dc=example,dc=com";
const B: &str = "dc=b,dc=example,dc=org";

/// Two directories and a bridge over both.
pub(super) struct Pair {
    pub(super) a: Slapd,
    pub(super) b: Slapd,
    pub(super) bridge: Bridge,
}

impl Pair {
    pub(super) fn start() -> Self {
        let slapd = |suffix: &str, seed| {
            let tree = TreeOptions { seed, quirks: false, ..TreeOptions::sized(20, 5).under(suffix) };
            let overlays = [Overlay::MemberOf, Overlay::Refint, Overlay::Syncprov, Overlay::Deref];
            Slapd::start(&SlapdOptions::with_suffixes([suffix]).overlays(&overlays).load(Load::Tree(tree))).unwrap()
        };
        let (a, b) = (slapd(A, 1), slapd(B, 2));
        let mut options = BridgeOptions::openldap(A);
        let bases = |unit: &str| {
            format!("base = [{{ dn = \"ou={unit},{A}\" }}, {{ dn = \"ou={unit},{B}\", directory = \"b\" }}]\n")
        };
        options.mapping.push_str(&format!(
            "[resource.User]\n{}reroute = true\nroutes = [\n\
             {{ when = 'userType eq \"contractor\"', parent = \"ou=people,{B}\", directory = \"b\" }},\n\
             {{ parent = \"ou=people,{A}\" }} ]\n[resource.Group]\n{}",
            bases("people"),
            bases("groups")
        ));
        options.further = format!(
            "[bridge.main.directory.b]\nurls = [\"{}\"]\nbind_dn = \"{}\"\nbind_password = \"{}\"\nreconnect_max = \"200ms\"\n",
            b.url(),
            b.bind_dn(),
            b.password()
        );
        let bridge = Bridge::start(&a, &options);
        Self { a, b, bridge }
    }

    fn client(&self) -> &Client {
        self.bridge.client()
    }
}

fn pair() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(Pair::start)
}

fn get(path: &str) -> Value {
    ok(pair().client().get(path))
}

fn ok(reply: Reply) -> Value {
    assert!(matches!(reply.status, 200 | 201), "{}: {}", reply.status, reply.text());
    reply.json()
}

fn id(resource: &Value) -> String {
    resource["id"].as_str().unwrap().to_owned()
}

fn ids(list: &Value) -> BTreeSet<String> {
    list["Resources"].as_array().map_or_else(BTreeSet::new, |all| all.iter().map(id).collect())
}

fn values(list: &Value) -> BTreeSet<String> {
    list.as_array()
        .map_or_else(BTreeSet::new, |all| all.iter().map(|one| one["value"].as_str().unwrap().to_owned()).collect())
}

fn set(ids: &[&String]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).clone()).collect()
}

/// A new person in one of the two.
fn person(name: &str, in_b: bool) -> String {
    let user_type = if in_b { "contractor" } else { "employee" };
    let body = json!({ "schemas": [USER], "userName": name, "userType": user_type, "name": { "familyName": "Test" } });
    id(&ok(pair().client().post("/Users", &body)))
}

fn group(name: &str, members: &[&String]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    let body = json!({ "schemas": [GROUP], "displayName": name, "members": members });
    id(&ok(pair().client().post("/Groups", &body)))
}

fn held_by(slapd: &Slapd, suffix: &str, filter: &str, attributes: &[&str]) -> String {
    slapd.ldapsearch(suffix, filter, attributes).unwrap()
}

/// Polls until `condition` holds.
fn until(what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("{what}: waited for 10 s in vain");
}

#[test]
fn lists_pages_cursors_and_counts_are_over_both() {
    let filter = "filter=not%20(userName%20co%20%22made%22)";
    assert_eq!(get(&format!("/Users?{filter}&count=0"))["totalResults"], 40);
    let all = ids(&get(&format!("/Users?{filter}&count=100")));
    assert_eq!(all.len(), 40);
    let mut by_index = BTreeSet::new();
    for start in [1, 16, 31] {
        let page = get(&format!("/Users?{filter}&startIndex={start}&count=15"));
        assert_eq!(page["totalResults"], 40);
        by_index.extend(ids(&page));
    }
    assert_eq!(by_index, all);
    let mut page = get(&format!("/Users?{filter}&cursor&count=15"));
    let mut by_cursor = ids(&page);
    while let Some(cursor) = page["nextCursor"].as_str() {
        page = get(&format!("/Users?{filter}&cursor={cursor}&count=15"));
        by_cursor.extend(ids(&page));
    }
    assert_eq!(by_cursor, all);
    let sorted = get(&format!("/Users?{filter}&sortBy=userName&count=100"));
    let names: Vec<String> = sorted["Resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["userName"].to_string().to_lowercase())
        .collect();
    assert!(names.is_sorted() && names.len() == 40, "{names:?}");
    assert_eq!(get("/Users?filter=userName%20eq%20%22bjensen%22")["totalResults"], 2);
}

#[test]
fn a_group_of_one_has_members_of_the_other_and_both_sides_show_it() {
    let [ann, bob] = [person("made-ann", false), person("made-bob", true)];
    let team = group("made team", &[&ann, &bob]);
    assert_eq!(values(&get(&format!("/Groups/{team}"))["members"]), set(&[&ann, &bob]));
    let entry = held_by(&pair().a, A, "(cn=made team)", &["member"]);
    assert!(entry.contains(&format!("member: uid=made-bob,ou=people,{B}")), "{entry}");
    for user in [&ann, &bob] {
        assert_eq!(values(&get(&format!("/Users/{user}"))["groups"]), set(&[&team]), "{user}");
        assert_eq!(ids(&get(&format!("/Groups?filter=members.value%20eq%20%22{user}%22"))), set(&[&team]));
    }
    assert_eq!(ids(&get(&format!("/Users?filter=groups.value%20eq%20%22{team}%22"))), set(&[&ann, &bob]));
    let shown = get("/Users?count=100");
    for user in shown["Resources"].as_array().unwrap().iter().filter(|user| [&ann, &bob].contains(&&id(user))) {
        assert_eq!(values(&user["groups"]), set(&[&team]));
    }
    assert!(ids(&get("/Users?filter=groups%20pr&count=100")).is_superset(&set(&[&ann, &bob])));
    assert!(!ids(&get("/Users?filter=not%20(groups%20pr)&count=100")).contains(&bob));
    let manager = json!([{ "op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager", "value": { "value": ann } }]);
    let reply = pair().client().patch(&format!("/Users/{bob}"), &manager);
    assert_eq!(
        reply.json()["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["manager"]["value"],
        ann.as_str()
    );
    // Out of the group again, by the one who is elsewhere.
    let out = json!([{ "op": "remove", "path": format!("members[value eq \"{bob}\"]") }]);
    assert!(pair().client().patch(&format!("/Groups/{team}"), &out).status < 300);
    assert_eq!(values(&get(&format!("/Groups/{team}"))["members"]), set(&[&ann]));
    assert_eq!(get(&format!("/Users/{bob}"))["groups"], Value::Null);
}

#[test]
fn each_write_goes_to_its_own_and_groups_of_the_other_follow() {
    let carla = person("made-carla", true);
    let team = group("made followers", &[&carla]);
    let path = format!("/Users/{carla}");
    ok(pair().client().patch(&path, &json!([{ "op": "replace", "path": "title", "value": "Guide" }])));
    assert!(held_by(&pair().b, B, "(uid=made-carla)", &["title"]).contains("title: Guide"));
    assert!(!held_by(&pair().a, A, "(uid=made-carla)", &["title"]).contains("title"));

    ok(pair().client().patch(&path, &json!([{ "op": "replace", "path": "userName", "value": "made-carlotta" }])));
    let held = || held_by(&pair().a, A, "(cn=made followers)", &["member"]);
    assert!(held().contains(&format!("member: uid=made-carlotta,ou=people,{B}")), "{}", held());
    assert!(!held().contains("made-carla,"), "{}", held());
    assert_eq!(values(&get(&format!("/Groups/{team}"))["members"]), set(&[&carla]));

    assert_eq!(pair().client().delete(&path).status, 204);
    assert!(!held().contains("made-carlotta"), "{}", held());
    assert_eq!(get(&format!("/Groups/{team}"))["members"], Value::Null);
    assert!(!held_by(&pair().b, B, "(uid=made-carlotta)", &["uid"]).contains("uid:"));
}

#[test]
fn nobody_moves_from_one_to_the_other() {
    let dora = person("made-dora", true);
    let path = format!("/Users/{dora}");
    let away = json!([{ "op": "replace", "path": "userType", "value": "employee" }]);
    let reply = pair().client().patch(&path, &away);
    assert_eq!(reply.status, 501, "{}", reply.text());
    assert_eq!(get(&path)["userType"], "contractor");
    let stays = json!([{ "op": "replace", "path": "title", "value": "Guide" }]);
    assert_eq!(ok(pair().client().patch(&path, &stays))["title"], "Guide");
    let taken =
        json!({ "schemas": [USER], "userName": "made-dora", "userType": "employee", "name": { "familyName": "Test" } });
    assert_eq!(pair().client().post("/Users", &taken).status, 409, "a name that the other directory has");
}
