//! Connections that one user has for itself: a paged search, as its cookie is state of the connection and a server takes one
//! per connection (RFC 2696).

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::Error;
use super::connection::{Connection, Driver};
use super::discovery;
use super::pool::{Among, Pool, closed};
use super::reach::reach;
use super::servers::Server;

/// How long a connection is kept that no search uses.
const KEEP: Duration = Duration::from_secs(60);

/// How long somebody waits for a connection before one more search is asked to make room.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// A small pool of connections for one purpose.
#[derive(Debug)]
pub(super) struct Exclusive {
    pub(super) pool: Arc<Pool>,
    most: usize,
    permits: Arc<Semaphore>,
    /// Told again and again while somebody waits.
    wanted: Notify,
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    link: Link,
    since: Instant,
}

/// A connection with its driver.
#[derive(Debug)]
struct Link {
    connection: Connection,
    _driver: Driver,
    /// Whether another search has used it before.
    used: bool,
}

/// A connection on loan; given back by [`Loan::give_back`], closed when dropped.
#[derive(Debug)]
pub(super) struct Loan {
    exclusive: Arc<Exclusive>,
    permit: Option<OwnedSemaphorePermit>,
    link: Option<Link>,
}

impl Exclusive {
    /// A pool of `most` connections at most, to the server that takes the reads.
    pub(super) fn new(pool: Arc<Pool>, most: usize) -> Self {
        Self { pool, most, permits: Arc::new(Semaphore::new(most)), wanted: Notify::new(), idle: Mutex::default() }
    }

    /// How many connections are on loan.
    pub(super) fn in_use(&self) -> usize {
        self.most.saturating_sub(self.permits.available_permits())
    }

    /// Lends a connection as soon as there is one.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no server can be reached, [`Error::NotSent`] after closing.
    pub(super) async fn lend(self: &Arc<Self>) -> Result<Loan, Error> {
        let permit = self.permit().await?;
        self.pool.until_up(Among::All).await?;
        let server = self.server();
        let link = self.take_idle(server.as_ref());
        let mut loan = Loan { exclusive: self.clone(), permit: Some(permit), link };
        if loan.link.is_none() {
            loan.link = Some(self.open().await?);
        }
        if let Some(connection) = loan.connection() {
            self.pool.pins.read_at(&connection.address);
        }
        Ok(loan)
    }

    /// The right to a connection. While there is none, searches that nobody reads at present are asked to end, one after the other:
    /// those that wait for their reader's next page, or whose request itself waits for a second connection.
    async fn permit(&self) -> Result<OwnedSemaphorePermit, Error> {
        let mut permit = pin!(self.permits.clone().acquire_owned());
        loop {
            if let Ok(permit) = timeout(ASK_AGAIN, &mut permit).await {
                return permit.map_err(|_| closed());
            }
            self.wanted.notify_one();
        }
    }

    /// Returns when somebody waits for a connection, to one of those who call this.
    pub(super) async fn wanted(&self) {
        loop {
            self.wanted.notified().await;
            if self.permits.available_permits() == 0 {
                return;
            }
        }
    }

    /// The server to be asked; nothing where there is but one, or none.
    fn server(&self) -> Option<Server> {
        self.pool.pins.get(self.pool.reading())
    }

    fn take_idle(&self, server: Option<&Server>) -> Option<Link> {
        let now = self.pool.clock.now();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(Idle { link, since }) = idle.pop() {
            let there = server.is_none_or(|server| server.address == link.connection.address);
            if there && !link.connection.is_closed() && now.saturating_duration_since(since) < KEEP {
                return Some(link);
            }
        }
        None
    }

    /// Opens a connection beside the pool's.
    async fn open(&self) -> Result<Link, Error> {
        let unavailable = |detail| Error::Unavailable { retry_after: Duration::from_secs(1), detail };
        let Some(server) = self.server() else { return Err(unavailable("no server is connected".to_owned())) };
        let role = self.pool.reading();
        let opened = reach(&self.pool, role, &[server]).await.map_err(|error| unavailable(error.to_string()))?;
        let connection = Connection::new(opened.ldap, 1, opened.server.address, self.pool.skipped.clone());
        discovery::learn_origin(&self.pool, &connection).await?;
        Ok(Link { connection, _driver: opened.driver, used: false })
    }

    /// Lets nobody have a connection any more.
    pub(super) fn close(&self) {
        self.permits.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Loan {
    /// The connection.
    pub(super) fn connection(&self) -> Option<&Connection> {
        self.link.as_ref().map(|link| &link.connection)
    }

    /// Whether it was at hand, and so may have been closed by the server in the meantime.
    pub(super) fn was_idle(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.used)
    }

    /// Takes a fresh connection instead.
    pub(super) async fn reopen(&mut self) -> Result<(), Error> {
        self.link = None;
        self.link = Some(self.exclusive.open().await?);
        Ok(())
    }

    /// Gives the connection back for the next search; its state must be clean.
    pub(super) fn give_back(mut self) {
        let Some(mut link) = self.link.take() else { return };
        link.used = true;
        if !self.exclusive.permits.is_closed() && !link.connection.is_closed() {
            let since = self.exclusive.pool.clock.now();
            self.exclusive.idle.lock().unwrap_or_else(PoisonError::into_inner).push(Idle { link, since });
        }
        drop(self.permit.take());
    }
}

/// Closes connections that were left alone for long, until the directory is closed.
pub(super) async fn reap(exclusive: Arc<Exclusive>) {
    loop {
        tokio::select! {
            () = exclusive.pool.closed.cancelled() => return exclusive.close(),
            () = tokio::time::sleep(KEEP / 2) => {}
        }
        let now = exclusive.pool.clock.now();
        let mut idle = exclusive.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|idle| now.saturating_duration_since(idle.since) < KEEP && !idle.link.connection.is_closed());
    }
}
