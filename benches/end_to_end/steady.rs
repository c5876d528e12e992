//! Requests at a steady rate, whatever the answers take: how long clients really wait.
//!
//! Each request has a time at which it is due. One that comes late because the one before it on its connection was slow counts from
//! when it was due, so that a stall shows in all the requests that it held up (no coordinated omission). One that comes late because
//! this driver overslept counts from when it was sent.

use std::thread;
use std::time::{Duration, Instant};

use super::Result;
use super::http::Client;

/// Asks for `paths` in turn at `rate` requests a second for `slice`; returns what each took, in milliseconds.
pub(crate) fn drive(clients: Vec<Client>, paths: &[String], rate: f64, slice: Duration) -> Result<Vec<f64>> {
    let count = clients.len();
    #[allow(clippy::cast_precision_loss, reason = "a few connections")]
    let every = Duration::from_secs_f64(count as f64 / rate);
    let start = Instant::now() + Duration::from_millis(20);
    let taken: Result<Vec<Vec<f64>>> = thread::scope(|scope| {
        let lanes = clients.into_iter().enumerate().map(|(lane, client)| {
            let first = start + every * u32::try_from(lane).unwrap_or(0) / u32::try_from(count).unwrap_or(1);
            let paths = paths.iter().skip(lane * paths.len() / count).chain(paths).cycle();
            scope.spawn(move || one(client, paths, first, every, slice))
        });
        let lanes: Vec<_> = lanes.collect();
        lanes.into_iter().map(|lane| lane.join().map_err(|_| "a driver panicked")?).collect()
    });
    Ok(taken?.concat())
}

fn one<'p>(
    mut client: Client,
    paths: impl Iterator<Item = &'p String>,
    first: Instant,
    every: Duration,
    slice: Duration,
) -> Result<Vec<f64>> {
    let mut taken = Vec::new();
    let (mut due, mut free) = (first, first);
    for path in paths {
        if due.duration_since(first) >= slice {
            break;
        }
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let since = if free <= due { Instant::now() } else { due };
        client.body(path)?;
        free = Instant::now();
        taken.push(free.duration_since(since).as_secs_f64() * 1e3);
        due += every;
    }
    Ok(taken)
}
