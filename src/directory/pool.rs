//! The connections that searches share: N slots, each a multiplexed connection with M searches in flight.
//!
//! Spreading searches over connections costs wake-ups, so a slot is filled to a threshold before the next one is used.
//! A slot's supervisor (see [`supervisor`](super::supervisor)) fills it and empties it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, OwnedSemaphorePermit, watch};
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::connection::{Connection, Skipped};
use super::decode::Decoder;
use super::{Capabilities, DirectoryOptions, Error};
use crate::clock::SharedClock;
use crate::ldap::{Search, Subschema};

/// How long a search waits for the first attempt to connect again before it gives up.
const GRACE: Duration = Duration::from_secs(1);

/// How long to wait for a supervisor to notice what a search has noticed.
const MOMENT: Duration = Duration::from_millis(2);

/// The shared state of a directory.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) options: Arc<DirectoryOptions>,
    pub(super) clock: SharedClock,
    pub(super) closed: CancellationToken,
    /// Held while connecting: there is never more than one attempt at a time, so that a wrong password doesn't lock the
    /// account and a server that comes back isn't overrun.
    pub(super) gate: Mutex<Backoff>,
    pub(super) known: RwLock<Option<Known>>,
    /// How many connections were lost so far; capabilities are read again when this moves.
    pub(super) losses: AtomicU64,
    /// How many answers were no entries (continuation references and intermediate responses).
    pub(super) skipped: Arc<Skipped>,
    slots: Vec<RwLock<Option<Arc<Connection>>>>,
    health: watch::Sender<Health>,
    waiting: AtomicUsize,
    turn: AtomicUsize,
}

/// The capabilities, and how many connections had been lost when they were read.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) losses: u64,
    pub(super) capabilities: Arc<Capabilities>,
}

/// How the pool is.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    pub(super) up: usize,
    /// Why the last attempt to connect failed, and when the next one is made.
    pub(super) failure: Option<(Arc<str>, Instant)>,
}

/// Which connections will do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Among {
    /// Any.
    All,
    /// Those to the server that stands first among those that are up: all instances write to the same one, and what a write
    /// takes for granted is read where it is made.
    Writers,
}

enum Choice {
    Lease(Lease),
    Full(Arc<Connection>),
    Down,
}

/// A connection and the permit to start one search on it.
pub(super) type Lease = (Arc<Connection>, OwnedSemaphorePermit);

impl Pool {
    pub(super) fn new(options: DirectoryOptions, clock: SharedClock) -> Self {
        let since_epoch = clock.wall().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let seed = options.seed.unwrap_or(u64::from(since_epoch.subsec_nanos()) ^ since_epoch.as_secs());
        let (first, longest) = options.reconnect;
        Self {
            clock,
            closed: CancellationToken::new(),
            gate: Mutex::new(Backoff::new(first, longest, seed)),
            known: RwLock::default(),
            losses: AtomicU64::new(0),
            skipped: Arc::default(),
            slots: (0..options.connections).map(|_| RwLock::default()).collect(),
            health: watch::Sender::default(),
            waiting: AtomicUsize::new(0),
            turn: AtomicUsize::new(0),
            options: Arc::new(options),
        }
    }

    /// A connection that takes a search, as soon as there is one.
    ///
    /// # Errors
    /// [`Error::Unavailable`] at once when no server can be reached, or when too many wait already;
    /// [`Error::NotSent`] after closing.
    pub(super) async fn lease_among(&self, among: Among) -> Result<Lease, Error> {
        loop {
            match self.choose(among) {
                Choice::Lease(lease) => return Ok(lease),
                Choice::Full(connection) => {
                    let _waiting = self.queue()?;
                    if let Some(permit) = connection.acquire().await {
                        return Ok((connection, permit));
                    }
                }
                Choice::Down => {
                    self.until_up().await?;
                    self.until_noticed(among).await;
                }
            }
        }
    }

    fn choose(&self, among: Among) -> Choice {
        let fill = self.options.fill;
        let writer = match among {
            Among::Writers if self.options.urls.len() > 1 => self.first_server(),
            Among::All | Among::Writers => None,
        };
        let mut emptiest: Option<Arc<Connection>> = None;
        for slot in &self.slots {
            let slot = slot.read().unwrap_or_else(PoisonError::into_inner);
            let Some(connection) = slot.as_ref().filter(|connection| !connection.is_draining()) else { continue };
            if writer.as_ref().is_some_and(|writer| *writer != connection.address) {
                continue;
            }
            if let Some(permit) = connection.try_acquire(fill) {
                return Choice::Lease((connection.clone(), permit));
            }
            if emptiest.as_ref().is_none_or(|emptiest| connection.in_flight() < emptiest.in_flight()) {
                emptiest = Some(connection.clone());
            }
        }
        let Some(connection) = emptiest else { return Choice::Down };
        match connection.try_acquire(usize::MAX) {
            Some(permit) => Choice::Lease((connection, permit)),
            None if writer.is_some() => Choice::Full(connection),
            None => Choice::Full(self.next_in_turn().unwrap_or(connection)),
        }
    }

