//! The key by which names are compared: one octet string for all the spellings of one name.
//!
//! Types are lower-cased and the well-known OIDs and long names replaced by the short ones; values are compared as if by
//! caseIgnoreMatch, whatever the attribute's own rule is. Attributes whose rule tells case apart hardly ever name
//! entries, and where one does, the key is coarser than the directory: two names may share a key, never one name two.

use std::fmt;

use super::error::InvalidDn;
use super::name::{Ava, Dn, Rdn};
use super::parse;
use crate::ldap::plan::Scope;
use crate::ldap::prepare::{Case, Part, prepare};

/// Ends an RDN inside a key. Values never hold it: see [`push_value`].
const RDN_END: u8 = 0;
/// Ends one attribute value of an RDN that has several.
const AVA_END: u8 = 1;
/// Announces an octet below 3 that stands for itself, or, followed by [`BER`], a BER encoding.
const ESCAPE: u8 = 2;
/// See [`ESCAPE`].
const BER: u8 = 3;

/// A normalised DN, for hashing and comparing. Costs far less than a microsecond for plain ASCII names.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DnKey(Box<[u8]>);

impl DnKey {
    /// The key of the name written as `text`; fails where [`Dn`] would.
    pub fn of(text: &str) -> Result<Self, InvalidDn> {
        match plain(text.as_bytes()) {
            Some(key) => Ok(Self(key.into_boxed_slice())),
            None => parse::rdns(text).map(|rdns| Self::from_rdns(&rdns)),
        }
    }

    /// The key of the name whose octets a directory returned; fails too when they are no UTF-8.
    pub fn of_bytes(octets: &[u8]) -> Result<Self, InvalidDn> {
        if let Some(key) = plain(octets) {
            return Ok(Self(key.into_boxed_slice()));
        }
        let text = std::str::from_utf8(octets)
            .map_err(|error| InvalidDn { offset: error.valid_up_to(), reason: "not UTF-8" })?;
        Self::of(text)
    }

    /// The key of the empty name.
    pub fn root() -> Self {
        Self(Box::default())
    }

    fn from_rdns(rdns: &[Rdn]) -> Self {
        let mut key = Vec::new();
        for rdn in rdns {
            push_rdn(&mut key, rdn);
        }
        Self(key.into_boxed_slice())
    }

    /// Whether the named entry is `base` or stands somewhere below it.
    pub fn is_under(&self, base: &Self) -> bool {
        self.0.strip_suffix(&*base.0).is_some_and(|above| above.last().is_none_or(|&end| end == RDN_END))
    }

    /// Whether the named entry stands immediately below `parent`.
    pub fn is_child_of(&self, parent: &Self) -> bool {
        let own = self.0.strip_suffix(&*parent.0);
        own.is_some_and(|own| own.iter().position(|&byte| byte == RDN_END).is_some_and(|end| end + 1 == own.len()))
    }

    /// Whether a search of `scope` from `base` looks at the named entry.
    pub fn is_in_scope(&self, base: &Self, scope: Scope) -> bool {
        match scope {
            Scope::Base => self == base,
            Scope::One => self.is_child_of(base),
            Scope::Subtree => self.is_under(base),
        }
    }

    /// The key of the entry above; none for the empty name.
    pub fn parent(&self) -> Option<Self> {
        let end = self.0.iter().position(|&byte| byte == RDN_END)?;
        Some(Self(self.0[end + 1..].into()))
    }

    /// How many RDNs the name has.
    pub fn depth(&self) -> usize {
        self.0.iter().filter(|&&byte| byte == RDN_END).count()
    }

    /// The octets of the key: opaque, the same for equal names.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Dn {
    /// Whether this entry is `base` or stands somewhere below it, as a directory compares names.
    pub fn is_under(&self, base: &Self) -> bool {
        self.key().is_under(&base.key())
    }

    /// Whether this entry stands immediately below `parent`, as a directory compares names.
    pub fn is_child_of(&self, parent: &Self) -> bool {
        self.key().is_child_of(&parent.key())
    }

    /// Whether a search of `scope` from `base` looks at this entry.
    pub fn is_in_scope(&self, base: &Self, scope: Scope) -> bool {
        self.key().is_in_scope(&base.key(), scope)
    }

    /// The key by which a directory would tell this name from others.
    pub fn key(&self) -> DnKey {
        DnKey::from_rdns(self.rdns())
    }
}

impl fmt::Debug for DnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<u8> = self.0.iter().map(|&byte| if byte == RDN_END { b',' } else { byte }).collect();
        write!(f, "DnKey({})", shown.escape_ascii())
    }
}

/// Whether the entry that a directory calls `name` stands at or below `base`, as far as the spelling alone tells: where it
/// doesn't, the keys decide.
pub fn is_spelled_below(name: &str, base: &str) -> bool {
    let Some(above) = name.as_bytes().strip_suffix(base.as_bytes()) else { return false };
    match above {
        [] => true,
        // Neither an escaped comma nor one in quotes ends an RDN.
        [.., before, b','] => *before != b'\\' && !base.is_empty() && !name.contains('"'),
        _ => false,
    }
}

