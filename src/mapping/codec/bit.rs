//! `bit`: true or false by bits of a whole number, such as Active Directory's userAccountControl.

use std::sync::Arc;

use super::finite::{Question, and_present, boolean};
use super::info::{CodecInfo, refuse, required};
use super::{Codec, Leaf, Unencodable, integral};
use crate::diagnostics::Report;
use crate::diagnostics::toml::{Key, Kind, Node, Table};
use crate::ldap::Filter;
use crate::ldap::matching::MatchingRule;
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::Op;
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct Bit {
    mask: i64,
    invert: bool,
}

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "bit",
    doc: "True where all bits of `mask` are set in a whole number, or with `invert` where they are not. Other bits stay as they \
          are, and all do when a client removes the attribute.",
    types: &[AttributeKind::Boolean],
    parameters: &[
        Key::new("mask", Kind::Integer, "The bits, as one positive number.").example("2"),
        Key::new("invert", Kind::Bool, "Whether set bits mean `false`.").default("false"),
    ],
    example: r#"active = { ldap = "userAccountControl", codec = "bit", mask = 2, invert = true }"#,
    build,
};

fn build(table: &Table, report: &mut Report) -> Option<Arc<dyn Codec>> {
    let node = required(table, INFO.name, "mask", report)?;
    let mask = node.as_integer()?;
    if mask <= 0 {
        report.push(refuse(node, "the mask has no bits: it must be a positive number"));
        return None;
    }
    let invert = table.get("invert").and_then(Node::as_bool).unwrap_or(false);
    Some(Arc::new(Bit { mask, invert }))
}

impl Codec for Bit {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        integral::parse(stored).map(|number| Atom::Bool((number & self.mask == self.mask) != self.invert))
    }

    fn is_unreadable(&self, stored: &[u8]) -> bool {
        self.decode(stored).is_none()
    }

    /// One bit says nothing of the others: writing changes the number that is there.
    fn encode(&self, _value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        Err(Unencodable("a bit is no value of its own".into()))
    }

    fn encode_over(&self, value: &Atom<'_>, stored: Option<&[u8]>) -> Result<Vec<u8>, Unencodable> {
        let Atom::Bool(value) = value else { return self.encode(value) };
        let number = stored.and_then(integral::parse).unwrap_or(0);
        let number = if *value != self.invert { number | self.mask } else { number & !self.mask };
        Ok(number.to_string().into_bytes())
    }

    fn is_part(&self) -> bool {
        true
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        match boolean(op) {
            None => Bounds::none(),
            Some(Question::Present) => integral::bounds(integral::Comparison::Present, &(i64::MIN..=i64::MAX), leaf),
            Some(Question::Is(value)) if leaf.rules.bitwise => self.masked(value != self.invert, leaf),
            Some(Question::Is(_)) => leaf.without_rule("bitwise"),
        }
    }
}

impl Bit {
    /// Which entries hold a number whose bits are set, or aren't.
    fn masked(self, set: bool, leaf: &Leaf<'_>) -> Bounds {
        let matches = Filter::Extensible {
            attribute: leaf.attribute.clone(),
            rule: MatchingRule::BitAnd.oid().to_owned(),
            value: self.mask.to_string().into_bytes(),
        };
        match (set, leaf.rules.single_value) {
            (true, _) => Bounds::exact(matches),
            (false, true) => Bounds::exact(and_present(Filter::not(matches), leaf)),
            (false, false) => Bounds::between(
                and_present(Filter::not(matches), leaf),
                leaf.present(),
                format!("{} may have several values", leaf.attribute),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};
    use crate::scim::filter::typed::Operand;

    #[test]
    fn disabled_is_not_active() {
        let active = Bit { mask: 2, invert: true };
        assert_eq!(active.decode(b"514"), Some(Atom::Bool(false)));
        assert_eq!(active.decode(b"512"), Some(Atom::Bool(true)));
    }

    proptest! {
        #[test]
        fn bounds_enclose(
            value: bool, present: bool, mask in 1i64..4, invert: bool, bitwise: bool,
            stored in proptest::collection::vec(-5i64..5, 1..3),
        ) {
            let op = if present { Op::Present } else { Op::Eq(Operand::Bool(value)) };
            let stored: Vec<_> = stored.iter().map(i64::to_string).collect();
            laws::bounds_enclose(&Bit { mask, invert }, &op, &Attribute::named("uidNumber").bitwise(bitwise), &stored[..1]);
            let several = Attribute::named("scimCounts").bitwise(bitwise);
            laws::bounds_enclose(&Bit { mask, invert }, &op, &several, &stored);
        }
    }
}
