//! The rights that the documentation says the service account needs are what it needs.

use scimfront::sandbox::{Ds389Options, TreeOptions};
use serde_json::{Value, json};

use super::{Place, USER, assert_error, id, ids, sorted};

const PAGE: &str = include_str!("../../../docs/directories/389ds.md");

/// The LDIF on the page, without its indentation.
fn documented() -> String {
    let (_, rest) = PAGE.split_once("```ldif\n").unwrap();
    let (block, _) = rest.split_once("  ```").unwrap();
    block.lines().map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect()
}

#[test]
fn the_documented_rights_are_enough_and_without_them_nothing_goes() {
    let options = Ds389Options { tree: TreeOptions::sized(700, 3), rights: false, ..Ds389Options::default() };
    let place = Place::start(&options, "");
    assert_eq!(place.get("/Users?count=0")["totalResults"], 0, "nobody may read");
    let new = json!({ "schemas": [USER], "userName": "ann", "password": "Correct-Horse-7", "externalId": "x" });
    assert_error(&place.client().post("/Users", &new), 403, None);

    place.server.ldapmodify(&documented()).unwrap();
    assert_eq!(place.get("/Users?count=0")["totalResults"], 700);
    let ann = id(&place.created("/Users", &new));
    let path = format!("/Users/{ann}");
    let everything = json!([{ "op": "replace", "value": {
        "userName": "ann2", "active": false, "password": "Battery-Staple-8", "title": "x", "nickName": "n",
        "phoneNumbers": [{ "type": "fax", "value": "+1 555 0100" }],
    } }]);
    assert_eq!(place.patched(&path, &everything)["userName"], "ann2");
    place.patched(&path, &json!([{ "op": "replace", "path": "active", "value": true }]));
    assert!(place.binds(&place.dn(&ann), "Battery-Staple-8"));
    let team = place.group("team", &[&ann]);
    assert_eq!(ids(&place.get(&path)["groups"]), sorted(&[&team]));
    let group = format!("/Groups/{team}");
    place.patched(&group, &json!([{ "op": "replace", "path": "displayName", "value": "crew" }]));
    let emptied = place.patched(&group, &json!([{ "op": "remove", "path": "members" }]));
    assert_eq!(emptied["members"], Value::Null);
    for path in [path, group] {
        assert_eq!(place.client().delete(&path).status, 204);
    }
    // It may not read passwords, or give itself rights.
    let service = place.server.bind_dn();
    let hidden = ["-b", "ou=people,dc=example,dc=com", "(uid=bjensen)", "userPassword"];
    let output = place.tool("ldapsearch", &service, place.server.password(), &hidden);
    assert!(!String::from_utf8_lossy(&output.stdout).contains("userPassword:"), "{output:?}");
}
