//! The law of bounds over a small directory: what the lower bound matches satisfies the filter, the upper one matches all that
//! does, and neither is ever Undefined.

use std::sync::{Arc, LazyLock};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::ldap::Subschema;
use crate::scim::filter::attributes_used;
use crate::translate::lookup::{Answer, Found};
use crate::translate::test_directory::{Directory, Record};
use crate::translate::test_kit::{BASE_URL, PRESET, kind, scim_filter, view};

/// Texts that differ by case, blanks, ways to write an accent, compatibility forms, and what servers fold in their own way.
const TEXTS: &[&str] = &[
    "a",
    "A",
    "a b",
    "A  b",
    " a",
    "a ",
    "ab",
    "b",
    "42",
    "4 2",
    "é",
    "e\u{301}",
    "É",
    "\u{FB01}x",
    "fix",
    "\u{212A}",
    "k",
    "\u{10D0}",
    "\u{1C90}",
    "Straße",
    "STRASSE",
    "İ",
    "i",
    "\u{3000}",
    " ",
    "(*)\\",
    "",
    "a$b",
    "\\24",
    "x@example.com",
];

/// The text attributes of the mapping: users'.
const TEXT_ATTRIBUTES: &[&str] = &[
    "uid",
    "cn",
    "sn",
    "givenName",
    "displayName",
    "title",
    "employeeType",
    "preferredLanguage",
    "mail",
    "telephoneNumber",
    "mobile",
    "homePhone",
    "pager",
    "facsimileTelephoneNumber",
    "postalAddress",
    "homePostalAddress",
    "street",
    "l",
    "st",
    "postalCode",
    "employeeNumber",
    "departmentNumber",
    "o",
    "scimExternalId",
    "scimNickName",
    "scimLocale",
    "scimHomeMail",
    "scimImAddress",
    "scimRole",
    "scimCountry",
    "exColour",
    "exShade",
    "exLogin",
    "jpegPhoto",
    "exBlob",
];

const SINGLE_TEXTS: &[&str] = &[
    "userName",
    "externalId",
    "displayName",
    "nickName",
    "title",
    "userType",
    "preferredLanguage",
    "locale",
    "timezone",
    "name.formatted",
    "name.familyName",
    "name.givenName",
    "name.middleName",
    "ENTERPRISE:employeeNumber",
    "ENTERPRISE:department",
    "ENTERPRISE:organization",
    "ENTERPRISE:costCenter",
    "OWN:login",
    "OWN:motto",
    "OWN:word",
];

const LISTS: &[(&str, &[&str])] = &[
    ("emails", &["value", "type", "display"]),
    ("phoneNumbers", &["value", "type"]),
    ("addresses", &["formatted", "locality", "region", "type", "country"]),
    ("ims", &["value", "type"]),
    ("roles", &["value"]),
    ("photos", &["value", "type"]),
    ("name", &["formatted", "familyName", "givenName"]),
    ("OWN:colours", &["value"]),
    ("OWN:shades", &["value"]),
    ("OWN:words", &["value"]),
];

/// What the preset has no use for.
const OWN: &str = r#"
[resource.Group.attr.members]
exUniqueTeam = { ldap = "exUnique", as = "uid-dn", of = ["User", "Group"] }
[resource.User.attr]
timezone = { ldap = "exBlob", default = "UTC" }
phoneNumbers.mobile = { value = "mobile", primary = true, take = "one" }
addresses.other = { primary = "if-single", country = "exLogin", region = { ldap = "st", default = "a" } }
[resource.User.attr."urn:example:1.0:Own"]
reports = { backref = "User.urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager" }
login = { ldap = "exLogin", match = "directory", default = "a" }
motto = { template = "{exShade ?? exColour} {title}" }
word = { const = "A b" }
colours = "exColour"
shades = { ldap = "exShade", default = "a" }
words = { template = "{exColour}" }
flags = { ldap = "exColour", codec = "table", values = { a = "a", b = "b" } }
scores = "exScore"
level = { ldap = "exLevel", default = 7 }
on = { ldap = "exShade", codec = "switch", off = "a", on = ["b", "42"], absent = "off" }
[schema."urn:example:1.0:Own"]
name = "Own"
description = "What the preset has no use for"
[schema."urn:example:1.0:Own".attributes]
reports = { type = "complex", multi = true, description = "x", sub = { value = { case_exact = true }, display = "string", type = "string" } }
login = { type = "string", description = "x" }
motto = { type = "string", description = "x" }
word = { type = "string", description = "x" }
colours = { type = "string", multi = true, description = "x" }
shades = { type = "string", multi = true, description = "x" }
words = { type = "string", multi = true, description = "x" }
flags = { type = "string", multi = true, description = "x" }
scores = { type = "integer", multi = true, description = "x" }
level = { type = "integer", description = "x" }
on = { type = "boolean", description = "x" }
"#;

