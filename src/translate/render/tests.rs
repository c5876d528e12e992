//! Resources as they are shown, and their versions.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::ldap::AttributeSet;
use crate::scim::projection::Projection;
use crate::translate::read::ReadPlan;
use crate::translate::references::Wanted;
use crate::translate::test_kit::{BASE_URL, FULL, PRESET, entry, kind, view};
use crate::translate::view::View;

const ANN: &str = "uid=ann,ou=people,dc=example,dc=com";
const BOB: &str = "uid=bob,ou=people,dc=example,dc=com";
const STAFF: &str = "cn=staff,ou=groups,dc=example,dc=com";
const TEAM: &str = "cn=team,ou=groups,dc=example,dc=com";
const ID: &str = "550e8400-e29b-41d4-a716-446655440000";

type Values<'a> = Vec<(&'a str, &'a str)>;

fn user() -> Values<'static> {
    vec![
        ("entryUUID", "550E8400-E29B-41D4-A716-446655440000"),
        ("uid", "ann"),
        ("cn", "Ann Example"),
        ("sn", "Example"),
        ("displayName", "Ann"),
        ("mail", "ann@example.com"),
        ("telephoneNumber", "+1 555 0100"),
        ("telephoneNumber", "+1 555 0101"),
        ("mobile", "+1 555 0102"),
        ("l", "Oslo"),
        ("postalAddress", "1 Main St$Oslo"),
        ("homePostalAddress", "2 Main St"),
        ("employeeNumber", "7"),
        ("manager", BOB),
        ("memberOf", STAFF),
        ("createTimestamp", "20240102030405Z"),
        ("modifyTimestamp", "20240102030406Z"),
        ("scimRole", "admin"),
    ]
}

/// What the shown references name: Bob, and the group Staff.
fn targets(view: &View) -> Targets {
    let mut targets = Targets::default();
    let target = |kind_name: &str, id: &str, display: Option<&str>| {
        std::sync::Arc::new(Target { kind: kind(view, kind_name), id: id.into(), display: display.map(Into::into) })
    };
    targets.insert_dn(BOB.into(), target("User", "b", Some("Bob")));
    targets.insert_dn(ANN.into(), target("User", "a", None));
    targets.insert_dn(STAFF.into(), target("Group", "s", Some("Staff")));
    let back = plan(view, "User", &["groups"], &[]).back_references().next().unwrap();
    targets.insert_referrer(&back, ANN, target("Group", "s", Some("Staff")), true);
    targets.insert_referrer(&back, ANN, target("Group", "t", Some("Team")), false);
    targets
}

fn plan(view: &View, type_name: &str, attributes: &[&str], excluded: &[&str]) -> ReadPlan {
    let kind = kind(view, type_name);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let projection = Projection::compile(&view.resource(kind).schema, &names(attributes), &names(excluded)).unwrap();
    ReadPlan::compile(view, kind, &projection, BASE_URL)
}

fn shown(plan: &ReadPlan, targets: &Targets, values: &[(&str, &str)]) -> Value {
    let entry = entry(plan, ANN, values);
    serde_json::to_value(Rendering::new(plan, &entry, targets).unwrap()).unwrap()
}

fn preset() -> View {
    view(PRESET, FULL.clone())
}

