//! The listener for those who watch the server: whether it lives, whether it is ready, and what it counts. It knows no tokens, so
//! it listens on loopback unless the settings say otherwise.

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, StatusCode};
use hyper::body::Incoming;
use serde_json::Value;
use tower::ServiceExt;

use super::connection::Answers;
use super::peer::Peer;

/// What is told to those who watch.
pub trait Readiness: Debug + Send + Sync + 'static {
    /// Whether everything is there to serve, and how each part is, as JSON.
    fn readiness(&self) -> (bool, Value);
    /// What was counted, in Prometheus's text format.
    fn metrics(&self) -> String;
}

/// Answers `/livez`, `/readyz` and `/metrics`.
#[derive(Debug, Clone)]
pub struct Admin(Router);

impl Admin {
    /// Tells what `told` knows.
    pub fn new(told: Arc<dyn Readiness>) -> Self {
        let router = Router::new()
            .route("/livez", get(|| async { (StatusCode::OK, "ok\n") }))
            .route("/readyz", get(readiness))
            .route("/metrics", get(metrics))
            .fallback(|| async { (StatusCode::NOT_FOUND, "there are /livez, /readyz and /metrics\n") })
            .with_state(told);
        Self(router)
    }
}

impl Answers for Admin {
    fn answer(&self, request: Request<Incoming>, _: Arc<Peer>) -> impl Future<Output = Response> + Send + use<> {
        let answer = self.0.clone().oneshot(request.map(Body::new));
        async move {
            let Ok(response) = answer.await;
            response
        }
    }

    async fn settled(&self) {}
}

async fn readiness(State(told): State<Arc<dyn Readiness>>) -> Response {
    let (is_ready, state) = told.readiness();
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = serde_json::to_vec_pretty(&state).unwrap_or_default();
    typed(status, "application/json", body.into())
}

async fn metrics(State(told): State<Arc<dyn Readiness>>) -> Response {
    typed(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", told.metrics().into())
}

fn typed(status: StatusCode, media_type: &'static str, body: Bytes) -> Response {
    (status, [(CONTENT_TYPE, HeaderValue::from_static(media_type))], body).into_response()
}
