//! Transactions (RFC 5805): changes that are made all or not at all, on a connection of their own. Until the end is sent the
//! server has done nothing, so that only a lost answer to the end leaves a doubt.
//!
//! They are off unless the options allow for connections, for slapd 2.5.13 may die of them. It answers an operation within a
//! transaction before the thread that worked on it has let go of it, and the end of the transaction frees it (`txn_preop` and
//! `connection_operation` in its sources; 2.6 reads the same). Ended at once, a client's third to three thousandth transaction
//! was its last; four clients made 4,000 under load when the end waited, 1 ms being enough. So every end waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ldap3::controls::RawControl;
use ldap3::exop::{EndTxn, StartTxn};
use tokio::time::timeout_at;

use super::apply::{NoAnswer, Single, check_size, judge, unavailable};
use super::connection::Connection;
use super::decode::Decoder;
use super::discovery::base_search;
use super::exclusive::{Exclusive, Loan};
use super::pool::Pool;
use super::request::{Request, raw};
use super::{Directory, Error, WriteOptions, Written};
use crate::ldap::change::{Modification, ModificationKind};
use crate::ldap::controls::{self, oid};
use crate::ldap::plan::{EntryChange, Guard, Transaction};
use crate::ldap::{AttributeSet, Entry, Filter};

/// Why a transaction was not performed.
enum Undone {
    /// Its connection was gone before the end was sent.
    Lost(String),
    /// For another reason; and whether the connection may be used again.
    Because(Error, bool),
}

impl Directory {
    /// Whether transactions are allowed by the options and offered by the server.
    pub fn transactions(&self) -> bool {
        offered(&self.0.pool)
    }

    /// Performs the changes all or not at all; only if the guard's assertion holds (assertionFailed, 122, otherwise). Runs on
    /// when the future is dropped. `options.post_read` brings the last change's entry, read after the commit on the same
    /// connection.
    ///
    /// # Errors
    /// As [`Directory::write`]; [`Error::NotSent`] where [`Directory::transactions`] says no.
    pub async fn transaction(
        &self,
        transaction: Transaction,
        options: WriteOptions,
        deadline: Instant,
    ) -> Result<Written, Error> {
        let connections = self.0.transactions.clone();
        self.detached(async move { perform(&connections, &transaction, options.post_read, deadline).await }).await
    }
}

fn offered(pool: &Pool) -> bool {
    pool.options.transactions > 0 && pool.capabilities().is_some_and(|capabilities| capabilities.transactions())
}

async fn perform(
    connections: &Arc<Exclusive>,
    transaction: &Transaction,
    post_read: Option<Arc<AttributeSet>>,
    deadline: Instant,
) -> Result<Written, Error> {
    let pool = &connections.pool;
    if !offered(pool) {
        return Err(Error::NotSent { detail: "the server knows no transactions, or they are switched off".to_owned() });
    }
    transaction.changes.iter().try_for_each(|change| check_size(pool, change))?;
    let late = || unavailable("no connection took the transaction in time");
    let mut loan = timeout_at(deadline.into(), connections.lend()).await.unwrap_or_else(|_| Err(late()))?;
    let mut tried_again = false;
    loop {
        match attempt(&loan, transaction, deadline).await {
            Ok(()) => break,
            // The server may have closed a connection while nobody used it.
            Err(Undone::Lost(_)) if !tried_again => {
                tried_again = true;
                timeout_at(deadline.into(), loan.reopen()).await.unwrap_or_else(|_| Err(late()))?;
            }
            Err(Undone::Lost(detail)) => return Err(unavailable(&detail)),
            Err(Undone::Because(error, clean)) => {
                if clean {
                    loan.give_back();
                }
                return Err(error);
            }
        }
    }
    let server = loan.connection().map_or_else(|| Arc::from(""), |connection| connection.address.clone());
    let (post_read, clean) = read_after(&loan, transaction, post_read, deadline).await;
    if clean {
        loan.give_back();
    }
    Ok(Written { post_read, server })
}

/// Begins, sends everything, and ends.
async fn attempt(loan: &Loan, transaction: &Transaction, deadline: Instant) -> Result<(), Undone> {
    let Some(connection) = loan.connection() else { return Err(Undone::Lost("no connection".to_owned())) };
    let settle = loan.pool().options.transaction_settle;
    // Dropping the connection ends a transaction that wasn't ended (RFC 5805 section 3.4).
    let sent = timeout_at(deadline.into(), send_all(connection, transaction, settle)).await;
    let id =
        sent.unwrap_or_else(|_| Err(Undone::Because(unavailable("no time was left for the transaction"), false)))?;
    match timeout_at(deadline.into(), end(connection, &id, true, settle)).await {
        Ok(result) => result,
        Err(_) => {
            let detail = "no answer to the end of the transaction in time".to_owned();
            Err(Undone::Because(Error::OutcomeUnknown { detail }, false))
        }
    }
}

