//! Carrying plans out, and what their failure means.

use std::sync::Arc;
use std::time::Duration;

use crate::audit::{Action, Ending, Intent, Outcome};
use crate::auth::Braking;
use crate::bridge::context::Context;
use crate::bridge::error::Error;
use crate::bridge::partition::{Known, Partition};
use crate::bridge::service::Bridge;
use crate::ldap::AttributeSet;
use crate::ldap::ldif;
use crate::ldap::plan::{Applied, Cause, Failure, Operation, Stage, WritePlan};
use crate::mapping::model::{Resource, Scalar, Source, TypeIndex};
use crate::scim::resource_schema::{AttrPath, SubId};
use crate::translate::errors::{Verdict, WriteKind, of_failure};
use crate::translate::read::ReadPlan;

/// How often a write is planned anew because others were faster.
pub(super) const PATIENCE: u32 = 30;

/// Why a plan wasn't carried out.
#[derive(Debug)]
pub(super) enum Unperformed {
    /// What it was made from isn't so any more.
    Stale,
    /// The client is told this.
    Failed(Error),
}

impl From<Error> for Unperformed {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A write, for those who are told of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Job<'a> {
    /// What the client wants.
    pub(super) action: Action,
    /// What it comes down to in the directory.
    pub(super) write: WriteKind,
    /// The resource's type.
    pub(super) kind: TypeIndex,
    /// Its id, but for one that is to be made.
    pub(super) id: Option<&'a str>,
    /// What reads the id of one that is made.
    pub(super) made: Option<&'a ReadPlan>,
}

/// A write under way: when it is over, however it ends, what it may have made stale is forgotten.
struct Forgetting<'a> {
    bridge: &'a Bridge,
    cx: &'a Context,
    job: Job<'a>,
    operations: &'a [Operation],
}

impl Forgetting<'_> {
    fn forget(&self, operations: &[Operation]) {
        let group = self.bridge.is_group(self.job.kind);
        self.bridge.memory.forget(self.cx, group, self.job.id, operations);
    }
}

impl Drop for Forgetting<'_> {
    fn drop(&mut self) {
        self.forget(self.operations);
    }
}

impl Bridge {
    /// Carries `plan` out on the server that takes the writes. It is written down before, and what became of it afterwards. A dry
    /// run says what would have been done.
    pub(super) async fn perform(
        &self,
        cx: &Context,
        partition: &Partition,
        known: &Known,
        job: Job<'_>,
        plan: WritePlan,
        post_read: Option<Arc<AttributeSet>>,
    ) -> Result<Applied, Unperformed> {
        let stages: Vec<Stage> = plan.candidates().next().unwrap_or_default().to_vec();
        let intended: Vec<Operation> = stages.iter().map(|stage| stage.operation.clone()).collect();
        let intent = self.intent(cx, job, &intended, &stages);
        let audit = &self.writing.audit;
        let ticket = audit.intent(intent).await.map_err(|error| {
            self.meter.audit_failures.increment(1);
            tracing::error!(%error, "a write is refused, as it can't be written down");
            Unperformed::Failed(Error::Unavailable { retry_after: Duration::from_secs(5) })
        })?;
        if cx.dry_run {
            audit.planned(plan);
            audit.outcome(ticket, Outcome::new(cx.clock.wall(), Ending::Done)).await;
            return Ok(Applied { operations: intended, ..Applied::default() });
        }
        let forgetting = Forgetting { bridge: self, cx, job, operations: &intended };
        forgetting.forget(&intended);
        let result = partition.directory.carry_out(plan, post_read, cx.deadline).await;
        if let Ok(applied) = &result {
            forgetting.forget(&applied.operations);
        }
        drop(forgetting);
        let mut outcome = outcome(cx, &result, &intended, &stages);
        let entry = result.as_ref().ok().and_then(|applied| applied.entry.as_ref());
        outcome.id = job.made.zip(entry).and_then(|(plan, entry)| plan.id(entry));
        audit.outcome(ticket, outcome).await;
        result.map_err(|failure| failed(known.view.resource(job.kind), job.write, &failure))
    }

