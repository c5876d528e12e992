//! How many requests a bridge gets, and how long they take. Handles are resolved when a route, method, status and client first
//! come together.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use http::Method;

use super::place::Place;
use crate::telemetry::catalogue::{REQUEST_SECONDS, REQUESTS};
use crate::telemetry::{Counter, Histogram};

/// The meters of one bridge's requests.
#[derive(Debug)]
pub(super) struct Meter {
    bridge: String,
    series: RwLock<Series>,
}

#[derive(Debug, Default)]
struct Series {
    /// By client, then by route, method and status.
    requests: HashMap<String, HashMap<(usize, u8, u16), Counter>>,
    /// By route and method.
    seconds: HashMap<(usize, u8), Histogram>,
}

/// Methods, each at its place. What is none of them is `other`: clients may make up any number.
const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

impl Meter {
    /// The meters of the bridge that the settings call so.
    pub(super) fn new(bridge: &str) -> Self {
        Self { bridge: bridge.to_owned(), series: RwLock::default() }
    }

    /// What the settings call the bridge; empty for what is below none.
    pub(super) fn bridge(&self) -> &str {
        &self.bridge
    }

    /// A request was answered, or its client went away.
    pub(super) fn record(
        &self,
        place: Option<&'static Place>,
        method: &Method,
        status: u16,
        client: &str,
        took: Duration,
    ) {
        // Places are statics: each is its address.
        let route = place.map_or(0, |place| std::ptr::from_ref(place).addr());
        let verb = METHODS.iter().position(|known| known == method).unwrap_or(METHODS.len());
        let verb = u8::try_from(verb).unwrap_or(u8::MAX);
        let keys = ((route, verb, status), (route, verb));
        let known = self.series.read().unwrap_or_else(PoisonError::into_inner).record(client, keys, took);
        if !known {
            self.resolve(place, method, client, keys);
            self.series.read().unwrap_or_else(PoisonError::into_inner).record(client, keys, took);
        }
    }

    fn resolve(&self, place: Option<&'static Place>, method: &Method, client: &str, keys: Keys) {
        let route = place.map_or("", |place| place.pattern);
        let method = if METHODS.contains(method) { method.as_str() } else { "other" };
        let status = keys.0.2.to_string();
        let mut series = self.series.write().unwrap_or_else(PoisonError::into_inner);
        let of_client = series.requests.entry(client.to_owned()).or_default();
        of_client.entry(keys.0).or_insert_with(|| REQUESTS.count(&[&self.bridge, route, method, &status, client]));
        series.seconds.entry(keys.1).or_insert_with(|| REQUEST_SECONDS.times(&[&self.bridge, route, method]));
    }
}

type Keys = ((usize, u8, u16), (usize, u8));

impl Series {
    /// Counts, where the handles are known.
    fn record(&self, client: &str, (request, second): Keys, took: Duration) -> bool {
        let counter = self.requests.get(client).and_then(|of_client| of_client.get(&request));
        let (Some(counter), Some(seconds)) = (counter, self.seconds.get(&second)) else { return false };
        counter.increment(1);
        seconds.record(took);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::place;
    use super::*;

    #[test]
    fn requests_are_counted_by_what_they_are() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            let meter = Meter::new("main");
            let odd = Method::from_bytes(b"BREW").unwrap();
            for (place, method, status, client) in [
                (Some(&place::RESOURCE), &Method::GET, 200, "hr"),
                (Some(&place::RESOURCE), &Method::GET, 200, "hr"),
                (Some(&place::RESOURCE), &Method::GET, 404, "hr"),
                (Some(&place::COLLECTION), &Method::GET, 200, "hr"),
                (None, &odd, 401, "-"),
            ] {
                meter.record(place, method, status, client, Duration::from_millis(1));
            }
        });
        let text = recorder.handle().render();
        for (route, method, status, client, count) in [
            ("/{endpoint}/{id}", "GET", 200, "hr", 2),
            ("/{endpoint}/{id}", "GET", 404, "hr", 1),
            ("/{endpoint}", "GET", 200, "hr", 1),
            ("", "other", 401, "-", 1),
        ] {
            let labels = format!(
                "bridge=\"main\",route=\"{route}\",method=\"{method}\",status=\"{status}\",client=\"{client}\""
            );
            assert!(text.contains(&format!("requests_total{{{labels}}} {count}\n")), "{labels}\n{text}");
        }
        let count = r#"duration_seconds_count{bridge="main",route="/{endpoint}/{id}",method="GET"} 3"#;
        assert!(text.contains(count), "{text}");
    }
}
