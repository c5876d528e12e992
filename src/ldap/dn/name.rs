//! The parts of a distinguished name and its canonical text.

use std::fmt;

/// A distinguished name: its RDNs, the entry's own first. Compared octet by octet; [`Dn::key`] compares as a directory does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dn {
    rdns: Vec<Rdn>,
}

/// A relative distinguished name: one or more attribute values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rdn {
    avas: Vec<Ava>,
}

/// One attribute type and value of an RDN.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ava {
    attribute: Box<str>,
    value: Vec<u8>,
    ber: bool,
}

impl Dn {
    /// The empty DN: the root of all.
    pub fn root() -> Self {
        Self::default()
    }

    /// A DN of these RDNs, the entry's own first.
    pub fn new(rdns: Vec<Rdn>) -> Self {
        Self { rdns }
    }

    /// The RDNs, the entry's own first.
    pub fn rdns(&self) -> &[Rdn] {
        &self.rdns
    }

    /// The entry's own RDN; none for the empty DN.
    pub fn rdn(&self) -> Option<&Rdn> {
        self.rdns.first()
    }

    /// The DN of the entry above; none for the empty DN.
    pub fn parent(&self) -> Option<Self> {
        self.rdns.split_first().map(|(_, above)| Self { rdns: above.to_vec() })
    }

    /// How many RDNs there are.
    pub fn depth(&self) -> usize {
        self.rdns.len()
    }

    /// Whether this is the empty DN.
    pub fn is_root(&self) -> bool {
        self.rdns.is_empty()
    }

    /// The DN of the entry below this one that is named by one attribute value, which is any text: printing escapes it.
    #[must_use]
    pub fn child(&self, attribute: &str, value: impl Into<Vec<u8>>) -> Self {
        self.child_named(Rdn::new(attribute, value))
    }

    /// The DN of the entry below this one with the given RDN.
    #[must_use]
    pub fn child_named(&self, rdn: Rdn) -> Self {
        let mut rdns = Vec::with_capacity(self.rdns.len() + 1);
        rdns.push(rdn);
        rdns.extend_from_slice(&self.rdns);
        Self { rdns }
    }
}

impl Rdn {
    /// An RDN of one attribute value.
    pub fn new(attribute: &str, value: impl Into<Vec<u8>>) -> Self {
        Self { avas: vec![Ava::new(attribute, value)] }
    }

    /// An RDN of several attribute values; none without any.
    pub fn of(avas: Vec<Ava>) -> Option<Self> {
        (!avas.is_empty()).then_some(Self { avas })
    }

    /// The attribute values, in the order written.
    pub fn avas(&self) -> &[Ava] {
        &self.avas
    }

    /// The value that the RDN has for the attribute type written as `attribute`, in any case.
    pub fn value(&self, attribute: &str) -> Option<&[u8]> {
        self.avas.iter().find(|ava| ava.attribute.eq_ignore_ascii_case(attribute)).map(Ava::value)
    }
}

impl Ava {
    /// An attribute value; any octets will do, printing escapes them.
    pub fn new(attribute: &str, value: impl Into<Vec<u8>>) -> Self {
        Self { attribute: attribute.into(), value: value.into(), ber: false }
    }

    /// An attribute value that is known by its BER encoding alone, written `#hex`.
    pub fn from_ber(attribute: &str, value: impl Into<Vec<u8>>) -> Self {
        Self { attribute: attribute.into(), value: value.into(), ber: true }
    }

    /// The attribute type's name or OID, as written.
    pub fn attribute(&self) -> &str {
        &self.attribute
    }

    /// The value: its text's octets, or its BER encoding when [`Ava::is_ber`] says so.
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// Whether the value is a BER encoding of something other than a string.
    pub fn is_ber(&self) -> bool {
        self.ber
    }
}

impl fmt::Display for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_separated(f, &self.rdns, ",")
    }
}

impl fmt::Display for Rdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_separated(f, &self.avas, "+")
    }
}

impl fmt::Display for Ava {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.attribute)?;
        if self.ber {
            f.write_str("#")?;
            return self.value.iter().try_for_each(|byte| write!(f, "{byte:02X}"));
        }
        let mut read = 0;
        for chunk in self.value.utf8_chunks() {
            let starts = read == 0;
            read += chunk.valid().len();
            write_text(f, chunk.valid(), starts, read == self.value.len())?;
            read += chunk.invalid().len();
            chunk.invalid().iter().try_for_each(|byte| write!(f, "\\{byte:02X}"))?;
        }
        Ok(())
    }
}

