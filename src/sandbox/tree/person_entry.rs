//! A person's entry: the attributes that an inetOrgPerson of a real tree has, has several times, or lacks.

use super::dice::Dice;
use super::options::{PASSWORD_HASH, TreeOptions};
use super::person::Person;
use super::stamp::Stamp;
use super::words::{DESCRIPTIONS, EMPLOYEE_TYPES, LANGUAGES, PLACES, TIMEZONES, TITLES};

use crate::sandbox::entry::LdifEntry;

/// The stream of random numbers that decides the details.
const DETAILS: u64 = 3;

/// A JPEG of one pixel.
const PHOTO: &[u8] = include_bytes!("photo.jpg");
/// A self-signed certificate (P-256), DER.
const CERTIFICATE: &[u8] = include_bytes!("certificate.der");

/// The entry of a person whose memberships are given as group DNs.
pub(crate) fn entry(options: &TreeOptions, person: &Person, groups: impl Iterator<Item = String>) -> LdifEntry {
    let mut dice = Dice::of(options.seed, DETAILS, person.index);
    let mut entry = LdifEntry::new(person.dn.clone());
    entry.put_static("objectClass", "inetOrgPerson");
    names(&mut entry, person, &mut dice);
    work(&mut entry, options, person, &mut dice);
    mail(&mut entry, person, &mut dice);
    phones(&mut entry, &mut dice);
    addresses(&mut entry, &mut dice);
    extras(&mut entry, person, &mut dice);
    posix(&mut entry, person);
    if options.scim_aux {
        scim_aux(&mut entry, person, &mut dice);
    }
    entry.put_static("userPassword", PASSWORD_HASH);
    // A tenth of one in a hundred would be enough for a test: one in forty is locked by an administrator.
    if options.account_lock && person.index % 40 == 13 {
        entry.put_static("pwdAccountLockedTime", "000001010000Z");
    }
    for group in groups {
        entry.put("memberOf", group);
    }
    entry.put("entryUUID", person.uuid(options));
    Stamp::new(&mut dice, person.index).put(&mut entry);
    entry
}

fn names(entry: &mut LdifEntry, person: &Person, dice: &mut Dice) {
    entry.put("uid", person.uid.clone());
    entry.put("cn", person.cn.clone());
    entry.put("sn", person.family.clone());
    entry.put_some("givenName", person.given.clone());
    let plain = match &person.given {
        Some(given) => format!("{given} {}", person.family),
        None => person.family.clone(),
    };
    if person.index == 0 {
        entry.put_static("displayName", "Babs Jensen");
    } else if !dice.one_in(8) {
        entry.put("displayName", plain);
    }
    if person.index % 150 == 77 {
        // Names are multi-valued in inetOrgPerson, and some trees use that.
        entry.put("cn", format!("{} (also known as)", person.ascii.0));
    }
}

fn work(entry: &mut LdifEntry, options: &TreeOptions, person: &Person, dice: &mut Dice) {
    if person.index == 0 || !dice.one_in(4) {
        entry.put_static("title", if person.index == 0 { "Tour Guide" } else { dice.pick(TITLES) });
    }
    entry.put_static("employeeType", dice.pick(EMPLOYEE_TYPES));
    if !dice.one_in(5) {
        entry.put("employeeNumber", format!("{:06}", 700_000 + person.index));
    }
    if !dice.one_in(6) {
        entry.put("departmentNumber", person.unit);
    }
    if dice.one_in(3) {
        entry.put_static("o", "Example");
    }
    if !dice.one_in(3) {
        entry.put_static("preferredLanguage", dice.pick(LANGUAGES));
    }
    if let Some(manager) = person.manager() {
        entry.put("manager", Person::new(options, manager).dn);
    }
}

/// One in ten has no mail address, one in five several.
fn mail(entry: &mut LdifEntry, person: &Person, dice: &mut Dice) {
    let (family, given) = person.ascii;
    let index = person.index;
    if index == 0 {
        entry.put_static("mail", "bjensen@example.com");
        entry.put_static("mail", "babs@jensen.example.org");
        return;
    }
    if index % 10 == 9 {
        return;
    }
    entry.put("mail", format!("{given}.{family}{index}@example.com"));
    if dice.one_in(5) {
        entry.put("mail", format!("{family}{index}@mail.example.org"));
        if dice.one_in(3) {
            entry.put("mail", format!("{}+{index}@example.net", given.to_uppercase()));
        }
    }
}