#[test]
fn a_user_as_it_is_shown() {
    let view = preset();
    let mut resource = shown(&plan(&view, "User", &[], &["meta.version"]), &targets(&view), &user());
    assert_eq!(
        resource.as_object_mut().unwrap().keys().collect::<Vec<_>>(),
        [
            "active",
            "addresses",
            "displayName",
            "emails",
            "groups",
            "id",
            "meta",
            "name",
            "phoneNumbers",
            "roles",
            "schemas",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            "userName"
        ]
    );
    let text = serde_json::to_string_pretty(&resource).unwrap();
    insta::assert_snapshot!(text, @r#"
    {
      "active": true,
      "addresses": [
        {
          "formatted": "1 Main St\nOslo",
          "locality": "Oslo",
          "type": "work"
        },
        {
          "formatted": "2 Main St",
          "type": "home"
        }
      ],
      "displayName": "Ann",
      "emails": [
        {
          "primary": true,
          "type": "work",
          "value": "ann@example.com"
        }
      ],
      "groups": [
        {
          "$ref": "https://scim.example.com/v2/Groups/s",
          "display": "Staff",
          "type": "direct",
          "value": "s"
        },
        {
          "$ref": "https://scim.example.com/v2/Groups/t",
          "display": "Team",
          "type": "indirect",
          "value": "t"
        }
      ],
      "id": "550e8400-e29b-41d4-a716-446655440000",
      "meta": {
        "created": "2024-01-02T03:04:05Z",
        "lastModified": "2024-01-02T03:04:06Z",
        "location": "https://scim.example.com/v2/Users/550e8400-e29b-41d4-a716-446655440000",
        "resourceType": "User"
      },
      "name": {
        "familyName": "Example",
        "formatted": "Ann Example"
      },
      "phoneNumbers": [
        {
          "type": "work",
          "value": "+1 555 0100"
        },
        {
          "type": "work",
          "value": "+1 555 0101"
        },
        {
          "type": "mobile",
          "value": "+1 555 0102"
        }
      ],
      "roles": [
        {
          "value": "admin"
        }
      ],
      "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
      ],
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "employeeNumber": "7",
        "manager": {
          "$ref": "https://scim.example.com/v2/Users/b",
          "displayName": "Bob",
          "value": "b"
        }
      },
      "userName": "ann"
    }
    "#);
}

#[test]
fn a_bare_entry_shows_nothing_that_it_has_not() {
    let view = preset();
    let bare = [("entryUUID", ID), ("uid", "ann")];
    let resource = shown(&plan(&view, "User", &[], &["meta.version"]), &Targets::default(), &bare);
    assert_eq!(
        resource,
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": ID,
            "userName": "ann",
            "active": true,
            "meta": { "resourceType": "User", "location": format!("{BASE_URL}/Users/{ID}") },
        })
    );
}

#[test]
fn an_entry_without_an_id_is_no_resource() {
    let view = preset();
    let plan = plan(&view, "User", &[], &[]);
    for values in [vec![("uid", "ann")], vec![("entryUUID", "no-uuid")]] {
        assert!(Rendering::new(&plan, &entry(&plan, ANN, &values), &Targets::default()).is_none());
    }
}

#[test]
fn what_stands_for_no_value_is_left_out() {
    let view = preset();
    let plan = plan(&view, "User", &["title", "emails", "meta.created", "photos"], &[]);
    let values: &[(&str, &[u8])] = &[
        ("entryUUID", ID.as_bytes()),
        ("title", b"\xFF"),
        ("title", b"Clerk"),
        ("mail", b""),
        ("mail", b"a@example.com"),
        ("createTimestamp", b"yesterday"),
        ("jpegPhoto", b""),
    ];
    let entry = entry(&plan, ANN, values);
    let targets = Targets::default();
    let resource = serde_json::to_value(Rendering::new(&plan, &entry, &targets).unwrap()).unwrap();
    assert_eq!(resource["title"], "Clerk");
    // Of two stored values one is served: it is its slot's only one.
    assert_eq!(resource["emails"], json!([{ "type": "work", "value": "a@example.com", "primary": true }]));
    assert_eq!((resource.get("photos"), resource.get("meta")), (None, None));
}

