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
    /// Whether the next session begins at once: the server asked for it.
    pub(super) at_once: bool,
}

impl End {
    /// The end of a session that is tried again after a pause.
    pub(super) fn failed(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), at_once: false }
    }
}
