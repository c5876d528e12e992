//! Who asks.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::header::{self, HeaderMap};
use http::request::Parts;

use crate::auth::{Away, Client, ClientInfo, Recognised};
use crate::bridge::Context;
use crate::http::backend::Backend;
use crate::http::exchange::Exchange;
use crate::http::failure::Failure;
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
        let client = client(site, &parts.headers, exchange, is_sound).await?;
        exchange.identified(&client.info);
        if let Some(limits) = &client.limits {
            exchange.passed(limits.pass(exchange.clock.now())?);
        }
        match exchange.fault {
            Some(fault) => Err(fault.into()),
            None => Ok(Self(context(site, exchange, client))),
        }
    }
}

async fn client<U>(
    site: &Site<U>,
    headers: &HeaderMap,
    exchange: &Exchange,
    is_sound: bool,
) -> Result<Client, Failure> {
    let authenticator = &site.mount.authenticator;
    let mut headers = headers.get_all(header::AUTHORIZATION).iter();
    let shown = (headers.next(), headers.next());
    let recognised = match shown {
        (Some(header), None) => match authenticator.at_hand(header.as_bytes(), exchange.clock.now()) {
            Some(client) => Recognised::Client(client),
            None => {
                let _stranger = exchange.lobby.enter(exchange.from)?;
                authenticator.recognise(header.as_bytes(), &exchange.clock).await
            }
        },
        (Some(_), Some(_)) => Recognised::Nobody,
        // A certificate stands for a connection, a token for a request: where there is a token, it alone counts.
        (None, _) => {
            let certificate = exchange.peer.certificate(exchange.clock.wall());
            let client = certificate.and_then(|shown| authenticator.authenticate_certificate(shown));
            client.map_or(Recognised::Nobody, |client| Recognised::Client(client.clone()))
        }
    };
    match recognised {
        Recognised::Client(client) => Ok(client),
        Recognised::Away(Away { retry_after }) => Err(Failure::Unavailable { retry_after }),
        Recognised::Busy => Err(Failure::Overloaded),
        Recognised::Nobody => {
            if shown.0.is_none() && is_sound && site.place.is_discovery && site.mount.public_discovery {
                return Ok(Client::of(ClientInfo::named("anonymous")));
            }
            if shown.0.is_some() {
                // Only those who fail wait, so that nobody can slow others down from the same address.
                exchange.lobby.delay(authenticator.failed(exchange.from, exchange.clock.now())).await;
            }
            Err(Failure::Unauthorized(authenticator.schemes()))
        }
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
