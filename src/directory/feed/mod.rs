//! Change feeds: what changes in a directory behind the bridge's back, told as it happens.
//!
//! A feed follows one naming context over a connection of its own (`link`), by what the server offers: content
//! synchronisation (`sync`), update sequence numbers (`active_directory`), or stamps of the last change (`poll`). Its
//! sessions come and go (`follower`); what is known of it, and its events, go through one place (`reporter`). A silent feed
//! isn't a healthy feed: every 250 ms the server's own stamp is read over another connection (`server`) and compared with
//! what the feed has told (`watchdog`).
//!
//! A feed holds no entries. It tells what changed while it was whole and, after a loss, what changed meanwhile; where the
//! server can't say that, everything is taken for changed. What a server changes by itself on other entries (`memberOf`
//! by slapd's overlay or in Active Directory, the names of what is below a renamed entry) is not told: it follows from what
//! is. A server is known by its URL: behind one name there must not be several.

mod active_directory;
mod context;
mod event;
mod follower;
mod identity;
mod link;
mod mark;
mod options;
mod poll;
mod reporter;
mod server;
mod sync;
mod watchdog;

use std::sync::Arc;

use tokio_util::sync::{CancellationToken, DropGuard};

pub use self::event::{ChangeKind, ChangedEntry, FeedEvent, FeedSink};
pub use self::options::{FeedOptions, FeedSource};
pub use self::reporter::FeedState;

use self::context::Context;
use self::reporter::Reporter;
use super::Directory;

/// A feed that is followed; dropping it ends that.
pub struct FeedHandle {
    reporter: Arc<Reporter>,
    _stop: DropGuard,
}

impl FeedHandle {
    /// How the feed is. Before the first event it is broken.
    pub fn state(&self) -> FeedState {
        self.reporter.state()
    }

    /// Where changes are learnt from at present; [`FeedSource::Auto`] until that is known.
    pub fn source(&self) -> FeedSource {
        self.reporter.source()
    }
}

impl std::fmt::Debug for FeedHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FeedHandle").field("source", &self.source()).field("state", &self.state()).finish()
    }
}

impl Directory {
    /// Follows the changes in a naming context and tells them to `sink`, until the handle is dropped or the directory is
    /// closed; returns at once. Whatever fails is tried again; what can't be told meanwhile is told of as
    /// [`FeedEvent::Broken`] and [`FeedEvent::Everything`].
    pub fn follow(&self, options: FeedOptions, sink: FeedSink) -> FeedHandle {
        let pool = self.0.pool.clone();
        let name = format!("{} {}", pool.options.name, options.base);
        let reporter = Arc::new(Reporter::new(name, pool.clock.clone(), sink));
        let stop = CancellationToken::new();
        let context = Arc::new(Context { pool, options, reporter: reporter.clone() });
        self.0.tasks.spawn(follower::follow(context, stop.clone()));
        FeedHandle { reporter, _stop: stop.drop_guard() }
    }
}
