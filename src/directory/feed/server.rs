//! The server that a feed follows, asked over the pool's connections: another way than the feed's own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::context::Context;
use super::mark::Mark;
use crate::directory::connection::Connection;
use crate::directory::decode::Decoder;
use crate::directory::discovery::base_search;
use crate::directory::pool::Pool;
use crate::directory::request::Request;
use crate::ldap::{AttributeSet, ContextCsn, Entry};

/// What the server was asked and said of how far it has come.
#[derive(Debug)]
pub(super) struct Reading {
    /// When it was asked.
    pub(super) asked: Instant,
    /// How far it has come; an error says why that isn't known.
    pub(super) mark: Result<Mark, String>,
}

/// Which entry says how far a server has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gauge {
    /// OpenLDAP: contextCSN of the suffix.
    ContextCsn,
    /// 389 Directory Server: lastChangeNumber of the root DSE, by its retro changelog.
    LastChangeNumber,
}

impl Gauge {
    /// Whether a synchronisation that goes on from a cookie tells all that has changed since that was told.
    ///
    /// 389 Directory Server 2.3.1's doesn't: it makes a synchronisation's cookie before it listens for changes; the cookies that come
    /// with changes are passed by those of later changes of the same entry, and have no number now and then; of more than fifty
    /// deletions every fifty-first is left out; and where it can't read its change log, that is no error.
    pub(super) fn resumes(self) -> bool {
        matches!(self, Self::ContextCsn)
    }

    /// Where to read, and what.
    fn place(self, context: &str) -> (&str, &'static str) {
        match self {
            Self::ContextCsn => (context, "contextCSN"),
            Self::LastChangeNumber => ("", "lastchangenumber"),
        }
    }

    /// The mark in what was read.
    fn mark(self, entry: &Entry) -> Option<Mark> {
        match self {
            Self::ContextCsn => Some(ContextCsn::of(entry.values(0))).filter(|csn| !csn.is_empty()).map(Mark::Csns),
            Self::LastChangeNumber => {
                Some(Mark::Number(std::str::from_utf8(entry.first(0)?).ok()?.trim().parse().ok()?))
            }
        }
    }

    /// Reads it through `connection`; nothing where the server doesn't have it.
    ///
    /// # Errors
    /// Why it can't be read.
    pub(super) async fn read(
        self,
        connection: &Connection,
        context: &str,
        longest: Duration,
    ) -> Result<Option<Mark>, String> {
        let (base, name) = self.place(context);
        let entry = read_one(connection, base, name, longest).await?;
        Ok(entry.and_then(|entry| self.mark(&entry)))
    }
}

/// One attribute of one entry.
///
/// # Errors
/// Why it can't be read.
pub(super) async fn read_one(
    connection: &Connection,
    base: &str,
    name: &str,
    longest: Duration,
) -> Result<Option<Entry>, String> {
    let attributes: AttributeSet = name.parse().into_iter().collect();
    let search = base_search(base, Arc::new(attributes));
    let request = Request::new(&search, 0).map_err(|error| error.to_string())?;
    let reading = connection.search(Arc::new(request), Decoder::new(&search, None), None, longest);
    match timeout(longest, reading).await {
        Ok(Ok(entries)) => Ok(entries.into_iter().next()),
        Ok(Err(failure)) => Err(failure.into_read_error().to_string()),
        Err(_) => Err(format!("no answer within {longest:?}")),
    }
}

/// The pool's connection to the server at `address`.
///
/// # Errors
/// Says so when there is none, or when another server is to be followed: what a reader is shown there isn't what the feed tells of.
pub(super) fn connection_to(pool: &Pool, address: &str) -> Result<Arc<Connection>, String> {
    let mut found = None;
    for connection in pool.connections_of(pool.followed()) {
        if connection.is_draining() {
            continue;
        }
        if *connection.address != *address {
            return Err(format!("reads go to {}", connection.address));
        }
        found = Some(connection);
    }
    found.ok_or_else(|| format!("no connection to {address} is up for reading"))
}

/// Asks the server at `address` again and again how far it has come, until nobody listens.
pub(super) async fn watch(context: &Context, address: &str, gauge: Gauge, base: &str, readings: mpsc::Sender<Reading>) {
    let options = &context.options;
    let mut ticks = interval(options.watch);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let asked = context.pool.clock.now();
        let mark = match connection_to(&context.pool, address) {
            Ok(connection) => gauge.read(&connection, base, options.behind).await,
            Err(why) => Err(why),
        };
        let mark = mark.and_then(|mark| mark.ok_or_else(|| "the server doesn't say how far it has come".to_owned()));
        if readings.send(Reading { asked, mark }).await.is_err() {
            return;
        }
    }
}
