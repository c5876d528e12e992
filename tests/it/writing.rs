//! What writing does, rule by rule, over the whole way: HTTP, bridge, a live slapd, and the directory's own tools as witness.

mod at_once;
mod bad_input;
mod bulk;
mod changes;
mod creation;
mod deletion;
mod large_groups;
mod members;
mod namesakes;
mod passwords;
mod policies;
mod versions;

use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use scimfront::sandbox::{Overlay, Slapd, SlapdOptions, TreeOptions};
use serde_json::{Value, json};

use crate::support;
use crate::support::bridge::{Bridge, BridgeOptions};
use crate::support::client::{Client, Reply, encoded};
use crate::support::ldif::{self, Entry};

/// Set in the environment of the run over a plain directory.
const PLAIN: &str = "WRITING_WITHOUT_OVERLAYS";
/// The core schemas.
pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension (RFC 7643 section 4.3).
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
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
        let (slapd, suffix) = match without_overlays() {
            true => plain(),
            false => support::private_place(),
        };
        let mut options = BridgeOptions::openldap(&suffix);
        if without_overlays() {
            options = options.mapped("[resource.User]\nclean_references = true\n");
        }
        let bridge = Bridge::start(slapd, &options);
        Place { slapd, suffix, bridge }
    })
}

/// A slapd that keeps no references and no uniqueness; ppolicy knows the attribute that locks an account.
fn plain() -> (&'static Slapd, String) {
    static SLAPD: OnceLock<Slapd> = OnceLock::new();
    let options = SlapdOptions::with_tree(TreeOptions::sized(20, 9)).overlays(&[Overlay::Ppolicy]);
    let slapd = SLAPD.get_or_init(|| Slapd::start(&options).unwrap());
    (slapd, slapd.suffix().to_owned())
}

/// Whether these tests run over [`plain`].
fn without_overlays() -> bool {
    std::env::var_os(PLAIN).is_some()
}

/// Runs this program again, all of these tests over a plain directory: memberOf, references and unique names are the bridge's then.
#[test]
fn the_same_without_overlays() {
    if without_overlays() {
        return;
    }
    let output = Command::new(std::env::current_exe().unwrap()).arg("writing::").env(PLAIN, "1").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

pub(crate) fn client() -> &'static Client {
    place().bridge.client()
}

/// A name that no other test has.
pub(crate) fn name(stem: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{stem}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The answer to a creation that must succeed.
pub(crate) fn created(endpoint: &str, body: &Value) -> Reply {
    let reply = client().post(endpoint, body);
    assert_eq!(reply.status, 201, "{body}: {}", reply.text());
    reply
}

pub(crate) fn id(reply: &Reply) -> String {
    reply.json()["id"].as_str().unwrap().to_owned()
}

/// A new user of this name; its id.
pub(crate) fn user(name: &str) -> String {
    id(&created("/Users", &json!({ "schemas": [USER], "userName": name, "title": "Guide" })))
}

/// A new group of a new name with these members; its id.
pub(crate) fn group(members: &[&str]) -> String {
    let members: Value = members.iter().map(|id| json!({ "value": id })).collect();
    id(&created("/Groups", &json!({ "schemas": [GROUP], "displayName": name("group"), "members": members })))
}

/// The resource, which must be there.
pub(crate) fn get(path: &str) -> Value {
    let reply = client().get(path);
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.json()
}

/// The resource after operations that must succeed.
pub(crate) fn patched(path: &str, operations: &Value) -> Value {
    let reply = client().patch(path, operations);
    assert!(matches!(reply.status, 200 | 204), "{operations}: {} {}", reply.status, reply.text());
    let now = get(path);
    if reply.status == 200 {
        assert_eq!(reply.json(), now, "{operations}");
    }
    now
}

/// The ids of a group's members, sorted.
pub(crate) fn members(group: &Value) -> Vec<String> {
    let members = group["members"].as_array().into_iter().flatten();
    let mut ids: Vec<String> = members.map(|member| member["value"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

pub(crate) fn sorted(ids: &[&str]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.sort();
    ids
}

/// What the directory itself holds of the resource, operational attributes included.
pub(crate) fn entry(id: &str) -> Option<Entry> {
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
pub(crate) fn count(endpoint: &str, filter: &str) -> u64 {
    get(&format!("{endpoint}?filter={}&count=0", encoded(filter)))["totalResults"].as_u64().unwrap()
}

/// Fails unless the answer is a SCIM error of this status and type.
pub(crate) fn assert_error(reply: &Reply, status: u16, scim_type: Option<&str>, about: &str) {
    assert_eq!(reply.status, status, "{about}: {}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/scim+json"), "{about}");
    let error = reply.json();
    assert_eq!(error["schemas"], json!([ERROR]), "{about}: {error}");
    assert_eq!(error["status"], status.to_string(), "{about}: {error}");
    if scim_type.is_some() {
        assert_eq!(error["scimType"].as_str(), scim_type, "{about}: {error}");
    }
}
