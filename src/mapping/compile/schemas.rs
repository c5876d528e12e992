//! Schemas that a mapping defines itself (RFC 7643 section 7).

use crate::diagnostics::toml::{Node, Table};
use crate::diagnostics::{Diagnostic, Report};
use crate::mapping::codes;
use crate::scim::schema::{Attribute, AttributeKind, Mutability, Returned, Schema, Uniqueness, core};

/// Names that every resource has, or that the JSON of a resource uses otherwise.
const RESERVED: &[&str] = &["schemas", "id", "externalId", "meta"];

/// The schemas under `schema`.
pub(super) fn own(root: &Table, report: &mut Report) -> Vec<Schema> {
    let Some(table) = root.get("schema").and_then(Node::as_table) else { return Vec::new() };
    let mut schemas: Vec<Schema> = Vec::new();
    for node in table {
        let Some(body) = node.as_table() else { continue };
        if core::by_urn(&node.key).is_some() {
            let message = format!("`{}` is defined by RFC 7643", node.key);
            report.push(Diagnostic::error(&codes::URN, message).at(&node.key_span));
        } else if !is_urn(&node.key) {
            let finding = Diagnostic::error(&codes::URN, format!("`{}` is not a URN", node.key)).at(&node.key_span);
            report.push(finding.help("a URN in quotes: [schema.\"urn:example:params:scim:schemas:1.0:Device\"]"));
        } else if schemas.iter().any(|other| other.id.eq_ignore_ascii_case(&node.key)) {
            report.push(Diagnostic::error(&codes::URN, "the schema is defined twice").at(&node.key_span));
        }
        schemas.push(schema(&node.key, body, report));
    }
    schemas
}

/// Whether `urn` is a URN (RFC 8141) without what would be in its way in a SCIM path.
fn is_urn(urn: &str) -> bool {
    let mut parts = urn.splitn(3, ':');
    let scheme = parts.next().unwrap_or_default();
    let namespace = parts.next().unwrap_or_default();
    let rest = parts.next().unwrap_or_default();
    let name_fits = namespace.len() >= 2 && namespace.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'[' | b']' | b'\\' | b'(' | b')');
    scheme.eq_ignore_ascii_case("urn") && name_fits && !rest.is_empty() && rest.bytes().all(plain)
}

fn schema(urn: &str, table: &Table, report: &mut Report) -> Schema {
    let text = |key: &str| table.get(key).and_then(Node::as_str).map(str::to_owned);
    let attributes = match table.get("attributes").and_then(Node::as_table) {
        Some(attributes) => definitions(attributes, true, report),
        None => {
            let finding = Diagnostic::error(&codes::DEFINITION, "the schema has no attributes").at(&table.span);
            report.push(finding.help("define them in a table `attributes`"));
            Vec::new()
        }
    };
    let name = text("name").unwrap_or_else(|| urn.rsplit(':').next().unwrap_or(urn).to_owned());
    Schema { id: urn.to_owned(), name, description: text("description").unwrap_or_default(), attributes }
}

fn definitions(table: &Table, top: bool, report: &mut Report) -> Vec<Attribute> {
    let mut attributes: Vec<Attribute> = Vec::new();
    for node in table {
        check_name(node, top, &attributes, report);
        if let Some(attribute) = definition(node, top, report) {
            attributes.push(attribute);
        }
    }
    attributes
}

fn check_name(node: &Node, top: bool, others: &[Attribute], report: &mut Report) {
    let name = &node.key;
    let letters = name.strip_prefix('$').unwrap_or(name);
    let fits = letters.starts_with(|c: char| c.is_ascii_alphabetic())
        && letters.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'$'));
    let finding = if !fits {
        Diagnostic::error(&codes::DEFINITION, format!("`{name}` is no attribute name"))
            .help("a letter, then letters, digits, `-` and `_` (RFC 7643 section 2.1)")
    } else if top && RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
        Diagnostic::error(&codes::RESERVED, format!("every resource has `{name}` already"))
    } else if others.iter().any(|other| other.name.eq_ignore_ascii_case(name)) {
        Diagnostic::error(&codes::TWICE, format!("`{name}` is defined twice"))
    } else {
        return;
    };
    report.push(finding.at(&node.key_span));
}

