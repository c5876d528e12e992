//! A tree as FreeIPA has it, with the parts of its schema and of its plugins that matter to who reads and writes people and groups: its
//! numbers, private groups and identifiers are made by the server here too. FreeIPA itself isn't there: no Kerberos, no tools.

use super::options::Ds389Options;
use crate::sandbox::entry::LdifEntry;
use crate::sandbox::tree::Tree;
use crate::sandbox::tree::TreeOptions;

/// The first number that people are given; those of the tree are below it.
const FIRST_NUMBER: usize = 600_000;
/// How many people are in the inner group of those that are in one another.
const ENGINEERS: usize = 10;

/// The schema, as a file of the server: FreeIPA's numbers and names.
pub(super) const SCHEMA: &str = "\
dn: cn=schema
objectClass: top
objectClass: ldapSubentry
objectClass: subschema
cn: schema
attributeTypes: ( 2.16.840.1.113730.3.8.3.1 NAME 'ipaUniqueID'
  EQUALITY caseIgnoreMatch ORDERING caseIgnoreOrderingMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributeTypes: ( 2.16.840.1.113719.1.301.4.1.1 NAME 'krbPrincipalName'
  EQUALITY caseExactIA5Match SUBSTR caseExactSubstringsMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )
objectClasses: ( 2.16.840.1.113730.3.8.4.12 NAME 'ipaObject' AUXILIARY MUST ipaUniqueID )
objectClasses: ( 2.16.840.1.113730.3.8.4.3 NAME 'nestedGroup' SUP groupOfNames STRUCTURAL MAY memberOf )
objectClasses: ( 2.16.840.1.113730.3.8.4.4 NAME 'ipaUserGroup' SUP nestedGroup STRUCTURAL )
objectClasses: ( 2.16.840.1.113719.1.301.6.8.1 NAME 'krbPrincipalAux' AUXILIARY MAY krbPrincipalName )
";

/// What is added to the server's configuration: the plugins' own. An identifier is a number behind letters, as there is no plugin
/// that makes UUIDs.
pub(super) fn configuration(options: &Ds389Options) -> Vec<String> {
    let suffix = &options.tree.suffix;
    let numbers = "cn=Distributed Numeric Assignment Plugin,cn=plugins,cn=config";
    let managed = "cn=Managed Entries,cn=plugins,cn=config";
    vec![
        format!(
            "dn: cn=Posix IDs,{numbers}\nobjectClass: top\nobjectClass: extensibleObject\ncn: Posix IDs\ndnaType: uidNumber\n\
             dnaType: gidNumber\ndnaNextValue: {FIRST_NUMBER}\ndnaMaxValue: 700000\ndnaMagicRegen: -1\n\
             dnaFilter: (|(objectClass=posixAccount)(objectClass=posixGroup))\ndnaScope: {suffix}"
        ),
        format!(
            "dn: cn=Identifiers,{numbers}\nobjectClass: top\nobjectClass: extensibleObject\ncn: Identifiers\n\
             dnaType: ipaUniqueID\ndnaPrefix: new-\ndnaNextValue: 1\ndnaMaxValue: 100000\ndnaMagicRegen: autogenerate\n\
             dnaFilter: (objectClass=ipaObject)\ndnaScope: {suffix}"
        ),
        format!(
            "dn: cn=UPG Definition,{managed}\nobjectClass: top\nobjectClass: extensibleObject\ncn: UPG Definition\n\
             originScope: cn=users,cn=accounts,{suffix}\noriginFilter: objectClass=posixAccount\n\
             managedBase: cn=groups,cn=accounts,{suffix}\nmanagedTemplate: cn=UPG Template,cn=etc,{suffix}"
        ),
    ]
}

/// The entries below the suffix, parents first.
pub(super) fn entries(options: &TreeOptions) -> Vec<LdifEntry> {
    let suffix = &options.suffix;
    let plain = TreeOptions { quirks: false, ..options.clone() };
    let tree = Tree::new(&plain);
    let place = |name: &str| format!("cn=groups,cn=accounts,{suffix}").replacen("cn=groups", &format!("cn={name}"), 1);
    let mut entries = vec![
        container("accounts", suffix),
        container("users", &format!("cn=accounts,{suffix}")),
        container("groups", &format!("cn=accounts,{suffix}")),
        container("etc", suffix),
        template(suffix),
    ];
    let (users, groups) = (place("users"), place("groups"));
    let dn = |name: &str| format!("cn={name},{groups}");
    let mut names = vec![("admin".to_owned(), "Administrator".to_owned(), None, "Administrator".to_owned())];
    names.extend(tree.people().map(|person| (person.uid.to_lowercase(), person.cn, person.given, person.family)));
    let mut members: Vec<String> = Vec::new();
    for (index, (uid, cn, given, family)) in names.into_iter().enumerate() {
        let number = FIRST_NUMBER - 10_000 + index;
        let mut entry = LdifEntry::new(format!("uid={uid},{users}"));
        for class in ["inetOrgPerson", "inetUser", "posixAccount", "krbPrincipalAux", "ipaObject", "mepOriginEntry"] {
            entry.put_static("objectClass", class);
        }
        entry.put("uid", uid.clone());
        entry.put("cn", cn.clone());
        entry.put("displayName", cn);
        entry.put("sn", family);
        entry.put_some("givenName", given);
        entry.put("mail", format!("{uid}@example.com"));
        entry.put("uidNumber", number.to_string());
        entry.put("gidNumber", number.to_string());
        entry.put("homeDirectory", format!("/home/{uid}"));
        entry.put("krbPrincipalName", format!("{uid}@EXAMPLE.COM"));
        entry.put("ipaUniqueID", identifier(number));
        entry.put("mepManagedEntry", dn(&uid));
        entry.put("memberOf", dn("ipausers"));
        match index {
            0 => entry.put("memberOf", dn("admins")),
            1..=ENGINEERS => ["engineers", "staff"].iter().for_each(|name| entry.put("memberOf", dn(name))),
            _ => {}
        }
        if index % 12 == 11 {
            entry.put_static("nsAccountLock", "TRUE");
        }
        members.push(entry.dn.clone());
        entries.push(entry);
        entries.push(private_group(&uid, number, &groups, &users));
    }
    let engineers = members.iter().skip(1).take(ENGINEERS).cloned().collect();
    entries.push(group("ipausers", 1, members.clone(), &[], &groups));
    entries.push(group("admins", 2, members.into_iter().take(1).collect(), &[], &groups));
    entries.push(group("engineers", 3, engineers, &[dn("staff")], &groups));
    entries.push(group("staff", 4, vec![dn("engineers")], &[], &groups));
    entries
}

fn identifier(number: usize) -> String {
    format!("{number:08x}-e611-11f1-9d9e-85cd50dd0950")
}

fn container(name: &str, above: &str) -> LdifEntry {
    let mut entry = LdifEntry::new(format!("cn={name},{above}"));
    entry.put_static("objectClass", "nsContainer");
    entry.put("cn", name);
    entry
}

/// What the private group of a new person is made from.
fn template(suffix: &str) -> LdifEntry {
    let mut entry = LdifEntry::new(format!("cn=UPG Template,cn=etc,{suffix}"));
    entry.put_static("objectClass", "mepTemplateEntry");
    entry.put_static("cn", "UPG Template");
    entry.put_static("mepRDNAttr", "cn");
    for fixed in ["objectClass: posixGroup", "objectClass: ipaObject", "ipaUniqueID: autogenerate"] {
        entry.put_static("mepStaticAttr", fixed);
    }
    for mapped in ["cn: $uid", "gidNumber: $uidNumber", "description: Private group of $uid"] {
        entry.put_static("mepMappedAttr", mapped);
    }
    entry
}

fn private_group(uid: &str, number: usize, groups: &str, users: &str) -> LdifEntry {
    let mut entry = LdifEntry::new(format!("cn={uid},{groups}"));
    for class in ["posixGroup", "ipaObject", "mepManagedEntry"] {
        entry.put_static("objectClass", class);
    }
    entry.put("cn", uid);
    entry.put("gidNumber", number.to_string());
    entry.put("ipaUniqueID", identifier(number + 50_000));
    entry.put("mepManagedBy", format!("uid={uid},{users}"));
    entry
}

fn group(name: &str, number: usize, members: Vec<String>, member_of: &[String], groups: &str) -> LdifEntry {
    let mut entry = LdifEntry::new(format!("cn={name},{groups}"));
    for class in ["ipaUserGroup", "ipaObject"] {
        entry.put_static("objectClass", class);
    }
    entry.put("cn", name);
    entry.put("ipaUniqueID", identifier(number));
    members.into_iter().for_each(|member| entry.put("member", member));
    member_of.iter().for_each(|group| entry.put("memberOf", group.clone()));
    entry
}
