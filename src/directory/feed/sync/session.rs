//! One synchronisation, from its cookie to its end.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::sleep_until;

use super::account::Account;
use super::catch_up::{self, Caught};
use super::message::{self, Message};
use crate::directory::Error;
use crate::directory::connection::lost;
use crate::directory::error::Failure;
use crate::directory::feed::context::{Context, End};
use crate::directory::feed::link::Link;
use crate::directory::feed::server::{self, Gauge, Reading};
use crate::directory::feed::watchdog::Watchdog;
use crate::directory::operation::Operation;
use crate::directory::request::{ENDLESS, Request, raw};
use crate::ldap::Search;
use crate::ldap::controls::{SyncMode, manage_dsa_it, sync_request};
use crate::ldap::result::ResultCode;

/// e-syncRefreshRequired (RFC 4533 section 2.6).
const REFRESH_REQUIRED: ResultCode = ResultCode(4096);

/// unavailableCriticalExtension and unwillingToPerform: the server doesn't synchronise this.
const NOT_OFFERED: [ResultCode; 2] = [ResultCode(12), ResultCode(53)];

/// How long a feed that is behind may be silent before it is given up.
const SILENCE: Duration = Duration::from_secs(2);

/// How often a feed that is behind is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// What is followed, and over what.
pub(super) struct Subject {
    pub(super) context: Arc<Context>,
    pub(super) link: Link,
    pub(super) gauge: Gauge,
    pub(super) search: Arc<Search>,
}

/// One synchronisation.
pub(super) struct Session {
    subject: Subject,
    account: Account,
    watchdog: Watchdog,
    /// When the last message came.
    heard: Instant,
    /// Why the server couldn't be asked how far it has come, the last time.
    unread: Option<String>,
    /// When it was last tried to find out whether what is missing concerns the feed.
    tried: Option<Instant>,
}

/// What woke the session.
enum Woken {
    Message(Message),
    Ended,
    Reading(Reading),
    /// What has changed since the cookie that was asked with, where that could be found out.
    Caught(Option<Caught>),
    Time,
}

type CatchingUp = Option<Pin<Box<dyn Future<Output = Option<Caught>> + Send>>>;

impl Session {
    /// A synchronisation that begins as `account` says.
    pub(super) fn new(subject: Subject, account: Account) -> Self {
        let options = &subject.context.options;
        let now = subject.context.pool.clock.now();
        let watchdog = Watchdog::new(now, options.watch, options.behind);
        Self { subject, account, watchdog, heard: now, unread: None, tried: None }
    }

    /// Whether the server didn't begin with the cookie that it was given.
    pub(super) fn is_refused(&self) -> bool {
        self.account.cookie.is_none() && !self.account.refreshed
    }

    /// The cookie to go on with after this session; none when the next must begin anew.
    pub(super) fn into_cookie(self) -> Option<Vec<u8>> {
        self.account.cookie
    }

    /// Synchronises until something ends it.
    pub(super) async fn run(&mut self) -> End {
        let (context, search) = (self.subject.context.clone(), self.subject.search.clone());
        let mut operation = match self.start() {
            Ok(operation) => operation,
            Err(error) => return End::failed(error.to_string()),
        };
        let mut decoder = context.pool.decoder(&search);
        let address = self.subject.link.connection.address.clone();
        let (sender, mut readings) = mpsc::channel(1);
        let mut watching = std::pin::pin!(server::watch(&context, &address, self.subject.gauge, &search.base, sender));
        let mut catching_up: CatchingUp = None;
        loop {
            if catching_up.is_none()
                && let Some(cookie) = self.wants_to_catch_up()
            {
                let (context, address, search) = (context.clone(), address.clone(), search.clone());
                catching_up = Some(Box::pin(catch_up::since(context, address, search, cookie)));
            }
            let woken = tokio::select! {
                message = operation.next() => match message {
                    Ok(Some(message)) => match message::read(message, &mut decoder) {
                        Ok(message) => Woken::Message(message),
                        Err(error) => return End::failed(error.to_string()),
                    },
                    Ok(None) => Woken::Ended,
                    Err(error) => return self.failed(lost(error)),
                },
                Some(reading) = readings.recv() => Woken::Reading(reading),
                () = &mut watching => return End::failed("the server isn't watched any more"),
                caught = caught_up(&mut catching_up) => Woken::Caught(caught),
                () = sleep_until(self.next_look().into()) => Woken::Time,
            };
            match woken {
                Woken::Message(message) => {
                    self.heard = context.pool.clock.now();
                    if let Err(end) = self.hear(message) {
                        return end;
                    }
                }
                Woken::Ended => return self.ended(operation).await,
                Woken::Reading(reading) => self.compare(reading),
                Woken::Caught(Some(caught)) => {
                    if let Err(end) = self.catch_up(caught) {
                        return end;
                    }
                }
                Woken::Caught(None) => {}
                Woken::Time => {}
            }
            if let Some(end) = self.judge() {
                return end;
            }
        }
    }

