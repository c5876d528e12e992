//! Laws that hold of every write.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::collection::btree_map;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::kit::{self, Other, Request};
use super::model::Model;
use crate::mapping::model::TypeIndex;
use crate::translate::View;
use crate::translate::test_kit::{FULL, PRESET, kind, view};

const OWN: &str = r#"
[resource.User]
auxiliary = ["exAux", "scimAux"]
[resource.User.attr."urn:example:1.0:Own"]
shades = "exShade"
scores = "exScore"
[schema."urn:example:1.0:Own"]
name = "Own"
description = "What the tests need"
[schema."urn:example:1.0:Own".attributes]
shades = { type = "string", multi = true, description = "x" }
scores = { type = "integer", multi = true, description = "x" }
"#;

const DN: &str = "uid=bjensen,ou=people,dc=example,dc=com";
const GROUP: &str = "cn=tour,ou=groups,dc=example,dc=com";
const FOREIGN: &str = "uid=foreign,dc=example,dc=org";
const PLACEHOLDER: &str = "cn=scim-placeholder";

static VIEW: LazyLock<View> = LazyLock::new(|| view(&format!("{PRESET}{OWN}"), FULL.clone()));

fn people(view: &View) -> Vec<Other> {
    ["p1", "p2", "p3"].map(|id| Other::read(view, id, &format!("User uid={id},ou=people,dc=example,dc=com"))).to_vec()
}

/// Values no two of which any rule takes for the same: of each sort one spelling or none.
fn spelled(sorts: &'static [[&'static str; 2]]) -> impl Strategy<Value = Vec<String>> {
    btree_map(0..sorts.len(), 0..2usize, 0..=sorts.len())
        .prop_map(|picks| picks.into_iter().map(|(sort, spelling)| sorts[sort][spelling].to_owned()).collect())
}

const TEXTS: &[[&str; 2]] = &[["a", "A"], ["b c", "B  c"], ["\u{e9}", "\u{c9}"]];
const NUMBERS: &[[&str; 2]] = &[["11", "1 1"], ["22", "2-2"], ["33", "3"]];
const SCORES: &[[&str; 2]] = &[["1", "01"], ["2", "2"], ["many", "many"], ["3", "3"]];

fn entry() -> impl Strategy<Value = BTreeMap<String, Vec<String>>> {
    let texts = (spelled(TEXTS), spelled(TEXTS), spelled(TEXTS));
    let numbers = (spelled(NUMBERS), spelled(NUMBERS), spelled(NUMBERS));
    let others = (spelled(SCORES), select(vec![vec!["bjensen"], vec!["bjensen", "bj"], vec!["BJensen"]]));
    let managers = prop::collection::btree_set(
        select(vec!["uid=p1,ou=people,dc=example,dc=com", "UID=p2,ou=people,dc=example,dc=com", FOREIGN]),
        0..3,
    );
    (texts, numbers, others, managers).prop_map(|(texts, numbers, (scores, uid), managers)| {
        let own = |values: Vec<&str>| values.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let values = [
            ("objectClass", own(vec!["inetOrgPerson", "exAux"])),
            ("uid", own(uid)),
            ("cn", own(vec!["Barbara Jensen"])),
            ("sn", own(vec!["Jensen"])),
            ("title", texts.0),
            ("exShade", texts.1),
            ("mail", texts.2),
            ("telephoneNumber", numbers.0),
            ("mobile", numbers.1),
            ("facsimileTelephoneNumber", numbers.2),
            ("exScore", scores),
            ("manager", managers.into_iter().map(str::to_owned).collect()),
        ];
        values
            .into_iter()
            .filter(|(_, values)| !values.is_empty())
            .map(|(name, values)| (name.to_owned(), values))
            .collect()
    })
}

fn wanted() -> impl Strategy<Value = Value> {
    let names = (select(vec!["bjensen", "BJensen", "babs", "a+b"]), prop::option::of(select(vec!["a", "A", "x"])));
    let lists = (spelled(TEXTS), spelled(NUMBERS), spelled(NUMBERS), spelled(NUMBERS), spelled(TEXTS));
    let scores = prop::collection::btree_set(0i64..4, 0..4);
    let manager = prop::option::of(select(vec!["p1", "p2"]));
    (names, lists, scores, manager).prop_map(|((user, title), (mail, work, mobile, fax, shades), scores, manager)| {
        let typed = |type_: &'static str, values: Vec<String>| {
            values.into_iter().map(move |value| json!({ "type": type_, "value": value }))
        };
        let phones: Vec<Value> = typed("work", work).chain(typed("mobile", mobile)).chain(typed("fax", fax)).collect();
        json!({
            "userName": user,
            "name": { "formatted": "Barbara Jensen", "familyName": "Jensen" },
            "title": title,
            "emails": typed("work", mail).collect::<Vec<_>>(),
            "phoneNumbers": phones,
            "urn:example:1.0:Own": { "shades": shades, "scores": scores },
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "manager": manager.map(|id| json!({ "value": id })) },
        })
    })
}

