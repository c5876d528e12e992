//! `[log.access]`: one line for each request.

use super::codes;
use super::scope::Scope;
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use serde::Deserialize;
use std::path::PathBuf;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "log.access",
    doc: "The access log: one JSON line for each request, with the request id that the client got, and nothing of its query or body.",
    keys: &[
        Key::new(
            "to",
            Kind::OneOf(&["log", "stdout", "file", "off"]),
            "Where lines go: `log` is standard error, where `level` lets `scimfront::access` pass at `info`, and in the log's own form; \
             the others don't ask for the level.",
        )
        .default("\"log\""),
        Key::new(
            "file",
            Kind::Text,
            "The file for `to = \"file\"`; lines are appended. It may be renamed away at any time: SIGHUP begins a new one.",
        )
        .example("\"access.jsonl\""),
        Key::new(
            "sample",
            Kind::Range(1, 1_000_000),
            "Of how many successful requests one gets a line: 1 means each. Requests that fail always get theirs.",
        )
        .default("1"),
    ],
    free: false,
};

/// `[log.access]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Access {
    /// Where lines go.
    pub to: AccessTo,
    /// The file, where they go to one.
    pub file: Option<PathBuf>,
    /// Of how many successful requests one gets a line.
    pub sample: u64,
}

/// Where the access log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessTo {
    /// Among the other logs.
    Log,
    /// Standard output.
    Stdout,
    /// A file.
    File,
    /// Nowhere.
    Off,
}

impl Access {
    pub(super) fn validate(&mut self, scope: &mut Scope<'_>) {
        self.file = self.file.take().map(|file| scope.resolve(&file));
        match (self.to, &self.file) {
            (AccessTo::File, None) => scope.missing("file"),
            (AccessTo::File, Some(_)) | (_, None) => {}
            (_, Some(_)) => scope.warning("file", &codes::UNUSED, "lines go elsewhere: `to` isn't \"file\""),
        }
    }
}
