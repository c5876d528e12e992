//! The LDAP data model against a real slapd: its schema is the standard one, and filters evaluated here mean what they mean
//! there, Undefined included.

use std::fmt::Write as _;
use std::process::Command;

use scimfront::ldap::{Filter, Subschema, ldif};

use crate::support;

/// How many random filters are tried, each with its complement.
const ROUNDS: usize = 2000;
/// Where the random filters start from.
const SEED: u64 = 0x5eed_1dab;

#[test]
fn the_standard_schema_is_what_slapd_publishes() {
    // The subschema subentry answers to base searches alone.
    let output = ldapsearch(&support::shared().bind_dn(), "cn=Subschema")
        .args(["-LLL", "-o", "ldif-wrap=no", "(objectClass=subschema)", "+"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (live, warnings) = Subschema::from_ldif(&text).unwrap();
    assert_eq!(warnings, []);
    let standard = Subschema::standard();
    let mut compared = 0;
    for ours in standard.attributes() {
        let Some(theirs) = live.attribute(&ours.definition.oid) else { continue };
        assert_eq!((ours.equality, ours.ordering), (theirs.equality, theirs.ordering), "{}", ours.name());
        assert_eq!((ours.substring, ours.syntax), (theirs.substring, theirs.syntax), "{}", ours.name());
        assert_eq!(ours.definition.single_value, theirs.definition.single_value, "{}", ours.name());
        compared += 1;
    }
    for ours in standard.classes() {
        let Some(theirs) = live.class(&ours.oid) else { continue };
        assert_eq!((ours.kind, &ours.must, &ours.may), (theirs.kind, &theirs.must, &theirs.may), "{}", ours.name());
        compared += 1;
    }
    assert!(compared > 250, "only {compared} descriptions were compared");
}

#[test]
fn filters_mean_here_what_they_mean_to_slapd() {
    let suffix = support::private();
    let dn = format!("uid=probe,{suffix}");
    let probe = Probe::add(&suffix, &dn);
    let mut random = Random(SEED);
    let filters: Vec<Filter> = std::iter::repeat_with(|| probe.filter(&mut random)).take(ROUNDS).collect();
    let theirs = probe.slapd_says(&filters);
    let schema = Subschema::standard();
    let (mut report, mut undecided) = (String::new(), 0);
    for (filter, theirs) in filters.iter().zip(theirs) {
        let ours = filter.evaluate(|attribute| Some(probe.values(attribute.as_str())), &schema);
        if ours.is_some() && ours != theirs {
            writeln!(report, "{filter}: {ours:?} here, {theirs:?} on slapd").unwrap();
        }
        undecided += usize::from(ours.is_none() && theirs.is_some());
    }
    assert!(report.is_empty(), "seed {SEED:#x}:\n{report}");
    assert!(undecided < ROUNDS / 100, "{undecided} filters are left open though slapd decides them");
}

/// A search of one entry with slapd's own tool.
fn ldapsearch(bind_dn: &str, base: &str) -> Command {
    let slapd = support::shared();
    let mut command = Command::new("ldapsearch");
    command.args(["-x", "-H", &slapd.url(), "-D", bind_dn, "-w", slapd.password(), "-b", base, "-s", "base"]);
    command
}

/// An entry that has a value of every kind, and those values.
struct Probe {
    dn: String,
    bind_dn: String,
    values: Vec<(String, Vec<Vec<u8>>)>,
}

/// Attributes that the entry doesn't have, of every kind of syntax and set of rules.
const ABSENT: &[&str] = &[
    "gidNumber",
    "employeeNumber",
    "uniqueIdentifier",
    "jpegPhoto",
    "shadowMax",
    "facsimileTelephoneNumber",
    "carLicense",
];

/// Assertion values that hold something awkward.
const AWKWARD: &[&str] = &[
    "a",
    "A",
    " a",
    "a ",
    "  ",
    "-",
    "1",
    "01",
    "-1",
    "9",
    "11",
    "TRUE",
    "true",
    "é",
    "É",
    "ß",
    "ﬁ",
    "FI",
    "𝐀",
    "Σ",
    "σ",
    "ς",
    "\u{a0}",
    "a\u{a0}b",
    "dc=org",
    "cn=x",
    "foo",
    "cn=",
    "20200101000000Z",
    "2020010100Z",
    "20990101000000.5Z",
    "20990101000000+0100",
    "person",
    "top",
    "2.5.6.6",
    "nosuch",
    "12 34",
    "1234",
    "+1abc",
    "+1ABC",
    "a\tb",
    "a\u{ad}b",
    "İ",
    "K",
    "00000000-0000-0000-0000-000000000000",
    "\u{feff}a",
    "\u{2003}x",
    "x\u{2003} y",
    "ǅ",
    "ı",
];

const RULES: &[&str] = &[
    "caseIgnoreMatch",
    "caseExactMatch",
    "caseIgnoreOrderingMatch",
    "caseExactOrderingMatch",
    "integerMatch",
    "integerOrderingMatch",
    "integerBitAndMatch",
    "integerBitOrMatch",
    "dnSubtreeMatch",
    "dnOneLevelMatch",
    "dnSubordinateMatch",
    "dnSuperiorMatch",
    "distinguishedNameMatch",
    "generalizedTimeMatch",
    "generalizedTimeOrderingMatch",
    "octetStringMatch",
    "caseIgnoreIA5Match",
    "caseExactIA5Match",
    "numericStringMatch",
    "telephoneNumberMatch",
    "objectIdentifierMatch",
];

impl Probe {
    fn add(suffix: &str, dn: &str) -> Self {
        let slapd = support::shared();
        let bind_dn = slapd.bind_dn_of(suffix);
        let values: &[(&str, &str)] = &[
            ("objectClass", "inetOrgPerson"),
            ("objectClass", "posixAccount"),
            ("cn", "A"),
            ("sn", "b"),
            ("uid", "probe"),
            ("uidNumber", "10"),
            ("gidNumber", "10"),
            ("homeDirectory", "/home/A  b"),
            ("mail", " a  b@c.d "),
            ("x121Address", "12 34"),
            ("telephoneNumber", "+1 abc"),
            ("homePostalAddress", "1 Main  St$Town"),
            ("description", "tab\tbed"),
            ("description", "Ärger Straße 𝐀 İ"),
            ("title", "ﬁ"),
            ("title", "ς Σ"),
            ("title", "K Å"),
            ("destinationIndicator", "a b"),
            ("manager", "uid=u1,dc=example,dc=com"),
            ("displayName", "ǅ x  y"),
            ("seeAlso", "cn=a+sn=b,dc=example,dc=com"),
        ];
        let mut text = Vec::new();
        ldif::write_entry(&mut text, dn, values.iter().map(|(name, value)| (*name, value.as_bytes()))).unwrap();
        slapd.ldapmodify_as(&bind_dn, std::str::from_utf8(&text).unwrap()).unwrap();
        let stored = slapd.ldapsearch_as(&bind_dn, dn, "(objectClass=*)", &["*", "+"]).unwrap();
        let record = ldif::read(&stored).next().unwrap().unwrap();
        let mut values: Vec<(String, Vec<Vec<u8>>)> = Vec::new();
        // slapd computes these while it answers, and matches them otherwise than it shows them.
        let computed = ["subschemaSubentry", "hasSubordinates"];
        for (name, value) in record.attributes.into_iter().filter(|(name, _)| !computed.contains(&name.as_str())) {
            match values.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value),
                None => values.push((name, vec![value])),
            }
        }
        Self { dn: dn.to_owned(), bind_dn, values }
    }

    fn values(&self, attribute: &str) -> &[Vec<u8>] {
        self.values.iter().find(|(name, _)| name == attribute).map_or(&[], |(_, values)| values)
    }

    fn filter(&self, random: &mut Random) -> Filter {
        let (name, own) = random.of(&self.values);
        let attribute = if random.below(4) == 0 { random.of(ABSENT) } else { name.as_str() }.parse().unwrap();
        let value = self.assertion(random, own);
        match random.below(10) {
            0 => Filter::Present(attribute),
            1..=3 => Filter::Equality(attribute, value),
            4 => Filter::GreaterOrEqual(attribute, value),
            5 => Filter::LessOrEqual(attribute, value),
            6 | 7 => {
                let any = random.piece(&value).filter(|_| random.below(2) == 0).into_iter().collect();
                let last = random.piece(&value).filter(|_| random.below(2) == 0);
                let initial = random.piece(&value).unwrap_or_else(|| b"x".to_vec());
                Filter::Substring { attribute, initial: Some(initial), any, last }
            }
            _ => Filter::Extensible { attribute, rule: (*random.of(RULES)).to_owned(), value },
        }
    }

    /// A value of the attribute's own, of another, or an awkward one; its case or spaces changed now and then.
    fn assertion(&self, random: &mut Random, own: &[Vec<u8>]) -> Vec<u8> {
        let mut value = match random.below(4) {
            0 | 1 => random.of(own).clone(),
            2 => {
                let (_, others) = random.of(&self.values);
                random.of(others).clone()
            }
            _ => random.of(AWKWARD).as_bytes().to_vec(),
        };
        match random.below(8) {
            0 => value.make_ascii_uppercase(),
            1 => value.make_ascii_lowercase(),
            2 => value.insert(random.below(value.len() + 1), b' '),
            _ => {}
        }
        value
    }

    /// Slapd's verdicts: a filter that matches no more than its complement does is Undefined.
    fn slapd_says(&self, filters: &[Filter]) -> Vec<Option<bool>> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("filters");
        let lines: String =
            filters.iter().flat_map(|filter| [format!("{filter}\n"), format!("(!{filter})\n")]).collect();
        std::fs::write(&file, lines).unwrap();
        // A filter in a file stands for `%s` in a pattern, which must look like a filter itself.
        let output = ldapsearch(&self.bind_dn, &self.dn)
            .arg("-c")
            .arg("-f")
            .arg(&file)
            .args(["(&%s(objectClass=*))", "1.1"])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let found: Vec<bool> =
            text.split("\n# filter: ").skip(1).map(|answer| answer.contains("\n# numEntries: 1")).collect();
        assert_eq!(found.len(), 2 * filters.len(), "{}", String::from_utf8_lossy(&output.stderr));
        found.chunks(2).map(|pair| (pair[0] != pair[1]).then_some(pair[0])).collect()
    }
}

/// A small generator (xorshift64*), so that a seed gives the same filters everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % bound
    }

    fn of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len())]
    }

    /// Some characters of a text that follow each other; none when there are none.
    fn piece(&mut self, text: &[u8]) -> Option<Vec<u8>> {
        let characters: Vec<char> = String::from_utf8_lossy(text).chars().collect();
        let start = self.below(characters.len() + 1);
        let end = start + self.below(characters.len() - start + 1);
        Some(characters[start..end].iter().collect::<String>().into_bytes()).filter(|piece| !piece.is_empty())
    }
}
