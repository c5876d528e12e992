//! `int`: whole numbers.

use std::sync::Arc;

use super::info::CodecInfo;
use super::integral::{self, Comparison};
use super::{Codec, Leaf, Unencodable};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::{Op, Operand};
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct Int;

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "int",
    doc: "A whole number, held as its digits. The codec of an attribute of type `integer` that names none.",
    types: &[AttributeKind::Integer, AttributeKind::Decimal],
    parameters: &[],
    example: r#"uidNumber = { ldap = "uidNumber", codec = "int" }"#,
    build: |_, _| Some(Arc::new(Int)),
};

impl Codec for Int {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        integral::parse(stored).map(Atom::Integer)
    }

    fn is_unreadable(&self, stored: &[u8]) -> bool {
        self.decode(stored).is_none()
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        match value {
            Atom::Integer(number) => Ok(number.to_string().into_bytes()),
            _ => Err(Unencodable("the value is not a whole number".into())),
        }
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        match comparison(op) {
            Some(Ok(comparison)) => integral::bounds(comparison, &(i64::MIN..=i64::MAX), leaf),
            Some(Err(Imprecise)) => leaf.some("the number is too large to be compared exactly"),
            None => Bounds::none(),
        }
    }
}

/// A number beyond those that a double holds exactly.
struct Imprecise;

/// What `op` asks of a whole number; nothing where no number satisfies it.
fn comparison(op: &Op) -> Option<Result<Comparison, Imprecise>> {
    let (operand, make): (_, fn(Rounded) -> Option<Comparison>) = match op {
        Op::Present => return Some(Ok(Comparison::Present)),
        Op::Co(_) | Op::Sw(_) | Op::Ew(_) => return None,
        Op::Eq(operand) => (operand, |n| (n.down == n.up).then_some(Comparison::Equal(n.down))),
        Op::Gt(operand) => (operand, |n| Some(Comparison::AtLeast(n.down + 1))),
        Op::Ge(operand) => (operand, |n| Some(Comparison::AtLeast(n.up))),
        Op::Lt(operand) => (operand, |n| Some(Comparison::AtMost(n.up - 1))),
        Op::Le(operand) => (operand, |n| Some(Comparison::AtMost(n.down))),
    };
    match operand {
        Operand::Integer(number) => {
            let number = i128::from(*number);
            make(Rounded { down: number, up: number }).map(Ok)
        }
        Operand::Decimal(number) if number.abs() >= 9_007_199_254_740_992.0 => Some(Err(Imprecise)),
        #[allow(clippy::cast_possible_truncation, reason = "the arm above takes what doesn't fit")]
        Operand::Decimal(number) => make(Rounded { down: number.floor() as i128, up: number.ceil() as i128 }).map(Ok),
        _ => None,
    }
}

/// The whole numbers on both sides of an operand; the same where it is one.
struct Rounded {
    down: i128,
    up: i128,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};

    fn operand() -> impl Strategy<Value = Operand> {
        prop_oneof![
            (-4i64..4).prop_map(Operand::Integer),
            any::<i64>().prop_map(Operand::Integer),
            (-8i32..8).prop_map(|n| Operand::Decimal(f64::from(n) / 2.0)),
            Just(Operand::Decimal(1e30)),
        ]
    }

    fn stored() -> impl Strategy<Value = String> {
        prop_oneof![
            (-4i64..4).prop_map(|n| n.to_string()),
            any::<i64>().prop_map(|n| n.to_string()),
            Just("9223372036854775808".to_owned()),
            Just("-99999999999999999999".to_owned()),
        ]
    }

    proptest! {
        #[test]
        fn bounds_enclose(op in laws::number_op(operand()), values in proptest::collection::vec(stored(), 1..3)) {
            for attribute in [Attribute::named("uidNumber"), Attribute::named("cn")] {
                laws::bounds_enclose(&Int, &op, &attribute, &values);
            }
        }

        #[test]
        fn values_come_back(number: i64) {
            laws::comes_back(&Int, &Atom::Integer(number));
        }
    }

    #[test]
    fn exact_where_every_number_is_served() {
        let attribute = Attribute::named("uidNumber");
        assert!(attribute.bounds(&Int, &Op::Eq(Operand::Integer(5))).is_exact());
        assert_eq!(attribute.bounds(&Int, &Op::Gt(Operand::Integer(i64::MAX))), Bounds::none());
        assert_eq!(attribute.bounds(&Int, &Op::Eq(Operand::Decimal(1.5))), Bounds::none());
        assert_eq!(attribute.bounds(&Int, &Op::Gt(Operand::Decimal(1.5))).upper.to_string(), "(uidNumber>=2)");
    }
}
