//! The socket: connections are accepted up to a limit, and brought to an end in order.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::admin::Admin;
use super::connection::{Answers, Connections};
use super::options::ServerOptions;
use super::pressure::Pressure;
use super::service::Service;
use super::tls::Tls;

/// How long a connection waits for its place before another one loses its own.
const PATIENCE: Duration = Duration::from_millis(100);

/// A bound socket that accepts connections.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    options: ServerOptions,
    tls: Option<Tls>,
}

impl Listener {
    /// Takes over a socket that listens already. Must be called within a runtime.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn adopt(socket: std::net::TcpListener, options: ServerOptions) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { socket: TcpListener::from_std(socket)?, options, tls: None })
    }

    /// The address that it listens on.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Speaks TLS with this from now on.
    #[must_use]
    pub fn secured(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// Serves until `shutdown` completes, then lets requests under way end, and writes whose clients are gone.
    pub async fn run(self, service: Service, shutdown: impl Future<Output = ()>) {
        self.serve(service, shutdown).await;
    }

    /// The same for those who watch the server.
    pub async fn run_admin(self, admin: Admin, shutdown: impl Future<Output = ()>) {
        self.serve(admin, shutdown).await;
    }

    async fn serve(self, answers: impl Answers, shutdown: impl Future<Output = ()>) {
        let Self { socket, options, tls } = self;
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let connections = Arc::new(Connections::new(&options, tls, answers.clone(), stop.clone()));
        let permits = Arc::new(Semaphore::new(options.max_connections.min(Semaphore::MAX_PERMITS)));
        let serve = |(stream, address), permit: OwnedSemaphorePermit| {
            let connection = Arc::clone(&connections).serve(stream, address);
            tasks.spawn(async move {
                connection.await;
                drop(permit);
            });
        };
        let mut shutdown = pin!(shutdown);
        let mut next = None;
        loop {
            tokio::select! {
                accepted = accept(&socket), if next.is_none() => next = accepted,
                permit = place(&permits, &connections.pressure, &options), if next.is_some() => {
                    if let Some((accepted, permit)) = next.take().zip(permit) {
                        serve(accepted, permit);
                    }
                }
                () = &mut shutdown => break,
            }
        }
        for accepted in next.into_iter().chain(queued(socket)) {
            // Clients that have connected already get their answer, within the limits.
            let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else { break };
            serve(accepted, permit);
        }
        stop.cancel();
        tasks.close();
        let drained = async {
            tasks.wait().await;
            answers.settled().await;
        };
        if tokio::time::timeout(options.drain_timeout, drained).await.is_err() {
            tracing::warn!(connections = tasks.len(), "some requests were still under way when the server stopped");
        }
    }
}

/// The next connection.
async fn accept(socket: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    match socket.accept().await {
        Ok(accepted) => Some(accepted),
        Err(error) => {
            // Mostly: out of file descriptors. Trying again at once would only burn the processor.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

/// A place for a connection that waits for one. While there is none, some of those on which nothing happens are closed.
async fn place(permits: &Arc<Semaphore>, pressure: &Pressure, options: &ServerOptions) -> Option<OwnedSemaphorePermit> {
    loop {
        let permit = Arc::clone(permits).acquire_owned();
        match tokio::time::timeout(PATIENCE, permit).await {
            Ok(permit) => return permit.ok(),
            Err(_) => pressure.press((options.max_connections / 64).max(1)),
        }
    }
}

/// The connections that the operating system has accepted already: closing the socket would reset them.
fn queued(socket: TcpListener) -> impl Iterator<Item = (TcpStream, SocketAddr)> {
    let socket = socket.into_std().ok();
    std::iter::from_fn(move || {
        let (stream, address) = socket.as_ref()?.accept().ok()?;
        stream.set_nonblocking(true).ok()?;
        Some((TcpStream::from_std(stream).ok()?, address))
    })
}

#[cfg(test)]
mod tests;
