//! The connections that searches share: N slots, each a multiplexed connection with M searches in flight.
//!
//! Spreading searches over connections costs wake-ups, so a slot is filled to a threshold before the next one is used.
//! A slot's supervisor (see [`supervisor`](super::supervisor)) fills it and empties it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, MutexGuard, OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::connection::{Connection, Skipped};
use super::decode::Decoder;
use super::meter::Meter;
use super::pins::Pins;
use super::progress::Progress;
use super::servers::{Refused, Role, Servers};
use super::witnesses::Witnesses;
use super::{Capabilities, DirectoryOptions, Error};
use crate::clock::SharedClock;
use crate::ldap::{Search, Subschema};

/// How long a search waits for the first attempt to connect again before it gives up.
const GRACE: Duration = Duration::from_secs(1);

/// How many passwords are judged at a time.
const JUDGED_AT_ONCE: usize = 8;

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
    gate: Mutex<Backoff>,
    /// The same for replicas.
    replica_gate: Mutex<Backoff>,
    pub(super) known: RwLock<Option<Known>>,
    /// How many connections were lost so far; capabilities are read again when this moves.
    pub(super) losses: AtomicU64,
    /// What was sent, and how it ended.
    pub(super) meter: Meter,
    /// How many answers were no entries (continuation references and intermediate responses).
    pub(super) skipped: Arc<Skipped>,
    pub(super) servers: Servers,
    /// What of it is used at the moment.
    pub(super) pins: Pins,
    /// How far replicas are with what was written.
    pub(super) progress: Progress,
    /// Who tells how far the other servers are, where writes are acknowledged by two.
    pub(super) witnesses: Witnesses,
    /// For credentials that aren't tried again once they were refused.
    pub(super) refused: Option<Refused>,
    slots: Vec<Slot>,
    health: watch::Sender<Health>,
    /// One permit for each password that may be judged at a time, on a connection of its own.
    pub(super) judging: Semaphore,
    waiting: AtomicUsize,
    turn: AtomicUsize,
}

/// The capabilities, and how many connections had been lost when they were read.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) losses: u64,
    pub(super) capabilities: Arc<Capabilities>,
}

/// A place for a connection to servers of one role.
#[derive(Debug)]
struct Slot {
    role: Role,
    connection: RwLock<Option<Arc<Connection>>>,
}

