//! Tables of filters (`tests/cases/filters.toml`) and the laws that every filter keeps.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::ast::{CompareOp, Comparison, Expr, Literal};
use super::*;
use crate::scim::error::{Error, ScimType};
use crate::scim::resource_schema::{AttrId, AttrPath, ResourceSchema};
use crate::scim::text::Span;

#[derive(Deserialize)]
struct Cases {
    parses: Vec<(String, String)>,
    fails: Vec<(String, usize, String)>,
    refused: Vec<(String, String)>,
    matches: Vec<(String, bool)>,
    user: String,
}

fn cases() -> Cases {
    toml::from_str(include_str!("../../../tests/cases/filters.toml")).unwrap()
}

static USER: LazyLock<ResourceSchema> = LazyLock::new(ResourceSchema::user);

fn limits() -> Limits {
    Limits::default()
}

fn parsed(text: &str) -> Expr {
    parse(text, &limits()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn what_parses() {
    for (text, shown) in cases().parses {
        let filter = parsed(&text);
        assert_eq!(filter.to_string(), shown, "{text}");
        assert_eq!(parsed(&shown), filter, "{text}");
    }
}

#[test]
fn what_does_not_parse() {
    for (text, column, message) in cases().fails {
        let error = parse(&text, &limits()).unwrap_err();
        assert!(error.message.contains(&message) && error.column == column, "{text}: {error}");
        let error = Error::from(error);
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidFilter)));
        assert!(error.detail.ends_with(&format!("at column {column}")), "{text}: {error}");
    }
}

#[test]
fn what_can_not_be_said_of_a_user() {
    let user = &*USER;
    for (text, message) in cases().refused {
        let error = resolve(&parsed(&text), user).expect_err(&text);
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidFilter)));
        assert!(error.detail.contains(&message), "{text}: {error}");
    }
}

