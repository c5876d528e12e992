//! Who refers to whom, turned round: from an entry to those that name it.

use std::collections::HashMap;
use std::sync::Arc;

use super::references::{Target, name_alone};
use crate::ldap::matching::{MatchingRule, normalise};
use crate::ldap::{AttributeDescription, DnKey};
use crate::mapping::model::{Reference, ReferenceForm};

/// A resource that refers to others.
#[derive(Debug, Clone)]
pub struct Referrer {
    /// What is shown of it.
    pub target: Arc<Target>,
    /// Its name, by which it may itself be referred to.
    pub dn: DnKey,
}

/// All referrers of one attribute, by whom they name.
#[derive(Debug, Default)]
pub struct ReferrerIndex {
    referrers: Vec<Referrer>,
    by_dn: HashMap<DnKey, Vec<usize>>,
    by_key: Vec<ByKey>,
    values: usize,
}

/// Referrers that name others by a key.
#[derive(Debug)]
struct ByKey {
    /// The attribute of those that are named.
    key: AttributeDescription,
    /// The rule by which the directory compares the names.
    rule: Option<MatchingRule>,
    named: HashMap<Vec<u8>, Vec<usize>>,
}

impl ByKey {
    fn normal(&self, value: &[u8]) -> Vec<u8> {
        normal(self.rule, value)
    }
}

/// Names are the same here that a search for one of them finds.
fn normal(rule: Option<MatchingRule>, value: &[u8]) -> Vec<u8> {
    rule.and_then(|rule| normalise(rule, value)).unwrap_or_else(|| value.to_vec())
}

impl ReferrerIndex {
    /// Adds `referrer`, whose `reference` names others by `values`, which the directory compares by `rule`. Values that name
    /// nobody are passed over.
    pub fn insert(
        &mut self,
        reference: &Reference,
        rule: Option<MatchingRule>,
        referrer: Referrer,
        values: &[Vec<u8>],
    ) {
        let place = self.referrers.len();
        self.referrers.push(referrer);
        self.values += values.len();
        for value in values {
            match &reference.form {
                ReferenceForm::Dn => self.insert_name(value, place),
                ReferenceForm::NameAndOptionalUid => self.insert_name(name_alone(value), place),
                ReferenceForm::Key(key) => {
                    self.names_by(key, rule).entry(normal(rule, value)).or_default().push(place);
                }
                ReferenceForm::Url | ReferenceForm::PrimaryGroup(_) => {}
            }
        }
    }

    fn insert_name(&mut self, name: &[u8], place: usize) {
        if let Ok(name) = DnKey::of_bytes(name) {
            self.by_dn.entry(name).or_default().push(place);
        }
    }

    fn names_by(
        &mut self,
        key: &AttributeDescription,
        rule: Option<MatchingRule>,
    ) -> &mut HashMap<Vec<u8>, Vec<usize>> {
        let known = self.by_key.iter().position(|by| by.key == *key && by.rule == rule);
        let place = known.unwrap_or_else(|| {
            self.by_key.push(ByKey { key: key.clone(), rule, named: HashMap::new() });
            self.by_key.len() - 1
        });
        &mut self.by_key[place].named
    }

    /// Those that name the entry called `dn`, which may be named by `keys` as well.
    pub fn naming<'i>(
        &'i self,
        dn: &DnKey,
        keys: &'i [(AttributeDescription, Vec<u8>)],
    ) -> impl Iterator<Item = &'i Referrer> + 'i {
        let by_dn = self.by_dn.get(dn).into_iter().flatten();
        let by_key = keys.iter().flat_map(|(attribute, value)| {
            let same = self.by_key.iter().filter(move |by| by.key == *attribute);
            same.filter_map(move |by| by.named.get(&by.normal(value))).flatten()
        });
        by_dn.chain(by_key).filter_map(|place| self.referrers.get(*place))
    }

    /// How many names it holds.
    pub fn len(&self) -> usize {
        self.values
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.values == 0
    }
}
