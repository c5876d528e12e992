//! What is said of one request, without what a query or a body holds.

use std::cell::RefCell;
use std::io::Write as _;
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::scim::json_text;
use crate::telemetry::trace::Answered;

/// What is said of one request.
#[derive(Debug)]
pub(in crate::http) struct Line<'a> {
    /// When it was answered.
    pub(in crate::http) time: SystemTime,
    /// What it is called: the client gets this, too.
    pub(in crate::http) request: &'a str,
    /// Who asked, by its name in the settings.
    pub(in crate::http) client: Option<&'a str>,
    /// From where.
    pub(in crate::http) peer: Option<IpAddr>,
    /// The bridge; empty outside all.
    pub(in crate::http) bridge: &'a str,
    /// The method.
    pub(in crate::http) method: &'a str,
    /// The path as the client sent it, without its query.
    pub(in crate::http) path: &'a str,
    /// The pattern of the route.
    pub(in crate::http) route: &'static str,
    /// The answer's status; 499 when the client went away.
    pub(in crate::http) status: u16,
    /// Octets of the answer's body, as far as they were known when it began.
    pub(in crate::http) bytes: u64,
    /// From the end of the head to the answer.
    pub(in crate::http) took: Duration,
}

thread_local! {
    /// The last second that was written, and how: calendars are slow.
    static SECOND: RefCell<(u64, String)> = RefCell::default();
}

impl Line<'_> {
    /// As the request's span has it.
    pub(in crate::http) fn answered(&self) -> Answered<'_> {
        let Self { request, client, peer, bridge, method, path, route, status, bytes, .. } = *self;
        Answered { request, method, path, route, status, bytes, client, peer, bridge }
    }

    /// As an event of the process's log.
    pub(super) fn log(&self) {
        // Both forms of the log escape texts: whatever a client puts into a path, a terminal doesn't act on it.
        tracing::info!(
            target: "scimfront::access",
            request = self.request,
            client = self.client.unwrap_or("-"),
            peer = self.peer.map(tracing::field::display),
            bridge = self.bridge,
            method = self.method,
            path = self.path,
            route = self.route,
            status = self.status,
            bytes = self.bytes,
            micros = micros(self.took),
        );
    }

    /// As a JSON object and the end of the line.
    pub(super) fn json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"timestamp\":\"");
        timestamp(self.time, out);
        out.extend_from_slice(b"\",\"level\":\"INFO\",\"target\":\"scimfront::access\"");
        text(out, b",\"request\":", self.request);
        text(out, b",\"client\":", self.client.unwrap_or("-"));
        if let Some(peer) = self.peer {
            out.extend_from_slice(b",\"peer\":\"");
            address(out, peer);
            out.push(b'"');
        }
        text(out, b",\"bridge\":", self.bridge);
        text(out, b",\"method\":", self.method);
        text(out, b",\"path\":", self.path);
        text(out, b",\"route\":", self.route);
        number(out, b",\"status\":", u64::from(self.status));
        number(out, b",\"bytes\":", self.bytes);
        number(out, b",\"micros\":", micros(self.took));
        out.extend_from_slice(b"}\n");
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn text(out: &mut Vec<u8>, name: &[u8], value: &str) {
    out.extend_from_slice(name);
    // Nearly always nothing has to be escaped.
    if json_text::is_plain(value) {
        out.push(b'"');
        out.extend_from_slice(value.as_bytes());
        out.push(b'"');
    } else {
        // A string always serialises, and memory takes it.
        let _ = serde_json::to_writer(out, value);
    }
}

/// Most are of the old kind, which formatting takes long for.
fn address(out: &mut Vec<u8>, address: IpAddr) {
    let IpAddr::V4(address) = address else {
        // Memory takes it.
        let _ = write!(out, "{address}");
        return;
    };
    for (place, octet) in address.octets().into_iter().enumerate() {
        if place > 0 {
            out.push(b'.');
        }
        number(out, b"", u64::from(octet));
    }
}

fn number(out: &mut Vec<u8>, name: &[u8], value: u64) {
    out.extend_from_slice(name);
    // Quicker than formatting.
    let _ = serde_json::to_writer(out, &value);
}

/// RFC 3339, in microseconds and UTC.
fn timestamp(time: SystemTime, out: &mut Vec<u8>) {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    SECOND.with_borrow_mut(|(second, shown)| {
        if shown.is_empty() || *second != since.as_secs() {
            let at = i64::try_from(since.as_secs()).ok().and_then(|secs| jiff::Timestamp::from_second(secs).ok());
            *shown = at.unwrap_or_default().to_string();
            shown.truncate(shown.len() - 1);
            *second = since.as_secs();
        }
        out.extend_from_slice(shown.as_bytes());
    });
    let mut fraction = *b".000000Z";
    let mut rest = since.subsec_micros();
    for digit in fraction[1..7].iter_mut().rev() {
        *digit += u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
    out.extend_from_slice(&fraction);
}
