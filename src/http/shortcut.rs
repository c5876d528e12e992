//! The shortest way to an answer that is remembered: GET of one resource, past the router and everything that only matters to
//! requests that take time.
//!
//! It answers what the handler would have answered, to the octet, or nothing: whatever is out of the ordinary (no valid token, a
//! query, an odd spelling, an `Accept` without JSON, a resource that isn't at hand) goes the usual way.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Instant;

use axum::response::{IntoResponse as _, Response};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request};

use super::backend::Backend;
use super::media;
use super::mount::MountedBridge;
use super::path;
use super::reply::Resource;
use crate::auth::ClientInfo;

/// The bridges, longest path first, as far as the shortest way goes.
#[derive(Debug, Clone, Default)]
pub(super) struct Shortcuts(Arc<[Arc<dyn Shortcut>]>);

/// An answer, and to whom.
#[derive(Debug)]
pub(super) struct Hit {
    /// The answer.
    pub(super) response: Response,
    /// Who asked.
    pub(super) client: Arc<ClientInfo>,
}

/// A bridge that may have an answer at hand.
trait Shortcut: Debug + Send + Sync {
    /// Where it is mounted.
    fn path(&self) -> &str;
    /// The resource called `id` at `endpoint`.
    fn hit(&self, headers: &HeaderMap, endpoint: &str, id: &str, now: Instant) -> Option<Hit>;
}

impl Shortcuts {
    /// The shortest ways to `mounts`, longest path first.
    pub(super) fn to<U: Backend>(mounts: &[Arc<MountedBridge<U>>]) -> Self {
        Self(mounts.iter().map(|mount| Arc::clone(mount) as Arc<dyn Shortcut>).collect())
    }

    /// The answer to `request`, if it is at hand.
    ///
    /// Comes with the place of its bridge.
    pub(super) fn hit<B>(&self, request: &Request<B>, now: Instant) -> Option<(usize, Hit)> {
        if *request.method() != Method::GET || request.uri().query().is_some() {
            return None;
        }
        let whole = request.uri().path();
        let mounts = self.0.iter().enumerate();
        let (place, mount, rest) =
            mounts.into_iter().find_map(|(place, mount)| Some((place, mount, path::below(whole, mount.path())?)))?;
        let (endpoint, id) = rest.strip_prefix('/')?.split_once('/')?;
        if !is_plain(endpoint) || !is_plain(id) {
            return None;
        }
        mount.hit(request.headers(), endpoint, id, now).map(|hit| (place, hit))
    }
}

/// Whether a segment means itself.
fn is_plain(segment: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'-') | (byte == b'_');
    // To the end whatever it finds, so that many octets are looked at in one step.
    !segment.is_empty() & segment.bytes().fold(true, |all, byte| all & plain(byte))
}

impl<U: Backend> Shortcut for MountedBridge<U> {
    fn path(&self) -> &str {
        &self.path
    }

    fn hit(&self, headers: &HeaderMap, endpoint: &str, id: &str, now: Instant) -> Option<Hit> {
        let kind = self.bridge.endpoint(endpoint)?;
        let client = self.authenticator.at_hand(the_one(headers, header::AUTHORIZATION)??.as_bytes(), now)?;
        if client.limits.is_some() {
            return None;
        }
        media::check_accept(headers).ok()?;
        let condition = the_one(headers, header::IF_NONE_MATCH)?.map(HeaderValue::to_str).transpose().ok()?;
        let fetched = self.bridge.at_hand(&client.info, kind, id, condition, now)?;
        Some(Hit { response: Resource(fetched).into_response(), client: Arc::clone(&client.info) })
    }
}

/// The header's one value, or none; nothing where there are several.
fn the_one(headers: &HeaderMap, name: header::HeaderName) -> Option<Option<&HeaderValue>> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    values.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Users", true)]
    #[case("550e8400-e29b-41d4-a716-446655440000", true)]
    #[case("", false)]
    #[case("..", false)]
    #[case(".search", false)]
    #[case("a/b", false)]
    #[case("a%2Fb", false)]
    #[case("a%20b", false)]
    #[case("é", false)]
    fn what_may_mean_anything_else_goes_the_usual_way(#[case] segment: &str, #[case] plain: bool) {
        assert_eq!(is_plain(segment), plain);
    }
}
