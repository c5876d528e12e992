//! Reading what a server is able to, and trying whether it answers at all.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use super::connection::Connection;
use super::error::Failure;
use super::pool::{Known, Pool};
use super::request::Request;
use super::{Capabilities, Error, root_dse};
use crate::ldap::{AttributeSet, Entry, Filter, Scope, Search};

/// Reads the capabilities through `connection`, unless they are known and no connection was lost since.
pub(super) async fn refresh(pool: &Pool, connection: &Connection) -> Result<(), Error> {
    let losses = pool.losses.load(Ordering::Relaxed);
    let known = pool.known.read().unwrap_or_else(PoisonError::into_inner).clone();
    if known.as_ref().is_some_and(|known| known.losses == losses) {
        return Ok(());
    }
    let limit = pool.options.operation_timeout;
    let mut fresh = timeout(limit, read(connection, limit)).await.map_err(|_| Error::Deadline)??;
    if let Some(Known { capabilities, .. }) = known {
        fresh.generation = capabilities.generation;
        if fresh != *capabilities {
            fresh.generation += 1;
        }
    }
    let capabilities = Arc::new(fresh);
    *pool.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Known { losses, capabilities });
    Ok(())
}

async fn read(connection: &Connection, time_limit: Duration) -> Result<Capabilities, Error> {
    let attributes = Arc::new(root_dse::attributes());
    let search = base_search("", attributes.clone());
    let entry = read_base(connection, &search, time_limit).await?;
    Ok(root_dse::parse(&attributes, &entry))
}

/// The entry at the search's base; an empty one where the server hides it.
async fn read_base(connection: &Connection, search: &Search, time_limit: Duration) -> Result<Entry, Error> {
    let request = Arc::new(Request::new(search, 0)?);
    match connection.search(search, request, None, time_limit).await {
        Ok(entries) => Ok(entries.into_iter().next().unwrap_or_default()),
        Err(Failure::Final(Error::Refused(result))) => {
            tracing::warn!(base = search.base, %result, "can't read what the server is able to");
            Ok(Entry::default())
        }
        Err(failure) => Err(failure.into_read_error()),
    }
}

/// A search for one entry by its DN.
pub(super) fn base_search(base: &str, attributes: Arc<AttributeSet>) -> Search {
    let filter = "objectClass".parse().map_or(Filter::And(Vec::new()), Filter::Present);
    Search { base: base.to_owned(), scope: Scope::Base, filter, attributes, size_limit: None, dereference: Vec::new() }
}

/// Whether the server answers: even an error is an answer.
pub(super) async fn probe(connection: &Connection, time_limit: Duration) -> bool {
    let search = base_search("", Arc::new(AttributeSet::new()));
    let Ok(request) = Request::new(&search, 0) else { return false };
    !matches!(connection.search(&search, Arc::new(request), None, time_limit).await, Err(Failure::Lost(_)))
}
