//! Traces on their way to a collector, in builds that have them.

use super::outcome::Result;
use crate::config;

/// What sends traces.
#[derive(Debug, Default)]
pub(super) struct Traces {
    #[cfg(feature = "otel")]
    provider: Option<opentelemetry_sdk::trace::SdkTracerProvider>,
}

impl Traces {
    /// Begins to make traces, if the settings say where they go. Must be called within a runtime.
    ///
    /// # Errors
    /// When they can't be sent so.
    #[cfg(not(feature = "otel"))]
    #[allow(clippy::unnecessary_wraps, reason = "it can fail where there are traces")]
    pub(super) fn start(_: &config::Trace) -> Result<Self> {
        Ok(Self::default())
    }

    /// The same.
    ///
    /// # Errors
    /// When they can't be sent so.
    #[cfg(feature = "otel")]
    pub(super) fn start(settings: &config::Trace) -> Result<Self> {
        let Some(endpoint) = &settings.endpoint else { return Ok(Self::default()) };
        let provider = sent::provider(endpoint, settings)
            .map_err(|error| super::outcome::Failure::failed(format!("traces can't be sent: {error}")))?;
        crate::telemetry::trace::install(opentelemetry::trace::TracerProvider::tracer(&provider, "scimfront"));
        Ok(Self { provider: Some(provider) })
    }

    /// Sends what there is, within a few seconds.
    pub(super) async fn flush(self) {
        #[cfg(feature = "otel")]
        if let Some(provider) = self.provider {
            // It waits for a thread of its own, which waits for this runtime.
            let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(sent::PATIENCE)).await;
            if !matches!(ended, Ok(Ok(()))) {
                tracing::warn!("some traces could not be sent");
            }
        }
    }
}

#[cfg(feature = "otel")]
mod sent {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    use std::time::Duration;

    use bytes::Bytes;
    use http::{Request, Response, Uri};
    use opentelemetry::KeyValue;
    use opentelemetry_http::{HttpClient, HttpError};
    use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
    use tokio::runtime::Handle;

    use crate::config;
    use crate::web::Address;

    /// How long the last ones may take.
    pub(super) const PATIENCE: Duration = Duration::from_secs(5);

    pub(super) fn provider(endpoint: &Uri, settings: &config::Trace) -> Result<SdkTracerProvider, ExporterBuildError> {
        let collector = Collector {
            address: Address::new(endpoint, settings.ca_file.clone()),
            runtime: Handle::current(),
            is_away: AtomicBool::new(false),
        };
        let exporter = SpanExporter::builder().with_http().with_http_client(collector);
        let exporter = exporter.with_endpoint(endpoint.to_string()).build()?;
        let resource = Resource::builder()
            .with_service_name(settings.service_name.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.share)));
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_sampler(sampler);
        Ok(provider.with_resource(resource.build()).build())
    }

    /// Where they go.
    #[derive(Debug)]
    struct Collector {
        address: Address,
        runtime: Handle,
        is_away: AtomicBool,
    }

    #[async_trait::async_trait]
    impl HttpClient for Collector {
        /// Called on the exporter's own thread, which has no runtime.
        async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
            let address = self.address.clone();
            let sent = self.runtime.spawn(async move { address.send(request).await }).await;
            let sent = sent.map_err(|error| error.to_string()).and_then(|sent| sent);
            let detail = match &sent {
                Ok(response) if response.status().is_success() => None,
                Ok(response) => Some(format!("it answers {}", response.status())),
                Err(error) => Some(error.clone()),
            };
            match (self.is_away.swap(detail.is_some(), Relaxed), detail) {
                (false, Some(detail)) => tracing::warn!(detail, "traces can't be sent, and are lost until they can"),
                (true, None) => tracing::info!("traces are sent again"),
                _ => {}
            }
            sent.map_err(HttpError::from)
        }
    }
}
