//! The resource types by name, with their schemas: what references need before attributes are read.

use super::context::Context;
use crate::diagnostics::toml::{Node, Table};
use crate::diagnostics::{Diagnostic, did_you_mean};
use crate::mapping::codes;
use crate::mapping::load::ENTERPRISE;
use crate::scim::resource_schema::{Definition, ResourceSchema};
use crate::scim::schema::{Schema, common, core};

/// A resource type before its attributes are read.
pub(super) struct Header<'a> {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub node: &'a Node,
    /// Its table.
    pub table: &'a Table,
    /// What its schema is made of.
    pub definition: Definition,
    /// Its schema, with the characteristics that the schemas themselves give.
    pub schema: ResourceSchema,
    /// Resource types that were taken out, or are wrong themselves: references to them are left out too.
    pub off: Vec<String>,
}

/// Endpoints that are taken (RFC 7644 section 3.2).
const TAKEN: &[&str] = &["/Me", "/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "/Bulk", "/.search"];

/// All resource types, in the order of the file.
pub(super) fn all<'a>(root: &'a Table, own: Vec<Schema>, context: &mut Context) -> Vec<Header<'a>> {
    let Some(table) = root.get("resource").and_then(Node::as_table) else { return Vec::new() };
    let mut off: Vec<_> =
        table.iter().filter(|node| node.as_bool() == Some(false)).map(|node| node.key.clone()).collect();
    let mut headers: Vec<Header<'a>> = Vec::new();
    for node in table {
        let Some(table) = node.as_table() else { continue };
        match header(node, table, &own, &headers, context) {
            Some(header) => headers.push(header),
            None => off.push(node.key.clone()), // reported already
        }
    }
    headers.iter_mut().for_each(|header| header.off.clone_from(&off));
    headers
}

fn header<'a>(
    node: &'a Node,
    table: &'a Table,
    own: &[Schema],
    others: &[Header<'_>],
    context: &mut Context,
) -> Option<Header<'a>> {
    if others.iter().any(|other| other.name.eq_ignore_ascii_case(&node.key)) {
        let message = format!("the resource type `{}` is declared twice", node.key);
        context.report.push(Diagnostic::error(&codes::TWICE, message).at(&node.key_span));
        return None;
    }
    let core = core_schema(node, table, own, context)?;
    let definition = Definition {
        name: node.key.clone(),
        description: table.get("description").and_then(Node::as_str).unwrap_or(&core.description).to_owned(),
        endpoint: endpoint(node, table, others, context),
        extensions: extensions(table, own, &core, context),
        core,
        common: common::attributes(),
    };
    match ResourceSchema::new(definition.clone()) {
        Ok(schema) => Some(Header { name: node.key.clone(), node, table, definition, schema, off: Vec::new() }),
        Err(error) => {
            context.report.push(Diagnostic::error(&codes::DEFINITION, error.to_string()).at(&node.key_span));
            None
        }
    }
}

fn core_schema(node: &Node, table: &Table, own: &[Schema], context: &mut Context) -> Option<Schema> {
    if let Some(named) = table.get("schema") {
        return find_schema(named.as_str()?, own).or_else(|| {
            unknown_schema(named.as_str()?, &named.span, own, context);
            None
        });
    }
    match node.key.to_ascii_lowercase().as_str() {
        "user" => Some(core::user()),
        "group" => Some(core::group()),
        _ => {
            let message = format!("nothing says what attributes a `{}` has", node.key);
            let finding = Diagnostic::error(&codes::SCHEMA, message).at(&node.key_span);
            context.report.push(finding.help("name its schema: schema = \"urn:…\", defined in [schema.\"urn:…\"]"));
            None
        }
    }
}

fn find_schema(urn: &str, own: &[Schema]) -> Option<Schema> {
    own.iter()
        .find(|schema| schema.id.eq_ignore_ascii_case(urn))
        .cloned()
        .or_else(|| core::by_urn(urn).filter(|schema| !core::discovery().iter().any(|other| other.id == schema.id)))
}

fn unknown_schema(urn: &str, span: &crate::diagnostics::Span, own: &[Schema], context: &mut Context) {
    let known = own.iter().map(|schema| schema.id.as_str()).chain([core::USER, core::GROUP, core::ENTERPRISE_USER]);
    let finding = Diagnostic::error(&codes::SCHEMA, format!("no schema `{urn}` is defined")).at(span);
    context.report.push(match did_you_mean(urn, known) {
        None => finding.help(format!("define it: [schema.\"{urn}\"]")),
        meant => finding.suggest(meant),
    });
}

fn endpoint(node: &Node, table: &Table, others: &[Header<'_>], context: &mut Context) -> String {
    let given = table.get("endpoint");
    let text = given.and_then(Node::as_str).map_or_else(|| format!("/{}s", node.key), str::to_owned);
    let name = text.strip_prefix('/').unwrap_or_default();
    let fits = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let twin = others.iter().find(|other| other.definition.endpoint.eq_ignore_ascii_case(&text));
    let span = given.map_or(&node.key_span, |node| &node.span);
    let finding = if let Some(twin) = twin {
        let place = twin.table.get("endpoint").map_or(&twin.node.key_span, |node| &node.span);
        Diagnostic::error(&codes::ENDPOINT, format!("`{text}` is the endpoint of `{}` already", twin.name))
            .also(place, "first here")
    } else if TAKEN.iter().any(|taken| taken.eq_ignore_ascii_case(&text)) {
        Diagnostic::error(&codes::ENDPOINT, format!("`{text}` is an endpoint of the protocol"))
    } else if !fits {
        Diagnostic::error(&codes::ENDPOINT, format!("`{text}` is no endpoint"))
            .help("a slash, a letter, then letters, digits, `-` and `_`: \"/Devices\"")
    } else {
        return text;
    };
    context.report.push(finding.at(span));
    text
}

/// The extensions that `extensions` names, and those that `attr` maps.
fn extensions(table: &Table, own: &[Schema], core: &Schema, context: &mut Context) -> Vec<(Schema, bool)> {
    let mut extensions: Vec<(Schema, bool)> = Vec::new();
    let mut add = |node: &Node, required: bool, context: &mut Context| {
        let urn = full_urn(&node.key);
        match find_schema(urn, own) {
            None => unknown_schema(urn, &node.key_span, own, context),
            Some(schema) if schema.id == core.id || extensions.iter().any(|(other, _)| other.id == schema.id) => {}
            Some(schema) => extensions.push((schema, required)),
        }
    };
    let entries = |key: &str| table.get(key).and_then(Node::as_table).into_iter().flatten();
    for node in entries("extensions").filter(|node| node.as_bool() != Some(false)) {
        let required = node.as_table().and_then(|table| table.get("required")?.as_bool());
        add(node, required.unwrap_or(false), context);
    }
    let is_off = |urn: &str| {
        entries("extensions").any(|node| full_urn(&node.key).eq_ignore_ascii_case(urn) && node.as_bool() == Some(false))
    };
    for node in entries("attr").filter(|node| names_extension(&node.key, core) && node.as_table().is_some()) {
        if !is_off(full_urn(&node.key)) {
            add(node, false, context);
        }
    }
    extensions
}

/// Whether a key under `attr` means a whole extension.
pub(super) fn names_extension(key: &str, core: &Schema) -> bool {
    key.contains(':') || (key.eq_ignore_ascii_case(ENTERPRISE) && core.attribute(key).is_none())
}

/// The URN that `key` means.
pub(super) fn full_urn(key: &str) -> &str {
    if key.eq_ignore_ascii_case(ENTERPRISE) { core::ENTERPRISE_USER } else { key }
}
