//! Content synchronisation (RFC 4533): what changed since a cookie, and then every change as it happens.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::sleep_until;

use super::context::{Context, End};
use super::event::{ChangeKind, ChangedEntry};
use super::identity;
use super::link::Link;
use super::mark::Mark;
use super::message::{self, Message};
use super::server::{self, Gauge, Reading};
use super::watchdog::Watchdog;
use crate::directory::connection::{Connection, lost};
use crate::directory::error::Failure;
use crate::directory::operation::Operation;
use crate::directory::request::{ENDLESS, Request, raw};
use crate::directory::{Capabilities, Error, Vendor};
use crate::ldap::controls::{SyncInfo, SyncKind, SyncMode, SyncUuid, manage_dsa_it, sync_request};
use crate::ldap::result::ResultCode;
use crate::ldap::{Entry, Filter, Scope, Search};

/// e-syncRefreshRequired (RFC 4533 section 2.6).
const REFRESH_REQUIRED: ResultCode = ResultCode(4096);

/// A feed by content synchronisation, over all its sessions.
pub(super) struct Sync {
    context: Arc<Context>,
    /// Where the last session ended: the cookie to go on with.
    cookie: Option<Vec<u8>>,
    /// Whether anything was told before: nothing known could be stale otherwise.
    begun: bool,
}

/// One session.
struct Session<'a> {
    sync: &'a mut Sync,
    connection: &'a Connection,
    gauge: Gauge,
    progress: Option<Mark>,
    /// Whether everything up to now has been told.
    refreshed: bool,
    watchdog: Watchdog,
}

impl Sync {
    /// A feed that hasn't begun.
    pub(super) fn new(context: Arc<Context>) -> Self {
        Self { context, cookie: None, begun: false }
    }

    /// Synchronises over `link` until something ends it.
    pub(super) async fn session(&mut self, link: Link, capabilities: &Capabilities) -> End {
        let context = self.context.clone();
        let options = &context.options;
        let base = capabilities.naming_context(&options.base).unwrap_or(&options.base).to_owned();
        let gauge = match capabilities.vendor {
            Vendor::Directory389 => Gauge::LastChangeNumber,
            _ => Gauge::ContextCsn,
        };
        let mark = match gauge.read(&link.connection, &base, context.pool.options.operation_timeout).await {
            Ok(mark) => mark,
            Err(why) => return End::failed(why),
        };
        if self.cookie.is_none() {
            if self.begun {
                context.reporter.everything("the synchronisation starts anew");
            }
            self.cookie = mark.as_ref().and_then(Mark::cookie);
        }
        self.begun = true;
        let search = match search(&base, options.asked()) {
            Some(search) => search,
            None => return End::failed("the search can't be expressed"),
        };
        let progress = match gauge {
            Gauge::ContextCsn => self.cookie.as_deref().and_then(Mark::of_cookie),
            Gauge::LastChangeNumber => mark,
        };
        let now = context.pool.clock.now();
        let watchdog = Watchdog::new(now, options.watch, options.behind);
        let session = Session { sync: self, connection: &link.connection, gauge, progress, refreshed: false, watchdog };
        session.run(&base, &search).await
    }
}

fn search(base: &str, attributes: Arc<crate::ldap::AttributeSet>) -> Option<Search> {
    let filter = Filter::Present("objectClass".parse().ok()?);
    let scope = Scope::Subtree;
    Some(Search { base: base.to_owned(), scope, filter, attributes, size_limit: None, dereference: Vec::new() })
}

