//! What keeps a slot of the pool filled: connects, watches, and connects again for ever.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use ldap3::LdapError;
use tokio::task::JoinError;
use tokio::time::{Instant, sleep, timeout};

use super::Error;
use super::acknowledge::has_all;
use super::connect::{AFTER_REFUSED_CREDENTIALS, ConnectError, Opened};
use super::connection::{Connection, Driver};
use super::discovery;
use super::meter::Kind;
use super::pool::Pool;
use super::reach::reach;
use super::servers::{Role, Server};

/// How long a probe may take.
const PROBE: Duration = Duration::from_secs(5);

/// The same where there are other servers.
const PROBE_AMONG_OTHERS: Duration = Duration::from_secs(2);

/// How often a connection is looked after; a server that lets operations wait for longer is probed where there are others.
const STALL: Duration = Duration::from_secs(1);

/// The pause after the watch over a connection failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What is wrong with a connection on which answers are waited for in vain.
const SILENT: &str = "it doesn't answer any more";

/// How often a connection that is being replaced is looked at.
const DRAIN_TICK: Duration = Duration::from_millis(50);

/// An age that no connection reaches.
const NEVER: Duration = Duration::from_secs(u32::MAX as u64);

/// Why a connection isn't watched any longer.
enum End {
    Lost(String),
    Replaced,
    Closed,
}

/// Keeps `slot` filled until the pool is closed. Should that itself fail, it begins anew: what nobody watches may not stay there.
pub(super) async fn supervise(pool: Arc<Pool>, slot: usize) {
    while AssertUnwindSafe(keep_filled(&pool, slot)).catch_unwind().await.is_err() {
        tracing::error!(directory = %pool.options.name, slot, "the watch over a connection failed: it begins anew");
        if let Some(connection) = pool.install(slot, None) {
            connection.drain();
        }
        sleep(AFTER_FAILURE).await;
    }
}

async fn keep_filled(pool: &Pool, slot: usize) {
    let mut replaced: Option<(Arc<Connection>, Driver)> = None;
    while let Some((connection, mut driver)) = succeed(pool, slot, &mut replaced).await {
        if let Some((old, driver)) = replaced.take() {
            tokio::spawn(drain(old, driver, pool.options.operation_timeout));
        }
        match watch(pool, slot, &connection, &mut driver).await {
            End::Lost(reason) => lose(pool, slot, &connection, &reason),
            End::Replaced => replaced = Some((connection, driver)),
            End::Closed => {
                connection.drain();
                pool.install(slot, None);
                drain(connection, driver, pool.options.operation_timeout).await;
                break;
            }
        }
    }
    if let Some((old, driver)) = replaced {
        pool.install(slot, None);
        drain(old, driver, pool.options.operation_timeout).await;
    }
}

/// Takes a connection that is no use any more out of its slot.
fn lose(pool: &Pool, slot: usize, connection: &Connection, reason: &str) {
    tracing::warn!(directory = %pool.options.name, server = %connection.address, slot, reason, "lost a connection");
    let role = pool.role_of(slot);
    connection.drain();
    pool.install(slot, None);
    pool.losses.fetch_add(1, Ordering::Relaxed);
    pool.meter.losses.increment(1);
    let others = pool.connections_of(role).into_iter();
    // Where one is dead, the others are likely to be.
    others.filter(|other| other.address == connection.address).for_each(|other| other.suspect.notify_one());
    if !pool.connections_of(role).iter().any(|other| other.address == connection.address) {
        pool.pins.give_up(role, &connection.address);
    }
}

/// Opens the next connection of a slot. The one that it replaces serves meanwhile, for as long as it lives.
async fn succeed(
    pool: &Pool,
    slot: usize,
    replaced: &mut Option<(Arc<Connection>, Driver)>,
) -> Option<(Arc<Connection>, Driver)> {
    let mut opening = pin!(open(pool, slot));
    if let Some((old, driver)) = replaced {
        let reason = tokio::select! {
            opened = &mut opening => return opened,
            reason = lost(old, driver) => reason,
        };
        lose(pool, slot, old, &reason);
        *replaced = None;
    }
    opening.await
}

/// Why a connection is no use any more, once it isn't: nobody asks it whether it is, but whom it keeps waiting tells.
async fn lost(connection: &Connection, driver: &mut Driver) -> String {
    loop {
        tokio::select! {
            ended = &mut driver.0 => return why(ended),
            () = connection.suspect.notified() => {
                if connection.is_draining() || !discovery::probe_within(connection, PROBE).await {
                    return SILENT.to_owned();
                }
            }
        }
    }
}

/// Why a driver has ended.
fn why(ended: Result<Result<(), LdapError>, JoinError>) -> String {
    match ended {
        Ok(Ok(())) => "the server closed it".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(error) => format!("its driver failed: {error}"),
    }
}

/// Opens a connection and puts it into its slot, however long it takes; nothing when the pool is closed first.
async fn open(pool: &Pool, slot: usize) -> Option<(Arc<Connection>, Driver)> {
    tokio::select! {
        () = pool.closed.cancelled() => None,
        opened = open_persistently(pool, slot) => Some(opened),
    }
}

