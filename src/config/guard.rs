//! `[bridge.NAME.guard]`: the brake on clients that delete or disable too much.

use super::scope::Scope;
use super::values;
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "bridge.NAME.guard",
    doc: "How much one client may delete and disable in a while. Beyond it such requests are refused with 403 and logged as errors, \
          until the while is over or `scimfront release` lets the client go on. Each instance counts by itself and forgets when it ends.",
    keys: &[
        Key::new("delete", Kind::Range(0, 1_000_000), "Deletions a client may do; any number, unless given.").example("20"),
        Key::new("disable", Kind::Range(0, 1_000_000), "Users a client may disable; any number, unless given.").example("100"),
        Key::new("per", Kind::Duration, "The while in which they are counted.").default("\"1h\""),
        Key::new(
            "release_file",
            Kind::Text,
            "The file in which `scimfront release` says who may go on; instances that find the same file are released together.",
        )
        .default("\"release.json\""),
    ],
    free: false,
};

/// `[bridge.NAME.guard]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Guard {
    /// Deletions a client may do; absent: any number.
    pub delete: Option<usize>,
    /// Users a client may disable; absent: any number.
    pub disable: Option<usize>,
    /// The while in which they are counted.
    #[serde(deserialize_with = "values::duration")]
    pub per: Duration,
    /// Where releases stand.
    pub release_file: PathBuf,
}

impl Guard {
    /// Whether anything is counted.
    pub fn is_set(&self) -> bool {
        self.delete.is_some() || self.disable.is_some()
    }

    pub(super) fn validate(&mut self, scope: &mut Scope<'_>) {
        scope.not_zero("per", self.per);
        self.release_file = scope.resolve(&self.release_file);
    }
}
