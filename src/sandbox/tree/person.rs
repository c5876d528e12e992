//! One person of the tree. Everything follows from the seed and the index, so that groups can name people without listing them.

use super::TreeOptions;
use super::dice::Dice;
use super::quirk::Quirk;
use super::words::{FAMILY, GIVEN, UNITS};
use crate::ldap::dn::Rdn;

/// The stream of random numbers that decides who a person is.
const IDENTITY: u64 = 1;
/// The stream that decides the person's UUID.
const UUID: u64 = 2;

/// Who a person is: what others refer to and what names are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The place in the tree, from 0.
    pub index: usize,
    /// The entry's DN.
    pub dn: String,
    /// The login name (`uid`), unique in the tree.
    pub uid: String,
    /// The full name, as the first `cn` has it.
    pub cn: String,
    /// The given name; some have none.
    pub given: Option<String>,
    /// The family name (`sn`).
    pub family: String,
    /// The family name and the given name in ASCII, for mail addresses.
    pub ascii: (&'static str, &'static str),
    /// The unit's name as stored.
    pub unit: &'static str,
    /// Whether the RDN is the `cn` rather than the `uid`.
    pub named_by_cn: bool,
}

impl Person {
    /// The person at this place.
    pub(crate) fn new(options: &TreeOptions, index: usize) -> Self {
        let mut dice = Dice::of(options.seed, IDENTITY, index);
        let (given, ascii_given) = dice.pick(GIVEN);
        let (family, ascii_family) = dice.pick(FAMILY);
        let unit = dice.pick(UNITS);
        if index == 0 {
            return Person::first(options);
        }
        let quirk = if options.quirks { Quirk::of(index) } else { None };
        let plain_uid = format!("{}{}{index}", ascii_given.get(..1).unwrap_or_default(), ascii_family);
        let plain_cn = format!("{given} {family}");
        let named_by_cn = quirk.is_some_and(Quirk::names_by_cn) || index % 11 == 5;
        let mut person = Person {
            index,
            dn: String::new(),
            uid: quirk.and_then(|quirk| quirk.uid(index)).unwrap_or(plain_uid),
            cn: quirk.map_or_else(|| plain_cn.clone(), |quirk| quirk.cn(given, family)),
            given: (!matches!(quirk, Some(Quirk::NoGivenName))).then(|| given.to_owned()),
            family: family.to_owned(),
            ascii: (ascii_family, ascii_given),
            unit: unit.1,
            named_by_cn,
        };
        if named_by_cn {
            // An RDN is unique among its siblings: two people of one name need a number.
            person.cn = Quirk::number(quirk, &person.cn, index);
        }
        person.dn = person.dn_in(options, unit.0);
        person
    }

    /// The first person is the one of RFC 7643's examples.
    fn first(options: &TreeOptions) -> Self {
        let mut person = Person {
            index: 0,
            dn: String::new(),
            uid: "bjensen".to_owned(),
            cn: "Barbara Jensen".to_owned(),
            given: Some("Barbara".to_owned()),
            family: "Jensen".to_owned(),
            ascii: ("jensen", "barbara"),
            unit: "engineering",
            named_by_cn: false,
        };
        person.dn = person.dn_in(options, "engineering");
        person
    }

    fn dn_in(&self, options: &TreeOptions, unit: &str) -> String {
        let (name, value) = if self.named_by_cn { ("cn", &self.cn) } else { ("uid", &self.uid) };
        // Some stand in ou=people itself.
        let parent = if self.index % 9 == 4 { String::new() } else { format!("ou={unit},") };
        format!("{},{parent}{}", Rdn::new(name, value.as_str()), options.people())
    }

    /// The entryUUID.
    pub fn uuid(&self, options: &TreeOptions) -> String {
        Dice::of(options.seed, UUID, self.index).uuid()
    }

    /// The place of the manager in the tree; the first person and one in nine have none.
    pub fn manager(&self) -> Option<usize> {
        let place = self.index.checked_sub(1)? / 7;
        (self.index % 9 != 8).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn dns_uids_and_uuids_are_unique() {
        let options = TreeOptions { users: 5_000, ..TreeOptions::default() };
        let (mut dns, mut uids, mut uuids) = (HashSet::new(), HashSet::new(), HashSet::new());
        for index in 0..options.users {
            let person = Person::new(&options, index);
            assert!(uuids.insert(person.uuid(&options)));
            assert!(dns.insert(person.dn.to_lowercase()), "{}", person.dn);
            assert!(uids.insert(person.uid.to_lowercase().trim().to_owned()), "{}", person.uid);
        }
    }

    #[test]
    fn managers_come_before_those_they_manage() {
        let options = TreeOptions::default();
        for index in 0..500 {
            let manager = Person::new(&options, index).manager();
            assert!(manager.is_none_or(|manager| manager < index));
        }
    }
}
