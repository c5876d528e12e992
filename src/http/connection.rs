//! One connection: HTTP/1.1 or HTTP/2, until its client goes, it is idle for too long, or the server stops.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::activity::{Activity, Patience, Watched};
use super::options::ServerOptions;
use super::service::Service;

/// What all connections of a server share.
#[derive(Debug)]
pub(super) struct Connections {
    http: Builder<TokioExecutor>,
    patience: Patience,
    service: Service,
    stop: CancellationToken,
}

impl Connections {
    /// Connections to `service` that end when `stop` is cancelled.
    pub(super) fn new(options: &ServerOptions, service: Service, stop: CancellationToken) -> Self {
        let patience = Patience { header_timeout: options.header_timeout, idle_timeout: options.idle_timeout };
        Self { http: builder(options), patience, service, stop }
    }

    /// Serves one connection to its end.
    pub(super) async fn serve(self: Arc<Self>, stream: TcpStream) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
        let activity = Arc::new(Activity::default());
        let requests = Arc::clone(&activity);
        let service = self.service.clone();
        let counted = tower::service_fn(move |request| {
            let in_flight = requests.begin();
            let answer = service.answer(request);
            async move {
                let answer = answer.await;
                drop(in_flight);
                Ok::<_, Infallible>(answer)
            }
        });
        let io = TokioIo::new(Watched::new(stream, Arc::clone(&activity)));
        let mut connection = pin!(self.http.serve_connection(io, TowerToHyperService::new(counted)));
        let outcome = tokio::select! {
            outcome = connection.as_mut() => outcome,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
            () = activity.too_quiet(self.patience) => {
                connection.as_mut().graceful_shutdown();
                // Whoever sends half a head or doesn't read an answer isn't waited for.
                tokio::time::timeout(self.patience.tick(), connection).await.unwrap_or(Ok(()))
            }
        };
        if let Err(error) = outcome {
            tracing::debug!(error, "a connection ended in an error");
        }
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
        .max_concurrent_streams(256);
    builder
}
