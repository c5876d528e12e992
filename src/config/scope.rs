//! What a section's `validate` works with: its place in the settings, and where findings go.

use super::codes;
use super::places::Places;
use crate::diagnostics::toml::codes::MISSING_KEY;
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use crate::diagnostics::{Code, Diagnostic, Report, Severity};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One table of the settings, while it is checked.
pub(super) struct Scope<'a> {
    places: &'a Places,
    report: &'a mut Report,
    path: String,
}

impl<'a> Scope<'a> {
    /// The root of the settings.
    pub(super) fn new(places: &'a Places, report: &'a mut Report) -> Self {
        Self { places, report, path: String::new() }
    }

    /// The table under `key`.
    pub(super) fn below(&mut self, key: &str) -> Scope<'_> {
        let path = self.path_of(key);
        Scope { places: self.places, report: self.report, path }
    }

    /// Whether the key is given, in the file or the environment.
    pub(super) fn given(&self, key: &str) -> bool {
        self.places.given(&self.path_of(key))
    }

    /// The way to the table: `bridge.main`.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// A finding about a key; `text` mustn't repeat the value.
    pub(super) fn finding(&self, severity: Severity, key: &str, code: &'static Code, text: &str) -> Diagnostic {
        self.places.finding(severity, &self.path_of(key), code, text)
    }

    /// Reports an error at a key; `text` mustn't repeat the value.
    pub(super) fn error(&mut self, key: &str, code: &'static Code, text: &str) {
        let finding = self.finding(Severity::Error, key, code, text);
        self.push(finding);
    }

    /// Reports a warning at a key; `text` mustn't repeat the value.
    pub(super) fn warning(&mut self, key: &str, code: &'static Code, text: &str) {
        let finding = self.finding(Severity::Warning, key, code, text);
        self.push(finding);
    }

    /// Reports a finding.
    pub(super) fn push(&mut self, finding: Diagnostic) {
        self.report.push(finding);
    }

    /// Reports that a key without a default isn't given; says nothing when it is given but was refused.
    pub(super) fn missing(&mut self, key: &str) {
        if !self.given(key) {
            let finding = self.finding(Severity::Error, key, &MISSING_KEY, "missing");
            self.push(match declared(self.places.spec, &self.path_of(key)) {
                _ if finding.help.is_some() => finding,
                Some(Key { name, example: Some(example), .. }) => {
                    finding.help(format!("for example {name} = {example}"))
                }
                _ => finding,
            });
        }
    }

    /// Reports a duration of nothing.
    pub(super) fn not_zero(&mut self, key: &str, duration: Duration) {
        if duration.is_zero() {
            self.error(key, &codes::ZERO, "must be longer than nothing");
        }
    }

    /// Makes a path start from the settings file's folder.
    pub(super) fn resolve(&self, path: &Path) -> PathBuf {
        self.places.folder.join(path)
    }

    /// Resolves the path under `key` and reports a file that can't be read.
    pub(super) fn file(&mut self, key: &str, path: &mut Option<PathBuf>) {
        let Some(path) = path else { return };
        *path = self.resolve(path);
        // Read, not opened: a folder can be opened.
        if let Err(error) = std::fs::read(&*path) {
            self.unreadable(key, path, &error);
        }
    }

    /// Reports a file that can't be read.
    pub(super) fn unreadable(&mut self, key: &str, path: &Path, error: &std::io::Error) {
        self.error(key, &codes::UNREADABLE, &format!("can't read `{}`: {error}", path.display()));
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// The declaration of the key at a path.
fn declared(spec: &'static TableSpec, path: &str) -> Option<&'static Key> {
    let (mut kind, mut found) = (Kind::Table(spec), None);
    for part in path.split('.') {
        kind = match kind {
            Kind::Table(spec) => {
                found = spec.key(part);
                found?.kind
            }
            Kind::Map(kind) => *kind,
            _ => return None,
        };
    }
    found
}