    /// The address that stands first in the options among those of connections that take work.
    fn first_server(&self) -> Option<Arc<str>> {
        let rank = |address: &str| self.options.urls.iter().position(|url| url.to_string() == address);
        let up = self.connections().into_iter().filter(|connection| !connection.is_draining());
        let addresses = up.map(|connection| connection.address.clone());
        addresses.min_by_key(|address| rank(address).unwrap_or(usize::MAX))
    }

    /// Waiters spread evenly, as all connections are full.
    fn next_in_turn(&self) -> Option<Arc<Connection>> {
        let up = self.connections();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        (!up.is_empty()).then(|| up[turn % up.len()].clone())
    }

    fn queue(&self) -> Result<Waiting<'_>, Error> {
        let waiting = Waiting(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.options.queue {
            return Err(Error::Unavailable {
                retry_after: Duration::from_secs(1),
                detail: format!("{} operations wait for a connection already", self.options.queue),
            });
        }
        Ok(waiting)
    }

    /// A connection may be known as dead to a search that lost it, and as up to its supervisor for a moment more.
    async fn until_noticed(&self, among: Among) {
        if matches!(self.choose(among), Choice::Down) {
            tokio::time::sleep(MOMENT).await;
        }
    }

    /// Waits until a connection is up, unless the last attempt to connect failed.
    ///
    /// # Errors
    /// As [`Pool::lease_among`].
    pub(super) async fn until_up(&self) -> Result<(), Error> {
        let mut health = self.health.subscribe();
        let settled = health.wait_for(|health| health.up > 0 || health.failure.is_some());
        let settled = tokio::select! {
            () = self.closed.cancelled() => None,
            settled = tokio::time::timeout(GRACE, settled) => Some(settled.map(|settled| settled.map(|h| h.clone()))),
        };
        let Some(settled) = settled else { return Err(closed()) };
        match settled {
            Ok(Ok(health)) if health.up > 0 => Ok(()),
            Ok(Ok(Health { failure: Some((detail, next)), .. })) => Err(self.unavailable(&detail, next)),
            _ => {
                Err(Error::Unavailable { retry_after: Duration::from_secs(1), detail: "not connected yet".to_owned() })
            }
        }
    }

    fn unavailable(&self, detail: &str, next: Instant) -> Error {
        let retry_after = next.saturating_duration_since(self.clock.now()).max(Duration::from_secs(1));
        Error::Unavailable { retry_after, detail: detail.to_owned() }
    }

    /// What is known about the pool's health, and a way to wait for changes.
    pub(super) fn health(&self) -> watch::Receiver<Health> {
        self.health.subscribe()
    }

    /// What decodes the answers to `search`.
    pub(super) fn decoder(&self, search: &Search) -> Decoder {
        Decoder::new(search, self.subschema())
    }

    /// What the server is able to, as far as is known.
    pub(super) fn capabilities(&self) -> Option<Arc<Capabilities>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map(|known| known.capabilities.clone())
    }

    /// The server's schema, as far as is known.
    pub(super) fn subschema(&self) -> Option<Arc<Subschema>> {
        self.capabilities().map(|capabilities| capabilities.subschema.clone())
    }

    /// Whether searches can be paged, as far as is known.
    pub(super) fn is_paged(&self) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().is_none_or(|known| known.capabilities.paged())
    }

    /// All connections that are up.
    pub(super) fn connections(&self) -> Vec<Arc<Connection>> {
        let current =
            |slot: &RwLock<Option<Arc<Connection>>>| slot.read().unwrap_or_else(PoisonError::into_inner).clone();
        self.slots.iter().filter_map(current).collect()
    }

    /// Puts `connection` into `slot`, or takes out what is there, and returns what was there.
    pub(super) fn install(&self, slot: usize, connection: Option<Arc<Connection>>) -> Option<Arc<Connection>> {
        let opened = connection.is_some();
        let before = self
            .slots
            .get(slot)
            .and_then(|slot| std::mem::replace(&mut *slot.write().unwrap_or_else(PoisonError::into_inner), connection));
        let up = self.connections().len();
        self.health.send_modify(|health| {
            health.up = up;
            if opened {
                health.failure = None;
            }
        });
        before
    }

    /// Publishes why connecting failed and when it is tried again; says whether this is news.
    pub(super) fn failed(&self, detail: &str, next: Instant) -> bool {
        let news = self.health.borrow().failure.as_ref().is_none_or(|(before, _)| **before != *detail);
        self.health.send_modify(|health| health.failure = Some((detail.into(), next)));
        news
    }
}

/// What an operation on a closed directory gets.
pub(super) fn closed() -> Error {
    Error::NotSent { detail: "the directory is closed".to_owned() }
}

/// One operation that waits; counted until dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
