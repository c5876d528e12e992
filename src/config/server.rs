//! `[server]`: where to listen, what clients call the server, and how much it takes on.

use super::scope::Scope;
use super::{Network, NotANetwork, Tls, codes, tls, url, values};
use crate::diagnostics::Severity;
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "server",
    doc: "Where to listen, and what clients call the server.",
    keys: &[
        Key::new("listen", Kind::Text, "IP address and port to listen on. Port 0 takes a free one.").default("\"127.0.0.1:8080\""),
        Key::new(
            "base_url",
            Kind::Text,
            "What `meta.location` and `$ref` start with, as clients see it; a bridge's path follows. May be left out on loopback alone.",
        )
        .example("\"https://scim.example.com\""),
        Key::new(
            "public_discovery",
            Kind::Bool,
            "Whether `/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas` answer without a token (RFC 7644 section 4).",
        )
        .default("false"),
        Key::new(
            "trusted_proxies",
            Kind::Texts,
            "Networks of the proxies in front, from which `Forwarded` or `X-Forwarded-For` is believed as to who the client is. From all \
             others these headers mean nothing.",
        )
        .example("[\"10.0.0.0/8\", \"192.0.2.7\"]"),
        Key::new(
            "reload_on_change",
            Kind::Bool,
            "Whether settings, mappings, tokens and certificates are read again when one of their files changes, as on SIGHUP. Files that \
             can't be used are refused, and what was there goes on.",
        )
        .default("true"),
        Key::new("tls", Kind::Table(&tls::SPEC), "TLS on the listener."),
        Key::new("limits", Kind::Table(&LIMITS), "How much the server takes on."),
    ],
    free: false,
};

static LIMITS: TableSpec = TableSpec {
    name: "server.limits",
    doc: "How much the server takes on from all clients together.",
    keys: &[
        Key::new("max_body", Kind::Size, "The largest request body; larger ones get 413.").default("\"1MiB\""),
        Key::new("max_headers", Kind::Size, "The largest request head, request line and headers together.")
            .default("\"64KiB\""),
        Key::new(
            "max_connections",
            Kind::Range(1, 1_000_000),
            "Connections at a time; further ones wait, and take the places of some on which nothing happens.",
        )
        .default("4096"),
        Key::new(
            "max_requests",
            Kind::Range(1, 1_000_000),
            "Requests at a time; further ones get 503. A quarter of them at most may wait until it is known whose they are, of one address a \
             sixteenth.",
        )
        .default("1024"),
        Key::new(
            "max_memory",
            Kind::Size,
            "Memory that requests may hold together: bodies with the JSON in them, and answers that clients haven't taken in yet. Requests \
             beyond it get 503. At least 16 times `max_body`, which is what a body of that size may take.",
        )
        .default("\"256MiB\""),
        Key::new("request_timeout", Kind::Duration, "How long a request may take altogether.").default("\"30s\""),
        Key::new("header_timeout", Kind::Duration, "How long a client may take to send a request's head.")
            .default("\"10s\""),
        Key::new("idle_timeout", Kind::Duration, "How long a connection may be quiet between requests.")
            .default("\"75s\""),
        Key::new(
            "send_timeout",
            Kind::Duration,
            "How long a client may take for 16 KiB of an answer; the connection of a slower one is cut.",
        )
        .default("\"30s\""),
        Key::new(
            "shutdown_delay",
            Kind::Duration,
            "How long connections are still accepted after the signal to stop, while `/readyz` says 503: time for a load balancer to \
             take the server out.",
        )
        .default("\"0s\""),
        Key::new("shutdown_timeout", Kind::Duration, "How long running requests may go on after the signal to stop.")
            .default("\"20s\""),
    ],
    free: false,
};

/// `[server]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Server {
    /// Where to listen.
    #[serde(skip, default = "loopback")]
    pub listen: SocketAddr,
    #[serde(rename = "listen")]
    listen_text: String,
    /// What clients call the server, without trailing slash; absent on loopback at most. See [`base_url`](Self::base_url).
    pub base_url: Option<String>,
    /// Whether discovery answers without a token.
    pub public_discovery: bool,
    #[serde(default, rename = "trusted_proxies", deserialize_with = "values::texts_option")]
    trusted_proxies_text: Option<Vec<String>>,
    /// Whose word is taken as to who a client is.
    #[serde(skip)]
    pub trusted_proxies: Vec<Network>,
    /// Whether files are read again when they change.
    pub reload_on_change: bool,
    /// TLS on the listener.
    pub tls: Tls,
    /// How much is taken on.
    pub limits: ServerLimits,
}

