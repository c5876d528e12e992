//! Random writes, and which resources each concerns.

use serde_json::json;

use super::world::{World, path};
use crate::support::client::Client;
use crate::support::dice::Dice;
use crate::support::ldif::Entry;

/// Makes one random write, behind everybody's back or through the bridge that `client` is one of; returns the paths of the resources
/// that it concerns.
pub(super) fn one(world: &mut World, dice: &mut Dice, client: &Client) -> Vec<String> {
    let (people, groups) = (world.people(), world.groups());
    let person = dice.pick(&people);
    let group = dice.pick(&groups.iter().filter(|group| group.first("member").is_some()).cloned().collect::<Vec<_>>());
    let word = format!("w{}", dice.next() % 100_000);
    let mut concerned = around(&person, &people, &groups);
    let change = match dice.below(12) {
        0 | 1 => format!("dn: {}\nchangetype: modify\nreplace: title\ntitle: {word}\n", person.dn),
        2 | 3 => format!("dn: {}\nchangetype: modify\nreplace: displayName\ndisplayName: {word}\n", person.dn),
        4 => {
            concerned.push(path("Groups", &group));
            let verb = if holds(&group, &person) { "delete" } else { "add" };
            format!("dn: {}\nchangetype: modify\n{verb}: member\nmember: {}\n", group.dn, person.dn)
        }
        5 => {
            let boss = dice.pick(&people);
            format!("dn: {}\nchangetype: modify\nreplace: manager\nmanager: {}\n", person.dn, boss.dn)
        }
        6 => format!("dn: {}\nchangetype: modrdn\nnewrdn: uid={word}\ndeleteoldrdn: 1\n", person.dn),
        7 => {
            let (rdn, _) = person.dn.split_once(',').unwrap();
            let above = dice.pick(&world.units()).dn;
            format!("dn: {}\nchangetype: modrdn\nnewrdn: {rdn}\ndeleteoldrdn: 0\nnewsuperior: {above}\n", person.dn)
        }
        8 => {
            concerned = members(&group, &people, &groups);
            format!("dn: {}\nchangetype: modrdn\nnewrdn: cn={word}\ndeleteoldrdn: 1\n", group.dn)
        }
        9 => {
            let unit = dice.pick(&world.units());
            concerned =
                people.iter().filter(|person| person.dn.ends_with(&unit.dn)).map(|p| path("Users", p)).collect();
            concerned.extend(groups.iter().map(|group| path("Groups", group)));
            format!("dn: {}\nchangetype: modrdn\nnewrdn: ou={word}\ndeleteoldrdn: 1\n", unit.dn)
        }
        10 if people.len() > 20 => format!("dn: {}\nchangetype: delete\n", person.dn),
        10 => format!(
            "dn: uid={word},{}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: {word}\ncn: {word}\nsn: {word}\n",
            world.people_base()
        ),
        _ => {
            // Through another bridge.
            let operation = json!([{ "op": "replace", "path": "displayName", "value": word }]);
            client.patch(&path("Users", &person), &operation);
            return concerned;
        }
    };
    world.change(&change);
    // What is new has an id now.
    let after = world.people();
    let groups = world.groups();
    let is_new = |entry: &&Entry| !people.iter().any(|old| old.first("entryUUID") == entry.first("entryUUID"));
    concerned.extend(after.iter().filter(is_new).map(|entry| path("Users", entry)));
    concerned.extend(groups.iter().filter(|group| holds(group, &person)).map(|group| path("Groups", group)));
    concerned.sort_unstable();
    concerned.dedup();
    concerned
}

fn holds(group: &Entry, person: &Entry) -> bool {
    let named =
        group.values("member").chain(group.values("uniqueMember")).any(|dn| dn.eq_ignore_ascii_case(&person.dn));
    named || group.values("memberUid").any(|uid| person.values("uid").any(|own| own == uid))
}

/// A person, who shows it and whom it shows.
fn around(person: &Entry, people: &[Entry], groups: &[Entry]) -> Vec<String> {
    let reports = people.iter().filter(|other| other.values("manager").any(|dn| dn == person.dn));
    let mut paths: Vec<String> = reports.map(|other| path("Users", other)).collect();
    paths.push(path("Users", person));
    paths.extend(groups.iter().filter(|group| holds(group, person)).map(|group| path("Groups", group)));
    paths
}

/// A group, its members, and the groups that it is in.
fn members(group: &Entry, people: &[Entry], groups: &[Entry]) -> Vec<String> {
    let mut paths: Vec<String> =
        people.iter().filter(|person| holds(group, person)).take(20).map(|person| path("Users", person)).collect();
    paths.push(path("Groups", group));
    paths.extend(groups.iter().filter(|other| holds(other, group)).map(|other| path("Groups", other)));
    paths
}