fn phones(entry: &mut LdifEntry, dice: &mut Dice) {
    let number = |dice: &mut Dice| format!("+1 555 01{:02} {:04}", dice.below(100), dice.below(10_000));
    if !dice.one_in(4) {
        entry.put("telephoneNumber", number(dice));
        if dice.one_in(6) {
            entry.put("telephoneNumber", number(dice).replace(' ', "-"));
        }
    }
    for (name, times) in [("mobile", 2), ("homePhone", 7), ("pager", 40), ("facsimileTelephoneNumber", 25)] {
        if dice.one_in(times) {
            entry.put(name, number(dice));
        }
    }
}

fn addresses(entry: &mut LdifEntry, dice: &mut Dice) {
    let (street, locality, region, code) = dice.pick(PLACES);
    if dice.one_in(2) {
        entry.put_static("street", street);
        entry.put_static("l", locality);
        entry.put_static("st", region);
        entry.put_static("postalCode", code);
    } else if dice.one_in(3) {
        entry.put_static("l", locality);
    }
    if dice.one_in(12) {
        let (street, locality, region, code) = dice.pick(PLACES);
        // The separator of lines is `$`; a dollar within a line is written \24 (RFC 4517 section 3.3.28).
        entry.put("homePostalAddress", format!("{street}${locality}, {region} {code}$c/o \\2412 Lane"));
    }
}

fn extras(entry: &mut LdifEntry, person: &Person, dice: &mut Dice) {
    if dice.one_in(5) {
        entry.put_static("description", dice.pick(DESCRIPTIONS));
    }
    if dice.one_in(10) {
        entry.put("labeledURI", format!("https://www.example.com/people/{} Home page", person.index));
    }
    if dice.one_in(20) {
        entry.put("roomNumber", format!("{}-{}", dice.below(9), dice.below(400)));
    }
    if person.index == 0 || dice.one_in(50) {
        entry.put_octets("jpegPhoto", PHOTO);
    }
    if dice.one_in(80) {
        entry.put_octets("userCertificate;binary", CERTIFICATE);
    }
}

/// Everyone in engineering with an ASCII login name also has an account on Unix machines.
fn posix(entry: &mut LdifEntry, person: &Person) {
    if !has_account(person) {
        return;
    }
    entry.put_static("objectClass", "posixAccount");
    entry.put("uidNumber", (10_000 + person.index).to_string());
    entry.put_static("gidNumber", "10000");
    entry.put("homeDirectory", format!("/home/{}", person.uid));
    entry.put_static("loginShell", if person.index % 20 == 7 { "/usr/sbin/nologin" } else { "/bin/bash" });
}

/// Whether the person is a posixAccount.
pub(crate) fn has_account(person: &Person) -> bool {
    person.unit == "engineering" && person.uid.chars().all(|c| c.is_ascii_alphanumeric())
}

fn scim_aux(entry: &mut LdifEntry, person: &Person, dice: &mut Dice) {
    let index = person.index;
    if !index.is_multiple_of(3) {
        return;
    }
    entry.put_static("objectClass", "scimAux");
    entry.put("scimExternalId", if index == 0 { "701984".to_owned() } else { format!("ext-{index:06}") });
    if index == 0 {
        entry.put_static("scimNickName", "Babs");
        entry.put_static("scimHonorificPrefix", "Ms.");
        entry.put_static("scimHonorificSuffix", "III");
        entry.put_static("scimMiddleName", "Jane");
        entry.put_static("scimProfileUrl", "https://login.example.com/bjensen");
    }
    if index == 0 || dice.one_in(4) {
        entry.put_static("scimLocale", dice.pick(LANGUAGES));
        entry.put_static("scimTimezone", dice.pick(TIMEZONES));
    }
    if dice.one_in(6) {
        entry.put_static("scimRole", "approver");
        entry.put_static("scimEntitlement", "mailbox-50g");
    }
    if dice.one_in(9) {
        entry.put_static("scimActive", if dice.one_in(2) { "TRUE" } else { "FALSE" });
    }
}
