//! Writes LDIF: folded at 76 columns, base64 where a value isn't a safe string.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::ldap::change::{Change, Modification, ModificationKind};

/// How many characters a line holds before it is folded.
const WIDTH: usize = 76;

/// Writes a content record and the empty line behind it.
pub fn write_entry<'a>(
    out: &mut impl Write,
    dn: &str,
    attributes: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> io::Result<()> {
    write_line(out, "dn", dn.as_bytes())?;
    for (attribute, value) in attributes {
        write_line(out, attribute, value)?;
    }
    out.write_all(b"\n")
}

/// Writes a change record and the empty line behind it.
pub fn write_change(out: &mut impl Write, dn: &str, change: &Change) -> io::Result<()> {
    write_line(out, "dn", dn.as_bytes())?;
    match change {
        Change::Add(attributes) => {
            out.write_all(b"changetype: add\n")?;
            for (attribute, values) in attributes {
                write_values(out, attribute.as_str(), values)?;
            }
        }
        Change::Delete => out.write_all(b"changetype: delete\n")?,
        Change::Modify(modifications) => {
            out.write_all(b"changetype: modify\n")?;
            for modification in modifications {
                write_modification(out, modification)?;
            }
        }
        Change::ModifyDn { new_rdn, delete_old_rdn, new_superior } => {
            out.write_all(b"changetype: modrdn\n")?;
            write_line(out, "newrdn", new_rdn.as_bytes())?;
            write_line(out, "deleteoldrdn", if *delete_old_rdn { b"1" } else { b"0" })?;
            if let Some(superior) = new_superior {
                write_line(out, "newsuperior", superior.as_bytes())?;
            }
        }
    }
    out.write_all(b"\n")
}

fn write_modification(out: &mut impl Write, modification: &Modification) -> io::Result<()> {
    let kind = match modification.kind {
        ModificationKind::Add => "add",
        ModificationKind::Delete => "delete",
        ModificationKind::Replace => "replace",
    };
    let attribute = modification.attribute.as_str();
    write_line(out, kind, attribute.as_bytes())?;
    write_values(out, attribute, &modification.values)?;
    out.write_all(b"-\n")
}

fn write_values(out: &mut impl Write, attribute: &str, values: &[Vec<u8>]) -> io::Result<()> {
    values.iter().try_for_each(|value| write_line(out, attribute, value))
}

/// Writes `name: value`, folded.
pub(super) fn write_line(out: &mut impl Write, name: &str, value: &[u8]) -> io::Result<()> {
    let mut line = Vec::with_capacity(name.len() + value.len() + 3);
    line.extend_from_slice(name.as_bytes());
    if is_safe(value) {
        line.extend_from_slice(if value.is_empty() { b":" } else { b": " });
        line.extend_from_slice(value);
    } else {
        line.extend_from_slice(b":: ");
        line.extend_from_slice(STANDARD.encode(value).as_bytes());
    }
    write_folded(out, &line)
}

fn write_folded(out: &mut impl Write, line: &[u8]) -> io::Result<()> {
    let (first, rest) = line.split_at(line.len().min(WIDTH));
    out.write_all(first)?;
    for continuation in rest.chunks(WIDTH - 1) {
        out.write_all(b"\n ")?;
        out.write_all(continuation)?;
    }
    out.write_all(b"\n")
}

/// Whether the value may stand as it is: a SAFE-STRING that also ends in no space (RFC 2849 note 8).
fn is_safe(value: &[u8]) -> bool {
    let safe = |&byte: &u8| byte.is_ascii() && !matches!(byte, 0 | b'\n' | b'\r');
    !matches!(value.first(), Some(b' ' | b':' | b'<')) && value.last() != Some(&b' ') && value.iter().all(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(change: &Change) -> String {
        let mut out = Vec::new();
        write_change(&mut out, "uid=a,dc=example,dc=com", change).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn step(kind: ModificationKind, attribute: &str, values: &[&str]) -> Modification {
        let values = values.iter().map(|value| value.as_bytes().to_vec()).collect();
        Modification { kind, attribute: attribute.parse().unwrap(), values }
    }

    #[test]
    fn writes_entries() {
        let mut out = Vec::new();
        let long = "x".repeat(100);
        let attributes: [(&str, &[u8]); 6] = [
            ("cn", "é".as_bytes()),
            ("sn", b" a"),
            ("description", b"a "),
            ("title", b""),
            ("street", b"a: b"),
            ("l", long.as_bytes()),
        ];
        write_entry(&mut out, "cn=é,dc=x", attributes).unwrap();
        let expected = format!(
            "dn:: Y249w6ksZGM9eA==\ncn:: w6k=\nsn:: IGE=\ndescription:: YSA=\ntitle:\nstreet: a: b\nl: {}\n {}\n\n",
            "x".repeat(73),
            "x".repeat(27)
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn writes_changes() {
        assert_eq!(
            changed(&Change::Add(vec![("cn".parse().unwrap(), vec![b"a".to_vec(), b"b".to_vec()])])),
            "dn: uid=a,dc=example,dc=com\nchangetype: add\ncn: a\ncn: b\n\n"
        );
        assert_eq!(changed(&Change::Delete), "dn: uid=a,dc=example,dc=com\nchangetype: delete\n\n");
        assert_eq!(
            changed(&Change::Modify(vec![
                step(ModificationKind::Delete, "mail", &["a@example.com"]),
                step(ModificationKind::Add, "mail", &["b@example.com"]),
                step(ModificationKind::Replace, "title", &[]),
            ])),
            "dn: uid=a,dc=example,dc=com\nchangetype: modify\ndelete: mail\nmail: a@example.com\n-\n\
             add: mail\nmail: b@example.com\n-\nreplace: title\n-\n\n"
        );
        assert_eq!(
            changed(&Change::ModifyDn {
                new_rdn: "uid=b".into(),
                delete_old_rdn: true,
                new_superior: Some("dc=example,dc=com".into())
            }),
            "dn: uid=a,dc=example,dc=com\nchangetype: modrdn\nnewrdn: uid=b\ndeleteoldrdn: 1\n\
             newsuperior: dc=example,dc=com\n\n"
        );
    }
}
