//! What means something to LDAP, in every string that a client can send: it finds nobody else, changes nothing else, and comes back
//! as it was sent.

use std::sync::OnceLock;

use scimfront::ldap::Dn;
use serde_json::{Value, json};

use crate::support::bridge::{Bridge, BridgeOptions};
use crate::support::client::{Reply, encoded, patch_message};
use crate::support::{ldif, private, shared};

/// Filters, names, escapes and other languages where a plain value is expected.
const TRICKS: [&str; 44] = [
    "*",
    "a*",
    "*)(uid=*",
    "*)(|(objectClass=*",
    ")(objectClass=*)",
    "x)(!(uid=x",
    "x))(|(uid=*",
    "(",
    ")",
    "&",
    "|(uid=*)",
    "\\2a",
    "\\2A\\29",
    "\\",
    "\\\\",
    "\\5c2a",
    "\\zz",
    "\0",
    "bjensen\0",
    "bjensen\0*",
    "a,ou=services",
    "a+cn=bridge",
    "cn=bridge,ou=services,dc=example,dc=org",
    "uid=a,ou=people",
    "..",
    "../../ou=services",
    "\"quoted\"",
    "#04024869",
    " leading",
    "trailing ",
    "a=b",
    "a;b<c>d",
    "uid;binary",
    "uid;lang-en",
    "1.2.840.113556.1.4.803:=1",
    "uid:caseExactMatch:=x",
    "line\nfeed",
    "carriage\rreturn: x",
    "tab\there",
    "\u{202e}over",
    "\u{1f600}",
    "e\u{301}",
    "${jndi:ldap://127.0.0.1/a}",
    "' or '1'='1",
];

/// A server over a suffix that these tests share.
struct Place {
    bridge: Bridge,
    suffix: String,
    user: String,
    group: String,
}

fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(Place::make)
}

impl Place {
    fn make() -> Self {
        let suffix = private();
        let bridge = Bridge::start(shared(), &BridgeOptions::openldap(&suffix));
        let id = |reply: Reply| reply.json()["id"].as_str().unwrap_or_else(|| panic!("{}", reply.text())).to_owned();
        let client = bridge.client();
        let user = id(client.post("/Users", &person("canary", "Canary")));
        let group = id(client.post("/Groups", &json!({ "displayName": "cage", "members": [{ "value": user }] })));
        Self { bridge, suffix, user, group }
    }
}

fn person(name: &str, family: &str) -> Value {
    json!({ "userName": name, "name": { "familyName": family }, "emails": [{ "value": "canary@example.com", "type": "work" }] })
}

