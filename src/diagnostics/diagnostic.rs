//! One finding.

use super::{Code, Span};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The file can't be used.
    Error,
    /// The file can be used, but probably doesn't do what was meant.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word for it, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One finding: what is wrong, where, and what was perhaps meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule.
    pub code: &'static Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line with the particulars; names in backquotes, no full stop.
    pub message: String,
    /// Where; absent when it is about something that isn't in a file (an environment variable, a missing file).
    pub span: Option<Span>,
    /// What to say under the marked text.
    pub label: Option<String>,
    /// Other places that have to do with it, each with what to say there.
    pub secondary: Vec<(Span, String)>,
    /// How to mend it: "did you mean `uid`?"
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding of this severity without a place.
    pub fn new(severity: Severity, code: &'static Code, message: impl Into<String>) -> Self {
        Self { code, severity, message: message.into(), span: None, label: None, secondary: Vec::new(), help: None }
    }

    /// An error without a place; add one with [`at`](Self::at).
    pub fn error(code: &'static Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A warning without a place.
    pub fn warning(code: &'static Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// A note without a place.
    pub fn note(code: &'static Code, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    /// The same finding at `span`.
    pub fn at(mut self, span: &Span) -> Self {
        self.span = Some(span.clone());
        self
    }

    /// The same finding with `label` under the marked text.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The same finding with another place that has to do with it.
    pub fn also(mut self, span: &Span, label: impl Into<String>) -> Self {
        self.secondary.push((span.clone(), label.into()));
        self
    }

    /// The same finding with a way to mend it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same finding with "did you mean `known`?" where `known` is given (see [`did_you_mean`](super::did_you_mean)).
    pub fn suggest(self, known: Option<&str>) -> Self {
        match known {
            Some(known) => self.help(format!("did you mean `{known}`?")),
            None => self,
        }
    }
}
