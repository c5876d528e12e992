//! The Active Directory tree: the people and groups of the generated tree as a domain holds them.

use std::io::{self, Write};

use super::options::{AdTreeOptions, SambaOptions};
use crate::ldap::dn::Rdn;
use crate::sandbox::entry::LdifEntry;
use crate::sandbox::tree::dice::Dice;
use crate::sandbox::tree::words::{DESCRIPTIONS, LANGUAGES, PLACES, TITLES, UNITS};
use crate::sandbox::tree::{Member, Person, Tree, TreeOptions};

/// The password of the first people in the tree, within the domain's rules.
pub const AD_PASSWORD: &str = "Demo-password-1";
/// How many people have a password: each costs the domain controller 20 ms.
const PASSWORDS: usize = 10;
/// The stream of random numbers that decides the details of a person.
const DETAILS: u64 = 3;

/// An ordinary account, and one that is disabled (`userAccountControl`).
const NORMAL: &str = "512";
const DISABLED: &str = "514";
/// How long a `sAMAccountName` may be: as old systems want it for people, and as the schema allows.
const PERSON: usize = 20;
const GROUP: usize = 256;
/// Global groups: one for security, one for mail alone (`groupType`).
const SECURITY_GROUP: &str = "-2147483646";
const DISTRIBUTION_GROUP: &str = "2";

/// Writes everything below the suffix as LDIF: units, accounts, people, groups, then who is in them.
pub(super) fn write_ldif(options: &SambaOptions, password: &str, out: &mut impl Write) -> io::Result<()> {
    let domain = Domain::new(options);
    domain.units().iter().try_for_each(|unit| unit.write_to(out))?;
    for name in ["bridge", "reader"] {
        domain.service(name, password).write_to(out)?;
    }
    writeln!(out, "# manages: {}\n", service_dn("bridge", &domain.suffix))?;
    for person in domain.tree.people() {
        domain.person(&person).write_to(out)?;
    }
    for index in 0..options.tree.crowd {
        domain.one_of_the_crowd(index).write_to(out)?;
    }
    domain.groups().iter().try_for_each(|group| group.write_to(out))?;
    domain.write_members(out)
}

/// The DN of a service account.
pub(super) fn service_dn(name: &str, suffix: &str) -> String {
    format!("CN={name},OU=Services,{suffix}")
}

/// What entries are made from.
struct Domain {
    tree: Tree,
    realm: String,
    suffix: String,
    size: AdTreeOptions,
}

impl Domain {
    fn new(options: &SambaOptions) -> Self {
        let size = options.tree.clone();
        let tree = Tree::new(&TreeOptions::sized(size.users, size.groups));
        Self { tree, realm: options.realm.clone(), suffix: options.suffix(), size }
    }

    fn units(&self) -> Vec<LdifEntry> {
        let people = UNITS.iter().map(|(_, name)| format!("{},OU=People,{}", Rdn::new("OU", *name), self.suffix));
        let tops = ["Services", "People", "Groups"].map(|name| format!("OU={name},{}", self.suffix));
        let crowd = (self.size.crowd > 0).then(|| format!("OU=Crowd,{}", self.suffix));
        let unit = |dn: String| {
            let mut unit = LdifEntry::new(dn);
            unit.put_static("objectClass", "organizationalUnit");
            unit
        };
        tops.into_iter().chain(people).chain(crowd).map(unit).collect()
    }

    fn service(&self, name: &str, password: &str) -> LdifEntry {
        let mut entry = self.account(service_dn(name, &self.suffix), name, NORMAL);
        entry.put_bytes("unicodePwd", unicode(password));
        entry
    }

    fn account(&self, dn: String, name: &str, control: &'static str) -> LdifEntry {
        let mut entry = LdifEntry::new(dn);
        entry.put_static("objectClass", "user");
        entry.put("sAMAccountName", name);
        entry.put("userPrincipalName", principal_name(name, &self.realm));
        entry.put_static("userAccountControl", control);
        entry
    }

