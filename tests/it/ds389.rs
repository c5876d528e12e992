//! 389 Directory Server, as FreeIPA and Red Hat's directory have it inside: the OpenLDAP preset with what differs.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use scimfront::clock::{Clock, SystemClock};
use scimfront::directory::{Bind, Directory, DirectoryOptions, Vendor};
use scimfront::sandbox::{Ds389, Ds389Options, TreeOptions};
use serde_json::Value;

use crate::support::bridge::{Backing, Bridge, BridgeOptions};
use crate::support::client::encoded;

/// What differs from OpenLDAP: who is locked, and what moves with a change of a group.
const DIFFERENCES: &str = r#"
[resource.User.attr]
active = { ldap = "nsAccountLock", codec = "switch", off = "true" }

[resource.Group]
version = "content"
"#;

struct Place {
    server: Ds389,
    bridge: Bridge,
}

fn place() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let tree = TreeOptions::sized(200, 17);
        let server = Ds389::start(&Ds389Options { tree, ..Ds389Options::default() }).expect("389-DS starts");
        let backing = Backing {
            url: server.url(),
            bind_dn: server.bind_dn(),
            password: server.password().to_owned(),
            lines: String::new(),
        };
        let bridge = Bridge::start_on(&backing, &BridgeOptions::openldap(server.suffix()).mapped(DIFFERENCES));
        Place { server, bridge }
    })
}

fn get(path: &str) -> Value {
    let reply = place().bridge.client().get(path);
    assert_eq!(reply.status, 200, "{path}: {}\n{}", reply.text(), place().bridge.log());
    reply.json()
}

fn total(filter: &str) -> u64 {
    get(&format!("/Users?count=0&filter={}", encoded(filter)))["totalResults"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_says_what_it_is_able_to() {
    let server = &place().server;
    let mut options = DirectoryOptions::new(vec![server.url().parse().unwrap()]);
    options.bind = Bind::Simple { dn: server.bind_dn(), password: server.password().into() };
    let directory = Directory::start(options, Arc::new(SystemClock));
    directory.ready(SystemClock.now() + Duration::from_secs(10)).await.unwrap();
    let capabilities = directory.capabilities().unwrap();
    assert_eq!(capabilities.vendor, Vendor::Directory389);
    assert!(capabilities.paged() && capabilities.dereference() && capabilities.post_read() && capabilities.member_of());
    assert!(!capabilities.transactions() && !capabilities.assertion() && !capabilities.active_directory());
    assert!(capabilities.subschema_read);
}

#[test]
fn people_are_users() {
    assert_eq!(get("/Users?count=0")["totalResults"], 200);
    let found = get(&format!("/Users?filter={}", encoded("userName eq \"bjensen\"")));
    let first = &found["Resources"][0];
    assert_eq!((&found["totalResults"], &first["displayName"]), (&1.into(), &"Babs Jensen".into()), "{found}");
    let again = get(&format!("/Users/{}", first["id"].as_str().unwrap()));
    assert_eq!(&again, first);
    assert_eq!(total("active eq false") + total("active eq true"), 200);
    assert!((1..20).contains(&total("active eq false")));
}

#[test]
fn groups_have_their_members_on_both_sides() {
    let found = get(&format!("/Groups?filter={}", encoded("displayName eq \"everyone\"")));
    let everyone = &found["Resources"][0];
    let members = everyone["members"].as_array().unwrap();
    assert_eq!(members.len(), 100, "{}", members.len());
    let user = get(&format!("/Users/{}", members[0]["value"].as_str().unwrap()));
    let groups = user["groups"].as_array().unwrap();
    assert!(groups.iter().any(|group| group["value"] == everyone["id"]), "{user}");
}
