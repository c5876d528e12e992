//! Why a use case failed.

use std::time::Duration;

use crate::directory::{self, Limit};
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

impl From<scim::Error> for Error {
    fn from(error: scim::Error) -> Self {
        Self::Scim(error)
    }
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
            directory::Error::Refused(result) => match errors::of_search(result.code) {
                Some(error) => Self::Scim(error),
                None => {
                    tracing::error!(%result, "the directory refused a search");
                    errors::retry_after(result.code)
                        .map_or(Self::Internal, |retry_after| Self::Unavailable { retry_after })
                }
            },
            error @ (directory::Error::OutcomeUnknown { .. }
            | directory::Error::NotSent { .. }
            | directory::Error::Protocol(_)) => {
                tracing::error!(%error, "a search failed");
                Self::Internal
            }
        }
    }
}
