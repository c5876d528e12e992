//! One request, from its head to its answer.

use std::any::Any;
use std::convert::Infallible;
use std::error::Error as StdError;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::Body;
use tokio::sync::Semaphore;
use tracing::Instrument;

use super::backend::Backend;
use super::exchange::Exchange;
use super::failure::Failure;
use super::handlers::Call;
use super::mount::MountedBridge;
use super::request_id::RequestIds;
use super::route::Route;
use super::{media, path, reply};
use crate::auth::{Client, ClientInfo};
use crate::bridge::{Bridge, Context, Dialect};
use crate::clock::{self, SharedClock};

/// What a request is answered with.
pub type Answer = Response<Full<Bytes>>;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Answers requests to any number of bridges.
#[derive(Debug)]
pub struct Service<U = Bridge> {
    /// Longest path first, so that one bridge may be mounted below another.
    mounts: Vec<MountedBridge<U>>,
    request_ids: RequestIds,
    clock: SharedClock,
    /// One permit for each request that may be under way.
    permits: Semaphore,
}

impl<U: Backend> Service<U> {
    /// Serves `mounts`, whose paths differ, at most `max_requests` requests at a time.
    pub fn new(
        mut mounts: Vec<MountedBridge<U>>,
        request_ids: RequestIds,
        clock: SharedClock,
        max_requests: usize,
    ) -> Self {
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.path.len()));
        let permits = Semaphore::new(max_requests.min(Semaphore::MAX_PERMITS));
        Self { mounts, request_ids, clock, permits }
    }

    /// The answer to `request`: always one, and always SCIM's. A panic on the way is logged and answered with 500.
    ///
    /// Dropping the future ends the work for it.
    pub async fn answer<B>(&self, request: Request<B>) -> Answer
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        let id = self.request_ids.next();
        let span = tracing::info_span!("request", id = &*id);
        let mut exchange = Exchange::new(id, self.clock.clone(), head.method.clone(), head.uri.clone());
        let outcome = catch(self.respond(&mut exchange, &head, body)).instrument(span).await;
        let mut response = outcome.unwrap_or_else(|failure| failure.into_response(&exchange.id));
        if let Ok(id) = HeaderValue::from_str(&exchange.id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        exchange.answered(&response);
        if head.method == Method::HEAD { reply::without_body(response) } else { response }
    }

    /// As [`Service::answer`], in the shape that hyper wants.
    ///
    /// # Errors
    /// Never.
    pub async fn serve<B>(self: Arc<Self>, request: Request<B>) -> Result<Answer, Infallible>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        Ok(self.answer(request).await)
    }

    async fn respond<B>(&self, exchange: &mut Exchange, head: &Parts, body: B) -> Result<Answer, Failure>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let _permit = self.permits.try_acquire().map_err(|_| Failure::Overloaded)?;
        let (mount, rest) = self.mount(head.uri.path()).ok_or_else(Failure::not_found)?;
        let route = Route::parse(rest);
        if let Ok(route) = &route {
            exchange.route = route.template();
        }
        let client = client(mount, head, route.as_ref().is_ok_and(Route::is_discovery))?;
        exchange.client = Some(Arc::clone(&client.info));
        let route = route?;
        let kind = match route.endpoint() {
            Some(name) => Some(mount.bridge.endpoint(name).ok_or_else(Failure::not_found)?),
            None => None,
        };
        route.check(&head.method)?;
        media::check_accept(&head.headers)?;
        let context = self.context(mount, exchange, client);
        let call = Call { mount, route: &route, kind, head, context };
        tokio::time::timeout(mount.limits.request_timeout, call.answer(body)).await.map_err(|_| Failure::Deadline)?
    }

    fn mount<'a>(&self, raw_path: &'a str) -> Option<(&MountedBridge<U>, &'a str)> {
        self.mounts.iter().find_map(|mount| Some((mount, path::below(raw_path, &mount.path)?)))
    }

    fn context(&self, mount: &MountedBridge<U>, exchange: &Exchange, client: Client) -> Context {
        Context {
            client: client.info,
            deadline: clock::deadline(&*self.clock, mount.limits.request_timeout),
            request_id: Arc::clone(&exchange.id),
            dialect: client.dialect,
            dry_run: false,
            clock: Arc::clone(&self.clock),
        }
    }
}

/// Who asks. Without valid credentials nobody learns what there is, not even by 404 or 405.
fn client<U>(mount: &MountedBridge<U>, head: &Parts, is_discovery: bool) -> Result<Client, Failure> {
    let mut headers = head.headers.get_all(header::AUTHORIZATION).iter();
    let header = headers.next().filter(|_| headers.next().is_none());
    match mount.authenticator.authenticate(header.map(HeaderValue::as_bytes)) {
        Some(client) => Ok(client.clone()),
        None if is_discovery && mount.public_discovery => {
            let info = Arc::new(ClientInfo { name: "anonymous".into(), visibility: 0 });
            Ok(Client { info, dialect: Dialect::Default })
        }
        None => Err(Failure::Unauthorized),
    }
}

/// Turns a panic into an error. What `work` left half done is dropped with it: nothing outlives a request but caches, which
/// take whole values only.
async fn catch(work: impl Future<Output = Result<Answer, Failure>>) -> Result<Answer, Failure> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|panic| {
        tracing::error!(panic = text(&*panic), "a request ended in a panic");
        Err(Failure::Internal)
    })
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let formatted = panic.downcast_ref::<String>().map(String::as_str);
    formatted.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text")
}

#[cfg(test)]
mod tests;