/// The parts of a resource that it is compared by, lists as sets.
fn comparable(value: &Value) -> Value {
    match value {
        Value::Array(elements) => {
            let set: BTreeSet<String> = elements.iter().map(|element| comparable(element).to_string()).collect();
            json!(set)
        }
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| !["primary", "$ref", "schemas", "id", "meta", "active"].contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), comparable(value)))
            .filter(|(_, value)| *value != json!([]) && *value != json!({}) && !value.is_null())
            .collect(),
        other => other.clone(),
    }
}

fn resource(model: &Model<'_>, kind: TypeIndex, others: &[Other]) -> Value {
    let (all, lists) = kit::stored_attributes(model.view, kind);
    Value::Object(kit::see(model, kind, &all, &lists, others).resource)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// PUT succeeds, makes the resource what it says, leaves alone what is no part of it, and has nothing to do the second time.
    #[test]
    fn a_resource_becomes_what_is_put(values in entry(), body in wanted()) {
        let view = &*VIEW;
        let (kind, people) = (kind(view, "User"), people(view));
        let mut model = kit::model(view, DN, &values, &[]);
        let foreign = model.of("manager").contains(&FOREIGN.as_bytes().to_vec());
        let request = Request::Put(body.clone());
        let planned = kit::plan(&model, kind, &request, &people, None).unwrap();
        if let Some(plan) = planned.plan {
            prop_assert!(model.carry_out(plan).is_ok());
        }
        prop_assert_eq!(comparable(&resource(&model, kind, &people)), comparable(&body));
        prop_assert_eq!(model.of("manager").contains(&FOREIGN.as_bytes().to_vec()), foreign);
        let garbage = |values: &[Vec<u8>]| values.contains(&b"many".to_vec());
        prop_assert_eq!(garbage(model.of("exScore")), values.get("exScore").is_some_and(|own| own.contains(&"many".to_owned())));
        let again = kit::plan(&model, kind, &request, &people, None).unwrap();
        prop_assert!(again.plan.is_none(), "{:?}", again.plan);
    }

    /// To put what was got changes nothing at all.
    #[test]
    fn what_was_read_can_be_written_back(values in entry()) {
        let view = &*VIEW;
        let (kind, people) = (kind(view, "User"), people(view));
        let model = kit::model(view, DN, &values, &[]);
        let request = Request::Put(resource(&model, kind, &people));
        let planned = kit::plan(&model, kind, &request, &people, None).unwrap();
        prop_assert!(planned.plan.is_none(), "{:?}", planned.plan);
    }

    /// However members come and go: those that are seen are as asked for, those that aren't stay.
    #[test]
    fn members_are_as_asked_for(
        stored in prop::collection::btree_set(
            select(vec!["p1", "P2", "p3", FOREIGN, PLACEHOLDER]), 1..5),
        named in prop::collection::btree_set(select(vec!["p1", "p2", "p3"]), 0..3),
        how in 0..4,
    ) {
        let view = &*VIEW;
        let (kind, people) = (kind(view, "Group"), people(view));
        let dn = |name: &&str| if name.contains('=') { (*name).to_owned() } else { format!("uid={name},ou=people,dc=example,dc=com") };
        let spelled: Vec<Other> = people.iter().cloned().map(|person| Other {
            dn: if person.id == "p2" { dn(&"P2") } else { person.dn }, ..person }).collect();
        let values = BTreeMap::from([
            ("objectClass".to_owned(), vec!["groupOfNames".to_owned()]),
            ("cn".to_owned(), vec!["tour".to_owned()]),
            ("member".to_owned(), stored.iter().map(dn).collect()),
        ]);
        let mut model = kit::model(view, GROUP, &values, &[]);
        let list: Vec<Value> = named.iter().map(|id| json!({ "value": id })).collect();
        let before: BTreeSet<String> =
            stored.iter().filter(|name| !name.contains('=')).map(|name| name.to_lowercase()).collect();
        let named: BTreeSet<String> = named.into_iter().map(str::to_owned).collect();
        let (request, expected): (_, BTreeSet<String>) = match how {
            0 => (json!([{ "op": "add", "path": "members", "value": list }]), &before | &named),
            1 => (json!([{ "op": "remove", "path": "members", "value": list }]), &before - &named),
            _ => (json!([{ "op": "replace", "path": "members", "value": list }]), named.clone()),
        };
        let request = match how {
            3 => Request::Put(json!({ "displayName": "tour", "members": list })),
            _ => Request::Patch(request),
        };
        if let Some(plan) = kit::plan(&model, kind, &request, &spelled, None).unwrap().plan {
            prop_assert!(model.carry_out(plan).is_ok());
        }
        let after: BTreeSet<String> = model.of("member").iter().map(|raw| String::from_utf8_lossy(raw).to_lowercase()).collect();
        let mut shown: BTreeSet<String> = expected.iter().map(|id| dn(&id.as_str())).collect();
        if stored.contains(FOREIGN) {
            shown.insert(FOREIGN.to_owned());
        }
        let real: BTreeSet<String> = after.iter().filter(|name| *name != PLACEHOLDER).cloned().collect();
        prop_assert_eq!(real, shown);
        prop_assert!(!after.is_empty());
    }
}
