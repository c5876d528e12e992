//! `postal`: addresses whose lines stand between `$` (RFC 4517 section 3.3.28), served with line breaks.

use std::borrow::Cow;
use std::sync::Arc;

use super::info::CodecInfo;
use super::text::{self, Anchor};
use super::{Codec, Leaf, Unencodable};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::{Op, Operand};
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct Postal;

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "postal",
    doc: "An address whose lines stand between `$`, served with line breaks; `\\24` and `\\5C` stand for `$` and `\\`.",
    types: &[AttributeKind::String],
    parameters: &[],
    example: r#"addresses.home = { formatted = { ldap = "homePostalAddress", codec = "postal" } }"#,
    build: |_, _| Some(Arc::new(Postal)),
};

impl Codec for Postal {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        let text = std::str::from_utf8(stored).ok().filter(|text| !text.is_empty())?;
        if !text.contains(['$', '\\']) {
            return Some(Atom::Text(Cow::Borrowed(text)));
        }
        let lines = text.replace('$', "\n").replace("\\24", "$").replace("\\5C", "\\").replace("\\5c", "\\");
        Some(Atom::Text(Cow::Owned(lines)))
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        let Some(text) = value.as_text().filter(|text| !text.is_empty()) else {
            return Err(Unencodable("the value is not a string with something in it".into()));
        };
        if text.split('\n').any(str::is_empty) || text.contains('\r') {
            return Err(Unencodable("a directory can't hold an address with empty lines".into()));
        }
        Ok(text.replace('\\', "\\5C").replace('$', "\\24").replace('\n', "$").into_bytes())
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        let plain = |text: &str| !text.contains(['$', '\\', '\n', '\r']);
        match op {
            Op::Eq(Operand::Text(value)) if plain(value) => text::equality(value, leaf),
            Op::Co(value) if plain(value) => text::substring(value, leaf, Anchor::Anywhere),
            Op::Sw(value) if plain(value) => text::substring(value, leaf, Anchor::Start),
            Op::Ew(value) if plain(value) => text::substring(value, leaf, Anchor::End),
            Op::Present => text::presence(leaf),
            _ => leaf.some("the text has line breaks or signs that the directory writes otherwise"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};

    #[test]
    fn escapes() {
        assert_eq!(
            Postal.decode(b"1 Main St$Cost \\24 5$a\\5Cb"),
            Some(Atom::Text("1 Main St\nCost $ 5\na\\b".into()))
        );
    }

    proptest! {
        #[test]
        fn bounds_enclose(
            op in laws::text_op(prop_oneof![laws::text(), Just("a\nb".to_owned()), Just("$".into())]),
            stored in proptest::collection::vec(prop_oneof![laws::text(), "[ab]{1,2}\\$[a ]{1,2}", "a\\\\24b"], 1..3),
            case_exact: bool,
        ) {
            for attribute in ["cn", "postalAddress", "description"] {
                laws::bounds_enclose(&Postal, &op, &Attribute::named(attribute).case_exact(case_exact), &stored);
            }
        }

        #[test]
        fn values_come_back(value in "[ab$\\\\24]{1,5}(\n[5C\\\\]{1,4})?") {
            laws::comes_back(&Postal, &Atom::Text(value.into()));
        }
    }
}
