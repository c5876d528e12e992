//! A translation under way: what it sees, and what it found it must know.

use crate::mapping::bounds::Bounds;
use crate::mapping::model::Resource;
use crate::translate::lookup::{Answer, Answers, Lookup};
use crate::translate::view::View;

/// A translation under way.
pub(super) struct Translator<'a> {
    pub(super) view: &'a View,
    pub(super) resource: &'a Resource,
    pub(super) answers: &'a Answers,
    pub(super) base_url: &'a str,
    /// What must be looked up before it can be done.
    pub(super) missing: Vec<Lookup>,
}

impl Translator<'_> {
    /// The answer to `lookup`; where it isn't known yet it is noted as needed.
    pub(super) fn answer(&mut self, lookup: Lookup) -> Option<Answer> {
        let answer = self.answers.get(&lookup).cloned();
        if answer.is_none() && !self.missing.contains(&lookup) {
            self.missing.push(lookup);
        }
        answer
    }
}

/// The bounds of what is the same for every resource.
pub(super) fn constant(value: bool) -> Bounds {
    if value { Bounds::all() } else { Bounds::none() }
}
