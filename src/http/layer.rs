//! The one layer around the router: it names, limits, guards and logs requests, and brings their paths into the router's
//! spelling. One instead of a stack of ready-made ones, because each layer costs every request.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::HttpBody;
use axum::response::Response;
use http::header::{HeaderName, HeaderValue};
use http::uri::{PathAndQuery, Uri};
use http::{Method, Request, StatusCode};
use tokio::sync::Semaphore;
use tower::Service;
use tracing::Instrument;

use super::access::{AccessLog, Line};
use super::compression::{compressed, takes_gzip};
use super::exchange::{Arrived, Exchange};
use super::failure::Failure;
use super::forwarded;
use super::lobby::Lobby;
use super::meter::Meter;
use super::outgoing;
use super::panics::catch;
use super::path::{self, Fault};
use super::peer::Peer;
use super::place;
use super::reply;
use super::request_id::RequestIds;
use super::room::Room;
use super::shortcut::{Hit, Shortcuts};
use crate::clock::SharedClock;
use crate::config::Network;
use crate::telemetry::Counter;
use crate::telemetry::trace::RequestSpan;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A service with what all requests pass before it and after it.
///
/// Not a `tower::Service` itself, because those have to name their futures: naming this one means to box it, with its timer,
/// for every request.
#[derive(Debug, Clone)]
pub(super) struct RequestLayer<S> {
    inner: S,
    mounts: Arc<Mounts>,
    desk: Arc<Desk>,
}

/// What the layer knows of the bridges.
#[derive(Debug)]
pub(super) struct Mounts {
    /// Longest path first, so that one bridge may be mounted below another.
    pub(super) points: Vec<MountPoint>,
    /// The shortest ways to the bridges, in the same order.
    pub(super) shortcuts: Shortcuts,
    /// Counts requests below no mount point.
    pub(super) nowhere: Arc<Meter>,
    /// Whose word is taken as to who a client is.
    pub(super) trusted_proxies: Vec<Network>,
}

/// A mount point.
#[derive(Debug)]
pub(super) struct MountPoint {
    /// The path.
    pub(super) path: String,
    /// How long a request may take, from the end of its head to its answer.
    pub(super) timeout: Duration,
    /// Counts requests below it.
    pub(super) meter: Arc<Meter>,
}

/// What requests have in common, whatever is mounted.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) request_ids: RequestIds,
    pub(super) clock: SharedClock,
    pub(super) log: AccessLog,
    /// One permit for each request that may be under way.
    pub(super) permits: Semaphore,
    /// What requests hold in memory.
    pub(super) room: Room,
    /// Where those wait who haven't shown who they are.
    pub(super) lobby: Lobby,
    /// Counts requests for which there was no permit.
    pub(super) shed: Counter,
}

/// What is known of a request whose answer isn't at hand.
#[derive(Debug)]
pub(super) struct Arrival {
    /// From where it comes, as far as proxies are believed.
    from: Option<IpAddr>,
    span: RequestSpan,
}

/// What the layer makes of a path.
#[derive(Debug)]
struct Way<'a> {
    /// How long the answer may take.
    timeout: Option<Duration>,
    fault: Option<Fault>,
    meter: &'a Arc<Meter>,
}

impl<S> RequestLayer<S> {
    /// Lets requests below these mount points pass to `inner`.
    pub(super) fn new(inner: S, mounts: Mounts, desk: Arc<Desk>) -> Self {
        Self { inner, mounts: Arc::new(mounts), desk }
    }

    /// The answer to the `request` of `peer` where it is at hand; otherwise what was found out already.
    pub(super) fn at_hand<B>(&self, request: &Request<B>, peer: &Peer) -> Result<Response, Arrival> {
        let Self { mounts, desk, .. } = self;
        let started = desk.clock.now();
        let span = RequestSpan::begin(request.headers());
        let from = forwarded::client(peer.address, request.headers(), &mounts.trusted_proxies);
        let Some((place, hit)) = mounts.shortcuts.hit(request, started) else { return Err(Arrival { from, span }) };
        let meter = mounts.points.get(place).map_or(&mounts.nowhere, |point| &point.meter);
        let response = finish_hit(hit, meter, desk, request.uri(), Arrival { from, span }, started);
        Ok(compressed(response, || takes_gzip(request.headers())))
    }

