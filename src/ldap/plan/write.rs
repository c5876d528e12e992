//! The write plan: a pure state machine that is told what became of each step and says what to do next.
//!
//! It gets over what a server objects to where a way is known (a member that is there already, a last member, a name that is
//! taken, a busy server), reads back what it got no answer to, and takes back what was done when a later stage fails. Every
//! run ends, in [`Next::Done`] or [`Next::Failed`].

use std::collections::VecDeque;
use std::time::Duration;

use super::attempt::{Attempt, PATIENCE, Settled, pause};
use super::objection::{is_plain, says_changed, says_present_or_absent};
use super::operation::{EntryChange, Operation};
use super::outcome::{Applied, Cause, Failure, Next, Outcome, Step};
use super::recovery::{Lookup, Tolerance};
use crate::ldap::result::{LdapResult, ResultCode};
use crate::ldap::{Entry, Filter};

/// How often a stage is planned anew because a server objected: others may be writing to the same values.
const RECOVERIES: u32 = 10;

/// How often that is done at once; after it with pauses, so that the others get through.
const AT_ONCE: u32 = 3;

/// What slapd's overlay says when an assertion meant for the entry hits its own search: no sign of a stale entry.
const FALSE_ALARM: &str = "unique_search failed";

/// One operation of a plan, and what to do when it doesn't go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The operation.
    pub operation: Operation,
    /// What takes it back when a later stage fails.
    pub undo: Undo,
    /// Which objections are got over.
    pub tolerance: Tolerance,
    /// Whether it deletes values to prove that nobody has changed them: noSuchAttribute says [`Cause::Stale`] then.
    pub swaps: bool,
}

/// What takes an operation back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Undo {
    /// The reverse of what was sent in the end (see [`EntryChange::reverse`]); what has none is left.
    #[default]
    Reverse,
    /// These operations, in this order: for what depends on the values before.
    Operations(Vec<Operation>),
    /// Nothing needs to: it may stay.
    Keep,
}

/// Stages to be performed one after the other, all or none; with other stages to try when the first one's name is taken.
#[derive(Clone, Debug)]
pub struct WritePlan {
    candidates: VecDeque<Vec<Stage>>,
    candidate: usize,
    stages: VecDeque<Stage>,
    done: Vec<Done>,
    entry: Option<Entry>,
    phase: Phase,
    pause: Duration,
}

#[derive(Clone, Debug)]
struct Done {
    operation: Operation,
    undo: Undo,
    /// Whether only reading back told that it was performed.
    read_back: bool,
}

#[derive(Clone, Debug)]
enum Phase {
    Begin,
    Doing { stage: Stage, recoveries: u32, attempt: Attempt },
    Looking(Looking),
    Undoing { undoing: Undoing, attempt: Attempt },
    Over(Next),
}

#[derive(Clone, Debug)]
struct Looking {
    stage: Stage,
    recoveries: u32,
    operation: Operation,
    refused: LdapResult,
    lookup: Lookup,
    repeated: u32,
}

#[derive(Clone, Debug)]
struct Undoing {
    cause: Cause,
    /// What the operation under way takes back.
    of: Operation,
    /// What is to be done after it, last first: each operation with the one that it takes back.
    pending: Vec<(Operation, Operation)>,
    left: Vec<Operation>,
}

impl Stage {
    /// A stage without tolerance that is taken back by its reverse.
    pub fn new(operation: impl Into<Operation>) -> Self {
        let operation = operation.into();
        Self { operation, undo: Undo::Reverse, tolerance: Tolerance::default(), swaps: false }
    }

    /// The same with another undo.
    #[must_use]
    pub fn undo(self, undo: Undo) -> Self {
        Self { undo, ..self }
    }

    /// The same with this tolerance.
    #[must_use]
    pub fn tolerating(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }

    /// The same as a compare-and-swap by value.
    #[must_use]
    pub fn swapping(self) -> Self {
        Self { swaps: true, ..self }
    }
}

impl From<EntryChange> for Stage {
    fn from(change: EntryChange) -> Self {
        Self::new(change)
    }
}

impl WritePlan {
    /// A plan of these stages; none is done at once.
    pub fn new(stages: impl IntoIterator<Item = Stage>) -> Self {
        Self {
            candidates: VecDeque::from([stages.into_iter().collect()]),
            candidate: 0,
            stages: VecDeque::new(),
            done: Vec::new(),
            entry: None,
            phase: Phase::Begin,
            pause: Duration::ZERO,
        }
    }

