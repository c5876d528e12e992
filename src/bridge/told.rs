//! Since when what is read may be remembered, and under what.

use super::context::Context;
use super::error::Error;
use super::service::Bridge;
use crate::cache::id::Id;
use crate::cache::moment::Moment;
use crate::cache::resources::Key;
use crate::mapping::model::{Source, TypeIndex};

impl Bridge {
    /// When the request begins to read, as far as the directories or their feeds let us tell.
    ///
    /// # Errors
    /// Those of the directory.
    pub(super) async fn moment(&self, cx: &Context) -> Result<Option<Moment>, Error> {
        match self.memory.told(cx) {
            Some(reading) => Ok(Some(Moment::Told(reading))),
            None => Ok(self.stamps(cx).await?.map(Moment::Stamped)),
        }
    }

    /// Whether others belong to resources of `kind`.
    pub(super) fn is_group(&self, kind: TypeIndex) -> bool {
        let sources = self.mapping.resources.iter().flat_map(|resource| &resource.sources);
        sources.into_iter().any(|source| matches!(source, Source::Backreference(back) if back.referrer == kind))
    }

    /// What a resource is kept under.
    pub(super) fn key(&self, cx: &Context, kind: TypeIndex, id: &str) -> Key {
        Key { kind, visibility: cx.client.visibility, id: Id::of(id) }
    }
}
