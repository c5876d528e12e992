//! What a table can't say: guards, passwords, retirement, followers.

use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::json;

use super::kit::{self, Other, Request};
use super::model::Model;
use crate::ldap::plan::{Operation, Stage, Undo, WritePlan};
use crate::ldap::{AttributeDescription, Filter, Subschema, ldif};
use crate::translate::View;
use crate::translate::test_kit::{FULL, PRESET, kind, view};
use crate::translate::write::{self, Guard, KeyChange, Referrer, Stored};

const DN: &str = "uid=bjensen,ou=people,dc=example,dc=com";
const ELSEWHERE: &str = "uid=babs,ou=people,dc=example,dc=com";
const OTHER: &str = "b1e5cafe-0000-4000-8000-000000000002";
const LATER: &str = "20260101000000.000001Z#000000#000#000000";

fn barbara<'v>(view: &'v View, more: &[(&str, &str)]) -> Model<'v> {
    let values = [("objectClass", "inetOrgPerson"), ("uid", "bjensen"), ("cn", "Barbara Jensen"), ("sn", "Jensen")];
    let values: BTreeMap<String, Vec<String>> =
        values.iter().chain(more).map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect();
    kit::model(view, DN, &values, &[])
}

fn stages(plan: Option<WritePlan>) -> Vec<Stage> {
    plan.unwrap().candidates().next().unwrap().to_vec()
}

/// What each change is conditional on.
fn assertions(stages: &[Stage]) -> Vec<Option<Filter>> {
    stages.iter().flat_map(|stage| stage.operation.change()).map(|change| change.assertion.clone()).collect()
}

const OWN: &str = "b1e5cafe-0000-4000-8000-000000000001";
const READ: &str = "20260101000000.000000Z#000000#000#000000";

fn guard() -> Guard {
    let name = |text: &str| -> AttributeDescription { text.parse().unwrap() };
    Guard::new((&name("entryUUID"), OWN.as_bytes()), (&name("entryCSN"), READ.as_bytes())).unwrap()
}

#[rstest]
#[case::as_it_was_read(OWN, DN, READ, [true, true])]
#[case::changed(OWN, DN, LATER, [false, true])]
#[case::changed_and_called_otherwise(OWN, ELSEWHERE, LATER, [false, true])]
#[case::another_that_has_the_name_now(OTHER, DN, LATER, [false, false])]
#[case::another_spelling_of_the_name(OTHER, "UID=BJensen, ou=people,dc=example,dc=com", LATER, [false, false])]
#[case::another_that_an_overlay_touches(OTHER, ELSEWHERE, LATER, [true, true])]
fn a_guard_holds_of_the_entry_and_of_all_that_are_called_otherwise(
    #[case] uuid: &str,
    #[case] dn: &str,
    #[case] csn: &str,
    #[case] expected: [bool; 2],
) {
    let values = [("entryUUID", uuid), ("entryCSN", csn), ("entryDN", dn)];
    let values = values.map(|(name, value)| (name, vec![value.as_bytes().to_vec()]));
    let lookup =
        |name: &AttributeDescription| values.iter().find(|(own, _)| name.matches(own)).map(|(_, values)| &values[..]);
    let holds = |filter: &Filter| filter.evaluate(lookup, &Subschema::standard()).unwrap();
    assert_eq!([holds(&guard().unchanged(DN)), holds(&guard().same(DN))], expected);
}

#[test]
fn what_was_computed_from_values_is_guarded() {
    let view = view(PRESET, FULL.clone());
    let kind = kind(&view, "User");
    let planned = |operations| {
        let request = Request::Patch(operations);
        stages(kit::plan(&barbara(&view, &[("title", "Guide")]), kind, &request, &[], Some(guard())).unwrap().plan)
    };
    let replace = |path: &str, value: &str| json!({ "op": "replace", "path": path, "value": value });
    let title = planned(json!([replace("title", "Boss")]));
    assert_eq!((assertions(&title), title[0].swaps), (vec![Some(guard().unchanged(DN))], false));
    let both = planned(json!([replace("title", "Boss"), replace("userName", "babs")]));
    let expected = vec![Some(guard().unchanged(DN)), Some(guard().same(ELSEWHERE))];
    assert_eq!((assertions(&both), both[1].swaps), (expected, true), "the stamp moves with the name");
    let Undo::Operations(back) = &both[0].undo else { panic!("{both:?}") };
    let back = back[0].change().unwrap();
    assert_eq!((back.dn.as_str(), &back.assertion), (ELSEWHERE, &Some(guard().same(ELSEWHERE))));
    assert_eq!(assertions(&planned(json!([replace("password", "opensesame")]))), Vec::new());
}

