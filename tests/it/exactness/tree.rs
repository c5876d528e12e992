//! Entries beyond the generated tree's: values that directories and SCIM see differently, groups that name strangers.

use std::fmt::Write as _;

use base64::Engine as _;
use scimfront::sandbox::{Ds389, Ds389Options, Overlay, Slapd, SlapdOptions, Tree, TreeOptions};

use crate::support::dice::Dice;

/// The people of the generated tree, and those that are added.
const PEOPLE: (usize, usize) = (260, 90);
/// The groups of the generated tree, and those that are added.
const GROUPS: (usize, usize) = (30, 30);

/// Texts that a directoryString may hold (slapd takes any UTF-8 that isn't empty).
const TEXTS: &[&str] = &[
    "plain",
    "Plain",
    "PLAIN",
    " plain",
    "plain ",
    "pl  ain",
    "pl ain",
    "a b  c   d",
    " ",
    "é",
    "e\u{301}",
    "É",
    "E\u{301}",
    "Åse",
    "A\u{30a}se",
    "\u{212b}se",
    "a\u{308}\u{323}",
    "a\u{323}\u{308}",
    "Straße",
    "STRASSE",
    "STRA\u{1e9e}E",
    "ﬁsh",
    "fish",
    "ſeſſion",
    "session",
    "Kelvin",
    "\u{212a}elvin",
    "İstanbul",
    "istanbul",
    "ısparta",
    "Isparta",
    "ΑΣ",
    "ας",
    "ασ",
    "Ѐва",
    "ѐва",
    "ა",
    "Ა",
    "ǅ",
    "ǆ",
    "soft\u{ad}hyphen",
    "softhyphen",
    "zero\u{200b}width",
    "zerowidth",
    "no\u{a0}break",
    "no break",
    "wide\u{3000}blank",
    "Ｆｕｌｌ",
    "Full",
    "½",
    "tab\tbed",
    "two\nlines",
    "\u{feff}bom",
    "*",
    "a*b",
    "(a)",
    ")(",
    "\\",
    "\\2a",
    "a\\b",
    "\"quoted\"",
    "#hash",
    "semi;colon",
    "less<than>",
    "100%",
    "$",
    "a$b",
    "'",
    "😀",
    "👩‍👩‍👧",
    "𝄞 clef",
    "الفارسي",
    "東京",
    "null",
    "true",
    "0",
    "dc=example,dc=com",
    "x\u{7f}y",
];

/// Texts of letters, digits and marks that PrintableString has, as telephone numbers are.
const NUMBERS: &[&str] =
    &["+1 555 0100", "+1-555-0100", "+15550100", "+1  555 0100", "(555) 0100", "0", "1", "x1", "X1", "5-5 5"];

/// Texts of ASCII, as mail addresses are.
const ADDRESSES: &[&str] = &[
    "a@example.com",
    "A@EXAMPLE.com",
    " b@example.com",
    "b@example.com ",
    "c  d@example.com",
    "c d@example.com",
    "*@example.com",
    "e+f@example.com",
    "\"q q\"@example.org",
    "@",
    "kelvin@example.org",
];

/// The attributes of a person that take any text, and how many values each takes at most.
const TEXT_ATTRIBUTES: &[(&str, usize)] = &[
    ("cn", 3),
    ("sn", 3),
    ("givenName", 2),
    ("displayName", 1),
    ("title", 2),
    ("employeeType", 2),
    ("employeeNumber", 1),
    ("departmentNumber", 2),
    ("o", 2),
    ("preferredLanguage", 1),
    ("street", 2),
    ("l", 2),
    ("st", 1),
    ("postalCode", 2),
    ("postalAddress", 1),
    ("homePostalAddress", 2),
    ("description", 3),
    ("labeledURI", 2),
    ("roomNumber", 1),
    ("initials", 1),
];

/// The attributes of scimAux that take any text.
const AUXILIARY: &[(&str, usize)] = &[
    ("scimExternalId", 1),
    ("scimNickName", 1),
    ("scimHonorificPrefix", 1),
    ("scimHonorificSuffix", 1),
    ("scimMiddleName", 1),
    ("scimProfileUrl", 1),
    ("scimLocale", 1),
    ("scimTimezone", 1),
    ("scimRole", 2),
    ("scimEntitlement", 2),
    ("scimImAddress", 2),
    ("scimCountry", 1),
    ("scimDivision", 1),
    ("scimCostCenter", 1),
    ("scimPhotoUrl", 2),
    ("scimHomeMail", 2),
    ("scimOtherMail", 2),
];