#[test]
fn whom_a_filter_matches() {
    let (schema, cases) = (&*USER, cases());
    let user: Map<String, Value> = serde_json::from_str(&cases.user).unwrap();
    for (text, expected) in cases.matches {
        let filter = compile(&text, schema, &limits()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(matches(&filter, schema, &user), expected, "{text}: {filter:?}");
    }
}

#[test]
fn multi_valued_attributes_become_elements() {
    let user = &*USER;
    let resolved = |text: &str| compile(text, user, &limits()).unwrap();
    for (short, long) in [
        ("emails.type ne \"work\"", "emails[type ne \"work\"]"),
        ("emails eq \"x\"", "emails[value eq \"x\"]"),
        ("emails.type eq null", "emails[type eq null]"),
        ("schemas eq \"x\"", "schemas[value eq \"x\"]"),
        ("emails[type eq \"work\"].value eq \"x\"", "emails[type eq \"work\" and value eq \"x\"]"),
        ("title ne \"x\"", "not (title eq \"x\")"),
        ("title eq null", "not (title pr)"),
        ("emails eq null", "not (emails pr)"),
        ("manager eq \"x\"", "manager.value eq \"x\""),
    ] {
        assert_eq!(resolved(short), resolved(long), "{short}");
    }
    let emails = user.resolve(&"emails".into()).unwrap().attr;
    assert_eq!(resolved("emails pr"), Filter::Element { attr: emails, filter: Box::new(Filter::Constant(true)) });
}

#[test]
fn numbers_compare_by_value() {
    use crate::scim::schema::{Attribute, AttributeKind, common, core};
    let mut core = core::group();
    core.attributes.push(Attribute::new("count", AttributeKind::Integer));
    core.attributes.push(Attribute::new("share", AttributeKind::Decimal));
    let schema = ResourceSchema::new(crate::scim::resource_schema::Definition {
        name: "Group".into(),
        description: String::new(),
        endpoint: "/Groups".into(),
        core,
        extensions: Vec::new(),
        common: common::attributes(),
    })
    .unwrap();
    let schema = &schema;
    let group = json!({ "count": 9_007_199_254_740_993_i64, "share": 0.5 });
    for (text, expected) in [
        ("count eq 9007199254740993", true),
        ("count eq 9007199254740992", false),
        ("count gt 9007199254740992.5", false),
        ("count gt 1e3", true),
        ("count lt 99999999999999999999", true),
        ("count eq 0.5", false),
        ("count ge -1", true),
        ("share eq 0.50", true),
        ("share lt 1", true),
        ("share gt 5e-1", false),
    ] {
        let filter = compile(text, schema, &limits()).unwrap();
        assert_eq!(matches(&filter, schema, group.as_object().unwrap()), expected, "{text}");
    }
    assert!(compile("count eq 1e999", schema, &limits()).is_err());
    assert!(compile("count eq \"1\"", schema, &limits()).is_err());
    assert!(compile("count co 1", schema, &limits()).is_err());
}

#[test]
fn limits_are_kept() {
    let limits = Limits { max_bytes: 100, max_depth: 3, max_terms: 4 };
    let deep = |levels: usize| format!("{}a pr{}", "(".repeat(levels), ")".repeat(levels));
    assert!(parse(&deep(3), &limits).is_ok());
    let error = parse(&deep(4), &limits).unwrap_err();
    assert_eq!((error.column, error.message.as_str()), (4, "nested deeper than 3 levels"));
    assert!(parse("not (not (emails[a pr]))", &limits).is_ok());
    assert!(parse("not (not (emails[(a pr)]))", &limits).is_err());
    let wide = |terms: usize| vec!["a pr"; terms].join(" or ");
    assert!(parse(&wide(4), &limits).is_ok());
    assert_eq!(parse(&wide(5), &limits).unwrap_err().column, 33);
    assert!(parse(&" ".repeat(101), &limits).unwrap_err().message.contains("longer than 100 bytes"));
}

#[test]
fn a_hostile_filter_is_refused_at_once() {
    let limits = Limits { max_bytes: 1 << 24, ..Limits::default() };
    for unit in ["(", "not(", "a[", "\"", "a pr and ", "a.", "[", "((a pr)or"] {
        assert!(parse(&unit.repeat(1 << 20), &limits).is_err());
    }
    let long = format!("{} pr", "a".repeat(1 << 20));
    let error = compile(&long, &USER, &limits).unwrap_err();
    assert!(error.detail.len() < 1_000);
}

#[test]
fn attributes_used_are_named_once() {
    let user = &*USER;
    let used = |text: &str| {
        let filter = compile(text, user, &limits()).unwrap();
        attributes_used(&filter).into_iter().map(|path| user.path_text(path)).collect::<Vec<_>>()
    };
    assert_eq!(
        used("userName eq \"a\" or not (userName sw \"b\" and name.familyName pr)"),
        ["userName", "name.familyName"]
    );
    assert_eq!(used("emails[type eq \"work\" and value co \"x\"]"), ["emails.type", "emails.value"]);
    assert_eq!(used("emails pr and name pr"), ["emails", "name"]);
    assert_eq!(used("emails.type ne \"work\""), ["emails.type", "emails"]);
    assert_eq!(used("emails[type eq \"work\" and not (value pr)]"), ["emails.type", "emails.value"]);
    assert_eq!(used("name[not (familyName pr)]"), ["name.familyName", "name"]);
}

#[test]
fn what_a_client_may_not_see_is_unknown_to_it() {
    let user = &*USER;
    let department = user.resolve(&"department".into()).unwrap();
    let hidden = |text: &str| {
        resolve_visible(&parsed(text), user, &|path| path.attr != department.attr).map_err(|error| error.detail)
    };
    assert_eq!(hidden("department pr"), Err("`department` at column 1 is not an attribute of User".into()));
    assert!(hidden("title pr").is_ok());
    let value = user.resolve(&"emails.value".into()).unwrap();
    let no_value = |text: &str| resolve_visible(&parsed(text), user, &|path| path != value);
    assert!(no_value("emails eq \"x\"").is_err());
    assert!(no_value("emails[value eq \"x\"]").is_err());
    assert!(no_value("emails[type eq \"x\"]").is_ok());
}

// === laws ===

fn name() -> impl Strategy<Value = String> {
    proptest::sample::select(vec![
        "userName",
        "title",
        "name.familyName",
        "active",
        "emails",
        "emails.type",
        "emails.value",
        "manager",
        "meta.created",
        "schemas",
        "urn:ietf:params:scim:schemas:core:2.0:User:nickName",
    ])
    .prop_map(str::to_owned)
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        any::<i64>().prop_map(|number| Literal::Number(number.to_string())),
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?([eE][+-]?[0-9])?".prop_map(Literal::Number),
        "\\PC{0,5}".prop_map(Literal::Text),
        any::<String>().prop_map(Literal::Text),
    ]
}

fn comparison(path: impl Strategy<Value = String>) -> impl Strategy<Value = Expr> {
    let op = proptest::sample::select(CompareOp::ALL.to_vec());
    (path, op, literal()).prop_map(|(path, op, value)| {
        let (op_span, value_span) = (Span::default(), Span::default());
        Expr::Compare(Comparison { path: path.as_str().into(), op, op_span, value, value_span })
    })
}

fn leaf(path: impl Strategy<Value = String> + Clone) -> impl Strategy<Value = Expr> {
    prop_oneof![path.clone().prop_map(|path| Expr::Present(path.as_str().into())), comparison(path)]
}

fn tree(leaf: impl Strategy<Value = Expr> + 'static) -> impl Strategy<Value = Expr> {
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Expr::And),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Expr::Or),
            inner.prop_map(|inner| Expr::Not(Box::new(inner))),
        ]
    })
}

fn sub_name() -> impl Strategy<Value = String> + Clone {
    proptest::sample::select(vec!["type", "value", "primary", "$ref"]).prop_map(str::to_owned)
}

fn expression() -> impl Strategy<Value = Expr> {
    let value_path = (tree(leaf(sub_name())), proptest::option::of(leaf(sub_name()))).prop_map(|(filter, then)| {
        Expr::ValuePath { path: "emails".into(), filter: Box::new(filter), then: then.map(Box::new) }
    });
    let names = proptest::sample::select(vec!["userName", "emails.type", "urn:a:2.0:b"]).prop_map(str::to_owned);
    tree(prop_oneof![leaf(names), value_path])
}

