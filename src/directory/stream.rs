//! Paged searches (RFC 2696) through bounded memory: a task reads pages ahead, a few at most, and waits until they are
//! taken.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::connection::lost;
use super::decode::{Decoder, Item};
use super::error::Failure;
use super::exclusive::{Exclusive, Loan};
use super::meter::Kind;
use super::paged;
use super::pool::closed;
use super::ranges::Incomplete;
use super::request::Request;
use super::{Error, Limit};
use crate::ldap::{Entry, Search};
use crate::telemetry::trace::carried;

/// How long letting go of a paged search may take before its connection is closed instead.
const RELEASE: Duration = Duration::from_secs(1);

/// How a paged search is read.
#[derive(Clone, Copy, Debug)]
pub struct StreamOptions {
    /// How many entries a page has; the directory's `page_size` at most.
    pub page: u32,
    /// How many pages are read before they are asked for; at least 1.
    pub read_ahead: usize,
    /// How long the server may take for one page.
    pub page_timeout: Duration,
    /// How long a page may lie unread before the search is given up and its connection freed.
    pub idle: Duration,
    /// When the search is given up in any case.
    pub deadline: Option<Instant>,
    /// Whether the whole answer is asked for at once, which costs a server less than pages and which many refuse
    /// ([`Limit::Size`], [`Limit::Admin`]), maybe after some entries. It is handed on in pages all the same.
    pub at_once: bool,
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self {
            page: 500,
            read_ahead: 2,
            page_timeout: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            deadline: None,
            at_once: false,
        }
    }
}

/// The entries of a paged search, page by page. May be left alone between two pages for as long as its options say.
/// Dropping it ends the search and frees its connection.
#[derive(Debug)]
pub struct EntryStream {
    pages: mpsc::Receiver<Page>,
    ended: bool,
}

type Page = Result<Option<Vec<Entry>>, Error>;

impl EntryStream {
    /// The next entries, at least one; nothing at the end, and again nothing after that or after an error.
    ///
    /// # Errors
    /// As [`Directory::search`](super::Directory::search), and [`Limit::Idle`] after being left alone for too long.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<Entry>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let page = self.pages.recv().await;
        let page = page.unwrap_or_else(|| Err(Error::Protocol("a paged search ended without a result".to_owned())));
        self.ended = !matches!(page, Ok(Some(_)));
        page
    }
}

/// For how long a search keeps a connection that somebody waits for, though nobody takes its pages.
const PATIENCE: Duration = Duration::from_millis(250);

/// Starts to read.
pub(super) fn start(exclusive: Arc<Exclusive>, search: Arc<Search>, options: StreamOptions) -> EntryStream {
    let (sender, pages) = mpsc::channel(options.read_ahead.max(1));
    tokio::spawn(carried(async move {
        let reader = Reader { exclusive, search, options, sender: sender.clone() };
        let end = tokio::select! {
            () = sleep_until(options.deadline) => Err(Error::Deadline),
            end = reader.run() => end,
        };
        let _ = sender.send(end.map(|()| None)).await;
    }));
    EntryStream { pages, ended: false }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}

/// Reads pages and hands them on.
struct Reader {
    exclusive: Arc<Exclusive>,
    search: Arc<Search>,
    options: StreamOptions,
    sender: mpsc::Sender<Page>,
}

/// Where a page goes, once there is room for it.
type Room<'a> = mpsc::Permit<'a, Page>;

/// What the server said after a page.
enum After {
    More(Vec<u8>),
    Last,
}

impl Reader {
    async fn run(self) -> Result<(), Error> {
        let paged = self.exclusive.pool.is_paged();
        // Where a server has no pages, the whole answer is one.
        let most = if paged { 0 } else { self.exclusive.pool.options.unpaged_limit };
        let request = Request::new(&self.search, self.search.size_limit.unwrap_or(most))?;
        let request = Arc::new(
            request.fitted(self.exclusive.pool.capabilities().as_deref()).on_behalf(&self.exclusive.pool.options),
        );
        let mut decoder = self.exclusive.pool.decoder(&self.search);
        let mut loan = tokio::select! {
            () = self.sender.closed() => return Ok(()),
            loan = timeout(self.options.page_timeout, self.exclusive.lend()) => loan.unwrap_or_else(|_| Err(busy()))?,
        };
        let mut cookie = Vec::new();
        let mut first = true;
        loop {
            let Some(room) = self.room().await else {
                release(loan, request, cookie).await;
                return Ok(());
            };
            let Ok(room) = room else {
                release(loan, request, cookie).await;
                return Err(Error::Limit(Limit::Idle));
            };
            let page = tokio::select! {
                () = self.sender.closed() => return Ok(()),
                page = timeout(self.options.page_timeout, self.timed_page(&loan, &request, cookie, room, &mut decoder)) => page,
            };
            cookie = match page {
                Err(_) => return Err(Error::Deadline),
                Ok(Ok(After::More(cookie))) => cookie,
                Ok(Ok(After::Last)) => {
                    loan.give_back();
                    return Ok(());
                }
                // The server may have closed a connection while nobody used it.
                Ok(Err(Failure::Lost(_))) if first && loan.was_idle() && !self.options.at_once => {
                    loan.reopen().await?;
                    Vec::new()
                }
                Ok(Err(failure)) => {
                    let error = failure.into_read_error();
                    return if self.exclusive.pool.options.hides(&error) { Ok(()) } else { Err(error) };
                }
            };
            first = false;
        }
    }

