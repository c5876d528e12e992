//! What `explain` shows of writes, and that it performs none.

use std::io::Write;
use std::process::{Command, Stdio};

use rstest::rstest;
use serde_json::{Value, json};

use super::command_line::{run, scimfront, settings, subschema};
use super::support;

/// What `explain` prints for `arguments` with `body` on standard input: output, errors, status.
fn explain(path: &std::path::Path, arguments: &[&str], body: &Value) -> (String, String, Option<i32>) {
    let mut command = scimfront(&["explain", "--config"]);
    command.arg(path).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(body.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

fn patch(operations: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

/// The lines that `ldapsearch` prints of the shared slapd.
fn search(filter: &str, attributes: &[&str]) -> String {
    let slapd = support::shared();
    let (url, dn) = (slapd.url(), slapd.bind_dn());
    let mut command = Command::new("ldapsearch");
    command.args(["-x", "-LLL", "-o", "ldif-wrap=no", "-H", &url, "-D", &dn, "-w", slapd.password()]);
    let (ldif, stderr, status) = run(command.args(["-b", slapd.suffix(), filter]).args(attributes));
    assert_eq!(status, Some(0), "{stderr}");
    ldif
}

fn value<'a>(ldif: &'a str, attribute: &str) -> &'a str {
    ldif.lines().find_map(|line| line.strip_prefix(attribute)?.strip_prefix(": ")).unwrap()
}

#[test]
fn a_patch_is_shown_and_not_performed() {
    let (_folder, path) = settings(|text| text);
    let before = search("(uid=bjensen)", &["*", "+"]);
    let id = value(&before, "entryUUID");
    let body = patch(json!([{ "op": "replace", "path": "title", "value": "Chief Guide" }]));
    let (shown, stderr, status) = explain(&path, &["patch", "User", id, "-"], &body);
    assert_eq!(status, Some(0), "{stderr}");
    let (dn, title, csn) = (value(&before, "dn"), value(&before, "title"), value(&before, "entryCSN"));
    let expected = format!(
        "# PATCH User {id}\n\n# only while the entry matches (|(entryCSN={csn})(!(|(entryUUID={id})(entryDN={dn}))))\n\
         dn: {dn}\nchangetype: modify\ndelete: title\ntitle: {title}\n-\nadd: title\ntitle: Chief Guide\n-\n\n\
         # undone by:\n# dn: {dn}\n# changetype: modify\n# delete: title\n# title: Chief Guide\n# -\n\
         # add: title\n# title: {title}\n# -\n#\n"
    );
    assert_eq!(shown, expected);
    assert_eq!(search("(uid=bjensen)", &["*", "+"]), before);
    let (json, _, _) = explain(&path, &["--json", "patch", "users", id, "-"], &body);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["stages"].as_array().unwrap().len(), 1);
    assert_eq!((&json["method"], &json["id"]), (&"PATCH".into(), &id.into()));
    assert!(json["stages"][0]["undo"].as_str().unwrap().contains("delete: title\ntitle: Chief Guide\n"), "{json}");
    let nothing = patch(json!([{ "op": "replace", "path": "title", "value": title }]));
    let (shown, _, _) = explain(&path, &["patch", "User", id, "-"], &nothing);
    assert!(shown.ends_with("\n# nothing is sent: the resource is as it is wanted already\n"), "{shown}");
}

#[test]
fn a_new_resource_is_shown_without_its_password() {
    let (_folder, path) = settings(|text| text);
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "not-there", "password": "opensesame",
        "name": { "familyName": "There" }
    });
    let (shown, stderr, status) = explain(&path, &["create", "User", "-"], &body);
    assert_eq!(status, Some(0), "{stderr}");
    for part in
        ["# POST User\n", "\nuid: not-there\n", "\nsn: There\n", "# a password is set", "# changetype: delete\n"]
    {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
    assert!(!shown.contains("opensesame"), "{shown}");
    assert_eq!(search("(uid=not-there)", &["dn"]), "");
}

#[test]
fn deleting_and_replacing_are_shown() {
    let (_folder, path) = settings(|text| text);
    let entry = search("(uid=bjensen)", &["entryUUID"]);
    let (id, dn) = (value(&entry, "entryUUID"), value(&entry, "dn"));
    let (shown, stderr, _) = explain(&path, &["delete", "User", id], &Value::Null);
    assert!(shown.contains(&format!("\ndn: {dn}\nchangetype: delete\n")), "{shown}{stderr}");
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "babs", "name": { "familyName": "Jensen" }
    });
    let (shown, stderr, _) = explain(&path, &["replace", "User", id, "-"], &body);
    assert!(shown.contains("\nnewrdn: uid=babs\n") && shown.contains("\ndelete: title\n"), "{shown}{stderr}");
    assert_eq!(search("(uid=bjensen)", &["entryUUID"]), entry);
}

