//! `url`: one part of a labeled URI (RFC 2079): the URI, or the label behind it.

use std::borrow::Cow;
use std::sync::Arc;

use super::info::CodecInfo;
use super::text::{self, Anchor};
use super::{Codec, Leaf, Unencodable};
use crate::diagnostics::Report;
use crate::diagnostics::toml::{Key, Kind, Node, Table};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::{Op, Operand};
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone, Copy)]
pub(super) struct LabeledUrl {
    label: bool,
}

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "url",
    doc: "One part of a labeled URI (`https://example.com/ My page`): the URI, or the label behind the first blank.",
    types: &[AttributeKind::Reference, AttributeKind::String],
    parameters: &[Key::new("part", Kind::OneOf(&["uri", "label"]), "Which part is meant.").default(r#""uri""#)],
    example: r#"profileUrl = { ldap = "labeledURI", codec = "url" }"#,
    build,
};

#[allow(clippy::unnecessary_wraps, reason = "as every codec's")]
fn build(table: &Table, _report: &mut Report) -> Option<Arc<dyn Codec>> {
    Some(Arc::new(LabeledUrl { label: table.get("part").and_then(Node::as_str) == Some("label") }))
}

impl Codec for LabeledUrl {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        let text = std::str::from_utf8(stored).ok()?;
        let (uri, label) = text.split_once(' ').unwrap_or((text, ""));
        let part = if self.label { label } else { uri };
        (!part.is_empty()).then_some(Atom::Text(Cow::Borrowed(part)))
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        match value.as_text() {
            Some(_) if self.label => Err(Unencodable("a label is nothing without its URI".into())),
            Some(uri) if !uri.is_empty() && !uri.contains(' ') => Ok(uri.as_bytes().to_vec()),
            _ => Err(Unencodable("the value is not a URI".into())),
        }
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        let bounds = match (op, self.label) {
            (Op::Eq(Operand::Text(value)) | Op::Sw(value), false) => text::substring(value, leaf, Anchor::Start),
            (Op::Eq(Operand::Text(value)) | Op::Ew(value), true) => text::substring(value, leaf, Anchor::End),
            (Op::Co(value) | Op::Sw(value) | Op::Ew(value), _) => text::substring(value, leaf, Anchor::Anywhere),
            _ => leaf.some(format!("{} holds more than that", leaf.attribute)),
        };
        bounds.weaken(format!("{} holds more than that", leaf.attribute))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};

    #[test]
    fn parts() {
        let stored = b"https://example.com/ My page";
        assert_eq!(LabeledUrl { label: false }.decode(stored), Some(Atom::Text("https://example.com/".into())));
        assert_eq!(LabeledUrl { label: true }.decode(stored), Some(Atom::Text("My page".into())));
        assert_eq!(LabeledUrl { label: true }.decode(b"https://example.com/"), None);
    }

    proptest! {
        #[test]
        fn bounds_enclose(op in laws::text_op(laws::text()), stored in proptest::collection::vec(laws::text(), 1..3), label: bool, case_exact: bool) {
            for attribute in ["cn", "labeledURI", "description"] {
                laws::bounds_enclose(&LabeledUrl { label }, &op, &Attribute::named(attribute).case_exact(case_exact), &stored);
            }
        }
    }
}
