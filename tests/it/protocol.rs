//! What a SCIM client meets (RFC 7643, RFC 7644, RFC 9865), over the whole way: HTTP, bridge, a live slapd.

mod compression;
mod conditional;
mod cursors;
mod discovery;
mod endpoints;
mod exports;
mod filters;
mod large_groups;
mod pages;
mod projection;
mod refusals;
mod sorting;

use std::sync::OnceLock;

use scimfront::sandbox::Slapd;
use serde_json::Value;

use crate::support;
use crate::support::bridge::{Bridge, BridgeOptions};
use crate::support::client::{Client, Reply};

/// The error message's schema (RFC 7644 section 3.12).
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// The list's schema (RFC 7644 section 3.4.2).
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The search request's schema (RFC 7644 section 3.4.3).
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// The enterprise extension (RFC 7643 section 4.3).
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A server over the shared slapd's main suffix, whose tree nobody changes.
fn shared() -> &'static Bridge {
    static BRIDGE: OnceLock<Bridge> = OnceLock::new();
    BRIDGE.get_or_init(|| Bridge::start(support::shared(), &BridgeOptions::openldap(support::shared().suffix())))
}

/// A client of [`shared`].
fn client() -> &'static Client {
    shared().client()
}

/// A server over a suffix that the test may change, with the suffix.
fn private() -> (&'static Slapd, String, Bridge) {
    let (slapd, suffix) = support::private_place();
    let bridge = Bridge::start(slapd, &BridgeOptions::openldap(&suffix));
    (slapd, suffix, bridge)
}

/// The JSON of a GET that must succeed.
fn get(path: &str) -> Value {
    let reply = client().get(path);
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/scim+json"), "{path}");
    reply.json()
}

/// The resources of a list.
fn resources(list: &Value) -> Vec<Value> {
    list["Resources"].as_array().cloned().unwrap_or_default()
}

/// The ids of a list's resources, in order.
fn ids(list: &Value) -> Vec<String> {
    resources(list).iter().map(|resource| resource["id"].as_str().unwrap().to_owned()).collect()
}

/// The id of the user of that name.
fn id_of(name: &str) -> String {
    let found = get(&format!("/Users?filter={}", support::client::encoded(&format!("userName eq \"{name}\""))));
    ids(&found).first().unwrap_or_else(|| panic!("no {name}: {found}")).clone()
}

/// Fails unless the answer is a SCIM error of this status and type.
fn assert_error(reply: &Reply, status: u16, scim_type: Option<&str>, about: &str) {
    assert_eq!(reply.status, status, "{about}: {}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/scim+json"), "{about}");
    let error = reply.json();
    assert_eq!(error["schemas"], serde_json::json!([ERROR]), "{about}: {error}");
    assert_eq!(error["status"], status.to_string(), "{about}: {error}");
    assert_eq!(error["scimType"].as_str(), scim_type, "{about}: {error}");
    assert!(error["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{about}: {error}");
}