/// Begins and sends everything but the end; returns the transaction's identifier.
async fn send_all(connection: &Connection, transaction: &Transaction, settle: Duration) -> Result<String, Undone> {
    let id = start(connection).await?;
    let within = RawControl { ctype: oid::TRANSACTION.to_owned(), crit: true, val: Some(id.clone().into_bytes()) };
    let guard = transaction.guard.as_ref().map(|guard| (touch(guard), raw(controls::assertion(&stamp(guard)))));
    let guard = guard.iter().map(|(change, assertion)| (change, vec![within.clone(), assertion.clone()]));
    let changes = transaction.changes.iter().map(|change| (change, vec![within.clone()]));
    for (change, controls) in guard.chain(changes) {
        if let Err(error) = send(connection, Single::Change(change, &controls)).await {
            let Undone::Because(Error::Refused(_), _) = &error else { return Err(error) };
            let clean = end(connection, &id, false, settle).await.is_ok();
            return Err(match error {
                Undone::Because(error, _) => Undone::Because(error, clean),
                lost @ Undone::Lost(_) => lost,
            });
        }
    }
    Ok(id)
}

async fn start(connection: &Connection) -> Result<String, Undone> {
    let answer = connection.handle().extended(StartTxn).await.map_err(before_the_end)?;
    check(connection, answer.1)?;
    // slapd's identifiers are empty, and so may the whole value be.
    String::from_utf8(answer.0.val.unwrap_or_default())
        .map_err(|_| Undone::Because(Error::Protocol("a transaction's identifier is no text".to_owned()), false))
}

async fn send(connection: &Connection, single: Single<'_>) -> Result<(), Undone> {
    let mut ldap = connection.handle();
    let result = single.send(&mut ldap).await.map_err(before_the_end)?;
    check(connection, result)
}

/// Ends the transaction once the server has let go of its operations; what it refuses then is refused as a whole.
async fn end(connection: &Connection, id: &str, commit: bool, settle: Duration) -> Result<(), Undone> {
    tokio::time::sleep(settle).await;
    let answer = connection.handle().extended(EndTxn { txn_id: id, commit }).await;
    match answer.map_err(NoAnswer::from) {
        Ok(answer) => check(connection, answer.1),
        Err(NoAnswer::Before(detail) | NoAnswer::Never(detail)) => Err(Undone::Lost(detail)),
        Err(NoAnswer::After(detail)) => Err(Undone::Because(Error::OutcomeUnknown { detail }, false)),
    }
}

fn check(connection: &Connection, result: ldap3::LdapResult) -> Result<(), Undone> {
    match judge(connection, result) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(Undone::Lost("the server forgot who we are".to_owned())),
        Err(error) => Err(Undone::Because(error, true)),
    }
}

/// Whatever is lost before the end was never performed.
fn before_the_end(error: ldap3::LdapError) -> Undone {
    match NoAnswer::from(error) {
        NoAnswer::Never(detail) => Undone::Because(Error::NotSent { detail }, false),
        NoAnswer::Before(detail) | NoAnswer::After(detail) => Undone::Lost(detail),
    }
}

/// The modify that changes nothing and carries the assertion.
fn touch(guard: &Guard) -> EntryChange {
    let (attribute, value) = &guard.touch;
    let step = |kind| Modification { kind, attribute: attribute.clone(), values: vec![value.clone()] };
    EntryChange::modify(guard.dn.clone(), vec![step(ModificationKind::Add), step(ModificationKind::Delete)])
}

fn stamp(guard: &Guard) -> Filter {
    Filter::Equality(guard.stamp.0.clone(), guard.stamp.1.clone())
}

/// The last change's entry as it is now, and whether the connection may be used again. Servers refuse to show it within a
/// transaction (slapd: unwillingToPerform).
async fn read_after(
    loan: &Loan,
    transaction: &Transaction,
    post_read: Option<Arc<AttributeSet>>,
    deadline: Instant,
) -> (Option<Entry>, bool) {
    let dn = transaction.changes.last().and_then(EntryChange::dn_after);
    let (Some(connection), Some(dn), Some(attributes)) = (loan.connection(), dn, post_read) else {
        return (None, true);
    };
    let pool = loan.pool();
    let search = base_search(&dn, attributes);
    let Ok(request) = Request::new(&search, 0) else { return (None, true) };
    let left = deadline.saturating_duration_since(pool.clock.now());
    let decoder = Decoder::of(search.attributes.clone(), pool.subschema());
    let read = connection.search(Arc::new(request), decoder, None, left);
    match timeout_at(deadline.into(), read).await {
        Ok(Ok(entries)) => (entries.into_iter().next(), true),
        _ => (None, false),
    }
}
