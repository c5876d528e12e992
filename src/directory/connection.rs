//! One connection to one server: ldap3's handle, the task that drives it, and how much may be in flight.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use ldap3::controls::RawControl;
use ldap3::{Ldap, LdapError};
use tokio::runtime::Handle;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use super::error::{Error, Failure, Limit};
use super::operation::{Finished, Operation};
use super::request::Request;
use crate::ldap::result::{LdapResult, ResultCode};

/// What a directory's searches brought that are no entries.
#[derive(Debug, Default)]
pub(super) struct Skipped {
    /// How many there were.
    pub(super) count: AtomicU64,
    /// Whether somebody was told of continuation references.
    told: AtomicBool,
}

/// How many searches are forgotten together at most.
const FORGET_TOGETHER: usize = 32;

/// Ends a task when dropped: a connection whose driver is gone can't leak.
#[derive(Debug)]
pub(super) struct Driver(pub(super) JoinHandle<Result<(), LdapError>>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A connection that has been opened and bound.
#[derive(Debug)]
pub(super) struct Connection {
    ldap: Ldap,
    runtime: Handle,
    permits: Arc<Semaphore>,
    capacity: usize,
    /// Asked to look after the connection: a deadline passed on it.
    pub(super) suspect: Notify,
    answered: AtomicBool,
    skipped: Arc<Skipped>,
    /// Searches that have ended, to be forgotten together: telling ldap3 wakes its driver, which isn't for free.
    finished: Mutex<Vec<Finished>>,
    /// What its server calls its copy of the directory, where its counts hold for that alone.
    origin: OnceLock<Arc<[u8]>>,
    /// The server's address, for logs.
    pub(super) address: Arc<str>,
}

impl Connection {
    /// A connection for `capacity` searches at a time, which counts in `skipped` the messages that are no entries.
    pub(super) fn new(ldap: Ldap, capacity: usize, address: Arc<str>, skipped: Arc<Skipped>) -> Self {
        Self {
            ldap,
            runtime: Handle::current(),
            permits: Arc::new(Semaphore::new(capacity)),
            capacity,
            suspect: Notify::new(),
            answered: AtomicBool::new(true),
            skipped,
            finished: Mutex::default(),
            origin: OnceLock::new(),
            address,
        }
    }

    /// A permit, if fewer than `fill` searches are in flight.
    pub(super) fn try_acquire(&self, fill: usize) -> Option<OwnedSemaphorePermit> {
        if self.in_flight() >= fill {
            return None;
        }
        self.permits.clone().try_acquire_owned().ok()
    }

    /// A permit as soon as there is one; nothing when the connection goes down first.
    pub(super) async fn acquire(&self) -> Option<OwnedSemaphorePermit> {
        self.permits.clone().acquire_owned().await.ok()
    }

    /// Counts a message of a search that was no entry.
    pub(super) fn note_skipped(&self) {
        self.skipped.count.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a continuation reference to `url`; the first of a directory is told of, as what it leads to isn't served.
    pub(super) fn note_reference(&self, url: &str) {
        self.note_skipped();
        if !self.skipped.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                server = %self.address,
                url,
                "a search brought a continuation reference: such are passed over, and what other servers hold isn't served"
            );
        }
    }

    /// Lets nobody start a search any more.
    pub(super) fn drain(&self) {
        self.permits.close();
    }

    /// Takes the connection out of service at once, and has its supervisor replace it.
    pub(super) fn condemn(&self) {
        self.drain();
        self.suspect.notify_one();
    }

    /// Whether an answer came since this was last asked.
    pub(super) fn take_answered(&self) -> bool {
        self.answered.swap(false, Ordering::Relaxed)
    }

    /// Whether the driver has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.ldap.clone().is_closed()
    }

    /// Tells the server that this is the end (RFC 4511 section 4.3).
    pub(super) async fn unbind(&self) {
        let _ = self.ldap.clone().unbind().await;
    }

    /// Starts a search.
    pub(super) fn start(
        &self,
        request: Arc<Request>,
        extra: Option<RawControl>,
        permit: Option<OwnedSemaphorePermit>,
        time_limit: Duration,
    ) -> Operation {
        Operation::new(&self.ldap, &self.runtime, permit, request, extra, time_limit)
    }

    /// A handle to send one operation with.
    pub(super) fn handle(&self) -> Ldap {
        self.ldap.clone()
    }

    /// Notes that the server has answered.
    pub(super) fn note_answer(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// The result of a search that has ended, where that is success.
    pub(super) async fn finish(&self, operation: Operation) -> Result<ldap3::LdapResult, Failure> {
        let Some((result, finished)) = operation.finish() else {
            return Err(Failure::Lost("the search has no result".to_owned()));
        };
        self.answered.store(true, Ordering::Relaxed);
        self.forget(finished).await;
        self.judge(result)
    }

    async fn forget(&self, finished: Finished) {
        let many = {
            let mut waiting = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push(finished);
            waiting.len() >= FORGET_TOGETHER
        };
        if many || self.in_flight() == 0 {
            self.forget_ended().await;
        }
    }

    /// Lets ldap3 forget all searches that have ended; to be called now and then: the last one in flight may be one that was dropped,
    /// and forgets itself alone.
    pub(super) async fn forget_ended(&self) {
        let ended = std::mem::take(&mut *self.finished.lock().unwrap_or_else(PoisonError::into_inner));
        for finished in ended {
            finished.forget().await;
        }
    }

    /// What a search's result means; success returns it for its controls.
    fn judge(&self, result: ldap3::LdapResult) -> Result<ldap3::LdapResult, Failure> {
        match result.rc {
            0 => Ok(result),
            3 => Err(Error::Limit(Limit::Time).into()),
            4 => Err(Error::Limit(Limit::Size).into()),
            11 => Err(Error::Limit(Limit::Admin).into()),
            51 | 52 => Err(Error::Unavailable {
                retry_after: Duration::from_secs(1),
                detail: format!("the server is busy or unavailable ({}): {}", result.rc, result.text),
            }
            .into()),
            1 if is_bind_lost(&result) => {
                self.condemn();
                Err(Failure::Lost(result.text))
            }
            10 => {
                let referral = format!("referral to {}; {}", result.refs.join(", "), result.text);
                Err(Error::Refused(LdapResult::new(ResultCode(10), result.matched, referral)).into())
            }
            code => Err(Error::Refused(LdapResult::new(ResultCode(code), result.matched, result.text)).into()),
        }
    }

    /// What its server calls its copy of the directory, where that is known.
    pub(super) fn origin(&self) -> Option<Arc<[u8]>> {
        self.origin.get().cloned()
    }

    /// Notes what its server calls its copy of the directory.
    pub(super) fn comes_from(&self, origin: Vec<u8>) {
        let _ = self.origin.set(origin.into());
    }

    /// How many searches are in flight.
    pub(super) fn in_flight(&self) -> usize {
        self.capacity.saturating_sub(self.permits.available_permits())
    }

    /// Whether nobody can start a search any more.
    pub(super) fn is_draining(&self) -> bool {
        self.permits.is_closed()
    }

    /// How many message ids ldap3 holds as used; it shows them in its debug output alone.
    pub(super) fn message_ids(&self) -> usize {
        let shown = format!("{:?}", self.ldap);
        let ids = shown.split_once("data: (").and_then(|(_, rest)| rest.split_once('{'));
        let ids = ids.and_then(|(_, rest)| rest.split_once('}')).map_or("", |(ids, _)| ids);
        ids.split(',').filter(|id| !id.trim().is_empty()).count()
    }
}

/// Whether Active Directory (or Samba) forgot who we are: the connection serves for nothing any more.
pub(super) fn is_bind_lost(result: &ldap3::LdapResult) -> bool {
    let samba = |text: &str| text.starts_with("00002020") && text.contains("without authentication");
    result.rc == 1 && (result.text.starts_with("000004DC") || samba(&result.text))
}

/// What an error of ldap3 means to a search: nearly always that the connection is gone.
pub(super) fn lost(error: LdapError) -> Failure {
    match error {
        LdapError::FilterParsing => Error::NotSent { detail: "ldap3 doesn't understand the filter".to_owned() }.into(),
        error => Failure::Lost(error.to_string()),
    }
}
