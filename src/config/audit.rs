//! `[bridge.NAME.audit]`: where writes are written down.

use super::scope::Scope;
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use serde::Deserialize;
use std::path::PathBuf;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "bridge.NAME.audit",
    doc: "Where writes are written down: for each a line before it is sent and one after it, with the change and what takes it back as \
          LDIF, without secrets.",
    keys: &[Key::new(
        "file",
        Kind::Text,
        "A file to which JSON lines are appended; it may be renamed away at any time, and no other process should write it. A write \
         begins when its line is on the disk, and is refused with 503 when it can't be written. Unless given, the log gets the lines.",
    )
    .example("\"audit.jsonl\"")],
    free: false,
};

/// `[bridge.NAME.audit]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Audit {
    /// The file; absent: the log.
    pub file: Option<PathBuf>,
}

impl Audit {
    pub(super) fn validate(&mut self, scope: &mut Scope<'_>) {
        self.file = self.file.take().map(|file| scope.resolve(&file));
    }
}
