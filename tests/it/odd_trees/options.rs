//! Attribute options: `;lang-de`, `;binary`.

use serde_json::{Value, json};

use super::{Place, USER, base64, person, text, unit};

pub(super) const SUFFIX: &str = "dc=options,dc=example,dc=net";

const LANGUAGES: &str = "urn:example:params:scim:schemas:1.0:Languages";

/// No certificate, but octets that a certificate's might be to this server.
const CERTIFICATE: &[u8] = include_bytes!("../../../src/sandbox/tree/certificate.der");

pub(super) fn ldif() -> String {
    let people = format!("ou=people,{SUFFIX}");
    let certificate = format!("userCertificate;binary:: {}", base64(CERTIFICATE));
    let lines = [
        "title: Guide",
        "title;lang-de: Führer",
        "title;lang-fr: Guide",
        "title;lang-en;lang-us: Leader",
        "description;lang-de: nur deutsch",
        "displayName;lang-de: Anna",
        &certificate,
    ];
    let mut all = unit(&people);
    all.push_str(&unit(&format!("ou=groups,{SUFFIX}")));
    all.push_str(&person("ann", &people, &lines));
    all
}

#[test]
fn reads_and_writes_touch_just_what_the_mapping_names() {
    let place = Place::of_example(SUFFIX, "languages.toml");
    let ann = place.one("/Users", "userName eq \"ann\"");
    assert_eq!((&ann["title"], &ann["displayName"]), (&json!("Guide"), &json!("ann")));
    assert_eq!(ann[LANGUAGES], json!({ "titleDe": "Führer", "titleFr": "Guide" }));
    let count = |filter: &str| place.list("/Users", filter).len();
    assert_eq!(count("title eq \"Führer\""), 0, "an LDAP filter on title finds title;lang-de");
    assert_eq!(count("title eq \"Guide\""), 1);
    assert_eq!(count(&format!("{LANGUAGES}:titleDe eq \"Führer\"")), 1);
    assert_eq!(count(&format!("{LANGUAGES}:titleFr eq \"führer\"")), 0);
    assert_eq!(count(&format!("{LANGUAGES}:description pr")), 0, "description;lang-de is no description");
    assert_eq!(count("not (title eq \"Führer\")"), 1);
    let path = format!("/Users/{}", text(&ann["id"]));
    let held = || {
        let entry = place.entry("(uid=ann)");
        let mut lines: Vec<String> = entry
            .lines
            .iter()
            .filter(|(name, _)| name.starts_with("title") || name.starts_with("description"))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        lines.sort();
        lines.join(" ")
    };
    let op = |op: &str, path: &str, value: Value| json!([{ "op": op, "path": path, "value": value }]);
    place.patched(&path, &op("replace", "title", json!("Boss")));
    assert_eq!(
        held(),
        "description;lang-de=nur deutsch title;lang-de=Führer title;lang-en;lang-us=Leader title;lang-fr=Guide title=Boss"
    );
    place.patched(&path, &op("replace", &format!("{LANGUAGES}:titleDe"), json!("Chefin")));
    place.patched(&path, &json!([{ "op": "remove", "path": format!("{LANGUAGES}:titleFr") }]));
    assert_eq!(held(), "description;lang-de=nur deutsch title;lang-de=Chefin title;lang-en;lang-us=Leader title=Boss");
    place.patched(&path, &json!([{ "op": "remove", "path": "title" }]));
    assert_eq!(held(), "description;lang-de=nur deutsch title;lang-de=Chefin title;lang-en;lang-us=Leader");
    assert_eq!(place.get(&path).get("title"), None);
    assert_eq!(count("title pr"), 0, "title;lang-de is no title");
    let put = json!({ "schemas": [USER, LANGUAGES], "userName": "ann", "displayName": "ann", "title": "Guide", LANGUAGES: { "titleFr": "Guide" } });
    let reply = place.client().put(&path, &put);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(held(), "description;lang-de=nur deutsch title;lang-en;lang-us=Leader title;lang-fr=Guide title=Guide");
    assert_eq!(place.entry("(uid=ann)").first("displayName;lang-de"), Some("Anna"));
}

#[test]
fn certificates_are_octets() {
    let place = Place::of_example(SUFFIX, "languages.toml");
    let path = format!("/Users/{}?attributes=x509Certificates", place.user("ann"));
    assert_eq!(place.get(&path)["x509Certificates"], json!([{ "value": base64(CERTIFICATE) }]));
    let body =
        json!({ "schemas": [USER], "userName": "certified", "x509Certificates": [{ "value": base64(CERTIFICATE) }] });
    let reply = place.client().post("/Users", &body);
    assert_eq!(reply.status, 201, "{}", reply.text());
    let names: Vec<String> = place.entry("(uid=certified)").lines.into_iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"userCertificate;binary".to_owned()), "{names:?}");
    assert_eq!(place.client().delete(&format!("/Users/{}", text(&reply.json()["id"]))).status, 204);
}
