//! The clients, what they do, and what they were told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use scimfront::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::{CLIENTS, GROUPS, USERS};
use crate::active_directory::{GROUP, USER};
use crate::support::client::{Client, Reply, patch_message};
use crate::support::dice::Dice;

/// The attributes over which one counter is spread: each write goes to one of them, and says one more than the larger.
const SPREAD: [&str; 2] = ["userType", "preferredLanguage"];

/// One write, and how it was answered.
#[derive(Debug)]
pub(super) struct Deed {
    /// What was written to.
    pub(super) path: String,
    /// In words.
    pub(super) what: String,
    /// Whether a version was given.
    pub(super) conditional: bool,
    /// From when on nothing may have been written, for the version to be right, and when the answer came.
    pub(super) between: (Instant, Instant),
    pub(super) status: u16,
    pub(super) text: String,
}

/// What the clients did, and what follows from what they were told.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) deeds: Vec<Deed>,
    /// How often `title` was raised, by user.
    pub(super) raised: BTreeMap<String, u64>,
    /// The numbers that were given, by user; those across two attributes.
    pub(super) spread: BTreeMap<String, Vec<u64>>,
    /// Who is a member in the end, by group, and which address a user has; whether it was the last thing said.
    pub(super) members: BTreeMap<(String, String), bool>,
    pub(super) addresses: BTreeMap<(String, String), bool>,
    /// Values that have one owner: path, attribute, value.
    pub(super) owned: BTreeMap<(String, String), Value>,
    /// Names that many wanted, and who got them.
    pub(super) names: Vec<(String, String)>,
}

impl Done {
    /// How many deeds ended how.
    pub(super) fn summary(&self) -> String {
        let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
        self.deeds.iter().for_each(|deed| *counts.entry(deed.status).or_default() += 1);
        let conditional = self.deeds.iter().filter(|deed| deed.conditional).count();
        let given: usize = self.spread.values().map(Vec::len).sum();
        let raised: u64 = self.raised.values().sum();
        format!(
            "{} deeds, {conditional} conditional, answers {counts:?}; {raised} raised, {given} numbers given, {} memberships, \
             {} addresses, {} contested names",
            self.deeds.len(),
            self.members.len(),
            self.addresses.len(),
            self.names.len()
        )
    }
}

/// The clients, and the resources that all of them know.
pub(super) struct Clients<'a> {
    bridges: [&'a Client; 2],
    users: Vec<String>,
    groups: Vec<String>,
    /// Each client's own users, who become members.
    own: Vec<Vec<String>>,
    done: Mutex<Done>,
}

