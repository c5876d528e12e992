//! What those who watch the server are told: readiness, and what is counted.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::assemble::Assembled;
use crate::clock::SharedClock;
use crate::directory::{Directory, FeedState, Status};
use crate::http::{Readiness, Service};
use crate::telemetry::catalogue::{
    ACCESS_LOG_DROPPED, DIRECTORY_READY, LDAP_IN_FLIGHT, LDAP_MESSAGE_IDS, LDAP_STREAMS, LDAP_UP, LDAP_WANTED,
    RELOAD_OK, RELOAD_TIME, RELOADS, REQUEST_BYTES, REQUESTS_IN_FLIGHT,
};
use crate::telemetry::{Exposition, Process};

/// What the server is at the moment.
#[derive(Debug)]
pub(super) struct Watched {
    exposition: Exposition,
    process: Process,
    service: Service,
    clock: SharedClock,
    stopping: AtomicBool,
    state: Mutex<State>,
}

struct State {
    bridges: Vec<Arc<Assembled>>,
    /// When the files that are in force were read.
    loaded: SystemTime,
    /// When they were read last and couldn't be used, and why.
    refused: Option<(SystemTime, String)>,
}

impl Watched {
    /// A server that serves these.
    pub(super) fn new(
        exposition: Exposition,
        service: Service,
        bridges: Vec<Arc<Assembled>>,
        clock: SharedClock,
    ) -> Self {
        let state = Mutex::new(State { bridges, loaded: clock.wall(), refused: None });
        let watched =
            Self { exposition, process: Process::default(), service, clock, stopping: AtomicBool::new(false), state };
        // What hasn't happened is shown as 0, so that alerts know it.
        for result in ["ok", "refused"] {
            RELOADS.count(&[result]).increment(0);
        }
        ACCESS_LOG_DROPPED.count(&[]).increment(0);
        watched.tell_loaded();
        watched
    }

    /// It serves these from now on.
    pub(super) fn reloaded(&self, bridges: Vec<Arc<Assembled>>) {
        let mut state = self.state();
        *state = State { bridges, loaded: self.clock.wall(), refused: None };
        drop(state);
        RELOADS.count(&["ok"]).increment(1);
        self.tell_loaded();
    }

    /// Files couldn't be used; what was there serves on.
    pub(super) fn refused(&self, why: String) {
        self.state().refused = Some((self.clock.wall(), why));
        RELOADS.count(&["refused"]).increment(1);
        RELOAD_OK.level(&[]).set(0.0);
    }

    /// It won't be there for long.
    pub(super) fn stopping(&self) {
        self.stopping.store(true, Relaxed);
    }

    /// What is served.
    pub(super) fn bridges(&self) -> Vec<Arc<Assembled>> {
        self.state().bridges.clone()
    }

    /// Does what must be done every few seconds.
    pub(super) fn sum_up(&self) {
        self.exposition.sum_up();
        self.bridges().iter().for_each(|bridge| bridge.bridge.let_go(self.clock.now()));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_loaded(&self) {
        RELOAD_OK.level(&[]).set(1.0);
        let loaded = self.state().loaded.duration_since(UNIX_EPOCH).unwrap_or_default();
        RELOAD_TIME.level(&[]).set(loaded.as_secs_f64());
    }
}

impl Readiness for Watched {
    fn readiness(&self) -> (bool, Value) {
        let state = self.state();
        let bridges = state.bridges.iter().map(|bridge| (bridge.name.clone(), of_bridge(bridge)));
        let bridges: Map<String, Value> = bridges.collect();
        let stopping = self.stopping.load(Relaxed);
        let is_ready = !stopping && bridges.values().all(|bridge| bridge["ready"] == json!(true));
        let refused = state.refused.as_ref().map(|(time, why)| json!({ "at": shown(*time), "why": why }));
        let told = json!({
            "ready": is_ready,
            "stopping": stopping,
            "version": env!("CARGO_PKG_VERSION"),
            "files": { "loaded": shown(state.loaded), "refused": refused },
            "bridges": bridges,
        });
        (is_ready, told)
    }

    fn metrics(&self) -> String {
        REQUESTS_IN_FLIGHT.level(&[]).set(self.service.in_flight() as f64);
        REQUEST_BYTES.level(&[]).set(self.service.held() as f64);
        self.process.look();
        for bridge in self.bridges() {
            for (name, directory) in bridge.directories() {
                measure(&[&bridge.name, name], directory);
            }
        }
        self.exposition.render()
    }
}

fn of_bridge(bridge: &Assembled) -> Value {
    let directories = bridge.directories().iter().map(|(name, directory)| (name.clone(), of_directory(directory)));
    let directories: Map<String, Value> = directories.collect();
    let is_ready = directories.values().all(|directory| directory["ready"] == json!(true));
    // While a feed is broken, answers are slower and as right as ever: no reason to be taken out of service.
    let feeds = bridge.bridge.feeds().into_iter().map(|feed| (feed.directory, of_feed(&feed.state)));
    let feeds: Map<String, Value> = feeds.collect();
    json!({
        "ready": is_ready,
        "path": bridge.settings.path,
        "dry_run": bridge.settings.dry_run,
        "directories": directories,
        "feeds": feeds,
    })
}

fn of_directory(directory: &Directory) -> Value {
    let Status { up, connections, failure, .. } = directory.status();
    json!({ "ready": is_ready(directory), "connections": { "up": up, "wanted": connections }, "failure": failure })
}

fn of_feed(state: &FeedState) -> Value {
    match state {
        FeedState::Whole { lag } => json!({ "whole": true, "lag_seconds": lag.as_secs_f64() }),
        FeedState::Broken { reason, .. } => json!({ "whole": false, "why": reason }),
    }
}

fn is_ready(directory: &Directory) -> bool {
    directory.status().up > 0 && directory.capabilities().is_some()
}

fn measure(labels: &[&str], directory: &Directory) {
    let status = directory.status();
    LDAP_UP.level(labels).set(status.up as f64);
    LDAP_WANTED.level(labels).set(status.connections as f64);
    LDAP_IN_FLIGHT.level(labels).set(status.in_flight as f64);
    LDAP_STREAMS.level(labels).set(status.streams as f64);
    LDAP_MESSAGE_IDS.level(labels).set(status.message_ids as f64);
    DIRECTORY_READY.level(labels).set(f64::from(u8::from(is_ready(directory))));
}

/// A time as RFC 3339 has it.
fn shown(time: SystemTime) -> Option<String> {
    jiff::Timestamp::try_from(time).ok().map(|time| format!("{time:.3}"))
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("State")
    }
}
