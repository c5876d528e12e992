//! `[bridge.NAME.cache]`: what is remembered of the directory.

use crate::diagnostics::toml::{Key, Kind, TableSpec};
use serde::Deserialize;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "bridge.NAME.cache",
    doc: "What is remembered of the directory. It is forgotten as soon as the directory changes.",
    keys: &[
        Key::new(
            "ids",
            Kind::Range(0, 100_000_000),
            "How many entries' names and ids are remembered, so that references needn't be looked up; about 400 bytes each. 0: none.",
        )
        .default("500000"),
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
}
