//! Connections: accepted up to a limit, served by HTTP/1.1 or HTTP/2, and brought to an end in order.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::backend::Backend;
use super::service::Service;

/// What connections may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerOptions {
    /// How many connections there may be; more wait to be accepted.
    pub max_connections: usize,
    /// How long a connection may take to send a request's head, and how long it may idle.
    pub header_timeout: Duration,
    /// The largest head of a request, in bytes.
    pub max_header_bytes: usize,
    /// How long requests may go on once the server is told to stop.
    pub drain_timeout: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            max_connections: 4096,
            header_timeout: Duration::from_secs(60),
            max_header_bytes: 128 << 10,
            drain_timeout: Duration::from_secs(30),
        }
    }
}

/// A bound socket that accepts connections.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    options: ServerOptions,
}

impl Listener {
    /// Listens on `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// Those of binding.
    pub async fn bind(address: SocketAddr, options: ServerOptions) -> io::Result<Self> {
        Ok(Self { socket: TcpListener::bind(address).await?, options })
    }

    /// The address that it listens on.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until `shutdown` completes, then lets requests under way end.
    pub async fn run<U: Backend>(self, service: Arc<Service<U>>, shutdown: impl Future<Output = ()>) {
        let Self { socket, options } = self;
        let graceful = GracefulShutdown::new();
        let http = Arc::new(builder(&options));
        let permits = Arc::new(Semaphore::new(options.max_connections.min(Semaphore::MAX_PERMITS)));
        let mut shutdown = pin!(shutdown);
        loop {
            let (stream, permit) = tokio::select! {
                accepted = accept(&socket, &permits) => match accepted { Some(accepted) => accepted, None => continue },
                () = &mut shutdown => break,
            };
            tokio::spawn(connection(stream, permit, Arc::clone(&http), Arc::clone(&service), graceful.watcher()));
        }
        drop(socket);
        if tokio::time::timeout(options.drain_timeout, graceful.shutdown()).await.is_err() {
            tracing::warn!("some requests were still under way when the server stopped");
        }
    }
}

fn builder(options: &ServerOptions) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        .max_buf_size(options.max_header_bytes.max(8 << 10));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(options.max_header_bytes).unwrap_or(u32::MAX))
        .keep_alive_interval(options.header_timeout)
        .max_concurrent_streams(256);
    builder
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

async fn connection<U: Backend>(
    stream: TcpStream,
    permit: OwnedSemaphorePermit,
    http: Arc<auto::Builder<TokioExecutor>>,
    service: Arc<Service<U>>,
    watcher: Watcher,
) {
    let _permit = permit;
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let service = service_fn(move |request| Arc::clone(&service).serve(request));
    let connection = http.serve_connection(TokioIo::new(stream), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(error, "a connection ended in an error");
    }
}
