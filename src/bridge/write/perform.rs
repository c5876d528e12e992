//! Carrying plans out, and what their failure means.

use std::sync::Arc;
use std::time::Duration;

use crate::bridge::context::Context;
use crate::bridge::error::Error;
use crate::bridge::partition::{Known, Partition};
use crate::bridge::service::Bridge;
use crate::ldap::AttributeSet;
use crate::ldap::plan::{Applied, WritePlan};
use crate::mapping::model::{Resource, Scalar, Source, TypeIndex};
use crate::scim::resource_schema::{AttrPath, SubId};
use crate::translate::errors::{Verdict, WriteKind, of_failure};

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

impl Bridge {
    /// Carries `plan` out on the server that takes the writes.
    pub(super) async fn perform(
        &self,
        cx: &Context,
        partition: &Partition,
        known: &Known,
        (kind, write): (TypeIndex, WriteKind),
        plan: WritePlan,
        post_read: Option<Arc<AttributeSet>>,
    ) -> Result<Applied, Unperformed> {
        let failure = match partition.directory.carry_out(plan, post_read, cx.deadline).await {
            Ok(applied) => return Ok(applied),
            Err(failure) => failure,
        };
        let resource = known.view.resource(kind);
        let name_of = |attribute: &str| path_of(resource, attribute);
        let verdict = of_failure(write, &failure, &name_of);
        let left = failure.left.len();
        match verdict {
            Verdict::Again => Err(Unperformed::Stale),
            Verdict::Error(error) => {
                tracing::info!(%failure, left, status = error.status, "the directory refused a write");
                Err(Unperformed::Failed(error.into()))
            }
            Verdict::Unavailable { retry_after, why } => {
                tracing::warn!(%failure, left, why, "a write couldn't be made");
                Err(Unperformed::Failed(Error::Unavailable { retry_after }))
            }
            Verdict::Internal { why } => {
                tracing::error!(%failure, left, why, "a write failed");
                Err(Unperformed::Failed(Error::Internal))
            }
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
