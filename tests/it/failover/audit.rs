//! What the audit says of acknowledged writes, held against what a directory has: how an administrator finds what was lost with a
//! server (docs/directories/several-servers.md).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A write that was acknowledged, as the audit has it.
#[derive(Debug, Clone)]
pub(super) struct Done {
    ticket: String,
    time: String,
    id: String,
    action: String,
    ldif: String,
}

impl Done {
    /// All in an audit, in their order.
    pub(super) fn all_in(audit: &str) -> Vec<Self> {
        let records: Vec<Value> = audit.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let text = |record: &Value, key: &str| record[key].as_str().unwrap_or_default().to_owned();
        let outcomes = records.iter().filter(|record| record["event"] == "outcome" && record["ending"] == "done");
        let outcomes: BTreeMap<String, &Value> = outcomes.map(|record| (text(record, "ticket"), record)).collect();
        let intents = records.iter().filter(|record| record["event"] == "intent");
        let done = intents.filter_map(|intent| {
            let outcome = *outcomes.get(&text(intent, "ticket"))?;
            // Who is made gets the id with the outcome.
            let id = [intent, outcome].map(|record| text(record, "id")).into_iter().find(|id| !id.is_empty())?;
            // What was done, where it isn't what was meant.
            let ldif =
                [outcome, intent].map(|record| text(record, "ldif")).into_iter().find(|ldif| !ldif.is_empty())?;
            Some(Self {
                ticket: text(intent, "ticket"),
                time: text(outcome, "time"),
                id,
                action: text(intent, "action"),
                ldif,
            })
        });
        done.collect()
    }

    /// The number that was written as a title: the one that came, behind the one that went.
    fn number(&self) -> Option<u64> {
        self.ldif.lines().rev().find_map(|line| line.strip_prefix("title: ")?.parse().ok())
    }
}

impl std::fmt::Display for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} of {}: {:?}", self.time, self.action, self.id, self.ldif)
    }
}

/// What a directory has: ids, and the numbers that are their titles.
#[derive(Debug, Default)]
pub(super) struct Survived(BTreeMap<String, u64>);

impl Survived {
    /// Reads LDIF with `entryUUID` and `title`.
    pub(super) fn of(ldif: &str) -> Self {
        let entries = ldif.split("\n\n").filter_map(|entry| {
            let value = |name: &str| entry.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            let number = value("title").and_then(|title| title.parse().ok()).unwrap_or(0);
            Some((value("entryUUID")?.to_owned(), number))
        });
        Self(entries.collect())
    }

    /// Whether it has what was done, or what was written over it.
    fn has(&self, done: &Done) -> bool {
        let number = self.0.get(&done.id);
        number.is_some_and(|number| done.number().is_none_or(|written| written <= *number))
    }
}

/// The acknowledged writes that were missing after a fail-over, and those of them that came back with their server.
#[derive(Debug, Default)]
pub(super) struct Lost {
    found: BTreeMap<String, Done>,
    known: BTreeSet<String>,
    /// The writes of each kind that were looked for.
    kinds: BTreeMap<String, usize>,
}

impl Lost {
    /// Looks for what the audit has anew, in what survived.
    pub(super) fn look(&mut self, audit: &str, survived: &Survived) {
        for done in Done::all_in(audit) {
            if !self.known.insert(done.ticket.clone()) {
                continue;
            }
            *self.kinds.entry(done.action.clone()).or_default() += 1;
            if !survived.has(&done) {
                self.found.insert(done.ticket.clone(), done);
            }
        }
    }

    /// What is missing in the end, too, of everything that the audit has.
    pub(super) fn still(audit: &str, survived: &Survived) -> Vec<Done> {
        Done::all_in(audit).into_iter().filter(|done| !survived.has(done)).collect()
    }

    /// What was missing after a fail-over.
    pub(super) fn found(&self) -> impl Iterator<Item = &Done> {
        self.found.values()
    }

    /// Whether this one was missing.
    pub(super) fn has(&self, done: &Done) -> bool {
        self.found.contains_key(&done.ticket)
    }

    /// How many acknowledged writes were looked for, by what they are.
    pub(super) fn looked_for(&self) -> &BTreeMap<String, usize> {
        &self.kinds
    }
}