/// The mapping and schema; without subtypes, whose values an evaluation doesn't look for.
static VIEW: LazyLock<View> = LazyLock::new(|| view(&format!("{PRESET}{OWN}"), without_subtypes()));

fn without_subtypes() -> Arc<Subschema> {
    crate::translate::test_kit::schema(|text| !text.contains("SUP postalAddress") && !text.contains("SUP exColour"))
}

// === entries ===

const IDS: &[&str] = &["u0", "u1", "u2", "g0", "g1", "none"];

fn id(short: &str) -> String {
    let number = short.bytes().fold(0u32, |sum, byte| sum * 31 + u32::from(byte));
    format!("00000000-0000-4000-8000-{number:012x}")
}

fn dn(short: &str) -> String {
    match short.as_bytes() {
        [b'u', ..] => format!("uid={short},ou=people,dc=example,dc=com"),
        [b'g', ..] => format!("cn={short},ou=groups,dc=example,dc=com"),
        _ => "cn=scim-placeholder".to_owned(),
    }
}

fn user(place: usize) -> impl Strategy<Value = Record> {
    let texts = vec((select(TEXT_ATTRIBUTES), select(TEXTS)), 0..8);
    let times = vec(select(&["20240102030405Z", "20240102030406Z", "20250101000000Z"][..]), 2);
    let locked = proptest::option::of(select(&["000001010000Z", "00000101000000Z", "20240102030405Z"][..]));
    let managers = vec(select(IDS), 0..3);
    let numbers =
        [("exScore", "7"), ("exScore", "8"), ("exLevel", "7"), ("exLevel", "8"), ("exColour", "a"), ("exColour", "b")];
    let numbers = vec(select(numbers.to_vec()), 0..4);
    (texts, times, locked, managers, numbers).prop_map(move |(texts, times, locked, managers, numbers)| {
        let mut record = Record::new(dn(&format!("u{place}")));
        record.add("objectClass", "inetOrgPerson");
        record.add("entryUUID", id(&format!("u{place}")));
        numbers.into_iter().for_each(|(attribute, number)| record.add(attribute, number));
        record.add("createTimestamp", times[0]);
        record.add("modifyTimestamp", times[1]);
        locked.into_iter().for_each(|time| record.add("pwdAccountLockedTime", time));
        managers.into_iter().for_each(|manager| record.add("manager", dn(manager)));
        texts.into_iter().for_each(|(attribute, text)| record.add(attribute, text));
        record
    })
}

fn group(place: usize) -> impl Strategy<Value = Record> {
    let class = select(&["groupOfNames", "groupOfUniqueNames", "posixGroup", "exTeam", "exUniqueTeam"][..]);
    let members = vec((select(IDS), any::<bool>()), 0..4);
    (class, members, vec(select(TEXTS), 0..3), vec(select(TEXTS), 0..3)).prop_map(
        move |(class, members, names, keys)| {
            let mut record = Record::new(dn(&format!("g{place}")));
            record.add("objectClass", class);
            record.add("entryUUID", id(&format!("g{place}")));
            record.add("entryCSN", "20240102030405.000000Z#000000#000#000000");
            names.into_iter().for_each(|name| record.add("cn", name));
            for (member, marked) in members {
                match class {
                    "groupOfUniqueNames" if marked => record.add("uniqueMember", format!("{}#'0101'B", dn(member))),
                    "exUniqueTeam" if marked => record.add("exUnique", format!("{}#'0101'B", dn(member))),
                    "exUniqueTeam" => record.add("exUnique", dn(member)),
                    "groupOfUniqueNames" => record.add("uniqueMember", dn(member)),
                    "posixGroup" => {}
                    _ => record.add("member", dn(member).replace(',', if marked { " , " } else { "," })),
                }
            }
            if class == "posixGroup" {
                keys.into_iter().for_each(|key| record.add("memberUid", key));
            }
            record
        },
    )
}

fn directory() -> impl Strategy<Value = Directory> {
    (user(0), user(1), user(2), group(0), group(1))
        .prop_map(|(a, b, c, d, e)| Directory::new(VIEW.clone(), vec![a, b, c, d, e]))
}

