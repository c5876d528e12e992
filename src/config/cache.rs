//! `[bridge.NAME.cache]`: what is remembered of the directory, and how long.

use super::scope::Scope;
use super::values;
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use serde::Deserialize;
use std::time::Duration;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "bridge.NAME.cache",
    doc: "What is remembered of the directory. Nothing remembered here ever changes an answer but for the time said.",
    keys: &[
        Key::new(
            "ids",
            Kind::Range(0, 100_000_000),
            "How many entries' names and ids are remembered, so that references needn't be looked up; about 400 bytes each. 0: none.",
        )
        .default("500000"),
        Key::new("ids_lifetime", Kind::Duration, "How long a name and its id are remembered.").default("\"5m\""),
    ],
    free: false,
};

/// `[bridge.NAME.cache]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Cache {
    /// How many names and ids are remembered.
    pub ids: usize,
    /// How long a name and its id are remembered.
    #[serde(deserialize_with = "values::duration")]
    pub ids_lifetime: Duration,
}

impl Cache {
    pub(super) fn validate(&self, scope: &mut Scope<'_>) {
        scope.not_zero("ids_lifetime", self.ids_lifetime);
    }
}
