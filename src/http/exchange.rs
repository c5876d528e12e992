//! What is known of one request and its answer, for the log and the meters.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::body::HttpBody;
use axum::response::Response;
use http::{Method, Uri};

use super::access::{AccessLog, Line};
use super::lobby::Lobby;
use super::meter::Meter;
use super::path::Fault;
use super::peer::Peer;
use super::place::Place;
use super::room::Room;
use crate::auth::{ClientInfo, Pass};
use crate::clock::SharedClock;
use crate::telemetry::trace::RequestSpan;

/// A request under way. Writes its line in the log and is counted when it is answered, or when it is dropped because its client
/// went away.
///
/// The layer makes one for each request and hands it to the extractors as an extension.
#[derive(Debug)]
pub(super) struct Exchange {
    /// What it is called.
    pub(super) id: Arc<str>,
    /// Where time comes from.
    pub(super) clock: SharedClock,
    /// What its body may take of.
    pub(super) room: Room,
    /// Where it waits until it is known whose it is.
    pub(super) lobby: Lobby,
    /// What is wrong with its path.
    pub(super) fault: Option<Fault>,
    /// When its head had arrived.
    pub(super) started: Instant,
    /// Who is at the other end of its connection.
    pub(super) peer: Arc<Peer>,
    /// From where it comes, as far as proxies are believed.
    pub(super) from: Option<IpAddr>,
    method: Method,
    /// As the client sent it.
    uri: Uri,
    /// The bridge that it is for, as far as its path tells.
    meter: Arc<Meter>,
    log: AccessLog,
    /// The route, once known.
    place: OnceLock<&'static Place>,
    /// Who asked, once known.
    client: OnceLock<Arc<ClientInfo>>,
    /// Counts it as one under way of its client.
    pass: OnceLock<Pass>,
    answered: AtomicBool,
    /// Its span, where there are traces.
    pub(super) span: RequestSpan,
}

/// What a request is, when it has just arrived.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) id: Arc<str>,
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) fault: Option<Fault>,
    pub(super) peer: Arc<Peer>,
    pub(super) from: Option<IpAddr>,
    pub(super) meter: Arc<Meter>,
    pub(super) span: RequestSpan,
}

impl Exchange {
    /// A request that has just arrived.
    pub(super) fn new(arrived: Arrived, clock: SharedClock, log: AccessLog, room: Room, lobby: Lobby) -> Self {
        let started = clock.now();
        let Arrived { id, method, uri, fault, peer, from, meter, span } = arrived;
        let (place, client, answered) = (OnceLock::new(), OnceLock::new(), AtomicBool::new(false));
        let pass = OnceLock::new();
        Self {
            id,
            clock,
            room,
            lobby,
            fault,
            started,
            peer,
            from,
            method,
            uri,
            meter,
            log,
            place,
            client,
            pass,
            answered,
            span,
        }
    }

    /// The route was found.
    pub(super) fn found(&self, place: &'static Place) {
        // There is but one.
        let _ = self.place.set(place);
    }

    /// The client has shown who it is.
    pub(super) fn identified(&self, client: &Arc<ClientInfo>) {
        let _ = self.client.set(Arc::clone(client));
    }

    /// Its client's limits let it pass.
    pub(super) fn passed(&self, pass: Pass) {
        let _ = self.pass.set(pass);
    }

    /// Whether the request has this method.
    pub(super) fn is(&self, method: &Method) -> bool {
        self.method == *method
    }

    /// The request was answered.
    pub(super) fn answered(&self, response: &Response) {
        self.answered.store(true, Relaxed);
        self.ended(response.status().as_u16(), response.body().size_hint().lower());
    }

    fn ended(&self, status: u16, bytes: u64) {
        let took = self.clock.now().saturating_duration_since(self.started);
        let place = self.place.get().copied();
        let client = self.client.get().map(|client| client.name.as_str());
        self.meter.record(place, &self.method, status, client.unwrap_or("-"), took);
        let line = Line {
            time: self.clock.wall(),
            request: &self.id,
            client,
            peer: self.from,
            bridge: self.meter.bridge(),
            method: self.method.as_str(),
            path: self.uri.path(),
            route: place.map_or("", |place| place.pattern),
            status,
            bytes,
            took,
        };
        self.log.write(&line);
        self.span.end(|| line.answered());
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !*self.answered.get_mut() {
            // nginx's number for "client closed request": no status was sent.
            self.ended(499, 0);
        }
    }
}
