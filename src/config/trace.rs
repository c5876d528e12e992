//! `[trace]`: where traces go.

use super::codes;
use super::scope::Scope;
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use http::Uri;
use serde::Deserialize;
use std::path::PathBuf;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "trace",
    doc: "Traces by OpenTelemetry: a span for each request, with its LDAP operations as children, sent to a collector by OTLP over HTTP. \
          Takes a build with the feature `otel` (`cargo build --release --features otel`). Spans say what the access log does: no query, no body, no DN. \
          A request that comes with a `traceparent` (W3C Trace Context) belongs to that trace, and is recorded when that says so. \
          `OTEL_EXPORTER_OTLP_HEADERS` adds headers, such as a collector's key; `OTEL_RESOURCE_ATTRIBUTES` says more of where this is.",
    keys: &[
        Key::new("endpoint", Kind::Text, "The collector's URL for traces; none are made unless given.")
            .example("\"http://127.0.0.1:4318/v1/traces\""),
        Key::new(
            "ca_file",
            Kind::Text,
            "Authorities, as PEM, that the collector's certificate must be from; those that the system trusts unless given.",
        ),
        Key::new("service_name", Kind::Text, "What this service is called in traces.").default("\"scimfront\""),
        Key::new(
            "share",
            Kind::Float,
            "The share of requests without a `traceparent` that are recorded, from 0.0 to 1.0: a busy server needs few.",
        )
        .default("1.0"),
    ],
    free: false,
};

/// `[trace]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Trace {
    #[serde(rename = "endpoint")]
    endpoint_text: Option<String>,
    /// Where traces go, if anywhere.
    #[serde(skip)]
    pub endpoint: Option<Uri>,
    /// The authorities that the collector's certificate must be from.
    pub ca_file: Option<PathBuf>,
    /// What the service is called.
    pub service_name: String,
    /// The share of requests that are recorded.
    pub share: f64,
}

impl Trace {
    pub(super) fn validate(&mut self, scope: &mut Scope<'_>) {
        scope.file("ca_file", &mut self.ca_file);
        if !(0.0..=1.0).contains(&self.share) {
            scope.error("share", &codes::BAD_TRACE, "not a share: 0.0 to 1.0");
        }
        let Some(text) = self.endpoint_text.take() else { return };
        let is_one = |url: &Uri| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some();
        self.endpoint = text.parse().ok().filter(is_one);
        if self.endpoint.is_none() {
            scope.error("endpoint", &codes::BAD_TRACE, "not an http:// or https:// URL");
        } else if !cfg!(feature = "otel") {
            scope.error(
                "endpoint",
                &codes::BAD_TRACE,
                "this program was built without OpenTelemetry (`cargo build --release --features otel`)",
            );
        }
    }
}
