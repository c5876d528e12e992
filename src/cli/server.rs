//! What `serve` and `demo` have in common: from settings to a running server.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::rand;
use tokio_util::sync::CancellationToken;

use super::assemble::Assembled;
use super::audits::Audits;
use super::log;
use super::outcome::{Failure, Result};
use super::parts::Parts;
use super::process;
use super::reload::Reload;
use super::runtime::{Hangup, Stop};
use super::traces::Traces;
use super::watched::Watched;
use crate::clock::{SharedClock, SystemClock};
use crate::config::Settings;
use crate::http::{AccessLog, Admin, Capacity, Listener, RequestIds, ServerOptions, Service, Tls};
use crate::telemetry::Exposition;

/// How often what was observed is summed up.
const SUM_UP: Duration = Duration::from_secs(5);

/// How many connections those who watch may have.
const WATCHERS: usize = 64;

/// A server that listens, with all that it serves.
pub(super) struct Server {
    listener: Listener,
    admin: Option<Listener>,
    service: Service,
    /// What it serves.
    pub(super) watched: Arc<Watched>,
    access: AccessLog,
    audits: Audits,
    traces: Traces,
    reload: Reload,
    files: Vec<PathBuf>,
    address: SocketAddr,
    base_url: String,
    delay: Duration,
}

/// Takes the address that the settings name.
pub(super) fn listen(settings: &Settings) -> Result<TcpListener> {
    bind(settings.server.listen)
}

fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| Failure::failed(format!("can't listen on {address}: {error}")))
}

fn options(settings: &Settings) -> ServerOptions {
    let limits = &settings.server.limits;
    ServerOptions {
        max_connections: limits.max_connections,
        header_timeout: limits.header_timeout,
        idle_timeout: limits.idle_timeout,
        send_timeout: limits.send_timeout,
        max_header_bytes: limits.max_headers,
        drain_timeout: limits.shutdown_timeout,
    }
}

impl Server {
    /// Compiles the mappings, opens the audits, starts to connect to the directories, and mounts the bridges. Doesn't wait for
    /// any directory.
    pub(super) async fn start(settings: &Settings, socket: TcpListener) -> Result<Self> {
        let clock: SharedClock = Arc::new(SystemClock);
        process::allow_files(settings.server.limits.max_connections);
        // Before anything counts.
        let exposition = Exposition::install().map_err(|error| Failure::failed(error.to_string()))?;
        let address = socket.local_addr().map_err(cant_listen)?;
        let mut listener = Listener::adopt(socket, options(settings)).map_err(cant_listen)?;
        let admin = admin(settings)?;
        let base_url = settings.server.base_url(address);
        let traces = Traces::start(&settings.trace)?;
        let audits = Audits::default();
        let parts = Parts::make(settings, &base_url, &audits, &clock, &[]).await?;
        parts.follow(&[], &clock);
        let mounts = parts.mounts(settings);
        let tls = parts.tls.map(Tls::new);
        match &tls {
            Some(tls) => listener = listener.secured(tls.clone()),
            None => warn_if_in_clear(address),
        }
        let access = log::access(&settings.log)?;
        let proxies = settings.server.trusted_proxies.clone();
        let limits = &settings.server.limits;
        let most = Capacity { requests: limits.max_requests, octets: limits.max_memory };
        let ids = RequestIds::new(seed()?);
        let service = Service::logging(mounts, proxies, ids, Arc::clone(&clock), most, access.clone());
        let watched = Arc::new(Watched::new(exposition, service.clone(), parts.bridges, Arc::clone(&clock)));
        let reload = Reload {
            service: service.clone(),
            tls,
            audits: audits.clone(),
            clock,
            watched: Arc::clone(&watched),
            at_start: settings.clone(),
            address,
        };
        let (files, delay) = (parts.files, settings.server.limits.shutdown_delay);
        Ok(Self { listener, admin, service, watched, access, audits, traces, reload, files, address, base_url, delay })
    }

    /// The bridges, in the order of their names.
    pub(super) fn bridges(&self) -> Vec<Arc<Assembled>> {
        self.watched.bridges()
    }

    /// Where it listens and what is there, in one line.
    pub(super) fn describe(&self) -> String {
        let bridges = self.bridges();
        let bridges = bridges.iter().map(|bridge| format!("bridge {} at {}", bridge.name, bridge.base_url()));
        let admin = self.admin.as_ref().and_then(|admin| admin.local_address().ok());
        let admin = admin.map(|address| format!("metrics at http://{address}/metrics"));
        format!("{}: {}", self.address, bridges.chain(admin).collect::<Vec<_>>().join(", "))
    }

    /// What clients put before a bridge's path.
    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Serves until `stop` is signalled, then lets requests under way end; a second signal ends those too. The files that
    /// `config` names are read again on SIGHUP and when they change.
    pub(super) async fn run(self, mut stop: Stop, config: Option<PathBuf>) -> Result<()> {
        let Self { listener, admin, service, watched, access, audits, traces, reload, files, delay, .. } = self;
        let [ending, ended] = [CancellationToken::new(), CancellationToken::new()];
        if let Some(admin) = admin {
            let (told, ended) = (Admin::new(watched.clone()), ended.clone());
            tokio::spawn(async move { admin.run_admin(told, ended.cancelled()).await });
        }
        tokio::spawn(sum_up(Arc::clone(&watched)));
        if let Some(config) = config {
            let (hangup, ending) = (Hangup::catch()?, ending.clone());
            tokio::spawn(async move { ending.run_until_cancelled(reload.run(config, files, hangup)).await });
        }
        let serving = listener.run(service, ending.cancelled());
        let stopping = async {
            stop.signalled().await;
            tracing::info!("stopping");
            watched.stopping();
            tokio::select! {
                () = tokio::time::sleep(delay) => ending.cancel(),
                () = stop.signalled() => return,
            }
            stop.signalled().await;
            tracing::warn!("stopping at once");
        };
        tokio::select! {
            () = serving => (),
            () = stopping => (),
        }
        for bridge in watched.bridges() {
            bridge.bridge.close().await;
        }
        audits.flush().await;
        traces.flush().await;
        ended.cancel();
        access.flush();
        Ok(())
    }
}

async fn sum_up(watched: Arc<Watched>) {
    loop {
        tokio::time::sleep(SUM_UP).await;
        watched.sum_up();
    }
}

/// The listener for those who watch, unless the settings don't want one, or didn't ask for one and its address is taken.
fn admin(settings: &Settings) -> Result<Option<Listener>> {
    let Some(address) = settings.admin.listen else { return Ok(None) };
    let socket = match bind(address) {
        Ok(socket) => socket,
        Err(failure) if settings.admin.is_chosen => return Err(failure),
        Err(failure) => {
            tracing::warn!(%failure, "no /metrics and /readyz: say in [admin] where to listen, or `off`");
            return Ok(None);
        }
    };
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "metrics and readiness are shown beyond loopback, to whoever asks");
    }
    let options = ServerOptions { max_connections: WATCHERS, ..options(settings) };
    Listener::adopt(socket, options).map(Some).map_err(cant_listen)
}

fn cant_listen(error: std::io::Error) -> Failure {
    Failure::failed(format!("can't listen: {error}"))
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