/// The key of a name of plain ASCII without escapes and with single-valued RDNs, in one pass; none for any other text.
fn plain(text: &[u8]) -> Option<Vec<u8>> {
    let mut key = Vec::with_capacity(text.len() + 1);
    let mut rest = skip_spaces(text);
    while !rest.is_empty() {
        let start = key.len();
        rest = plain_type(&mut key, rest)?;
        use_short_name(&mut key, start);
        key.push(b'=');
        let (after, more) = plain_value(&mut key, skip_spaces(rest))?;
        key.push(RDN_END);
        rest = skip_spaces(after);
        if more == rest.is_empty() {
            return None;
        }
    }
    Some(key)
}

fn skip_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

fn plain_type<'a>(key: &mut Vec<u8>, text: &'a [u8]) -> Option<&'a [u8]> {
    let length = text.iter().position(|&byte| !byte.is_ascii_alphanumeric() && byte != b'-')?;
    if !text[0].is_ascii_alphabetic() {
        return None;
    }
    key.extend(text[..length].iter().map(u8::to_ascii_lowercase));
    match skip_spaces(&text[length..]) {
        [b'=', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// Appends a value, lower-cased and its spaces squeezed; returns what follows it and whether a separator was passed.
fn plain_value<'a>(key: &mut Vec<u8>, text: &'a [u8]) -> Option<(&'a [u8], bool)> {
    let start = key.len();
    let mut separated = false;
    let mut read = 0;
    for &byte in text {
        read += 1;
        match PLAIN[usize::from(byte)] {
            0 if byte == b',' => {
                separated = true;
                break;
            }
            0 => return None,
            b' ' if key.last() == Some(&b' ') => {}
            folded => key.push(folded),
        }
    }
    if key.last() == Some(&b' ') {
        key.pop();
    }
    // An empty value, or one that starts like a BER encoding, is for the full reader.
    let usual = key.len() > start && key[start] != b'#';
    usual.then_some((&text[read..], separated))
}

/// What a plain value's octet is in a key; 0 for those that end it or mean something.
static PLAIN: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0x20u8;
    while byte < 0x7f {
        table[byte as usize] = match byte {
            b',' | b'+' | b';' | b'"' | b'\\' | b'<' | b'>' => 0,
            other => other.to_ascii_lowercase(),
        };
        byte += 1;
    }
    table
};

fn push_rdn(key: &mut Vec<u8>, rdn: &Rdn) {
    match rdn.avas() {
        [single] => push_ava(key, single),
        several => {
            let mut parts: Vec<Vec<u8>> = several
                .iter()
                .map(|ava| {
                    let mut part = Vec::new();
                    push_ava(&mut part, ava);
                    part
                })
                .collect();
            parts.sort();
            key.extend(parts.join(&AVA_END));
        }
    }
    key.push(RDN_END);
}

fn push_ava(key: &mut Vec<u8>, ava: &Ava) {
    let start = key.len();
    key.extend(ava.attribute().bytes().map(|byte| byte.to_ascii_lowercase()));
    use_short_name(key, start);
    key.push(b'=');
    if ava.is_ber() {
        key.extend([ESCAPE, BER]);
        push_value(key, ava.value());
        return;
    }
    match std::str::from_utf8(ava.value()) {
        Ok(text) => push_value(key, prepare(text, Case::Ignore, Part::Whole).as_bytes()),
        Err(_) => push_value(key, &ava.value().to_ascii_lowercase()),
    }
}

/// Appends octets so that none of the separators appears among them.
fn push_value(key: &mut Vec<u8>, value: &[u8]) {
    for &byte in value {
        if byte <= ESCAPE {
            key.extend([ESCAPE, byte + 0x10]);
        } else {
            key.push(byte);
        }
    }
}

/// Replaces the lower-case type at the key's end by its short name where it has one.
fn use_short_name(key: &mut Vec<u8>, start: usize) {
    let name = &key[start..];
    if name.len() <= 2 {
        return;
    }
    if let Some(short) = short_name(name) {
        key.truncate(start);
        key.extend_from_slice(short);
    }
}

