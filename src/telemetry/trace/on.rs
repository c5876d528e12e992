//! Spans, as OpenTelemetry's SDK makes them. Names and attributes follow its semantic conventions for HTTP servers; there are none for
//! LDAP.

use std::future::Future;
use std::sync::OnceLock;

use futures_util::future::Either;
use http::HeaderMap;
use opentelemetry::context::FutureExt as _;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, Span};

use super::Answered;

static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// The methods that may stand in a span's name; whatever else clients make up would be a name each.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// Makes spans with `tracer` from now on. Once per process: later calls change nothing.
pub fn install(tracer: SdkTracer) {
    let _ = TRACER.set(tracer);
}

/// The span of a request, if this one is recorded.
#[derive(Debug, Default)]
pub struct RequestSpan(Option<Context>);

impl RequestSpan {
    /// A request with these headers has arrived. It belongs to the trace that its `traceparent` names (W3C Trace Context), and is
    /// recorded when that says so; without one, as often as the settings say.
    pub fn begin(headers: &HeaderMap) -> Self {
        let Some(tracer) = TRACER.get() else { return Self(None) };
        let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers));
        let builder = tracer.span_builder("HTTP").with_kind(SpanKind::Server);
        let span = tracer.build_with_context(builder, &parent);
        Self(span.is_recording().then(|| Context::new().with_span(span)))
    }

    /// `future`, whose LDAP operations are this span's children.
    pub fn around<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        within(self.0.clone(), future)
    }

    /// It was answered.
    pub fn end<'a>(&self, answered: impl FnOnce() -> Answered<'a>) {
        let Some(context) = &self.0 else { return };
        let (answered, span) = (answered(), context.span());
        let method = METHODS.into_iter().find(|method| *method == answered.method);
        let name = match (method.unwrap_or("HTTP"), answered.route) {
            (method, "") => method.to_owned(),
            (method, route) => format!("{method} {route}"),
        };
        span.update_name(name);
        span.set_attributes([
            KeyValue::new("http.request.method", method.unwrap_or("_OTHER")),
            KeyValue::new("http.response.status_code", i64::from(answered.status)),
            KeyValue::new("http.response.body.size", i64::try_from(answered.bytes).unwrap_or(i64::MAX)),
            KeyValue::new("url.path", answered.path.to_owned()),
            KeyValue::new("scimfront.request", answered.request.to_owned()),
            KeyValue::new("scimfront.bridge", answered.bridge.to_owned()),
        ]);
        let optional = [
            Some(answered.route).filter(|route| !route.is_empty()).map(|route| ("http.route", route.to_owned())),
            answered.client.map(|client| ("scimfront.client", client.to_owned())),
            answered.peer.map(|peer| ("client.address", peer.to_string())),
        ];
        span.set_attributes(optional.into_iter().flatten().map(|(name, value)| KeyValue::new(name, value)));
        if answered.status >= 500 {
            span.set_attribute(KeyValue::new("error.type", answered.status.to_string()));
            span.set_status(Status::error(""));
        }
        span.end();
    }
}

/// `future`, for a task of its own, whose LDAP operations are children of the span that is current now.
pub fn carried<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let current = Context::map_current(|context| context.has_active_span().then(|| context.clone()));
    within(current, future)
}

fn within<F: Future>(context: Option<Context>, future: F) -> impl Future<Output = F::Output> {
    match context {
        Some(context) => Either::Left(future.with_context(context)),
        None => Either::Right(future),
    }
}

/// The span of an LDAP operation, if it is part of a request that is recorded.
#[derive(Debug)]
pub struct OperationSpan(Option<Span>);

impl OperationSpan {
    /// This operation is about to be sent to a directory.
    pub fn begin(operation: &'static str, bridge: &str, directory: &str) -> Self {
        let Some(tracer) = TRACER.get() else { return Self(None) };
        Self(Context::map_current(|context| {
            if !context.has_active_span() {
                return None;
            }
            let attributes = [
                KeyValue::new("network.protocol.name", "ldap"),
                KeyValue::new("ldap.operation", operation),
                KeyValue::new("scimfront.bridge", bridge.to_owned()),
                KeyValue::new("scimfront.directory", directory.to_owned()),
            ];
            let builder = tracer.span_builder(format!("LDAP {operation}")).with_kind(SpanKind::Client);
            Some(tracer.build_with_context(builder.with_attributes(attributes), context))
        }))
    }

    /// It has ended with this result: `ok`, the server's code, or what else happened.
    pub fn end(&mut self, result: &str) {
        let Some(span) = &mut self.0 else { return };
        span.set_attribute(KeyValue::new("ldap.result", result.to_owned()));
        if !matches!(result, "ok" | "abandoned") {
            span.set_attribute(KeyValue::new("error.type", result.to_owned()));
            // What a server refuses may be what the request expects: no such object, a failed assertion.
            if result.parse::<u32>().is_err() {
                span.set_status(Status::error(""));
            }
        }
        span.end();
    }
}
