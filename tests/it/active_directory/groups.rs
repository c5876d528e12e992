//! Groups: members, primary groups, groups in groups.

use serde_json::{Value, json};

use super::{GROUP, Place, assert_error, client, created, get, id, ids, name, patched, place, user};

fn group(members: &[&str]) -> (String, String) {
    let name = name("group");
    let members: Value = members.iter().map(|id| json!({ "value": id })).collect();
    (name.clone(), id(&created("/Groups", &json!({ "schemas": [GROUP], "displayName": name, "members": members }))))
}

fn sorted(ids: &[&str]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.sort();
    ids
}

#[test]
fn members_come_and_go() {
    let (_, ann) = user("ann");
    let (_, bob) = user("bob");
    let (name, team) = group(&[&ann]);
    let path = format!("/Groups/{team}");
    assert_eq!(ids(&get(&path)["members"]), sorted(&[&ann]));
    assert_eq!(place().held(&team, "groupType"), ["-2147483646"]);
    assert_eq!(place().held(&team, "sAMAccountName"), [name]);
    let add = |ids: &[&str]| {
        let members: Value = ids.iter().map(|id| json!({ "value": id })).collect();
        json!([{ "op": "add", "path": "members", "value": members }])
    };
    // Who is there already is no hindrance.
    assert_eq!(ids(&patched(&path, &add(&[&ann, &bob]))["members"]), sorted(&[&ann, &bob]));
    let removed = json!([{ "op": "remove", "path": format!("members[value eq \"{ann}\"]") }]);
    assert_eq!(ids(&patched(&path, &removed)["members"]), sorted(&[&bob]));
    assert_eq!(ids(&patched(&path, &removed)["members"]), sorted(&[&bob]), "removed twice");
    let groups = get(&format!("/Users/{bob}"))["groups"].clone();
    assert!(ids(&groups).contains(&team), "{groups}");
    let renamed =
        patched(&path, &json!([{ "op": "replace", "path": "displayName", "value": format!("renamed {team}") }]));
    assert_eq!(renamed["displayName"], format!("renamed {team}"));
    assert_eq!(ids(&renamed["members"]), sorted(&[&bob]));
    let emptied = patched(&path, &json!([{ "op": "remove", "path": "members" }]));
    assert_eq!(ids(&emptied["members"]), Vec::<String>::new());
    let unknown = add(&["00000000-0000-4000-8000-000000000000"]);
    assert_error(&client().patch(&path, &unknown), 400, Some("invalidValue"));
    assert_eq!(client().delete(&path).status, 204);
}

#[test]
fn the_primary_group_is_one_of_the_groups() {
    let (_, ann) = user("primary");
    let (name, team) = group(&[&ann]);
    assert_eq!(ids(&get(&format!("/Users/{ann}"))["groups"]), sorted(&[&team]));
    // Now the membership is kept with the user alone.
    let place = place();
    let sid = place.held(&team, "primaryGroupToken");
    place.modify(&format!(
        "dn: <GUID={ann}>\nchangetype: modify\nreplace: primaryGroupID\nprimaryGroupID: {}\n",
        sid[0]
    ));
    assert_eq!(place.held(&team, "member"), Vec::<String>::new());
    assert_eq!(ids(&get(&format!("/Users/{ann}"))["groups"]), sorted(&[&team]));
    assert_eq!(ids(&get(&format!("/Groups/{team}"))["members"]), sorted(&[&ann]));
    for filter in [
        format!("groups.value eq \"{team}\" and id eq \"{ann}\""),
        format!("groups.display eq \"{name}\" and id eq \"{ann}\""),
    ] {
        let found = get(&format!("/Users?filter={}", crate::support::client::encoded(&filter)));
        assert_eq!(found["totalResults"], 1, "{filter}: {found}");
    }
    let found =
        get(&format!("/Groups?filter={}", crate::support::client::encoded(&format!("members.value eq \"{ann}\""))));
    assert_eq!(found["Resources"][0]["id"], json!(team), "{found}");
}