// === filters ===

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn text_test(path: impl Into<String>) -> impl Strategy<Value = String> {
    let path = path.into();
    let text = prop_oneof![4 => select(TEXTS), 1 => select(&["work", "mobile", "fax", "other"][..])];
    (select(&["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"][..]), text).prop_map(move |(op, text)| {
        match op {
            "pr" => format!("{path} pr"),
            op => format!("{path} {op} {}", quoted(text)),
        }
    })
}

fn bool_test(path: &'static str) -> impl Strategy<Value = String> {
    select(&["eq true", "eq false", "ne true", "ne false", "pr", "eq null"][..])
        .prop_map(move |test| format!("{path} {test}"))
}

fn time_test() -> impl Strategy<Value = String> {
    let times = ["2024-01-02T03:04:05Z", "2024-01-02T03:04:05.5Z", "2024-01-02T04:04:06+01:00", "2025-01-01T00:00:00Z"];
    (
        select(&["meta.created", "meta.lastModified"][..]),
        select(&["eq", "ne", "gt", "ge", "lt", "le"][..]),
        select(times.to_vec()),
    )
        .prop_map(|(path, op, time)| format!("{path} {op} \"{time}\""))
}

fn id_test(path: impl Into<String>) -> impl Strategy<Value = String> {
    let path = path.into();
    (select(&["eq", "ne", "gt", "sw", "pr"][..]), select(IDS)).prop_map(move |(op, short)| match op {
        "pr" => format!("{path} pr"),
        op => format!("{path} {op} \"{}\"", id(short)),
    })
}

fn address_test(path: &'static str, endpoint: &'static str) -> impl Strategy<Value = String> {
    (select(&["eq", "ne"][..]), select(IDS))
        .prop_map(move |(op, short)| format!("{path} {op} \"{BASE_URL}{endpoint}/{}\"", id(short)))
}

fn reference_part(name: &'static str, display: &'static str) -> BoxedStrategy<String> {
    let types = select(&["direct", "indirect", "User", "Group", "Use"][..]);
    let kinds = (select(&["eq", "ne", "sw"][..]), types).prop_map(|(op, name)| format!("type {op} \"{name}\""));
    let parts = prop_oneof![
        3 => id_test("value"),
        3 => text_test(display),
        1 => address_test("$ref", "/Users"),
    ];
    if name.ends_with("manager") { parts.boxed() } else { prop_oneof![3 => parts, 1 => kinds].boxed() }
}

/// `part`s joined by and, or and not.
fn joined(part: impl Strategy<Value = String> + 'static, depth: u32) -> BoxedStrategy<String> {
    let join = |inner: BoxedStrategy<String>| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} and {right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} or {right})")),
            inner.prop_map(|inner| format!("not ({inner})")),
        ]
    };
    part.prop_recursive(depth, 6, 2, join).boxed()
}

fn elements(name: &'static str, part: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = String> {
    joined(part, 3).prop_map(move |filter| format!("{name}[{filter}]"))
}

fn number_test(path: &'static str) -> impl Strategy<Value = String> {
    (select(&["eq", "ne", "gt", "ge", "lt", "le"][..]), 6..10)
        .prop_map(move |(op, number)| format!("{path} {op} {number}"))
}

/// Lists whose values the directory finds for sure, so that lower bounds say something.
fn sure_test() -> impl Strategy<Value = String> {
    let flags = (select(&["eq", "ne", "sw"][..]), select(&["a", "b", "A"][..]))
        .prop_map(|(op, text)| format!("value {op} \"{text}\""));
    prop_oneof![
        elements("OWN:flags", flags),
        elements("OWN:scores", number_test("value")),
        number_test("OWN:scores"),
        number_test("OWN:level"),
        elements("groups", id_test("value")),
        elements("OWN:reports", id_test("value")),
    ]
}

