//! The groups of the tree: which there are, and who is in them.

use super::TreeOptions;
use super::dice::Dice;
use super::person::Person;
use super::person_entry::has_account;
use crate::ldap::dn::Rdn;

/// The stream of random numbers that decides who is in a group.
const MEMBERS: u64 = 4;
/// The stream that decides the group's UUID.
const UUID: u64 = 5;
/// How many people are looked through for those who have an account or belong to a unit.
const SEARCHED: usize = 2_000;

/// A group's object class, which decides how it names its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// groupOfNames: `member` holds DNs.
    Names,
    /// groupOfUniqueNames: `uniqueMember` holds DNs.
    UniqueNames,
    /// posixGroup (RFC 2307): `memberUid` holds login names.
    Posix,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// The person at this place.
    Person(usize),
    /// The group at this place.
    Group(usize),
    /// A DN that is neither: it doesn't exist, or is something else.
    Other(String),
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The place in the tree, from 0.
    pub index: usize,
    /// The entry's DN.
    pub dn: String,
    /// The name (`cn`).
    pub name: String,
    /// The object class.
    pub kind: GroupKind,
    /// The members; an empty group has none here and the placeholder in its entry.
    pub members: Vec<Member>,
}

impl Group {
    /// The entryUUID.
    pub fn uuid(&self, options: &TreeOptions) -> String {
        Dice::of(options.seed, UUID, self.index).uuid()
    }
}

/// What the first groups are for; after them come teams.
#[derive(Clone, Copy, Debug)]
enum Purpose {
    /// Half of all people.
    Everyone,
    /// Groups alone.
    Nesting(&'static [usize]),
    /// People of a unit, and groups.
    Unit(&'static str, &'static [usize]),
    Empty,
    /// People with a Unix account; at most this many.
    Accounts(usize),
    /// Some people, by unique name.
    Unique(usize),
    /// Some people and groups.
    Some(usize, &'static [usize]),
    /// People, a group, and DNs that are no resources.
    Mixed,
}

/// The first groups: name and purpose. Numbers name other groups by their place.
const FIRST: &[(&str, Purpose)] = &[
    ("everyone", Purpose::Everyone),
    ("staff", Purpose::Nesting(&[2, 3])),
    ("engineering", Purpose::Unit("engineering", &[4])),
    ("sales", Purpose::Unit("sales", &[])),
    ("engineering-platform", Purpose::Some(12, &[5])),
    ("engineering-platform-storage", Purpose::Some(5, &[])),
    ("empty", Purpose::Empty),
    ("unix-users", Purpose::Accounts(500)),
    ("wheel", Purpose::Accounts(5)),
    ("reviewers", Purpose::Unique(20)),
    ("auditors", Purpose::Unique(1)),
    ("R&D, \"north\" + south", Purpose::Some(7, &[])),
    ("#hash; <angle> \\ back", Purpose::Some(3, &[])),
    ("Größe Ärzte 東京 (Ünïcode)", Purpose::Some(9, &[])),
    ("loop-a", Purpose::Some(2, &[15])),
    ("loop-b", Purpose::Some(2, &[14])),
    ("mixed", Purpose::Mixed),
];

/// All groups of the tree.
pub(crate) fn all(options: &TreeOptions) -> Vec<Group> {
    (0..options.groups).map(|index| group(options, index)).collect()
}

fn group(options: &TreeOptions, index: usize) -> Group {
    let mut dice = Dice::of(options.seed, MEMBERS, index);
    let purpose = match FIRST.get(index) {
        Some((_, purpose)) => *purpose,
        None => Purpose::Some(2 + dice.below(38), &[]),
    };
    let mut members = members(options, purpose, &mut dice);
    if index >= FIRST.len() && index.is_multiple_of(10) {
        members.push(Member::Group(index - 1));
    }
    let kind = match purpose {
        Purpose::Accounts(_) => GroupKind::Posix,
        Purpose::Unique(_) => GroupKind::UniqueNames,
        _ => GroupKind::Names,
    };
    Group { index, dn: dn(options, index), name: name(index), kind, members }
}

fn name(index: usize) -> String {
    FIRST.get(index).map_or_else(|| format!("team-{index:03}"), |(name, _)| (*name).to_owned())
}

/// The DN of the group at this place.
pub(crate) fn dn(options: &TreeOptions, index: usize) -> String {
    format!("{},{}", Rdn::new("cn", name(index)), options.group_base())
}

fn members(options: &TreeOptions, purpose: Purpose, dice: &mut Dice) -> Vec<Member> {
    match purpose {
        Purpose::Everyone => (0..options.users).step_by(2).map(Member::Person).collect(),
        Purpose::Nesting(groups) => nested(options, groups),
        Purpose::Unit(unit, groups) => {
            let mut members = search(options, 60, |person| person.unit == unit);
            members.extend(nested(options, groups));
            members
        }
        Purpose::Empty => Vec::new(),
        Purpose::Accounts(most) => search(options, most, has_account),
        Purpose::Unique(count) => chance(options, count, dice),
        Purpose::Some(count, groups) => {
            let mut members = chance(options, count, dice);
            members.extend(nested(options, groups));
            members
        }
        Purpose::Mixed => mixed(options, dice),
    }
}

/// The groups at these places, as far as the tree has them; a circle only if quirks are wanted.
fn nested(options: &TreeOptions, groups: &[usize]) -> Vec<Member> {
    let backwards = |group: usize| group != 14 || options.quirks;
    groups.iter().copied().filter(|group| *group < options.groups && backwards(*group)).map(Member::Group).collect()
}

/// The first people that match.
fn search(options: &TreeOptions, most: usize, matches: impl Fn(&Person) -> bool) -> Vec<Member> {
    let searched = 0..options.users.min(SEARCHED);
    searched.filter(|index| matches(&Person::new(options, *index))).take(most).map(Member::Person).collect()
}

/// At most `count` different people by chance.
fn chance(options: &TreeOptions, count: usize, dice: &mut Dice) -> Vec<Member> {
    let mut people: Vec<usize> =
        if options.users == 0 { Vec::new() } else { (0..count).map(|_| dice.below(options.users)).collect() };
    people.sort_unstable();
    people.dedup();
    people.into_iter().map(Member::Person).collect()
}

fn mixed(options: &TreeOptions, dice: &mut Dice) -> Vec<Member> {
    let mut members = chance(options, 4, dice);
    members.extend(nested(options, &[5]));
    if options.quirks {
        members.push(Member::Other(format!("uid=no-longer-here,{}", options.people())));
        members.push(Member::Other(super::super::base::service_dn(&options.suffix)));
    }
    members
}
