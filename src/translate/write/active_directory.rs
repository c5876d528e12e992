//! Writing to Active Directory, by its preset.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Change, Creation, Lists, Referent, Referents, Stored, Swap, change, create};
use crate::ldap::change::{Change as Ldap, Modification, ModificationKind};
use crate::ldap::plan::{Operation, Stage, WritePlan};
use crate::ldap::{AttributeDescription, AttributeSet, Entry, Subschema};
use crate::mapping;
use crate::scim::Error;
use crate::translate::View;
use crate::translate::references::{Target, Targets};

const USER: usize = 0;
const GROUP: usize = 1;

fn view(lines: &str) -> View {
    let text = format!("version = 1\nextends = \"builtin:ad@1\"\nsuffix = \"dc=example,dc=com\"\n{lines}");
    let mapping = mapping::compile(|_| Ok(text.clone()), "m").unwrap_or_else(|report| panic!("{report}"));
    View { mapping: Arc::new(mapping), schema: Arc::new(Subschema::active_directory()) }
}

fn image(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn created(view: &View, kind: usize, body: Value) -> Result<Creation, Error> {
    create(view, kind, &image(body), &Referents::default(), &[])
}

fn candidates(plan: &WritePlan) -> Vec<Vec<Stage>> {
    plan.candidates().map(<[Stage]>::to_vec).collect()
}

/// The values that an entry is added with.
fn added(stage: &Stage, attribute: &str) -> Vec<Vec<u8>> {
    let Operation::Change(change) = &stage.operation else { panic!("{stage:?}") };
    let Ldap::Add(attributes) = &change.change else { panic!("{stage:?}") };
    attributes.iter().find(|(name, _)| name.matches(attribute)).map_or_else(Vec::new, |(_, values)| values.clone())
}

fn text(stage: &Stage, attribute: &str) -> String {
    added(stage, attribute)
        .iter()
        .map(|value| String::from_utf8_lossy(value).into_owned())
        .collect::<Vec<_>>()
        .join("|")
}

/// The steps of a modification as short text.
fn steps(stage: &Stage) -> Vec<String> {
    let Operation::Change(change) = &stage.operation else { panic!("{stage:?}") };
    let Ldap::Modify(steps) = &change.change else { panic!("{stage:?}") };
    let values = |step: &Modification| {
        step.values.iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect::<Vec<_>>().join("|")
    };
    let sign = |kind| match kind {
        ModificationKind::Add => '+',
        ModificationKind::Delete => '-',
        ModificationKind::Replace => '=',
    };
    steps.iter().map(|step| format!("{}{}:{}", sign(step.kind), step.attribute, values(step))).collect()
}

#[test]
fn a_new_user_is_added_disabled_with_its_password_and_then_enabled() {
    let body = json!({ "userName": "zo\u{eb}@example.com", "displayName": "Zo\u{eb}", "password": "s3cret\u{e9}" });
    let creation = created(&view(""), USER, body).unwrap();
    let candidates = candidates(&creation.plan);
    let [add, enable] = candidates[0].as_slice() else { panic!("{candidates:?}") };
    assert_eq!(text(add, "userAccountControl"), "514");
    assert_eq!(text(add, "sAMAccountName"), "zo\u{eb}");
    assert_eq!(added(add, "unicodePwd"), [b"\"\0s\x003\0c\0r\0e\0t\0\xe9\0\"\0"]);
    assert_eq!(steps(enable), ["-userAccountControl:514", "+userAccountControl:512"]);
    assert!(enable.swaps);
    assert_eq!(creation.dns[0].to_string(), "cn=Zo\u{eb},CN=Users,dc=example,dc=com");
}

#[test]
fn who_is_not_active_or_has_no_password_stays_disabled() {
    let stages = |lines: &str, body: Value| candidates(&created(&view(lines), USER, body).unwrap().plan)[0].len();
    assert_eq!(stages("", json!({ "userName": "a", "password": "x", "active": false })), 1);
    assert_eq!(stages("", json!({ "userName": "a", "password": "x", "active": true })), 2);
    let disabled = "[resource.User.attr]\npassword.absent = \"disabled\"\n";
    assert_eq!(stages(disabled, json!({ "userName": "a", "active": true })), 1);
    assert_eq!(stages(disabled, json!({ "userName": "a", "active": true, "password": "x" })), 2);
    let reject = view("[resource.User.attr]\npassword.absent = \"reject\"\n");
    assert_eq!(created(&reject, USER, json!({ "userName": "a" })).unwrap_err().status, 400);
}

#[test]
fn names_and_accounts_that_are_taken_have_others_behind_them() {
    let body = json!({ "userName": "a.very.long.account.name@example.com", "displayName": "A" });
    let creation = created(&view(""), USER, body).unwrap();
    let accounts: Vec<_> = candidates(&creation.plan).iter().map(|stages| text(&stages[0], "sAMAccountName")).collect();
    let long = "a.very.long.account";
    assert_eq!(accounts[..3], [long.to_owned(), long.to_owned(), "a.very.long.accoun-2".to_owned()]);
    assert_eq!((accounts.len(), creation.dns.len()), (8, 8));
    assert_eq!(creation.dns[0], creation.dns[2]);
}

#[test]
fn what_belongs_together_is_written_together() {
    let body = json!({
        "userName": "a",
        "emails": [{ "value": "b@example.com", "type": "work" }, { "value": "a@example.com", "type": "work", "primary": true }],
        "addresses": [{ "type": "work", "country": "DE" }],
    });
    let add = candidates(&created(&view(""), USER, body).unwrap().plan)[0][0].clone();
    assert_eq!(text(&add, "mail"), "a@example.com");
    assert_eq!(text(&add, "proxyAddresses"), "SMTP:a@example.com|smtp:b@example.com");
    assert_eq!(
        (text(&add, "c"), text(&add, "co"), text(&add, "countryCode")),
        ("DE".into(), "Germany".into(), "276".into())
    );
    let nowhere = json!({ "userName": "a", "addresses": [{ "type": "work", "country": "Atlantis" }] });
    assert_eq!(created(&view(""), USER, nowhere).unwrap_err().status, 400);
}

/// How an entry with these values changes to what `after` says of `changed`.
fn changed(values: &[(&str, &[&str])], after: Value, attr: &str) -> Vec<String> {
    changed_beside("", values, after, attr, None)
}

/// The same with these lines of mapping, beside other bridges that notice `swap`.
fn changed_beside(
    lines: &str,
    values: &[(&str, &[&str])],
    after: Value,
    changed: &str,
    swap: Option<Swap>,
) -> Vec<String> {
    let view = view(lines);
    let mut attributes = AttributeSet::new();
    let mut entry = Entry { dn: "CN=a,CN=Users,dc=example,dc=com".into(), ..Entry::default() };
    for (name, values) in values {
        attributes.insert(&name.parse().unwrap());
        entry.attributes.push(values.iter().map(|value| value.as_bytes().to_vec()).collect());
    }
    let visible = Targets::default();
    let classes = vec!["user".to_owned()];
    let stored =
        Stored { entry: &entry, attributes: &attributes, classes, visible: &visible, guard: None, blind: true, swap };
    let attr = view.resource(USER).schema.resolve(&changed.into()).unwrap().attr;
    let referents = Referents::default();
    let wanted = Change { image: &image(after), changed: &[attr], lists: &[], referents: &referents, home: None };
    let plan = change(&view, USER, &stored, &wanted).unwrap();
    plan.map_or_else(Vec::new, |plan| steps(&candidates(&plan)[0][0]))
}

#[test]
fn other_bits_stay_as_they_are() {
    let of =
        |uac: &str, active: bool| changed(&[("userAccountControl", &[uac])], json!({ "active": active }), "active");
    assert_eq!(of("66048", false), ["-userAccountControl:66048", "+userAccountControl:66050"]);
    assert_eq!(of("66050", true), ["-userAccountControl:66050", "+userAccountControl:66048"]);
    assert!(of("66050", false).is_empty());
    // Nobody is neither active nor not: who isn't said to be stays as he is.
    assert!(changed(&[("userAccountControl", &["66050"])], json!({}), "active").is_empty());
}

#[test]
fn every_write_is_noticed_by_other_bridges() {
    let of = |title: &str, wanted: &str, always: bool| {
        let (attribute, stored) = ("info".parse().unwrap(), Some(b"old".to_vec()));
        let swap = Swap { attribute, stored, next: b"new".to_vec(), always };
        changed_beside("", &[("title", &[title])], json!({ "title": wanted }), "title", Some(swap))
    };
    let swapped = ["-title:a", "+title:b", "-info:old", "+info:new"];
    assert_eq!(
        (of("a", "b", false), of("a", "b", true)),
        (swapped.map(str::to_owned).to_vec(), swapped.map(str::to_owned).to_vec())
    );
    assert!(of("a", "a", true).is_empty());
}

#[test]
fn a_value_put_where_none_was_stands_alone() {
    // Where the directory would hold two, the second of two writers takes the first one's place.
    let lines = "[resource.User.attr]\ntitle = \"otherTelephone\"\n";
    assert_eq!(changed_beside(lines, &[], json!({ "title": "b" }), "title", None), ["=otherTelephone:b"]);
    let stored: &[(&str, &[&str])] = &[("otherTelephone", &["a"])];
    let expected = ["-otherTelephone:a", "+otherTelephone:b"];
    assert_eq!(changed_beside(lines, stored, json!({ "title": "b" }), "title", None), expected);
    assert_eq!(changed(&[], json!({ "title": "b" }), "title"), ["+title:b"]);
}

#[test]
fn another_primary_address_leaves_foreign_ones_alone() {
    let stored: &[(&str, &[&str])] =
        &[("mail", &["a@example.com"]), ("proxyAddresses", &["SMTP:a@example.com", "smtp:b@example.com", "X500:/o=x"])];
    let emails = json!({ "emails": [{ "value": "a@example.com", "type": "other" }, { "value": "b@example.com", "type": "work", "primary": true }] });
    let expected = [
        "-proxyAddresses:SMTP:a@example.com|smtp:b@example.com",
        "+proxyAddresses:SMTP:b@example.com|smtp:a@example.com",
        "-mail:a@example.com",
        "+mail:b@example.com",
    ];
    assert_eq!(changed(stored, emails, "emails"), expected);
    assert_eq!(
        changed(stored, json!({}), "emails"),
        ["-proxyAddresses:SMTP:a@example.com|smtp:b@example.com", "-mail:a@example.com"]
    );
}

#[test]
fn a_country_goes_with_its_name_and_number() {
    let stored: &[(&str, &[&str])] = &[("c", &["DE"]), ("co", &["Allemagne"]), ("countryCode", &["276"])];
    assert_eq!(
        changed(stored, json!({ "addresses": [{ "type": "work", "country": "FR" }] }), "addresses"),
        ["-co:Allemagne", "+co:France", "-countryCode:276", "+countryCode:250", "-c:DE", "+c:FR"]
    );
    assert_eq!(
        changed(stored, json!({}), "addresses"),
        ["-co:Allemagne", "-countryCode:276", "+countryCode:0", "-c:DE"]
    );
}

/// What adding, removing or putting Ann, whose primary group has the number `primary`, means to group 513.
fn membership(primary: &str, lists: Lists) -> Result<Vec<String>, Error> {
    let view = view("");
    let sid: AttributeDescription = "objectSid".parse().unwrap();
    let mut attributes = AttributeSet::new();
    attributes.insert(&sid);
    attributes.insert(&"member".parse().unwrap());
    let group = vec![1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 2, 0, 0];
    let stored_member = b"CN=Bob,CN=Users,dc=example,dc=com".to_vec();
    let entry = Entry {
        dn: "CN=g,CN=Users,dc=example,dc=com".into(),
        attributes: vec![vec![group], vec![stored_member.clone()]],
        ..Entry::default()
    };
    let mut visible = Targets::default();
    visible.insert_dn(stored_member, Arc::new(Target { kind: USER, id: "bob".into(), display: None }));
    let classes = vec!["group".to_owned()];
    let stored = Stored {
        entry: &entry,
        attributes: &attributes,
        classes,
        visible: &visible,
        guard: None,
        blind: true,
        swap: None,
    };
    let mut referents = Referents::default();
    for (id, dn, primary) in
        [("ann", "CN=Ann,CN=Users,dc=example,dc=com", primary), ("bob", "CN=Bob,CN=Users,dc=example,dc=com", "1")]
    {
        let keys = HashMap::from([("primarygroupid".to_owned(), primary.as_bytes().to_vec())]);
        referents.insert(id, Referent { kind: USER, dn: dn.into(), keys });
    }
    let members = view.resource(GROUP).schema.resolve(&"members".into()).unwrap().attr;
    let lists = [(members, lists)];
    let image = Map::new();
    let wanted = Change { image: &image, changed: &[], lists: &lists, referents: &referents, home: None };
    Ok(change(&view, GROUP, &stored, &wanted)?.map_or_else(Vec::new, |plan| steps(&candidates(&plan)[0][0])))
}

#[test]
fn nobody_leaves_a_primary_group() {
    let ann = || vec!["ann".to_owned()];
    let both = || vec!["ann".to_owned(), "bob".to_owned()];
    let add = |ids| Lists { add: ids, ..Lists::default() };
    let remove = |ids| Lists { remove: ids, ..Lists::default() };
    let replace = |ids| Lists { replace: Some(ids), ..Lists::default() };
    assert_eq!(membership("7", add(ann())).unwrap(), ["+member:CN=Ann,CN=Users,dc=example,dc=com"]);
    assert_eq!(membership("7", remove(ann())).unwrap(), ["-member:CN=Ann,CN=Users,dc=example,dc=com"]);
    assert!(membership("513", add(ann())).unwrap().is_empty());
    assert!(membership("513", replace(both())).unwrap().is_empty());
    let refused = membership("513", remove(ann())).unwrap_err();
    assert_eq!((refused.status, refused.scim_type), (400, Some(crate::scim::error::ScimType::Mutability)));
}