fn write_separated<T: fmt::Display>(f: &mut fmt::Formatter<'_>, parts: &[T], separator: &str) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            f.write_str(separator)?;
        }
        part.fmt(f)?;
    }
    Ok(())
}

/// Writes a stretch of text; `starts` and `ends` say whether it touches the value's ends, where a space needs escaping.
fn write_text(f: &mut fmt::Formatter<'_>, text: &str, starts: bool, ends: bool) -> fmt::Result {
    let mut written = 0;
    // By octets: all that needs escaping is ASCII.
    for (offset, byte) in text.bytes().enumerate() {
        let first = starts && offset == 0;
        let last = ends && offset + 1 == text.len();
        let escaped = match byte {
            // RFC 4514 needs none before `=`, and allows it; Active Directory wants it.
            b'"' | b'+' | b',' | b';' | b'<' | b'>' | b'\\' | b'=' => true,
            b' ' => first || last,
            b'#' => first,
            _ => byte.is_ascii_control(),
        };
        if escaped {
            f.write_str(&text[written..offset])?;
            written = offset + 1;
            if byte.is_ascii_control() {
                write!(f, "\\{byte:02X}")?;
            } else {
                write!(f, "\\{}", char::from(byte))?;
            }
        }
    }
    f.write_str(&text[written..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn dn(text: &str) -> Dn {
        text.parse().unwrap()
    }

    #[rstest]
    #[case("")]
    #[case("UID=jsmith,DC=example,DC=net")]
    #[case("OU=Sales+CN=J.  Smith,DC=example,DC=net")]
    #[case("CN=James \\\"Jim\\\" Smith\\, III,DC=example,DC=net")]
    #[case("CN=Before\\0DAfter,DC=example,DC=net")]
    #[case("1.3.6.1.4.1.1466.0=#0101FF")]
    #[case("CN=Lučić")]
    #[case("cn=\\ \\ ")]
    #[case("cn=\\#x\\\\")]
    #[case("cn=\\FF\\FE")]
    #[case("cn=a\\=b")]
    fn canonical_text_is_printed_as_it_was_read(#[case] text: &str) {
        assert_eq!(dn(text).to_string(), text);
    }

    #[rstest]
    #[case("cn = Sue ,  dc=example ; dc=net", "cn=Sue,dc=example,dc=net")]
    #[case("o=\"Sue, Grabbit + Runn\"", "o=Sue\\, Grabbit \\+ Runn")]
    #[case("CN=Lu\\C4\\8Di\\C4\\87", "CN=Lučić")]
    #[case("1.3.6.1.4.1.1466.0=#04024869", "1.3.6.1.4.1.1466.0=Hi")]
    #[case("cn=\\2c\\20", "cn=\\,\\ ")]
    #[case("cn=a=b\\3Dc", "cn=a\\=b\\=c")]
    fn other_spellings_become_canonical(#[case] text: &str, #[case] canonical: &str) {
        assert_eq!(dn(text).to_string(), canonical);
    }

    #[test]
    fn climbs_and_descends() {
        let base = dn("ou=people,dc=example,dc=com");
        let child = base.child("cn", "Smith, John+#");
        assert_eq!(child.to_string(), "cn=Smith\\, John\\+#,ou=people,dc=example,dc=com");
        assert_eq!(child.parent().unwrap(), base);
        assert_eq!(child.depth(), 4);
        assert_eq!(child.rdn().unwrap().value("CN").unwrap(), b"Smith, John+#");
        assert!(child.is_child_of(&dn("OU=People, DC=Example, DC=Com")));
        assert!(child.is_under(&dn("dc=example,dc=com")) && child.is_under(&Dn::root()) && child.is_under(&child));
        assert!(!child.is_child_of(&dn("dc=example,dc=com")) && !base.is_under(&child));
        assert!(Dn::root().parent().is_none() && Dn::root().rdn().is_none());
    }

    proptest! {
        #[test]
        fn any_value_comes_back_from_its_text(value in proptest::collection::vec(any::<u8>(), 0..12), other in "\\PC{0,8}") {
            let name = Dn::root().child("dc", other.clone()).child_named(
                Rdn::of(vec![Ava::new("cn", value), Ava::new("sn", other)]).unwrap());
            prop_assert_eq!(dn(&name.to_string()), name);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[a-c0-9.=,;+\"\\\\# <>é]{0,20}") {
            if let Ok(read) = text.parse::<Dn>() {
                prop_assert_eq!(dn(&read.to_string()), read);
            }
        }
    }
}
