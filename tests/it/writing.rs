//! What writing does, rule by rule, over the whole way: HTTP, bridge, a live slapd, and the directory's own tools as witness.

mod bad_input;
mod bulk;
mod changes;
mod creation;
mod deletion;
mod large_groups;
mod members;
mod passwords;
mod policies;
mod versions;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use scimfront::sandbox::Slapd;
use serde_json::{Value, json};

use crate::support;
use crate::support::bridge::{Bridge, BridgeOptions};
use crate::support::client::{Client, Reply, encoded};
use crate::support::ldif::{self, Entry};

/// The core schemas.
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension (RFC 7643 section 4.3).
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The error message's schema (RFC 7644 section 3.12).
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// A server over a suffix that these tests share; each makes resources of its own.
struct Place {
    slapd: &'static Slapd,
    suffix: String,
    bridge: Bridge,
}

fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let (slapd, suffix) = (support::shared(), support::private());
        let bridge = Bridge::start(slapd, &BridgeOptions::openldap(&suffix));
        Place { slapd, suffix, bridge }
    })
}

fn client() -> &'static Client {
    place().bridge.client()
}

/// A name that no other test has.
fn name(stem: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{stem}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The answer to a creation that must succeed.
fn created(endpoint: &str, body: &Value) -> Reply {
    let reply = client().post(endpoint, body);
    assert_eq!(reply.status, 201, "{body}: {}", reply.text());
    reply
}

fn id(reply: &Reply) -> String {
    reply.json()["id"].as_str().unwrap().to_owned()
}

/// A new user of this name; its id.
fn user(name: &str) -> String {
    id(&created("/Users", &json!({ "schemas": [USER], "userName": name, "title": "Guide" })))
}

/// A new group of a new name with these members; its id.
fn group(members: &[&str]) -> String {
    let members: Value = members.iter().map(|id| json!({ "value": id })).collect();
    id(&created("/Groups", &json!({ "schemas": [GROUP], "displayName": name("group"), "members": members })))
}

/// The resource, which must be there.
fn get(path: &str) -> Value {
    let reply = client().get(path);
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.json()
}

/// The resource after operations that must succeed.
fn patched(path: &str, operations: &Value) -> Value {
    let reply = client().patch(path, operations);
    assert!(matches!(reply.status, 200 | 204), "{operations}: {} {}", reply.status, reply.text());
    let now = get(path);
    if reply.status == 200 {
        assert_eq!(reply.json(), now, "{operations}");
    }
    now
}

/// The ids of a group's members, sorted.
fn members(group: &Value) -> Vec<String> {
    let members = group["members"].as_array().into_iter().flatten();
    let mut ids: Vec<String> = members.map(|member| member["value"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

fn sorted(ids: &[&str]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.sort();
    ids
}

/// What the directory itself holds of the resource, operational attributes included.
fn entry(id: &str) -> Option<Entry> {
    let place = place();
    let bind = place.slapd.bind_dn_of(&place.suffix);
    let filter = format!("(entryUUID={id})");
    let text = place.slapd.ldapsearch_as(&bind, &place.suffix, &filter, &["*", "+"]).unwrap();
    ldif::entries(&text).pop()
}

/// Changes the entry behind the server's back.
fn ldapmodify(ldif: &str) {
    let place = place();
    place.slapd.ldapmodify_as(&place.slapd.bind_dn_of(&place.suffix), ldif).unwrap();
}

/// How many resources a filter finds.
fn count(endpoint: &str, filter: &str) -> u64 {
    get(&format!("{endpoint}?filter={}&count=0", encoded(filter)))["totalResults"].as_u64().unwrap()
}

/// Fails unless the answer is a SCIM error of this status and type.
fn assert_error(reply: &Reply, status: u16, scim_type: Option<&str>, about: &str) {
    assert_eq!(reply.status, status, "{about}: {}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/scim+json"), "{about}");
    let error = reply.json();
    assert_eq!(error["schemas"], json!([ERROR]), "{about}: {error}");
    assert_eq!(error["status"], status.to_string(), "{about}: {error}");
    if scim_type.is_some() {
        assert_eq!(error["scimType"].as_str(), scim_type, "{about}: {error}");
    }
}
