//! One entry and its LDIF form (RFC 2849).

use std::borrow::Cow;
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

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

    /// Writes the entry as a content record, a blank line after it. Lines are not folded: slapadd takes any length.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        write_line(out, "dn", self.dn.as_bytes())?;
        for (name, value) in &self.attributes {
            write_line(out, name, value)?;
        }
        out.write_all(b"\n")
    }
}

fn write_line(out: &mut impl Write, name: &str, value: &[u8]) -> io::Result<()> {
    out.write_all(name.as_bytes())?;
    if is_safe(value) {
        out.write_all(b": ")?;
        out.write_all(value)?;
    } else {
        out.write_all(b":: ")?;
        out.write_all(STANDARD.encode(value).as_bytes())?;
    }
    out.write_all(b"\n")
}

/// Whether the value may stand as it is: RFC 2849's SAFE-STRING, without a blank at its end.
fn is_safe(value: &[u8]) -> bool {
    let starts_safely = !matches!(value.first(), Some(b' ' | b':' | b'<'));
    let ends_safely = value.last() != Some(&b' ');
    starts_safely && ends_safely && value.iter().all(|byte| byte.is_ascii() && !matches!(byte, 0 | b'\n' | b'\r'))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("Anna Brown", "x: Anna Brown\n")]
    #[case::colon_inside("a: b", "x: a: b\n")]
    #[case::leading_blank(" a", "x:: IGE=\n")]
    #[case::trailing_blank("a ", "x:: YSA=\n")]
    #[case::leading_colon(":a", "x:: OmE=\n")]
    #[case::leading_less("<a", "x:: PGE=\n")]
    #[case::line_break("a\nb", "x:: YQpi\n")]
    #[case::not_ascii("ä", "x:: w6Q=\n")]
    #[case::empty("", "x: \n")]
    fn values_that_could_be_misread_are_base64(#[case] value: &str, #[case] line: &str) {
        let mut out = Vec::new();
        write_line(&mut out, "x", value.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), line);
    }

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
