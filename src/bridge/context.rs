//! What every use case is told about the request it serves.

use std::sync::Arc;
use std::time::Instant;

pub use crate::auth::ClientInfo;
use crate::clock::SharedClock;
pub use crate::scim::dialect::{Dialect, PatchAnswer};

/// What a use case knows about the request it serves.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who asks.
    pub client: Arc<ClientInfo>,
    /// When the answer is no longer wanted.
    pub deadline: Instant,
    /// What the request is called in logs.
    pub request_id: Arc<str>,
    /// The client's habits.
    pub dialect: Dialect,
    /// What its PATCHes are answered with.
    pub patch_answer: PatchAnswer,
    /// Whether it is part of a bulk request.
    pub bulk: bool,
    /// Whether writes are only planned.
    pub dry_run: bool,
    /// Where time comes from.
    pub clock: SharedClock,
}

/// How many names a short selection has at most, and how many octets they have together: enough for all of a type's.
const SHORT_NAMES: usize = 128;
const SHORT: usize = 8 << 10;

/// `attributes` and `excludedAttributes` of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Selection {
    /// `attributes`
    pub attributes: Vec<String>,
    /// `excludedAttributes`
    pub excluded: Vec<String>,
}

impl Selection {
    /// Whether nothing in particular is asked for.
    pub fn is_default(&self) -> bool {
        self.attributes.is_empty() && self.excluded.is_empty()
    }

    /// Whether it is as short as those that are asked for again and again.
    pub(super) fn is_short(&self) -> bool {
        let mut names = self.attributes.iter().chain(&self.excluded);
        self.attributes.len() + self.excluded.len() <= SHORT_NAMES
            && names.try_fold(0, |octets, name| Some(octets + name.len()).filter(|octets| *octets <= SHORT)).is_some()
    }
}
