//! Who asks.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;

use crate::auth::{Client, ClientInfo};
use crate::bridge::{Context, Dialect, PatchAnswer};
use crate::http::backend::Backend;
use crate::http::exchange::Exchange;
use crate::http::failure::Failure;
use crate::http::peer::Peer;
use crate::http::place::Site;

/// A client that has shown who it is, with what use cases are told of its request.
///
/// The first extractor of every handler, fallbacks included: without valid credentials nobody learns what there is, not even
/// by 400, 404 or 405. It refuses paths that can't be any resource's, so that what runs after it needn't.
#[derive(Debug)]
pub(in crate::http) struct Caller(pub(in crate::http) Context);

impl<U: Backend> FromRequestParts<Site<U>> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site<U>) -> Result<Self, Failure> {
        // Only the layer around the router makes exchanges; without it there is nothing to go by.
        let exchange = parts.extensions.get::<Arc<Exchange>>().ok_or(Failure::Internal)?;
        let is_sound = exchange.fault.is_none();
        if is_sound {
            exchange.found(site.place);
        }
        let client = client(site, &parts.headers, &exchange.peer, is_sound)?;
        exchange.identified(&client.info);
        match exchange.fault {
            Some(fault) => Err(fault.into()),
            None => Ok(Self(context(site, exchange, client))),
        }
    }
}

fn client<U>(site: &Site<U>, headers: &HeaderMap, peer: &Peer, is_sound: bool) -> Result<Client, Failure> {
    let authenticator = &site.mount.authenticator;
    let mut headers = headers.get_all(header::AUTHORIZATION).iter();
    let recognised = match (headers.next(), headers.next()) {
        (Some(header), None) => authenticator.authenticate(Some(HeaderValue::as_bytes(header))),
        (Some(_), Some(_)) => None,
        // A certificate stands for a connection, a token for a request: where there is a token, it alone counts.
        (None, _) => peer.certificate.as_deref().and_then(|shown| authenticator.authenticate_certificate(shown)),
    };
    match recognised {
        Some(client) => Ok(client.clone()),
        None if is_sound && site.place.is_discovery && site.mount.public_discovery => {
            let info = Arc::new(ClientInfo::named("anonymous"));
            Ok(Client { info, dialect: Dialect::Default, patch_answer: PatchAnswer::Auto })
        }
        None => Err(Failure::Unauthorized),
    }
}

fn context<U>(site: &Site<U>, exchange: &Exchange, client: Client) -> Context {
    Context {
        bulk: false,
        client: client.info,
        deadline: exchange.started + site.mount.limits.request_timeout,
        request_id: Arc::clone(&exchange.id),
        dialect: client.dialect,
        patch_answer: client.patch_answer,
        dry_run: site.mount.dry_run,
        clock: Arc::clone(&exchange.clock),
    }
}
