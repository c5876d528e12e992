//! The one layer around the router: it names, limits, guards and logs requests, and brings their paths into the router's
//! spelling. One instead of a stack of ready-made ones, because each layer costs every request.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::response::Response;
use http::header::{HeaderName, HeaderValue};
use http::uri::{PathAndQuery, Uri};
use http::{Method, Request, StatusCode};
use tokio::sync::Semaphore;
use tower::Service;
use tracing::Instrument;

use super::exchange::{Exchange, Line};
use super::failure::Failure;
use super::panics::catch;
use super::path::{self, Fault};
use super::place;
use super::reply;
use super::request_id::RequestIds;
use super::shortcut::{Hit, Shortcuts};
use crate::clock::SharedClock;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A service with what all requests pass before it and after it.
///
/// Not a `tower::Service` itself, because those have to name their futures: naming this one means to box it, with its timer,
/// for every request.
#[derive(Debug, Clone)]
pub(super) struct RequestLayer<S> {
    inner: S,
    shared: Arc<Shared>,
}

/// A mount point and how long a request below it may take.
#[derive(Debug)]
pub(super) struct Timed {
    /// The path.
    pub(super) path: String,
    /// From the end of a request's head to its answer.
    pub(super) timeout: Duration,
}

#[derive(Debug)]
struct Shared {
    /// Longest path first, so that one bridge may be mounted below another.
    mounts: Vec<Timed>,
    request_ids: RequestIds,
    clock: SharedClock,
    shortcuts: Shortcuts,
    /// One permit for each request that may be under way.
    permits: Semaphore,
}

/// What the layer makes of a path.
#[derive(Debug, Clone, Copy, Default)]
struct Arrival {
    /// How long the answer may take.
    timeout: Option<Duration>,
    fault: Option<Fault>,
}

impl<S> RequestLayer<S> {
    /// Lets at most `max_requests` requests pass to `inner` at a time. `mounts` are sorted, longest path first.
    pub(super) fn new(
        inner: S,
        mounts: Vec<Timed>,
        request_ids: RequestIds,
        clock: SharedClock,
        max_requests: usize,
        shortcuts: Shortcuts,
    ) -> Self {
        let permits = Semaphore::new(max_requests.min(Semaphore::MAX_PERMITS));
        Self { inner, shared: Arc::new(Shared { mounts, request_ids, clock, shortcuts, permits }) }
    }

    /// The answer to `request`: always one, and always SCIM's.
    pub(super) async fn answer<B>(self, mut request: Request<B>) -> Response
    where
        S: Service<Request<B>, Response = Response, Error = Infallible>,
    {
        let Self { inner, shared } = self;
        let started = shared.clock.now();
        if let Some(hit) = shared.shortcuts.hit(&request, started) {
            return shared.finish_hit(hit, request.uri(), started);
        }
        let id = shared.request_ids.next();
        let span = tracing::info_span!("request", id = &*id);
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let arrival = shared.arrive(request.uri_mut());
        let exchange = Arc::new(Exchange::new(id, Arc::clone(&shared.clock), method, uri, arrival.fault));
        request.extensions_mut().insert(Arc::clone(&exchange));
        let outcome = catch(shared.limited(inner, request, arrival.timeout)).instrument(span).await;
        let response = finish(outcome, &exchange);
        exchange.answered(&response);
        response
    }
}

impl Shared {
    /// What is done to every answer, for one that was at hand.
    fn finish_hit(&self, hit: Hit, uri: &Uri, started: Instant) -> Response {
        let Hit { mut response, client } = hit;
        let id = self.request_ids.next_name();
        if let Ok(id) = HeaderValue::from_str(id.as_str()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        let line = Line {
            id: id.as_str(),
            method: &Method::GET,
            path: uri.path(),
            route: place::RESOURCE.pattern,
            client: &client.name,
        };
        line.log(&response, self.clock.now().saturating_duration_since(started));
        response
    }

    /// Finds the mount point and brings the path below it into the router's spelling. A path that has none stays as it is: the
    /// router may take it for any route of that mount point, and the route's authentication refuses it.
    fn arrive(&self, uri: &mut Uri) -> Arrival {
        let Some((mount, rest)) =
            self.mounts.iter().find_map(|mount| Some((mount, path::below(uri.path(), &mount.path)?)))
        else {
            return Arrival::default();
        };
        let spelling = path::canonical(rest).and_then(|spelling| match spelling {
            Some(rest) => with_path(uri, &mount.path, &rest).map(Some),
            None => Ok(None),
        });
        let timeout = Some(mount.timeout);
        match spelling {
            Err(fault) => Arrival { timeout, fault: Some(fault) },
            Ok(respelled) => {
                if let Some(respelled) = respelled {
                    *uri = respelled;
                }
                Arrival { timeout, fault: None }
            }
        }
    }

    async fn limited<S, B>(
        &self,
        mut inner: S,
        request: Request<B>,
        timeout: Option<Duration>,
    ) -> Result<Response, Failure>
    where
        S: Service<Request<B>, Response = Response, Error = Infallible>,
    {
        let _permit = self.permits.try_acquire().map_err(|_| Failure::Overloaded)?;
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
fn finish(outcome: Result<Response, Failure>, exchange: &Exchange) -> Response {
    let outcome = outcome.and_then(|mut response| Failure::carried_by(&mut response).map_or(Ok(response), Err));
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