#[test]
fn changes_of_members_are_guarded_where_they_depend_on_what_is_there() {
    let view = view(PRESET, FULL.clone());
    let kind = kind(&view, "Group");
    let others = [Other::read(&view, "p1", "User uid=p1,ou=people,dc=example,dc=com")];
    let values = [("objectClass", "groupOfNames"), ("cn", "tour"), ("member", "cn=scim-placeholder")];
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect();
    let model = kit::model(&view, "cn=tour,ou=groups,dc=example,dc=com", &values, &[]);
    let condition = |op: &str| {
        let request = Request::Patch(json!([{ "op": op, "path": "members", "value": [{ "value": "p1" }] }]));
        assertions(&stages(kit::plan(&model, kind, &request, &others, Some(guard())).unwrap().plan))
    };
    let (same, unchanged) = (vec![Some(guard().same(&model.dn))], vec![Some(guard().unchanged(&model.dn))]);
    assert_eq!([condition("add"), condition("remove"), condition("replace")], [same.clone(), same, unchanged]);
}

#[test]
fn without_a_guard_the_values_that_go_are_the_guard() {
    let view = view(PRESET, FULL.clone());
    let request = Request::Patch(json!([{ "op": "replace", "path": "title", "value": "Boss" }]));
    let planned = kit::plan(&barbara(&view, &[("title", "Guide")]), kind(&view, "User"), &request, &[], None).unwrap();
    assert!(stages(planned.plan)[0].swaps);
}

#[test]
fn a_password_is_printed_nowhere_and_its_undo_takes_none_away() {
    let text = format!("{PRESET}[resource.User.attr]\npassword = {{ ldap = \"userPassword\" }}\n");
    for text in [PRESET, &text] {
        let view = view(text, FULL.clone());
        let request = json!([
            { "op": "replace", "path": "password", "value": "opensesame" },
            { "op": "add", "path": "title", "value": "Guide" }
        ]);
        let planned =
            kit::plan(&barbara(&view, &[]), kind(&view, "User"), &Request::Patch(request), &[], None).unwrap();
        let stages = stages(planned.plan);
        let operations: Vec<Operation> = stages.iter().map(|stage| stage.operation.clone()).collect();
        assert!(!ldif::changes(&operations).contains("sesame") && !ldif::undo(&operations, &stages).contains("sesame"));
        assert!(!stages.iter().any(|stage| format!("{:?}", stage.undo).contains("userPassword")), "{stages:?}");
        let creation =
            kit::creation(&view, kind(&view, "User"), &json!({ "userName": "a", "password": "opensesame" }), &[]);
        let made = stages_of(&creation.unwrap().plan);
        assert!(!ldif::changes(&made).contains("sesame"));
    }
}

fn stages_of(plan: &WritePlan) -> Vec<Operation> {
    plan.candidates().flatten().map(|stage| stage.operation.clone()).collect()
}

#[test]
fn what_was_replaced_as_a_whole_can_be_taken_back() {
    let view = view(PRESET, FULL.clone());
    let request =
        json!([{ "op": "remove", "path": "phoneNumbers" }, { "op": "add", "path": "title", "value": "Guide" }]);
    let model = barbara(&view, &[("facsimileTelephoneNumber", "1"), ("mobile", "2")]);
    let planned = kit::plan(&model, kind(&view, "User"), &Request::Patch(request), &[], None).unwrap();
    let stages = stages(planned.plan);
    let Undo::Operations(undo) = &stages[0].undo else { panic!("{stages:?}") };
    let mut done = model.clone();
    done.perform(&stages[0].operation).unwrap();
    undo.iter().for_each(|operation| done.perform(operation).unwrap());
    done.values.retain(|_, values| !values.is_empty());
    assert_eq!(done.values, model.values);
}

/// What DELETE comes down to on `model` with `more` in the mapping, as LDIF.
fn retired(more: &str, values: &[(&str, &str)], dn: &str, taken: usize) -> String {
    let plan = retirement(more, values, dn, taken, (None, false));
    let operations = stages_of(&plan);
    ldif::changes(&operations[1..])
}

fn retirement(
    more: &str,
    values: &[(&str, &str)],
    dn: &str,
    taken: usize,
    (guard, conditional): (Option<Guard>, bool),
) -> WritePlan {
    let view = view(&format!("{PRESET}{more}"), FULL.clone());
    let kind = kind(&view, "User");
    let mut model = barbara(&view, values);
    model.dn = dn.to_owned();
    let attr = write::active(view.resource(kind)).unwrap();
    let seen = kit::see(&model, kind, &[attr], &[], &[]);
    let stored = Stored {
        entry: &seen.entry,
        attributes: &seen.plan.attributes,
        classes: model.classes(),
        visible: &seen.targets,
        guard,
        blind: false,
        swap: None,
    };
    let name = write::retired_names(view.resource(kind), dn, "7").into_iter().nth(taken);
    let referrer = Referrer {
        dn: "cn=tour,ou=groups,dc=example,dc=com".to_owned(),
        attribute: "member".parse().unwrap(),
        value: dn.as_bytes().to_vec(),
        placeholder: Some(b"cn=scim-placeholder".to_vec()),
    };
    let name = name.as_ref().map(|(rdn, _)| rdn);
    write::retirement(&view, kind, &stored, &[referrer], name, conditional).unwrap()
}

