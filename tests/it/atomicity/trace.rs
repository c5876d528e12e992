//! The states that one resource went through.

use serde_json::Value;

/// A resource's states, each since the moment at which the directory wrote it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace {
    /// In order; nothing where there is no such resource.
    states: Vec<(i64, Option<Value>)>,
}

impl Trace {
    /// The resource is this from now on.
    pub(crate) fn becomes(&mut self, at: i64, state: Option<Value>) {
        self.states.push((at, state));
    }

    /// What it is last.
    pub(crate) fn last(&self) -> Option<&Value> {
        self.states.last().and_then(|(_, state)| state.as_ref())
    }

    /// Every state that it had at some moment between these two.
    pub(crate) fn during(&self, (from, to): (i64, i64)) -> impl Iterator<Item = Option<&Value>> {
        let first = self.states.iter().rposition(|(at, _)| *at <= from);
        let before = first.is_none().then_some(None);
        let shown = self.states.iter().skip(first.unwrap_or(0)).take_while(move |(at, _)| *at <= to);
        before.into_iter().chain(shown.map(|(_, state)| state.as_ref()))
    }

    /// How often it was written after one moment and before another.
    pub(crate) fn writes(&self, (from, to): (i64, i64)) -> usize {
        self.states.iter().filter(|(at, _)| *at > from && *at < to).count()
    }
}
