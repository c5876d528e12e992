//! `decimal`: numbers with a fraction, held as text.

use std::sync::Arc;

use super::info::CodecInfo;
use super::{Codec, Leaf, Unencodable};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::Op;
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimal;

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "decimal",
    doc: "A number with a fraction, held as text. LDAP has no such syntax and can't compare it, so filters look at every entry \
          that has a value. The codec of an attribute of type `decimal` that names none.",
    types: &[AttributeKind::Decimal],
    parameters: &[],
    example: r#"weight = { ldap = "exampleWeight", codec = "decimal" }"#,
    build: |_, _| Some(Arc::new(Decimal)),
};

impl Codec for Decimal {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        let number: f64 = std::str::from_utf8(stored).ok()?.trim().parse().ok()?;
        number.is_finite().then_some(Atom::Decimal(number))
    }

    fn is_unreadable(&self, stored: &[u8]) -> bool {
        self.decode(stored).is_none()
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        match value {
            Atom::Decimal(number) if number.is_finite() => Ok(number.to_string().into_bytes()),
            Atom::Integer(number) => Ok(number.to_string().into_bytes()),
            _ => Err(Unencodable("the value is not a number".into())),
        }
    }

    fn bounds(&self, _op: &Op, leaf: &Leaf<'_>) -> Bounds {
        leaf.some(format!("a directory can't compare the decimals in {}", leaf.attribute))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};
    use crate::scim::filter::typed::Operand;

    proptest! {
        #[test]
        fn values_come_back(number in -1e12f64..1e12) {
            laws::comes_back(&Decimal, &Atom::Decimal(number));
        }

        #[test]
        fn bounds_enclose(
            op in laws::number_op((-4i32..4).prop_map(|n| Operand::Decimal(f64::from(n) / 2.0))),
            values in proptest::collection::vec("-?[0-3](\\.[05]0?)?|x|inf| 1", 1..3),
        ) {
            laws::bounds_enclose(&Decimal, &op, &Attribute::named("cn"), &values);
        }
    }
}
