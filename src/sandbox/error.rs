//! What can go wrong with a private directory.

use std::path::PathBuf;

/// Why a private directory could not be started, filled or steered.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A program that belongs to the directory isn't on this machine.
    #[error("{program} is not installed: install {package} (Debian, Ubuntu: apt-get install {package})")]
    Missing {
        /// The program that was looked for.
        program: &'static str,
        /// The Debian package that has it.
        package: &'static str,
    },
    /// A schema file that comes with slapd isn't where distributions keep it.
    #[error("slapd's schema file {name} was not found in {searched}")]
    NoSchema {
        /// The file's name.
        name: String,
        /// The folders that were searched.
        searched: String,
    },
    /// An option that can't be meant: a suffix that is no DN, a tree without a suffix to stand in.
    #[error("{0}")]
    Option(String),
    /// A file or process operation failed.
    #[error("{what}: {source}")]
    Io {
        /// What was attempted.
        what: String,
        /// How it failed.
        source: std::io::Error,
    },
    /// slapadd refused entries, or a domain could not be made.
    #[error("loading {suffix} failed:\n{log}")]
    Load {
        /// The suffix that was filled.
        suffix: String,
        /// What was said.
        log: String,
    },
    /// The server ended, or did not answer in time.
    #[error("the directory did not start:\n{log}")]
    Start {
        /// What it said.
        log: String,
    },
    /// A client tool (ldapsearch, ldapmodify, slapcat) failed.
    #[error("{program} failed:\n{log}")]
    Tool {
        /// Which one.
        program: &'static str,
        /// What it said.
        log: String,
    },
    /// The state folder holds another tree than the one asked for.
    #[error("{} holds a directory made from other options ({holds}); name another folder or remove this one", .path.display())]
    OtherState {
        /// The folder.
        path: PathBuf,
        /// What its directory was made from.
        holds: String,
    },
}

impl SandboxError {
    /// An [`SandboxError::Io`] that says what was attempted; for `map_err`.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| SandboxError::Io { what, source }
    }
}
