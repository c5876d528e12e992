//! The filters that RFC 7644 gives as examples (section 3.4.2.2 and others), and what section 3.4.2.1 says of several types.

use std::sync::LazyLock;

use rstest::rstest;
use serde_json::{Value, json};

use super::{ENTERPRISE, client, get, ids, resources};
use crate::support::client::encoded;

/// All people with what the examples ask about.
fn people() -> &'static [Value] {
    static PEOPLE: LazyLock<Vec<Value>> = LazyLock::new(|| resources(&get("/Users?count=1000")));
    assert_eq!(PEOPLE.len(), crate::support::tree_options().users);
    &PEOPLE
}

fn lower(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_lowercase()
}

fn some_mail(user: &Value, holds: impl Fn(&Value) -> bool) -> bool {
    user["emails"].as_array().into_iter().flatten().any(holds)
}

fn is_example(mail: &Value) -> bool {
    lower(&mail["value"]).contains("example.com") || lower(&mail["value"]).contains("example.org")
}

#[rstest]
#[case(r#"userName eq "bjensen""#, |user: &Value| lower(&user["userName"]) == "bjensen")]
#[case(r#"name.familyName co "O'Malley""#, |user: &Value| lower(&user["name"]["familyName"]).contains("o'malley"))]
#[case(r#"name.familyName co "O'Brien""#, |user: &Value| lower(&user["name"]["familyName"]).contains("o'brien"))]
#[case(r#"userName sw "J""#, |user: &Value| lower(&user["userName"]).starts_with('j'))]
#[case(r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#, |user: &Value| lower(&user["userName"]).starts_with('j'))]
#[case(r#"title pr"#, |user: &Value| !user["title"].is_null())]
#[case(r#"meta.lastModified gt "2011-05-13T04:42:34Z""#, |_: &Value| true)]
#[case(r#"meta.lastModified ge "2011-05-13T04:42:34Z""#, |_: &Value| true)]
#[case(r#"meta.lastModified lt "2011-05-13T04:42:34Z""#, |_: &Value| false)]
#[case(r#"meta.lastModified le "2011-05-13T04:42:34Z""#, |_: &Value| false)]
#[case(r#"title pr and userType eq "Employee""#, |user: &Value| !user["title"].is_null() && user["userType"] == "Employee")]
#[case(r#"title pr or userType eq "Intern""#, |user: &Value| !user["title"].is_null() || user["userType"] == "Intern")]
#[case(
    r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
    |user: &Value| !user[ENTERPRISE].is_null()
)]
#[case(
    r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
    |user: &Value| user["userType"] == "Employee" && some_mail(user, is_example)
)]
#[case(
    r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
    |user: &Value| user["userType"] != "Employee" && !some_mail(user, is_example)
)]
#[case(
    r#"userType eq "Employee" and (emails.type eq "work")"#,
    |user: &Value| user["userType"] == "Employee" && some_mail(user, |mail| mail["type"] == "work")
)]
#[case(
    r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
    |user: &Value| user["userType"] == "Employee"
        && some_mail(user, |mail| mail["type"] == "work" && lower(&mail["value"]).contains("@example.com"))
)]
#[case(
    r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
    |user: &Value| some_mail(user, |mail| mail["type"] == "work" && lower(&mail["value"]).contains("@example.com"))
)]
#[case(r#"userName Eq "bjensen""#, |user: &Value| lower(&user["userName"]) == "bjensen")]
#[case(r#"Username eq "BJENSEN""#, |user: &Value| lower(&user["userName"]) == "bjensen")]
fn the_examples_of_the_standard(#[case] filter: &str, #[case] expected: fn(&Value) -> bool) {
    let people = people();
    let mut wanted: Vec<&str> =
        people.iter().filter(|user| expected(user)).map(|user| user["id"].as_str().unwrap()).collect();
    let mut found: Vec<String> = Vec::new();
    loop {
        let path = format!("/Users?filter={}&attributes=id&count=1000&startIndex={}", encoded(filter), found.len() + 1);
        let list = get(&path);
        assert_eq!(list["totalResults"], wanted.len(), "{filter}");
        found.extend(ids(&list));
        if ids(&list).is_empty() || found.len() >= wanted.len() {
            break;
        }
    }
    wanted.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, wanted, "{filter}");
}

/// The example of section 3.4.2.1 leaves out the quotes, which section 3.4.2.2 requires.
#[test]
fn a_query_at_the_root_is_about_all_types() {
    let filter = r#"(meta.resourceType eq "User") or (meta.resourceType eq "Group")"#;
    let list = get(&format!("/?filter={}&count=0", encoded(filter)));
    let (users, groups) = (get("/Users?count=0"), get("/Groups?count=0"));
    let total = users["totalResults"].as_u64().unwrap() + groups["totalResults"].as_u64().unwrap();
    assert_eq!(list["totalResults"], total);
    let only = get(&format!("/?filter={}&count=0", encoded(r#"meta.resourceType eq "Group""#)));
    assert_eq!(only["totalResults"], groups["totalResults"]);
}

/// RFC 7644 section 3.4.2.1: an attribute that a type doesn't have is one without a value there.
#[rstest]
#[case(r#"userName eq "bjensen" or displayName eq "auditors""#, 2)]
#[case(r#"userName eq "bjensen""#, 1)]
#[case(r#"displayName eq "auditors" and not (userName pr)"#, 1)]
#[case(r#"displayName eq "auditors" and userName ne "x""#, 1)]
#[case(r#"displayName eq "auditors" and userName eq null"#, 1)]
#[case(r#"displayName eq "auditors" and not (emails[type eq "work"])"#, 1)]
#[case(r#"displayName eq "auditors" and not (urn:ietf:params:scim:schemas:core:2.0:User:userName pr)"#, 1)]
#[case(r#"displayName eq "auditors" and userName pr"#, 0)]
#[case(r#"members pr and emails pr"#, 0)]
fn what_a_type_lacks_is_absent(#[case] filter: &str, #[case] expected: u64) {
    let path = format!("/?filter={}", encoded(filter));
    assert_eq!(get(&path)["totalResults"], expected, "{filter}");
    let body = json!({ "schemas": [super::SEARCH], "filter": filter });
    assert_eq!(client().post("/.search", &body).json()["totalResults"], expected, "{filter}");
}

/// What no type knows is an error at the root too.
#[test]
fn an_attribute_of_no_type_is_refused() {
    let reply = client().get(&format!("/?filter={}", encoded("userNam pr")));
    super::assert_error(&reply, 400, Some("invalidFilter"), "userNam");
    assert!(reply.text().contains("userName"), "{}", reply.text());
}
