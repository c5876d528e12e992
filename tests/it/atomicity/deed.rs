//! What a client did, and what it was told.

use scimfront::clock::{Clock as _, SystemClock};
use serde_json::Value;

use crate::patching::Operation;
use crate::support::client::Reply;

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) enum Wish {
    Create(Value),
    Replace(Value),
    Patch(Vec<Operation>),
    Delete,
}

/// The version that a write was made conditional on, and how the resource read then.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) etag: String,
    pub(crate) resource: Value,
    /// When it was asked for and when it came.
    pub(crate) between: (i64, i64),
}

/// One write.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    /// Which type, by its place.
    pub(crate) kind: usize,
    /// The resource's id; that of a new one is in the answer.
    pub(crate) id: Option<String>,
    pub(crate) wish: Wish,
    pub(crate) condition: Option<Seen>,
    /// A value that nothing else writes, where there is one in it.
    pub(crate) mark: Option<String>,
    /// When it was sent and when it was answered.
    pub(crate) between: (i64, i64),
    pub(crate) reply: Reply,
}

impl Deed {
    /// Whether it was acknowledged.
    pub(crate) fn done(&self) -> bool {
        (200..300).contains(&self.reply.status)
    }

    /// One line for a person.
    pub(crate) fn story(&self) -> String {
        let text: String = self.reply.text().chars().take(300).collect();
        let condition = self.condition.as_ref().map(|seen| &seen.etag);
        format!("{:?} {:?} if {condition:?} at {:?}: {} {text}", self.id, self.wish, self.between, self.reply.status)
    }
}

/// Microseconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemClock.wall().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_micros()).unwrap()
}
