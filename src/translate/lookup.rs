//! What must be known of other entries before a filter can be translated.
//!
//! A filter such as `members.value eq "…"` names resources by id, LDAP names them by DN. Translation is pure, so it says what
//! it needs; the bridge looks it up, within the confinement of the type, and translates again.

use std::collections::HashMap;

use crate::ldap::AttributeDescription;
use crate::mapping::model::TypeIndex;
use crate::scim::filter::typed::Filter as ScimFilter;

/// A question about entries of one type.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// The type whose entries are meant.
    pub kind: TypeIndex,
    /// Which of them.
    pub which: Which,
    /// Attributes of theirs that the answer must hold, beside the DN.
    pub attributes: Vec<AttributeDescription>,
    /// Whether entries of the same type that are members of the found ones count, to any depth.
    pub nested: bool,
}

/// Which entries a [`Lookup`] asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Which {
    /// The one with this id.
    Id(String),
    /// All that satisfy a filter of their own type.
    Matching(ScimFilter),
}

/// An entry that a lookup found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Its DN.
    pub dn: String,
    /// Its object classes.
    pub classes: Vec<Vec<u8>>,
    /// The values of the attributes asked for, by their place in [`Lookup::attributes`].
    pub attributes: Vec<Vec<Vec<u8>>>,
}

/// The answer to a [`Lookup`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// All there are.
    Entries(Vec<Found>),
    /// More than the limit allows.
    TooMany,
}

/// The answers at hand.
#[derive(Clone, Debug, Default)]
pub struct Answers(HashMap<String, Answer>);

impl Answers {
    /// Notes the answer to `lookup`.
    pub fn insert(&mut self, lookup: &Lookup, answer: Answer) {
        self.0.insert(key(lookup), answer);
    }

    /// The answer to `lookup`, if it is known.
    pub fn get(&self, lookup: &Lookup) -> Option<&Answer> {
        self.0.get(&key(lookup))
    }
}

/// A lookup's identity; its debugging form says all that it is.
fn key(lookup: &Lookup) -> String {
    format!("{lookup:?}")
}
