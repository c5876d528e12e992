//! `[log]`: how much is logged, and in which form.

use super::scope::Scope;
use super::{Access, access, codes};
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "log",
    doc: "Logs, on standard error.",
    keys: &[
        Key::new(
            "format",
            Kind::OneOf(&["auto", "human", "json"]),
            "`auto` is for humans on a terminal and JSON otherwise.",
        )
        .default("\"auto\""),
        Key::new("level", Kind::Text, "`error`, `warn`, `info`, `debug`, `trace`, or directives by module.")
            .default("\"info\"")
            .example("\"info,scimfront::directory=debug\""),
        Key::new("access", Kind::Table(&access::SPEC), "One line for each request."),
    ],
    free: false,
};

/// `[log]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Log {
    /// In which form.
    pub format: LogFormat,
    /// How much: what `tracing_subscriber::EnvFilter` takes.
    pub level: String,
    /// One line for each request.
    pub access: Access,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Human on a terminal, JSON otherwise.
    Auto,
    /// Lines for people.
    Human,
    /// One JSON object a line.
    Json,
}

impl Log {
    pub(super) fn validate(&mut self, scope: &mut Scope<'_>) {
        // A bare word that is no level would be taken for the name of a module: nothing would be logged.
        const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
        let bare = self.level.split(',').map(str::trim).filter(|part| !part.contains(['=', '[', ':']));
        let words = bare.into_iter().all(|word| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word)));
        if !words || EnvFilter::try_new(&self.level).is_err() {
            scope.error("level", &codes::BAD_LEVEL, "not a log level");
        }
        self.access.validate(&mut scope.below("access"));
    }
}
