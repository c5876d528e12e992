//! Watching how far servers are with each other's changes (contextCSN, OpenLDAP): replicas after every write, and a preferred
//! server before it is used again. Where servers don't say how far they are, as Active Directory's don't in terms that others
//! understand, replicas only stand in.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::connection::Connection;
use super::decode::Decoder;
use super::discovery::base_search;
use super::error::Failure;
use super::pool::{Among, Pool};
use super::request::Request;
use super::servers::Role;
use super::{Capabilities, Error};
use crate::ldap::{AttributeSet, ContextCsn, Search};

/// How often a replica is looked at while nobody writes.
const LOOK: Duration = Duration::from_secs(1);

/// The first and the longest pause between two looks at a replica that is behind.
const PAUSES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(100));

/// Keeps the pool's progress true until the pool is closed.
pub(super) async fn follow(pool: Arc<Pool>) {
    loop {
        tokio::select! {
            () = pool.closed.cancelled() => return,
            () = look(&pool) => {}
        }
    }
}

/// One look at how far the replica is, and a wait for the next one to be due.
async fn look(pool: &Pool) {
    let done = pool.progress.done();
    let replica = pool.pins.get(Role::Replica).filter(|_| !pool.connections_of(Role::Replica).is_empty());
    match (replica, goal(pool).await) {
        (Some(replica), Some(goal)) => match reaches(pool, done, &goal).await {
            // Another one came into use meanwhile.
            _ if pool.pins.get(Role::Replica).as_ref() != Some(&replica) => return,
            true => pool.progress.reach(done),
            false => {
                tracing::warn!(directory = %pool.options.name, server = %replica.address, "a replica is behind");
                pool.progress.fall_behind();
            }
        },
        _ => pool.progress.fall_behind(),
    }
    if pool.progress.done() == done {
        tokio::select! {
            () = pool.progress.news.notified() => {}
            () = sleep(LOOK) => {}
        }
    }
}

/// How far the server is that takes the writes; nothing where it doesn't say, or there is none.
async fn goal(pool: &Pool) -> Option<Vec<ContextCsn>> {
    let said = context(pool, Among::Writers).await.ok()?;
    said.iter().any(|csn| !csn.is_empty()).then_some(said)
}

/// Whether the replica gets as far as `goal` within the time that it may be behind; new writes end the wait where they make it moot.
async fn reaches(pool: &Pool, done: u64, goal: &[ContextCsn]) -> bool {
    let end = Instant::now() + pool.options.replica_lag;
    let mut pause = PAUSES.0;
    loop {
        if let Ok(own) = context(pool, Among::Replicas).await
            && has_reached(&own, goal)
        {
            return true;
        }
        // Nobody reads there until it has the new writes as well: how far it is without them is of no interest.
        if Instant::now() >= end && pool.progress.done() == done {
            return false;
        }
        if Instant::now() >= end + pool.options.replica_lag {
            return false;
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Whether a server has all changes of another one's trees.
pub(super) fn has_reached(own: &[ContextCsn], goal: &[ContextCsn]) -> bool {
    own.len() == goal.len() && own.iter().zip(goal).all(|(own, goal)| own.has_reached(goal))
}

/// How far the server is that serves `among`, tree by tree.
async fn context(pool: &Pool, among: Among) -> Result<Vec<ContextCsn>, Error> {
    let (connection, _permit) = pool.lease_among(among).await?;
    context_at(pool, &connection).await
}

/// How far the server behind `connection` is, tree by tree; an empty value for trees of which it doesn't say.
pub(super) async fn context_at(pool: &Pool, connection: &Connection) -> Result<Vec<ContextCsn>, Error> {
    let limit = pool.options.operation_timeout;
    let attributes: Arc<AttributeSet> = Arc::new("contextCSN".parse().into_iter().collect());
    let mut all = Vec::new();
    for tree in pool.capabilities().as_deref().map_or_else(Vec::new, |known| trees(known, &pool.options.bases)) {
        let search = base_search(&tree, attributes.clone());
        let asked = timeout(limit, read(pool, connection, &search, limit));
        let entries = asked.await.map_err(|_| Error::Deadline)?;
        all.push(match entries {
            Ok(csn) => csn,
            Err(Failure::Final(Error::Refused(_))) => ContextCsn::default(),
            Err(failure) => {
                connection.suspect.notify_one();
                return Err(failure.into_read_error());
            }
        });
    }
    Ok(all)
}

async fn read(pool: &Pool, connection: &Connection, search: &Search, limit: Duration) -> Result<ContextCsn, Failure> {
    let request = Arc::new(Request::new(search, 0)?);
    let decoder = Decoder::new(search, pool.subschema());
    let entries = connection.search(request, decoder, None, limit).await?;
    Ok(ContextCsn::of(entries.iter().flat_map(|entry| entry.values(0))))
}

/// Which of the trees the entry called `dn` stands in.
pub(super) fn tree_of(pool: &Pool, dn: &str) -> Option<usize> {
    let known = pool.capabilities()?;
    let tree = known.naming_context(dn)?;
    trees(&known, &pool.options.bases).iter().position(|other| other == tree)
}

/// The trees that count: those of `bases`, or all but a server's own.
fn trees(capabilities: &Capabilities, bases: &[String]) -> Vec<String> {
    let mut trees: Vec<String> = match bases {
        [] => capabilities.naming_contexts.iter().filter(|context| !is_own(context)).cloned().collect(),
        bases => bases.iter().map(|base| capabilities.naming_context(base).unwrap_or(base).to_owned()).collect(),
    };
    trees.sort_unstable();
    trees.dedup();
    trees
}

/// Whether a tree is a server's own, as its log is.
fn is_own(context: &str) -> bool {
    context.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("cn="))
}
