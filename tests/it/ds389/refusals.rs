//! What the server refuses, and what the client is told.

use scimfront::sandbox::{Ds389Options, TreeOptions};
use serde_json::{Value, json};

use super::{GROUP, Place, USER, assert_error, name, place};

/// A place whose server checks passwords.
fn strict() -> Place {
    let tree = TreeOptions::sized(3, 0);
    let place = Place::start(&Ds389Options { tree, ..Ds389Options::default() }, "");
    place
        .server
        .ldapmodify(
            "dn: cn=config\nchangetype: modify\nreplace: passwordCheckSyntax\npasswordCheckSyntax: on\n-\n\
             replace: passwordMinLength\npasswordMinLength: 8\n-\nreplace: passwordMinDigits\npasswordMinDigits: 1\n-\n\
             replace: passwordHistory\npasswordHistory: on\n-\nreplace: passwordInHistory\npasswordInHistory: 3\n",
        )
        .unwrap();
    place
}

#[test]
fn passwords_against_the_policy_are_refused_with_the_reason() {
    let place = strict();
    let create = |password: &str| {
        let body = json!({ "schemas": [USER], "userName": name("weak"), "password": password });
        place.client().post("/Users", &body)
    };
    let refused = |password: &str, reason: &str| {
        let reply = create(password);
        assert_error(&reply, 400, Some("invalidValue"));
        let detail = reply.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(reason), "{password}: {detail}");
        assert!(!detail.contains(password), "{detail}");
    };
    refused("sh0rt", "too short");
    refused("without-digits", "good enough");
    let user = create("Correct-Horse-7");
    assert_eq!(user.status, 201, "{}", user.text());
    let path = format!("/Users/{}", user.json()["id"].as_str().unwrap());
    let set = |password: &str| {
        place.client().patch(&path, &json!([{ "op": "replace", "path": "password", "value": password }]))
    };
    assert_error(&set("x"), 400, Some("invalidValue"));
    assert_eq!(set("Battery-Staple-8").status, 200);
    let before = set("Correct-Horse-7");
    assert_error(&before, 400, Some("invalidValue"));
    assert!(before.text().contains("used before"), "{}", before.text());
}

/// Operations on a new user that are refused: the path, the value, the status, the keyword, and a word of the text.
const REFUSED: &[(&str, &str, u16, Option<&str>, &str)] = &[
    ("userName", "\u{e9}t\u{e9}", 400, Some("invalidValue"), "ASCII"),
    ("phoneNumbers", r#"[{ "type": "work", "value": "\u00e9" }]"#, 400, Some("invalidValue"), "form"),
];

#[test]
fn values_that_the_server_refuses_are_told() {
    let place = place();
    for (path, value, status, scim_type, word) in REFUSED {
        let user = place.user(&name("refused"));
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String((*value).to_owned()));
        let reply = place
            .client()
            .patch(&format!("/Users/{user}"), &json!([{ "op": "replace", "path": path, "value": value }]));
        assert_error(&reply, *status, *scim_type);
        assert!(reply.text().contains(word), "{path}: {}", reply.text());
    }
}

/// An entry of the same `uid`, which the bridge's own look doesn't see: it isn't among its people. (Of an entry that is renamed the
/// plugin looks at nothing.)
#[test]
fn values_that_others_have_are_told() {
    let place = place();
    let taken = name("elsewhere");
    let suffix = place.server.suffix();
    place
        .server
        .ldapmodify(&format!("dn: uid={taken},ou=services,{suffix}\nobjectClass: account\nuid: {taken}\n"))
        .unwrap();
    let body = json!({ "schemas": [USER], "userName": taken });
    assert_error(&place.client().post("/Users", &body), 409, Some("uniqueness"));
    // The name of an entry that is no group.
    let dn = format!("cn={taken},ou=groups,{suffix}");
    place.server.ldapmodify(&format!("dn: {dn}\nobjectClass: device\ncn: {taken}\n")).unwrap();
    let group = json!({ "schemas": [GROUP], "displayName": taken });
    assert_error(&place.client().post("/Groups", &group), 409, Some("uniqueness"));
}

#[test]
fn an_entry_with_others_below_it_stays() {
    let place = place();
    let name = name("parent");
    let user = place.user(&name);
    let dn = place.dn(&user);
    place.server.ldapmodify(&format!("dn: cn=below,{dn}\nobjectClass: device\ncn: below\n")).unwrap();
    assert_error(&place.client().delete(&format!("/Users/{user}")), 409, None);
}

#[test]
fn what_the_service_account_may_not_do_is_forbidden() {
    let tree = TreeOptions::sized(3, 0);
    let place = Place::start(&Ds389Options { tree, ..Ds389Options::default() }, "");
    let user = place.user("ann");
    let suffix = place.server.suffix();
    let deny = format!(
        "(targetattr=\"title || userPassword\")(version 3.0; acl \"none\"; deny (write, add, delete) \
         userdn=\"ldap:///{}\";)",
        place.server.bind_dn()
    );
    place.server.ldapmodify(&format!("dn: {suffix}\nchangetype: modify\nadd: aci\naci: {deny}\n")).unwrap();
    let title = json!([{ "op": "replace", "path": "title", "value": "x" }]);
    assert_error(&place.client().patch(&format!("/Users/{user}"), &title), 403, None);
    let password = json!([{ "op": "replace", "path": "password", "value": "Correct-Horse-7" }]);
    assert_error(&place.client().patch(&format!("/Users/{user}"), &password), 403, None);
}

#[test]
fn a_database_that_takes_no_writes_is_unavailable() {
    let tree = TreeOptions::sized(3, 0);
    let place = Place::start(&Ds389Options { tree, ..Ds389Options::default() }, "");
    let user = place.user("ann");
    place
        .server
        .ldapmodify(
            "dn: cn=userRoot,cn=ldbm database,cn=plugins,cn=config\nchangetype: modify\nreplace: nsslapd-readonly\n\
             nsslapd-readonly: on\n",
        )
        .unwrap();
    let title = json!([{ "op": "replace", "path": "title", "value": "x" }]);
    assert_error(&place.client().patch(&format!("/Users/{user}"), &title), 503, None);
}