    fn person_dn(&self, person: &Person) -> String {
        // Siblings in one unit need names of their own.
        let name = if person.index == 0 || person.named_by_cn {
            person.cn.clone()
        } else {
            format!("{} {}", person.cn, person.index)
        };
        // Some stand in OU=People itself.
        let parent = if person.index % 9 == 4 { String::new() } else { format!("{},", Rdn::new("OU", person.unit)) };
        format!("{},{parent}OU=People,{}", Rdn::new("CN", name), self.suffix)
    }

    fn person(&self, person: &Person) -> LdifEntry {
        let mut dice = Dice::of(1, DETAILS, person.index);
        let control = if person.index % 8 == 3 { DISABLED } else { NORMAL };
        let mut entry = self.account(self.person_dn(person), &person_account(person), control);
        entry.put_bytes("objectGUID", guid(&person.uuid(self.tree.options())));
        if person.index < PASSWORDS {
            entry.put_bytes("unicodePwd", unicode(AD_PASSWORD));
        }
        entry.put("sn", person.family.clone());
        entry.put_some("givenName", person.given.clone());
        entry.put("displayName", if person.index == 0 { "Babs Jensen" } else { person.cn.trim() });
        self.work(&mut entry, person, &mut dice);
        self.reach(&mut entry, person, &mut dice);
        entry
    }

    fn work(&self, entry: &mut LdifEntry, person: &Person, dice: &mut Dice) {
        if person.index == 0 || !dice.one_in(4) {
            entry.put_static("title", if person.index == 0 { "Tour Guide" } else { dice.pick(TITLES) });
        }
        entry.put("employeeID", format!("{:06}", 700_000 + person.index));
        entry.put("department", person.unit);
        if dice.one_in(3) {
            entry.put_static("company", "Example");
        }
        if !dice.one_in(3) {
            entry.put_static("preferredLanguage", dice.pick(LANGUAGES));
        }
        if dice.one_in(5) {
            entry.put_static("description", dice.pick(DESCRIPTIONS));
        }
        if let Some(manager) = person.manager() {
            entry.put("manager", self.person_dn(&self.tree.person(manager)));
        }
    }

    /// How to reach a person: one in ten has no mail address, one in five several.
    fn reach(&self, entry: &mut LdifEntry, person: &Person, dice: &mut Dice) {
        let (family, given) = person.ascii;
        let index = person.index;
        if index % 10 != 9 {
            let mail = if index == 0 { "bjensen".to_owned() } else { format!("{given}.{family}{index}") };
            let mail = format!("{mail}@{}", self.realm);
            entry.put("proxyAddresses", format!("SMTP:{mail}"));
            if dice.one_in(5) {
                entry.put("proxyAddresses", format!("smtp:{family}{index}@mail.{}", self.realm));
            }
            if dice.one_in(9) {
                entry.put("proxyAddresses", format!("X500:/o=Example/ou=Recipients/cn={family}{index}"));
            }
            entry.put("mail", mail);
        }
        let number = |dice: &mut Dice| format!("+1 555 01{:02} {:04}", dice.below(100), dice.below(10_000));
        for (name, times) in [("telephoneNumber", 1), ("otherTelephone", 6), ("mobile", 2), ("homePhone", 7)] {
            if dice.one_in(times) {
                entry.put(name, number(dice));
            }
        }
        let (street, locality, region, code) = dice.pick(PLACES);
        if dice.one_in(2) {
            entry.put_static("streetAddress", street);
            entry.put_static("l", locality);
            entry.put_static("st", region);
            entry.put_static("postalCode", code);
            entry.put_static("c", "DE");
            entry.put_static("co", "Germany");
            entry.put_static("countryCode", "276");
        }
    }

    fn one_of_the_crowd(&self, index: usize) -> LdifEntry {
        self.account(self.crowd_dn(index), &format!("crowd{index:05}"), DISABLED)
    }

    fn crowd_dn(&self, index: usize) -> String {
        format!("CN=crowd{index:05},OU=Crowd,{}", self.suffix)
    }

    fn group_dn(&self, name: &str) -> String {
        format!("{},OU=Groups,{}", Rdn::new("CN", name), self.suffix)
    }