#[test]
fn nobody_is_deleted_or_retired_in_the_place_of_another() {
    let moved = "[resource.User]\non_delete = { move = \"ou=retired,{suffix}\" }\n";
    let disabled = "[resource.User]\non_delete = { move = \"ou=retired,{suffix}\", disable = true }\n";
    let conditions = |more: &str, values: &[(&str, &str)], conditional: bool| {
        let plan = retirement(more, values, DN, 0, (Some(guard()), conditional));
        assertions(plan.candidates().next().unwrap()).split_off(1)
    };
    let (same, unchanged) = (Some(guard().same(DN)), Some(guard().unchanged(DN)));
    for more in ["", moved] {
        assert_eq!(conditions(more, &[], false), std::slice::from_ref(&same));
        assert_eq!(conditions(more, &[], true), std::slice::from_ref(&unchanged));
    }
    assert_eq!(conditions(disabled, &[], false), [unchanged.clone(), same]);
    let already = [("pwdAccountLockedTime", "000001010000Z")];
    assert_eq!(conditions(disabled, &already, false), [unchanged]);
}

#[test]
fn an_entry_is_deleted() {
    assert_eq!(retired("", &[], DN, 0), format!("dn: {DN}\nchangetype: delete\n\n"));
}

#[test]
fn an_entry_is_disabled_and_moved_under_a_free_name() {
    let adopted = "[resource.User]\non_delete = { move = \"ou=retired,{suffix}\", disable = true, adopt = true }\n";
    let gone = "[resource.User]\non_delete = { move = \"ou=retired,{suffix}\", disable = true }\n";
    let expected = |rdn: &str, dn: &str| {
        format!(
            "dn: {dn}\nchangetype: modify\nadd: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n-\n\n\
             dn: {dn}\nchangetype: modrdn\nnewrdn: {rdn}\ndeleteoldrdn: 1\nnewsuperior: ou=retired,dc=example,dc=com\n\n"
        )
    };
    assert_eq!(retired(adopted, &[], DN, 0), expected("uid=bjensen", DN));
    assert_eq!(retired(adopted, &[], DN, 1), expected("uid=bjensen 2", DN));
    assert_eq!(retired(gone, &[], DN, 0), expected("uid=bjensen (deleted 7)", DN));
    let double = "uid=bjensen+cn=Barbara Jensen,ou=people,dc=example,dc=com";
    assert_eq!(retired(adopted, &[], double, 2), expected("uid=bjensen 3+cn=Barbara Jensen", double));
}

#[test]
fn who_is_disabled_stays_so_and_who_is_locked_otherwise_is_disabled() {
    let more = "[resource.User]\non_delete = { disable = true }\n";
    assert_eq!(retired(more, &[("pwdAccountLockedTime", "000001010000Z")], DN, 0), "");
    assert!(
        retired(more, &[("pwdAccountLockedTime", "20260101000000Z")], DN, 0).contains("delete: pwdAccountLockedTime")
    );
}

#[test]
fn those_who_name_an_entry_by_its_uid_follow() {
    let view = view(PRESET, FULL.clone());
    let kind = kind(&view, "User");
    let changes = |model: &Model<'_>, name: &str| {
        let request = Request::Patch(json!([{ "op": "replace", "path": "userName", "value": name }]));
        let planned = kit::plan(model, kind, &request, &[], None).unwrap();
        let stored = Stored {
            entry: &planned.seen.entry,
            attributes: &planned.seen.plan.attributes,
            classes: model.classes(),
            visible: &planned.seen.targets,
            guard: None,
            blind: false,
            swap: None,
        };
        write::key_changes(&view, kind, &stored, &stages(planned.plan))
    };
    let model = barbara(&view, &[]);
    let expected = KeyChange { key: "uid".parse().unwrap(), old: b"bjensen".to_vec(), new: b"babs".to_vec() };
    assert_eq!(changes(&model, "babs"), std::slice::from_ref(&expected));
    let mut elsewhere = model.clone();
    elsewhere.dn = "cn=Barbara Jensen,ou=people,dc=example,dc=com".to_owned();
    assert_eq!(changes(&elsewhere, "babs"), std::slice::from_ref(&expected), "without a new name of the entry, too");
    let follow = write::follow("cn=g,dc=example,dc=com", &"memberUid".parse().unwrap(), &expected);
    let text = ldif::changes([&follow.operation]);
    assert!(text.contains("delete: memberUid\nmemberUid: bjensen\n-\nadd: memberUid\nmemberUid: babs\n-"), "{text}");
}
