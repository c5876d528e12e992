//! Asking for what has changed since a cookie by a second synchronisation, one that doesn't persist.
//!
//! 389 Directory Server numbers the changes of all its trees, and sends nothing for those outside of the search. When the
//! last number is ahead of the feed, this tells whether anything is missing.

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

/// How many entries are told of at once; where more changed, the feed begins anew.
pub(super) const MOST: usize = 10_000;

/// What has changed since a cookie; more than [`MOST`] messages say no more than that it is more.
pub(super) struct Caught {
    pub(super) messages: Vec<Message>,
    /// The cookie of the state that they lead to.
    pub(super) cookie: Option<Vec<u8>>,
}

/// What has changed in the search since `cookie`; nothing where that can't be found out.
pub(super) async fn since(
    context: Arc<Context>,
    address: Arc<str>,
    search: Arc<Search>,
    cookie: Vec<u8>,
) -> Option<Caught> {
    let connection = server::connection_to(&context.pool, &address).ok()?;
    let longest = context.pool.options.operation_timeout;
    match timeout(longest, ask(&context, &connection, &search, &cookie, longest)).await {
        Ok(Ok(caught)) => Some(caught),
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
) -> Result<Caught, Failure> {
    let request = Arc::new(Request::new(search, 0)?);
    let control = raw(sync_request(SyncMode::RefreshOnly, Some(cookie)));
    let mut operation = connection.start(request, Some(control), None, longest);
    let mut decoder = context.pool.decoder(search);
    let mut messages = Vec::new();
    while let Some(message) = operation.next().await.map_err(lost)? {
        match message::read(message, &mut decoder)? {
            Message::Other => {}
            message => messages.push(message),
        }
        if messages.len() > MOST {
            return Ok(Caught { messages, cookie: None });
        }
    }
    let result = connection.finish(operation).await?;
    let done = message::value(&result.ctrls, oid::SYNC_DONE).and_then(|value| parse_sync_done(value).ok());
    Ok(Caught { messages, cookie: done.and_then(|done| done.cookie) })
}
