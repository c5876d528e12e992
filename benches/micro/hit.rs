//! The way of a request that is answered from memory: from the request as hyper hands it over to the response.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use futures_util::FutureExt;
use http::Request;
use scimfront::auth::{Authenticator, Client, ClientInfo, Credentials, TokenHash};
use scimfront::bridge::{Dialect, PatchAnswer};
use scimfront::clock::SystemClock;
use scimfront::http::{AccessLog, Capacity, Limits, MountedBridge, RequestIds, Service};

use super::backend::OneResource;
use crate::Result;
use crate::bridge::{PATH, TOKEN};

const ID: &str = "550e8400-e29b-41d4-a716-446655440000";

/// One GET, without the access log: its lines are written by a thread of its own.
pub(super) fn hit() -> Result<Box<dyn FnMut()>> {
    let info = Arc::new(ClientInfo::named("bench"));
    let client = Client { info, dialect: Dialect::Default, patch_answer: PatchAnswer::Auto, limits: None };
    let tokens = vec![TokenHash::of(TOKEN.as_bytes())];
    let mount = MountedBridge {
        name: "main".to_owned(),
        path: PATH.to_owned(),
        bridge: Arc::new(OneResource::new(ID, &"x".repeat(1900), Instant::now())),
        authenticator: Authenticator::new([Credentials { client, tokens, certificate: None }]),
        limits: Limits::default(),
        public_discovery: false,
        dry_run: false,
    };
    let ids = RequestIds::new(1);
    let capacity = Capacity { requests: 1024, octets: 256 << 20 };
    let service = Service::logging(vec![mount], Vec::new(), ids, Arc::new(SystemClock), capacity, AccessLog::none());
    Ok(Box::new(move || {
        let request = Request::builder()
            .uri(format!("{PATH}/Users/{ID}"))
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("host", "127.0.0.1")
            .body(Body::empty());
        let answer = request.ok().and_then(|request| service.answer(request).now_or_never());
        assert!(answer.is_some_and(|answer| answer.status() == 200), "it isn't at hand");
    }))
}