impl<'a> Clients<'a> {
    /// Makes the resources.
    pub(super) fn new(bridges: [&'a Client; 2]) -> Self {
        let made = |endpoint: &str, body: Value| {
            let reply = bridges[0].post(endpoint, &body);
            assert_eq!(reply.status, 201, "{}", reply.text());
            reply.json()["id"].as_str().unwrap().to_owned()
        };
        let user = |name: String| {
            let body = json!({ "schemas": [USER], "userName": format!("{name}@example.com"), "displayName": name,
                "title": "0", "userType": "0", "preferredLanguage": "0" });
            made("/Users", body)
        };
        let group = |name: String| made("/Groups", json!({ "schemas": [GROUP], "displayName": name }));
        Self {
            bridges,
            users: (0..USERS).map(|number| user(format!("shared{number}"))).collect(),
            groups: (0..GROUPS).map(|number| group(format!("shared group {number}"))).collect(),
            own: (0..CLIENTS).map(|client| (0..2).map(|n| user(format!("own{client}n{n}"))).collect()).collect(),
            done: Mutex::default(),
        }
    }

    /// Makes that many writes, and says what was done.
    pub(super) fn run(self, operations: usize, seed: u64) -> Done {
        thread::scope(|scope| {
            for number in 0..CLIENTS {
                let clients = &self;
                scope.spawn(move || {
                    let mut dice = Dice::new(seed.wrapping_mul(1_000).wrapping_add(number as u64));
                    for turn in 0..operations.div_ceil(CLIENTS) {
                        clients.act(number, turn, &mut dice);
                    }
                });
            }
        });
        self.done.into_inner().unwrap()
    }

    fn act(&self, client: usize, turn: usize, dice: &mut Dice) {
        let user = format!("/Users/{}", dice.pick(&self.users));
        match dice.below(16) {
            0..=2 => self.raise(client, &user),
            3..=5 => self.give_a_number(client, &user, dice),
            6..=8 => self.change_members(client, dice),
            9..=11 => self.change_address(client, &user, dice),
            12 => self.own_value(client, &format!("/Users/{}", self.users[client % USERS]), "active", dice),
            13 => self.own_value(client, &format!("/Groups/{}", self.groups[client % GROUPS]), "displayName", dice),
            14 => self.want_a_name(client, turn, dice),
            _ => self.own_value(client, &user, "nickname of its own", dice),
        }
    }

    /// Writes, on condition of a version where one is given, and remembers how that went.
    fn write(&self, client: usize, path: &str, what: &str, operations: &Value, seen: Option<(Instant, &str)>) -> Reply {
        let begun = SystemClock.now();
        let message = patch_message(operations);
        let reply = self.bridges[client % 2].write("PATCH", path, &message, seen.map(|(_, etag)| etag));
        self.note(path, what, seen.is_some(), (seen.map_or(begun, |(since, _)| since), SystemClock.now()), &reply);
        reply
    }

    fn note(&self, path: &str, what: &str, conditional: bool, between: (Instant, Instant), reply: &Reply) {
        let (path, what, text) = (path.to_owned(), what.to_owned(), reply.text().chars().take(300).collect());
        let deed = Deed { path, what, conditional, between, status: reply.status, text };
        self.done.lock().unwrap().deeds.push(deed);
    }

    fn read(&self, client: usize, path: &str) -> (Instant, String, Value) {
        let since = SystemClock.now();
        let reply = self.bridges[client % 2].get(path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        (since, reply.header("etag").unwrap().to_owned(), reply.json())
    }

    fn raise(&self, client: usize, path: &str) {
        let (since, etag, user) = self.read(client, path);
        let next = number(&user["title"]) + 1;
        let operations = json!([{ "op": "replace", "path": "title", "value": next.to_string() }]);
        if self.write(client, path, "raises the title", &operations, Some((since, &etag))).status == 200 {
            *self.done.lock().unwrap().raised.entry(path.to_owned()).or_default() += 1;
        }
    }

    fn give_a_number(&self, client: usize, path: &str, dice: &mut Dice) {
        let (since, etag, user) = self.read(client, path);
        let next = SPREAD.iter().map(|name| number(&user[name])).max().unwrap() + 1;
        let operations = json!([{ "op": "replace", "path": dice.pick(&SPREAD), "value": next.to_string() }]);
        if self.write(client, path, "gives a number", &operations, Some((since, &etag))).status == 200 {
            self.done.lock().unwrap().spread.entry(path.to_owned()).or_default().push(next);
        }
    }

    /// Adds or removes its own, every other time on condition of the group's version.
    fn change_members(&self, client: usize, dice: &mut Dice) {
        let path = format!("/Groups/{}", dice.pick(&self.groups));
        let mut ids: BTreeSet<String> = BTreeSet::new();
        (0..=dice.below(2)).for_each(|_| _ = ids.insert(dice.pick(&self.own[client])));
        let adds = dice.one_in(2);
        let operations: Value = match adds {
            true => {
                let members: Value = ids.iter().map(|id| json!({ "value": id })).collect();
                json!([{ "op": "add", "path": "members", "value": members }])
            }
            false => {
                ids.iter().map(|id| json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") })).collect()
            }
        };
        let seen = dice.one_in(2).then(|| self.read(client, &format!("{path}?excludedAttributes=members")));
        let seen = seen.as_ref().map(|(since, etag, _)| (*since, etag.as_str()));
        let what = format!("{} {ids:?}", if adds { "adds" } else { "removes" });
        if matches!(self.write(client, &path, &what, &operations, seen).status, 200 | 204) {
            let mut done = self.done.lock().unwrap();
            ids.into_iter().for_each(|id| _ = done.members.insert((path.clone(), id), adds));
        }
    }

    /// Adds its own address to a list that everybody writes to, or removes it.
    fn change_address(&self, client: usize, path: &str, dice: &mut Dice) {
        let address = format!("client{client}n{}@example.com", dice.below(2));
        let adds = dice.one_in(2);
        let operations = match adds {
            true => json!([{ "op": "add", "path": "emails", "value": [{ "value": address, "type": "other" }] }]),
            false => json!([{ "op": "remove", "path": format!("emails[value eq \"{address}\"]") }]),
        };
        let what = format!("{} {address}", if adds { "adds" } else { "removes" });
        let reply = self.write(client, path, &what, &operations, None);
        // Removing what isn't there may be told.
        let nothing_there = !adds && reply.status == 400 && reply.json()["scimType"] == "noTarget";
        if reply.status == 200 || nothing_there {
            self.done.lock().unwrap().addresses.insert((path.to_owned(), address), adds && reply.status == 200);
        }
    }

    /// Writes what nobody else writes, beside what others write.
    fn own_value(&self, client: usize, path: &str, attribute: &str, dice: &mut Dice) {
        let (attribute, value) = match attribute {
            // The users' and groups' first clients own these.
            "active" if client < USERS => ("active".to_owned(), json!(dice.one_in(2))),
            "displayName" if client < GROUPS => {
                ("displayName".to_owned(), json!(format!("group {client} {}", dice.below(1_000_000))))
            }
            _ => (own_attribute(client).to_owned(), json!(format!("{}", dice.below(1_000_000)))),
        };
        let path = if attribute == own_attribute(client) && path.starts_with("/Groups") {
            format!("/Users/{}", self.users[0])
        } else {
            path.to_owned()
        };
        let operations = json!([{ "op": "replace", "path": attribute, "value": value }]);
        if self.write(client, &path, &format!("{attribute} = {value}"), &operations, None).status == 200 {
            self.done.lock().unwrap().owned.insert((path, attribute), value);
        }
    }

    /// Wants a name that others want at the same moment.
    fn want_a_name(&self, client: usize, turn: usize, dice: &mut Dice) {
        let name = format!("contested{}n{}@example.com", turn / 16, dice.below(2));
        let since = SystemClock.now();
        let reply = self.bridges[client % 2].post("/Users", &json!({ "schemas": [USER], "userName": name }));
        self.note("/Users", &format!("wants {name}"), false, (since, SystemClock.now()), &reply);
        if reply.status == 201 {
            let id = reply.json()["id"].as_str().unwrap().to_owned();
            self.done.lock().unwrap().names.push((name, id));
        }
    }
}

/// An attribute that this client alone writes: absent at first, as most are.
fn own_attribute(client: usize) -> &'static str {
    [
        "name.givenName",
        "name.familyName",
        "name.middleName",
        "name.honorificPrefix",
        "name.honorificSuffix",
        "profileUrl",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division",
    ][client]
}

/// The number that a value says.
pub(super) fn number(value: &Value) -> u64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value}"))
}