/// A slapd with these overlays that holds the tree and the entries beyond it.
pub(crate) fn start(overlays: &[Overlay], seed: u64) -> Slapd {
    let options = TreeOptions { seed, ..TreeOptions::sized(PEOPLE.0, GROUPS.0) };
    let slapd = Slapd::start(&SlapdOptions::with_tree(options.clone()).overlays(overlays)).unwrap();
    // Added while the overlays watch, so that what they keep is right.
    slapd.ldapmodify(&further(&options, seed)).unwrap();
    slapd
}

/// A 389 Directory Server that holds the same, but for what it refuses.
pub(crate) fn start_389(member_of: bool, seed: u64) -> Ds389 {
    let tree = TreeOptions { seed, ..TreeOptions::sized(PEOPLE.0, GROUPS.0) };
    let options = Ds389Options { tree: tree.clone(), member_of, seven_bit: false, ..Ds389Options::default() };
    let server = Ds389::start(&options).unwrap();
    server.ldapmodify(&further(&tree, seed)).unwrap();
    server
}

/// How many users and groups a server over [`start`] has.
pub(crate) fn sizes() -> [usize; 2] {
    [PEOPLE.0 + PEOPLE.1, GROUPS.0 + GROUPS.1]
}

fn further(options: &TreeOptions, seed: u64) -> String {
    let mut dice = Dice::new(seed ^ 0x0000_7472_6565);
    let tree = Tree::new(options);
    let mut people: Vec<String> = tree.people().map(|person| person.dn).collect();
    let mut uids: Vec<String> = tree.people().map(|person| person.uid).collect();
    let mut groups: Vec<String> = tree.groups().iter().map(|group| group.dn.clone()).collect();
    let mut ldif = String::new();
    for index in 0..PEOPLE.1 {
        let uid = format!("exact{index}");
        let dn = format!("uid={uid},{}", options.people());
        person(&mut ldif, &dn, &uid, index, &people, &mut dice);
        people.push(dn);
        uids.push(uid);
    }
    for index in 0..GROUPS.1 {
        let dn = format!("cn=exact{index},{}", options.group_base());
        group(&mut ldif, &dn, index, options, (&people, &uids, &groups), &mut dice);
        groups.push(dn);
    }
    ldif
}

fn put(ldif: &mut String, name: &str, value: &str) {
    let _ = writeln!(ldif, "{name}:: {}", base64::engine::general_purpose::STANDARD.encode(value));
}

/// Different values, by the strictest measure of a directory: in small letters alone, without marks, signs and blanks.
fn values<'a>(from: &[&'a str], most: usize, dice: &mut Dice) -> Vec<&'a str> {
    use unicode_normalization::UnicodeNormalization as _;
    let plain = |text: &str| -> String {
        let letters = text.nfkd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
        // Both have one capital letter; that of the long s is S.
        letters.map(|c| if c == 'ς' { 'σ' } else { c }).collect()
    };
    let mut chosen: Vec<&str> = Vec::new();
    for _ in 0..most {
        let value = dice.pick(from);
        if !chosen.iter().any(|other| plain(other) == plain(value)) {
            chosen.push(value);
        }
    }
    chosen
}