    /// The same plan, which tries `stages` when the name that the first stage gives an entry is taken (entryAlreadyExists).
    #[must_use]
    pub fn or(mut self, stages: impl IntoIterator<Item = Stage>) -> Self {
        self.candidates.push_back(stages.into_iter().collect());
        self
    }

    /// The same plan, made only while `assertion` holds of the entry when it begins.
    #[must_use]
    pub fn guarded(mut self, assertion: &Filter) -> Self {
        for stages in &mut self.candidates {
            if let Some(Stage { operation: Operation::Change(change), .. }) = stages.first_mut() {
                change.assertion = Some(assertion.clone());
            }
        }
        self
    }

    /// The same plan, with the stages behind each candidate's that `more` says for it.
    #[must_use]
    pub fn and_then(mut self, more: impl Fn(&[Stage]) -> Vec<Stage>) -> Self {
        for stages in &mut self.candidates {
            let added = more(stages);
            stages.extend(added);
        }
        self
    }

    /// The stages of each candidate that was not begun yet, in order: before the first [`WritePlan::next`], all of them.
    pub fn candidates(&self) -> impl Iterator<Item = &[Stage]> {
        self.candidates.iter().map(Vec::as_slice)
    }

    /// How long to wait before the step that [`WritePlan::next`] returned last: more than nothing when it is done again.
    pub fn pause(&self) -> Duration {
        self.pause
    }

    /// What to do after `outcome`, which is [`Outcome::Begin`] at first. After the end it returns the end again.
    pub fn next(&mut self, outcome: &Outcome) -> Next {
        self.pause = Duration::ZERO;
        match std::mem::replace(&mut self.phase, Phase::Begin) {
            Phase::Begin => self.begin(),
            Phase::Doing { stage, recoveries, attempt } => self.settle(stage, recoveries, attempt.settle(outcome)),
            Phase::Looking(looking) => self.looked(looking, outcome),
            Phase::Undoing { undoing, attempt } => self.undone(undoing, attempt.settle(outcome)),
            Phase::Over(end) => self.over(end),
        }
    }

    fn begin(&mut self) -> Next {
        self.stages = self.candidates.pop_front().unwrap_or_default().into();
        self.advance()
    }

    fn advance(&mut self) -> Next {
        match self.stages.pop_front() {
            Some(stage) => {
                let operation = stage.operation.clone();
                self.attempt(stage, 0, Attempt::new(operation))
            }
            None => {
                let read_back = self.done.iter().any(|done| done.read_back);
                let operations = self.done.drain(..).map(|done| done.operation).collect();
                let (entry, candidate) = (self.entry.take(), self.candidate);
                self.over(Next::Done(Applied { operations, entry, candidate, read_back }))
            }
        }
    }

    fn attempt(&mut self, stage: Stage, recoveries: u32, attempt: Attempt) -> Next {
        self.pause = attempt.pause();
        let step = attempt.step();
        self.phase = Phase::Doing { stage, recoveries, attempt };
        Next::Step(step)
    }

    fn over(&mut self, end: Next) -> Next {
        self.phase = Phase::Over(end.clone());
        end
    }

    fn settle(&mut self, stage: Stage, recoveries: u32, settled: Settled) -> Next {
        match settled {
            Settled::Not(attempt) => self.attempt(stage, recoveries, attempt),
            Settled::Performed { operation, entry, read_back } => {
                self.entry = entry;
                self.done.push(Done { operation, undo: stage.undo, read_back });
                self.advance()
            }
            Settled::Refused(operation, result) => self.recover(stage, recoveries, operation, result),
            Settled::Failed(cause) => self.fail(cause),
        }
    }

    /// Finds a way around what the server objects to.
    fn recover(&mut self, stage: Stage, recoveries: u32, operation: Operation, result: LdapResult) -> Next {
        let code = result.code;
        if code == ResultCode::ASSERTION_FAILED && !result.diagnostic.contains(FALSE_ALARM) {
            return self.fail(Cause::Stale(result));
        }
        if code == ResultCode::ENTRY_ALREADY_EXISTS && operation.change().is_some_and(EntryChange::names_an_entry) {
            return self.next_candidate(result);
        }
        let recoveries = recoveries + 1;
        if recoveries <= RECOVERIES
            && says_present_or_absent(&result)
            && let Some(lookup) = stage.tolerance.candidates(&operation)
        {
            return self.look(Looking { stage, recoveries, operation, refused: result, lookup, repeated: 0 });
        }
        if stage.swaps && says_changed(&result, &operation) {
            return self.fail(Cause::Stale(result));
        }
        if recoveries <= RECOVERIES
            && code == ResultCode::OBJECT_CLASS_VIOLATION
            && let Some(operation) = stage.tolerance.with_placeholder(&operation)
        {
            return self.attempt(stage, recoveries, Attempt::new(operation));
        }
        self.fail(Cause::Refused(result))
    }

