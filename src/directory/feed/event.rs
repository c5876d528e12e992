//! What a change feed tells.

use std::sync::Arc;

use crate::ldap::Entry;

/// What a change feed tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedEvent {
    /// Everything up to now has been told (what could not be told went by as [`FeedEvent::Everything`]); from now on changes
    /// are told as they happen.
    Whole,
    /// From now on changes may go untold: nothing may be served from what the feed guarded. The text is for the log and for
    /// readiness.
    Broken(String),
    /// These entries changed, in this order. An entry may be told more often than it changed.
    Changed(Vec<ChangedEntry>),
    /// Something changed that can't be told entry by entry: everything known is stale.
    Everything,
}

/// One entry that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedEntry {
    /// The octets of the identity attribute as a search returns them: entryUUID and nsUniqueId as text in lower case,
    /// objectGUID as 16 octets. Nothing where a server tells of the entry by its name alone.
    pub id: Option<Vec<u8>>,
    /// Whether it is there.
    pub kind: ChangeKind,
    /// Its name: as it is now, or as it last was. Entries below one that was renamed or moved are not told of.
    pub dn: Option<String>,
    /// The attributes asked for, where the feed has them; their places are those of [`FeedOptions::attributes`].
    ///
    /// [`FeedOptions::attributes`]: super::FeedOptions::attributes
    pub entry: Option<Entry>,
}

/// Whether an entry that changed is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is there: it was added, changed, renamed or moved.
    Present,
    /// It is gone, or no longer to be seen.
    Gone,
}

/// Where events go. Called from the feed's own task, one event after the other: it must not take long.
pub type FeedSink = Arc<dyn Fn(FeedEvent) + Send + Sync>;
