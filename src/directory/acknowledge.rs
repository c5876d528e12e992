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
use super::error::{Error, Failure};
use super::options::Acknowledge;
use super::pool::Pool;
use super::reach::reach;
use super::request::Request;
use super::servers::{Role, Server};
use crate::ldap::result::ResultCode;
use crate::ldap::{AttributeSet, ContextCsn};

/// The first and the longest pause between two looks at a server that is behind.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(50));

/// How long a server that is to come into use may take to get the last acknowledged writes.
const CATCH_UP: Duration = Duration::from_secs(1);

/// What a second server must have.
struct Goal {
    context: Vec<ContextCsn>,
    /// The name of an entry that it must have no more.
    gone: Option<String>,
}

/// Waits until a second server has what the one at `server` has, the last change of the entry called `dn`, or its end, included.
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
        let reached = reached.ok_or_else(|| "there is no second server".to_owned())?;
        Ok(match goal.gone {
            // How far the one is that hasn't the entry any more: nobody says when that went.
            Some(_) => reached,
            None => goal.context,
        })
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
/// the entry's own CSN tells, and of one that was deleted that it isn't there.
async fn goal(pool: &Pool, server: &str, dn: Option<&str>) -> Result<Goal, String> {
    let used = pool.connections_of(Role::Main).into_iter().find(|connection| *connection.address == *server);
    let used = used.ok_or("the server that took the write is gone")?;
    let mut context = context_at(pool, &used).await.map_err(|error| error.to_string())?;
    if context.iter().all(ContextCsn::is_empty) {
        return Err("the server doesn't say how far it is: `ack` needs contextCSN".to_owned());
    }
    let Some(dn) = dn else { return Ok(Goal { context, gone: None }) };
    match entry_csn(pool, &used, dn).await? {
        None => Ok(Goal { context, gone: Some(dn.to_owned()) }),
        Some(csn) => {
            if let Some(tree) = tree_of(pool, dn).and_then(|place| context.get_mut(place)) {
                tree.join(&csn);
            }
            Ok(Goal { context, gone: None })
        }
    }
}

/// The CSN of the entry called `dn`, if there is one.
async fn entry_csn(pool: &Pool, connection: &Connection, dn: &str) -> Result<Option<ContextCsn>, String> {
    let attributes: Arc<AttributeSet> = Arc::new("entryCSN".parse().into_iter().collect());
    let search = base_search(dn, attributes);
    let request = Arc::new(Request::new(&search, 0).map_err(|error| error.to_string())?);
    let decoder = Decoder::new(&search, pool.subschema());
    match connection.search(request, decoder, None, pool.options.operation_timeout).await {
        Ok(entries) => Ok(entries.first().map(|entry| ContextCsn::of(entry.values(0)))),
        Err(Failure::Final(Error::Refused(result))) if result.code == ResultCode::NO_SUCH_OBJECT => Ok(None),
        Err(failure) => Err(failure.into_read_error().to_string()),
    }
}

/// Waits until `server` gets as far as `goal`, for ever; says how far that is.
async fn reaches(pool: &Pool, server: Server, goal: &Goal) -> Vec<ContextCsn> {
    let mut pause = PAUSES.0;
    loop {
        if let Some(connection) = connected(pool, &server).await {
            match has(pool, &connection, goal).await {
                Ok(Some(own)) => return own,
                Ok(None) => {}
                Err(_) => connection.drain(),
            }
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// How far the server is that `connection` leads to, if that is as far as `goal`.
async fn has(pool: &Pool, connection: &Connection, goal: &Goal) -> Result<Option<Vec<ContextCsn>>, String> {
    if let Some(gone) = &goal.gone
        && entry_csn(pool, connection, gone).await?.is_some()
    {
        return Ok(None);
    }
    // After that, so that it includes the deletion.
    let own = context_at(pool, connection).await.map_err(|error| error.to_string())?;
    Ok(Some(own).filter(|own| has_reached(own, &goal.context)))
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