fn person(ldif: &mut String, dn: &str, uid: &str, index: usize, people: &[String], dice: &mut Dice) {
    put(ldif, "dn", dn);
    ldif.push_str("objectClass: inetOrgPerson\n");
    put(ldif, "uid", uid);
    match index % 6 {
        1 => put(ldif, "uid", &format!("Second Name {index}")),
        2 => put(ldif, "uid", &format!("É{index}")),
        _ => {}
    }
    for (name, most) in TEXT_ATTRIBUTES {
        let must = matches!(*name, "cn" | "sn");
        if must || !dice.one_in(3) {
            for value in values(TEXTS, 1 + dice.below(*most), dice) {
                // In postal addresses a backslash is written as one (RFC 4517 section 3.3.28).
                let value = if name.ends_with("Address") { value.replace('\\', "\\5C") } else { value.to_owned() };
                put(ldif, name, &value);
            }
        }
    }
    for name in ["telephoneNumber", "mobile", "homePhone", "pager", "facsimileTelephoneNumber"] {
        if dice.one_in(2) {
            for value in values(NUMBERS, 1 + dice.below(3), dice) {
                put(ldif, name, value);
            }
        }
    }
    if !dice.one_in(4) {
        for value in values(ADDRESSES, 1 + dice.below(4), dice) {
            put(ldif, "mail", value);
        }
    }
    match dice.below(6) {
        0 => put(ldif, "manager", "uid=nobody,dc=example,dc=com"),
        1 => put(ldif, "manager", "cn=bridge,ou=services,dc=example,dc=com"),
        2 => {
            put(ldif, "manager", "uid=nobody,dc=example,dc=com");
            put(ldif, "manager", &dice.pick(people));
        }
        3 => put(ldif, "manager", dn),
        4 => put(ldif, "manager", &dice.pick(people)),
        _ => {}
    }
    if dice.one_in(2) {
        ldif.push_str("objectClass: scimAux\n");
        for (name, most) in AUXILIARY {
            if dice.one_in(2) {
                let from = if name.ends_with("Mail") { ADDRESSES } else { TEXTS };
                for value in values(from, 1 + dice.below(*most), dice) {
                    put(ldif, name, value);
                }
            }
        }
        if dice.one_in(3) {
            put(ldif, "scimActive", if dice.one_in(2) { "TRUE" } else { "FALSE" });
        }
    }
    if dice.one_in(3) {
        ldif.push_str("objectClass: posixAccount\n");
        put(ldif, "uidNumber", &format!("{}", 20_000 + index));
        put(ldif, "gidNumber", &format!("{}", dice.below(3)));
        put(ldif, "homeDirectory", "/home/x");
        put(ldif, "loginShell", "/bin/sh");
    }
    ldif.push('\n');
}

fn group(
    ldif: &mut String,
    dn: &str,
    index: usize,
    options: &TreeOptions,
    (people, uids, groups): (&[String], &[String], &[String]),
    dice: &mut Dice,
) {
    put(ldif, "dn", dn);
    put(ldif, "cn", &format!("exact{index}"));
    let mut members = Vec::new();
    for _ in 0..dice.below(9) {
        let member = match dice.below(8) {
            0 => dice.pick(groups),
            1 => format!("uid=gone{},{}", dice.below(50), options.people()),
            2 => format!("cn=bridge,ou=services,{}", options.suffix),
            3 => dn.to_owned(),
            4 => options.group_base(),
            // As a client may write it: blanks and case don't matter in a DN.
            5 => dice.pick(people).replacen("uid=", "UID = ", 1),
            _ => dice.pick(people),
        };
        if !members.iter().any(|other: &String| other.eq_ignore_ascii_case(&member)) {
            members.push(member);
        }
    }
    match index % 5 {
        0 | 1 => {
            ldif.push_str("objectClass: groupOfNames\n");
            members.push("cn=scim-placeholder".to_owned());
            members.iter().for_each(|member| put(ldif, "member", member));
        }
        2 => {
            ldif.push_str("objectClass: groupOfUniqueNames\n");
            members.push("cn=scim-placeholder".to_owned());
            for (place, member) in members.iter().enumerate() {
                let uid = if place % 3 == 2 { "#'0101'B" } else { "" };
                put(ldif, "uniqueMember", &format!("{member}{uid}"));
            }
        }
        3 => {
            ldif.push_str("objectClass: posixGroup\n");
            put(ldif, "gidNumber", &format!("{}", 500 + index));
            for uid in members.iter().map(|_| dice.pick(uids)).collect::<std::collections::BTreeSet<_>>() {
                put(ldif, "memberUid", &uid);
            }
            put(ldif, "memberUid", "nobody-has-this");
            put(ldif, "memberUid", "EXACT0");
        }
        _ => {
            ldif.push_str("objectClass: groupOfURLs\n");
            let filter = dice.pick(&["(title=*e*)", "(uid=exact1*)", "(objectClass=posixAccount)", "(uid=none)"]);
            put(ldif, "memberURL", &format!("ldap:///{}??sub?{filter}", options.people()));
        }
    }
    for value in values(TEXTS, dice.below(3), dice) {
        put(ldif, "cn", value);
    }
    if dice.one_in(2) {
        put(ldif, "description", dice.pick(TEXTS));
    }
    ldif.push('\n');
}
