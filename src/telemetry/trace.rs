//! Traces: each request as a span, and the LDAP operations that it takes as its children (OpenTelemetry).
//!
//! Spans exist in builds with the feature `otel` alone, and there only once [`install`] was called. Everywhere else all of this is
//! nothing: types without content, functions without code, futures that stay what they are.

#[cfg(not(feature = "otel"))]
mod off;
#[cfg(feature = "otel")]
mod on;

use std::net::IpAddr;

#[cfg(not(feature = "otel"))]
pub use off::{OperationSpan, RequestSpan, carried};
#[cfg(feature = "otel")]
pub use on::{OperationSpan, RequestSpan, carried, install};

/// What a request's span tells of it: what the access log does.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// What it is called.
    pub request: &'a str,
    /// Its method.
    pub method: &'a str,
    /// Its path, without its query.
    pub path: &'a str,
    /// The pattern of its path; empty where none fits.
    pub route: &'a str,
    /// The status that it was answered with.
    pub status: u16,
    /// The octets of the answer.
    pub bytes: u64,
    /// Who asked, once known.
    pub client: Option<&'a str>,
    /// From where.
    pub peer: Option<IpAddr>,
    /// The bridge.
    pub bridge: &'a str,
}
