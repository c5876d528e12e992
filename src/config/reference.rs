//! The settings' JSON schema and reference, from the declaration that files are held against.

use super::{codes, load};
use crate::diagnostics::{codes_markdown, toml};

/// The JSON schema of the settings file.
pub fn json_schema() -> serde_json::Value {
    let mut schema = toml::json_schema(&load::SPEC);
    schema["title"] = "scimfront settings".into();
    schema
}

/// The reference of the settings file, in Markdown.
pub fn markdown() -> String {
    format!(
        "# Settings\n\nMade from the declaration that the program itself reads by; don't edit. A commented file to start from is \
         [`examples/scimfront.toml`](../examples/scimfront.toml); editors that know JSON schemas complete keys with \
         [`settings.schema.json`](settings.schema.json).\n\n{}\n## Messages\n\nEvery mistake is shown with its line and one of these \
         codes; all of them are found in one run.\n\n{}{}",
        toml::markdown(&load::SPEC),
        codes_markdown(codes::ALL),
        codes_markdown(toml::codes::ALL).lines().skip(2).map(|line| format!("{line}\n")).collect::<String>(),
    )
}