impl Session<'_> {
    async fn run(mut self, base: &str, search: &Search) -> End {
        let context = self.sync.context.clone();
        let mut request = match Request::new(search, 0) {
            Ok(request) => request,
            Err(error) => return End::failed(error.to_string()),
        };
        request.controls.push(raw(manage_dsa_it()));
        let control = raw(sync_request(SyncMode::RefreshAndPersist, self.sync.cookie.as_deref()));
        let mut operation = self.connection.start(Arc::new(request), Some(control), None, ENDLESS);
        let mut decoder = context.pool.decoder(search);
        let (sender, mut readings) = mpsc::channel(1);
        let watching = server::watch(
            context.pool.clone(),
            self.connection.address.clone(),
            self.gauge,
            base.to_owned(),
            context.options.watch,
            context.options.behind,
            sender,
        );
        tokio::pin!(watching);
        loop {
            let healthy_until = self.watchdog.healthy_until();
            tokio::select! {
                message = operation.next() => match message {
                    Ok(Some(message)) => match message::read(message, &mut decoder) {
                        Ok(message) => if let Some(end) = self.hear(message) { return end },
                        Err(error) => return End::failed(error.to_string()),
                    },
                    Ok(None) => return self.ended(operation).await,
                    Err(error) => return self.failed(lost(error)),
                },
                Some(reading) = readings.recv() => if let Some(end) = self.compare(reading) { return end },
                () = &mut watching => return End::failed("the server isn't watched any more"),
                () = sleep_until(healthy_until.into()), if self.refreshed => self.judge(),
            }
        }
    }

    /// Takes in one message.
    fn hear(&mut self, message: Message) -> Option<End> {
        match message {
            Message::Entry(entry, state) => {
                if state.kind != SyncKind::Present {
                    self.tell(entry, state.kind, &state.uuid);
                }
                self.note(state.cookie);
            }
            Message::Info(SyncInfo::NewCookie(cookie)) => self.note(Some(cookie)),
            Message::Info(SyncInfo::RefreshDelete { cookie, done }) => {
                self.note(cookie);
                self.refreshed |= done;
            }
            Message::Info(SyncInfo::RefreshPresent { cookie, done }) => {
                self.note(cookie);
                self.refreshed |= done;
            }
            Message::Info(SyncInfo::Ids { cookie, gone: true, uuids }) => {
                self.gone(&uuids);
                self.note(cookie);
            }
            Message::Info(SyncInfo::Ids { gone: false, .. }) => {
                self.sync.cookie = None;
                return Some(End { reason: "the server can't tell what is gone".to_owned(), at_once: true });
            }
            Message::Other => {}
        }
        self.judge();
        None
    }

    fn tell(&mut self, entry: Entry, kind: SyncKind, uuid: &SyncUuid) {
        let context = &self.sync.context;
        let id = identity::of_entry(&context.options, &entry).or_else(|| identity::of_uuid(&context.options, uuid));
        let change = match kind {
            SyncKind::Delete => ChangedEntry { id, kind: ChangeKind::Gone, dn: Some(entry.dn), entry: None },
            SyncKind::Add | SyncKind::Modify | SyncKind::Present => {
                ChangedEntry { id, kind: ChangeKind::Present, dn: Some(entry.dn.clone()), entry: Some(entry) }
            }
        };
        context.reporter.changed(vec![change]);
    }

    fn gone(&mut self, uuids: &[SyncUuid]) {
        let context = &self.sync.context;
        let ids: Option<Vec<Vec<u8>>> = uuids.iter().map(|uuid| identity::of_uuid(&context.options, uuid)).collect();
        match ids {
            Some(ids) => {
                let gone = |id| ChangedEntry { id: Some(id), kind: ChangeKind::Gone, dn: None, entry: None };
                context.reporter.changed(ids.into_iter().map(gone).collect());
            }
            None => context.reporter.everything("entries are gone that the server names in its own way"),
        }
    }

    /// Notes how far the synchronisation has come.
    fn note(&mut self, cookie: Option<Vec<u8>>) {
        let Some(cookie) = cookie else { return };
        match (Mark::of_cookie(&cookie), &mut self.progress) {
            (Some(mark), Some(progress)) => {
                progress.advance(&mark);
                self.sync.cookie = progress.cookie();
            }
            (Some(mark), None) => {
                self.sync.cookie = mark.cookie();
                self.progress = Some(mark);
            }
            (None, _) => self.sync.cookie = Some(cookie),
        }
        if let Some(progress) = &self.progress {
            self.watchdog.progressed(progress);
        }
    }

    /// Compares with what the server says of itself on another connection.
    fn compare(&mut self, reading: Reading) -> Option<End> {
        let Some(progress) = &self.progress else { return None };
        match reading.mark {
            Ok(mark) => self.watchdog.heard(reading.asked, mark, progress),
            Err(why) => return Some(End::failed(why)),
        }
        self.judge();
        None
    }

    /// Says how the feed is.
    fn judge(&self) {
        let reporter = &self.sync.context.reporter;
        reporter.level(self.watchdog.level());
        match self.watchdog.complaint(self.sync.context.pool.clock.now()) {
            _ if !self.refreshed => {}
            Some(complaint) => reporter.broken(complaint),
            None => reporter.whole(),
        }
    }

    /// The server has ended the synchronisation.
    async fn ended(&mut self, operation: Operation) -> End {
        match self.connection.finish(operation).await {
            Ok(_) => End::failed("the server has ended the synchronisation"),
            Err(failure) => self.failed(failure),
        }
    }

    fn failed(&mut self, failure: Failure) -> End {
        match failure.into_read_error() {
            Error::Refused(result) if result.code == REFRESH_REQUIRED => {
                self.sync.cookie = None;
                End { reason: "the server can't go on from where the feed was".to_owned(), at_once: true }
            }
            error => End::failed(error.to_string()),
        }
    }
}
