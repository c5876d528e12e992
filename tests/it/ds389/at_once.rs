//! No write is lost though the server knows neither assertions nor transactions: clients of two bridges write to few resources at once, and
//! what must hold afterwards does: counters that are raised on condition of a version, sets to which everybody adds its own and
//! from which it takes that away, values of one owner, on condition of versions that nobody else changes.
//!
//! `ATOMICITY_OPERATIONS` (default 160) is how many writes the clients make together, `ATOMICITY_SEED` what chance starts from.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use scimfront::sandbox::{Ds389Options, TreeOptions};
use serde_json::{Value, json};

use super::{Place, ids};
use crate::support::client::{Client, Reply, patch_message};
use crate::support::dice::Dice;

/// How many clients there are, each of one of two bridges, and how many users and groups they share.
const CLIENTS: usize = 8;
const SHARED: usize = 2;

/// The attributes that count, and one that is raised together with each.
const COUNTERS: [(&str, &str); 2] = [("title", "userType"), ("displayName", "nickName")];

/// What the clients know, and what they were told.
struct Clients<'a> {
    bridges: [&'a Client; 2],
    users: Vec<String>,
    groups: Vec<String>,
    own: Vec<String>,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    /// How often a counter was raised, by user and attribute.
    raised: BTreeMap<(String, &'static str), u64>,
    /// Whether a client's own user is a member in the end, by group.
    members: BTreeMap<(String, String), bool>,
    /// A client's own value.
    values: BTreeMap<usize, String>,
    statuses: BTreeMap<u16, usize>,
    wrong: Vec<String>,
}

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

impl Clients<'_> {
    fn act(&self, client: usize, turn: usize, dice: &mut Dice) {
        match dice.below(8) {
            0..=2 => self.raise(client, dice),
            3 | 4 => self.change_member(client, dice),
            5 => self.add_by_value(client, dice),
            _ => self.own_value(client, turn),
        }
    }

    fn read(&self, client: usize, path: &str) -> (String, Value) {
        let reply = self.bridges[client % 2].get(path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        (reply.header("etag").unwrap().to_owned(), reply.json())
    }

    fn write(&self, client: usize, path: &str, operations: &Value, version: Option<&str>) -> Reply {
        let reply = self.bridges[client % 2].write("PATCH", path, &patch_message(operations), version);
        let mut told = self.told.lock().unwrap();
        *told.statuses.entry(reply.status).or_default() += 1;
        let stale = reply.status == 412 && version.is_some();
        if !matches!(reply.status, 200 | 204) && !stale {
            told.wrong.push(format!("{path} {operations}: {} {}", reply.status, reply.text()));
        }
        reply
    }

    /// Raises a counter and what goes with it, if nobody has changed the user.
    fn raise(&self, client: usize, dice: &mut Dice) {
        let path = format!("/Users/{}", dice.pick(&self.users));
        let (version, user) = self.read(client, &path);
        let (counter, beside) = dice.pick(&COUNTERS);
        if user[counter] != user[beside] {
            self.told.lock().unwrap().wrong.push(format!("half a write is seen: {user}"));
        }
        let next = user[counter].as_str().unwrap().parse::<u64>().unwrap() + 1;
        let operations = json!([{ "op": "replace", "value": { counter: next.to_string(), beside: next.to_string() } }]);
        if self.write(client, &path, &operations, Some(&version)).status == 200 {
            *self.told.lock().unwrap().raised.entry((path, counter)).or_default() += 1;
        }
    }

    fn change_member(&self, client: usize, dice: &mut Dice) {
        let (path, own) = (format!("/Groups/{}", dice.pick(&self.groups)), &self.own[client]);
        let adds = dice.one_in(2);
        let operations = match adds {
            true => json!([{ "op": "add", "path": "members", "value": [{ "value": own }] }]),
            false => json!([{ "op": "remove", "path": format!("members[value eq \"{own}\"]") }]),
        };
        let version = dice.one_in(3).then(|| self.read(client, &path).0);
        if matches!(self.write(client, &path, &operations, version.as_deref()).status, 200 | 204) {
            self.told.lock().unwrap().members.insert((path, own.clone()), adds);
        }
    }

    /// Adds its own by a value without a path, which is worked out from the list as it was read.
    fn add_by_value(&self, client: usize, dice: &mut Dice) {
        let (path, own) = (format!("/Groups/{}", dice.pick(&self.groups)), &self.own[client]);
        let operations = json!([{ "op": "add", "value": { "members": [{ "value": own }] } }]);
        if matches!(self.write(client, &path, &operations, None).status, 200 | 204) {
            self.told.lock().unwrap().members.insert((path, own.clone()), true);
        }
    }

    /// Writes to its own user, whom others put into groups meanwhile: its version is nobody else's to change.
    fn own_value(&self, client: usize, turn: usize) {
        let path = format!("/Users/{}", self.own[client]);
        let (version, _) = self.read(client, &path);
        let value = format!("turn {turn}");
        let operations = json!([{ "op": "replace", "path": "title", "value": value }]);
        let reply = self.write(client, &path, &operations, Some(&version));
        let mut told = self.told.lock().unwrap();
        if reply.status == 412 {
            told.wrong.push(format!("a 412 without reason: {path}"));
        }
        told.values.insert(client, value);
    }

    /// What isn't as the clients were told.
    fn differences(&self) -> Vec<String> {
        let told = self.told.lock().unwrap();
        let mut wrong = told.wrong.clone();
        for ((path, counter), raised) in &told.raised {
            let shown = self.read(0, path).1[counter].clone();
            if shown != json!(raised.to_string()) {
                wrong.push(format!("{path}: {counter} was raised {raised} times, and is {shown}"));
            }
        }
        for ((path, own), member) in &told.members {
            if ids(&self.read(0, path).1["members"]).contains(own) != *member {
                wrong.push(format!("{path}: whether {own} is a member should be {member}"));
            }
        }
        for (client, value) in &told.values {
            let shown = self.read(0, &format!("/Users/{}", self.own[*client])).1["title"].clone();
            if shown != json!(value) {
                wrong.push(format!("{client}: {value} was written, and it is {shown}"));
            }
        }
        wrong
    }
}

#[test]
fn nothing_is_lost_and_no_version_is_wrong() {
    let (seed, operations) = (from_environment("ATOMICITY_SEED", 8), from_environment("ATOMICITY_OPERATIONS", 160));
    let place = Place::start(&Ds389Options { tree: TreeOptions::sized(1, 0), ..Ds389Options::default() }, "");
    let other = super::bridge(&place.server, "");
    let user = |name: String| {
        let id = place.user(&name);
        let zero = json!({ "title": "0", "userType": "0", "displayName": "0", "nickName": "0" });
        place.patched(&format!("/Users/{id}"), &json!([{ "op": "replace", "value": zero }]));
        id
    };
    let clients = Clients {
        bridges: [place.client(), other.client()],
        users: (0..SHARED).map(|number| user(format!("shared{number}"))).collect(),
        groups: (0..SHARED).map(|number| place.group(&format!("group{number}"), &[])).collect(),
        own: (0..CLIENTS).map(|number| user(format!("own{number}"))).collect(),
        told: Mutex::default(),
    };
    let turns = usize::try_from(operations).unwrap().div_ceil(CLIENTS);
    thread::scope(|scope| {
        for number in 0..CLIENTS {
            let clients = &clients;
            scope.spawn(move || {
                let mut dice = Dice::new(seed.wrapping_mul(1_000).wrapping_add(number as u64));
                (0..turns).for_each(|turn| clients.act(number, turn, &mut dice));
            });
        }
    });
    let wrong = clients.differences();
    let told = clients.told.lock().unwrap();
    println!("at once: seed {seed}, {operations} operations, answers {:?}, raised {:?}", told.statuses, told.raised);
    assert!(
        wrong.is_empty(),
        "seed {seed}: {} wrong\n{:#?}\n{}",
        wrong.len(),
        &wrong[..wrong.len().min(10)],
        place.bridge.log()
    );
}
