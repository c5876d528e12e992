//! Resources by their ids, many at once: what a page that isn't the next one costs.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use super::context::Context;
use super::error::{Error, searching};
use super::query::Query;
use super::scan::{Part, Wish};
use super::service::Bridge;
use crate::ldap::{Entry, Filter};
use crate::mapping::model::TypeIndex;
use crate::translate::filter;

impl Bridge {
    /// The resources of `kind` called `ids` that still satisfy the query, by id.
    pub(super) async fn fetch(
        &self,
        cx: &Context,
        query: &Query,
        kind: TypeIndex,
        ids: &[String],
    ) -> Result<HashMap<String, (Arc<Part>, Entry)>, Error> {
        let scim_filter = query.kinds.iter().find(|query| query.kind == kind).and_then(|query| query.filter.as_ref());
        let parts = self.parts(cx, kind, scim_filter, &Wish::Selection(query.selection.clone())).await?;
        let mut searches = Vec::new();
        for part in parts.into_iter().map(Arc::new) {
            for chunk in ids.chunks(self.limits.batch) {
                let by_id = chunk.iter().map(|id| filter::by_id(&part.known.view, kind, id).upper);
                let mut search = part.search.clone();
                search.filter = Filter::and([search.filter, Filter::or(by_id)]);
                if search.filter != Filter::False {
                    searches.push((part.clone(), search));
                }
            }
        }
        let answers: Vec<(Arc<Part>, Vec<Entry>)> = stream::iter(searches)
            .map(|(part, search)| async move {
                let found = part.partition.directory.search(&search, cx.deadline).await;
                let entries = found.map_err(searching(&search.base))?;
                let entries = self.residual(cx, &part, entries).await?;
                Ok::<_, Error>((part, entries))
            })
            .buffer_unordered(self.limits.batches)
            .try_collect()
            .await?;
        let mut found = HashMap::new();
        for (part, entries) in answers {
            let Some(plan) = &part.plan else { continue };
            for entry in entries {
                if let Some(id) = plan.id(&entry) {
                    found.insert(id, (part.clone(), entry));
                }
            }
        }
        Ok(found)
    }
}
