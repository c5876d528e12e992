//! What can go wrong in a directory. Whether something may have happened is a type, not a text.

use std::fmt;
use std::time::Duration;

use crate::ldap::result::LdapResult;

/// Why an operation has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No server can be reached, or none takes more work at present. Nothing was changed.
    #[error("the directory is unavailable: {detail}")]
    Unavailable {
        /// When it is worth trying again.
        retry_after: Duration,
        /// For the log.
        detail: String,
    },
    /// The operation wasn't sent, as it can't be expressed or the directory was closed. Nothing was changed.
    #[error("the operation was not sent: {detail}")]
    NotSent {
        /// For the log.
        detail: String,
    },
    /// The connection was lost before the answer came: a write may have been performed or not.
    #[error("the connection was lost before the answer came: {detail}")]
    OutcomeUnknown {
        /// For the log.
        detail: String,
    },
    /// The server answered with an error of its own.
    #[error("the directory refused: {0}")]
    Refused(LdapResult),
    /// The answer would be more than a limit allows.
    #[error("{0}")]
    Limit(Limit),
    /// The deadline passed first.
    #[error("the directory didn't answer in time")]
    Deadline,
    /// The server's answer makes no sense.
    #[error("the directory's answer makes no sense: {0}")]
    Protocol(String),
}

/// Which limit an answer exceeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// More entries than the search allows, or than the server does (sizeLimitExceeded).
    Size,
    /// The server's time for the search is up (timeLimitExceeded).
    Time,
    /// The server would have to look at too many entries (adminLimitExceeded).
    Admin,
    /// A paged search was left alone for too long and has been given up.
    Idle,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size => f.write_str("more entries match than the size limit allows"),
            Self::Time => f.write_str("the directory's time limit for a search is exceeded"),
            Self::Admin => f.write_str("the directory's administrative limit for a search is exceeded"),
            Self::Idle => f.write_str("the paged search was left alone for too long"),
        }
    }
}

/// What happened to one attempt at an operation, before it is decided whether to try again.
#[derive(Debug)]
pub(super) enum Failure {
    /// The connection is gone: a read may be tried again on another one.
    Lost(String),
    /// Trying again brings the same.
    Final(Error),
}

impl Failure {
    /// The error of a read that isn't tried again.
    pub(super) fn into_read_error(self) -> Error {
        match self {
            Self::Lost(detail) => Error::Unavailable { retry_after: Duration::from_secs(1), detail },
            Self::Final(error) => error,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}
