//! One connection: HTTP/1.1 or HTTP/2, in clear or over TLS, until its client goes, it is idle for too long, or the server stops.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use http::header::{CONNECTION, HeaderValue};
use http::{Request, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::activity::{Activity, Patience, Quiet, Watched};
use super::options::ServerOptions;
use super::outgoing;
use super::peer::Peer;
use super::pressure::Pressure;
use super::service::Service;
use super::tls::Tls;
use crate::telemetry::catalogue::{CONNECTIONS, CONNECTIONS_CUT, TLS_FAILURES};
use crate::telemetry::{Counter, Gauge};

/// What answers the requests of connections.
pub(super) trait Answers: Clone + Send + Sync + 'static {
    /// The answer to the request of this peer.
    fn answer(&self, request: Request<Incoming>, peer: Arc<Peer>) -> impl Future<Output = Response> + Send + use<Self>;
    /// Waits for what goes on without a connection.
    fn settled(&self) -> impl Future<Output = ()> + Send;
}

impl Answers for Service {
    fn answer(&self, request: Request<Incoming>, peer: Arc<Peer>) -> impl Future<Output = Response> + Send + use<> {
        self.answer_to(request, peer)
    }

    fn settled(&self) -> impl Future<Output = ()> + Send {
        self.settled()
    }
}

/// What all connections of a server share.
pub(super) struct Connections<A> {
    http: Builder<TokioExecutor>,
    patience: Patience,
    tls: Option<Tls>,
    answers: A,
    stop: CancellationToken,
    open: Gauge,
    failed_handshakes: Counter,
    cut: Cut,
    /// Others want to connect, and there is no place for them.
    pub(super) pressure: Pressure,
}

/// Counts connections that weren't ended by their clients.
struct Cut {
    idle: Counter,
    slow: Counter,
    pressed: Counter,
}

/// How long a connection that is told to go may take to do so.
const LEAVING: Duration = Duration::from_secs(1);

/// Counts a connection as long as it is there.
struct Counted(Gauge);

impl<A: Answers> Connections<A> {
    /// Connections to `answers` that end when `stop` is cancelled.
    pub(super) fn new(options: &ServerOptions, tls: Option<Tls>, answers: A, stop: CancellationToken) -> Self {
        let ServerOptions { header_timeout, idle_timeout, send_timeout, .. } = *options;
        let patience = Patience { header_timeout, idle_timeout, send_timeout };
        let (open, failed_handshakes) = (CONNECTIONS.level(&[]), TLS_FAILURES.count(&[]));
        let [idle, slow, pressed] = ["idle", "slow", "pressed"].map(|reason| CONNECTIONS_CUT.count(&[reason]));
        let (cut, pressure) = (Cut { idle, slow, pressed }, Pressure::default());
        Self { http: builder(options), patience, tls, answers, stop, open, failed_handshakes, cut, pressure }
    }

    /// Serves one connection to its end.
    pub(super) async fn serve(self: Arc<Self>, stream: TcpStream, address: SocketAddr) {
        self.open.increment(1.0);
        let _counted = Counted(self.open.clone());
        // What was handed over to the operating system isn't kept for ever for a client that vanished, or takes nothing. Here that is
        // noticed first.
        let patience = SockRef::from(&stream).set_tcp_user_timeout(Some(self.patience.send_timeout * 2));
        if let Err(error) = stream.set_nodelay(true).and(patience) {
            tracing::debug!(%error, "options of a socket could not be set");
        }
        let address = Some(address.ip().to_canonical());
        let Some(tls) = &self.tls else {
            return self.speak(stream, Peer { address, shown: None }).await;
        };
        let accepted = tokio::select! {
            accepted = tls.accept(stream, self.patience.header_timeout) => accepted,
            () = self.pressure.felt(|| true) => return self.cut.pressed.increment(1),
        };
        match accepted {
            Ok((stream, shown)) => self.speak(stream, Peer { address, shown }).await,
            Err(error) => {
                self.failed_handshakes.increment(1);
                tracing::debug!(%error, ?address, "a TLS handshake failed");
            }
        }
    }

    async fn speak(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: Peer) {
        let activity = Arc::new(Activity::default());
        let requests = Arc::clone(&activity);
        let (answers, peer) = (self.answers.clone(), Arc::new(peer));
        // Hyper's own, which isn't cloned for each request.
        let counted = service_fn(move |request: Request<Incoming>| {
            let is_http1 = request.version() < Version::HTTP_2;
            let in_flight = requests.begin(is_http1);
            let answer = answers.answer(request, Arc::clone(&peer));
            async move {
                let mut answer = answer.await;
                // Without a word the client may send the next request just when the connection is closed.
                if is_http1 && in_flight.is_last() {
                    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(outgoing::watched(answer, in_flight, is_http1))
            }
        });
        let io = TokioIo::new(Watched::new(stream, Arc::clone(&activity)));
        let mut connection = pin!(self.http.serve_connection(io, counted));
        let outcome = tokio::select! {
            outcome = connection.as_mut() => outcome,
            () = self.stop.cancelled() => {
                tokio::select! {
                    outcome = connection.as_mut() => outcome,
                    () = activity.farewell() => {
                        connection.as_mut().graceful_shutdown();
                        connection.await
                    }
                }
            }
            quiet = activity.too_quiet(self.patience) => {
                if quiet == Quiet::SlowReader {
                    // Whoever doesn't read an answer doesn't read a farewell.
                    return self.cut.slow.increment(1);
                }
                self.cut.idle.increment(1);
                connection.as_mut().graceful_shutdown();
                // Whoever sends half a head isn't waited for.
                tokio::time::timeout(LEAVING, connection).await.unwrap_or(Ok(()))
            }
            () = self.pressure.felt(|| activity.is_idle()) => {
                self.cut.pressed.increment(1);
                connection.as_mut().graceful_shutdown();
                tokio::time::timeout(LEAVING, connection).await.unwrap_or(Ok(()))
            }
        };
        if let Err(error) = outcome {
            tracing::debug!(error, "a connection ended in an error");
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

fn builder(options: &ServerOptions) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // No header_read_timeout: it costs a timer per request, and `Activity` sees more.
    builder.http1().header_read_timeout(None).max_buf_size(options.max_header_bytes.max(8 << 10));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(options.max_header_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(256)
        // Bodies that nobody reads yet wait in memory: windows for 1 MiB, as are usual, would let each connection fill one.
        .initial_stream_window_size(128 << 10)
        .initial_connection_window_size(256 << 10);
    builder
}