    fn next_candidate(&mut self, result: LdapResult) -> Next {
        if !self.done.is_empty() || self.candidates.is_empty() {
            return self.fail(Cause::Refused(result));
        }
        self.candidate += 1;
        self.begin()
    }

    fn look(&mut self, looking: Looking) -> Next {
        self.pause = pause(looking.repeated.max(looking.recoveries.saturating_sub(AT_ONCE)).min(PATIENCE));
        let step = Step::Lookup(looking.lookup.clone());
        self.phase = Phase::Looking(looking);
        Next::Step(step)
    }

    fn looked(&mut self, mut looking: Looking, outcome: &Outcome) -> Next {
        match outcome {
            Outcome::Present(present) if present.len() == looking.lookup.candidates.len() => {
                let Looking { stage, recoveries, operation, refused, lookup, .. } = looking;
                match stage.tolerance.delta(&operation, &lookup, present) {
                    None => self.advance(),
                    // That wasn't it, unless others have just undone what the server objected to.
                    Some(delta)
                        if delta == operation && stage.swaps && refused.code == ResultCode::NO_SUCH_ATTRIBUTE =>
                    {
                        self.fail(Cause::Stale(refused))
                    }
                    Some(delta) if delta == operation && !is_plain(refused.code) => self.fail(Cause::Refused(refused)),
                    Some(delta) => self.attempt(stage, recoveries, Attempt::new(delta)),
                }
            }
            Outcome::Refused(result) if !result.code.is_transient() => self.fail(Cause::Refused(result.clone())),
            _ if looking.repeated < PATIENCE => {
                looking.repeated += 1;
                self.look(looking)
            }
            Outcome::Unavailable(detail) | Outcome::NotSent(detail) | Outcome::Unknown(detail) => {
                self.fail(Cause::Unavailable(detail.clone()))
            }
            _ => self.fail(Cause::Unavailable("the values in question can't be read".to_owned())),
        }
    }

    /// Takes back what was done, last first.
    fn fail(&mut self, cause: Cause) -> Next {
        let (mut pending, mut left) = (Vec::new(), Vec::new());
        for Done { operation, undo, read_back } in self.done.drain(..) {
            match undo {
                Undo::Keep => {}
                // All may have been so before, and by somebody else.
                _ if read_back => left.push(operation),
                Undo::Operations(operations) => {
                    pending.extend(operations.into_iter().rev().map(|undo| (undo, operation.clone())));
                }
                Undo::Reverse => match operation.reverse() {
                    Some(reverse) => pending.push((reverse, operation)),
                    None => left.push(operation),
                },
            }
        }
        self.undo(cause, pending, left)
    }

    fn undo(&mut self, cause: Cause, mut pending: Vec<(Operation, Operation)>, left: Vec<Operation>) -> Next {
        match pending.pop() {
            None => self.over(Next::Failed(Failure { cause, left })),
            Some((undo, of)) => self.compensate(Undoing { cause, of, pending, left }, Attempt::new(undo)),
        }
    }

    fn compensate(&mut self, undoing: Undoing, attempt: Attempt) -> Next {
        self.pause = attempt.pause();
        let step = attempt.step();
        self.phase = Phase::Undoing { undoing, attempt };
        Next::Compensate(step)
    }

    fn undone(&mut self, undoing: Undoing, settled: Settled) -> Next {
        let gone = |operation: &Operation, result: &LdapResult| {
            matches!(operation, Operation::Change(change) if change.dn_after().is_none())
                && result.code == ResultCode::NO_SUCH_OBJECT
        };
        let done = match settled {
            Settled::Not(attempt) => return self.compensate(undoing, attempt),
            Settled::Performed { .. } => true,
            Settled::Refused(operation, result) => gone(&operation, &result),
            Settled::Failed(_) => false,
        };
        let Undoing { cause, of, pending, mut left } = undoing;
        if !done && left.last() != Some(&of) {
            left.push(of);
        }
        self.undo(cause, pending, left)
    }
}

#[cfg(test)]
mod tests;