fn user_test() -> impl Strategy<Value = String> {
    let list = select(LISTS).prop_flat_map(|(name, subs)| {
        let primary = if matches!(name, "emails" | "phoneNumbers" | "addresses") { 1 } else { 0 };
        let part = select(subs).prop_flat_map(text_test);
        let part = prop_oneof![5 => part, primary => bool_test("primary")].boxed();
        prop_oneof![3 => elements(name, part), 1 => Just(format!("{name} pr"))]
    });
    let schemas = (select(&["eq", "ne", "co"][..]), select(&["ENTERPRISE", "OWN", "enterprise", "core"][..]))
        .prop_map(|(op, part)| format!("schemas {op} \"{part}\""));
    prop_oneof![
        6 => select(SINGLE_TEXTS).prop_flat_map(text_test),
        6 => list,
        4 => sure_test(),
        1 => bool_test("active"),
        1 => bool_test("OWN:on"),
        1 => time_test(),
        1 => id_test("id"),
        1 => address_test("meta.location", "/Users"),
        1 => schemas,
        3 => elements("ENTERPRISE:manager", reference_part("manager", "displayName")),
        3 => elements("groups", reference_part("groups", "display")),
        1 => id_test("groups.value"),
        1 => Just("ENTERPRISE:manager pr".to_owned()),
    ]
}

fn group_test() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => text_test("displayName"),
        4 => elements("members", reference_part("members", "display")),
        2 => id_test("members.value"),
        1 => Just("members pr".to_owned()),
        1 => Just("meta.version pr".to_owned()),
    ]
}

fn filter_text() -> impl Strategy<Value = (&'static str, String)> {
    prop_oneof![
        3 => joined(user_test(), 3).prop_map(|text| ("User", text)),
        1 => joined(group_test(), 3).prop_map(|text| ("Group", text)),
    ]
    .prop_map(|(kind, text)| (kind, spelt_out(&text)))
}

fn spelt_out(text: &str) -> String {
    let text = text.replace("ENTERPRISE", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User");
    text.replace("OWN", "urn:example:1.0:Own")
}

// === the law ===

fn bounds(directory: &Directory, kind: TypeIndex, filter: &ScimFilter) -> Bounds {
    let mut answers = Answers::default();
    for _ in 0..3 {
        match translate(&VIEW, kind, filter, &answers, BASE_URL) {
            Translated::Ready(bounds) => return bounds,
            Translated::Needs(lookups) => {
                lookups.iter().for_each(|lookup| answers.insert(lookup, answer(directory, lookup)))
            }
        }
    }
    panic!("more and more lookups");
}

fn answer(directory: &Directory, lookup: &Lookup) -> Answer {
    let found = directory.of_kind(lookup.kind).filter(|record| match &lookup.which {
        super::super::lookup::Which::Id(id) => directory.id(record) == *id,
        super::super::lookup::Which::Matching(filter) => directory.satisfies(lookup.kind, record, filter, None),
    });
    let found = found.map(|record| Found {
        dn: record.dn.clone(),
        classes: record.values("objectClass").to_vec(),
        attributes: lookup.attributes.iter().map(|name| record.values(name.as_str()).to_vec()).collect(),
    });
    Answer::Entries(found.collect())
}

fn holds(directory: &Directory, type_name: &str, text: &str) -> Result<(), TestCaseError> {
    let kind = kind(&VIEW, type_name);
    let filter = scim_filter(&VIEW, kind, text);
    let bounds = bounds(directory, kind, &filter);
    for record in directory.of_kind(kind) {
        let resource = directory.resource(kind, record, None);
        let truth = directory.satisfies(kind, record, &filter, None);
        let context = || format!("{text}\n{record}\nupper {}\nlower {}\n{resource:?}", bounds.upper, bounds.lower);
        let (lower, upper) = (directory.evaluate(&bounds.lower, record), directory.evaluate(&bounds.upper, record));
        prop_assert!(lower.is_some() && upper.is_some(), "Undefined: {}", context());
        prop_assert!(lower != Some(true) || truth, "the lower bound is too wide: {}", context());
        prop_assert!(upper != Some(false) || !truth, "the upper bound is too narrow: {}", context());
        let checked = directory.resource(kind, record, Some(&attributes_used(&filter)));
        let same = directory.satisfies(kind, record, &filter, Some(&attributes_used(&filter))) == truth;
        prop_assert!(same, "what is checked doesn't tell: {}\n{checked:?}", context());
    }
    Ok(())
}

/// Four times what is usual, or what `PROPTEST_CASES` says.
fn rounds() -> u32 {
    ProptestConfig::default().cases * 4
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(rounds()))]

    #[test]
    fn bounds_enclose((type_name, text) in filter_text(), directory in directory()) {
        holds(&directory, type_name, &text)?;
    }

    #[test]
    fn sure_bounds_enclose(text in joined(sure_test(), 2), directory in directory()) {
        holds(&directory, "User", &spelt_out(&text))?;
    }
}