#[test]
fn a_group_from_elsewhere_takes_an_external_id() {
    let place = place();
    let dn = format!("CN={},CN=Users,{}", name("elsewhere"), place.samba.suffix());
    place.modify(&format!("dn: {dn}\nchangetype: add\nobjectClass: group\n"));
    let filter = crate::support::client::encoded(&format!("displayName eq \"{}\"", &dn[3..dn.find(',').unwrap()]));
    let path = format!("/Groups/{}", id(&get(&format!("/Groups?filter={filter}"))["Resources"][0]));
    let given = patched(&path, &json!([{ "op": "add", "path": "externalId", "value": "42" }]));
    assert_eq!(given["externalId"], "42", "{given}");
}

#[test]
fn the_system_s_groups_are_shown_where_the_mapping_says_so() {
    let (_, ann) = user("domain");
    let path = format!("/Users/{ann}");
    assert_eq!(get(&path)["groups"], Value::Null);
    let filter = crate::support::client::encoded("displayName eq \"Domain Users\"");
    assert_eq!(get(&format!("/Groups?filter={filter}"))["totalResults"], 0);
    let all = super::bridge(&place().samba, "[resource.Group]\nfilter = \"(objectClass=group)\"\n");
    let groups = all.client().get(&path).json()["groups"].clone();
    let domain_users = groups.as_array().unwrap().iter().find(|group| group["display"] == "Domain Users");
    let group = domain_users.unwrap_or_else(|| panic!("{groups}"))["value"].as_str().unwrap().to_owned();
    let members = all.client().get(&format!("/Groups/{group}")).json()["members"].clone();
    assert!(ids(&members).contains(&ann), "{members}");
    let renamed = json!([{ "op": "replace", "path": "displayName", "value": "Everybody" }]);
    assert_error(&all.client().patch(&format!("/Groups/{group}"), &renamed), 403, None);
}

#[test]
fn groups_in_groups_are_found_by_the_chain() {
    let nested =
        "[resource.User.attr]\ngroups = { backref = \"Group.members\", via = \"memberOf\", nested = \"all\" }\n";
    let bridge = super::bridge(&place().samba, nested);
    let (_, ann) = user("nested");
    let (_, inner) = group(&[&ann]);
    let (_, outer) = group(&[&inner]);
    // A circle.
    patched(&format!("/Groups/{inner}"), &json!([{ "op": "add", "path": "members", "value": [{ "value": outer }] }]));
    let reply = bridge.client().get(&format!("/Users/{ann}"));
    let groups = reply.json()["groups"].clone();
    let kind = |id: &str| {
        let one = groups.as_array().unwrap().iter().find(|group| group["value"] == *id);
        one.map_or(Value::Null, |group| group["type"].clone())
    };
    assert_eq!((kind(&inner), kind(&outer)), (json!("direct"), json!("indirect")), "{groups}");
    let filter = crate::support::client::encoded(&format!("groups.value eq \"{outer}\""));
    let found = bridge.client().get(&format!("/Users?filter={filter}")).json();
    assert_eq!(found["Resources"][0]["id"], json!(ann), "{found}");
}

/// A group whose primary members can't be sent away.
#[test]
fn nobody_is_sent_out_of_a_primary_group() {
    let own = Place::start("[resource.Group]\nfilter = \"(objectClass=group)\"\nprotected = \"(adminCount=1)\"\n");
    let users = own.bridge.client().get("/Users?count=1").json();
    let ann = id(&users["Resources"][0]);
    let filter = crate::support::client::encoded("displayName eq \"Domain Users\"");
    let found = own.bridge.client().get(&format!("/Groups?filter={filter}")).json();
    let path = format!("/Groups/{}", id(&found["Resources"][0]));
    let removal = json!([{ "op": "remove", "path": format!("members[value eq \"{ann}\"]") }]);
    assert_error(&own.bridge.client().patch(&path, &removal), 400, Some("mutability"));
}
