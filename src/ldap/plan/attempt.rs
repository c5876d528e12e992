//! One operation until it is known what became of it: sent again while the server is busy, read back when the answer is
//! lost. Never sent again after that, for it may still be under way.

use std::time::Duration;

use super::expectation::ReadBack;
use super::operation::Operation;
use super::outcome::{Cause, Outcome, Step};
use crate::ldap::Entry;
use crate::ldap::result::{LdapResult, ResultCode};

/// How often a step is done again when the server is busy or away.
pub(super) const PATIENCE: u32 = 4;

/// The pause before the first repetition; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(50);

/// An operation under way.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    operation: Operation,
    /// Why it is being read back.
    lost: Option<(ReadBack, String)>,
    repeated: u32,
}

/// What an outcome means.
#[derive(Clone, Debug)]
pub(super) enum Settled {
    /// Nothing yet: the attempt goes on.
    Not(Attempt),
    /// It was performed.
    Performed { operation: Operation, entry: Option<Entry>, read_back: bool },
    /// The server refused it.
    Refused(Operation, LdapResult),
    /// It wasn't performed, or nobody knows.
    Failed(Cause),
}

impl Attempt {
    pub(super) fn new(operation: Operation) -> Self {
        Self { operation, lost: None, repeated: 0 }
    }

    /// The step to do.
    pub(super) fn step(&self) -> Step {
        match &self.lost {
            Some((read_back, _)) => Step::ReadBack(read_back.clone()),
            None => Step::Perform(self.operation.clone()),
        }
    }

    /// How long to wait before the step.
    pub(super) fn pause(&self) -> Duration {
        pause(self.repeated)
    }

    /// What the outcome of the step means.
    pub(super) fn settle(self, outcome: &Outcome) -> Settled {
        if self.lost.is_some() {
            return self.settle_read_back(outcome);
        }
        match outcome {
            Outcome::Performed(entry) => {
                Settled::Performed { operation: self.operation, entry: entry.clone(), read_back: false }
            }
            // The server gave up while it was at it.
            Outcome::Refused(result) if result.code == ResultCode::TIME_LIMIT_EXCEEDED => self.lose(result.to_string()),
            Outcome::Refused(result) if result.code.is_transient() => {
                self.again(Cause::Unavailable(result.to_string()))
            }
            Outcome::Refused(result) => Settled::Refused(self.operation, result.clone()),
            Outcome::Unavailable(detail) => self.again(Cause::Unavailable(detail.clone())),
            Outcome::NotSent(detail) => Settled::Failed(Cause::NotSent(detail.clone())),
            Outcome::Unknown(detail) => self.lose(detail.clone()),
            Outcome::Begin | Outcome::Present(_) | Outcome::ReadBack(_) => {
                self.lose("the answer belongs to another step".to_owned())
            }
        }
    }

    fn settle_read_back(self, outcome: &Outcome) -> Settled {
        let detail = self.lost.as_ref().map(|(_, detail)| detail.clone()).unwrap_or_default();
        match outcome {
            Outcome::ReadBack(true) => Settled::Performed { operation: self.operation, entry: None, read_back: true },
            Outcome::ReadBack(false) => Settled::Failed(Cause::Unknown(detail)),
            // Reading can be tried again whatever happened.
            _ => self.again(Cause::Unknown(detail)),
        }
    }

    /// The same step once more, unless it was repeated too often: then it failed for `cause`.
    fn again(mut self, cause: Cause) -> Settled {
        if self.repeated == PATIENCE {
            return Settled::Failed(cause);
        }
        self.repeated += 1;
        Settled::Not(self)
    }

    fn lose(mut self, detail: String) -> Settled {
        let Some(read_back) = ReadBack::of(&self.operation) else {
            return Settled::Failed(Cause::Unknown(detail));
        };
        self.lost = Some((read_back, detail));
        self.repeated = 0;
        Settled::Not(self)
    }
}

/// How long to wait before a step is done for the `repeated`th time again.
pub(super) fn pause(repeated: u32) -> Duration {
    match repeated {
        0 => Duration::ZERO,
        repeated => PAUSE * 2u32.saturating_pow(repeated - 1),
    }
}
