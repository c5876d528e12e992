//! Writes while the replica that is read lacks what others wrote.

use std::thread;
use std::time::Duration;

use serde_json::json;

use super::answer::{Answer, Asked};
use super::site::Site;
use super::world::{World, Write, path};
use super::{PATIENCE, TURN};
use crate::support::bridge::Bridge;
use scimfront::clock::{Clock as _, SystemClock};

fn shows(asked: &Asked, path: &str, text: &str) -> bool {
    matches!(asked.get(path), Answer::Shown(shown) if shown.contains(text))
}

#[test]
fn members_that_a_replica_lacks_are_replaced_like_any() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let site = Site::apart();
    let (mut world, replica) = (World::of(&site), World::at(&site, site.replica()));
    let (people, groups) = (world.people(), world.groups());
    let in_one = |dn: &String| groups.iter().find(|group| group.values("member").contains(dn));
    let (stays, group) = people.iter().find_map(|person| Some((person, in_one(&person.dn)?))).unwrap();
    let mark = "as the replica has it";
    let marking = Write::Replace { dn: stays.dn.clone(), attribute: "title", value: mark.to_owned() };
    assert!(replica.perform(&marking));
    let mut backing = site.backing(site.url());
    backing.lines.push_str("\nreplica_lag = \"60s\"");
    let bridge = Bridge::start_on(&backing, &site.options("feed = \"off\"\n"));
    let (asked, begun) = (Asked::of(&bridge), SystemClock.now());
    while !shows(&asked, &path("Users", stays), mark) {
        assert!(begun.elapsed() < PATIENCE, "the replica isn't read: {}", bridge.log());
        thread::sleep(Duration::from_millis(10));
    }

    let dn = format!("uid=newcomer,{}", world.people_base());
    let attributes = [("objectClass", "inetOrgPerson"), ("uid", "newcomer"), ("cn", "New"), ("sn", "Comer")];
    let attributes = attributes.map(|(name, value)| (name, value.to_owned())).into();
    assert!(world.perform(&Write::Add { dn: dn.clone(), attributes }));
    assert!(world.perform(&Write::Member { group: group.dn.clone(), dn: dn.clone(), add: true }));
    assert!(shows(&asked, &path("Users", stays), mark), "the replica is read still");
    let wanted = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": group.values("cn")[0],
        "members": [{ "value": stays.id }],
    });
    let reply = bridge.client().put(&path("Groups", group), &wanted);
    assert_eq!(reply.status, 200, "{}", reply.text());
    let after = world.groups().into_iter().find(|other| other.dn == group.dn).unwrap();
    assert_eq!(after.values("member"), std::slice::from_ref(&stays.dn));
}
