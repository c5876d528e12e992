//! Filters on Active Directory are exact: see [`crate::exactness`]. Its text matching folds more than SCIM's does.

use std::fmt::Write as _;

use base64::Engine as _;

use super::Place;
use crate::exactness::witness::Witness;

/// Texts that directories and SCIM compare in ways of their own.
const TEXTS: &[&str] = &[
    "plain",
    "Plain",
    "PLAIN",
    " plain",
    "plain ",
    "pl  ain",
    "pl ain",
    "é",
    "e\u{301}",
    "É",
    "e",
    "Åse",
    "Ase",
    "\u{212b}se",
    "Straße",
    "STRASSE",
    "ﬁsh",
    "fish",
    "İstanbul",
    "istanbul",
    "ΑΣ",
    "ας",
    "ა",
    "ǅ",
    "soft\u{ad}hyphen",
    "softhyphen",
    "no\u{a0}break",
    "no break",
    "Ｆｕｌｌ",
    "Full",
    "½",
    "*",
    "a*b",
    "(a)",
    "\\",
    "\\2a",
    "\"quoted\"",
    "#hash",
    "100%",
    "$",
    "😀",
    "東京",
    "null",
    "true",
    "0",
    "カ",
    "か",
];

/// Attributes of a person that take any text.
const ATTRIBUTES: &[&str] = &[
    "displayName",
    "givenName",
    "sn",
    "title",
    "department",
    "company",
    "employeeID",
    "employeeType",
    "middleName",
    "telephoneNumber",
    "otherTelephone",
    "mail",
    "streetAddress",
    "l",
    "st",
    "postalCode",
    "preferredLanguage",
    "msDS-cloudExtensionAttribute1",
];

#[test]
fn filters_are_exact() {
    // The system's groups too: primary groups are where an answer is easily wrong.
    let place = Place::start("[resource.Group]\nfilter = \"(objectClass=group)\"\n");
    let mut ldif = String::new();
    for (index, _) in TEXTS.iter().enumerate() {
        let suffix = place.samba.suffix();
        let _ = write!(ldif, "dn: CN=odd{index},CN=Users,{suffix}\nchangetype: add\nobjectClass: user\n");
        let _ = write!(
            ldif,
            "sAMAccountName: odd{index}\nuserPrincipalName: odd{index}@example.com\nuserAccountControl: {}\n",
            [512 | 32, 514, 66_050][index % 3]
        );
        for (step, attribute) in ATTRIBUTES.iter().enumerate().filter(|(step, _)| (index + step) % 4 != 0) {
            let text = TEXTS[(index * 7 + step * 5) % TEXTS.len()];
            let encoded = base64::engine::general_purpose::STANDARD.encode(text);
            let _ = writeln!(ldif, "{attribute}:: {encoded}");
        }
        ldif.push('\n');
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), ldif).unwrap();
    let arguments = ["-c", "-f", file.path().to_str().unwrap()];
    let output = place.tool("ldapmodify", &place.samba.administrator_dn(), place.samba.password(), &arguments);
    let refused = String::from_utf8_lossy(&output.stderr).matches("ldap_add").count();
    assert!(refused < TEXTS.len() / 2, "{output:?}");
    let witness = Witness::of(&place.bridge);
    let number =
        |name: &str, default: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let rounds = usize::try_from(number("EXACTNESS_ROUNDS", 200)).unwrap();
    witness.ask(rounds, number("EXACTNESS_SEED", 7644));
    assert!(witness.sizes().iter().all(|size| *size > 20), "{:?}", witness.sizes());
}