/// Everything below the suffix.
fn everything() -> String {
    shared().slapcat(&place().suffix).unwrap()
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// That a filter is a filter, and finds nobody.
fn finds_nobody(path: &str, filter: &str) {
    let client = place().bridge.client();
    let reply = client.get(&format!("{path}?filter={}", encoded(filter)));
    assert_eq!(reply.status, 200, "{filter}: {}", reply.text());
    assert_eq!(reply.json()["totalResults"], 0, "{filter}: {}", reply.text());
}

/// That it is refused: not found, not understood, not done.
fn refused(what: &str, reply: &Reply) {
    assert!(matches!(reply.status, 400 | 404 | 412), "{what}: {} {}", reply.status, reply.text());
    let said = reply.text();
    assert!(!said.contains("dc=example"), "{what}: {said}");
}

/// One after the other: each looks at the whole suffix.
#[test]
fn nothing_that_is_asked_changes_anything_or_finds_anybody_else() {
    let before = everything();
    // Each is some 70 requests: the others are tried as values and names alone.
    for (number, trick) in TRICKS.into_iter().enumerate() {
        values(trick);
        if number % 4 > 0 {
            continue;
        }
        names(trick);
        ids(trick);
        queries(trick);
        patches(trick);
        references(trick);
        bulk(trick);
    }
    let log = place().bridge.log();
    assert!(!log.contains("panic"), "{log}");
    assert_eq!(everything(), before);
}

/// Values in filters.
fn values(trick: &str) {
    let value = quoted(trick);
    for path in [
        "userName",
        "id",
        "displayName",
        "emails.value",
        "emails.type",
        "groups.value",
        "manager.value",
        "meta.location",
    ] {
        let path = if path == "manager.value" {
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value"
        } else {
            path
        };
        finds_nobody("/Users", &format!("{path} eq {value}"));
    }
    finds_nobody("/Users", &format!("emails[type eq \"work\" and value eq {value}]"));
    finds_nobody("/Users", &format!("userName eq \"canary\" and not (userName eq \"canary\" or title eq {value})"));
    finds_nobody("/Groups", &format!("members.value eq {value}"));
    finds_nobody("/Groups", &format!("displayName eq {value} or members[value eq {value}]"));
}

/// Names of attributes, wherever there are any.
fn names(trick: &str) {
    let client = place().bridge.client();
    for filter in [
        format!("{trick} eq \"x\""),
        format!("{trick} pr"),
        format!("urn:ietf:params:scim:schemas:core:2.0:User:{trick} pr"),
        format!("urn:{trick}:userName pr"),
        format!("emails[{trick} eq \"x\"]"),
        format!("name.{trick} pr"),
        trick.to_owned(),
    ] {
        refused(&filter, &client.get(&format!("/Users?filter={}", encoded(&filter))));
    }
}

/// Ids, names of types and schemas.
fn ids(trick: &str) {
    let client = place().bridge.client();
    let trick = encoded(trick);
    for endpoint in ["Users", "Groups", "Schemas", "ResourceTypes"] {
        refused(&trick, &client.get(&format!("/{endpoint}/{trick}")));
    }
    refused(&trick, &client.get(&format!("/{trick}")));
    refused(&trick, &client.put(&format!("/Users/{trick}"), &person("x", "X")));
    refused(
        &trick,
        &client.patch(&format!("/Users/{trick}"), &json!([{ "op": "replace", "path": "title", "value": "x" }])),
    );
    refused(&trick, &client.delete(&format!("/Users/{trick}")));
    // An id with more behind it is another one.
    refused(&trick, &client.delete(&format!("/Users/{}{trick}", place().user)));
}

/// Parameters of queries.
fn queries(trick: &str) {
    let client = place().bridge.client();
    let all = client.get("/Users?count=3&sortBy=userName&attributes=userName").json();
    for name in ["sortBy", "sortOrder", "attributes", "excludedAttributes", "cursor", "count", "startIndex"] {
        let reply = client.get(&format!("/Users?count=3&{name}={}", encoded(trick)));
        assert!(matches!(reply.status, 200 | 400), "{name}={trick}: {} {}", reply.status, reply.text());
        if reply.status == 200 {
            assert_eq!(reply.json()["totalResults"], all["totalResults"], "{name}={trick}");
        }
    }
    let search = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
    for (name, value) in
        [("sortBy", json!(trick)), ("attributes", json!([trick])), ("cursor", json!(trick)), (trick, json!(1))]
    {
        let mut body = json!({ "schemas": [search], "count": 3 });
        body[name] = value;
        let reply = client.post("/Users/.search", &body);
        assert!(matches!(reply.status, 200 | 400), "{name}: {} {}", reply.status, reply.text());
    }
}

/// Paths of PATCH, and conditions.
fn patches(trick: &str) {
    let client = place().bridge.client();
    let path = format!("/Users/{}", place().user);
    let value = quoted(trick);
    for (op, at) in [
        ("replace", trick.to_owned()),
        ("add", format!("name.{trick}")),
        ("remove", format!("emails[value eq {value} and display eq {value}].{trick}")),
        ("replace", format!("emails[type eq {value}].value")),
        ("add", format!("urn:{trick}:title")),
    ] {
        let reply = client.patch(&path, &json!([{ "op": op, "path": at, "value": "x" }]));
        // "No such value" is an answer, too.
        assert!(matches!(reply.status, 204 | 400), "{at}: {} {}", reply.status, reply.text());
    }
    refused(trick, &client.patch(&path, &json!([{ "op": trick, "path": "title", "value": "x" }])));
    if trick.bytes().all(|octet| (b' '..0x7f).contains(&octet)) && trick != "*" {
        let body = patch_message(&json!([{ "op": "replace", "path": "title", "value": "x" }]));
        refused(trick, &client.write("PATCH", &path, &body, Some(trick)));
        refused(trick, &client.send("DELETE", &path, &[("if-match", &format!("W/\"{trick}\""))], None));
    }
}

/// References to others: by id, `$ref`, and filters on them.
fn references(trick: &str) {
    let client = place().bridge.client();
    let group = format!("/Groups/{}", place().group);
    let members = json!([{ "value": trick }]);
    refused(trick, &client.patch(&group, &json!([{ "op": "add", "path": "members", "value": members }])));
    refused(trick, &client.put(&group, &json!({ "displayName": "cage", "members": members })));
    refused(trick, &client.post("/Groups", &json!({ "displayName": "Trick", "members": members })));
    let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
    let user = format!("/Users/{}", place().user);
    refused(trick, &client.patch(&user, &json!([{ "op": "add", "path": manager, "value": { "value": trick } }])));
    let reply =
        client.patch(&group, &json!([{ "op": "remove", "path": format!("members[value eq {}]", quoted(trick)) }]));
    assert!(matches!(reply.status, 204 | 400), "{trick}: {}", reply.text());
}

/// Bulk requests: paths, versions, names of operations.
fn bulk(trick: &str) {
    let client = place().bridge.client();
    let operations = json!([
        { "method": "DELETE", "path": format!("/Users/{trick}") },
        { "method": "DELETE", "path": trick },
        { "method": trick, "path": format!("/Users/{}", place().user) },
        { "method": "DELETE", "path": format!("/Users/{}", place().user), "version": format!("W/\"{trick}\"") },
        { "method": "PATCH", "path": format!("/Groups/{}", place().group),
          "data": { "Operations": [{ "op": "add", "path": "members", "value": [{ "value": format!("bulkId:{trick}") }] }] } },
    ]);
    let reply = client.post(
        "/Bulk",
        &json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations }),
    );
    assert!(matches!(reply.status, 200 | 400), "{trick}: {} {}", reply.status, reply.text());
    if reply.status == 200 {
        for done in reply.json()["Operations"].as_array().unwrap() {
            let status: u16 = done["status"].as_str().unwrap().parse().unwrap();
            assert!((400..500).contains(&status), "{trick}: {done}");
        }
    }
}