#[test]
fn elements_that_show_nothing_are_left_out_for_clients_alone() {
    let view = preset();
    let values = |mails: &[&'static str]| {
        let mails = mails.iter().map(|mail| ("mail", *mail));
        std::iter::once(("entryUUID", ID)).chain(mails).collect::<Vec<_>>()
    };
    let client = plan(&view, "User", &["emails.primary"], &[]);
    let shown = |plan: &ReadPlan, mails: &[&'static str]| {
        shown(plan, &Targets::default(), &values(mails)).get("emails").cloned()
    };
    assert_eq!(shown(&client, &["a@example.com"]), Some(json!([{ "primary": true }])));
    assert_eq!(shown(&client, &["a@example.com", "b@example.com"]), None);
    // `emails[not (primary eq true)]` is true of them.
    let kind = kind(&view, "User");
    let schema = &view.resource(kind).schema;
    let path = schema.resolve(&"emails.primary".into()).unwrap();
    let filter =
        ReadPlan::compile_onto(AttributeSet::new(), &view, kind, &Projection::exactly(schema, &[path]), BASE_URL);
    assert_eq!(shown(&filter, &["a@example.com", "b@example.com"]), Some(json!([{}, {}])));
}

#[rstest]
#[case::one(&["a@example.com"], json!([true]))]
#[case::several(&["a@example.com", "b@example.com"], json!([null, null]))]
fn primary_is_the_only_one(#[case] mails: &[&str], #[case] expected: Value) {
    let view = preset();
    let plan = plan(&view, "User", &["emails"], &[]);
    let values: Vec<_> = std::iter::once(("entryUUID", ID)).chain(mails.iter().map(|mail| ("mail", *mail))).collect();
    let resource = shown(&plan, &Targets::default(), &values);
    let primary: Vec<Value> =
        resource["emails"].as_array().unwrap().iter().map(|mail| mail.get("primary").cloned().into()).collect();
    assert_eq!(Value::from(primary), expected);
}

