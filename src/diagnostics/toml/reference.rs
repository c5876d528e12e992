//! A reference in Markdown out of a declaration.

use super::{Key, Kind, TableSpec};
use std::fmt::Write as _;

/// A section of Markdown for `spec` and for every table below it, each once, in the order in which they are met.
pub fn markdown(spec: &'static TableSpec) -> String {
    spec.with_below().into_iter().map(section).collect::<Vec<_>>().join("\n")
}

fn section(spec: &'static TableSpec) -> String {
    let mut out = format!("## `{}`\n\n{}\n", spec.name, spec.doc);
    out.push_str(&markdown_keys(spec.keys));
    out
}

/// A table of keys in Markdown, an empty line before it; nothing where there are none.
pub fn markdown_keys(keys: &[Key]) -> String {
    if keys.is_empty() {
        return String::new();
    }
    let rows: String = keys.iter().map(row).collect();
    format!("\n| Key | Takes | Default | Meaning |\n|---|---|---|---|\n{rows}")
}

fn row(key: &Key) -> String {
    let mut meaning = key.doc.to_owned();
    if let Some(example) = key.example {
        let _ = write!(meaning, " Example: `{example}`");
    }
    let default = key.default.map(|default| format!("`{default}`")).unwrap_or_default();
    let cells = [format!("`{}`", key.name), takes(&key.kind), default, meaning].map(|cell| cell.replace('|', "\\|"));
    format!("| {} |\n", cells.join(" | "))
}

fn takes(kind: &Kind) -> String {
    match kind {
        Kind::Table(spec) => format!("table [`{0}`](#{1})", spec.name, anchor(spec.name)),
        Kind::Map(kind) => format!("tables by name: {}", takes(kind)),
        Kind::List(kind) => format!("list: {}", takes(kind)),
        Kind::AnyOf(kinds) => kinds.iter().map(takes).collect::<Vec<_>>().join(" or "),
        Kind::Text => "string".to_owned(),
        Kind::Secret => "string (secret)".to_owned(),
        Kind::Texts => "string or list of strings".to_owned(),
        Kind::Integer => "integer".to_owned(),
        Kind::Range(from, to) => format!("integer, {from} to {to}"),
        Kind::Float => "number".to_owned(),
        Kind::Duration => "duration".to_owned(),
        Kind::Size => "size".to_owned(),
        kind => kind.describe(),
    }
}

/// The anchor that a heading gets on GitHub.
fn anchor(name: &str) -> String {
    let kept = name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' '));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}
