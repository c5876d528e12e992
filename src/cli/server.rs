//! What `serve` and `demo` have in common: from settings to a running server.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use aws_lc_rs::rand;

use super::assemble::{self, Assembled};
use super::audits::Audits;
use super::outcome::{Failure, Result};
use super::runtime::Stop;
use crate::auth::{Authenticator, Brake};
use crate::bridge::Writing;
use crate::clock::{SharedClock, SystemClock};
use crate::config::Settings;
use crate::http::{Limits, Listener, MountedBridge, RequestIds, ServerOptions, Service};

/// A server that listens, with all that it serves.
pub(super) struct Server {
    listener: Listener,
    service: Service,
    /// The bridges, in the order of their names.
    pub(super) bridges: Vec<Assembled>,
    audits: Audits,
    address: SocketAddr,
    base_url: String,
}

/// Takes the address that the settings name.
pub(super) fn listen(settings: &Settings) -> Result<TcpListener> {
    let address = settings.server.listen;
    TcpListener::bind(address).map_err(|error| Failure::failed(format!("can't listen on {address}: {error}")))
}

fn options(settings: &Settings) -> ServerOptions {
    let limits = &settings.server.limits;
    ServerOptions {
        max_connections: limits.max_connections,
        header_timeout: limits.header_timeout,
        idle_timeout: limits.idle_timeout,
        max_header_bytes: limits.max_headers,
        drain_timeout: limits.shutdown_timeout,
    }
}

impl Server {
    /// Compiles the mappings, opens the audits, starts to connect to the directories, and mounts the bridges. Doesn't wait for
    /// any directory.
    pub(super) async fn start(settings: &Settings, socket: TcpListener) -> Result<Self> {
        let clock: SharedClock = Arc::new(SystemClock);
        let cant_listen = |error| Failure::failed(format!("can't listen: {error}"));
        let address = socket.local_addr().map_err(cant_listen)?;
        let listener = Listener::adopt(socket, options(settings)).map_err(cant_listen)?;
        let base_url = settings.server.base_url(address);
        warn_if_in_clear(address);
        let (mut bridges, mut audits) = (Vec::new(), Audits::default());
        for (name, bridge) in &settings.bridges {
            let audit = audits.of(name, bridge, &*clock).await?;
            let brake = Brake::new(name, &bridge.guard);
            let writing = Writing { name: name.clone(), audit, brake };
            bridges.push(assemble::bridge(name, bridge, &base_url, &clock, writing)?);
        }
        for assembled in &bridges {
            assembled.bridge.follow(Arc::clone(&clock));
        }
        let mounts = bridges.iter().map(|bridge| mount(settings, bridge)).collect();
        let max_requests = settings.server.limits.max_requests;
        let service = Service::new(mounts, RequestIds::new(seed()?), clock, max_requests);
        Ok(Self { listener, service, bridges, audits, address, base_url })
    }

    /// Where it listens and what is there, in one line.
    pub(super) fn describe(&self) -> String {
        let bridges: Vec<_> = self
            .bridges
            .iter()
            .map(|bridge| format!("bridge {} at {}{}", bridge.name, self.base_url, bridge.settings.path))
            .collect();
        format!("{}: {}", self.address, bridges.join(", "))
    }

    /// What clients put before a bridge's path.
    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Serves until `stop` is signalled, then lets requests under way end; a second signal ends those too.
    pub(super) async fn run(self, mut stop: Stop) -> Result<()> {
        let (begin, begun) = tokio::sync::oneshot::channel::<()>();
        let serving = self.listener.run(self.service, async {
            // An error means that nobody can tell us to stop any more, which is reason enough.
            let _ = begun.await;
        });
        let stopping = async {
            stop.signalled().await;
            tracing::info!("stopping");
            let _ = begin.send(());
            stop.signalled().await;
            tracing::warn!("stopping at once");
        };
        tokio::select! {
            () = serving => (),
            () = stopping => (),
        }
        for bridge in &self.bridges {
            bridge.bridge.close().await;
        }
        self.audits.flush().await;
        Ok(())
    }
}

fn mount(settings: &Settings, assembled: &Assembled) -> MountedBridge {
    let limits = &settings.server.limits;
    MountedBridge {
        path: assembled.settings.path.clone(),
        bridge: Arc::clone(&assembled.bridge),
        authenticator: Authenticator::from_settings(&assembled.settings.clients),
        limits: Limits {
            max_body: limits.max_body,
            max_bulk: assembled.settings.limits.bulk_payload,
            request_timeout: limits.request_timeout,
        },
        public_discovery: settings.server.public_discovery,
        dry_run: assembled.settings.dry_run,
    }
}

fn warn_if_in_clear(address: SocketAddr) {
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "listening without TLS beyond loopback: tokens and data can be read on the network unless a proxy in front takes care of TLS");
    }
}

/// What request ids start with.
fn seed() -> Result<u32> {
    let mut bytes = [0; 4];
    rand::fill(&mut bytes).map_err(|_| Failure::failed("the operating system gives no random numbers"))?;
    Ok(u32::from_ne_bytes(bytes))
}