impl Slot {
    fn get(&self) -> Option<Arc<Connection>> {
        self.connection.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How the pool is.
#[derive(Clone, Debug, Default)]
pub(super) struct Health {
    /// How many connections are up to the server that takes writes.
    pub(super) up: usize,
    /// How many are up to a replica.
    pub(super) replicas: usize,
    /// Why the last attempt to connect failed, and when the next one is made.
    pub(super) failure: Option<(Arc<str>, Instant)>,
    /// The same of replicas.
    pub(super) replica_failure: Option<(Arc<str>, Instant)>,
}

impl Health {
    fn serves(&self, among: Among) -> bool {
        match among {
            Among::All => self.up + self.replicas > 0,
            Among::Writers => self.up > 0,
            Among::Replicas => self.replicas > 0,
        }
    }

    fn failure(&self, among: Among) -> Option<&(Arc<str>, Instant)> {
        match among {
            Among::All | Among::Writers => self.failure.as_ref(),
            Among::Replicas => self.replica_failure.as_ref(),
        }
    }
}

/// Which connections will do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Among {
    /// Those to the server that takes the reads.
    All,
    /// Those to the server that takes the writes: the same for all instances, and what a write takes for granted is read where
    /// it is made.
    Writers,
    /// Those to a replica, however far it is.
    Replicas,
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
            meter: Meter::new(&options.name, clock.clone()),
            clock,
            closed: CancellationToken::new(),
            gate: Mutex::new(Backoff::new(first, longest, seed)),
            replica_gate: Mutex::new(Backoff::new(first, longest, seed.wrapping_add(1))),
            known: RwLock::default(),
            losses: AtomicU64::new(0),
            skipped: Arc::default(),
            servers: Servers::new(&options),
            pins: Pins::default(),
            progress: Progress::default(),
            witnesses: Witnesses::default(),
            refused: None,
            slots: slots(&options),
            health: watch::Sender::default(),
            judging: Semaphore::new(JUDGED_AT_ONCE),
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
                    self.until_up(among).await?;
                    self.until_noticed(among).await;
                }
            }
        }
    }

    fn choose(&self, among: Among) -> Choice {
        if self.servers.is_one() {
            return self.choose_of(Role::Main, None);
        }
        let role = match among {
            Among::Writers => Role::Main,
            Among::Replicas => Role::Replica,
            Among::All => self.reading(),
        };
        let pinned = self.pins.get(role).map(|server| server.address);
        let chosen = match self.choose_of(role, pinned.as_deref()) {
            // On the way from one server to another.
            Choice::Down if pinned.is_some() => self.choose_of(role, None),
            chosen => chosen,
        };
        if let (Among::All, Choice::Lease((connection, _)) | Choice::Full(connection)) = (among, &chosen) {
            self.pins.read_at(&connection.address);
        }
        chosen
    }

    /// Who is to be read from.
    pub(super) fn reading(&self) -> Role {
        let health = self.health.borrow();
        let replica = health.replicas > 0 && (health.up == 0 || self.progress.is_level());
        if replica { Role::Replica } else { Role::Main }
    }

    /// Whose changes are to be followed: the replica's as long as it keeps up, though what was written here is read from the writer
    /// until the replica has it. What a feed tells must be no news to those who read, or what they were shown before would be
    /// taken for what is true after it.
    pub(super) fn followed(&self) -> Role {
        let health = self.health.borrow();
        let replica = health.replicas > 0 && (health.up == 0 || self.progress.keeps_up());
        if replica { Role::Replica } else { Role::Main }
    }

    /// A connection to servers of `role`, to the one at `address` alone where that is given.
    fn choose_of(&self, role: Role, address: Option<&str>) -> Choice {
        let fill = self.options.fill;
        let mut emptiest: Option<Arc<Connection>> = None;
        for slot in self.slots.iter().filter(|slot| slot.role == role) {
            let slot = slot.connection.read().unwrap_or_else(PoisonError::into_inner);
            let Some(connection) = slot.as_ref().filter(|connection| !connection.is_draining()) else { continue };
            if address.is_some_and(|address| *connection.address != *address) {
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
            None => Choice::Full(self.next_in_turn(role, &connection.address).unwrap_or(connection)),
        }
    }

    /// Waiters spread evenly, as all connections are full.
    fn next_in_turn(&self, role: Role, address: &str) -> Option<Arc<Connection>> {
        let mut up = self.connections_of(role);
        up.retain(|connection| *connection.address == *address);
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
    pub(super) async fn until_up(&self, among: Among) -> Result<(), Error> {
        let mut health = self.health.subscribe();
        let settled = health.wait_for(|health| health.serves(among) || health.failure(among).is_some());
        let settled = tokio::select! {
            () = self.closed.cancelled() => None,
            settled = tokio::time::timeout(GRACE, settled) => Some(settled.map(|settled| settled.map(|h| h.clone()))),
        };
        let Some(settled) = settled else { return Err(closed()) };
        let health = settled.ok().and_then(Result::ok);
        match health.as_ref().map(|health| (health.serves(among), health.failure(among))) {
            Some((true, _)) => Ok(()),
            Some((false, Some((detail, next)))) => Err(self.unavailable(detail, *next)),
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
        self.slots.iter().filter_map(Slot::get).collect()
    }

    /// All connections that are up to servers of `role`.
    pub(super) fn connections_of(&self, role: Role) -> Vec<Arc<Connection>> {
        self.slots.iter().filter(|slot| slot.role == role).filter_map(Slot::get).collect()
    }

    /// Held by who connects to servers of `role`.
    pub(super) async fn gate(&self, role: Role) -> MutexGuard<'_, Backoff> {
        match role {
            Role::Main => self.gate.lock().await,
            Role::Replica => self.replica_gate.lock().await,
        }
    }

    /// How many slots there are.
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// What the servers of a slot's connections are for.
    pub(super) fn role_of(&self, slot: usize) -> Role {
        self.slots.get(slot).map_or(Role::Main, |slot| slot.role)
    }

    /// Puts `connection` into `slot`, or takes out what is there, and returns what was there.
    pub(super) fn install(&self, slot: usize, connection: Option<Arc<Connection>>) -> Option<Arc<Connection>> {
        let opened = connection.is_some();
        let role = self.role_of(slot);
        let replaced = |slot: &Slot| {
            std::mem::replace(&mut *slot.connection.write().unwrap_or_else(PoisonError::into_inner), connection)
        };
        let before = self.slots.get(slot).and_then(replaced);
        let up = self.connections_of(role).len();
        self.health.send_modify(|health| {
            let (count, failure) = match role {
                Role::Main => (&mut health.up, &mut health.failure),
                Role::Replica => (&mut health.replicas, &mut health.replica_failure),
            };
            *count = up;
            if opened {
                *failure = None;
            }
        });
        before
    }

    /// Publishes why connecting failed and when it is tried again; says whether this is news.
    pub(super) fn failed(&self, role: Role, detail: &str, next: Instant) -> bool {
        let mut news = false;
        self.health.send_modify(|health| {
            let failure = match role {
                Role::Main => &mut health.failure,
                Role::Replica => &mut health.replica_failure,
            };
            news = failure.as_ref().is_none_or(|(before, _)| **before != *detail);
            *failure = Some((detail.into(), next));
        });
        news
    }
}

fn slots(options: &DirectoryOptions) -> Vec<Slot> {
    let replicas = if options.replicas.is_empty() { 0 } else { options.connections };
    let of = |role, count| (0..count).map(move |_| Slot { role, connection: RwLock::default() });
    of(Role::Main, options.connections).chain(of(Role::Replica, replicas)).collect()
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