#[rstest]
#[case::one_part(&["name.givenName"], &["id", "schemas"])]
#[case::of_an_extension(&["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber"],
    &["id", "schemas", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"])]
#[case::named_by_two(&["username", "EMAILS.value"], &["emails", "id", "schemas", "userName"])]
fn what_is_not_asked_for_is_not_shown(#[case] attributes: &[&str], #[case] keys: &[&str]) {
    let view = preset();
    let resource = shown(&plan(&view, "User", attributes, &[]), &targets(&view), &user());
    assert_eq!(resource.as_object().unwrap().keys().collect::<Vec<_>>(), keys);
}

#[test]
fn what_is_not_asked_for_is_not_read() {
    let view = preset();
    let read = |attributes: &[&str]| {
        let plan = plan(&view, "User", attributes, &[]);
        plan.attributes.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(read(&["userName"]), ["entryUUID", "uid"]);
    assert_eq!(read(&["userName", "groups.value"]), ["entryUUID", "uid", "memberOf"]);
    assert_eq!(read(&["meta.created"]), ["entryUUID", "createTimestamp"]);
    assert!(read(&["meta.version"]).contains(&"mail".to_owned()));
}

#[test]
fn an_extension_without_values_is_none() {
    let view = preset();
    let plan = plan(&view, "User", &[], &[]);
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let mut values = vec![("entryUUID", ID), ("manager", "uid=nobody,ou=people,dc=example,dc=com")];
    let resource = shown(&plan, &targets(&view), &values);
    assert_eq!((resource["schemas"].as_array().unwrap().len(), resource.get(enterprise)), (1, None));
    values.push(("manager", BOB));
    let resource = shown(&plan, &targets(&view), &values);
    assert_eq!(resource["schemas"][1], enterprise);
    let manager = json!({ "value": "b", "$ref": format!("{BASE_URL}/Users/b"), "displayName": "Bob" });
    assert_eq!(resource[enterprise], json!({ "manager": manager }));
}

// === references ===

fn group(class: &'static str) -> Values<'static> {
    vec![
        ("entryUUID", ID),
        ("cn", "Staff"),
        ("entryCSN", "20240102030405.000000Z#000000#000#000000"),
        ("objectClass", class),
        ("member", ANN),
        ("member", BOB),
        ("member", "uid=nobody,ou=people,dc=example,dc=com"),
        ("member", "cn=scim-placeholder"),
        ("uniqueMember", ANN),
        ("uniqueMember", "uid=ann,ou=people,dc=example,dc=com#'01'B"),
        ("memberUid", "bob"),
    ]
}

#[rstest]
#[case::names("groupOfNames", &["a", "b"])]
#[case::names_in_capitals("GROUPOFNAMES", &["a", "b"])]
#[case::a_class_below("exTeam", &["a", "b"])]
#[case::by_number("2.5.6.9", &["a", "b"])]
#[case::unique_names("groupOfUniqueNames", &["a"])]
#[case::another("posixGroup", &[])]
fn members_are_those_of_the_groups_class(#[case] class: &'static str, #[case] ids: &[&str]) {
    let view = preset();
    let resource = shown(&plan(&view, "Group", &[], &[]), &targets(&view), &group(class));
    let members = resource.get("members").and_then(Value::as_array).cloned().unwrap_or_default();
    assert_eq!(members.iter().map(|member| member["value"].as_str().unwrap()).collect::<Vec<_>>(), ids);
}

#[test]
fn a_member_has_an_address_a_name_and_a_type() {
    let view = preset();
    let resource = shown(&plan(&view, "Group", &["members"], &[]), &targets(&view), &group("groupOfNames"));
    assert_eq!(
        resource["members"],
        json!([
            { "value": "a", "$ref": format!("{BASE_URL}/Users/a"), "type": "User" },
            { "value": "b", "$ref": format!("{BASE_URL}/Users/b"), "type": "User", "display": "Bob" },
        ])
    );
}

#[test]
fn a_group_that_is_kept_and_found_is_shown_once() {
    let view = preset();
    let resource = shown(&plan(&view, "User", &["groups"], &[]), &targets(&view), &user());
    let group = |id: &str, name: &str, type_: &str| json!({ "value": id, "$ref": format!("{BASE_URL}/Groups/{id}"), "display": name, "type": type_ });
    assert_eq!(resource["groups"], json!([group("s", "Staff", "direct"), group("t", "Team", "indirect")]));
}

#[test]
fn what_must_be_resolved_is_what_is_shown() {
    let view = preset();
    let wanted = |type_name: &str, attributes: &[&str], values: &[(&str, &str)]| {
        let plan = plan(&view, type_name, attributes, &[]);
        let mut wanted = Wanted::default();
        plan.wants(&entry(&plan, ANN, values), &mut wanted);
        wanted
    };
    let none = wanted("User", &["userName"], &user());
    assert!(none.dns.is_empty() && none.keys.is_empty() && none.urls.is_empty() && none.referred.is_empty());
    let groups = wanted("User", &["groups"], &user());
    assert_eq!(groups.dns.keys().collect::<Vec<_>>(), [STAFF.as_bytes()]);
    assert_eq!(groups.referred[0].kept, [STAFF.as_bytes()]);
    let posix = wanted("Group", &["members"], &group("posixGroup"));
    assert!(posix.dns.is_empty() && posix.keys.contains_key(&("uid".to_owned(), b"bob".to_vec())));
    let names = wanted("Group", &["members"], &group("groupOfNames"));
    assert_eq!((names.dns.len(), names.keys.len()), (4, 0));
}

// === versions ===

fn etag(
    view: &View,
    type_name: &str,
    targets: &Targets,
    values: &[(&str, &str)],
    attributes: &[&str],
) -> (String, String) {
    let plan = plan(view, type_name, attributes, &[]);
    let entry = entry(&plan, ANN, values);
    let etag = Rendering::new(&plan, &entry, targets).unwrap().etag().unwrap().to_owned();
    let inner = etag.strip_prefix("W/\"").and_then(|tag| tag.strip_suffix('"')).unwrap().to_owned();
    // Both parts are of fixed length: 12 and 6 octets in base64.
    (inner[..16].to_owned(), inner[17..].to_owned())
}

/// How the two parts of a user's version move when something changes.
#[rstest]
#[case::a_value(&[("displayName", "Anna")], true, false)]
#[case::its_case(&[("displayName", "ANN")], true, false)]
#[case::one_more(&[("mail", "a@example.com")], true, false)]
#[case::of_an_extension(&[("o", "Example")], true, false)]
#[case::what_is_not_served(&[("title", "")], true, false)]
#[case::a_manager_that_is_not_shown(&[("manager", "uid=nobody,ou=people,dc=example,dc=com")], true, false)]
#[case::group(&[("memberOf", TEAM)], false, false)]
#[case::a_bind_that_failed(&[("modifyTimestamp", "20240102030407Z")], false, false)]
#[case::unmapped(&[("description", "x")], false, false)]
#[case::other_number(&[("entryCSN", "20240102030405.000000Z#000000#000#000001")], false, false)]
fn a_users_version_moves_with_its_mapped_values(
    #[case] more: &[(&str, &str)],
    #[case] state: bool,
    #[case] seen: bool,
) {
    let view = preset();
    let before = etag(&view, "User", &targets(&view), &user(), &[]);
    let mut values = user();
    if matches!(more[0].0, "displayName" | "modifyTimestamp") {
        values.retain(|(name, _)| *name != more[0].0);
    }
    values.extend(more);
    let after = etag(&view, "User", &targets(&view), &values, &[]);
    assert_eq!((before.0 != after.0, before.1 != after.1), (state, seen));
}

#[test]
fn a_version_knows_no_order_and_no_projection() {
    let view = preset();
    let mut values = user();
    let before = etag(&view, "User", &targets(&view), &values, &[]);
    values.reverse();
    assert_eq!(etag(&view, "User", &targets(&view), &values, &[]), before);
    assert_eq!(etag(&view, "User", &targets(&view), &values, &["meta"]).0, before.0);
    assert_eq!(etag(&view, "User", &targets(&view), &values, &["meta.version", "photos"]).0, before.0);
}

#[test]
fn values_do_not_run_into_each_other() {
    let view = preset();
    let version = |values: &[(&str, &str)]| {
        let all: Vec<_> = std::iter::once(("entryUUID", ID)).chain(values.iter().copied()).collect();
        etag(&view, "User", &Targets::default(), &all, &[]).0
    };
    let versions = [
        version(&[("mobile", "12"), ("mobile", "3")]),
        version(&[("mobile", "1"), ("mobile", "23")]),
        version(&[("mobile", "12"), ("pager", "3")]),
        version(&[("mobile", "123")]),
        version(&[]),
    ];
    for (place, one) in versions.iter().enumerate() {
        assert!(versions[..place].iter().all(|other| other != one), "{versions:?}");
    }
}

#[test]
fn another_mapping_has_other_versions() {
    let (one, other) = (preset(), view(&format!("{PRESET}\n"), FULL.clone()));
    let version = |view: &View| etag(view, "User", &targets(view), &user(), &[]).0;
    assert_ne!(version(&one), version(&other));
}

#[test]
fn what_is_seen_of_others_moves_the_second_part_alone() {
    let view = preset();
    let before = etag(&view, "User", &targets(&view), &user(), &[]);
    let mut renamed = targets(&view);
    let target = Target { kind: kind(&view, "Group"), id: "s".into(), display: Some("Crew".into()) };
    renamed.insert_dn(STAFF.into(), std::sync::Arc::new(target));
    let after = etag(&view, "User", &renamed, &user(), &[]);
    assert_eq!((before.0 == after.0, before.1 == after.1), (true, false));
}

#[test]
fn what_is_returned_on_request_is_seen_where_it_is_shown() {
    let view = preset();
    let with = |photo: &'static str, attributes: &[&str]| {
        let mut values = user();
        values.push(("jpegPhoto", photo));
        etag(&view, "User", &targets(&view), &values, attributes)
    };
    assert_eq!(with("one", &[]), with("two", &[]));
    let asked = &["meta", "photos"][..];
    assert_eq!(with("one", asked).0, with("two", asked).0);
    assert_ne!(with("one", asked).1, with("two", asked).1);
}

#[test]
fn a_groups_version_is_the_directorys_number() {
    let view = preset();
    let before = etag(&view, "Group", &targets(&view), &group("groupOfNames"), &[]);
    let mut values = group("groupOfNames");
    values.retain(|(name, _)| *name != "cn");
    assert_eq!(etag(&view, "Group", &targets(&view), &values, &[]).0, before.0);
    values.retain(|(name, _)| *name != "entryCSN");
    values.push(("entryCSN", "20240102030406.000000Z#000000#000#000000"));
    assert_ne!(etag(&view, "Group", &targets(&view), &values, &[]).0, before.0);
    values.retain(|(name, _)| *name != "entryCSN");
    let plan = plan(&view, "Group", &[], &[]);
    let entry = entry(&plan, STAFF, &values);
    assert_eq!(Rendering::new(&plan, &entry, &Targets::default()).unwrap().etag(), None);
}

/// Every selection of one attribute, one part of one, and what excludes them, of what there is in a full user and a full group.
#[test]
fn a_part_of_a_finished_resource_is_what_would_have_been_read_for_it() {
    use crate::scim::resource_schema::AttrPath;
    use crate::translate::project;
    let view = preset();
    let targets = targets(&view);
    let group: Values<'_> = vec![
        ("entryUUID", "550E8400-E29B-41D4-A716-446655440000"),
        ("objectClass", "groupOfNames"),
        ("cn", "team"),
        ("member", ANN),
        ("member", BOB),
        ("entryCSN", "20240102030406.000000Z#000000#000#000000"),
    ];
    let mut parts = 0;
    for (name, values) in [("User", user()), ("Group", group)] {
        let schema = view.resource(kind(&view, name)).schema.clone();
        let whole_plan = plan(&view, name, &[], &[]);
        let whole_entry = entry(&whole_plan, ANN, &values);
        let whole = Rendering::new(&whole_plan, &whole_entry, &targets).unwrap();
        let body = serde_json::to_vec(&whole).unwrap();
        let paths: Vec<String> = schema.paths().map(|path: AttrPath| schema.path_text(path)).collect();
        let one = |path: &String| [(vec![path.clone()], Vec::new()), (Vec::new(), vec![path.clone()])];
        let selections = paths.iter().flat_map(one).chain(std::iter::once((paths[1..4].to_vec(), Vec::new())));
        for (attributes, excluded) in selections {
            let projection = Projection::compile(&schema, &attributes, &excluded).unwrap();
            if !project::is_part(&schema, &projection) {
                continue;
            }
            let read_plan = ReadPlan::compile(&view, kind(&view, name), &projection, BASE_URL);
            let read_entry = entry(&read_plan, ANN, &values);
            let read = Rendering::new(&read_plan, &read_entry, &targets).unwrap();
            let cut = project::Cut::new(&read_plan, &schema, &projection);
            let made = cut.of(&body, whole.etag(), whole.views()).unwrap();
            let made_body: Value = serde_json::from_slice(&made.body).unwrap();
            assert_eq!(made_body, serde_json::to_value(&read).unwrap(), "{attributes:?} without {excluded:?}");
            assert_eq!(made.etag.as_deref(), read.etag(), "{attributes:?} without {excluded:?}");
            parts += 1;
        }
    }
    assert!(parts > 50, "{parts}");
}

#[test]
fn what_is_returned_on_request_is_no_part_of_what_is_finished() {
    use crate::translate::project;
    let view = preset();
    let schema = view.resource(kind(&view, "User")).schema.clone();
    let of = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        project::is_part(&schema, &Projection::compile(&schema, &names, &[]).unwrap())
    };
    assert!(of(&["userName", "emails.value"]));
    assert!(!of(&["userName", "x509Certificates"]) || !of(&["photos"]));
}
