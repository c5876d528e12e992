//! A group's entry.

use super::dice::Dice;
use super::group::{Group, GroupKind, Member};
use super::person::Person;
use super::stamp::Stamp;
use super::words::DESCRIPTIONS;
use super::{PLACEHOLDER, TreeOptions};
use crate::sandbox::entry::LdifEntry;

/// The stream of random numbers that decides the details.
const DETAILS: u64 = 6;

/// The entry of a group that is a member of the groups with these DNs.
pub(crate) fn entry(options: &TreeOptions, group: &Group, groups: impl Iterator<Item = String>) -> LdifEntry {
    let mut dice = Dice::of(options.seed, DETAILS, group.index);
    let mut entry = LdifEntry::new(group.dn.clone());
    let (class, member) = match group.kind {
        GroupKind::Names => ("groupOfNames", "member"),
        GroupKind::UniqueNames => ("groupOfUniqueNames", "uniqueMember"),
        GroupKind::Posix => ("posixGroup", "memberUid"),
    };
    entry.put_static("objectClass", class);
    entry.put("cn", group.name.clone());
    if group.kind == GroupKind::Posix {
        entry.put("gidNumber", (10_000 + group.index).to_string());
    }
    if dice.one_in(3) {
        entry.put_static("description", dice.pick(DESCRIPTIONS));
    }
    if group.kind != GroupKind::Posix && dice.one_in(4) && options.users > 0 {
        entry.put("owner", Person::new(options, dice.below(options.users)).dn);
    }
    if options.scim_aux && group.index.is_multiple_of(4) {
        entry.put_static("objectClass", "scimAux");
        entry.put("scimExternalId", format!("group-{:04}", group.index));
    }
    members(&mut entry, options, group, member);
    for group in groups {
        entry.put("memberOf", group);
    }
    entry.put("entryUUID", group.uuid(options));
    Stamp::new(&mut dice, options.users + group.index).put(&mut entry);
    entry
}

fn members(entry: &mut LdifEntry, options: &TreeOptions, group: &Group, name: &'static str) {
    for member in &group.members {
        let value = match member {
            Member::Person(index) => {
                let person = Person::new(options, *index);
                if group.kind == GroupKind::Posix { person.uid } else { person.dn }
            }
            Member::Group(index) => super::group::dn(options, *index),
            Member::Other(dn) => dn.clone(),
        };
        entry.put(name, value);
    }
    if group.members.is_empty() && group.kind != GroupKind::Posix {
        entry.put_static(name, PLACEHOLDER);
    }
}
