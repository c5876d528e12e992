//! What keeps a feed going: picks the source, runs a session, and after its end the next one, for ever.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::active_directory::ActiveDirectory;
use super::context::{Context, End, Next};
use super::link;
use super::options::FeedSource;
use super::poll::Poll;
use super::reporter::FeedState;
use super::sync::Sync;
use crate::directory::Capabilities;
use crate::directory::backoff::Backoff;
use crate::directory::pool::Among;

/// The feed, whichever way it goes; each way remembers where it was.
struct Follower {
    context: Arc<Context>,
    sync: Sync,
    active_directory: ActiveDirectory,
    poll: Poll,
    /// Whether the next session polls, as the server doesn't offer what was tried.
    polls: bool,
    /// Which server was followed last.
    at: Option<Arc<str>>,
}

/// Follows until `stop`.
pub(super) async fn follow(context: Arc<Context>, stop: CancellationToken) {
    let follower = Follower {
        sync: Sync::new(context.clone()),
        active_directory: ActiveDirectory::new(context.clone()),
        poll: Poll::new(context.clone()),
        context: context.clone(),
        polls: false,
        at: None,
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = context.pool.closed.cancelled() => {}
        () = follower.run() => {}
    }
    context.reporter.broken("it was stopped");
}

impl Follower {
    async fn run(mut self) {
        let mut backoff = self.backoff();
        loop {
            let end = self.session().await;
            let was_whole = matches!(self.context.reporter.state(), FeedState::Whole { .. });
            self.context.reporter.broken(&end.reason);
            if was_whole {
                backoff.succeeded();
            }
            self.polls = end.next == Next::Poll;
            if self.polls {
                tracing::warn!(
                    feed = self.context.reporter.name(),
                    reason = end.reason,
                    "the server feeds no changes: polling for them; what is deleted shows after {:?} alone",
                    self.context.options.lifetime
                );
            }
            // Even what begins at once pauses a little, and longer when it does so again and again.
            let pause = backoff.failed(Duration::ZERO);
            tokio::time::sleep(if end.next == Next::Later { pause } else { pause / 4 }).await;
        }
    }

    fn backoff(&self) -> Backoff {
        let pool = &self.context.pool;
        let (first, longest) = pool.options.reconnect;
        let since_epoch = pool.clock.wall().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Backoff::new(first, longest, pool.options.seed.unwrap_or(u64::from(since_epoch.subsec_nanos())))
    }

    async fn session(&mut self) -> End {
        let pool = &self.context.pool;
        if let Err(error) = pool.until_up(Among::All).await {
            return End::failed(error.to_string());
        }
        let Some(capabilities) = pool.capabilities() else { return End::failed("not connected yet") };
        let link = match link::open(pool).await {
            Ok(link) => link,
            Err(why) => return End::failed(why),
        };
        let source = if self.polls { FeedSource::Poll } else { source(self.context.options.source, &capabilities) };
        self.context.reporter.follows(source);
        let before = self.at.replace(link.connection.address.clone());
        let moved = before.is_some_and(|before| *before != *link.connection.address);
        match source {
            FeedSource::Sync => self.sync.session(link, &capabilities, moved).await,
            FeedSource::ActiveDirectory => self.active_directory.session(link, &capabilities).await,
            FeedSource::Auto | FeedSource::Poll => self.poll.session(link, &capabilities, moved).await,
        }
    }
}

/// Where changes are learnt from, for a server with these capabilities.
fn source(wanted: FeedSource, capabilities: &Capabilities) -> FeedSource {
    match wanted {
        FeedSource::Auto if capabilities.active_directory() => FeedSource::ActiveDirectory,
        FeedSource::Auto if capabilities.sync() => FeedSource::Sync,
        FeedSource::Auto => FeedSource::Poll,
        wanted => wanted,
    }
}