#[rstest]
#[case(&["patch", "User", "1", "-"], "[]", "the PATCH is refused with ")]
#[case(&["patch", "User", "1", "-"], "{", "-: the PATCH is refused with 400 invalidSyntax: the body can't be read: EOF")]
#[case(&["create", "User", "-"], "[1]", "-: the POST is refused with 400 invalidSyntax: the body must be a JSON object")]
#[case(&["create", "User", "-"], "{}", "the POST is refused with 400 ")]
#[case(&["create", "Device", "-"], "{}", "there is no resource type Device; there are: User, Group")]
#[case(&["create", "User", "/nonexistent/user.json"], "", "/nonexistent/user.json: ")]
#[case(&["delete", "User", "1"], "", "the DELETE is refused with 404: ")]
fn what_would_be_refused_is_said(#[case] arguments: &[&str], #[case] body: &str, #[case] expected: &str) {
    let (folder, path) = settings(|text| text);
    let file = folder.path().join("body.json");
    std::fs::write(&file, body).unwrap();
    let mut command = scimfront(&["explain", "--config"]);
    let (_, stderr, status) = run(command.arg(&path).args(arguments).stdin(std::fs::File::open(&file).unwrap()));
    assert_eq!(status, Some(2), "{stderr}");
    assert!(stderr.starts_with(&format!("scimfront: {expected}")), "{stderr}");
}

#[test]
fn a_version_that_is_not_there_is_refused() {
    let (_folder, path) = settings(|text| text);
    let entry = search("(uid=bjensen)", &["entryUUID"]);
    let arguments = ["delete", "User", value(&entry, "entryUUID"), "--if-match", "W/\"old\""];
    let (_, stderr, status) = explain(&path, &arguments, &Value::Null);
    assert_eq!(
        (stderr.as_str(), status),
        ("scimfront: the DELETE is refused with 412: The resource has changed\n", Some(2))
    );
}

#[test]
fn a_directory_that_is_away_is_named() {
    let (_folder, path) = settings(|text| text.replace(&support::shared().url(), "ldap://127.0.0.1:1"));
    let (_, stderr, status) = explain(&path, &["delete", "User", "1"], &Value::Null);
    assert_eq!(status, Some(1), "{stderr}");
    assert!(stderr.contains("bridge main: "), "{stderr}");
}

#[test]
fn offline_it_shows_the_same_change() {
    let (folder, path) = settings(|text| text);
    let ldif = search("(uid=bjensen)", &["*", "+"]);
    let id = value(&ldif, "entryUUID");
    let [entry, schema] = ["entry.ldif", "schema.ldif"].map(|name| folder.path().join(name));
    std::fs::write(&entry, &ldif).unwrap();
    std::fs::write(&schema, subschema()).unwrap();
    let body = patch(json!([
        { "op": "replace", "path": "title", "value": "Chief Guide" }, { "op": "add", "path": "emails", "value": [{ "value": "b@example.org" }] },
        { "op": "replace", "path": "active", "value": false }
    ]));
    let live = explain(&path, &["patch", "User", id, "-"], &body).0;
    let text = std::fs::read_to_string(&path).unwrap().replace(&support::shared().url(), "ldap://127.0.0.1:1");
    std::fs::write(&path, text).unwrap();
    let [entry, schema] = [&entry, &schema].map(|path| path.to_str().unwrap());
    let (shown, stderr, _) = explain(&path, &["--schema", schema, "patch", "User", id, "-", "--entry", entry], &body);
    assert_eq!(shown, live, "{stderr}");
    let user = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "new", "name": { "familyName": "New" } });
    let (shown, stderr, _) = explain(&path, &["--schema", schema, "create", "User", "-"], &user);
    assert!(shown.contains("\nuid: new\n"), "{shown}{stderr}");
    for (arguments, expected) in [
        (
            &["patch", "User", "1", "-", "--entry", entry][..],
            "the PATCH is refused with 404: the entry that is given is that of ",
        ),
        (
            &["patch", "User", "1", "-", "--entry", "/dev/null"],
            "/dev/null: one entry is expected in it, and there are 0",
        ),
        (&["patch", "User", "1", "-"], "takes --entry too"),
        (&["delete", "User", "1"], "DELETE can't be explained offline"),
    ] {
        let (_, stderr, status) = explain(&path, &[&["--schema", schema], arguments].concat(), &body);
        assert!(stderr.contains(expected), "{stderr}");
        assert_eq!(status, Some(2));
    }
}
