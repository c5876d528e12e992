//! Why a use case failed.

use std::time::Duration;

use crate::directory::{self, Limit};
use crate::ldap::result::LdapResult;
use crate::scim;
use crate::translate::errors;

/// Why a use case failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The client is told this.
    #[error("{0}")]
    Scim(scim::Error),
    /// The directory is away.
    #[error("the directory is unavailable")]
    Unavailable {
        /// When it may be back.
        retry_after: Duration,
    },
    /// The deadline passed.
    #[error("the deadline has passed")]
    Timeout,
    /// A fault of this program, of its settings, or an answer of the directory that makes no sense. The log says which.
    #[error("internal error")]
    Internal,
}

impl Error {
    /// What the client is told. An internal error names the request, so that its log can be found, and nothing else.
    #[must_use]
    pub fn told(self, request_id: &str) -> scim::Error {
        match self {
            Self::Scim(error) => error,
            Self::Unavailable { .. } => scim::Error::unavailable("The directory is not available at the moment"),
            Self::Timeout => scim::Error::plain(504, "The answer took too long"),
            Self::Internal => scim::Error::internal(format!("Internal error (request {request_id})")),
        }
    }
}

impl From<scim::Error> for Error {
    fn from(error: scim::Error) -> Self {
        Self::Scim(error)
    }
}

/// What a failed search below `base` means; where the directory refuses it, the log says what was searched.
pub(super) fn searching(base: &str) -> impl Fn(directory::Error) -> Error + '_ {
    move |error| match error {
        directory::Error::Refused(result) => refused(&result, Some(base)),
        error => error.into(),
    }
}

fn refused(result: &LdapResult, base: Option<&str>) -> Error {
    if let Some(error) = errors::of_search(result.code) {
        return Error::Scim(error);
    }
    tracing::error!(%result, base, "the directory refused a search");
    errors::retry_after(result.code).map_or(Error::Internal, |retry_after| Error::Unavailable { retry_after })
}

impl From<directory::Error> for Error {
    /// What a failed read means. What the directory said goes to the log; the client can't know the DNs in it.
    fn from(error: directory::Error) -> Self {
        match error {
            directory::Error::Unavailable { retry_after, detail } => {
                tracing::warn!(detail, "the directory is unavailable");
                Self::Unavailable { retry_after }
            }
            directory::Error::Deadline => Self::Timeout,
            directory::Error::Limit(Limit::Idle) => Self::Unavailable { retry_after: Duration::from_secs(1) },
            directory::Error::Limit(limit) => {
                tracing::warn!(%limit, "a search was cut short");
                Self::Scim(errors::too_many())
            }
            directory::Error::Refused(result) => refused(&result, None),
            error @ (directory::Error::OutcomeUnknown { .. }
            | directory::Error::NotSent { .. }
            | directory::Error::Protocol(_)) => {
                tracing::error!(%error, "a search failed");
                Self::Internal
            }
        }
    }
}
