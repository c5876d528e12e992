//! From a file and an environment to settings.

use super::environment::{is_name, overrides};
use super::merge::{Unfit, merge};
use super::places::Places;
use super::scope::Scope;
use super::secret::{is_secret, mask};
use super::{Admin, Bridge, Log, Server, Trace, admin, bridge, codes, log, server, trace};
use crate::diagnostics::toml::{Document, Key, Kind, Node, Table, TableSpec};
use crate::diagnostics::{Diagnostic, Report, Severity, SourceFile};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The whole file.
pub(super) static SPEC: TableSpec = TableSpec {
    name: "scimfront.toml",
    doc: "The settings file. Every key can be overridden by an environment variable: `SCIMFRONT__` and the keys on the way to it in \
          capitals, with two underscores between them (`SCIMFRONT__BRIDGE__MAIN__DIRECTORY__MAIN__URLS`); a list is one string with \
          commas. Relative paths start from the file's folder.",
    keys: &[
        Key::new("server", Kind::Table(&server::SPEC), "Where to listen."),
        Key::new("admin", Kind::Table(&admin::SPEC), "Where to watch the server."),
        Key::new("log", Kind::Table(&log::SPEC), "How to log."),
        Key::new("trace", Kind::Table(&trace::SPEC), "Where traces go."),
        Key::new("bridge", Kind::Map(&Kind::Table(&bridge::SPEC)), "The bridges, by name; at least one."),
    ],
    free: false,
};

/// All settings, checked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// `[server]`.
    pub server: Server,
    /// `[admin]`.
    pub admin: Admin,
    /// `[log]`.
    pub log: Log,
    /// `[trace]`.
    pub trace: Trace,
    /// `[bridge.NAME]`, by name; at least one.
    #[serde(default, rename = "bridge")]
    pub bridges: BTreeMap<String, Bridge>,
    /// What is allowed but probably not meant; for the log at start.
    #[serde(skip)]
    pub warnings: Report,
}

impl Settings {
    /// Reads the settings file at `path`, the variables of `environment` that override it, and the files with secrets.
    ///
    /// # Errors
    /// Every mistake that could be found, sorted by line, warnings among them; secrets and values of variables aren't shown.
    pub fn load(path: &Path, environment: &BTreeMap<String, String>) -> Result<Self, Report> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Report::from(Diagnostic::error(&codes::UNREADABLE, format!("can't read `{}`: {error}", path.display())))
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&path.display().to_string(), &text, folder, environment)
    }

    /// Reads settings from a text that messages call `name` and whose relative paths start from `folder`.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(
        name: &str,
        text: &str,
        folder: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, Report> {
        let shown = SourceFile::new(name, mask(text, |key| is_secret(key, &SPEC)));
        let root = Document::parse_shown_as(text, shown)?.root;
        let mut report = Report::new();
        root.check(&SPEC, &mut report);
        check_names(&root, &SPEC, &mut report);
        let overrides = overrides(environment, &SPEC, &root, &mut report);
        let merged = merge(&root, &SPEC, &overrides);
        let variables = overrides.into_iter().map(|o| (o.path.join("."), o.variable)).collect();
        let places = Places { root, variables, spec: &SPEC, folder: folder.to_owned() };
        let mut settings: Self = merged.map_err(|unfit| report_unfit(&places, &unfit, &mut report))?;
        settings.validate(&mut Scope::new(&places, &mut report));
        let report = report.sorted();
        if report.has_errors() {
            return Err(report);
        }
        settings.warnings = report;
        Ok(settings)
    }

    fn validate(&mut self, scope: &mut Scope<'_>) {
        self.server.validate(&mut scope.below("server"));
        self.admin.validate(&mut scope.below("admin"));
        self.log.validate(&mut scope.below("log"));
        self.trace.validate(&mut scope.below("trace"));
        if self.bridges.is_empty() {
            scope.missing("bridge");
        }
        let mut bridges = scope.below("bridge");
        for (name, bridge) in &mut self.bridges {
            bridge.validate(&mut bridges.below(name));
        }
        self.validate_paths(&mut bridges);
    }

    /// No bridge's path may be another's, nor lie below it.
    fn validate_paths(&self, scope: &mut Scope<'_>) {
        let within = |path: &str, other: &str| {
            path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let paths: Vec<_> = self.bridges.iter().filter_map(|(name, bridge)| Some((name, bridge.mounted()?))).collect();
        for (i, (name, path)) in paths.iter().enumerate() {
            let Some((other, _)) = paths[..i].iter().find(|(_, other)| within(path, other) || within(other, path))
            else {
                continue;
            };
            let text = format!("overlaps with the path of bridge `{other}`");
            let mut finding = scope.finding(Severity::Error, &format!("{name}.path"), &codes::SAME_PATH, &text);
            let other_place = scope.finding(Severity::Error, &format!("{other}.path"), &codes::SAME_PATH, "").span;
            finding.secondary.extend(other_place.map(|span| (span, format!("bridge `{other}`"))));
            scope.push(finding);
        }
    }
}

fn report_unfit(places: &Places, unfit: &Unfit, report: &mut Report) -> Report {
    report.push(places.finding(Severity::Error, &unfit.path, &codes::UNFIT, &unfit.reason));
    std::mem::take(report).sorted()
}

/// Reports names that can't label logs or stand in the name of a variable.
fn check_names(table: &Table, spec: &'static TableSpec, report: &mut Report) {
    for (node, kind) in table.iter().filter_map(|node| Some((node, spec.key(&node.key)?.kind))) {
        match (kind, node.as_table()) {
            (Kind::Table(spec), Some(below)) => check_names(below, spec, report),
            (Kind::Map(Kind::Table(spec)), Some(named)) => {
                for node in named {
                    check_name(node, report);
                    node.as_table().into_iter().for_each(|below| check_names(below, spec, report));
                }
            }
            _ => {}
        }
    }
}

fn check_name(node: &Node, report: &mut Report) {
    if !is_name(&node.key) {
        let message = format!("`{}` is not a name", node.key);
        let finding = Diagnostic::error(&codes::BAD_NAME, message).at(&node.key_span);
        report.push(finding.help("use small letters, digits, `-` and single `_`"));
    }
}
