//! LDAP input and output: connections, the pool over them, what a server is able to, searches whole and paged.
//!
//! A [`Directory`] is everything that serves one partition of a bridge: N multiplexed connections that searches share
//! (`pool`, `supervisor`, `connection`, `operation`) and a few exclusive ones for paged searches, whose cookies are state
//! of a connection (`exclusive`, `stream`). ldap3 is named in here alone, and none of its habits is seen outside: a
//! search that is dropped is abandoned, every wait has an end, a connection that ends is replaced, and entries are decoded
//! without copying. A write is never abandoned: it runs on in a task of its own (`write`, `carry_out`). What changes behind
//! the bridge's back is told by feeds (`feed`).
//!
//! Of several servers one at a time takes the writes, and one the reads (`servers`, `srv`, `pins`). `supervisor` sees to it that
//! the next one does when it dies, `fail_back` that the preferred one does when it is back, and `catch_up` that nobody reads
//! from a replica what isn't true any more.

mod acknowledge;
mod apply;
mod backoff;
mod capabilities;
mod carry_out;
mod catch_up;
mod compare;
mod connect;
mod connection;
mod decode;
mod discovery;
mod error;
mod exclusive;
mod fail_back;
mod feed;
mod is_password;
mod kerberos;
mod meter;
mod operation;
mod options;
mod paged;
mod password;
mod pins;
mod places;
mod pool;
mod presence;
mod progress;
mod ranges;
mod reach;
mod request;
mod root_dse;
mod search;
mod servers;
mod srv;
mod stamp;
mod stream;
mod supervisor;
mod tls;
mod tls_failure;
mod witnesses;
mod write;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::time::timeout_at;
use tokio_util::task::TaskTracker;

pub use self::capabilities::{Capabilities, Vendor, oid};
pub use self::error::{Error, Limit};
pub use self::feed::{ChangeKind, ChangedEntry, FeedEvent, FeedHandle, FeedOptions, FeedSink, FeedSource, FeedState};
pub use self::options::{Acknowledge, Bind, DirectoryOptions, InvalidOptions, TlsOptions};
pub use self::srv::SrvOptions;
pub use self::stamp::Stamp;
pub use self::stream::{EntryStream, StreamOptions};
pub use self::write::{WriteOptions, Written};

use self::connection::Connection;
use self::error::Failure;
use self::exclusive::Exclusive;
use self::meter::Kind;
use self::pool::{Among, Pool};
use self::request::Request;
use self::servers::{Refused, Role};
use crate::clock::SharedClock;
use crate::ldap::result::ResultCode;
pub use crate::ldap::server_url::{InvalidLdapUrl, LdapUrl};
use crate::ldap::{Entry, Search};

/// How long closing waits for writes under way, and then for searches in flight.
const CLOSE: Duration = Duration::from_secs(5);

/// The way to one partition's servers. Clones share everything; the last one that is dropped lets the connections go.
#[derive(Clone, Debug)]
pub struct Directory(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: Arc<Pool>,
    exclusive: Arc<Exclusive>,
    tasks: TaskTracker,
    /// Writes and plans under way.
    writes: TaskTracker,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.pool.closed.cancel();
    }
}

/// How a directory is at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// How many multiplexed connections are up to the server that takes the writes.
    pub up: usize,
    /// How many are up to a replica.
    pub replicas: usize,
    /// The server that takes the writes, if one is up.
    pub writer: Option<Arc<str>>,
    /// The server that takes the reads, if one is up.
    pub reader: Option<Arc<str>>,
    /// How many there should be.
    pub connections: usize,
    /// How many searches are in flight on them.
    pub in_flight: usize,
    /// How many paged searches hold a connection of their own.
    pub streams: usize,
    /// Why the last attempt to connect failed, while none has succeeded since.
    pub failure: Option<String>,
    /// How many message ids the multiplexed connections hold as used: those in flight, unless something leaks.
    pub message_ids: usize,
    /// How many connections were lost so far.
    pub losses: u64,
    /// How many continuation references and intermediate responses were passed over so far.
    pub skipped: u64,
}

impl Directory {
    /// Starts to connect, for ever and again, and returns at once. Must be called within a tokio runtime.
    ///
    /// `options` should have passed [`DirectoryOptions::validate`]; what is wrong with them shows as
    /// [`Error::Unavailable`] otherwise.
    pub fn start(options: DirectoryOptions, clock: SharedClock) -> Self {
        warn_of_clear_passwords(&options);
        Self::of(Pool::new(options, clock))
    }

