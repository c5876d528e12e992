//! How a command ended, and the exit status that says so.

use std::io::IsTerminal;
use std::process::ExitCode;

use crate::diagnostics::Report;

/// How a command ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// As it should: 0.
    Done,
    /// It worked and found what breaks: 1. The findings have been shown.
    Findings,
    /// It didn't work: 1.
    Failed(String),
    /// It couldn't begin: 2.
    Unusable(String),
    /// A file can't be used, and why: 2.
    BadFile(Report),
}

/// What a command returns; an `Err` ends it early.
pub(super) type Result<T = Outcome> = std::result::Result<T, Failure>;

/// An outcome that ends a command early.
#[derive(Debug)]
pub(super) struct Failure(Outcome);

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}

impl From<Report> for Failure {
    fn from(report: Report) -> Self {
        Self(Outcome::BadFile(report))
    }
}

impl Failure {
    /// It didn't work, and why.
    pub(super) fn failed(why: impl Into<String>) -> Self {
        Self(Outcome::Failed(why.into()))
    }

    /// It couldn't begin, and why.
    pub(super) fn unusable(why: impl Into<String>) -> Self {
        Self(Outcome::Unusable(why.into()))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Outcome::Failed(why) | Outcome::Unusable(why) => f.write_str(why),
            Outcome::BadFile(report) => write!(f, "{}", report.to_string().trim_end()),
            Outcome::Done | Outcome::Findings => f.write_str("it ended"),
        }
    }
}

impl Outcome {
    /// Says on standard error what went wrong, and returns the exit status.
    pub(super) fn report(self) -> ExitCode {
        match self {
            Self::Done => ExitCode::SUCCESS,
            Self::Findings => ExitCode::from(1),
            Self::Failed(why) => {
                eprintln!("scimfront: {why}");
                ExitCode::from(1)
            }
            Self::Unusable(why) => {
                eprintln!("scimfront: {why}");
                ExitCode::from(2)
            }
            Self::BadFile(report) => {
                show(&report);
                ExitCode::from(2)
            }
        }
    }
}

/// Shows findings on standard error, in colour on a terminal.
pub(super) fn show(report: &Report) {
    eprint!("{}", report.render(colored()));
}

/// Whether standard error is a terminal that wants colour (<https://no-color.org>).
fn colored() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
