//! The dereference control (draft-masarati-ldap-deref): attributes of the entries that a DN-valued attribute names, in the
//! same answer. On slapd it needs the deref overlay.

use super::encode::{Control, octets, sequence};
use super::oid;
use super::values::read_attributes;
use crate::ldap::ber::{InvalidBer, Reader, SEQUENCE};
use crate::ldap::entry::{Dereferenced, Values};
use crate::ldap::plan::Dereference;

/// The tag of the attributes in an answer: `[0]`, constructed.
const ATTRIBUTES: u8 = 0xa0;

/// The control that asks for what `specifications` say. Not critical: an answer without it says the same, only less.
///
/// Though it isn't critical, slapd refuses the search with protocolError when a specification names an attribute that its
/// schema doesn't know, or when two are about the same DN-valued attribute: ask the subschema first. One about an
/// attribute that isn't DN-valued is passed over. Names come back as the server prefers them (`cn` for `commonName`), and
/// a supertype such as `name` brings nothing.
pub fn dereference(specifications: &[Dereference]) -> Control {
    let specifications = specifications.iter().map(|specification| {
        let attributes = specification.attributes.iter().map(|attribute| octets(attribute.as_str()));
        sequence(vec![octets(specification.attribute.as_str()), sequence(attributes.collect())])
    });
    Control::new(oid::DEREFERENCE, false, sequence(specifications.collect()))
}

/// Reads the control that came with an entry: the referenced entries, in the answer's order.
///
/// Answers about an attribute that no specification names are passed over.
pub fn parse_dereferenced(value: &[u8], specifications: &[Dereference]) -> Result<Vec<Dereferenced>, InvalidBer> {
    let mut outer = Reader::new(value);
    let mut answers = outer.nested(SEQUENCE)?;
    outer.end()?;
    let mut found = Vec::new();
    while !answers.is_empty() {
        let mut answer = answers.nested(SEQUENCE)?;
        let attribute = answer.text()?;
        let dn = answer.text()?;
        let list = answer.optional(ATTRIBUTES)?;
        answer.end()?;
        let named = specifications.iter().position(|specification| specification.attribute.matches(attribute));
        let Some(place) = named else { continue };
        let wanted = &specifications[place].attributes;
        let attributes = match list {
            Some(list) => read_attributes(Reader::new(list), wanted)?,
            None => vec![Values::new(); wanted.len()],
        };
        found.push(Dereferenced { specification: place, dn: dn.to_owned(), attributes });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    fn specification(attribute: &str, attributes: &[&str]) -> Dereference {
        let attributes = attributes.iter().map(|name| name.parse().unwrap()).collect();
        Dereference { attribute: attribute.parse().unwrap(), attributes: Arc::new(attributes) }
    }

    /// What slapd 2.5 answered for a group of three, the last of which doesn't exist.
    const ANSWER: &str = "MIH8MGQEBm1lbWJlcgQYdWlkPXUxLGRjPWV4YW1wbGUsZGM9Y29toEAwCwQDdWlkMQQEAnUxMBEEAmNuMQsECVVzZXI\
        gIE9uZTAeBAtvYmplY3RDbGFzczEPBA1pbmV0T3JnUGVyc29uMG0EBm1lbWJlcgQYdWlkPXUyLGRjPWV4YW1wbGUsZGM9Y29toEkwCwQDdWlkMQQEAn\
        UyMBoEAmNuMRQEElN0cmHDn2UgzpXOu867zqzPgjAeBAtvYmplY3RDbGFzczEPBA1pbmV0T3JnUGVyc29uMCUEBm1lbWJlcgQbdWlkPWdob3N0LGRjP\
        WV4YW1wbGUsZGM9Y29t";

    #[test]
    fn reads_what_slapd_answers() {
        let specifications =
            [specification("manager", &["cn"]), specification("MEMBER", &["objectClass", "sn", "uid"])];
        let found = parse_dereferenced(&STANDARD.decode(ANSWER).unwrap(), &specifications).unwrap();
        let entry =
            |dn: &str, attributes: Vec<Values>| Dereferenced { specification: 1, dn: dn.to_owned(), attributes };
        let person = || vec![b"inetOrgPerson".to_vec()];
        assert_eq!(
            found,
            [
                entry("uid=u1,dc=example,dc=com", vec![person(), vec![], vec![b"u1".to_vec()]]),
                entry("uid=u2,dc=example,dc=com", vec![person(), vec![], vec![b"u2".to_vec()]]),
                entry("uid=ghost,dc=example,dc=com", vec![vec![], vec![], vec![]]),
            ]
        );
        assert_eq!(parse_dereferenced(&STANDARD.decode(ANSWER).unwrap(), &[]), Ok(vec![]));
    }

    #[test]
    fn asks_as_ldapsearch_does() {
        let control = dereference(&[specification("member", &["uid", "cn"])]);
        assert_eq!(control.oid, "1.3.6.1.4.1.4203.666.5.16");
        assert_eq!(control.value.unwrap(), b"\x30\x15\x30\x13\x04\x06member\x30\x09\x04\x03uid\x04\x02cn");
    }

    proptest! {
        #[test]
        fn an_answer_cut_or_changed_anywhere_is_an_error_or_an_answer(at in 0usize..255, byte in any::<u8>()) {
            let whole = STANDARD.decode(ANSWER).unwrap();
            let specifications = [specification("member", &["uid"])];
            if at < whole.len() {
                prop_assert!(parse_dereferenced(&whole[..at], &specifications).is_err());
                let mut changed = whole;
                changed[at] = byte;
                let _ = parse_dereferenced(&changed, &specifications);
            }
        }
    }
}