    fn of(pool: Pool) -> Self {
        let pool = Arc::new(pool);
        let tasks = TaskTracker::new();
        for slot in 0..pool.slots() {
            tasks.spawn(supervisor::supervise(pool.clone(), slot));
        }
        if !pool.servers.is_one() {
            tasks.spawn(fail_back::keep_to_the_first(pool.clone(), Role::Main));
        }
        if pool.servers.has(Role::Replica) {
            tasks.spawn(fail_back::keep_to_the_first(pool.clone(), Role::Replica));
            tasks.spawn(catch_up::follow(pool.clone()));
        }
        let exclusive = Arc::new(Exclusive::new(pool.clone(), pool.options.streams));
        tasks.spawn(exclusive::reap(exclusive.clone()));
        Self(Arc::new(Inner { pool, exclusive, tasks, writes: TaskTracker::new() }))
    }

    /// The way to the same servers for somebody else: who binds so, or on whose behalf the same one asks (RFC 4370). It has connections
    /// of its own. Credentials that a server refuses aren't tried again. Must be called within a tokio runtime.
    pub fn for_another(&self, bind: Option<Bind>, authorization: Option<String>) -> Self {
        let pool = &self.0.pool;
        let (own, is_another) = (pool.options.for_one(), bind.is_some());
        let options = DirectoryOptions { bind: bind.unwrap_or_else(|| own.bind.clone()), authorization, ..own };
        let mut another = Pool::new(options, pool.clock.clone());
        if is_another {
            another.refused = Some(Refused::default());
            // The server that judges passwords: another one may not know of a new one yet.
            if let Some(pin) = pool.pins.get(Role::Main) {
                another.pins.settle(Role::Main, &pin);
                another.progress.note();
            }
        }
        Self::of(another)
    }

    /// Whether a server has refused credentials that aren't tried again: this way leads nowhere any more.
    pub fn is_refused(&self) -> bool {
        self.0.pool.refused.as_ref().is_some_and(|refused| refused.of(Role::Main).load(Ordering::Relaxed))
    }

    /// Waits until a server is connected and its capabilities are known.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with the last failure when that doesn't happen before `deadline`.
    pub async fn ready(&self, deadline: Instant) -> Result<(), Error> {
        let pool = &self.0.pool;
        let mut health = pool.health();
        let up = timeout_at(deadline.into(), health.wait_for(|health| health.up + health.replicas > 0)).await.is_ok();
        if up {
            return Ok(());
        }
        pool.until_up(Among::All).await
    }

    /// What the server is able to, as last read; nothing before the first connection. Read again whenever a connection
    /// was lost; `generation` moves when something changed.
    pub fn capabilities(&self) -> Option<Arc<Capabilities>> {
        self.0.pool.capabilities()
    }

    /// Whether both are clones of one.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The options it was started with.
    pub fn options(&self) -> &DirectoryOptions {
        &self.0.pool.options
    }

    /// How it is at the moment.
    pub fn status(&self) -> Status {
        let pool = &self.0.pool;
        let connections = pool.connections();
        let health = pool.health().borrow().clone();
        let failure = health.failure.or(health.replica_failure).map(|(detail, _)| detail.to_string());
        let address = |role: Role| pool.pins.get(role).map(|server| server.address);
        Status {
            up: health.up,
            replicas: health.replicas,
            writer: address(Role::Main).filter(|_| health.up > 0),
            reader: address(pool.reading()).filter(|_| !connections.is_empty()),
            connections: pool.options.connections,
            in_flight: connections.iter().map(|connection| connection.in_flight()).sum(),
            streams: self.0.exclusive.in_use(),
            failure,
            message_ids: connections.iter().map(|connection| connection.message_ids()).sum(),
            losses: pool.losses.load(Ordering::Relaxed),
            skipped: pool.skipped.count.load(Ordering::Relaxed),
        }
    }

    /// Performs `search` unpaged on a shared connection and returns all its entries. It is tried once more on another
    /// connection when the first is lost. Dropping the future abandons the search (RFC 4511 section 4.11).
    ///
    /// # Errors
    /// - [`Error::Limit`] when more entries match than `search.size_limit` (or the directory's `unpaged_limit`) allows;
    /// - [`Error::Refused`] with the server's result, noSuchObject (32) for the base included;
    /// - [`Error::Unavailable`], [`Error::Deadline`], [`Error::NotSent`], [`Error::Protocol`] as their names say.
    pub async fn search(&self, search: &Search, deadline: Instant) -> Result<Vec<Entry>, Error> {
        self.search_among(Among::All, search, false, deadline).await
    }

    /// As [`Directory::search`], and every DN, in values as in the entries' names, comes with the GUID and the SID of the
    /// entry that it names, where the server knows these ([`ExtendedDn`](crate::ldap::ExtendedDn) reads it). Others send plain DNs.
    ///
    /// # Errors
    /// As [`Directory::search`].
    pub async fn search_identified(&self, search: &Search, deadline: Instant) -> Result<Vec<Entry>, Error> {
        self.search_among(Among::All, search, true, deadline).await
    }

