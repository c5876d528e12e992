//! What a server's connections may cost.

use std::time::Duration;

/// What connections may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerOptions {
    /// How many connections there may be; more wait to be accepted.
    pub max_connections: usize,
    /// How long a request's head may take to arrive. May last half as long again.
    pub header_timeout: Duration,
    /// How long nothing may be transferred between requests.
    pub idle_timeout: Duration,
    /// How long a client may take for 16 KiB of an answer that waits for it.
    pub send_timeout: Duration,
    /// The largest head of a request, in bytes; at least 8 KiB.
    pub max_header_bytes: usize,
    /// How long requests may go on once the server is told to stop.
    pub drain_timeout: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            max_connections: 4096,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            send_timeout: Duration::from_secs(30),
            max_header_bytes: 64 << 10,
            drain_timeout: Duration::from_secs(20),
        }
    }
}

/// How much a server takes on at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Requests; further ones get 503.
    pub requests: usize,
    /// Octets of bodies, of what is made of them, and of answers that aren't sent yet; requests beyond them get 503.
    pub octets: usize,
}