/// Whoever is called so is called so, stands where all stand, and is found by that name alone.
#[test]
fn what_is_written_comes_back_as_it_was_sent() {
    // Of its own: the other test wants nobody found.
    let place = Place::make();
    let (client, suffix) = (place.bridge.client(), &place.suffix);
    let people: Dn = format!("ou=people,{suffix}").parse().unwrap();
    let mut made = 0;
    for trick in TRICKS {
        let body = json!({
            "userName": format!("trick-{trick}"), "displayName": trick, "title": trick,
            "name": { "familyName": "Trick", "givenName": trick }
        });
        let reply = client.post("/Users", &body);
        if reply.status != 201 {
            // Some are no text to LDAP, such as an empty name or NUL.
            refused(trick, &reply);
            continue;
        }
        made += 1;
        let resource = reply.json();
        let id = resource["id"].as_str().unwrap();
        let read = client.get(&format!("/Users/{id}")).json();
        for pointer in ["/userName", "/displayName", "/title", "/name/givenName"] {
            assert_eq!(read.pointer(pointer), body.pointer(pointer), "{trick}: {read}");
        }
        let found =
            shared().ldapsearch_as(&shared().bind_dn_of(suffix), suffix, &format!("(entryUUID={id})"), &["1.1"]);
        let entries = ldif::entries(&found.unwrap());
        let dn: Dn = entries[0].dn.parse().unwrap();
        assert_eq!((entries.len(), dn.parent()), (1, Some(people.clone())), "{trick}: {}", entries[0].dn);
        let filter = encoded(&format!("userName eq {}", quoted(&format!("trick-{trick}"))));
        let listed = client.get(&format!("/Users?filter={filter}")).json();
        assert_eq!((&listed["totalResults"], &listed["Resources"][0]["id"]), (&json!(1), &json!(id)), "{trick}");
        // A change by its DN, a reference by its DN, another name, and its end.
        let changed =
            client.patch(&format!("/Users/{id}"), &json!([{ "op": "replace", "path": "title", "value": "other" }]));
        assert!(changed.status < 300, "{trick}: {}", changed.text());
        let group =
            client.post("/Groups", &json!({ "displayName": format!("trick-{trick}"), "members": [{ "value": id }] }));
        assert_eq!((group.status, &group.json()["members"][0]["value"]), (201, &json!(id)), "{trick}");
        let name = format!("tricked-{trick}");
        let renamed =
            client.patch(&format!("/Users/{id}"), &json!([{ "op": "replace", "path": "userName", "value": name }]));
        assert!(renamed.status < 300, "{trick}: {}", renamed.text());
        assert_eq!(client.delete(&format!("/Groups/{}", group.json()["id"].as_str().unwrap())).status, 204, "{trick}");
        assert_eq!(client.delete(&format!("/Users/{id}")).status, 204, "{trick}");
    }
    assert!(made > 30, "{made} of {}", TRICKS.len());
}
