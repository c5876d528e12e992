//! Acknowledging a write once a second server has it, so that the server that took it may be lost (OpenLDAP's contextCSN).
//!
//! Two things belong together: a write isn't acknowledged before another server is as far as the write, and no server comes into use
//! that isn't as far as the last acknowledged write. Together they mean that what was acknowledged is seen ever after.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::{sleep, timeout_at};

use super::catch_up::{context_at, has_reached, tree_of};
use super::connect::Opened;
use super::connection::Connection;
use super::decode::Decoder;
use super::discovery::base_search;
use super::options::Acknowledge;
use super::pool::Pool;
use super::reach::reach;
use super::request::Request;
use super::servers::{Role, Server};
use crate::ldap::{AttributeSet, ContextCsn};

/// The first and the longest pause between two looks at a server that is behind.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(50));

/// How long a server that is to come into use may take to get the last acknowledged writes.
const CATCH_UP: Duration = Duration::from_secs(1);

/// Waits until a second server has what the one at `server` has, the last change of the entry called `dn` included.
///
/// # Errors
/// Why nobody knows that, in words for the log.
pub(super) async fn replicated(pool: &Pool, server: &str, dn: Option<&str>, deadline: Instant) -> Result<(), String> {
    let waiting = async {
        let goal = goal(pool, server, dn).await?;
        let servers = pool.servers.of(Role::Main).await?;
        let others = servers.into_iter().filter(|other| *other.address != *server);
        let mut others: FuturesUnordered<_> = others.map(|other| reaches(pool, other, &goal)).collect();
        let reached = others.next().await;
        drop(others);
        reached.map(|()| goal).ok_or_else(|| "there is no second server".to_owned())
    };
    let goal = timeout_at(deadline.into(), waiting).await;
    let goal = goal.unwrap_or_else(|_| Err("no second server had the write in time".to_owned()))?;
    pool.witnesses.note(&goal);
    Ok(())
}

/// Whether `connection` leads to a server that has every acknowledged write, or gets them in a moment.
pub(super) async fn has_all(pool: &Pool, connection: &Connection) -> bool {
    if pool.options.acknowledge != Acknowledge::Replicated {
        return true;
    }
    let goal = pool.witnesses.reached();
    let end = pool.clock.now() + CATCH_UP;
    loop {
        match context_at(pool, connection).await {
            // Nothing was acknowledged yet.
            Ok(_) if goal.is_empty() => return true,
            Ok(own) if has_reached(&own, &goal) => return true,
            Ok(_) if pool.clock.now() < end => sleep(PAUSES.1).await,
            _ => return false,
        }
    }
}

/// How far the server is that took a write. While others write there, its contextCSN may be behind a write that it has answered:
/// the entry's own CSN tells.
async fn goal(pool: &Pool, server: &str, dn: Option<&str>) -> Result<Vec<ContextCsn>, String> {
    let used = pool.connections_of(Role::Main).into_iter().find(|connection| *connection.address == *server);
    let used = used.ok_or("the server that took the write is gone")?;
    let mut goal = context_at(pool, &used).await.map_err(|error| error.to_string())?;
    if goal.iter().all(ContextCsn::is_empty) {
        return Err("the server doesn't say how far it is: `ack` needs contextCSN".to_owned());
    }
    if let Some(dn) = dn
        && let Some(place) = tree_of(pool, dn)
        && let Some(goal) = goal.get_mut(place)
        && let Some(csn) = entry_csn(pool, &used, dn).await
    {
        goal.join(&csn);
    }
    Ok(goal)
}

async fn entry_csn(pool: &Pool, connection: &Connection, dn: &str) -> Option<ContextCsn> {
    let attributes: Arc<AttributeSet> = Arc::new("entryCSN".parse().into_iter().collect());
    let search = base_search(dn, attributes);
    let request = Arc::new(Request::new(&search, 0).ok()?);
    let decoder = Decoder::new(&search, pool.subschema());
    let entries = connection.search(request, decoder, None, pool.options.operation_timeout).await.ok()?;
    Some(ContextCsn::of(entries.iter().flat_map(|entry| entry.values(0))))
}

/// Waits until `server` gets as far as `goal`, for ever.
async fn reaches(pool: &Pool, server: Server, goal: &[ContextCsn]) {
    let mut pause = PAUSES.0;
    loop {
        if let Some(connection) = connected(pool, &server).await {
            match context_at(pool, &connection).await {
                Ok(own) if has_reached(&own, goal) => return,
                Ok(_) => {}
                Err(_) => connection.drain(),
            }
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// The connection to `server` that tells how far it is.
async fn connected(pool: &Pool, server: &Server) -> Option<Arc<Connection>> {
    let witness = pool.witnesses.of(server);
    let mut witness = witness.lock().await;
    if let Some((connection, _)) = witness.as_ref().filter(|(it, _)| !it.is_draining() && !it.is_closed()) {
        return Some(connection.clone());
    }
    *witness = None;
    let Opened { ldap, driver, server } = reach(pool, Role::Main, std::slice::from_ref(server)).await.ok()?;
    let connection = Arc::new(Connection::new(ldap, 1, server.address, pool.skipped.clone()));
    *witness = Some((connection.clone(), driver));
    Some(connection)
}