    /// As [`Directory::search`], on the server that takes the writes: it shows every write that was answered.
    ///
    /// # Errors
    /// As [`Directory::search`].
    pub async fn search_pinned(&self, search: &Search, deadline: Instant) -> Result<Vec<Entry>, Error> {
        self.search_among(Among::Writers, search, false, deadline).await
    }

    async fn search_among(
        &self,
        among: Among,
        search: &Search,
        identified: bool,
        deadline: Instant,
    ) -> Result<Vec<Entry>, Error> {
        let pool = &self.0.pool;
        let limit = search.size_limit.unwrap_or(pool.options.unpaged_limit);
        let request = Request::new(search, limit)?.fitted(pool.capabilities().as_deref()).on_behalf(&pool.options);
        let request = Arc::new(if identified { request.identified() } else { request });
        let mut used = None;
        match timeout_at(deadline.into(), self.attempts(among, search, request, deadline, &mut used)).await {
            Ok(Err(error)) if pool.options.hides(&error) => Ok(Vec::new()),
            Ok(entries) => entries,
            Err(_) => {
                // Slow search or dead connection: the supervisor finds out.
                if let Some(connection) = used {
                    connection.suspect.notify_one();
                }
                Err(Error::Deadline)
            }
        }
    }

    async fn attempts(
        &self,
        among: Among,
        search: &Search,
        request: Arc<Request>,
        deadline: Instant,
        used: &mut Option<Arc<Connection>>,
    ) -> Result<Vec<Entry>, Error> {
        let pool = &self.0.pool;
        let mut first = true;
        loop {
            let (connection, permit) = pool.lease_among(among).await?;
            let time_limit = deadline.saturating_duration_since(pool.clock.now());
            let connection = &*used.insert(connection);
            let timed = pool.meter.begin(Kind::Search);
            let result = connection.search(request.clone(), pool.decoder(search), Some(permit), time_limit).await;
            timed.read(&result);
            match result {
                Err(Failure::Lost(detail)) => {
                    tracing::debug!(server = %connection.address, detail, "a search lost its connection");
                    connection.condemn();
                    if !first {
                        return Err(Failure::Lost(detail).into_read_error());
                    }
                    first = false;
                }
                result => return result.map_err(Failure::into_read_error),
            }
        }
    }

    /// As [`Directory::search`], for a search that names one entry: nothing where the base doesn't exist or doesn't match.
    ///
    /// # Errors
    /// As [`Directory::search`], but noSuchObject is no error.
    pub async fn lookup(&self, search: &Search, deadline: Instant) -> Result<Option<Entry>, Error> {
        the_one(self.search(search, deadline).await)
    }

    /// As [`Directory::lookup`], on the server that takes the writes.
    ///
    /// # Errors
    /// As [`Directory::lookup`].
    pub async fn lookup_pinned(&self, search: &Search, deadline: Instant) -> Result<Option<Entry>, Error> {
        the_one(self.search_pinned(search, deadline).await)
    }

    /// From now on nobody is shown less than the server that takes the writes shows already: replicas are passed over until they have
    /// that, whoever wrote it.
    pub fn read_no_older(&self) {
        if self.0.pool.servers.has(Role::Replica) {
            self.0.pool.progress.note();
        }
    }

    /// Performs `search` in pages on a connection of its own, which is given back when the stream ends or is dropped.
    pub fn stream(&self, search: Arc<Search>, options: StreamOptions) -> EntryStream {
        stream::start(self.0.exclusive.clone(), search, options)
    }

    /// Closes all connections once the writes, plans and searches under way have ended, and waits for that.
    pub async fn close(&self) {
        self.0.writes.close();
        let _ = tokio::time::timeout(CLOSE, self.0.writes.wait()).await;
        self.0.pool.closed.cancel();
        self.0.pool.witnesses.close();
        self.0.exclusive.close();
        self.0.tasks.close();
        let _ = tokio::time::timeout(CLOSE, self.0.tasks.wait()).await;
    }
}

/// The entry that was found, if the base exists.
fn the_one(found: Result<Vec<Entry>, Error>) -> Result<Option<Entry>, Error> {
    match found {
        Ok(entries) => Ok(entries.into_iter().next()),
        Err(Error::Refused(result)) if result.code == ResultCode::NO_SUCH_OBJECT => Ok(None),
        Err(error) => Err(error),
    }
}

fn warn_of_clear_passwords(options: &DirectoryOptions) {
    if options.starttls || !matches!(options.bind, Bind::Simple { .. }) {
        return;
    }
    for url in options
        .urls
        .iter()
        .chain(&options.replicas)
        .filter(|url| matches!(url, LdapUrl::Plain { .. }) && !url.is_local())
    {
        tracing::warn!(directory = %options.name, %url, "the bind password travels in clear: use ldaps:// or starttls");
    }
}