fn definition(node: &Node, top: bool, report: &mut Report) -> Option<Attribute> {
    if let Some(kind) = node.as_str() {
        return simple(node, kind_of(kind)?, top, report);
    }
    let table = node.as_table()?;
    let text = |key: &str| table.get(key).and_then(Node::as_str);
    let flag = |key: &str| table.get(key).and_then(Node::as_bool);
    let kind = match text("type") {
        Some(kind) => kind_of(kind)?,
        None if table.get("sub").is_some() => AttributeKind::Complex,
        None => AttributeKind::String,
    };
    let mut attribute = Attribute::new(node.key.clone(), kind);
    attribute.multi_valued = flag("multi").unwrap_or(false);
    attribute.description = text("description").unwrap_or_default().to_owned();
    attribute.required = flag("required").unwrap_or(false);
    attribute.case_exact = flag("case_exact").unwrap_or(attribute.case_exact);
    attribute.mutability = text("mutability").and_then(mutability).unwrap_or_default();
    attribute.returned = text("returned").and_then(returned).unwrap_or_default();
    attribute.uniqueness = text("uniqueness").and_then(uniqueness).unwrap_or_default();
    attribute.canonical_values = words(table.get("canonical_values"));
    attribute.reference_types = words(table.get("reference_types"));
    match table.get("sub").and_then(Node::as_table) {
        Some(subs) if top && kind == AttributeKind::Complex => {
            attribute.sub_attributes = definitions(subs, false, report);
        }
        Some(_) if kind != AttributeKind::Complex => {
            let message = format!("`{}` is of type {} and can't have sub-attributes", node.key, kind.name());
            report.push(Diagnostic::error(&codes::DEFINITION, message).at(&node.key_span));
        }
        _ => {}
    }
    let reported = top && attribute.sub_attributes.is_empty() && table.get("sub").is_some();
    if reported { None } else { complete(node, attribute, top, report) }
}

fn simple(node: &Node, kind: AttributeKind, top: bool, report: &mut Report) -> Option<Attribute> {
    complete(node, Attribute::new(node.key.clone(), kind), top, report)
}

/// The attribute, unless it is complex where that can't be or without sub-attributes.
fn complete(node: &Node, mut attribute: Attribute, top: bool, report: &mut Report) -> Option<Attribute> {
    let complex = attribute.kind == AttributeKind::Complex;
    let wrong = match (complex, top) {
        (true, false) => "a sub-attribute can't be complex",
        (true, true) if attribute.sub_attributes.is_empty() => {
            "a complex attribute needs sub-attributes: a table `sub`"
        }
        _ => {
            if attribute.kind == AttributeKind::Reference && attribute.reference_types.is_empty() {
                attribute.reference_types = vec!["uri".into()];
            }
            return Some(attribute);
        }
    };
    report.push(Diagnostic::error(&codes::DEFINITION, format!("`{}`: {wrong}", node.key)).at(&node.key_span));
    None
}

fn words(node: Option<&Node>) -> Vec<String> {
    let nodes = node.and_then(Node::as_list).unwrap_or_default();
    nodes.iter().filter_map(Node::as_str).map(str::to_owned).collect()
}

/// The type that the language and RFC 7643 call `name`.
fn kind_of(name: &str) -> Option<AttributeKind> {
    serde_json::from_value(name.into()).ok()
}

fn mutability(name: &str) -> Option<Mutability> {
    serde_json::from_value(name.into()).ok()
}

/// The `returned` that RFC 7643 calls `name`.
pub(super) fn returned(name: &str) -> Option<Returned> {
    serde_json::from_value(name.into()).ok()
}

fn uniqueness(name: &str) -> Option<Uniqueness> {
    serde_json::from_value(name.into()).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("urn:example:params:scim:schemas:1.0:Device", true)]
    #[case("URN:ex-1:a.b", true)]
    #[case("urn:x:a", false)]
    #[case("urn:example:", false)]
    #[case("urn:example:a b", false)]
    #[case("http://example.com/", false)]
    fn urns(#[case] urn: &str, #[case] fits: bool) {
        assert_eq!(is_urn(urn), fits);
    }
}
