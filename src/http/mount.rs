//! What is served where.

use std::sync::Arc;
use std::time::Duration;

use crate::auth::Authenticator;
use crate::bridge::Bridge;

/// A bridge, where it is found and who may use it.
#[derive(Debug, Clone)]
pub struct MountedBridge<B = Bridge> {
    /// What the settings call it.
    pub name: String,
    /// The path of its base URL: `/scim/v2`, or empty for the root. It starts with a slash and ends without one.
    pub path: String,
    /// The bridge.
    pub bridge: Arc<B>,
    /// Its clients.
    pub authenticator: Authenticator,
    /// What a request may cost.
    pub limits: Limits,
    /// Whether `/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas` are readable without a token (RFC 7644 section 4).
    pub public_discovery: bool,
    /// Whether writes are only planned.
    pub dry_run: bool,
}

/// What a request may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest body, in bytes.
    pub max_body: usize,
    /// The largest body of a bulk request, in bytes.
    pub max_bulk: usize,
    /// The longest time from the end of a request's head to its answer.
    pub request_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_body: 1 << 20, max_bulk: 1 << 20, request_timeout: Duration::from_secs(30) }
    }
}
