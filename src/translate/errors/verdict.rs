//! What kinds of writes there are, and what their failure means.

use std::time::Duration;

use crate::scim;

/// The SCIM path, such as `emails`, of what is held in the LDAP attribute of this name; nothing for one that isn't mapped, or
/// that the client may not know.
pub type NameOf<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What a write was about: the same result code means other things to each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WriteKind {
    /// An entry was to be added.
    Create,
    /// An entry's values were to be changed.
    Change,
    /// An entry was to be renamed or moved.
    Rename,
    /// An entry was to be deleted.
    Delete,
    /// A password was to be set.
    Password,
    /// A group was to have other members.
    Members,
}

/// What a failed write means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The client is told this.
    Error(scim::Error),
    /// What was read isn't so any more: to be read and planned anew, or 412 where the client named a version.
    Again,
    /// The directory takes no writes at present: 503.
    Unavailable {
        /// When it is worth trying again.
        retry_after: Duration,
        /// Why, for the log.
        why: &'static str,
    },
    /// A fault of the settings, the mapping, the directory or this program: 500.
    Internal {
        /// Which, for the log.
        why: &'static str,
    },
}
