//! What a bridge answers, in a form that two bridges' answers can be compared in.

use std::thread;
use std::time::Instant;

use scimfront::clock::{Clock as _, SystemClock};
use serde_json::Value;

use crate::support::bridge::{Bridge, TOKEN};
use crate::support::client::Client;

/// How many ask at once.
const TOGETHER: usize = 4;

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// A resource or a list, whoever showed it.
    Shown(String),
    /// There is no such resource.
    Missing,
    /// None: who was asked may be without the directory for a moment.
    Away(u16, String),
}

/// A bridge to ask.
pub(super) struct Asked {
    client: Client,
    base_url: String,
}

impl Answer {
    /// Whether it says something of the directory.
    pub(super) fn is_one(&self) -> bool {
        !matches!(self, Self::Away(..))
    }

    /// Whether both say the same.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        self.is_one() && self == other
    }
}

impl Asked {
    pub(super) fn of(bridge: &Bridge) -> Self {
        Self { client: bridge.client().with_token(Some(TOKEN)), base_url: bridge.base_url().to_owned() }
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        self.timed(path).0
    }

    /// The answer, and when it was there.
    fn timed(&self, path: &str) -> (Answer, Instant) {
        let reply = self.client.get(path);
        let there = SystemClock.now();
        let text = reply.text().replace(&self.base_url, "");
        let answer = match (reply.status, serde_json::from_str::<Value>(&text)) {
            (200, Ok(mut value)) => {
                sort(&mut value);
                Answer::Shown(value.to_string())
            }
            (404, _) => Answer::Missing,
            (status, _) => Answer::Away(status, text),
        };
        (answer, there)
    }

    /// The answers to all of `paths`, in order, several asked for at once.
    pub(super) fn all(&self, paths: &[String]) -> Vec<(Answer, Instant)> {
        let share = paths.len().div_ceil(TOGETHER).max(1);
        let ask = |paths: &[String]| paths.iter().map(|path| self.timed(path)).collect::<Vec<_>>();
        thread::scope(|scope| {
            let threads: Vec<_> = paths.chunks(share).map(|paths| scope.spawn(move || ask(paths))).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        })
    }
}

/// Puts values in an order of their own: a directory has none, and may tell them in another one the next time.
fn sort(value: &mut Value) {
    match value {
        Value::Array(values) => {
            values.iter_mut().for_each(sort);
            values.sort_by_cached_key(Value::to_string);
        }
        Value::Object(values) => values.values_mut().for_each(sort),
        _ => {}
    }
}
