//! Random writes, and which resources each concerns.

use serde_json::{Value, json};

use super::world::{Entry, World, Write, path};
use crate::support::client::{Client, encoded, patch_message};
use crate::support::dice::Dice;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// A write that is about to be made, and the paths of what it concerns.
pub(super) struct Deed {
    how: How,
    pub(super) concerned: Vec<String>,
    /// The person that it is about.
    person: Entry,
    /// Who was there before.
    people: Vec<Entry>,
}

enum How {
    Ldap(Write),
    Scim { method: &'static str, path: String, body: Option<Value> },
}

/// What there is, and chance.
struct Scene<'a> {
    world: &'a World,
    dice: &'a mut Dice,
    people: Vec<Entry>,
    groups: Vec<Entry>,
    person: Entry,
    group: Entry,
    word: String,
}

impl Deed {
    /// A random change by LDAP.
    pub(super) fn by_ldap(world: &mut World, dice: &mut Dice) -> Self {
        let mut scene = Scene::set(world, dice);
        let (write, concerned) = scene.change();
        scene.deed(How::Ldap(write), concerned)
    }

    /// A random change by SCIM.
    pub(super) fn by_scim(world: &mut World, dice: &mut Dice) -> Self {
        let mut scene = Scene::set(world, dice);
        let (how, concerned) = scene.request();
        scene.deed(how, concerned)
    }

    /// Makes it, by `client` where it is by SCIM; says whether it was taken.
    pub(super) fn perform(&self, world: &World, client: &Client) -> bool {
        match &self.how {
            How::Ldap(write) => world.perform(write),
            How::Scim { method: "DELETE", path, .. } => client.delete(path).status == 204,
            How::Scim { method, path, body } => {
                let reply = client.write(method, path, body.as_ref().unwrap(), None);
                (200..300).contains(&reply.status)
            }
        }
    }

    /// Adds what it concerns by what it has made.
    pub(super) fn look_again(&mut self, world: &mut World) {
        let (after, groups) = (world.people(), world.groups());
        let is_new = |entry: &&Entry| !self.people.iter().any(|old| old.id == entry.id);
        self.concerned.extend(after.iter().filter(is_new).map(|entry| path("Users", entry)));
        let now = after.iter().find(|entry| entry.id == self.person.id).unwrap_or(&self.person);
        self.concerned.extend(groups.iter().filter(|group| holds(group, now)).map(|group| path("Groups", group)));
        self.concerned.sort_unstable();
        self.concerned.dedup();
    }
}

impl<'a> Scene<'a> {
    fn set(world: &'a mut World, dice: &'a mut Dice) -> Self {
        let (people, groups) = (world.people(), world.groups());
        let person = dice.pick(&people);
        let with_members: Vec<Entry> =
            groups.iter().filter(|group| !group.values("member").is_empty()).cloned().collect();
        let group = dice.pick(&with_members);
        let word = format!("w{}", dice.next() % 1_000_000);
        Self { world, dice, people, groups, person, group, word }
    }

    fn deed(self, how: How, mut concerned: Vec<String>) -> Deed {
        match self.dice.below(6) {
            0 => concerned.push("/Users?count=200".to_owned()),
            1 => concerned.push("/Groups?count=200".to_owned()),
            2 => {
                let filter = encoded(&format!("displayName eq \"{}\"", self.word));
                concerned.push(format!("/Users?filter={filter}"));
            }
            _ => {}
        }
        Deed { how, concerned, person: self.person, people: self.people }
    }

    fn change(&mut self) -> (Write, Vec<String>) {
        let (dn, word) = (self.person.dn.clone(), self.word.clone());
        let around = self.around();
        match self.dice.below(12) {
            0 => (Write::Replace { dn, attribute: "title", value: word }, around),
            1..=3 => (Write::Replace { dn, attribute: "displayName", value: word }, around),
            4 | 5 => {
                let add = !holds(&self.group, &self.person);
                (Write::Member { group: self.group.dn.clone(), dn, add }, self.with_group(around))
            }
            6 => {
                let boss = self.dice.pick(&self.people).dn;
                (Write::Replace { dn, attribute: "manager", value: boss }, around)
            }
            7 => (Write::Rename { dn, rdn: format!("{}={word}", self.world.words.rdn), parent: None }, around),
            8 => {
                let (rdn, _) = dn.split_once(',').unwrap();
                let parent = self.dice.pick(&self.world.units()).dn;
                (Write::Rename { rdn: rdn.to_owned(), dn, parent: Some(parent) }, around)
            }
            9 => {
                let write = Write::Rename { dn: self.group.dn.clone(), rdn: format!("cn={word}"), parent: None };
                (write, self.members())
            }
            10 => {
                let unit = self.dice.pick(&self.world.units());
                let below = self.people.iter().filter(|person| person.dn.ends_with(&unit.dn));
                let mut concerned: Vec<String> = below.map(|person| path("Users", person)).collect();
                concerned.extend(self.groups.iter().map(|group| path("Groups", group)));
                (Write::Rename { dn: unit.dn, rdn: format!("ou={word}"), parent: None }, concerned)
            }
            _ if self.people.len() > 20 => (Write::Delete { dn }, around),
            _ => (self.addition(), around),
        }
    }

