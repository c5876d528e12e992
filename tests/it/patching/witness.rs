//! Sends documents to a server and holds what becomes of its resources against the model.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use scimfront::sandbox::Slapd;
use serde_json::Value;

use super::generator::Generator;
use super::refusal::Refusal;
use super::{Operation, model, normal, words};
use crate::exactness::catalogue::Type;
use crate::support::access_log::{self, Record};
use crate::support::bridge::Bridge;
use crate::support::client::{Client, Reply};
use crate::support::dice::Dice;
use crate::support::ldif;

/// Kinds of groups whose members are users alone, or are no client's to change.
const WITHOUT_GROUPS: &[&str] = &["posixGroup", "groupOfURLs"];

/// A server, its directory, and what is known of both.
pub(crate) struct Witness<'a> {
    slapd: &'a Slapd,
    bridge: &'a Bridge,
    types: Vec<Type>,
    users: Vec<String>,
    /// The groups that users and groups may be members of.
    groups: Vec<String>,
    /// Users whose entries are named by their full name. The preset names them by the login name, and lets others keep theirs.
    named_by_cn: BTreeSet<String>,
    /// The number of the last write that was seen.
    last: RefCell<Option<String>>,
}

/// What a document came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Changed,
    NothingChanged,
    Refused,
}

/// One document, sent.
struct Trial<'a> {
    kind: &'a Type,
    named_by_cn: bool,
    path: String,
    before: Value,
    operations: Vec<Operation>,
    body: Value,
    reply: Reply,
    after: Value,
    records: Vec<Record>,
}

impl<'a> Witness<'a> {
    /// Reads which resources there are.
    pub(crate) fn new(slapd: &'a Slapd, bridge: &'a Bridge) -> Self {
        let types = Type::read_all(bridge.client());
        let people = slapd.ldapsearch(&format!("ou=people,{}", slapd.suffix()), "(uid=*)", &["entryUUID"]).unwrap();
        let named_by_cn = ldif::entries(&people).into_iter().filter(|entry| !entry.dn.starts_with("uid="));
        let named_by_cn = named_by_cn.filter_map(|entry| entry.first("entryUUID").map(str::to_owned)).collect();
        let excluded: Vec<String> = WITHOUT_GROUPS.iter().map(|class| format!("(objectClass={class})")).collect();
        let filter = format!("(&(cn=*)(!(|{})))", excluded.concat());
        let text = slapd.ldapsearch(&format!("ou=groups,{}", slapd.suffix()), &filter, &["entryUUID"]).unwrap();
        let plain: BTreeSet<String> =
            ldif::entries(&text).iter().filter_map(|entry| entry.first("entryUUID").map(str::to_owned)).collect();
        let users = ids(bridge.client(), "/Users");
        let groups = ids(bridge.client(), "/Groups").into_iter().filter(|id| plain.contains(id)).collect();
        Self { slapd, bridge, types, users, groups, named_by_cn, last: RefCell::default() }
    }

    /// Sends that many random documents.
    pub(crate) fn send(&self, rounds: usize, seed: u64) {
        let mut dice = Dice::new(seed);
        let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
        let mut differences = Vec::new();
        let mut writes = 0;
        for round in 0..rounds {
            let trial = self.trial(round, &mut dice);
            match trial.judge() {
                Ok(outcome) => *counts.entry(outcome).or_default() += 1,
                Err(difference) => differences.push(format!("round {round}: {}", trial.story(&difference))),
            }
            writes += trial.records.len();
            if differences.len() >= 10 {
                break;
            }
        }
        println!("patching: seed {seed}, {rounds} documents, {counts:?}, {writes} LDAP writes");
        assert!(
            differences.is_empty(),
            "seed {seed}: {} differences\n{}\n{}",
            differences.len(),
            differences.join("\n\n"),
            self.bridge.log()
        );
    }

    fn trial(&self, round: usize, dice: &mut Dice) -> Trial<'_> {
        let (kind, ids) = if dice.one_in(3) { (&self.types[1], &self.groups) } else { (&self.types[0], &self.users) };
        let id = dice.pick(ids);
        let path = format!("{}/{id}", kind.endpoint);
        let client = self.bridge.client();
        let before = read(client, &path);
        let groups = self.groups.iter().filter(|other| **other != id).cloned().collect();
        let generator = Generator { kind, users: self.users.clone(), groups };
        let operations = generator.document(&before, round, dice);
        let plain = dice.one_in(2);
        let body: Value = operations.iter().map(|operation| operation.json(dice, plain)).collect();
        let reply = client.patch(&path, &body);
        let after = read(client, &path);
        let mut last = self.last.borrow_mut();
        let records = access_log::read(self.slapd, last.as_deref());
        *last = records.last().map(|record| record.csn.clone()).or(last.take());
        let named_by_cn = self.named_by_cn.contains(&id);
        Trial { kind, named_by_cn, path, before, operations, body, reply, after, records }
    }
}

