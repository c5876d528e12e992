//! DELETE.

use super::Preconditions;
use super::perform::{PATIENCE, Unperformed};
use super::subject::Question;
use crate::bridge::context::Context;
use crate::bridge::error::Error;
use crate::bridge::service::Bridge;
use crate::mapping::model::TypeIndex;
use crate::scim;
use crate::translate::errors::WriteKind;
use crate::translate::write;

impl Bridge {
    /// Deletes the resource called `id` (RFC 7644 section 3.6), or retires it as the mapping says.
    ///
    /// # Errors
    /// 404 for an id that names no resource, 412 where a precondition fails, 503 when the directory is away.
    pub async fn delete(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        preconditions: &Preconditions,
    ) -> Result<(), Error> {
        let resource = &self.mapping.resources[kind];
        let if_match = preconditions.if_match.as_deref();
        let question = Question { version: if_match.is_some(), ..Question::default() };
        for again in 0..PATIENCE {
            self.stand_back(cx, again).await;
            let subject = self.subject(cx, kind, id, &question).await?;
            if resource.writing.never {
                let detail = format!("resources of type {} can't be deleted here", resource.name);
                return Err(scim::Error::forbidden(detail).into());
            }
            subject.check(if_match)?;
            let mut stored = subject.stored();
            stored.guard = stored.guard.filter(|_| if_match.is_some());
            let plan = write::retirement(&stored);
            let what = (kind, WriteKind::Delete);
            match self.perform(cx, &subject.partition, &subject.known, what, plan, None).await {
                Ok(_) => return Ok(()),
                Err(Unperformed::Stale) => {}
                Err(Unperformed::Failed(error)) => return Err(error),
            }
        }
        Err(super::too_busy())
    }
}
