//! What is read: the generated tree.

use std::sync::Arc;
use std::time::Duration;

use scimfront::clock::{Clock, SystemClock};
use scimfront::directory::{Bind, Directory, DirectoryOptions, Vendor};

use super::{encoded, place};

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
    assert!(capabilities.subschema_read && capabilities.compares_literally());
    let lock = capabilities.subschema.attribute("nsAccountLock").unwrap();
    assert!(lock.definition.equality.is_none() && lock.equality.is_some());
}

#[test]
fn people_are_users() {
    let place = place();
    let found = place.get(&format!("/Users?filter={}", encoded("userName eq \"bjensen\"")));
    let first = &found["Resources"][0];
    assert_eq!((&found["totalResults"], &first["displayName"]), (&1.into(), &"Babs Jensen".into()), "{found}");
    let path = format!("/Users/{}", first["id"].as_str().unwrap());
    assert_eq!(&place.get(&path), first);
    assert!((1..20).contains(&place.total("/Users", "active eq false and meta.created lt \"2026-01-01T00:00:00Z\"")));
    assert!(place.total("/Users", "active eq true") >= 180);
}

#[test]
fn who_is_locked_is_found_by_the_directory() {
    let said = place().bridge.explain("User", "active eq false");
    assert!(said.contains("(nsAccountLock=true)") && !said.contains("every entry of the type"), "{said}");
}

#[test]
fn groups_have_their_members_on_both_sides() {
    let place = place();
    let found = place.get(&format!("/Groups?filter={}", encoded("displayName eq \"everyone\"")));
    let everyone = &found["Resources"][0];
    let members = everyone["members"].as_array().unwrap();
    assert_eq!(members.len(), 100, "{}", members.len());
    let user = place.get(&format!("/Users/{}", members[0]["value"].as_str().unwrap()));
    let groups = user["groups"].as_array().unwrap();
    assert!(groups.iter().any(|group| group["value"] == everyone["id"]), "{user}");
}
