//! What is to be done in a directory, as data: nothing here performs anything.

mod attempt;
mod expectation;
mod objection;
mod operation;
mod outcome;
mod recovery;
mod reverse;
mod write;

use std::fmt;
use std::sync::Arc;

pub use self::expectation::{ExpectedAttribute, ExpectedEntry, ReadBack};
pub use self::operation::{EntryChange, NewPassword, Operation};
pub use self::outcome::{Applied, Cause, Failure, Next, Outcome, Step};
pub use self::recovery::{Candidate, Lookup, Tolerance};
pub use self::write::{Stage, Undo, WritePlan};

use super::{AttributeDescription, AttributeSet, Filter};

/// How far below its base a search looks (RFC 4511 section 4.5.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The base entry alone.
    Base,
    /// Its immediate children.
    One,
    /// The base and all below it.
    Subtree,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base => "base",
            Self::One => "one",
            Self::Subtree => "sub",
        })
    }
}

/// A search: everything that a server needs to know to perform it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The base object's DN as text. A `<GUID=…>` base is allowed where the server knows it.
    pub base: String,
    /// How far below the base to look.
    pub scope: Scope,
    /// Which entries to return; never [`Filter::True`] or [`Filter::False`].
    pub filter: Filter,
    /// Which attributes to return; empty asks for none (`1.1`).
    pub attributes: Arc<AttributeSet>,
    /// How many entries are wanted at most; the server answers sizeLimitExceeded beyond.
    pub size_limit: Option<u32>,
    /// DN-valued attributes to dereference in the same answer, where the server offers it.
    pub dereference: Vec<Dereference>,
}

/// What to bring of the entries that a DN-valued attribute names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dereference {
    /// The DN-valued attribute.
    pub attribute: AttributeDescription,
    /// The attributes of the referenced entries.
    pub attributes: Arc<AttributeSet>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_printed_as_ldap_urls_name_them() {
        assert_eq!([Scope::Base, Scope::One, Scope::Subtree].map(|scope| scope.to_string()), ["base", "one", "sub"]);
    }
}