    /// The answer to the `request` of `peer`, which isn't at hand: always one, and always SCIM's.
    pub(super) async fn answer<B>(self, mut request: Request<B>, peer: Arc<Peer>, arrival: Arrival) -> Response
    where
        S: Service<Request<B>, Response = Response, Error = Infallible>,
    {
        let Self { inner, mounts, desk } = self;
        let Arrival { from, span: trace } = arrival;
        let gzip = takes_gzip(request.headers());
        let id = desk.request_ids.next();
        let span = tracing::info_span!("request", id = &*id);
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let Way { timeout, fault, meter } = mounts.way(request.uri_mut());
        let arrived = Arrived { id, method, uri, fault, peer, from, meter: Arc::clone(meter), span: trace };
        let (clock, log, room) = (Arc::clone(&desk.clock), desk.log.clone(), desk.room.clone());
        let exchange = Arc::new(Exchange::new(arrived, clock, log, room, desk.lobby.clone()));
        request.extensions_mut().insert(Arc::clone(&exchange));
        let answering = catch(desk.limited(inner, request, timeout)).instrument(span);
        let outcome = exchange.span.around(answering).await;
        let response = finish(outcome, &exchange, &desk.room);
        exchange.answered(&response);
        compressed(response, || gzip)
    }
}

/// What is done to every answer, for one that was at hand.
fn finish_hit(hit: Hit, meter: &Meter, desk: &Desk, uri: &Uri, arrival: Arrival, started: Instant) -> Response {
    let Hit { mut response, client } = hit;
    let id = desk.request_ids.next_name();
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    let took = desk.clock.now().saturating_duration_since(started);
    let status = response.status().as_u16();
    meter.record(Some(&place::RESOURCE), &Method::GET, status, &client.name, took);
    let line = Line {
        time: desk.clock.wall(),
        request: id.as_str(),
        client: Some(&client.name),
        peer: arrival.from,
        bridge: meter.bridge(),
        method: Method::GET.as_str(),
        path: uri.path(),
        route: place::RESOURCE.pattern,
        status,
        bytes: response.body().size_hint().lower(),
        took,
    };
    desk.log.write(&line);
    arrival.span.end(|| line.answered());
    response
}

impl Mounts {
    /// Finds the mount point and brings the path below it into the router's spelling. A path that has none stays as it is: the
    /// router may take it for any route of that mount point, and the route's authentication refuses it.
    fn way(&self, uri: &mut Uri) -> Way<'_> {
        let Some((mount, rest)) =
            self.points.iter().find_map(|mount| Some((mount, path::below(uri.path(), &mount.path)?)))
        else {
            return Way { timeout: None, fault: None, meter: &self.nowhere };
        };
        let spelling = path::canonical(rest).and_then(|spelling| match spelling {
            Some(rest) => with_path(uri, &mount.path, &rest).map(Some),
            None => Ok(None),
        });
        let (timeout, meter) = (Some(mount.timeout), &mount.meter);
        match spelling {
            Err(fault) => Way { timeout, fault: Some(fault), meter },
            Ok(respelled) => {
                if let Some(respelled) = respelled {
                    *uri = respelled;
                }
                Way { timeout, fault: None, meter }
            }
        }
    }
}

impl Desk {
    async fn limited<S, B>(
        &self,
        mut inner: S,
        request: Request<B>,
        timeout: Option<Duration>,
    ) -> Result<Response, Failure>
    where
        S: Service<Request<B>, Response = Response, Error = Infallible>,
    {
        let _permit = self.permits.try_acquire().map_err(|_| {
            self.shed.increment(1);
            Failure::Overloaded
        })?;
        let answer = inner.call(request);
        let Ok(response) = match timeout {
            Some(timeout) => tokio::time::timeout(timeout, answer).await.map_err(|_| Failure::Deadline)?,
            None => answer.await,
        };
        Ok(response)
    }
}

/// The URI with the path `mount` and `rest`.
fn with_path(uri: &Uri, mount: &str, rest: &str) -> Result<Uri, Fault> {
    let path = match uri.query() {
        Some(query) => format!("{mount}{rest}?{query}"),
        None => format!("{mount}{rest}"),
    };
    let mut parts = uri.clone().into_parts();
    // What is encoded is always a path, only CONNECT has an address where one would be.
    parts.path_and_query = Some(PathAndQuery::try_from(path).map_err(|_| Fault::Trick)?);
    Uri::from_parts(parts).map_err(|_| Fault::Trick)
}

/// The last touches: errors are rendered, HEAD has no body, and the request's name is in the head.
fn finish(outcome: Result<Response, Failure>, exchange: &Exchange, room: &Room) -> Response {
    let outcome = outcome.and_then(|mut response| Failure::carried_by(&mut response).map_or(Ok(response), Err));
    let outcome = outcome.and_then(|mut response| outgoing::take_room(&mut response, room).map(|()| response));
    let mut response = outcome.unwrap_or_else(|failure| failure.render(&exchange.id));
    if let Ok(id) = HeaderValue::from_str(&exchange.id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    if matches!(response.status(), StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT) {
        reply::without_length(&mut response);
        response
    } else if exchange.is(&Method::HEAD) {
        reply::without_body(response)
    } else {
        response
    }
}