    /// Room for one more page; nothing when nobody wants it, an error when nobody took the ones before for too long: longer than
    /// the search may be idle, or longer than [`PATIENCE`] while somebody else waits for a connection.
    async fn room(&self) -> Option<Result<Room<'_>, ()>> {
        let wanted = async {
            sleep(PATIENCE).await;
            self.exclusive.wanted().await;
        };
        tokio::select! {
            biased;
            room = self.sender.reserve() => room.ok().map(Ok),
            () = wanted => Some(Err(())),
            () = sleep(self.options.idle) => Some(Err(())),
        }
    }

    async fn timed_page(
        &self,
        loan: &Loan,
        request: &Arc<Request>,
        cookie: Vec<u8>,
        room: Room<'_>,
        decoder: &mut Decoder,
    ) -> Result<After, Failure> {
        let timed = self.exclusive.pool.meter.begin(Kind::Page);
        let page = self.page(loan, request, cookie, room, decoder).await;
        timed.read(&page);
        page
    }

    async fn page(
        &self,
        loan: &Loan,
        request: &Arc<Request>,
        cookie: Vec<u8>,
        mut room: Room<'_>,
        decoder: &mut Decoder,
    ) -> Result<After, Failure> {
        let Some(connection) = loan.connection() else { return Err(closed().into()) };
        let size = self.options.page.clamp(1, self.exclusive.pool.options.page_size);
        let at_once = self.options.at_once;
        let control = (self.exclusive.pool.is_paged() && !at_once).then(|| paged::request(size, &cookie));
        let mut operation = connection.start(request.clone(), control, None, self.options.page_timeout);
        let mut entries = Vec::with_capacity(size as usize);
        let mut incomplete = Incomplete::default();
        while let Some(message) = operation.next().await.map_err(lost)? {
            match decoder.item(message)? {
                Item::Entry(mut entry, parts) => {
                    entry.origin = connection.origin();
                    incomplete.note(entries.len(), parts);
                    entries.push(entry);
                    if at_once && entries.len() >= size as usize {
                        let parts = std::mem::take(&mut incomplete);
                        parts.complete(connection, request, decoder, &mut entries, self.options.page_timeout).await?;
                        room.send(Ok(Some(std::mem::replace(&mut entries, Vec::with_capacity(size as usize)))));
                        room = self.room().await.and_then(Result::ok).ok_or(Error::Limit(Limit::Idle))?;
                    }
                }
                Item::Reference(url) => connection.note_reference(&url),
                Item::Skipped => connection.note_skipped(),
            }
        }
        let result = connection.finish(operation).await?;
        incomplete.complete(connection, request, decoder, &mut entries, self.options.page_timeout).await?;
        if !entries.is_empty() {
            room.send(Ok(Some(entries)));
        }
        Ok(paged::cookie(&result)?.map_or(After::Last, After::More))
    }
}

fn busy() -> Error {
    Error::Unavailable {
        retry_after: Duration::from_secs(1),
        detail: "all connections for paged searches are in use".to_owned(),
    }
}

/// Ends a paged search between two pages (RFC 2696 section 3), so that its connection can serve again. Where the server
/// doesn't confirm that, the connection is closed.
async fn release(loan: Loan, request: Arc<Request>, cookie: Vec<u8>) {
    if cookie.is_empty() {
        return loan.give_back();
    }
    let Some(connection) = loan.connection() else { return };
    let mut operation = connection.start(request, Some(paged::request(0, &cookie)), None, RELEASE);
    let drained = timeout(RELEASE, async {
        while let Ok(Some(_)) = operation.next().await {}
        connection.finish(operation).await.is_ok()
    });
    if drained.await.unwrap_or(false) {
        loan.give_back();
    }
}
