//! What keeps a slot of the pool filled: connects, watches, and connects again for ever.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::Error;
use super::connect::{ConnectError, connect};
use super::connection::{Connection, Driver};
use super::discovery;
use super::pool::Pool;

/// The shortest pause after refused credentials: directories lock accounts after a few.
const AFTER_REFUSED_CREDENTIALS: Duration = Duration::from_secs(5);

/// How long a probe may take.
const PROBE: Duration = Duration::from_secs(5);

/// How often a connection that is being replaced is looked at.
const DRAIN_TICK: Duration = Duration::from_millis(50);

/// An age that no connection reaches.
const NEVER: Duration = Duration::from_secs(u32::MAX as u64);

/// Why a connection isn't watched any longer.
enum End {
    Lost(String),
    Aged,
    Closed,
}

/// Keeps `slot` filled until the pool is closed.
pub(super) async fn supervise(pool: Arc<Pool>, slot: usize) {
    let mut replaced: Option<(Arc<Connection>, Driver)> = None;
    while let Some((connection, mut driver)) = open(&pool).await {
        pool.install(slot, Some(connection.clone()));
        if let Some((old, driver)) = replaced.take() {
            tokio::spawn(drain(old, driver, pool.options.operation_timeout));
        }
        match watch(&pool, slot, &connection, &mut driver).await {
            End::Lost(reason) => {
                tracing::warn!(directory = %pool.options.name, server = %connection.address, slot, reason, "lost a connection");
                connection.drain();
                pool.install(slot, None);
                pool.losses.fetch_add(1, Ordering::Relaxed);
            }
            End::Aged => replaced = Some((connection, driver)),
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

/// Opens a connection, however long it takes; nothing when the pool is closed first.
async fn open(pool: &Pool) -> Option<(Arc<Connection>, Driver)> {
    tokio::select! {
        () = pool.closed.cancelled() => None,
        opened = open_persistently(pool) => Some(opened),
    }
}

async fn open_persistently(pool: &Pool) -> (Arc<Connection>, Driver) {
    let mut backoff = pool.gate.lock().await;
    loop {
        let (detail, at_least) = match attempt(pool).await {
            Ok(opened) => {
                backoff.succeeded();
                return opened;
            }
            Err(Attempt::Connect(error)) if error.is_credentials() => (error.to_string(), AFTER_REFUSED_CREDENTIALS),
            Err(Attempt::Connect(error)) => (error.to_string(), Duration::ZERO),
            Err(Attempt::Read(error)) => (format!("can't read the root DSE or the schema: {error}"), Duration::ZERO),
        };
        let pause = backoff.failed(at_least);
        if pool.failed(&detail, pool.clock.now() + pause) {
            tracing::error!(directory = %pool.options.name, detail, ?pause, "can't connect");
        } else {
            tracing::debug!(directory = %pool.options.name, detail, ?pause, "still can't connect");
        }
        sleep(pause).await;
    }
}

enum Attempt {
    Connect(ConnectError),
    Read(Error),
}

/// Connects, and reads what the server is able to where that isn't known or may have changed.
async fn attempt(pool: &Pool) -> Result<(Arc<Connection>, Driver), Attempt> {
    let opened = connect(&pool.options).await.map_err(Attempt::Connect)?;
    let connection =
        Arc::new(Connection::new(opened.ldap, pool.options.in_flight, opened.address, pool.skipped.clone()));
    discovery::refresh(pool, &connection).await.map_err(Attempt::Read)?;
    discovery::learn_origin(pool, &connection).await.map_err(Attempt::Read)?;
    tracing::info!(directory = %pool.options.name, server = %connection.address, "connected");
    Ok((connection, opened.driver))
}

async fn watch(pool: &Pool, slot: usize, connection: &Connection, driver: &mut Driver) -> End {
    // Slots are born together: each lives a little longer than the one before, so that they don't leave together.
    let age = pool.options.max_age.map(|age| age + age / 8 * u32::try_from(slot).unwrap_or(0));
    let end = Instant::now() + age.unwrap_or(NEVER);
    loop {
        tokio::select! {
            ended = &mut driver.0 => return End::Lost(match ended {
                Ok(Ok(())) => "the server closed it".to_owned(),
                Ok(Err(error)) => error.to_string(),
                Err(error) => format!("its driver failed: {error}"),
            }),
            () = pool.closed.cancelled() => return End::Closed,
            () = tokio::time::sleep_until(end) => return End::Aged,
            () = connection.suspect.notified() => {
                if connection.is_draining() || !answers(connection).await {
                    return End::Lost("it doesn't answer any more".to_owned());
                }
            }
            () = sleep(pool.options.probe_interval) => {
                if !connection.take_answered() && !answers(connection).await {
                    return End::Lost("it doesn't answer a probe".to_owned());
                }
            }
        }
    }
}

/// Whether the server still answers on this connection.
async fn answers(connection: &Connection) -> bool {
    let probe = discovery::probe(connection, PROBE);
    matches!(timeout(PROBE, probe).await, Ok(true))
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
