//! The findings of one reading, together.

use super::{Diagnostic, Severity, Span, render};
use serde_json::{Value, json};
use std::fmt;

/// Findings, in the order found until [`sorted`](Report::sorted). The same finding at the same place is kept once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report(Vec<Diagnostic>);

impl Report {
    /// No findings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a finding, unless it is there already.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.0.contains(&diagnostic) {
            self.0.push(diagnostic);
        }
    }

    /// Whether there is an error among the findings.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many findings there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The findings.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// The findings by file and place; those without a place first.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.0.sort_by(|a, b| place(a).cmp(&place(b)));
        self
    }

    /// `Err(self)` (sorted) when there is an error, else `value`; warnings are dropped with it.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.has_errors() { Err(self.sorted()) } else { Ok(value) }
    }

    /// All findings as a compiler shows them, each followed by an empty line; `color` adds ANSI colours.
    pub fn render(&self, color: bool) -> String {
        self.0.iter().map(|d| render::diagnostic(d, color)).collect::<Vec<_>>().join("\n")
    }

    /// "2 errors, 1 warning", empty when nothing was found.
    pub fn summary(&self) -> String {
        let count = |severity: Severity| {
            let n = self.0.iter().filter(|d| d.severity == severity).count();
            (n > 0).then(|| format!("{n} {}{}", severity.name(), if n == 1 { "" } else { "s" }))
        };
        let parts: Vec<_> =
            [Severity::Error, Severity::Warning, Severity::Note].into_iter().filter_map(count).collect();
        parts.join(", ")
    }

    /// An array with an object for each finding: `code`, `title`, `severity`, `message`, and where known `file`, `line`,
    /// `column`, `end_line`, `end_column`, `label`, `help`, `secondary`.
    pub fn to_json(&self) -> Value {
        Value::Array(self.0.iter().map(to_json).collect())
    }
}

fn place(diagnostic: &Diagnostic) -> Option<(&str, usize, usize)> {
    diagnostic.span.as_ref().map(|s| (s.file.name.as_str(), s.range.start, s.range.end))
}

fn to_json(diagnostic: &Diagnostic) -> Value {
    let mut object = diagnostic.span.as_ref().map_or_else(|| json!({}), span_to_json);
    object["code"] = json!(diagnostic.code.id);
    object["title"] = json!(diagnostic.code.title);
    object["severity"] = json!(diagnostic.severity.name());
    object["message"] = json!(diagnostic.message);
    for (key, text) in [("label", &diagnostic.label), ("help", &diagnostic.help)] {
        if let Some(text) = text {
            object[key] = json!(text);
        }
    }
    let secondary = diagnostic.secondary.iter().map(|(span, label)| {
        let mut place = span_to_json(span);
        place["label"] = json!(label);
        place
    });
    if !diagnostic.secondary.is_empty() {
        object["secondary"] = secondary.collect();
    }
    object
}

fn span_to_json(span: &Span) -> Value {
    let (line, column) = span.position();
    let (end_line, end_column) = span.file.position(span.range.end);
    json!({ "file": span.file.name, "line": line, "column": column, "end_line": end_line, "end_column": end_column })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Report {}

impl Extend<Diagnostic> for Report {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        diagnostics.into_iter().for_each(|d| self.push(d));
    }
}

impl From<Diagnostic> for Report {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl FromIterator<Diagnostic> for Report {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Self {
        let mut report = Self::new();
        report.extend(diagnostics);
        report
    }
}

impl IntoIterator for Report {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Report {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
