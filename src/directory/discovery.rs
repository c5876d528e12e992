//! Reading what a server is able to, and trying whether it answers at all.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use super::connection::Connection;
use super::decode::Decoder;
use super::error::Failure;
use super::pool::{Known, Pool};
use super::request::Request;
use super::{Capabilities, Error, root_dse};
use crate::ldap::subschema::Subschema;
use crate::ldap::{AttributeDescription, AttributeSet, Entry, Filter, Scope, Search};

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

/// Learns what the server calls its copy of the directory, where it is one of several that count for themselves: a new copy, as after
/// a restore, has another invocationId. The server's own name must do where that can't be read.
pub(super) async fn learn_origin(pool: &Pool, connection: &Connection) -> Result<(), Error> {
    if !pool.capabilities().is_some_and(|capabilities| capabilities.active_directory()) {
        return Ok(());
    }
    let limit = pool.options.operation_timeout;
    let origin = async {
        let Some(name) = read_value(connection, "", "dsServiceName", limit).await? else { return Ok(None) };
        let own = read_value(connection, &String::from_utf8_lossy(&name), "invocationId", limit).await?;
        Ok::<_, Error>(Some(own.unwrap_or(name)))
    };
    if let Some(origin) = timeout(limit, origin).await.map_err(|_| Error::Deadline)?? {
        connection.comes_from(origin);
    }
    Ok(())
}

/// The first value of the attribute called `name` of the entry called `base`.
async fn read_value(
    connection: &Connection,
    base: &str,
    name: &str,
    time_limit: Duration,
) -> Result<Option<Vec<u8>>, Error> {
    let attributes: AttributeSet = name.parse().into_iter().collect();
    let entry = read_base(connection, &base_search(base, Arc::new(attributes)), time_limit).await?;
    Ok(entry.first(0).map(<[u8]>::to_vec))
}

async fn read(connection: &Connection, time_limit: Duration) -> Result<Capabilities, Error> {
    let attributes = Arc::new(root_dse::attributes());
    let entry = read_base(connection, &base_search("", attributes.clone()), time_limit).await?;
    let mut capabilities = root_dse::parse(&attributes, &entry);
    let mut schema = match &capabilities.subschema_dn {
        Some(dn) => subschema(connection, dn, time_limit).await?,
        None => Subschema::default(),
    };
    if capabilities.compares_literally() {
        schema.literal_rules();
    }
    capabilities.subschema_read = !schema.is_empty();
    capabilities.subschema = if capabilities.subschema_read { Arc::new(schema) } else { Subschema::standard() };
    Ok(capabilities)
}

/// The server's schema; an empty one where it isn't shown.
async fn subschema(connection: &Connection, dn: &str, time_limit: Duration) -> Result<Subschema, Error> {
    let attributes: AttributeSet = Subschema::ATTRIBUTES.iter().filter_map(|name| name.parse().ok()).collect();
    let mut search = base_search(dn, Arc::new(attributes));
    // Some servers show a subschema subentry to those alone who ask for one (RFC 4512 section 4.4).
    let object_class: Option<AttributeDescription> = "objectClass".parse().ok();
    if let Some(object_class) = object_class {
        search.filter = Filter::Equality(object_class, b"subschema".to_vec());
    }
    let entry = read_base(connection, &search, time_limit).await?;
    let values = search.attributes.iter().zip(&entry.attributes);
    let values = values.flat_map(|(name, values)| values.iter().map(move |value| (name.as_str(), value)));
    let (mut schema, warnings) = Subschema::parse(values);
    for warning in &warnings {
        tracing::debug!(%warning, "a schema description can't be read and is left out");
    }
    if !schema.names_rules() {
        schema.infer_rules();
    }
    Ok(schema)
}

/// The entry at the search's base; an empty one where the server hides it.
async fn read_base(connection: &Connection, search: &Search, time_limit: Duration) -> Result<Entry, Error> {
    let request = Arc::new(Request::new(search, 0)?);
    let decoder = Decoder::new(search, None);
    match connection.search(request, decoder, None, time_limit).await {
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

/// Whether the server answers within `longest`.
pub(super) async fn probe_within(connection: &Connection, longest: Duration) -> bool {
    matches!(timeout(longest, probe(connection, longest)).await, Ok(true))
}

/// Whether the server answers: even an error is an answer.
async fn probe(connection: &Connection, time_limit: Duration) -> bool {
    let search = base_search("", Arc::new(AttributeSet::new()));
    let Ok(request) = Request::new(&search, 0) else { return false };
    let decoder = Decoder::new(&search, None);
    !matches!(connection.search(Arc::new(request), decoder, None, time_limit).await, Err(Failure::Lost(_)))
}
