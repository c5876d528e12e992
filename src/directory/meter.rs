//! How many operations a directory was sent, how they ended, and how long they took.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Instant;

use super::error::Failure;
use super::{Error, Limit};
use crate::clock::SharedClock;
use crate::telemetry::catalogue::{LDAP_LOSSES, LDAP_OPERATIONS, LDAP_SECONDS};
use crate::telemetry::trace::OperationSpan;
use crate::telemetry::{Counter, Histogram};

/// What an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Search,
    /// One page of a search.
    Page,
    Add,
    Modify,
    Rename,
    Delete,
    /// Password Modify (RFC 3062).
    Password,
    Compare,
    /// Opening a connection, with its bind.
    Connect,
}

/// The meters of one directory.
#[derive(Debug)]
pub(super) struct Meter {
    /// `bridge` and `directory`.
    labels: (String, String),
    clock: SharedClock,
    kinds: Vec<OfKind>,
    /// Connections that were lost.
    pub(super) losses: Counter,
}

#[derive(Debug)]
struct OfKind {
    seconds: Histogram,
    ok: Counter,
    /// By result.
    others: RwLock<HashMap<String, Counter>>,
}

/// An operation under way; abandoned when it is dropped without an end.
#[derive(Debug)]
pub(super) struct Timed<'a> {
    meter: &'a Meter,
    kind: Kind,
    begun: Instant,
    ended: bool,
    span: OperationSpan,
}

impl Meter {
    /// The meters of the directory that the settings call so: `BRIDGE.DIRECTORY`.
    pub(super) fn new(name: &str, clock: SharedClock) -> Self {
        let (bridge, directory) = name.split_once('.').unwrap_or(("", name));
        let of = |kind: &Kind| OfKind {
            seconds: LDAP_SECONDS.times(&[bridge, directory, kind.name()]),
            ok: LDAP_OPERATIONS.count(&[bridge, directory, kind.name(), "ok"]),
            others: RwLock::default(),
        };
        Self {
            kinds: Kind::ALL.iter().map(of).collect(),
            losses: LDAP_LOSSES.count(&[bridge, directory]),
            labels: (bridge.to_owned(), directory.to_owned()),
            clock,
        }
    }

    /// An operation is about to be sent.
    pub(super) fn begin(&self, kind: Kind) -> Timed<'_> {
        let span = OperationSpan::begin(kind.name(), &self.labels.0, &self.labels.1);
        Timed { meter: self, kind, begun: self.clock.now(), ended: false, span }
    }

    fn end(&self, kind: Kind, begun: Instant, result: &str) {
        let Some(of) = self.kinds.get(kind as usize) else { return };
        of.seconds.record(self.clock.now().saturating_duration_since(begun));
        if result == "ok" {
            return of.ok.increment(1);
        }
        if let Some(counter) = of.others.read().unwrap_or_else(PoisonError::into_inner).get(result) {
            return counter.increment(1);
        }
        let (bridge, directory) = (&self.labels.0, &self.labels.1);
        let counter = LDAP_OPERATIONS.count(&[bridge, directory, kind.name(), result]);
        counter.increment(1);
        of.others.write().unwrap_or_else(PoisonError::into_inner).insert(result.to_owned(), counter);
    }
}

impl Timed<'_> {
    /// It has ended so.
    pub(super) fn end(mut self, result: &str) {
        self.ended = true;
        self.span.end(result);
        self.meter.end(self.kind, self.begun, result);
    }

    /// A search has ended so.
    pub(super) fn read<T>(self, result: &Result<T, Failure>) {
        match result {
            Ok(_) => self.end("ok"),
            Err(Failure::Lost(_)) => self.end("lost"),
            Err(Failure::Final(error)) => self.end(&of(error)),
        }
    }

    /// The server has answered with this code.
    pub(super) fn answered(self, code: u32) {
        // Compare answers by code.
        if matches!(code, 0 | 5 | 6) { self.end("ok") } else { self.end(&code.to_string()) }
    }
}

impl Drop for Timed<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.span.end("abandoned");
            self.meter.end(self.kind, self.begun, "abandoned");
        }
    }
}

fn of(error: &Error) -> String {
    match error {
        Error::Refused(result) => result.code.0.to_string(),
        Error::Limit(Limit::Time) => "3".to_owned(),
        Error::Limit(Limit::Size) => "4".to_owned(),
        Error::Limit(Limit::Admin) => "11".to_owned(),
        Error::Limit(Limit::Idle) => "abandoned".to_owned(),
        Error::Unavailable { .. } => "busy".to_owned(),
        Error::NotSent { .. } => "unsent".to_owned(),
        Error::OutcomeUnknown { .. } | Error::Deadline => "lost".to_owned(),
        Error::Protocol(_) => "malformed".to_owned(),
    }
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Search,
        Self::Page,
        Self::Add,
        Self::Modify,
        Self::Rename,
        Self::Delete,
        Self::Password,
        Self::Compare,
        Self::Connect,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Page => "page",
            Self::Add => "add",
            Self::Modify => "modify",
            Self::Rename => "rename",
            Self::Delete => "delete",
            Self::Password => "password",
            Self::Compare => "compare",
            Self::Connect => "connect",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn kinds_stand_at_their_places() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
        }
    }

    #[test]
    fn each_end_is_counted_once() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            let meter = Meter::new("main.east", Arc::new(SystemClock));
            meter.begin(Kind::Modify).answered(0);
            meter.begin(Kind::Modify).answered(122);
            meter.begin(Kind::Modify).answered(122);
            meter.begin(Kind::Compare).answered(5);
            drop(meter.begin(Kind::Search));
            meter.begin(Kind::Page).read::<()>(&Err(Failure::Lost("gone".to_owned())));
        });
        let text = recorder.handle().render();
        for (operation, result, count) in [
            ("modify", "ok", 1),
            ("modify", "122", 2),
            ("compare", "ok", 1),
            ("search", "abandoned", 1),
            ("page", "lost", 1),
            ("add", "ok", 0),
        ] {
            let labels = format!("bridge=\"main\",directory=\"east\",operation=\"{operation}\",result=\"{result}\"");
            assert!(text.contains(&format!("_total{{{labels}}} {count}\n")), "{labels} {count}\n{text}");
        }
    }
}
