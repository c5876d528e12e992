//! The one entry that an id names.

use std::sync::Arc;

use futures_util::stream::{FuturesUnordered, StreamExt};

use super::context::Context;
use super::error::{Error, searching};
use super::partition::{Known, Partition};
use super::service::Bridge;
use crate::ldap::result::ResultCode;
use crate::ldap::{AttributeSet, Dereference, DnKey, Entry, Scope, Search, is_spelled_below};
use crate::mapping::model::{Base, TypeIndex};
use crate::translate::read::ReadPlan;
use crate::translate::{filter, search};

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Any server.
    Any,
    /// The one that takes the writes.
    Writer,
}

/// The first thing that one of `tries` finds. Who doesn't answer matters only where nobody else finds it.
///
/// # Errors
/// The first one, where nothing is found.
pub(super) async fn first_found<T>(
    mut tries: impl Iterator<Item = impl Future<Output = Result<Option<T>, Error>>>,
) -> Result<Option<T>, Error> {
    let Some(first) = tries.next() else { return Ok(None) };
    let Some(second) = tries.next() else { return first.await };
    let mut tries: FuturesUnordered<_> = [first, second].into_iter().chain(tries).collect();
    let mut failure = None;
    while let Some(tried) = tries.next().await {
        match tried {
            Ok(None) => {}
            Ok(found) => return Ok(found),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or(Ok(None), Err)
}

impl Bridge {
    /// The entry below `base` that is the resource of type `kind` called `id`, read for `plan`.
    ///
    /// # Errors
    /// Those of the directory.
    #[allow(clippy::too_many_arguments, reason = "the parts of one question")]
    pub(super) async fn entry_called(
        &self,
        cx: &Context,
        kind: TypeIndex,
        id: &str,
        (base, partition, known): (&Base, &Arc<Partition>, &Known),
        plan: &ReadPlan,
        dereference: Vec<Dereference>,
        asked: Asked,
    ) -> Result<Option<Entry>, Error> {
        let Some(mut search) = self.id_search(kind, id, base, known, plan.attributes.clone()) else { return Ok(None) };
        search.size_limit = Some(2);
        search.dereference = dereference;
        let found = match asked {
            Asked::Any => partition.directory.search(&search, cx.deadline).await,
            Asked::Writer => partition.directory.search_pinned(&search, cx.deadline).await,
        };
        let mut entries = match found {
            // There is no entry of that name.
            Err(crate::directory::Error::Refused(result))
                if result.code == ResultCode::NO_SUCH_OBJECT && search::names_by_guid(&search) =>
            {
                return Ok(None);
            }
            found => found.map_err(searching(&search.base))?,
        };
        // A search finds by the directory's equality what may be called otherwise, and by a name what may stand elsewhere.
        let confined = |entry: &Entry| {
            (base.scope == Scope::Subtree && is_spelled_below(&entry.dn, &search.base))
                || DnKey::of(&entry.dn).is_ok_and(|key| key.is_in_scope(&base.key, base.scope))
        };
        entries.retain(|entry| plan.id(entry).as_deref() == Some(id) && confined(entry));
        // Two entries with one id are a directory out of order; taking either would be a guess.
        Ok(if entries.len() == 1 { entries.pop() } else { None })
    }

    fn id_search(
        &self,
        kind: TypeIndex,
        id: &str,
        base: &Base,
        known: &Known,
        attributes: Arc<AttributeSet>,
    ) -> Option<Search> {
        let resource = &self.mapping.resources[kind];
        if known.capabilities.active_directory()
            && let Some(search) = search::by_guid(resource, id, attributes.clone())
        {
            return Some(search);
        }
        search::below(resource, base, filter::by_id(&known.view, kind, id).upper, attributes)
    }
}
