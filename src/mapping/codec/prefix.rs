//! `prefix`: values that share an attribute with others and are told apart by how they start.

use std::borrow::Cow;
use std::sync::Arc;

use super::info::{CodecInfo, refuse, required};
use super::text::{self, Anchor};
use super::{Codec, Leaf, Unencodable};
use crate::diagnostics::Report;
use crate::diagnostics::toml::{Key, Kind, Table};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::filter::typed::{Op, Operand};
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone)]
pub(super) struct Prefix(String);

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "prefix",
    doc: "Text behind a fixed prefix. Stored values without the prefix belong to others and are read as absent.",
    types: &[AttributeKind::String, AttributeKind::Reference],
    parameters: &[Key::new("prefix", Kind::Text, "What a value starts with, as it is stored.").example(r#""scim:""#)],
    example: r#"externalId = { ldap = "description", codec = "prefix", prefix = "scim:" }"#,
    build,
};

fn build(table: &Table, report: &mut Report) -> Option<Arc<dyn Codec>> {
    let node = required(table, INFO.name, "prefix", report)?;
    let prefix = node.as_str()?;
    if prefix.is_empty() || !prefix.is_ascii() || prefix.trim() != prefix {
        report.push(refuse(node, "a prefix is ASCII text without blanks around it"));
        return None;
    }
    Some(Arc::new(Prefix(prefix.to_owned())))
}

impl Codec for Prefix {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        let rest = std::str::from_utf8(stored).ok()?.strip_prefix(&self.0)?;
        (!rest.is_empty()).then_some(Atom::Text(Cow::Borrowed(rest)))
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        match value.as_text() {
            Some(text) if !text.is_empty() => Ok(format!("{}{text}", self.0).into_bytes()),
            _ => Err(Unencodable("the value is not a string with something in it".into())),
        }
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        behind(&self.0, op, leaf)
    }
}

/// The bounds of text behind `prefix`: what LDAP finds of prefix and text together, as upper bound.
pub(super) fn behind(prefix: &str, op: &Op, leaf: &Leaf<'_>) -> Bounds {
    let whole = |text: &str| format!("{prefix}{text}");
    let bounds = match op {
        // A mark at the start of the text might join the prefix's last letter once they stand together.
        Op::Eq(Operand::Text(value)) | Op::Sw(value) if !value.starts_with(|c: char| c.is_ascii()) => {
            leaf.some("the value starts with no ASCII character")
        }
        Op::Eq(Operand::Text(value)) => text::equality(&whole(value), leaf),
        Op::Sw(value) => text::substring(&whole(value), leaf, Anchor::Start),
        Op::Ew(value) => text::substring(value, leaf, Anchor::End),
        Op::Co(value) => text::substring(value, leaf, Anchor::Anywhere),
        Op::Eq(_) => Bounds::none(),
        _ => leaf.some(format!("{} may hold other values too", leaf.attribute)),
    };
    bounds.weaken(format!("{} may hold other values too", leaf.attribute))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};

    proptest! {
        #[test]
        fn bounds_enclose(
            op in laws::text_op(laws::text()),
            stored in proptest::collection::vec((any::<bool>(), laws::text()), 1..3),
            case_exact: bool,
        ) {
            let stored: Vec<_> =
                stored.into_iter().map(|(ours, text)| if ours { format!("scim:{text}") } else { format!("x{text}") }).collect();
            for attribute in ["cn", "description", "loginShell", "displayName"] {
                laws::bounds_enclose(&Prefix("scim:".into()), &op, &Attribute::named(attribute).case_exact(case_exact), &stored);
            }
        }

        #[test]
        fn values_come_back(value in laws::text()) {
            laws::comes_back(&Prefix("scim:".into()), &Atom::Text(value.into()));
        }
    }
}
