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
    /// How many octets the socket has taken.
    written: AtomicU64,
    /// The socket took nothing more the last time.
    blocked: AtomicBool,
    /// How many octets of answers wait to be sent.
    unsent: AtomicUsize,
}

/// Why a connection is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quiet {
    /// Nothing happens, or a head doesn't come to its end.
    Idle,
    /// Answers aren't taken in.
    SlowReader,
}

/// How much of an answer a client takes in, in the time that it has for that, unless it is too slow.
const LEAST: u64 = 16 << 10;

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
    /// How long a client may take for 16 KiB of an answer.
    pub(super) send_timeout: Duration,
}

/// Octets of an answer that wait to be sent.
#[derive(Debug)]
pub(super) struct Unsent {
    activity: Arc<Activity>,
    octets: usize,
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

    /// These octets of an answer wait to be sent, until the value is dropped.
    pub(super) fn unsent(self: &Arc<Self>, octets: usize) -> Unsent {
        self.unsent.fetch_add(octets, Relaxed);
        Unsent { activity: Arc::clone(self), octets }
    }

    /// Whether something waits to be sent.
    pub(super) fn is_waiting(&self) -> bool {
        self.unsent.load(Relaxed) > 0 || self.blocked.load(Relaxed)
    }

    /// Whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.in_flight.load(Relaxed) == 0 && !self.is_waiting()
    }

    /// Waits until the connection has done nothing of use for too long. Tells so up to one tick late.
    pub(super) async fn too_quiet(&self, patience: Patience) -> Quiet {
        let tick = patience.tick();
        let [mut quiet, mut in_head, mut unread] = [Duration::ZERO; 3];
        let mut taken = 0;
        let mut before = self.look();
        loop {
            tokio::time::sleep(tick).await;
            let now = self.look();
            let longer = |so: bool, time: Duration| if so { time + tick } else { Duration::ZERO };
            let nothing = now.in_flight == 0 && !now.waiting;
            quiet = longer(nothing && now.transfers == before.transfers, quiet);
            in_head = longer(nothing && now.in_head && before.in_head && now.requests == before.requests, in_head);
            unread = longer(now.waiting && before.waiting, unread);
            taken = if unread.is_zero() { 0 } else { taken + now.written.wrapping_sub(before.written) };
            if taken >= LEAST {
                (unread, taken) = (Duration::ZERO, 0);
            }
            if unread >= patience.send_timeout {
                return Quiet::SlowReader;
            }
            if quiet >= patience.idle_timeout || in_head >= patience.header_timeout {
                return Quiet::Idle;
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
            written: self.written.load(Relaxed),
            waiting: self.is_waiting(),
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
    fn tick(self) -> Duration {
        self.header_timeout.min(self.idle_timeout).min(self.send_timeout) / 2
    }
}

impl InFlight {
    /// What happens on its connection.
    pub(super) fn activity(&self) -> &Arc<Activity> {
        &self.0
    }
}

impl Drop for Unsent {
    fn drop(&mut self) {
        self.activity.unsent.fetch_sub(self.octets, Relaxed);
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
    written: u64,
    waiting: bool,
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
        let activity = &self.activity;
        if let Poll::Ready(Ok(octets @ 1..)) = outcome {
            activity.transfers.fetch_add(1, Relaxed);
            activity.written.fetch_add(octets as u64, Relaxed);
        }
        // Seldom changes: looking costs less than writing.
        if activity.blocked.load(Relaxed) != outcome.is_pending() {
            activity.blocked.store(outcome.is_pending(), Relaxed);
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