async fn open_persistently(pool: &Pool, slot: usize) -> (Arc<Connection>, Driver) {
    let role = pool.role_of(slot);
    let mut backoff = pool.gate(role).await;
    loop {
        let mut moves = pool.pins.moves(role);
        let attempted = tokio::select! {
            attempted = attempt(pool, role) => attempted,
            // The server that others were on is given up, or left.
            _ = moves.changed() => continue,
        };
        let (detail, at_least) = match attempted {
            Ok((connection, driver, server)) => {
                backoff.succeeded();
                // While the gate is held, so that the next one comes to the same server.
                if pool.pins.settle(role, &server) {
                    pool.progress.note();
                }
                pool.install(slot, Some(connection.clone()));
                return (connection, driver);
            }
            Err(Attempt::Connect(error)) if error.is_credentials() => (error.to_string(), AFTER_REFUSED_CREDENTIALS),
            Err(Attempt::Connect(error)) => (error.to_string(), Duration::ZERO),
            Err(Attempt::LookUp(error)) => (format!("no server is known: {error}"), Duration::ZERO),
            Err(Attempt::Read(error)) => (format!("can't read the root DSE or the schema: {error}"), Duration::ZERO),
        };
        let pause = backoff.failed(at_least);
        if pool.failed(role, &detail, pool.clock.now() + pause) {
            tracing::error!(directory = %pool.options.name, detail, ?pause, "can't connect");
        } else {
            tracing::debug!(directory = %pool.options.name, detail, ?pause, "still can't connect");
        }
        sleep(pause).await;
    }
}

enum Attempt {
    Connect(ConnectError),
    LookUp(String),
    Read(Error),
}

/// Connects to the server in use, or to the first that lets us in, and reads what it is able to where that isn't known or may
/// have changed.
async fn attempt(pool: &Pool, role: Role) -> Result<(Arc<Connection>, Driver, Server), Attempt> {
    let used = |pin: &Server| pool.connections_of(role).iter().any(|connection| connection.address == pin.address);
    let mut servers = match pool.pins.get(role) {
        // What one connection shows, the others are not to take back.
        Some(pin) if used(&pin) => vec![pin],
        pin => pool.servers.of_with_first(role, pin).await.map_err(Attempt::LookUp)?,
    };
    loop {
        let timed = pool.meter.begin(Kind::Connect);
        let opened = reach(pool, role, &servers).await;
        timed.end(opened.as_ref().err().map_or("ok", ConnectError::result));
        let Opened { ldap, driver, server } = opened.map_err(Attempt::Connect)?;
        let (capacity, address) = (pool.options.in_flight, server.address.clone());
        let connection = Arc::new(Connection::new(ldap, capacity, address, pool.skipped.clone()));
        let read = match discovery::refresh(pool, &connection).await {
            Ok(()) => discovery::learn_origin(pool, &connection).await,
            error => error,
        };
        let read = match read {
            Ok(()) if role == Role::Main && !has_all(pool, &connection).await => Err(behind()),
            read => read,
        };
        match read {
            Ok(()) => {
                tracing::info!(directory = %pool.options.name, server = %server.address, "connected");
                return Ok((connection, driver, server));
            }
            Err(error) => {
                servers.retain(|other| *other != server);
                if servers.is_empty() {
                    return Err(Attempt::Read(error));
                }
            }
        }
    }
}

/// Why a server isn't used that would lose what was acknowledged.
fn behind() -> Error {
    Error::NotSent { detail: "it doesn't have all acknowledged writes yet".to_owned() }
}

async fn watch(pool: &Pool, slot: usize, connection: &Connection, driver: &mut Driver) -> End {
    // Slots are born together: each lives a little longer than the one before, so that they don't leave together.
    let age = pool.options.max_age.map(|age| age + age / 8 * u32::try_from(slot).unwrap_or(0));
    let end = Instant::now() + age.unwrap_or(NEVER);
    let role = pool.role_of(slot);
    let mut moves = pool.pins.moves(role);
    let patience = Patience::of(pool);
    let mut quiet = Duration::ZERO;
    loop {
        if pool.pins.get(role).is_some_and(|pin| pin.address != connection.address) {
            return End::Replaced;
        }
        tokio::select! {
            ended = &mut driver.0 => return End::Lost(why(ended)),
            () = pool.closed.cancelled() => return End::Closed,
            () = tokio::time::sleep_until(end) => return End::Replaced,
            _ = moves.changed() => {}
            () = connection.suspect.notified() => {
                if connection.is_draining() || !discovery::probe_within(connection, patience.probe).await {
                    return End::Lost(SILENT.to_owned());
                }
            }
            () = sleep(patience.tick) => {
                connection.forget_ended().await;
                let answered = connection.take_answered();
                quiet = if answered { Duration::ZERO } else { quiet + patience.tick };
                let waits = patience.others && !answered && connection.in_flight() > 0;
                if waits || quiet >= pool.options.probe_interval {
                    if !discovery::probe_within(connection, patience.probe).await {
                        return End::Lost("it doesn't answer a probe".to_owned());
                    }
                    quiet = Duration::ZERO;
                }
            }
        }
    }
}

/// How long a server may be silent: less where there are others to turn to.
struct Patience {
    others: bool,
    tick: Duration,
    probe: Duration,
}

impl Patience {
    fn of(pool: &Pool) -> Self {
        let tick = pool.options.probe_interval.min(STALL);
        match pool.servers.is_one() {
            true => Self { others: false, tick, probe: PROBE },
            false => Self { others: true, tick, probe: PROBE_AMONG_OTHERS },
        }
    }
}

/// Lets searches in flight end, then says goodbye.
async fn drain(connection: Arc<Connection>, driver: Driver, longest: Duration) {
    connection.drain();
    let idle = async {
        while connection.in_flight() > 0 {
            sleep(DRAIN_TICK).await;
        }
    };
    let _ = timeout(longest, idle).await;
    let _ = timeout(PROBE, connection.unbind()).await;
    drop(driver);
}