/// `[server.limits]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ServerLimits {
    /// The largest request body, in bytes.
    #[serde(deserialize_with = "values::size")]
    pub max_body: usize,
    /// The largest request head, in bytes.
    #[serde(deserialize_with = "values::size")]
    pub max_headers: usize,
    /// Connections at a time.
    pub max_connections: usize,
    /// Requests at a time.
    pub max_requests: usize,
    /// Memory that requests may hold together, in bytes.
    #[serde(deserialize_with = "values::size")]
    pub max_memory: usize,
    /// How long a request may take altogether.
    #[serde(deserialize_with = "values::duration")]
    pub request_timeout: Duration,
    /// How long a request's head may take to arrive.
    #[serde(deserialize_with = "values::duration")]
    pub header_timeout: Duration,
    /// How long a connection may be quiet between requests.
    #[serde(deserialize_with = "values::duration")]
    pub idle_timeout: Duration,
    /// How long a client may take for 16 KiB of an answer.
    #[serde(deserialize_with = "values::duration")]
    pub send_timeout: Duration,
    /// How long connections are still accepted after the signal to stop.
    #[serde(deserialize_with = "values::duration")]
    pub shutdown_delay: Duration,
    /// How long running requests may go on after the signal to stop.
    #[serde(deserialize_with = "values::duration")]
    pub shutdown_timeout: Duration,
}

/// Where to listen until the setting has been read.
fn loopback() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

impl Server {
    /// What clients call the server, without trailing slash, when it listens on `bound` (which has the port that was taken).
    pub fn base_url(&self, bound: SocketAddr) -> String {
        let scheme = if self.tls.is_on() { "https" } else { "http" };
        self.base_url.clone().unwrap_or_else(|| format!("{scheme}://{bound}"))
    }

    pub(super) fn validate(&mut self, scope: &mut Scope<'_>) {
        match self.listen_text.parse() {
            Ok(address) => self.listen = address,
            Err(_) => {
                let finding =
                    scope.finding(Severity::Error, "listen", &codes::BAD_LISTEN, "not an IP address and port");
                scope
                    .push(finding.help(
                        "such as \"127.0.0.1:8080\", \"[::1]:8080\" or \"0.0.0.0:8080\"; names aren't looked up",
                    ));
            }
        }
        match &mut self.base_url {
            Some(base_url) => match url::base_url(base_url) {
                Ok(normalised) => *base_url = normalised,
                Err(why) => scope.error("base_url", &codes::BAD_BASE_URL, why),
            },
            None if !self.listen.ip().is_loopback() && !scope.given("base_url") => {
                let finding = scope.finding(
                    Severity::Error,
                    "listen",
                    &codes::NO_BASE_URL,
                    "listening beyond loopback needs `base_url`",
                );
                scope.push(finding.help("say what clients see: base_url = \"https://scim.example.com\""));
            }
            None => {}
        }
        let texts = self.trusted_proxies_text.iter().flatten().map(|text| text.parse());
        match texts.collect() {
            Ok(networks) => self.trusted_proxies = networks,
            Err(NotANetwork) => {
                let what = "not a list of IP addresses and networks";
                let finding = scope.finding(Severity::Error, "trusted_proxies", &codes::BAD_NETWORK, what);
                scope.push(finding.help("such as [\"10.0.0.0/8\", \"fd00::/8\", \"192.0.2.7\"]"));
            }
        }
        self.tls.validate(&mut scope.below("tls"));
        self.limits.validate(&mut scope.below("limits"));
    }
}

impl ServerLimits {
    fn validate(&self, scope: &mut Scope<'_>) {
        scope.not_zero("request_timeout", self.request_timeout);
        scope.not_zero("header_timeout", self.header_timeout);
        scope.not_zero("idle_timeout", self.idle_timeout);
        scope.not_zero("send_timeout", self.send_timeout);
        if self.max_memory < self.max_body.saturating_mul(16) {
            scope.error("max_memory", &codes::BAD_LIMIT, "a body of `max_body` may take 16 times as much");
        }
        if self.max_headers < 1024 {
            scope.error("max_headers", &codes::BAD_LIMIT, "a request with a token needs 1 KiB at least");
        }
    }
}
