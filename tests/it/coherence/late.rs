//! What a directory does after it has told of a change: slapd's overlay memberof works on the members one by one.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::answer::{Answer, Asked};
use super::site::Site;
use super::world::{Entry, World, Write, path};
use super::{PATIENCE, TURN};
use crate::support::RaisedInTheEnd;
use crate::support::bridge::Bridge;
use scimfront::clock::{Clock as _, SystemClock};

/// How many people join a group at once.
const PEOPLE: usize = 2_000;

/// How many of them are looked at.
const SEEN: usize = 12;

/// Whether the person at `path` is shown in the group called `group`.
fn is_in(bridge: &Asked, path: &str, group: &str) -> bool {
    matches!(bridge.get(path), Answer::Shown(text) if text.contains(group))
}

#[test]
fn members_show_their_group_though_it_was_told_of_before_they_had_it() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let site = Site::early(PEOPLE);
    let mut world = World::of(&site);
    let bridge = Bridge::start_on(&site.backing(site.url()), &site.options(""));
    let asked = Asked::of(&bridge);
    let dn = format!("cn=late,ou=groups,{}", site.suffix());
    let attributes = [("objectClass", "groupOfNames"), ("member", "cn=nobody"), ("cn", "late")];
    let attributes = attributes.map(|(name, value)| (name, value.to_owned())).into();
    assert!(world.perform(&Write::Add { dn: dn.clone(), attributes }));
    let group = world.groups().into_iter().find(|group| group.dn == dn).unwrap();
    let joining: Vec<Entry> = world.people();
    let seen: Vec<String> = joining.iter().rev().take(SEEN).map(|person| path("Users", person)).collect();
    assert!(seen.iter().all(|path| !is_in(&asked, path, &group.id)));

    let (stop, early) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for reader in 0..4 {
            let (stop, early, seen, group, asked) = (&stop, &early, &seen, &group, Asked::of(&bridge));
            scope.spawn(move || {
                for path in seen.iter().cycle().skip(reader * 3) {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    early.fetch_add(usize::from(!is_in(&asked, path, &group.id)), Ordering::Relaxed);
                }
            });
        }
        let stopping = RaisedInTheEnd(&stop);
        let dns = joining.iter().map(|person| person.dn.clone()).collect();
        let taken = world.perform(&Write::Members { group: group.dn.clone(), dns });
        drop(stopping);
        assert!(taken);
    });
    println!("{} answers were given before the members had their group", early.load(Ordering::Relaxed));
    // What was read halfway mustn't be remembered.
    let begun = SystemClock.now();
    for _ in 0..3 {
        for path in &seen {
            assert!(is_in(&asked, path, &group.id), "{path} isn't in {} after {:?}", group.dn, begun.elapsed());
        }
    }
    assert!(begun.elapsed() < PATIENCE);
}
