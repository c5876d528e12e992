//! Attacks from the network, on the program itself: what each of them gets, and what honest clients notice of it meanwhile.

mod bodies;
mod connections;
mod floods;
mod honest;
mod http2;
mod injection;
mod paths;
mod raw;
mod readers;
mod smuggling;

use std::sync::OnceLock;

use super::support::bridge::{Bridge, BridgeOptions};
use super::support::shared;
use super::watching::sample;

/// A server over the tree that nobody changes, with these limits.
fn limited(limits: &str) -> Bridge {
    let mut options = BridgeOptions::openldap(shared().suffix());
    options.further = format!("[server.limits]\n{limits}\n");
    Bridge::start(shared(), &options)
}

/// A server that nothing is done to but to send it odd requests, and which closes quiet connections soon.
fn patient() -> &'static Bridge {
    static BRIDGE: OnceLock<Bridge> = OnceLock::new();
    BRIDGE.get_or_init(|| limited("idle_timeout = \"1s\"\nheader_timeout = \"1s\"\nrequest_timeout = \"3s\""))
}

/// What the server's metrics say.
fn metric(bridge: &Bridge, beginning: &str) -> f64 {
    sample(&bridge.admin().get("/metrics").text(), beginning).unwrap_or_else(|| panic!("no {beginning}"))
}

/// Memory of the server, in MiB.
fn memory(bridge: &Bridge) -> f64 {
    metric(bridge, "process_resident_memory_bytes") / f64::from(1 << 20)
}

fn cut(bridge: &Bridge, reason: &str) -> f64 {
    metric(bridge, &format!("scimfront_http_connections_cut_total{{reason=\"{reason}\"}}"))
}
