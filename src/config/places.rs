//! Where a setting comes from: a line of the file, or an environment variable.

use crate::diagnostics::toml::{Node, Table, TableSpec};
use crate::diagnostics::{Code, Diagnostic, Severity};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The origins of all settings, by path (`bridge.main.path`).
#[derive(Debug)]
pub(super) struct Places {
    /// The file.
    pub(super) root: Table,
    /// The names of the environment variables that override settings.
    pub(super) variables: BTreeMap<String, String>,
    /// What the file is held against.
    pub(super) spec: &'static TableSpec,
    /// Where relative paths start.
    pub(super) folder: PathBuf,
}

impl Places {
    /// Whether the setting or table is given, in the file or the environment.
    pub(super) fn given(&self, path: &str) -> bool {
        self.node(path).is_some() || self.variable_below(path).is_some()
    }

    /// A finding about the setting at `path`: at its value, or with the name of its variable. The value itself isn't shown but
    /// by the line, so `text` mustn't repeat it.
    pub(super) fn finding(&self, severity: Severity, path: &str, code: &'static Code, text: &str) -> Diagnostic {
        let setting = path.split('[').next().unwrap_or_default();
        match (self.variables.get(setting), self.node(path)) {
            (Some(variable), _) => {
                Diagnostic::new(severity, code, format!("environment variable `{variable}`: {text}"))
            }
            (None, Some(node)) => Diagnostic::new(severity, code, format!("`{path}`: {text}")).at(&node.span),
            (None, None) => self.absent(Diagnostic::new(severity, code, format!("`{path}`: {text}")), path),
        }
    }

    /// Points a finding about something that isn't there at the nearest table above that is.
    fn absent(&self, finding: Diagnostic, path: &str) -> Diagnostic {
        let mut above = path;
        while let Some((parent, _)) = above.rsplit_once('.') {
            if let Some(node) = self.node(parent) {
                return finding.at(&node.span);
            }
            if let Some(variable) = self.variable_below(parent) {
                return finding.help(format!("`{parent}` stems from the environment variable `{variable}`"));
            }
            above = parent;
        }
        finding.at(&self.root.span)
    }

    /// The node of a setting, or of an element of it: `bridge.main.path`, `bridge.main.directory.main.urls[1]`.
    fn node(&self, path: &str) -> Option<&Node> {
        let (parents, key) = path.rsplit_once('.').map_or((None, path), |(parents, key)| (Some(parents), key));
        let table = match parents {
            Some(parents) => self.node(parents)?.as_table()?,
            None => &self.root,
        };
        let (key, index) =
            key.split_once('[').map_or((key, None), |(key, index)| (key, index.trim_end_matches(']').parse().ok()));
        let node = table.get(key)?;
        // One string may stand for a list.
        Some(index.and_then(|index: usize| node.as_list()?.get(index)).unwrap_or(node))
    }

    /// A variable that sets `path` or something below it.
    fn variable_below(&self, path: &str) -> Option<&str> {
        let below = |(key, _): &(&String, &String)| {
            key.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.variables.iter().find(below).map(|(_, variable)| variable.as_str())
    }
}
