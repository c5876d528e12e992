//! A directory with one entry that does what RFC 4511 says, and nothing that a plan may not rely on.

use std::collections::BTreeMap;

use crate::ldap::change::{Change, Modification, ModificationKind};
use crate::ldap::dn::{Dn, DnKey};
use crate::ldap::entry::Values;
use crate::ldap::plan::{Applied, Cause, EntryChange, Lookup, Next, Operation, Outcome, Step, WritePlan};
use crate::ldap::result::{LdapResult, ResultCode};
use crate::mapping::rules::Rules;
use crate::translate::View;
use crate::translate::write::diff;

/// The entry, and the names that others have.
#[derive(Clone, Debug)]
pub(super) struct Model<'v> {
    pub(super) view: &'v View,
    pub(super) dn: String,
    /// By name in lower case.
    pub(super) values: BTreeMap<String, Values>,
    pub(super) taken: Vec<DnKey>,
}

impl<'v> Model<'v> {
    pub(super) fn of(&self, name: &str) -> &[Vec<u8>] {
        self.values.get(&name.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    pub(super) fn classes(&self) -> Vec<String> {
        self.of("objectclass").iter().map(|class| String::from_utf8_lossy(class).into_owned()).collect()
    }

    /// What becomes of `plan` here.
    pub(super) fn carry_out(&mut self, mut plan: WritePlan) -> Result<Applied, Cause> {
        let mut outcome = Outcome::Begin;
        for _ in 0..50 {
            outcome = match plan.next(&outcome) {
                Next::Done(applied) => return Ok(applied),
                Next::Failed(failure) => return Err(failure.cause),
                Next::Step(step) | Next::Compensate(step) => self.step(&step),
            };
        }
        panic!("the plan never ends");
    }

    fn step(&mut self, step: &Step) -> Outcome {
        match step {
            Step::Perform(operation) => match self.perform(operation) {
                Ok(()) => Outcome::Performed(None),
                Err(code) => Outcome::Refused(LdapResult::new(ResultCode(code), "", "")),
            },
            Step::Lookup(lookup) => Outcome::Present(self.look(lookup)),
            Step::ReadBack(_) => panic!("no answer was lost"),
        }
    }

    fn look(&self, lookup: &Lookup) -> Vec<bool> {
        let has =
            |name: &str, wanted: &[u8]| self.of(name).iter().any(|own| diff::same(&self.rules(name), own, wanted));
        lookup.candidates.iter().map(|candidate| has(candidate.attribute.as_str(), &candidate.value)).collect()
    }

    fn rules(&self, name: &str) -> Rules {
        self.view.rules(&name.parse().unwrap())
    }

    /// Does it, or says by which code the directory refuses.
    pub(super) fn perform(&mut self, operation: &Operation) -> Result<(), u32> {
        operation.change().into_iter().try_for_each(|change| {
            let mut after = self.clone();
            after.change(change)?;
            after.check()?;
            *self = after;
            Ok(())
        })
    }

    fn change(&mut self, change: &EntryChange) -> Result<(), u32> {
        let key = DnKey::of(&change.dn).unwrap();
        if let Change::Add(attributes) = &change.change {
            if self.taken.contains(&key) {
                return Err(68);
            }
            self.dn.clone_from(&change.dn);
            for (name, values) in attributes {
                let name = name.as_str().to_ascii_lowercase();
                assert!(
                    !values.is_empty() && !self.values.contains_key(&name),
                    "{name} is given twice, or nothing of it"
                );
                self.modify_one(ModificationKind::Add, &name, values)?;
            }
            return Ok(());
        }
        if key != DnKey::of(&self.dn).unwrap() {
            return if self.taken.contains(&key) { Ok(()) } else { Err(32) };
        }
        match &change.change {
            Change::Modify(steps) => steps.iter().try_for_each(|step| self.modify(step)),
            Change::ModifyDn { .. } => self.rename(change),
            Change::Delete | Change::Add(_) => Ok(()),
        }
    }

    fn rename(&mut self, change: &EntryChange) -> Result<(), u32> {
        let after = change.dn_after().unwrap();
        let key = DnKey::of(&after).unwrap();
        if self.taken.contains(&key) {
            return Err(68);
        }
        let (old, new) = (named_by(&self.dn), named_by(&after));
        for (name, value) in old.iter().filter(|old| !new.contains(old)) {
            let rules = self.rules(name);
            self.values.entry(name.clone()).or_default().retain(|own| !diff::same(&rules, own, value));
        }
        for (name, value) in new {
            let rules = self.rules(&name);
            let values = self.values.entry(name).or_default();
            if !values.iter().any(|own| diff::same(&rules, own, &value)) {
                values.push(value);
            }
        }
        self.dn = after;
        Ok(())
    }

    fn modify(&mut self, step: &Modification) -> Result<(), u32> {
        self.modify_one(step.kind, &step.attribute.as_str().to_ascii_lowercase(), &step.values)
    }

    fn modify_one(&mut self, kind: ModificationKind, name: &str, given: &Values) -> Result<(), u32> {
        let rules = self.rules(name);
        assert!(rules.known, "{name} is unknown");
        let values = self.values.entry(name.to_owned()).or_default();
        if kind == ModificationKind::Replace || given.is_empty() {
            if kind == ModificationKind::Delete && values.is_empty() {
                return Err(16);
            }
            values.clear();
        }
        for value in given {
            let place = values.iter().position(|own| diff::same(&rules, own, value));
            match (kind, place) {
                (ModificationKind::Delete, _) if rules.equality.is_none() => return Err(18),
                (ModificationKind::Delete, None) => return Err(16),
                (ModificationKind::Delete, Some(place)) => drop(values.remove(place)),
                (_, Some(_)) => return Err(20),
                (_, None) => values.push(value.clone()),
            }
        }
        Ok(())
    }

    /// What the schema says of the entry (RFC 4512 section 2).
    fn check(&self) -> Result<(), u32> {
        let (classes, schema) = (self.classes(), &self.view.schema);
        let held = || self.values.iter().filter(|(_, values)| !values.is_empty());
        if held().any(|(name, values)| values.len() > 1 && self.rules(name).single_value) {
            return Err(19);
        }
        let has = |wanted: &&str| held().any(|(name, _)| schema.same_attribute(name, wanted));
        let type_of = |name: &str| name.split(';').next().unwrap_or_default().to_owned();
        if !schema.must(&classes).iter().all(has) || !held().all(|(name, _)| schema.allows(&classes, &type_of(name))) {
            return Err(65);
        }
        let is_there = |(name, value): &(String, Vec<u8>)| {
            let rules = self.rules(name);
            let mut same = held().filter(|(own, _)| schema.same_attribute(own, name)).flat_map(|(_, values)| values);
            same.any(|own| diff::same(&rules, own, value))
        };
        if named_by(&self.dn).iter().all(is_there) { Ok(()) } else { Err(67) }
    }
}

/// The values that the entry called `dn` is named by.
fn named_by(dn: &str) -> Vec<(String, Vec<u8>)> {
    let dn: Dn = dn.parse().unwrap();
    let avas = dn.rdn().unwrap().avas().to_vec();
    avas.iter().map(|ava| (ava.attribute().to_ascii_lowercase(), ava.value().to_vec())).collect()
}