impl Trial<'_> {
    fn judge(&self) -> Result<Outcome, String> {
        let expected = match self.expected() {
            Ok(expected) => expected,
            Err(refusals) => return self.refused(&refusals),
        };
        if !matches!(self.reply.status, 200 | 204) {
            return Err(format!("refused with {}: {}\nexpected {expected}", self.reply.status, self.reply.text()));
        }
        self.compare(&expected, &self.after)?;
        if self.reply.status == 200 {
            self.compare(&expected, &self.reply.json())?;
        }
        let (etag, version) = (self.reply.header("etag"), &self.after["meta"]["version"]);
        if etag.map(stored_part) != version.as_str().map(stored_part) {
            return Err(format!("the answer's ETag is {etag:?}, the resource's {version}"));
        }
        if expected == normal::normal(self.kind, &self.before).map_err(|_| "the resource had no normal form")? {
            self.is_untouched()?;
            return Ok(Outcome::NothingChanged);
        }
        // The entry's name is an operation of its own (RFC 4511 section 4.9). Groups that name members by login name follow it.
        let own = |kind: &&str| {
            self.records.iter().filter(|record| record.kind == **kind && self.before["id"] == *record.uuid).count()
        };
        let [modifications, renames] = ["modify", "modrdn"].each_ref().map(own);
        if modifications > 1 || renames > usize::from(self.renames()) || modifications + renames == 0 {
            return Err(format!("{modifications} modifications, {renames} renames"));
        }
        Ok(Outcome::Changed)
    }

    /// What the model says: the resource's normal form afterwards, or all that can be said against the document.
    fn expected(&self) -> Result<Value, Vec<Refusal>> {
        let after = model::apply(self.kind, &self.before, &self.operations)?;
        let normal = normal::normal(self.kind, &after).map_err(|refusal| vec![refusal])?;
        if normal.to_string().contains(words::NOBODY) {
            return Err(vec![Refusal::of("invalidValue")]);
        }
        if self.named_by_cn && normal["name"]["formatted"] != self.before["name"]["formatted"] {
            return Err(vec![Refusal::of("mutability")]);
        }
        Ok(normal)
    }

    fn renames(&self) -> bool {
        let name = if self.kind.name == "User" { "userName" } else { "displayName" };
        !self.named_by_cn && self.before[name] != self.after[name]
    }

    fn refused(&self, refusals: &[Refusal]) -> Result<Outcome, String> {
        if !refusals.iter().any(|refusal| refusal.is(&self.reply)) {
            let (status, text) = (self.reply.status, self.reply.text());
            return Err(format!("{refusals:?} expected, {status} answered: {text}"));
        }
        self.is_untouched()?;
        Ok(Outcome::Refused)
    }

    fn is_untouched(&self) -> Result<(), String> {
        if self.before != self.after {
            return Err(format!("nothing should have changed, but it reads {}", self.after));
        }
        if !self.records.is_empty() {
            return Err(format!("nothing changed, but it was written: {:?}", self.records));
        }
        Ok(())
    }

    fn compare(&self, expected: &Value, resource: &Value) -> Result<(), String> {
        let shown = normal::normal(self.kind, resource).map_err(|_| format!("no normal form: {resource}"))?;
        if shown == *expected {
            return Ok(());
        }
        let mut story = String::new();
        for name in expected.as_object().unwrap().keys().chain(shown.as_object().unwrap().keys()) {
            if expected[name] != shown[name] {
                let _ = write!(story, "\n  {name}: expected {}, shown {}", expected[name], shown[name]);
            }
        }
        Err(story)
    }

    fn story(&self, difference: &str) -> String {
        let mut before = self.before.clone();
        for name in ["groups", "meta", "schemas"] {
            before.as_object_mut().unwrap().remove(name);
        }
        format!("{}\n  before {before}\n  operations {}\n  {difference}", self.path, self.body)
    }
}

/// The part of a version that covers what is stored, which If-Match means; what is derived may follow later (memberOf).
fn stored_part(version: &str) -> &str {
    &version[..version.len().min(r#"W/"0123456789abcdef"#.len())]
}

fn read(client: &Client, path: &str) -> Value {
    let reply = client.get(path);
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.json()
}

fn ids(client: &Client, endpoint: &str) -> Vec<String> {
    let list = client.get(&format!("{endpoint}?count=1000&attributes=id")).json();
    let resources = list["Resources"].as_array().cloned().unwrap_or_default();
    resources.iter().map(|resource| resource["id"].as_str().unwrap().to_owned()).collect()
}
