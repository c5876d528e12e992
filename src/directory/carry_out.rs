//! Carrying a write plan out: its steps, one after the other, in a task that ends when the plan does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::acknowledge::replicated;
use super::servers::Role;
use super::{Acknowledge, Directory, Error, WriteOptions};
use crate::ldap::AttributeSet;
use crate::ldap::plan::{Applied, Cause, Failure, Next, Operation, Outcome, Step, WritePlan};
use crate::telemetry::trace::carried;

impl Directory {
    /// Carries `plan` out. From the first poll on it runs in a task of its own: dropping the future changes nothing, and a
    /// plan that fails half way still takes back what it did. After `deadline` nothing new is begun; reading back and taking
    /// back have the directory's operation timeout more for each step.
    ///
    /// `post_read` names the attributes to bring of the last operation's entry, where the server offers that.
    ///
    /// # Errors
    /// [`Failure`] with the cause and what couldn't be taken back.
    pub async fn carry_out(
        &self,
        plan: WritePlan,
        post_read: Option<Arc<AttributeSet>>,
        deadline: Instant,
    ) -> Result<Applied, Failure> {
        let directory = self.clone();
        let ended = self.0.writes.spawn(carried(async move { directory.run(plan, post_read, deadline).await })).await;
        ended.unwrap_or_else(|error| Err(Failure { cause: Cause::Unknown(error.to_string()), left: Vec::new() }))
    }

    async fn run(
        &self,
        mut plan: WritePlan,
        post_read: Option<Arc<AttributeSet>>,
        deadline: Instant,
    ) -> Result<Applied, Failure> {
        let options = WriteOptions { post_read };
        let mut outcome = Outcome::Begin;
        let mut taker = None;
        loop {
            outcome = match plan.next(&outcome) {
                Next::Done(applied) => return self.acknowledge(applied, taker, deadline).await,
                Next::Failed(failure) => return Err(failure),
                Next::Step(step @ (Step::Perform(_) | Step::Lookup(_))) => {
                    tokio::time::sleep(plan.pause()).await;
                    if self.0.pool.clock.now() >= deadline {
                        Outcome::NotSent("the deadline has passed".to_owned())
                    } else {
                        self.take_step(step, &options, &mut taker, deadline).await
                    }
                }
                Next::Step(step) | Next::Compensate(step) => {
                    tokio::time::sleep(plan.pause()).await;
                    let pool = &self.0.pool;
                    let longer = pool.clock.now() + pool.options.operation_timeout;
                    self.take_step(step, &WriteOptions::default(), &mut taker, deadline.max(longer)).await
                }
            };
        }
    }

    /// What was applied, once it may be acknowledged: `taker` is the server that took the last operation.
    async fn acknowledge(
        &self,
        applied: Applied,
        taker: Option<Arc<str>>,
        deadline: Instant,
    ) -> Result<Applied, Failure> {
        let dn = applied.operations.last().and_then(|last| match last {
            Operation::Change(change) => change.dn_after().or_else(|| Some(change.dn.clone())),
            Operation::PasswordModify { dn, .. } => Some(dn.clone()),
        });
        match self.known_twice(taker, dn.as_deref(), deadline).await {
            Ok(()) => Ok(applied),
            Err(detail) => {
                let detail = format!("written, and not known to be replicated: {detail}");
                Err(Failure { cause: Cause::Unknown(detail), left: Vec::new() })
            }
        }
    }

    /// Waits until the entry called `dn`, as it is on the server that takes the writes, may be told of as written: where writes are
    /// acknowledged when a second server has them, until one has it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when nobody knows that in time.
    pub async fn acknowledged(&self, dn: &str, deadline: Instant) -> Result<(), Error> {
        let known = self.known_twice(None, Some(dn), deadline).await;
        known.map_err(|detail| Error::Unavailable { retry_after: Duration::from_secs(1), detail })
    }

    async fn known_twice(&self, taker: Option<Arc<str>>, dn: Option<&str>, deadline: Instant) -> Result<(), String> {
        let pool = &self.0.pool;
        if pool.options.acknowledge == Acknowledge::Written {
            return Ok(());
        }
        let used = || pool.connections_of(Role::Main).first().map(|connection| connection.address.clone());
        let taker = taker.or_else(|| pool.pins.get(Role::Main).map(|server| server.address)).or_else(used);
        let taker = taker.ok_or("no server is there")?;
        let longest = pool.clock.now() + pool.options.operation_timeout;
        replicated(pool, &taker, dn, longest.min(deadline)).await
    }

    async fn take_step(
        &self,
        step: Step,
        options: &WriteOptions,
        taker: &mut Option<Arc<str>>,
        deadline: Instant,
    ) -> Outcome {
        let outcome = match step {
            Step::Lookup(lookup) => self.present(&lookup, deadline).await.map(Outcome::Present),
            Step::ReadBack(read_back) => self.read_back(&read_back, deadline).await.map(Outcome::ReadBack),
            Step::Perform(operation) => self.perform(operation, options.clone(), taker, deadline).await,
        };
        outcome.unwrap_or_else(outcome_of)
    }

    async fn perform(
        &self,
        operation: Operation,
        options: WriteOptions,
        taker: &mut Option<Arc<str>>,
        deadline: Instant,
    ) -> Result<Outcome, Error> {
        let written = match operation {
            Operation::Change(change) => self.write(change, options, deadline).await,
            Operation::PasswordModify { dn, password } => self.password_modify(&dn, password, deadline).await,
        };
        let written = written?;
        *taker = Some(written.server);
        Ok(Outcome::Performed(written.post_read))
    }
}

fn outcome_of(error: Error) -> Outcome {
    match error {
        Error::Refused(result) => Outcome::Refused(result),
        Error::Unavailable { detail, .. } => Outcome::Unavailable(detail),
        Error::NotSent { detail } => Outcome::NotSent(detail),
        Error::OutcomeUnknown { detail } => Outcome::Unknown(detail),
        error @ (Error::Limit(_) | Error::Deadline | Error::Protocol(_)) => Outcome::Unknown(error.to_string()),
    }
}
