//! `[admin]`: the listener for those who watch the server.

use super::codes;
use super::scope::Scope;
use crate::diagnostics::Severity;
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use serde::Deserialize;
use std::net::SocketAddr;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "admin",
    doc: "A listener of its own for those who watch the server: `/livez`, `/readyz` and `/metrics`. It asks for no token, so it should \
          be reached from the machine itself and from the monitoring alone.",
    keys: &[Key::new(
        "listen",
        Kind::Text,
        "IP address and port to listen on; port 0 takes a free one, `off` none. While this isn't given and the default is taken, the \
         server says so and does without.",
    )
    .default("\"127.0.0.1:9090\"")],
    free: false,
};

/// `[admin]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Admin {
    /// Where to listen, if anywhere.
    #[serde(skip)]
    pub listen: Option<SocketAddr>,
    #[serde(rename = "listen")]
    listen_text: String,
    /// Whether the address was chosen, so that the server can't do without.
    #[serde(skip)]
    pub is_chosen: bool,
}

impl Admin {
    pub(super) fn validate(&mut self, scope: &mut Scope<'_>) {
        self.is_chosen = scope.given("listen");
        if self.listen_text == "off" {
            return;
        }
        match self.listen_text.parse() {
            Ok(address) => self.listen = Some(address),
            Err(_) => {
                let what = "not an IP address and port, and not `off`";
                let finding = scope.finding(Severity::Error, "listen", &codes::BAD_LISTEN, what);
                scope.push(finding.help("such as \"127.0.0.1:9090\""));
            }
        }
    }
}
