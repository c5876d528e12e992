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

use super::connection::Connections;
use super::options::ServerOptions;
use super::service::Service;

/// A bound socket that accepts connections.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    options: ServerOptions,
}

impl Listener {
    /// Takes over a socket that listens already. Must be called within a runtime.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn adopt(socket: std::net::TcpListener, options: ServerOptions) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self { socket: TcpListener::from_std(socket)?, options })
    }

    /// The address that it listens on.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until `shutdown` completes, then lets requests under way end, and writes whose clients are gone.
    pub async fn run(self, service: Service, shutdown: impl Future<Output = ()>) {
        let Self { socket, options } = self;
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let connections = Arc::new(Connections::new(&options, service.clone(), stop.clone()));
        let permits = Arc::new(Semaphore::new(options.max_connections.min(Semaphore::MAX_PERMITS)));
        let mut shutdown = pin!(shutdown);
        loop {
            let (stream, permit) = tokio::select! {
                accepted = accept(&socket, &permits) => match accepted { Some(accepted) => accepted, None => continue },
                () = &mut shutdown => break,
            };
            let connection = Arc::clone(&connections).serve(stream);
            tasks.spawn(async move {
                connection.await;
                drop(permit);
            });
        }
        drop(socket);
        stop.cancel();
        tasks.close();
        let drained = async {
            tasks.wait().await;
            service.settled().await;
        };
        if tokio::time::timeout(options.drain_timeout, drained).await.is_err() {
            tracing::warn!(connections = tasks.len(), "some requests were still under way when the server stopped");
        }
    }
}

/// The next connection, once there is room for it.
async fn accept(socket: &TcpListener, permits: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await.ok()?;
    match socket.accept().await {
        Ok((stream, _)) => Some((stream, permit)),
        Err(error) => {
            // Mostly: out of file descriptors. Trying again at once would only burn the processor.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}

#[cfg(test)]
mod tests;
