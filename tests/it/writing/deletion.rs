//! DELETE (RFC 7644 section 3.6).

use serde_json::{Value, json};

use super::{USER, assert_error, client, count, created, entry, get, group, members, name, user};

#[test]
fn what_was_deleted_is_gone_and_its_name_is_free() {
    let user_name = name("gone");
    let id = user(&user_name);
    let path = format!("/Users/{id}");
    let reply = client().delete(&path);
    assert_eq!((reply.status, reply.body.len()), (204, 0), "{}", reply.text());
    assert!(entry(&id).is_none());
    assert_error(&client().get(&path), 404, None, "GET");
    assert_error(&client().delete(&path), 404, None, "DELETE");
    let title = json!([{ "op": "replace", "path": "title", "value": "x" }]);
    assert_error(&client().patch(&path, &title), 404, None, "PATCH");
    assert_error(&client().put(&path, &json!({ "schemas": [USER], "userName": user_name })), 404, None, "PUT");
    assert_eq!(count("/Users", &format!("userName eq \"{user_name}\"")), 0);
    assert_ne!(super::id(&created("/Users", &json!({ "schemas": [USER], "userName": user_name }))), id);
}

#[test]
fn memberships_go_with_the_member() {
    let [ann, bob] = [user(&name("ann")), user(&name("bob"))];
    let [both, one] = [group(&[&ann, &bob]), group(&[&ann])];
    assert_eq!(client().delete(&format!("/Users/{ann}")).status, 204);
    assert_eq!(members(&get(&format!("/Groups/{both}"))), [bob]);
    assert_eq!(get(&format!("/Groups/{one}"))["members"], Value::Null);
    // The directory's referential integrity works a moment later, and leaves the placeholder where nobody is left.
    assert!((0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        let held = entry(&one).unwrap();
        held.values("member").all(|member| member == "cn=scim-placeholder")
    }));
}

#[test]
fn a_group_leaves_its_members_where_they_are() {
    let ann = user(&name("ann"));
    let team = group(&[&ann]);
    assert_eq!(get(&format!("/Users/{ann}"))["groups"][0]["value"], team);
    assert_eq!(client().delete(&format!("/Groups/{team}")).status, 204);
    assert_eq!(get(&format!("/Users/{ann}"))["groups"], Value::Null);
}

/// What another type's endpoint knows is not this one's.
#[test]
fn a_user_is_no_group() {
    let id = user(&name("kind"));
    assert_error(&client().delete(&format!("/Groups/{id}")), 404, None, "a user under /Groups");
    assert!(entry(&id).is_some());
}