    fn intent(&self, cx: &Context, job: Job<'_>, operations: &[Operation], stages: &[Stage]) -> Intent {
        Intent {
            time: cx.clock.wall(),
            client: cx.client.told(),
            request: cx.request_id.to_string(),
            bridge: self.writing.name.to_string(),
            action: job.action,
            bulk: cx.bulk,
            dry_run: cx.dry_run,
            resource_type: self.mapping.resources[job.kind].name.clone(),
            id: job.id.map(str::to_owned),
            ldif: ldif::changes(operations),
            undo: ldif::undo(operations, stages),
        }
    }

    /// Waits before a write is planned for the `again`th time: a little, and not the same for all.
    pub(super) async fn stand_back(&self, cx: &Context, again: u32) {
        if again > 1 {
            let spread =
                cx.request_id.bytes().fold(u64::from(again), |sum, byte| sum.wrapping_mul(31) + u64::from(byte));
            let pause = 1 + spread % (2u64 << again.min(5));
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }
}

impl Bridge {
    /// Counts what the client may do so much of and no more.
    ///
    /// # Errors
    /// 403 once it has done as much as the settings allow.
    pub(super) fn brake(&self, cx: &Context, what: Braking) -> Result<(), Error> {
        if cx.dry_run {
            return Ok(());
        }
        let permit = self.writing.brake.permit(&cx.client.name, what, &*cx.clock);
        permit.map_err(|braked| Error::Scim(braked.into()))
    }
}

/// What became of a plan, to be written down.
fn outcome(cx: &Context, result: &Result<Applied, Failure>, intended: &[Operation], stages: &[Stage]) -> Outcome {
    let mut outcome = Outcome::new(cx.clock.wall(), Ending::Done);
    let done = |outcome: &mut Outcome, operations: &[Operation]| {
        outcome.ldif = Some(ldif::changes(operations));
        outcome.undo = Some(ldif::undo(operations, stages));
    };
    match result {
        Ok(applied) if applied.operations == intended => {}
        Ok(applied) => done(&mut outcome, &applied.operations),
        Err(failure) => {
            outcome.detail = Some(failure.to_string());
            outcome.ending = match &failure.cause {
                Cause::Unknown(_) => Ending::Unknown,
                _ if failure.left.is_empty() => Ending::Failed,
                _ => Ending::Half,
            };
            if !failure.left.is_empty() {
                done(&mut outcome, &failure.left);
            }
        }
    }
    outcome
}

/// What the client is told of a plan that failed; the log has what the directory said.
fn failed(resource: &Resource, write: WriteKind, failure: &Failure) -> Unperformed {
    let name_of = |attribute: &str| path_of(resource, attribute);
    let left = failure.left.len();
    match of_failure(write, failure, &name_of) {
        Verdict::Again => Unperformed::Stale,
        // It was found a moment ago: it was renamed, moved or deleted meanwhile, which the next look at it tells.
        Verdict::Error(error) if error.status == 404 && write != WriteKind::Create => Unperformed::Stale,
        Verdict::Error(error) => {
            tracing::info!(%failure, left, status = error.status, "the directory refused a write");
            Unperformed::Failed(error.into())
        }
        Verdict::Unavailable { retry_after, why } => {
            tracing::warn!(%failure, left, why, "a write couldn't be made");
            Unperformed::Failed(Error::Unavailable { retry_after })
        }
        Verdict::Internal { why } => {
            tracing::error!(%failure, left, why, "a write failed");
            Unperformed::Failed(Error::Internal)
        }
    }
}

/// The SCIM path of what is stored in the LDAP attribute called `name`.
fn path_of(resource: &Resource, name: &str) -> Option<String> {
    let holds = |scalar: &Scalar| matches!(scalar, Scalar::Ldap(scalar) if scalar.attribute.type_name().eq_ignore_ascii_case(name));
    resource.schema.attributes().iter().find_map(|def| {
        let whole = || Some(resource.schema.path_text(AttrPath::whole(def.id)));
        match resource.source(def.id) {
            Source::Scalar(scalar) if holds(scalar) => whole(),
            Source::Complex(subs) => {
                let place = subs.iter().position(|sub| sub.as_ref().is_some_and(holds))?;
                let sub = SubId(u16::try_from(place).ok()?);
                Some(resource.schema.path_text(AttrPath::part(def.id, sub)))
            }
            Source::Slots(slots) if slots.iter().flat_map(|slot| slot.subs.iter().flatten()).any(holds) => whole(),
            Source::References(references)
                if references.iter().any(|reference| reference.attribute.type_name().eq_ignore_ascii_case(name)) =>
            {
                whole()
            }
            _ => None,
        }
    })
}
