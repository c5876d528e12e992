//! Users who are such by a group that is none of the bridge's: nobody tells of their change, and the stamp has moved before it.

use std::thread;
use std::time::Duration;

use super::answer::{Answer, Asked};
use super::world::{Entry, World, Write, path};
use super::{PATIENCE, TURN, openldap};
use crate::support::bridge::Bridge;
use scimfront::clock::{Clock as _, SystemClock};

/// How many people are users from the beginning.
const USERS: usize = 5;

fn shows(asked: &Asked, path: &str, text: &str) -> bool {
    matches!(asked.get(path), Answer::Shown(shown) if shown.contains(text))
}

/// Makes the group that says who is a user, outside the groups that are shown.
fn gate(world: &World, suffix: &str, users: &[Entry]) -> String {
    let (unit, gate) = (format!("ou=apps,{suffix}"), format!("cn=scim,ou=apps,{suffix}"));
    let unit_attributes = [("objectClass", "organizationalUnit"), ("ou", "apps")];
    let group_attributes = [("objectClass", "groupOfNames"), ("cn", "scim"), ("member", "cn=nobody")];
    for (dn, attributes) in [(&unit, &unit_attributes[..]), (&gate, &group_attributes[..])] {
        let attributes = attributes.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        assert!(world.perform(&Write::Add { dn: dn.clone(), attributes }));
    }
    let dns = users.iter().map(|user| user.dn.clone()).collect();
    assert!(world.perform(&Write::Members { group: gate.clone(), dns }));
    gate
}

#[test]
fn who_becomes_a_user_by_a_group_shows_everywhere_and_who_is_none_any_more_nowhere() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let site = openldap();
    let mut world = World::of(&site);
    let (people, groups) = (world.people(), world.groups());
    let of_group = |person: &Entry| groups.iter().find(|group| group.values("member").contains(&person.dn));
    let (person, group) = people.iter().find_map(|person| Some((person, of_group(person)?))).unwrap();
    let others: Vec<Entry> = people.iter().filter(|other| other.dn != person.dn).take(USERS).cloned().collect();
    let gate = gate(&world, &site.suffix(), &others);
    let filter = format!("[resource.User]\nfilter = \"(&(objectClass=inetOrgPerson)(memberOf={gate}))\"\n");
    let bridge = Bridge::start_on(&site.backing(site.url()), &site.options("").mapped(&filter));
    bridge.wait_for("a word on the cache", |bridge| bridge.log().contains("nothing is cached"));

    let asked = Asked::of(&bridge);
    let (user, group) = (path("Users", person), path("Groups", group));
    let lists = ["/Users?count=1000", "/Users?count=2", "/Users?count=2&sortBy=userName"];
    for is_user in [false, true, false, true, false] {
        let write = Write::Member { group: gate.clone(), dn: person.dn.clone(), add: is_user };
        assert!(world.perform(&write) || !is_user);
        // The overlay may be at work.
        let begun = SystemClock.now();
        while shows(&asked, &user, &person.id) != is_user {
            let _ = lists.map(|list| asked.get(list));
            assert!(begun.elapsed() < PATIENCE, "{user} is stale: {}", bridge.log());
            thread::sleep(Duration::from_millis(2));
        }
        let total = format!("\"totalResults\":{}", USERS + usize::from(is_user));
        for _ in 0..2 {
            assert_eq!(shows(&asked, &user, &person.id), is_user);
            assert_eq!(shows(&asked, &group, &person.id), is_user, "{group}");
            assert_eq!(shows(&asked, lists[0], &person.id), is_user);
            for list in lists {
                assert!(shows(&asked, list, &total), "{list} hasn't {total}: {:?}", asked.get(list));
            }
        }
    }
}
