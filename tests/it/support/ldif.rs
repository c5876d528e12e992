//! What ldapsearch prints, read.

use base64::Engine as _;

/// An entry of LDIF content (RFC 2849), its lines not folded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry {
    pub(crate) dn: String,
    /// Names as printed, and values.
    pub(crate) lines: Vec<(String, String)>,
}

impl Entry {
    /// The values of the attribute, in the order in which they stand.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let of = self.lines.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name));
        of.map(|(_, value)| value.as_str())
    }

    /// The attribute's first value.
    pub(crate) fn first<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.values(name).next()
    }
}

/// The entries in `text`.
pub(crate) fn entries(text: &str) -> Vec<Entry> {
    let records = text.split("\n\n").filter(|record| !record.trim().is_empty());
    records.map(|record| entry(record.trim_start_matches('\n'))).filter(|entry| !entry.dn.is_empty()).collect()
}

fn entry(record: &str) -> Entry {
    let mut entry = Entry::default();
    for line in record.lines() {
        let Some((name, rest)) = line.split_once(':') else { continue };
        let value = match rest.strip_prefix(':') {
            Some(encoded) => {
                let octets = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).unwrap();
                String::from_utf8_lossy(&octets).into_owned()
            }
            None => rest.strip_prefix(' ').unwrap_or(rest).to_owned(),
        };
        if name == "dn" {
            entry.dn = value;
        } else {
            entry.lines.push((name.to_owned(), value));
        }
    }
    entry
}
