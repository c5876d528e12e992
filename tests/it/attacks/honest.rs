//! Honest clients, who go on asking while others attack.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use scimfront::clock::{Clock, SystemClock};

use super::memory;
use crate::support::bridge::{Bridge, TOKEN};
use crate::support::client::Client;

/// Two clients: one keeps its connection, the other makes a new one for each request.
pub(super) struct Honest {
    done: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Result<Vec<Duration>, String>>>,
    memory: f64,
}

impl Honest {
    /// Begins to ask.
    pub(super) fn begin(bridge: &Bridge) -> Self {
        // What is allocated once isn't the attack's.
        for _ in 0..20 {
            assert_eq!(bridge.client().get("/Users?count=5").status, 200);
        }
        let done = Arc::new(AtomicBool::new(false));
        let clients = [true, false].map(|keeps| {
            let (done, client) = (done.clone(), bridge.client().with_token(Some(TOKEN)));
            thread::spawn(move || ask(&client, keeps, &done))
        });
        Self { done, clients: clients.into(), memory: memory(bridge) }
    }

    /// Ends it: all were answered. Prints how long that took at the longest, and by how much memory has grown, in MiB, which it
    /// returns.
    pub(super) fn end(self, bridge: &Bridge, attack: &str) -> f64 {
        let grown = memory(bridge) - self.memory;
        self.done.store(true, Relaxed);
        let times = self.clients.into_iter().map(|client| client.join().unwrap());
        let times: Result<Vec<_>, String> = times.collect();
        let mut times = times.unwrap_or_else(|failed| panic!("{failed}\n{}", bridge.log())).concat();
        times.sort_unstable();
        let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
        println!(
            "{attack}: {} honest requests, median {median:?}, longest {longest:?}; memory +{grown:.1} MiB",
            times.len()
        );
        grown
    }
}

fn ask(client: &Client, keeps: bool, done: &AtomicBool) -> Result<Vec<Duration>, String> {
    let mut times = Vec::new();
    while !done.load(Relaxed) || times.is_empty() {
        let begun = SystemClock.now();
        let headers: &[_] = if keeps { &[] } else { &[("connection", "close")] };
        let reply = client.send("GET", "/Users?count=1", headers, None);
        if reply.status != 200 {
            return Err(reply.text());
        }
        times.push(begun.elapsed());
        thread::sleep(Duration::from_millis(5));
    }
    Ok(times)
}
