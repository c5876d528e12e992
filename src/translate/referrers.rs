//! Who refers to whom, turned round: from an entry to those that name it.

use std::collections::HashMap;
use std::sync::Arc;

use super::references::{Target, without_uid};
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
    by_key: HashMap<String, HashMap<Vec<u8>, Vec<usize>>>,
    values: usize,
}

impl ReferrerIndex {
    /// Adds `referrer`, whose `reference` names others by `values`. Values that name nobody are passed over.
    pub fn insert(&mut self, reference: &Reference, referrer: Referrer, values: &[Vec<u8>]) {
        let place = self.referrers.len();
        self.referrers.push(referrer);
        self.values += values.len();
        for value in values {
            match &reference.form {
                ReferenceForm::Dn | ReferenceForm::NameAndOptionalUid => {
                    let name = std::str::from_utf8(value).ok().and_then(|name| DnKey::of(without_uid(name)).ok());
                    if let Some(name) = name {
                        self.by_dn.entry(name).or_default().push(place);
                    }
                }
                ReferenceForm::Key(key) => {
                    let named = self.by_key.entry(key.as_str().to_ascii_lowercase()).or_default();
                    named.entry(value.clone()).or_default().push(place);
                }
                ReferenceForm::Url => {}
            }
        }
    }

    /// Those that name the entry called `dn`, which may be named by `keys` as well.
    pub fn naming<'i>(
        &'i self,
        dn: &DnKey,
        keys: &'i [(AttributeDescription, Vec<u8>)],
    ) -> impl Iterator<Item = &'i Referrer> + 'i {
        let by_dn = self.by_dn.get(dn).into_iter().flatten();
        let by_key = keys.iter().flat_map(|(attribute, value)| {
            self.by_key
                .get(&attribute.as_str().to_ascii_lowercase())
                .and_then(|named| named.get(value))
                .into_iter()
                .flatten()
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
