//! Reads LDIF content records: what slapcat and ldapsearch write, and what people write by hand.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// An entry as LDIF gives it: its attributes in the order written, one pair a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The line on which the record starts, from 1.
    pub line: usize,
    /// The entry's DN, as written.
    pub dn: String,
    /// Attribute descriptions and values.
    pub attributes: Vec<(String, Vec<u8>)>,
}

/// Why a text is no LDIF of content records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct InvalidLdif {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

impl Record {
    /// The values of an attribute, named as in the text, in any case.
    pub fn values<'a>(&'a self, attribute: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.attributes
            .iter()
            .filter(move |(name, _)| name.eq_ignore_ascii_case(attribute))
            .map(|(_, value)| value.as_slice())
    }
}

/// The content records of `text`, one by one; after an error nothing more comes.
///
/// Change records and values that stand in other files (`:<`) are refused.
pub fn read(text: &str) -> impl Iterator<Item = Result<Record, InvalidLdif>> {
    let mut lines = Unfolded { lines: text.lines().enumerate().peekable() };
    let mut failed = false;
    std::iter::from_fn(move || {
        if failed {
            return None;
        }
        let record = next_record(&mut lines).transpose();
        failed = matches!(record, Some(Err(_)));
        record
    })
}

/// The lines of a text with their continuations joined and comments left out, with their numbers.
struct Unfolded<'a, I: Iterator<Item = (usize, &'a str)>> {
    lines: std::iter::Peekable<I>,
}

impl<'a, I: Iterator<Item = (usize, &'a str)>> Iterator for Unfolded<'a, I> {
    type Item = (usize, String);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (place, first) = self.lines.next()?;
            let mut line = first.to_owned();
            while let Some((_, continuation)) = self.lines.next_if(|(_, next)| next.starts_with(' ')) {
                line.push_str(&continuation[1..]);
            }
            if !line.starts_with('#') {
                return Some((place + 1, line));
            }
        }
    }
}

fn next_record(lines: &mut impl Iterator<Item = (usize, String)>) -> Result<Option<Record>, InvalidLdif> {
    let mut record: Option<Record> = None;
    for (line, text) in lines {
        let at = |reason| InvalidLdif { line, reason };
        if text.trim().is_empty() {
            if record.is_some() {
                break;
            }
            continue;
        }
        let (name, value) = attribute_value(&text).map_err(at)?;
        match &mut record {
            None if name.eq_ignore_ascii_case("version") => {}
            None if name.eq_ignore_ascii_case("dn") => {
                let dn = String::from_utf8(value).map_err(|_| at("the DN isn't UTF-8"))?;
                record = Some(Record { line, dn, attributes: Vec::new() });
            }
            None => return Err(at("a record starts with `dn:`")),
            Some(_) if name.eq_ignore_ascii_case("changetype") => {
                return Err(at("change records aren't read here"));
            }
            Some(record) => record.attributes.push((name.to_owned(), value)),
        }
    }
    Ok(record)
}

fn attribute_value(line: &str) -> Result<(&str, Vec<u8>), &'static str> {
    let (name, rest) = line.split_once(':').ok_or("`:` is expected behind an attribute's name")?;
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.;_".contains(&byte)) {
        return Err("an attribute's name is expected");
    }
    let value = match rest.as_bytes().first() {
        Some(b':') => STANDARD.decode(rest[1..].trim()).map_err(|_| "the value isn't base64")?,
        Some(b'<') => return Err("values from other files aren't read"),
        _ => rest.trim_start_matches(' ').as_bytes().to_vec(),
    };
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::ldap::ldif::write::write_entry;

    #[test]
    fn reads_records() {
        let text = "version: 1\r\n# a comment\r\n  that goes on\r\n\r\ndn: cn=a,\r\n dc=x\r\ncn: a\r\ncn;lang-de:: w6k=\r\n\r\n\r\n\
                    dn:: Y249w6k=\r\ntitle:\r\n";
        let records: Vec<Record> = read(text).collect::<Result<_, _>>().unwrap();
        assert_eq!(records.len(), 2);
        assert_eq!((records[0].line, records[0].dn.as_str()), (5, "cn=a,dc=x"));
        assert_eq!(records[0].attributes[1], ("cn;lang-de".to_owned(), "é".into()));
        assert_eq!(records[0].values("CN").collect::<Vec<_>>(), [b"a"]);
        assert_eq!((records[1].dn.as_str(), records[1].attributes.len()), ("cn=é", 1));
    }

    #[rstest]
    #[case("cn: a\n", 1, "dn:")]
    #[case("dn: cn=a\nnonsense\n", 2, "`:`")]
    #[case("dn: cn=a\nchangetype: add\n", 2, "change")]
    #[case("dn: cn=a\njpegPhoto:< file:///x\n", 2, "other files")]
    #[case("dn: cn=a\njpegPhoto:: *\n", 2, "base64")]
    #[case("dn: cn=a\nc n: x\n", 2, "name")]
    #[case("dn:: /w==\n", 1, "UTF-8")]
    fn points_at_what_is_wrong(#[case] text: &str, #[case] line: usize, #[case] reason: &str) {
        let mut records = read(text);
        let error = records.next().unwrap().unwrap_err();
        assert_eq!(error.line, line);
        assert!(error.reason.contains(reason), "{error}");
        assert!(records.next().is_none());
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(dn in "\\PC{0,120}", values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..150), 0..4)) {
            let mut text = Vec::new();
            write_entry(&mut text, &dn, values.iter().map(|value| ("cn", value.as_slice()))).unwrap();
            let text = String::from_utf8(text).unwrap();
            prop_assert!(text.lines().all(|line| line.len() <= 76));
            let record = read(&text).next().unwrap().unwrap();
            prop_assert_eq!(&record.dn, &dn);
            prop_assert_eq!(record.values("cn").collect::<Vec<_>>(), values.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[dn:c \n#<=é-]{0,40}") {
            read(&text).for_each(|_| ());
        }
    }
}
