//! What keeps a feed going: picks the source, runs a session, and after its end the next one, for ever.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::context::{Context, End};
use super::link::{self, Link};
use super::options::FeedSource;
use super::reporter::FeedState;
use super::sync::Sync;
use crate::directory::backoff::Backoff;
use crate::directory::pool::Among;
use crate::directory::{Capabilities, Vendor};

/// Follows until `stop`.
pub(super) async fn follow(context: Arc<Context>, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = context.pool.closed.cancelled() => {}
        () = follow_on(&context) => {}
    }
    context.reporter.broken("it was stopped");
}

async fn follow_on(context: &Arc<Context>) {
    let pool = &context.pool;
    let (first, longest) = pool.options.reconnect;
    let seed = pool.options.seed.unwrap_or(u64::from(
        pool.clock.wall().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().subsec_nanos(),
    ));
    let mut backoff = Backoff::new(first, longest, seed);
    let mut sync = Sync::new(context.clone());
    loop {
        let end = session(context, &mut sync).await;
        let was_whole = matches!(context.reporter.state(), FeedState::Whole { .. });
        context.reporter.broken(&end.reason);
        if was_whole || end.at_once {
            backoff.succeeded();
        }
        let pause = if end.at_once { Duration::ZERO } else { backoff.failed(Duration::ZERO) };
        tokio::time::sleep(pause).await;
    }
}

async fn session(context: &Arc<Context>, sync: &mut Sync) -> End {
    if let Err(error) = context.pool.until_up(Among::All).await {
        return End::failed(error.to_string());
    }
    let Some(capabilities) = context.pool.capabilities() else { return End::failed("not connected yet") };
    let link: Link = match link::open(&context.pool).await {
        Ok(link) => link,
        Err(why) => return End::failed(why),
    };
    let source = source(context.options.source, &capabilities);
    context.reporter.follows(source);
    match source {
        FeedSource::Sync => sync.session(link, &capabilities).await,
        FeedSource::Auto | FeedSource::ActiveDirectory | FeedSource::Poll => {
            End::failed(format!("there is no feed by {} yet", source.name()))
        }
    }
}

/// Where changes are learnt from, for a server with these capabilities.
fn source(wanted: FeedSource, capabilities: &Capabilities) -> FeedSource {
    match wanted {
        FeedSource::Auto if capabilities.active_directory() => FeedSource::ActiveDirectory,
        FeedSource::Auto if capabilities.sync() && capabilities.vendor != Vendor::Other => FeedSource::Sync,
        FeedSource::Auto => FeedSource::Poll,
        wanted => wanted,
    }
}
