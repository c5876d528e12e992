//! Changes of one entry. What was sent runs on in a task of its own, whatever becomes of the caller: a server performs
//! abandoned writes all the same (decisions.md 17).

use std::sync::Arc;
use std::time::Instant;

use ldap3::LdapResult;

use super::apply::{Single, check_size, send_write};
use super::decode::Decoder;
use super::pool::Pool;
use super::request::raw;
use super::{Directory, Error};
use crate::ldap::controls::{self, oid};
use crate::ldap::plan::EntryChange;
use crate::ldap::{AttributeSet, Entry};
use crate::telemetry::trace::carried;

/// How a write is made.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// Which attributes to bring of the entry as it is afterwards, where the server offers that (RFC 4527).
    pub post_read: Option<Arc<AttributeSet>>,
}

/// A write that was performed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The entry as it is afterwards, where that was asked for and offered. Its values stand at the places of the
    /// attributes asked for.
    pub post_read: Option<Entry>,
    /// The server that took it: the one to read from who wants to see it ([`Directory::search_pinned`]).
    pub server: Arc<str>,
}

impl Directory {
    /// Performs `change` on the server that takes the writes. From the first poll on it runs in a task of its own:
    /// dropping the future changes nothing.
    ///
    /// # Errors
    /// - [`Error::Refused`] with the server's result: nothing was changed;
    /// - [`Error::Unavailable`] when no server took it before `deadline`: nothing was changed;
    /// - [`Error::NotSent`] when it can't be sent, as it is too large or the directory was closed: nothing was changed;
    /// - [`Error::OutcomeUnknown`] when the connection was lost or `deadline` passed after it was sent.
    pub async fn write(&self, change: EntryChange, options: WriteOptions, deadline: Instant) -> Result<Written, Error> {
        let pool = self.0.pool.clone();
        self.detached(async move { write(&pool, &change, &options, deadline).await }).await
    }

    /// Runs `work` to its end, even if the caller goes away.
    pub(super) async fn detached<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let directory = self.clone();
        let ended = self.0.writes.spawn(carried(async move {
            let result = work.await;
            // Until here it mustn't be closed.
            drop(directory);
            result
        }));
        // ldap3 panics on malformed answers.
        ended.await.unwrap_or_else(|error| Err(Error::OutcomeUnknown { detail: error.to_string() }))
    }
}

async fn write(pool: &Pool, change: &EntryChange, options: &WriteOptions, deadline: Instant) -> Result<Written, Error> {
    check_size(pool, change)?;
    let offered = pool.capabilities().is_some_and(|capabilities| capabilities.post_read());
    let post_read = options.post_read.as_ref().filter(|_| offered && change.dn_after().is_some());
    let mut sent = Vec::new();
    sent.extend(change.assertion.as_ref().map(|filter| raw(controls::assertion(filter))));
    sent.extend(post_read.map(|attributes| raw(controls::post_read(attributes, false))));
    let (result, server) = send_write(pool, Single::Change(change, &sent), deadline).await?;
    let post_read = post_read.and_then(|attributes| read_after(pool, attributes, &result));
    Ok(Written { post_read, server })
}

/// The entry that came with a result. What can't be read is left out: the write was performed all the same.
fn read_after(pool: &Pool, attributes: &Arc<AttributeSet>, result: &LdapResult) -> Option<Entry> {
    let control = result.ctrls.iter().find(|control| control.1.ctype == oid::POST_READ)?;
    let mut decoder = Decoder::of(attributes.clone(), pool.subschema());
    match decoder.entry_in_control(control.1.val.as_deref()?) {
        Ok(entry) => Some(entry),
        Err(error) => {
            tracing::warn!(%error, "the entry after a write can't be read from its answer");
            None
        }
    }
}
