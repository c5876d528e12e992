//! `uuid`: UUIDs as text (RFC 4530), served in their canonical lower-case form.

use std::borrow::Cow;
use std::sync::Arc;

use super::info::CodecInfo;
use super::{Codec, Leaf, Unencodable};
use crate::ldap::Filter;
use crate::ldap::matching::{MatchingRule, Syntax};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::compare;
use crate::scim::filter::typed::{Op, Operand};
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct Uuid;

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "uuid",
    doc: "A UUID held as text, served in lower case with hyphens. The codec of `entryUUID` where none is named.",
    types: &[AttributeKind::String, AttributeKind::Reference],
    parameters: &[],
    example: r#"id = { ldap = "entryUUID", codec = "uuid" }"#,
    build: |_, _| Some(Arc::new(Uuid)),
};

impl Codec for Uuid {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        let text = std::str::from_utf8(stored).ok()?;
        if is_canonical(text) {
            return Some(Atom::Text(Cow::Borrowed(text)));
        }
        let lower = text.to_ascii_lowercase();
        is_canonical(&lower).then_some(Atom::Text(Cow::Owned(lower)))
    }

    fn is_unreadable(&self, stored: &[u8]) -> bool {
        self.decode(stored).is_none()
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        match value.as_text() {
            Some(text) if is_canonical(text) => Ok(text.as_bytes().to_vec()),
            _ => Err(Unencodable("the value is not a UUID in lower case with hyphens".into())),
        }
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        let (Op::Eq(Operand::Text(text))
        | Op::Gt(Operand::Text(text))
        | Op::Ge(Operand::Text(text))
        | Op::Lt(Operand::Text(text))
        | Op::Le(Operand::Text(text))) = op
        else {
            return anything(op, leaf);
        };
        let text = compare::fold(text, leaf.case_exact);
        match (op, number(&text)) {
            (Op::Eq(_), None) => Bounds::none(), // what is served is canonical
            (Op::Eq(_), Some(_)) if leaf.compares_by(MatchingRule::Uuid) => Bounds::exact(leaf.equals(text.as_bytes())),
            // 389 Directory Server holds entryUUID as text. Its rule ignores case as we do, and blanks, which no UUID has.
            (Op::Eq(_), Some(_))
                if leaf.compares_by(MatchingRule::CaseIgnore) || leaf.compares_by(MatchingRule::CaseIgnoreIa5) =>
            {
                Bounds::at_most(leaf.equals(text.as_bytes()), "the directory compares UUIDs as text")
            }
            (Op::Eq(_), Some(_)) => leaf.without_rule("UUID EQUALITY"),
            (_, Some(number)) if leaf.orders_by(MatchingRule::UuidOrdering) => order(op, number, leaf),
            _ => leaf.without_rule("UUID ORDERING"),
        }
    }
}

fn anything(op: &Op, leaf: &Leaf<'_>) -> Bounds {
    match op {
        Op::Present if leaf.has_syntax(Syntax::Uuid) => leaf.any(),
        Op::Present => leaf.some(format!("{} may hold values that are no UUIDs", leaf.attribute)),
        _ => leaf.some("a directory finds no parts of a UUID"),
    }
}

/// The order of octets is that of the canonical texts, as hexadecimal digits sort like the numbers they stand for.
fn order(op: &Op, number: u128, leaf: &Leaf<'_>) -> Bounds {
    let first = |number: u128| leaf.at_least(text(number));
    let last = |number: u128| leaf.at_most(text(number));
    let filter = match op {
        Op::Gt(_) => number.checked_add(1).map(first),
        Op::Ge(_) => Some(first(number)),
        Op::Lt(_) => number.checked_sub(1).map(last),
        _ => Some(last(number)),
    };
    Bounds::exact(filter.unwrap_or(Filter::False))
}

/// Whether `text` is a UUID as it is served.
fn is_canonical(text: &str) -> bool {
    let hexadecimal = |part: &[u8]| part.iter().fold(true, |all, byte| all & matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let Ok(octets) = <&[u8; 36]>::try_from(text.as_bytes()) else { return false };
    [8, 13, 18, 23].into_iter().all(|place| octets[place] == b'-')
        && [0..8, 9..13, 14..18, 19..23, 24..36].into_iter().all(|part| hexadecimal(&octets[part]))
}

fn number(text: &str) -> Option<u128> {
    if !is_canonical(text) {
        return None;
    }
    u128::from_str_radix(&text.replace('-', ""), 16).ok()
}

fn text(number: u128) -> String {
    uuid::Uuid::from_u128(number).hyphenated().to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};

    fn some_uuid() -> impl Strategy<Value = String> {
        prop_oneof![
            (0u128..3).prop_map(text),
            (0u128..3).prop_map(|n| text(u128::MAX - n)),
            (0u128..20).prop_map(|n| text(n << 120).to_ascii_uppercase()),
            Just("no-uuid".to_owned()),
        ]
    }

    proptest! {
        #[test]
        fn bounds_enclose(op in laws::text_op(some_uuid()), stored in some_uuid(), case_exact: bool) {
            prop_assume!(stored != "no-uuid");
            laws::bounds_enclose(&Uuid, &op, &Attribute::named("entryUUID").case_exact(case_exact), &[stored]);
        }

        #[test]
        fn bounds_enclose_what_is_held_as_text(op in laws::text_op(some_uuid()), stored in some_uuid(), exact: bool) {
            laws::bounds_enclose(&Uuid, &op, &Attribute::named("cn").case_exact(exact), &[stored]);
        }

        #[test]
        fn values_come_back(number: u128) {
            laws::comes_back(&Uuid, &Atom::Text(text(number).into()));
        }
    }

    #[test]
    fn a_uuid_held_as_text_is_found_by_its_text() {
        let id = "d055d732-db9f-4483-8ea8-000000000000";
        let bounds = Attribute::named("cn").case_exact(true).bounds(&Uuid, &Op::Eq(Operand::Text(id.into())));
        assert_eq!(bounds.upper.to_string(), format!("(cn={id})"));
    }

    #[test]
    fn an_id_in_capitals_is_no_id() {
        let upper = Op::Eq(Operand::Text("D055D732-DB9F-4483-8EA8-000000000000".into()));
        let id = Attribute::named("entryUUID").case_exact(true);
        assert_eq!(id.bounds(&Uuid, &upper), Bounds::none());
        assert!(Attribute::named("entryUUID").case_exact(false).bounds(&Uuid, &upper).upper != Filter::False);
    }
}
