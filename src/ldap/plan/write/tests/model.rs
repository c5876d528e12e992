//! A directory of a few lines that answers as servers do, and fails where it is told to.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::expectation::ExpectedEntry;
use super::*;
use crate::ldap::change::Change;

type Attributes = BTreeMap<String, BTreeSet<Vec<u8>>>;

/// What goes wrong with a step.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    None,
    Refused(u32),
    Unavailable,
    NotSent,
    LostBefore,
    LostAfter,
    /// Nothing, but somebody else adds or removes a member first.
    Toggled(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) entries: BTreeMap<String, Attributes>,
    /// Whether somebody else wrote.
    pub(super) disturbed: bool,
}

impl Model {
    pub(super) fn with_members(dn: &str, members: BTreeSet<String>) -> Self {
        let members = members.into_iter().map(String::into_bytes).collect();
        let attributes = Attributes::from([("member".to_owned(), members)]);
        Self { entries: BTreeMap::from([(dn.to_owned(), attributes)]), disturbed: false }
    }

    pub(super) fn answer(&mut self, step: &Step, fault: Fault) -> Outcome {
        match fault {
            Fault::Refused(0) | Fault::None => {}
            Fault::Refused(code) => return refused(code),
            Fault::Unavailable => return Outcome::Unavailable("away".to_owned()),
            Fault::NotSent => return Outcome::NotSent("closed".to_owned()),
            Fault::LostBefore => return Outcome::Unknown("lost".to_owned()),
            Fault::LostAfter => {
                self.truth(step);
                return Outcome::Unknown("lost".to_owned());
            }
            Fault::Toggled(member) => self.toggle(member.into_bytes()),
        }
        self.truth(step)
    }

    fn toggle(&mut self, member: Vec<u8>) {
        self.disturbed = true;
        let Some(members) = self.entries.get_mut(GROUP).and_then(|entry| entry.get_mut("member")) else { return };
        if !members.remove(&member) || members.is_empty() {
            members.insert(member);
        }
    }

    fn truth(&mut self, step: &Step) -> Outcome {
        match step {
            Step::Perform(operation) => match self.perform(operation) {
                Ok(()) => Outcome::Performed(None),
                Err(code) => refused(code),
            },
            Step::Lookup(lookup) => {
                let present = lookup.candidates.iter();
                let present = present.map(|c| self.has(&c.dn, c.attribute.as_str(), &c.value)).collect();
                Outcome::Present(present)
            }
            Step::ReadBack(read_back) => {
                Outcome::ReadBack(read_back.entries.iter().all(|expected| self.looks_like(expected)))
            }
        }
    }

    fn has(&self, dn: &str, attribute: &str, value: &[u8]) -> bool {
        self.entries.get(dn).and_then(|entry| entry.get(attribute)).is_some_and(|values| values.contains(value))
    }

    fn looks_like(&self, expected: &ExpectedEntry) -> bool {
        let Some(entry) = self.entries.get(&expected.dn) else { return !expected.exists };
        expected.exists
            && expected.attributes.iter().all(|attribute| {
                let none = BTreeSet::new();
                let values = entry.get(attribute.attribute.as_str()).unwrap_or(&none);
                attribute.values.iter().all(|(value, there)| values.contains(value) == *there)
                    && (!attribute.only || values.len() == attribute.values.iter().filter(|(_, there)| *there).count())
            })
    }

    /// Performs an operation as a whole or not at all.
    pub(super) fn perform(&mut self, operation: &Operation) -> Result<(), u32> {
        if let Operation::PasswordModify { dn, .. } = operation {
            return self.entries.get(dn).map(|_| ()).ok_or(32);
        }
        let mut entries = self.entries.clone();
        operation.change().into_iter().try_for_each(|change| perform_change(&mut entries, change))?;
        self.entries = entries;
        Ok(())
    }
}

fn perform_change(entries: &mut BTreeMap<String, Attributes>, change: &EntryChange) -> Result<(), u32> {
    match &change.change {
        Change::Add(attributes) if !entries.contains_key(&change.dn) => {
            let attributes = attributes.iter();
            let attributes = attributes.map(|(name, values)| (name.to_string(), values.iter().cloned().collect()));
            entries.insert(change.dn.clone(), attributes.collect());
        }
        Change::Add(_) => return Err(68),
        Change::Delete => _ = entries.remove(&change.dn).ok_or(32u32)?,
        Change::Modify(steps) => {
            let entry = entries.get_mut(&change.dn).ok_or(32u32)?;
            steps.iter().try_for_each(|step| perform_step(entry, step))?;
            if entry.get("member").is_some_and(BTreeSet::is_empty) {
                return Err(65);
            }
        }
        Change::ModifyDn { .. } => {
            let after = change.dn_after().ok_or(34u32)?;
            if !entries.contains_key(&change.dn) {
                return Err(32);
            }
            if entries.contains_key(&after) {
                return Err(68);
            }
            let entry = entries.remove(&change.dn).ok_or(32u32)?;
            entries.insert(after, entry);
        }
    }
    Ok(())
}

fn perform_step(entry: &mut Attributes, step: &Modification) -> Result<(), u32> {
    let values = entry.entry(step.attribute.to_string()).or_default();
    if step.kind == ModificationKind::Replace {
        values.clear();
    }
    for value in &step.values {
        match step.kind {
            ModificationKind::Delete if !values.remove(value) => return Err(16),
            ModificationKind::Add if !values.insert(value.clone()) => return Err(20),
            ModificationKind::Replace => _ = values.insert(value.clone()),
            _ => {}
        }
    }
    Ok(())
}
