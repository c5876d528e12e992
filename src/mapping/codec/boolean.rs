//! `bool`: TRUE and FALSE (RFC 4517 section 3.3.3).

use std::sync::Arc;

use super::finite::{Question, boolean, is_boolean};
use super::info::CodecInfo;
use super::{Codec, Leaf, Unencodable};
use crate::ldap::matching::MatchingRule;
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::Op;
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct Bool;

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "bool",
    doc: "`TRUE` or `FALSE`, in any case where the attribute is text. The codec of an attribute of type `boolean` that names none.",
    types: &[AttributeKind::Boolean],
    parameters: &[],
    example: r#"active = { ldap = "scimActive", codec = "bool" }"#,
    build: |_, _| Some(Arc::new(Bool)),
};

impl Codec for Bool {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        if stored.eq_ignore_ascii_case(b"TRUE") {
            Some(Atom::Bool(true))
        } else if stored.eq_ignore_ascii_case(b"FALSE") {
            Some(Atom::Bool(false))
        } else {
            None
        }
    }

    fn is_unreadable(&self, stored: &[u8]) -> bool {
        self.decode(stored).is_none()
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        match value {
            Atom::Bool(true) => Ok(b"TRUE".to_vec()),
            Atom::Bool(false) => Ok(b"FALSE".to_vec()),
            _ => Err(Unencodable("the value is neither true nor false".into())),
        }
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        let word = |value: bool| leaf.equals(if value { "TRUE" } else { "FALSE" });
        let ignores_case = matches!(leaf.rules.equality, Some(MatchingRule::CaseIgnore | MatchingRule::CaseIgnoreIa5));
        match boolean(op) {
            None => Bounds::none(),
            Some(Question::Present) if is_boolean(leaf) => leaf.any(),
            Some(Question::Is(value)) if is_boolean(leaf) => Bounds::exact(word(value)),
            Some(Question::Is(value)) if ignores_case && leaf.admits(b"TRUE") => {
                Bounds::at_most(word(value), format!("the directory's equality of {} is coarser", leaf.attribute))
            }
            Some(_) => leaf.some(format!("{} isn't Boolean in the directory", leaf.attribute)),
        }
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
        fn bounds_enclose(asked: bool, present: bool, stored: bool, text in "TRUE|FALSE|true|False|no| TRUE") {
            let op = if present { Op::Present } else { Op::Eq(Operand::Bool(asked)) };
            let word = if stored { "TRUE" } else { "FALSE" };
            laws::bounds_enclose(&Bool, &op, &Attribute::named("scimActive"), &[word]);
            laws::bounds_enclose(&Bool, &op, &Attribute::named("cn"), std::slice::from_ref(&text));
            laws::bounds_enclose(&Bool, &op, &Attribute::named("loginShell"), &[text]);
        }
    }

    #[test]
    fn exact_on_a_boolean_and_values_come_back() {
        for value in [true, false] {
            assert!(Attribute::named("scimActive").bounds(&Bool, &Op::Eq(Operand::Bool(value))).is_exact());
            laws::comes_back(&Bool, &Atom::Bool(value));
        }
    }
}
