//! The codecs by name, with what the language's reference says of them.

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

/// Every codec, in the order of the reference.
pub static ALL: &[&CodecInfo] = &[
    &super::text::INFO,
    &super::int::INFO,
    &super::decimal::INFO,
    &super::boolean::INFO,
    &super::switch::INFO,
    &super::bit::INFO,
    &super::time::INFO,
    &super::filetime::INFO,
    &super::epoch::DAYS,
    &super::epoch::SECONDS,
    &super::uuid::INFO,
    &super::guid_le::INFO,
    &super::sid::INFO,
    &super::base64::INFO,
    &super::data_uri::INFO,
    &super::postal::INFO,
    &super::smtp::INFO,
    &super::prefix::INFO,
    &super::table::INFO,
    &super::url::INFO,
];

/// The codec of this name.
pub fn find(name: &str) -> Option<&'static CodecInfo> {
    ALL.iter().copied().find(|info| info.name == name)
}

/// The codec of an attribute that names none: what its type says, and for a string what its LDAP attribute is known to hold.
pub fn natural(kind: AttributeKind, attribute: &str) -> &'static CodecInfo {
    match kind {
        AttributeKind::Boolean => &super::boolean::INFO,
        AttributeKind::Integer => &super::int::INFO,
        AttributeKind::Decimal => &super::decimal::INFO,
        AttributeKind::DateTime => &super::time::INFO,
        AttributeKind::Binary => &super::base64::INFO,
        AttributeKind::String | AttributeKind::Reference | AttributeKind::Complex => {
            let is = |name: &str| attribute.eq_ignore_ascii_case(name);
            if is("entryUUID") || is("1.3.6.1.1.16.4") {
                &super::uuid::INFO
            } else if is("objectGUID") {
                &super::guid_le::INFO
            } else if is("objectSid") {
                &super::sid::INFO
            } else {
                &super::text::INFO
            }
        }
    }
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