/// The short names of types that name entries (RFC 4514 section 3, RFC 4519, RFC 4524).
fn short_name(name: &[u8]) -> Option<&'static [u8]> {
    Some(match name {
        b"uid" | b"ou" => return None,
        b"2.5.4.3" | b"commonname" => b"cn",
        b"2.5.4.4" | b"surname" => b"sn",
        b"2.5.4.5" => b"serialnumber",
        b"2.5.4.6" | b"countryname" => b"c",
        b"2.5.4.7" | b"localityname" => b"l",
        b"2.5.4.8" | b"stateorprovincename" => b"st",
        b"2.5.4.9" => b"street",
        b"2.5.4.10" | b"organizationname" => b"o",
        b"2.5.4.11" | b"organizationalunitname" => b"ou",
        b"2.5.4.12" => b"title",
        b"2.5.4.42" | b"gn" => b"givenname",
        b"0.9.2342.19200300.100.1.1" | b"userid" => b"uid",
        b"0.9.2342.19200300.100.1.3" | b"rfc822mailbox" => b"mail",
        b"0.9.2342.19200300.100.1.25" | b"domaincomponent" => b"dc",
        b"1.2.840.113549.1.9.1" | b"emailaddress" | b"pkcs9email" => b"email",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn key(text: &str) -> DnKey {
        DnKey::of(text).unwrap()
    }

    #[rstest]
    #[case("uid=u1,ou=People,dc=example,dc=com", "UID = U1 , OU=people;DC=EXAMPLE , dc=com")]
    #[case("cn=John  Smith,dc=x", "commonName=john smith,domainComponent=X")]
    #[case("cn=a,dc=x", "2.5.4.3=#040141,0.9.2342.19200300.100.1.25=\"x\"")]
    #[case("cn=a+sn=b,dc=x", "SN=B+CN=A,dc=x")]
    #[case("cn=Smith\\, John", "CN=smith\\2c\\20\\20john")]
    #[case("cn=ÄRGER", "cn=ärger")]
    #[case("cn=a\\ ,dc=x", "cn=a,dc=x")]
    #[case("cn=1.3=#04", "cn=1.3=\\#04")]
    fn one_name_has_one_key(#[case] left: &str, #[case] right: &str) {
        assert_eq!(key(left), key(right));
    }

    #[rstest]
    #[case("cn=a,dc=x", "cn=a\\,dc=x")]
    #[case("cn=a,dc=x", "cn=a+dc=x")]
    #[case("cn=ab", "cn=a b")]
    #[case("cn=\\01,dc=x", "cn=\\00,dc=x")]
    #[case("cn=#0101FF", "cn=\\#0101FF")]
    #[case("cn=a\\00dc=x", "cn=a,dc=x")]
    #[case("", "dc=x")]
    fn two_names_have_two(#[case] left: &str, #[case] right: &str) {
        assert_ne!(key(left), key(right));
    }

    #[rstest]
    #[case("uid=a,dc=example,dc=com", "dc=example,dc=com", true, true)]
    #[case("uid=a,ou=b,dc=example,dc=com", "dc=example,dc=com", true, false)]
    #[case("dc=example,dc=com", "dc=example,dc=com", true, false)]
    #[case("dc=com", "", true, true)]
    #[case("", "", true, false)]
    #[case("uid=a,xdc=example,dc=com", "dc=example,dc=com", false, false)]
    #[case("uid=a\\,dc=example,dc=com", "dc=example,dc=com", false, false)]
    #[case("dc=com", "dc=example,dc=com", false, false)]
    fn knows_what_is_under_what(#[case] entry: &str, #[case] base: &str, #[case] under: bool, #[case] child: bool) {
        assert_eq!(key(entry).is_under(&key(base)), under);
        assert_eq!(key(entry).is_child_of(&key(base)), child);
        assert_eq!(key(entry).parent() == Some(key(base)), child);
    }

    #[rstest]
    #[case("uid=a,dc=x", "dc=x", true)]
    #[case("dc=x", "dc=x", true)]
    #[case("uid=a,DC=x", "dc=x", false)]
    #[case("uid=a\\,dc=x", "dc=x", false)]
    #[case("uid=a,xdc=x", "dc=x", false)]
    fn spelling_tells_most(#[case] name: &str, #[case] base: &str, #[case] told: bool) {
        assert_eq!(is_spelled_below(name, base), told);
    }

    #[test]
    fn refuses_what_is_no_name() {
        for text in ["cn", "cn=a,", ",cn=a", "cn=a,,dc=b", "<GUID=1>", "cn=a\"", "cn=a+"] {
            assert!(DnKey::of(text).is_err(), "{text}");
        }
        assert!(DnKey::of_bytes(b"cn=\xff").is_err());
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_the_long_one(text in "[a-cUO0-9= ,;+\\\\#é-]{0,24}") {
            let long = parse::rdns(&text).map(|rdns| DnKey::from_rdns(&rdns));
            prop_assert_eq!(DnKey::of(&text), long);
        }

        #[test]
        fn what_is_spelled_below_is_below(above in "[a-b= ,;+\\\\\"#]{0,12}", base in "(cn=b|cn=\"b|b|)") {
            let name = format!("{above}{base}");
            if is_spelled_below(&name, &base)
                && let (Ok(name), Ok(base)) = (DnKey::of(&name), DnKey::of(&base))
            {
                prop_assert!(name.is_under(&base));
            }
        }

        #[test]
        fn a_name_and_its_canonical_text_share_a_key(values in proptest::collection::vec("\\PC{0,6}", 0..4)) {
            let name = values.iter().fold(crate::ldap::dn::Dn::root(), |name, value| name.child("cn", value.as_bytes()));
            prop_assert_eq!(key(&name.to_string()), name.key());
            prop_assert_eq!(name.key().depth(), name.depth());
        }
    }
}