    fn addition(&self) -> Write {
        let word = self.word.as_str();
        let attributes: &[(&'static str, &str)] = if self.world.words.preset == "ad" {
            &[("objectClass", "user"), ("sAMAccountName", word), ("sn", word)]
        } else {
            &[("objectClass", "inetOrgPerson"), ("uid", word), ("cn", word), ("sn", word)]
        };
        let mut attributes: Vec<(&'static str, String)> =
            attributes.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        if self.world.words.preset == "ad" {
            attributes.push(("userPrincipalName", format!("{word}@example.com")));
        }
        Write::Add { dn: format!("{}={word},{}", self.world.words.rdn, self.world.people_base()), attributes }
    }

    fn request(&mut self) -> (How, Vec<String>) {
        let patch = |path: String, operation: Value| How::Scim {
            method: "PATCH",
            path,
            body: Some(patch_message(&json!([operation]))),
        };
        let replace = |name: &str, value: Value| json!({ "op": "replace", "path": name, "value": value });
        let (user, group) = (path("Users", &self.person), path("Groups", &self.group));
        let (around, word) = (self.around(), self.word.clone());
        match self.dice.below(9) {
            0 => (patch(user, replace("title", json!(word))), around),
            1 | 2 => (patch(user, replace("displayName", json!(word))), around),
            3 | 4 => {
                let operation = if holds(&self.group, &self.person) {
                    json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", self.person.id) })
                } else {
                    json!({ "op": "add", "path": "members", "value": [{ "value": self.person.id }] })
                };
                (patch(group, operation), self.with_group(around))
            }
            5 => {
                let boss = self.dice.pick(&self.people).id;
                (patch(user, replace(&format!("{ENTERPRISE}:manager"), json!({ "value": boss }))), around)
            }
            6 => (patch(user, replace("userName", json!(self.user_name()))), around),
            7 => (patch(group, replace("displayName", json!(word))), self.members()),
            _ if self.people.len() > 20 => (How::Scim { method: "DELETE", path: user, body: None }, around),
            _ => {
                let body = json!({ "schemas": [USER], "userName": self.user_name(), "displayName": word,
                    "name": { "familyName": word } });
                (How::Scim { method: "POST", path: "/Users".to_owned(), body: Some(body) }, around)
            }
        }
    }

    fn user_name(&self) -> String {
        match self.world.words.preset {
            "ad" => format!("{}@example.com", self.word),
            _ => self.word.clone(),
        }
    }

    /// The person, who shows it and whom it shows.
    fn around(&self) -> Vec<String> {
        let person = &self.person;
        let named = |dn: &String| dn.eq_ignore_ascii_case(&person.dn);
        let reports = self.people.iter().filter(|other| other.values("manager").iter().any(named));
        let mut paths: Vec<String> = reports.map(|other| path("Users", other)).collect();
        paths.push(path("Users", person));
        paths.extend(self.groups.iter().filter(|group| holds(group, person)).map(|group| path("Groups", group)));
        paths
    }

    fn with_group(&self, mut paths: Vec<String>) -> Vec<String> {
        paths.push(path("Groups", &self.group));
        paths
    }

    /// The group, its members, and the groups that it is in.
    fn members(&self) -> Vec<String> {
        let members = self.people.iter().filter(|person| holds(&self.group, person));
        let mut paths: Vec<String> = members.take(20).map(|person| path("Users", person)).collect();
        paths.push(path("Groups", &self.group));
        paths.extend(self.groups.iter().filter(|other| holds(other, &self.group)).map(|other| path("Groups", other)));
        paths
    }
}

fn holds(group: &Entry, member: &Entry) -> bool {
    let named = |name: &str| group.values(name).iter().any(|dn| dn.eq_ignore_ascii_case(&member.dn));
    let by_key = group.values("memberuid").iter().any(|uid| member.values("uid").contains(uid));
    named("member") || named("uniquemember") || by_key
}
