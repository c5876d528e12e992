//! Conditional writes (RFC 7644 section 3.14).

use serde_json::{Value, json};

use super::{USER, assert_error, client, entry, get, group, ldapmodify, name, patched, user};
use crate::support::client::{Reply, patch_message};

fn change(path: &str, title: &str, if_match: &str) -> Reply {
    let operations = json!([{ "op": "replace", "path": "title", "value": title }]);
    client().write("PATCH", path, &patch_message(&operations), Some(if_match))
}

fn etag(path: &str) -> String {
    client().get(path).header("etag").unwrap().to_owned()
}

#[test]
fn a_write_on_a_version_that_is_gone_is_refused() {
    let user_name = name("version");
    let id = user(&user_name);
    let path = format!("/Users/{id}");
    let old = etag(&path);
    assert_eq!(change(&path, "One", &old).status, 200);
    let now = get(&path);
    assert_error(&change(&path, "Two", &old), 412, None, "PATCH");
    let body = json!({ "schemas": [USER], "userName": user_name });
    assert_error(&client().write("PUT", &path, &body, Some(&old)), 412, None, "PUT");
    assert_error(&client().send("DELETE", &path, &[("if-match", &old)], None), 412, None, "DELETE");
    assert_eq!(get(&path), now);
    assert_eq!(client().send("DELETE", &path, &[("if-match", &etag(&path))], None).status, 204);
}

#[test]
fn versions_are_named_in_several_ways() {
    let id = user(&name("named"));
    let path = format!("/Users/{id}");
    let current = etag(&path);
    let strong = current.trim_start_matches("W/").to_owned();
    for (turn, tags) in [format!("W/\"x\", {current}"), "*".to_owned(), strong, current.clone()].iter().enumerate() {
        // A change to what it is already keeps the version.
        assert_eq!(change(&path, "Guide", tags).status, 200, "{turn} {tags}");
    }
    assert_error(&change(&path, "x", "W/\"x\""), 412, None, "another");
    assert_error(&change("/Users/00000000-0000-4000-8000-000000000000", "x", "*"), 404, None, "nobody");
}

#[test]
fn another_writers_change_counts() {
    let id = user(&name("other-writer"));
    let path = format!("/Users/{id}");
    let old = etag(&path);
    let dn = entry(&id).unwrap().dn;
    ldapmodify(&format!("dn: {dn}\nchangetype: modify\nreplace: displayName\ndisplayName: Theirs\n"));
    assert_error(&change(&path, "Ours", &old), 412, None, "behind our back");
    // What the resource doesn't show is no other version of it.
    let old = etag(&path);
    ldapmodify(&format!("dn: {dn}\nchangetype: modify\nreplace: description\ndescription: Theirs\n"));
    assert_eq!(change(&path, "Ours", &old).status, 200);
}

/// A password that was guessed wrong moves the entry's stamp, not the version.
#[test]
fn a_failed_login_is_no_new_version() {
    let id = user(&name("guessed"));
    let path = format!("/Users/{id}");
    patched(&path, &json!([{ "op": "replace", "path": "password", "value": "Right-Horse-7!" }]));
    let (old, dn) = (etag(&path), entry(&id).unwrap().dn);
    let stamp = entry(&id).unwrap().first("entryCSN").unwrap().to_owned();
    assert!(!super::passwords::binds(&dn, "wrong"));
    assert_ne!(entry(&id).unwrap().first("entryCSN"), Some(stamp.as_str()), "the directory noted it");
    assert_eq!(change(&path, "Still", &old).status, 200);
}

#[test]
fn a_groups_version_moves_with_its_members() {
    let [ann, bob] = [user(&name("ann")), user(&name("bob"))];
    let path = format!("/Groups/{}", group(&[&ann]));
    let old = etag(&path);
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": bob }] }]);
    patched(&path, &add);
    let remove = json!([{ "op": "remove", "path": "members", "value": Value::from(vec![json!({ "value": bob })]) }]);
    assert_error(&client().write("PATCH", &path, &patch_message(&remove), Some(&old)), 412, None, "members");
    assert_eq!(client().write("PATCH", &path, &patch_message(&remove), Some(&etag(&path))).status, 204);
}

#[test]
fn the_answer_to_a_write_has_a_tag_whatever_is_shown() {
    let user_name = name("tagged");
    let body = json!({ "schemas": [USER], "userName": user_name, "title": "One" });
    let made = client().post("/Users?attributes=userName", &body);
    assert_eq!((made.status, made.json().get("meta")), (201, None), "{}", made.text());
    let path = format!("/Users/{}", super::id(&made));
    assert_eq!(change(&path, "Two", made.header("etag").unwrap()).status, 200);
    let put = client().put(&format!("{path}?excludedAttributes=meta"), &body);
    assert_eq!((put.status, put.json().get("meta")), (200, None), "{}", put.text());
    assert_eq!(change(&path, "Three", put.header("etag").unwrap()).status, 200);
}
