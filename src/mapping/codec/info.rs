//! What the language's reference says of a codec, and how one is made from a mapping file.

use std::sync::Arc;

use super::Codec;
use crate::diagnostics::toml::{Key, Node, Table};
use crate::diagnostics::{Diagnostic, Report};
use crate::mapping::codes;
use crate::scim::schema::AttributeKind;

/// What the mapping language knows of a codec.
#[derive(Debug)]
pub struct CodecInfo {
    /// As written after `codec =`.
    pub name: &'static str,
    /// What it does, in Markdown.
    pub doc: &'static str,
    /// The SCIM types (RFC 7643 section 2.3) whose values it makes.
    pub types: &'static [AttributeKind],
    /// The keys that stand beside `codec`.
    pub parameters: &'static [Key],
    /// An attribute that uses it, as TOML.
    pub example: &'static str,
    /// Makes the codec from the table that names it. `None`, with a finding, where a parameter is missing or wrong.
    pub build: fn(&Table, &mut Report) -> Option<Arc<dyn Codec>>,
}

/// The parameter `key`, which the codec can't do without.
pub(super) fn required<'a>(table: &'a Table, codec: &str, key: &str, report: &mut Report) -> Option<&'a Node> {
    let node = table.get(key);
    if node.is_none() {
        report.push(
            Diagnostic::error(&codes::CODEC_PARAMETER, format!("the codec `{codec}` needs a key `{key}`"))
                .at(&table.span)
                .label(format!("no `{key}` here")),
        );
    }
    node
}

/// A finding that a parameter's value won't do.
pub(super) fn refuse(node: &Node, message: impl Into<String>) -> Diagnostic {
    node.error(&codes::CODEC_PARAMETER, message)
}
