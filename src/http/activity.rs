//! What happens on a connection, so that one on which nothing happens can be closed.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What happens on one connection: written by its socket and its requests, looked at once per [`Patience::tick`].
#[derive(Debug, Default)]
pub(super) struct Activity {
    /// How often something was read or written.
    transfers: AtomicU64,
    /// How many requests have begun.
    requests: AtomicU64,
    /// How many of them are not answered yet.
    in_flight: AtomicUsize,
    /// Something was read since the last request began or ended: a part of the next one's head.
    in_head: AtomicBool,
    /// A request of HTTP/2 has come.
    is_http2: AtomicBool,
    /// The server stops: answers tell the client to go.
    closing: AtomicBool,
}

/// How long a connection that was told to go, or could not be told yet, may keep quiet before it is closed.
const FAREWELL: Duration = Duration::from_millis(300);

/// How long a connection may take to its first request when the server stops.
const GREETING: Duration = Duration::from_secs(1);

/// How long a connection may do nothing of use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// How long a request's head may take to arrive.
    pub(super) header_timeout: Duration,
    /// How long nothing may be transferred between requests.
    pub(super) idle_timeout: Duration,
}

/// A request under way on a connection.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Activity>);

impl Activity {
    /// A request has begun; it ends when the value is dropped.
    pub(super) fn begin(self: &Arc<Self>, is_http1: bool) -> InFlight {
        if !is_http1 {
            self.is_http2.store(true, Relaxed);
        }
        self.requests.fetch_add(1, Relaxed);
        self.in_flight.fetch_add(1, Relaxed);
        self.in_head.store(false, Relaxed);
        InFlight(Arc::clone(self))
    }

    /// Waits until the connection has done nothing of use for too long. Tells so up to one tick late.
    pub(super) async fn too_quiet(&self, patience: Patience) {
        let tick = patience.tick();
        let mut quiet = Duration::ZERO;
        let mut before = self.look();
        loop {
            tokio::time::sleep(tick).await;
            let now = self.look();
            let same_head = now.in_head && before.in_head && now.requests == before.requests;
            quiet = if now.in_flight == 0 && now.transfers == before.transfers { quiet + tick } else { Duration::ZERO };
            if now.in_flight == 0 && (same_head || quiet >= patience.idle_timeout) {
                return;
            }
            before = now;
        }
    }

    /// Waits for the moment when the connection can be closed without a request being lost: HTTP/2 says itself from which
    /// request on none is taken, HTTP/1.1 has a header for it, and who has nothing to ask for a while hears it without.
    pub(super) async fn farewell(&self) {
        self.closing.store(true, Relaxed);
        let tick = FAREWELL / 10;
        let mut quiet = Duration::ZERO;
        let mut before = self.look();
        loop {
            let enough = if before.requests == 0 { GREETING } else { FAREWELL };
            if self.is_http2.load(Relaxed) || quiet >= enough {
                return;
            }
            tokio::time::sleep(tick).await;
            let now = self.look();
            quiet = if now.in_flight == 0 && now.transfers == before.transfers { quiet + tick } else { Duration::ZERO };
            before = now;
        }
    }

    fn look(&self) -> Look {
        Look {
            transfers: self.transfers.load(Relaxed),
            requests: self.requests.load(Relaxed),
            in_flight: self.in_flight.load(Relaxed),
            in_head: self.in_head.load(Relaxed),
        }
    }
}

impl InFlight {
    /// Whether the answer should tell the client to go.
    pub(super) fn is_last(&self) -> bool {
        self.0.closing.load(Relaxed)
    }
}

impl Patience {
    /// How often to look.
    pub(super) fn tick(self) -> Duration {
        self.header_timeout.min(self.idle_timeout)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
        self.0.in_head.store(false, Relaxed);
    }
}

/// An [`Activity`] at one moment.
#[derive(Debug, Clone, Copy)]
struct Look {
    transfers: u64,
    requests: u64,
    in_flight: usize,
    in_head: bool,
}

/// A socket that writes down what passes through it.
#[derive(Debug)]
pub(super) struct Watched<S> {
    socket: S,
    activity: Arc<Activity>,
}

impl<S> Watched<S> {
    /// Watches `socket`.
    pub(super) fn new(socket: S, activity: Arc<Activity>) -> Self {
        Self { socket, activity }
    }

    fn wrote(&self, outcome: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if matches!(outcome, Poll::Ready(Ok(1..))) {
            self.activity.transfers.fetch_add(1, Relaxed);
        }
        outcome
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut this.socket).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            this.activity.transfers.fetch_add(1, Relaxed);
            this.activity.in_head.store(true, Relaxed);
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.socket).poll_write(cx, bytes);
        this.wrote(outcome)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.socket).poll_write_vectored(cx, slices);
        this.wrote(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(cx)
    }
}
