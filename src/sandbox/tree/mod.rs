//! A generated directory tree: the same options give the same tree, byte for byte.
//!
//! `ou=people` holds the people, most of them in units below it; `ou=groups` the groups: nested ones, an empty one, one with half
//! of all people, ones by unique name, two of RFC 2307. Names, numbers and absences are those of real trees: values outside
//! ASCII, separators and quotes in RDNs, several mail addresses or none, chains of managers.

pub(super) mod dice;
mod group;
mod group_entry;
mod options;
mod person;
mod person_entry;
mod quirk;
mod stamp;
pub(super) mod words;

use std::io::{self, Write};

pub use group::{Group, GroupKind, Member};
pub use options::{PASSWORD, PLACEHOLDER, TreeOptions};
pub use person::Person;

use super::entry::LdifEntry;
use dice::Dice;
use words::UNITS;

/// The stream of random numbers for the UUIDs of units.
const UNIT_UUID: u64 = 9;

/// A generated tree. It holds who is in which group; the entries are made one by one.
#[derive(Clone, Debug)]
pub struct Tree {
    options: TreeOptions,
    groups: Vec<Group>,
    groups_of_person: Vec<Vec<u32>>,
    groups_of_group: Vec<Vec<u32>>,
}

impl Tree {
    /// Decides the groups and their members.
    pub fn new(options: &TreeOptions) -> Self {
        let groups = group::all(options);
        let mut groups_of_person = vec![Vec::new(); options.users];
        let mut groups_of_group = vec![Vec::new(); groups.len()];
        for (index, group) in groups.iter().enumerate().filter(|(_, group)| group.kind != GroupKind::Posix) {
            for member in &group.members {
                let list = match member {
                    Member::Person(person) => groups_of_person.get_mut(*person),
                    Member::Group(other) => groups_of_group.get_mut(*other),
                    Member::Other(_) => None,
                };
                list.into_iter().for_each(|list: &mut Vec<u32>| list.push(index as u32));
            }
        }
        Tree { options: options.clone(), groups, groups_of_person, groups_of_group }
    }

    /// What it was made from.
    pub fn options(&self) -> &TreeOptions {
        &self.options
    }

    /// The person at this place, from 0.
    pub fn person(&self, index: usize) -> Person {
        Person::new(&self.options, index)
    }

    /// All people.
    pub fn people(&self) -> impl Iterator<Item = Person> + '_ {
        (0..self.options.users).map(|index| self.person(index))
    }

    /// The groups.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// All entries below the suffix, parents first.
    pub fn entries(&self) -> impl Iterator<Item = LdifEntry> + '_ {
        let people = (0..self.options.users).map(|index| {
            person_entry::entry(&self.options, &self.person(index), self.dns(self.groups_of_person.get(index)))
        });
        let groups = (0..self.groups.len()).filter_map(|index| {
            let group = self.groups.get(index)?;
            Some(group_entry::entry(&self.options, group, self.dns(self.groups_of_group.get(index))))
        });
        units(&self.options).into_iter().chain(people).chain(groups)
    }

    /// Writes all entries as LDIF.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_ldif(&self, out: &mut impl Write) -> io::Result<()> {
        self.entries().try_for_each(|entry| entry.write_to(out))
    }

    /// The DNs of the groups at these places; none when `memberOf` isn't wanted.
    fn dns<'a>(&'a self, places: Option<&'a Vec<u32>>) -> impl Iterator<Item = String> + 'a {
        let places = if self.options.member_of { places } else { None };
        places.into_iter().flatten().filter_map(|place| self.groups.get(*place as usize)).map(|group| group.dn.clone())
    }
}

/// The organizational units.
fn units(options: &TreeOptions) -> Vec<LdifEntry> {
    let people = options.people();
    let tops = [(people.clone(), "people"), (options.group_base(), "groups")];
    let units = UNITS.iter().map(|(in_dn, stored)| (format!("ou={in_dn},{people}"), *stored));
    let unit = |(index, (dn, name)): (usize, (String, &'static str))| {
        let mut entry = LdifEntry::new(dn);
        entry.put_static("objectClass", "organizationalUnit");
        entry.put_static("ou", name);
        entry.put("entryUUID", Dice::of(options.seed, UNIT_UUID, index).uuid());
        entry
    };
    tops.into_iter().chain(units).enumerate().map(unit).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    fn ldif(options: &TreeOptions) -> Vec<u8> {
        let mut out = Vec::new();
        Tree::new(options).write_ldif(&mut out).unwrap();
        out
    }

    #[test]
    fn the_same_options_give_the_same_bytes_and_another_seed_others() {
        let options = TreeOptions::sized(200, 30);
        assert_eq!(ldif(&options), ldif(&options));
        assert_ne!(ldif(&options), ldif(&TreeOptions { seed: 2, ..options }));
    }

    #[test]
    fn there_are_exactly_as_many_as_asked_for_and_parents_come_first() {
        for (users, groups) in [(0, 0), (1, 1), (3, 5), (100, 17), (1_000, 50)] {
            let tree = Tree::new(&TreeOptions::sized(users, groups));
            let mut seen = HashSet::from(["dc=example,dc=com".to_owned()]);
            let (mut people, mut groups_seen) = (0, 0);
            for entry in tree.entries() {
                let classes: Vec<_> = entry.values("objectClass").collect();
                people += usize::from(classes.contains(&b"inetOrgPerson".as_slice()));
                groups_seen +=
                    usize::from(classes.iter().any(|class| class.starts_with(b"group") || *class == b"posixGroup"));
                let parent = entry.dn.match_indices(',').find_map(|(at, _)| seen.get(&entry.dn[at + 1..]));
                assert!(parent.is_some(), "{} has no parent yet", entry.dn);
                assert!(seen.insert(entry.dn.clone()), "{} stands twice", entry.dn);
            }
            assert_eq!((people, groups_seen), (users, groups));
        }
    }

    #[test]
    fn member_of_mirrors_members() {
        let tree = Tree::new(&TreeOptions::sized(300, 50));
        let mut members: HashMap<String, HashSet<String>> = HashMap::new();
        let mut member_of: HashMap<String, HashSet<String>> = HashMap::new();
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
        let entries: Vec<LdifEntry> = tree.entries().collect();
        let known: HashSet<&String> = entries.iter().map(|entry| &entry.dn).collect();
        for entry in &entries {
            for name in ["member", "uniqueMember"] {
                for member in entry.values(name).map(text).filter(|dn| known.contains(dn)) {
                    members.entry(entry.dn.clone()).or_default().insert(member);
                }
            }
            for group in entry.values("memberOf").map(text) {
                member_of.entry(group).or_default().insert(entry.dn.clone());
            }
        }
        assert_eq!(members, member_of);
        assert!(members.len() > 40);
    }

    #[test]
    fn the_first_group_has_half_of_all_people() {
        let tree = Tree::new(&TreeOptions::sized(1_001, 1));
        assert_eq!(tree.groups()[0].members.len(), 501);
    }

    #[test]
    fn what_a_server_does_not_know_is_left_out() {
        let without =
            TreeOptions { member_of: false, account_lock: false, scim_aux: false, ..TreeOptions::sized(300, 30) };
        let text = String::from_utf8(ldif(&without)).unwrap();
        assert!(!["memberOf", "pwdAccountLockedTime", "scim"].iter().any(|name| text.contains(&format!("\n{name}"))));
        let text = String::from_utf8(ldif(&TreeOptions::sized(300, 30))).unwrap();
        assert!(["memberOf", "pwdAccountLockedTime", "scim"].iter().all(|name| text.contains(&format!("\n{name}"))));
    }
}
