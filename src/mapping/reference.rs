//! The language's reference and JSON schema, made from what the compiler itself goes by.

use std::fmt::Write as _;

use serde_json::Value;

use super::codec::{CodecInfo, registry};
use super::{builtin, codes, spec};
use crate::diagnostics::toml;

/// The reference in Markdown: keys, codecs, presets, diagnostics.
pub fn markdown() -> String {
    let mut out = String::from(
        "# The mapping language\n\nMade from the program itself: `UPDATE=1 cargo test` writes this file anew. A mapping file is TOML; SCIM \
         names stand on the left, LDAP names on the right.\n\n# Keys\n\n",
    );
    out.push_str(&toml::markdown(&spec::ROOT));
    out.push_str("\n# Codecs\n\nA codec says how SCIM values are held in LDAP: `{ ldap = \"…\", codec = \"…\" }`. Its parameters stand beside it.\n");
    registry::ALL.iter().for_each(|info| codec(info, &mut out));
    out.push_str("\n# Presets\n\n");
    for name in builtin::names() {
        let _ = writeln!(out, "- `{name}`");
    }
    out.push_str("\n# Diagnostics\n\nT codes are about TOML itself, M1 codes come from `scimfront check` against a directory's schema.\n\n");
    out.push_str("| Code | What is wrong | Why, and what to do |\n|---|---|---|\n");
    for code in toml::codes::ALL.iter().chain(codes::ALL) {
        let _ = writeln!(out, "| {} | {} | {} |", code.id, code.title, code.explanation.replace('|', "\\|"));
    }
    out
}

fn codec(info: &'static CodecInfo, out: &mut String) {
    let types: Vec<_> = info.types.iter().map(|kind| kind.name()).collect();
    let _ = write!(out, "\n## `{}`\n\n{}\n\nFor attributes of type {}.\n", info.name, info.doc, types.join(", "));
    out.push_str(&toml::markdown_keys(info.parameters));
    let _ = write!(out, "\n```toml\n{}\n```\n", info.example);
}

/// The JSON schema of a mapping file, for editors that complete and check TOML.
pub fn json_schema() -> Value {
    toml::json_schema(&spec::ROOT)
}
