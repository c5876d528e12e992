//! Pre-read and post-read (RFC 4527): an entry as it was before a write, or is after it, in the write's own answer.

use super::encode::{Control, octets, sequence};
use super::oid;
use super::values::read_attributes;
use crate::ldap::ber::{InvalidBer, Reader, SEQUENCE};
use crate::ldap::{AttributeSet, Entry};

/// The tag of a SearchResultEntry, for servers that send one whole.
const SEARCH_RESULT_ENTRY: u8 = 0x64;

/// The control that asks for the entry as it was.
pub fn pre_read(attributes: &AttributeSet, critical: bool) -> Control {
    read_entry(oid::PRE_READ, attributes, critical)
}

/// The control that asks for the entry as it is then.
pub fn post_read(attributes: &AttributeSet, critical: bool) -> Control {
    read_entry(oid::POST_READ, attributes, critical)
}

fn read_entry(oid: &'static str, attributes: &AttributeSet, critical: bool) -> Control {
    let names = attributes.iter().map(|attribute| octets(attribute.as_str())).collect();
    Control::new(oid, critical, sequence(names))
}

/// Reads the control that came with a write's result, into the places of the attributes that were asked for.
pub fn parse_read_entry(value: &[u8], attributes: &AttributeSet) -> Result<Entry, InvalidBer> {
    let mut outer = Reader::new(value);
    let contents = match outer.element()? {
        (SEQUENCE | SEARCH_RESULT_ENTRY, contents) => contents,
        _ => return Err(InvalidBer("an entry is expected")),
    };
    outer.end()?;
    let mut entry = Reader::new(contents);
    let dn = entry.text()?.to_owned();
    let list = entry.nested(SEQUENCE)?;
    entry.end()?;
    Ok(Entry { dn, attributes: read_attributes(list, attributes)?, dereferenced: Vec::new(), origin: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> AttributeSet {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[test]
    fn asks_for_attributes() {
        let control = post_read(&set(&["entryCSN"]), true);
        assert_eq!(
            (control.oid, control.value.unwrap().as_slice()),
            ("1.3.6.1.1.13.2", &b"\x30\x0a\x04\x08entryCSN"[..])
        );
        assert_eq!(pre_read(&set(&[]), false).oid, "1.3.6.1.1.13.1");
    }

    #[test]
    fn reads_entries() {
        let octets =
            b"\x64\x1c\x04\x04dc=x\x30\x14\x30\x08\x04\x02sn\x31\x02\x04\x00\x30\x08\x04\x02CN\x31\x02\x04\x00";
        let entry = parse_read_entry(octets, &set(&["cn", "mail"])).unwrap();
        assert_eq!((entry.dn.as_str(), entry.attributes), ("dc=x", vec![vec![vec![]], vec![]]));
        assert!(parse_read_entry(&octets[..20], &set(&["cn"])).is_err());
        assert!(parse_read_entry(b"\x04\x00", &set(&["cn"])).is_err());
    }
}
