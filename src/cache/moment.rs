//! When something was read, as far as the directory lets us tell.

use super::changes::{Changes, Reading};
use crate::directory::Stamp;

/// A moment at which reading began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// The directories' own stamps said so, one for each naming context.
    Stamped(Vec<Stamp>),
    /// A change feed told everything up to here.
    Told(Reading),
}

impl Moment {
    /// Whether nothing has changed between `self` and `now`.
    pub fn is_unmoved(&self, now: &Self, changes: &Changes) -> bool {
        match (self, now) {
            (Self::Stamped(then), Self::Stamped(now)) => then == now,
            (Self::Told(then), Self::Told(_)) => changes.unmoved(*then),
            _ => false,
        }
    }

    /// The same, as far as members of groups go.
    pub fn has_same_groups(&self, now: &Self, changes: &Changes) -> bool {
        match (self, now) {
            (Self::Told(then), Self::Told(_)) => changes.same_groups(*then),
            _ => self.is_unmoved(now, changes),
        }
    }
}
