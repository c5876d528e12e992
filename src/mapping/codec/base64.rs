//! `base64`: octets as SCIM's binary type has them (RFC 7643 section 2.3.6).

use std::sync::Arc;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;

use super::info::CodecInfo;
use super::{Codec, Leaf, Unencodable, octets};
use crate::ldap::matching::MatchingRule;
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::{Op, Operand};
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct Base64;

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "base64",
    doc: "Octets, served in base64. The codec of an attribute of type `binary` that names none.",
    types: &[AttributeKind::Binary, AttributeKind::String],
    parameters: &[],
    example: r#"x509Certificates = [{ value = { ldap = "userCertificate;binary", codec = "base64" } }]"#,
    build: |_, _| Some(Arc::new(Base64)),
};

impl Codec for Base64 {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        (!stored.is_empty()).then(|| Atom::Text(STANDARD.encode(stored).into()))
    }

    fn is_unreadable(&self, _stored: &[u8]) -> bool {
        false
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        let octets = value.as_text().and_then(|text| STANDARD.decode(text).ok()).filter(|octets| !octets.is_empty());
        octets.ok_or_else(|| Unencodable("the value is not base64".into()))
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        match op {
            Op::Present => octets::presence(leaf),
            Op::Eq(Operand::Binary(value)) if value.is_empty() => Bounds::none(),
            Op::Eq(Operand::Binary(value)) if leaf.compares_by(MatchingRule::OctetString) => {
                Bounds::exact(leaf.equals(value.clone()))
            }
            Op::Eq(Operand::Binary(_)) => leaf.without_rule("octet EQUALITY"),
            _ => leaf.some(format!("a directory can't compare the octets of {} as text", leaf.attribute)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};

    proptest! {
        #[test]
        fn octets_come_back(octets in proptest::collection::vec(any::<u8>(), 1..40)) {
            let atom = Base64.decode(&octets).unwrap();
            prop_assert_eq!(Base64.encode(&atom).unwrap(), octets);
        }

        #[test]
        fn bounds_enclose(stored in proptest::collection::vec(0u8..2, 0..3), asked in proptest::collection::vec(0u8..2, 0..3)) {
            for op in [Op::Present, Op::Eq(Operand::Binary(asked.clone()))] {
                for attribute in [Attribute::octets(), Attribute::named("jpegPhoto")] {
                    prop_assume!(!stored.is_empty() || attribute == Attribute::octets());
                    laws::bounds_enclose(&Base64, &op, &attribute, std::slice::from_ref(&stored));
                }
            }
        }
    }
}