    fn start(&self) -> Result<Operation, Error> {
        let mut request = Request::new(&self.subject.search, 0)?;
        request.controls.push(raw(manage_dsa_it()));
        let control = raw(sync_request(SyncMode::RefreshAndPersist, self.account.cookie.as_deref()));
        Ok(self.subject.link.connection.start(Arc::new(request), Some(control), None, ENDLESS))
    }

    fn hear(&mut self, message: Message) -> Result<(), End> {
        let refreshing = !self.account.refreshed;
        self.account.hear(message)?;
        if refreshing && self.account.refreshed && !self.subject.gauge.resumes() {
            // From here on it listens: whatever is read now is as it is, or its change is told.
            self.subject.context.reporter.everything("the synchronisation begins");
        }
        Ok(())
    }

    /// Tells what the feed itself may have missed.
    fn catch_up(&mut self, caught: Caught) -> Result<(), End> {
        if caught.messages.len() > catch_up::MOST {
            return Err(self.account.anew("too much has changed to be told"));
        }
        for message in caught.messages {
            self.account.hear(message)?;
        }
        self.account.note(caught.cookie);
        Ok(())
    }

    /// Compares with what the server says of itself on another connection.
    fn compare(&mut self, reading: Reading) {
        match reading.mark {
            Ok(mark) => {
                self.watchdog.heard(reading.asked, mark, &self.account.progress);
                self.unread = None;
            }
            Err(why) => self.unread = Some(why),
        }
    }

    /// The cookie to find out with what the feed may have missed, where it is time for that.
    fn wants_to_catch_up(&mut self) -> Option<Vec<u8>> {
        if self.subject.gauge != Gauge::LastChangeNumber || !self.account.refreshed {
            return None;
        }
        let cookie = self.account.cookie.clone()?;
        let watch = self.subject.context.options.watch;
        let due = self.watchdog.pending()? + watch / 2;
        let now = self.subject.context.pool.clock.now();
        if now < due || self.tried.is_some_and(|tried| now < tried + watch) {
            return None;
        }
        self.tried = Some(now);
        Some(cookie)
    }

    /// When to look again though nothing was heard.
    fn next_look(&self) -> Instant {
        let now = self.subject.context.pool.clock.now();
        let until = self.watchdog.healthy_until();
        if until > now && self.watchdog.pending().is_none() { until } else { now + LOOK }
    }

    /// Says how the feed is; the end of a session that is no use any more.
    fn judge(&mut self) -> Option<End> {
        let context = &self.subject.context;
        let followed = context.pool.pins.get(context.pool.followed());
        if followed.is_some_and(|server| *server.address != *self.subject.link.connection.address) {
            return Some(End::anew("another server is to be followed"));
        }
        let now = context.pool.clock.now();
        self.watchdog.progressed(&self.account.progress);
        context.reporter.level(self.watchdog.level());
        let Some(complaint) = self.watchdog.complaint(now) else {
            if self.account.refreshed {
                context.reporter.whole();
            }
            return None;
        };
        if !self.account.refreshed {
            return None;
        }
        let complaint = self.unread.as_deref().unwrap_or(complaint);
        context.reporter.broken(complaint);
        let silent_since = self.watchdog.healthy_until().max(self.heard);
        (now >= silent_since + SILENCE).then(|| End::failed(format!("{complaint} for {SILENCE:?}")))
    }

    /// The server has ended the synchronisation.
    async fn ended(&mut self, operation: Operation) -> End {
        match self.subject.link.connection.finish(operation).await {
            Ok(_) => End::failed("the server has ended the synchronisation"),
            Err(failure) => self.failed(failure),
        }
    }

    fn failed(&mut self, failure: Failure) -> End {
        match failure.into_read_error() {
            Error::Refused(result) if result.code == REFRESH_REQUIRED => {
                self.account.anew("the server can't go on from where the feed was")
            }
            Error::Refused(result) if NOT_OFFERED.contains(&result.code) && !self.account.refreshed => {
                End::not_offered(format!("the server refuses to synchronise: {result}"))
            }
            Error::Limit(limit) if !self.account.refreshed => self.account.anew(&limit.to_string()),
            error => End::failed(error.to_string()),
        }
    }
}

/// Waits until it is found out; for ever where nothing is to be.
async fn caught_up(catching_up: &mut CatchingUp) -> Option<Caught> {
    let Some(running) = catching_up else { return std::future::pending().await };
    let caught = running.await;
    *catching_up = None;
    caught
}
