//! One entry and its LDIF form (RFC 2849).

use std::borrow::Cow;
use std::io::{self, Write};

use crate::ldap::ldif;

/// An entry to be loaded: its DN and its attributes, one pair a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LdifEntry {
    /// The entry's DN, as RFC 4514 writes it.
    pub dn: String,
    /// Attribute name and value; an attribute with several values stands several times.
    pub attributes: Vec<(&'static str, Cow<'static, [u8]>)>,
}

impl LdifEntry {
    /// An entry without attributes.
    pub fn new(dn: impl Into<String>) -> Self {
        LdifEntry { dn: dn.into(), attributes: Vec::new() }
    }

    /// Adds a value.
    pub fn put(&mut self, name: &'static str, value: impl Into<String>) {
        self.insert(name, Cow::Owned(value.into().into_bytes()));
    }

    /// Adds a value that is written in this program.
    pub fn put_static(&mut self, name: &'static str, value: &'static str) {
        self.put_octets(name, value.as_bytes());
    }

    /// Adds octets that are written in this program.
    pub fn put_octets(&mut self, name: &'static str, value: &'static [u8]) {
        self.insert(name, Cow::Borrowed(value));
    }

    /// Adds octets.
    pub fn put_bytes(&mut self, name: &'static str, value: Vec<u8>) {
        self.insert(name, Cow::Owned(value));
    }

    /// Puts a value behind the others of its attribute: slapadd wants them together.
    fn insert(&mut self, name: &'static str, value: Cow<'static, [u8]>) {
        match self.attributes.iter().rposition(|(other, _)| *other == name) {
            Some(place) => self.attributes.insert(place + 1, (name, value)),
            None => self.attributes.push((name, value)),
        }
    }

    /// Adds a value if there is one.
    pub fn put_some(&mut self, name: &'static str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// The values of an attribute, named as it was put.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.attributes.iter().filter(move |(other, _)| *other == name).map(|(_, value)| value.as_ref())
    }

    /// Writes the entry as a content record, a blank line after it.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        ldif::write_entry(out, &self.dn, self.attributes.iter().map(|(name, value)| (*name, value.as_ref())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_record() {
        let mut entry = LdifEntry::new("cn=a,dc=b");
        entry.put("cn", "a");
        entry.put_static("objectClass", "device");
        entry.put_some("l", None::<String>);
        entry.put_octets("serialNumber", &[0xff]);
        entry.put("cn", "b");
        let mut out = Vec::new();
        entry.write_to(&mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "dn: cn=a,dc=b\ncn: a\ncn: b\nobjectClass: device\nserialNumber:: /w==\n\n"
        );
        assert_eq!(entry.values("cn").collect::<Vec<_>>(), [b"a", b"b"]);
    }
}