    fn groups(&self) -> Vec<LdifEntry> {
        let own = self.tree.groups().iter();
        let named = own.map(|group| (group.name.as_str(), group.index % 5 == 3, Some(group.uuid(self.tree.options()))));
        let crowd = (self.size.crowd > 0).then_some(("crowd", false, None));
        let group = |(name, for_mail, uuid): (&str, bool, Option<String>)| {
            let mut entry = LdifEntry::new(self.group_dn(name));
            entry.put_static("objectClass", "group");
            entry.put("sAMAccountName", account_name(name, GROUP));
            entry.put_static("groupType", if for_mail { DISTRIBUTION_GROUP } else { SECURITY_GROUP });
            if let Some(uuid) = uuid {
                entry.put_bytes("objectGUID", guid(&uuid));
            }
            entry
        };
        named.chain(crowd).map(group).collect()
    }

    /// Members come last: groups may be in groups that stand before them.
    fn write_members(&self, out: &mut impl Write) -> io::Result<()> {
        for group in self.tree.groups() {
            let members = group.members.iter().filter_map(|member| match member {
                Member::Person(index) => Some(self.person_dn(&self.tree.person(*index))),
                Member::Group(index) => self.tree.groups().get(*index).map(|group| self.group_dn(&group.name)),
                Member::Other(_) => None,
            });
            write_addition(out, &self.group_dn(&group.name), members)?;
        }
        write_addition(out, &self.group_dn("crowd"), (0..self.size.crowd).map(|index| self.crowd_dn(index)))
    }
}

/// Adds members to a group, if there are any.
fn write_addition(out: &mut impl Write, group: &str, members: impl Iterator<Item = String>) -> io::Result<()> {
    let mut entry = LdifEntry::new(group);
    entry.put_static("changetype", "modify");
    entry.put_static("add", "member");
    let mut any = false;
    for member in members {
        entry.put("member", member);
        any = true;
    }
    if any { entry.write_to(out) } else { Ok(()) }
}

/// The `userPrincipalName` of the account with this name.
pub(super) fn principal_name(account: &str, realm: &str) -> String {
    format!("{account}@{realm}")
}

/// The account's name of a person.
pub(super) fn person_account(person: &Person) -> String {
    account_name(&person.uid, PERSON)
}

/// A name within the alphabet and length that `sAMAccountName` has.
fn account_name(name: &str, longest: usize) -> String {
    let allowed = |c: char| if c.is_control() || "\"/\\[]:;|=,+*?<>@ ".contains(c) { '_' } else { c };
    name.chars().map(allowed).take(longest).collect()
}

/// A UUID as `objectGUID` holds it: its first three fields little-endian.
fn guid(uuid: &str) -> Vec<u8> {
    uuid::Uuid::parse_str(uuid).map_or_else(|_| Vec::new(), |uuid| uuid.to_bytes_le().to_vec())
}

/// A password as `unicodePwd` takes it: quoted, UTF-16 little-endian.
fn unicode(password: &str) -> Vec<u8> {
    format!("\"{password}\"").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn account_names_are_within_the_rules_and_unique() {
        let tree = Tree::new(&TreeOptions::sized(500, 17));
        let people = tree.people().map(|person| account_name(&person.uid, PERSON));
        let groups = tree.groups().iter().map(|group| account_name(&group.name, GROUP));
        let mut seen = HashSet::new();
        for account in people.chain(groups) {
            assert!(!account.contains([' ', ',', '"', '+', '<']), "{account}");
            assert!(seen.insert(account.to_lowercase()), "{account}");
        }
    }

    #[test]
    fn the_tree_is_the_same_every_time_and_members_come_last() {
        let options = SambaOptions::default();
        let text = || {
            let mut out = Vec::new();
            write_ldif(&options, "x", &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(), text());
        let text = text();
        let (content, changes) = text.split_at(text.find("changetype: modify").unwrap());
        assert!(content.contains("sAMAccountName: bjensen") && !content.contains("\nmember: "));
        assert!(changes.matches("changetype: modify").count() > 10 && !changes.contains("objectClass"));
        assert_eq!(text.matches("objectClass: user\n").count(), 62);
        assert_eq!(text.matches("objectClass: group\n").count(), 15);
    }

    #[test]
    fn passwords_are_quoted_and_little_endian() {
        assert_eq!(unicode("aé"), [34, 0, 97, 0, 0xe9, 0, 34, 0]);
    }
}
