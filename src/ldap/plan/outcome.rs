//! What a write plan asks for, what it is told, and how it ends.

use super::expectation::ReadBack;
use super::operation::Operation;
use super::recovery::Lookup;
use crate::ldap::Entry;
use crate::ldap::result::LdapResult;

/// One thing for the directory to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Perform this; answered by what became of it.
    Perform(Operation),
    /// Say which values are there; answered by [`Outcome::Present`].
    Lookup(Lookup),
    /// Say whether entries look like this; answered by [`Outcome::ReadBack`].
    ReadBack(ReadBack),
}

/// What became of the step before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There was none: the plan begins.
    Begin,
    /// The operation was performed; with the entry as it is now, where that was asked for and offered.
    Performed(Option<Entry>),
    /// Whether each value of the lookup is there, in its order.
    Present(Vec<bool>),
    /// Whether all entries look as expected.
    ReadBack(bool),
    /// The server refused; nothing was changed.
    Refused(LdapResult),
    /// No server could be reached; nothing was changed.
    Unavailable(String),
    /// The operation can't be sent at all; nothing was changed.
    NotSent(String),
    /// The answer never came: the operation may have been performed or not.
    Unknown(String),
}

/// What a plan wants next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Do this and tell the outcome.
    Step(Step),
    /// Do this, which takes back what was done before, and tell the outcome. More may follow; then [`Next::Failed`].
    Compensate(Step),
    /// All is done.
    Done(Applied),
    /// The plan failed.
    Failed(Failure),
}

/// What a plan did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// The operations as they were performed, true deltas included: what an audit writes down. None when the directory
    /// was as wanted already.
    pub operations: Vec<Operation>,
    /// The entry after the last operation, where it was asked for and offered.
    pub entry: Option<Entry>,
    /// Which of the plan's candidates it was; 0 is the first.
    pub candidate: usize,
    /// Whether an answer was lost, and only reading the entries back told that the operation was performed.
    pub read_back: bool,
}

/// Why a plan failed, and what it left behind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct Failure {
    /// Why.
    pub cause: Cause,
    /// Operations that were performed and couldn't be taken back, as they were performed; mostly none.
    pub left: Vec<Operation>,
}

/// Why a plan failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The server refused.
    #[error("the directory refused: {0}")]
    Refused(LdapResult),
    /// The entry isn't any more as the plan takes for granted (assertionFailed, or a value to be swapped is gone).
    #[error("the entry has changed: {0}")]
    Stale(LdapResult),
    /// No server could be reached, or it stayed busy.
    #[error("the directory is unavailable: {0}")]
    Unavailable(String),
    /// The operation can't be sent.
    #[error("the operation can't be sent: {0}")]
    NotSent(String),
    /// An answer was lost, and reading back doesn't show that the operation was performed. It may be yet.
    #[error("what became of the operation is unknown: {0}")]
    Unknown(String),
}