/// A filter on a User that makes sense, as text.
fn user_filter() -> impl Strategy<Value = String> {
    let text_test = (
        proptest::sample::select(vec![
            "userName",
            "title",
            "emails",
            "emails.type",
            "name.familyName",
            "manager",
            "schemas",
        ]),
        proptest::sample::select(vec!["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]),
        "[abAB]{0,2}",
    )
        .prop_map(|(name, op, text)| format!("{name} {op} \"{text}\""));
    let other = proptest::sample::select(vec![
        "title pr",
        "emails pr",
        "active eq true",
        "title eq null",
        "emails.type ne null",
        "emails[type eq \"a\" and not (value co \"b\")]",
        "emails[type ne \"a\"].value pr",
    ])
    .prop_map(str::to_owned);
    prop_oneof![text_test, other].prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} and {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} or {b})")),
            inner.prop_map(|inner| format!("not ({inner})")),
        ]
    })
}

fn user() -> impl Strategy<Value = Map<String, Value>> {
    let text = || proptest::option::of("[abAB]{0,3}");
    let email = (text(), text()).prop_map(|(value, kind)| json!({ "value": value, "type": kind }));
    let emails = proptest::collection::vec(email, 0..3);
    (text(), text(), text(), proptest::option::of(any::<bool>()), emails).prop_map(
        |(name, title, family, active, emails)| {
            let user = json!({
                "userName": name, "title": title, "name": { "familyName": family }, "active": active, "emails": emails,
            });
            user.as_object().cloned().unwrap_or_default()
        },
    )
}

fn matches_text(text: &str, user: &Map<String, Value>) -> bool {
    let schema = &*USER;
    matches(&compile(text, schema, &limits()).unwrap(), schema, user)
}

proptest! {
    #[test]
    fn what_is_shown_parses_to_the_same(filter in expression()) {
        let shown = filter.to_string();
        prop_assert_eq!(parse(&shown, &Limits { max_depth: 100, ..limits() }).map_err(|error| format!("{shown}: {error}")), Ok(filter));
    }

    #[test]
    fn parsing_and_resolving_never_panic(text in "[a-z \"\\\\()\\[\\].:$0-9eqprandot\\u{e9}]{0,60}") {
        let _ = compile(&text, &USER, &limits());
    }

    #[test]
    fn any_text_at_all_is_survived(text: String) {
        let _ = parse(&text, &limits());
    }

    #[test]
    fn any_filter_resolves_or_is_refused_by_name(path in name(), filter in expression()) {
        let user = &*USER;
        for expr in [filter, Expr::Present(path.as_str().into())] {
            if let Err(error) = resolve(&expr, user) {
                prop_assert_eq!(error.scim_type, Some(ScimType::InvalidFilter));
            }
        }
    }

    #[test]
    fn not_is_the_complement(filter in user_filter(), user in user()) {
        prop_assert_ne!(matches_text(&filter, &user), matches_text(&format!("not ({filter})"), &user));
    }

    #[test]
    fn and_or_keep_the_laws_of_logic(a in user_filter(), b in user_filter(), user in user()) {
        let (x, y) = (matches_text(&a, &user), matches_text(&b, &user));
        prop_assert_eq!(matches_text(&format!("({a}) and ({b})"), &user), x && y);
        prop_assert_eq!(matches_text(&format!("({a}) or ({b})"), &user), x || y);
        prop_assert_eq!(matches_text(&format!("not (not ({a}) or not ({b}))"), &user), x && y);
    }

    #[test]
    fn ne_on_a_single_value_is_not_eq(text in "[abAB]{0,2}", user in user()) {
        prop_assert_ne!(
            matches_text(&format!("title ne \"{text}\""), &user),
            matches_text(&format!("title eq \"{text}\""), &user)
        );
    }

    #[test]
    fn orders_are_consistent_where_there_is_a_value(text in "[abAB]{1,2}", user in user()) {
        let holds = |op: &str| matches_text(&format!("title {op} \"{text}\""), &user);
        let present = matches_text("title pr", &user);
        prop_assert_eq!(u8::from(holds("lt")) + u8::from(holds("eq")) + u8::from(holds("gt")), u8::from(present));
        prop_assert_eq!(holds("le"), holds("lt") || holds("eq"));
        prop_assert_eq!(holds("ge"), holds("gt") || holds("eq"));
    }

    #[test]
    fn a_comparison_is_false_on_nothing(filter in comparison(name())) {
        let schema = &*USER;
        let negative = matches!(&filter, Expr::Compare(test) if test.op == CompareOp::Ne || test.value == Literal::Null);
        if let (Ok(filter), false) = (resolve(&filter, schema), negative) {
            prop_assert!(!matches(&filter, schema, &Map::new()));
        }
    }
}

#[test]
fn another_types_numbers_match_nothing() {
    let stranger = Filter::Test(Test { path: AttrPath::whole(AttrId(999)), test: Op::Present });
    assert!(!matches(&stranger, &USER, &Map::new()));
}
