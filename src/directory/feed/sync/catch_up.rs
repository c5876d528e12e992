//! Finding out whether a server's changes that the feed hasn't told of are any of its business.
//!
//! 389 Directory Server numbers the changes of all its trees, and sends nothing for those outside of the search. When the
//! last number is ahead of the feed, a second synchronisation from the feed's cookie on, one that doesn't persist, brings
//! what has changed; where that is nothing, the feed is level with it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::message::{self, Message};
use crate::directory::connection::{Connection, lost};
use crate::directory::error::Failure;
use crate::directory::feed::context::Context;
use crate::directory::feed::server;
use crate::directory::request::{Request, raw};
use crate::ldap::Search;
use crate::ldap::controls::{SyncMode, oid, parse_sync_done, sync_request};

/// The cookie of the server's present state where nothing in the search has changed since `cookie`; nothing where
/// something has, or where that can't be found out.
pub(super) async fn unchanged_until(
    context: Arc<Context>,
    address: Arc<str>,
    search: Arc<Search>,
    cookie: Vec<u8>,
) -> Option<Vec<u8>> {
    let connection = server::connection_to(&context.pool, &address).ok()?;
    let longest = context.pool.options.operation_timeout;
    match timeout(longest, ask(&context, &connection, &search, &cookie, longest)).await {
        Ok(Ok(cookie)) => cookie,
        Ok(Err(failure)) => {
            tracing::debug!(error = %failure.into_read_error(), "can't find out what has changed");
            None
        }
        Err(_) => None,
    }
}

async fn ask(
    context: &Context,
    connection: &Connection,
    search: &Search,
    cookie: &[u8],
    longest: Duration,
) -> Result<Option<Vec<u8>>, Failure> {
    let request = Arc::new(Request::new(search, 0)?);
    let control = raw(sync_request(SyncMode::RefreshOnly, Some(cookie)));
    let mut operation = connection.start(request, Some(control), None, longest);
    let mut decoder = context.pool.decoder(search);
    while let Some(message) = operation.next().await.map_err(lost)? {
        match message::read(message, &mut decoder)? {
            Message::Other => {}
            Message::Entry(..) | Message::Info(_) => return Ok(None),
        }
    }
    let result = connection.finish(operation).await?;
    let done = message::value(&result.ctrls, oid::SYNC_DONE).and_then(|value| parse_sync_done(value).ok());
    Ok(done.and_then(|done| done.cookie))
}
