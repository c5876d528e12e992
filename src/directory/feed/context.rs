//! What the sessions of a feed share, and how they end.

use std::sync::Arc;

use super::options::FeedOptions;
use super::reporter::Reporter;
use crate::directory::pool::Pool;

/// What all sessions of a feed share.
pub(super) struct Context {
    pub(super) pool: Arc<Pool>,
    pub(super) options: FeedOptions,
    pub(super) reporter: Arc<Reporter>,
}

/// Why a session ended.
#[derive(Debug)]
pub(super) struct End {
    /// For the log and the feed's state.
    pub(super) reason: String,
    /// What is to be done next.
    pub(super) next: Next,
}

/// What follows the end of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another session, after a pause.
    Later,
    /// Another session at once: the server asked for it.
    AtOnce,
    /// Polling: the server doesn't offer what was tried.
    Poll,
}

impl End {
    /// The end of a session that is tried again after a pause.
    pub(super) fn failed(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), next: Next::Later }
    }

    /// The end of a session that begins anew at once.
    pub(super) fn anew(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), next: Next::AtOnce }
    }

    /// The end of a session that the server can't hold.
    pub(super) fn not_offered(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), next: Next::Poll }
    }
}
