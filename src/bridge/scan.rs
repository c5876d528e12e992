//! All entries that may satisfy a filter, as a stream through bounded memory: paged searches over the bases of the types, one
//! after the other.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::context::Selection;
use super::error::{Error, searching};
use super::partition::{Known, Partition};
use crate::directory::{EntryStream, StreamOptions};
use crate::ldap::{AttributeSet, Dereference, Entry, Search};
use crate::mapping::model::TypeIndex;
use crate::scim::filter::typed::Filter as ScimFilter;
use crate::scim::resource_schema::AttrPath;
use crate::translate::errors;
use crate::translate::read::ReadPlan;

/// What is wanted of each entry.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    /// What a client selected.
    Selection(Arc<Selection>),
    /// These parts of the resource, by type.
    Paths(Vec<(TypeIndex, Vec<AttrPath>)>),
    /// These LDAP attributes.
    Attributes(AttributeSet),
}

/// One base of one type, with the search for its entries.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) kind: TypeIndex,
    pub(super) partition: Arc<Partition>,
    pub(super) known: Arc<Known>,
    /// What is shown of an entry; nothing where LDAP attributes alone were wished for.
    pub(super) plan: Option<Arc<ReadPlan>>,
    pub(super) residual: Option<Residual>,
    pub(super) search: Search,
}

/// What must still be checked on each candidate.
#[derive(Debug)]
pub(super) struct Residual {
    pub(super) filter: Arc<ScimFilter>,
    pub(super) plan: Arc<ReadPlan>,
}

/// A scan under way.
#[derive(Debug)]
pub(super) struct Scan {
    parts: VecDeque<Arc<Part>>,
    open: Option<(Arc<Part>, EntryStream)>,
    page: u32,
    idle: Duration,
    looked_at: usize,
}

impl Part {
    /// The DN-valued attributes worth dereferencing in the same search.
    pub(super) fn dereferences(&self) -> Vec<Dereference> {
        let wanted = &self.known.target.set;
        let mut all = self.plan.as_ref().map_or_else(Vec::new, |plan| plan.dereferences(wanted));
        for more in self.residual.iter().flat_map(|residual| residual.plan.dereferences(wanted)) {
            if !all.contains(&more) {
                all.push(more);
            }
        }
        all
    }
}

impl Scan {
    /// A scan over `parts`, in pages of `page` entries, which the directory keeps open for `idle` between two of them.
    pub(super) fn over(parts: impl IntoIterator<Item = Arc<Part>>, page: u32, idle: Duration) -> Self {
        Self { parts: parts.into_iter().collect(), open: None, page, idle, looked_at: 0 }
    }

    /// The next candidates, with where they are from; `None` at the end.
    ///
    /// # Errors
    /// 400 `tooMany` when more candidates than `limit` would have to be looked at one by one.
    pub(super) async fn candidates(
        &mut self,
        deadline: Instant,
        limit: usize,
    ) -> Result<Option<(Arc<Part>, Vec<Entry>)>, Error> {
        loop {
            if self.open.is_none() {
                let Some(part) = self.parts.pop_front() else { return Ok(None) };
                let options = StreamOptions { page: self.page, idle: self.idle, ..StreamOptions::default() };
                let entries = part.partition.directory.stream(Arc::new(part.search.clone()), options);
                self.open = Some((part, entries));
            }
            let Some((part, entries)) = &mut self.open else { continue };
            let batch =
                tokio::time::timeout_at(deadline.into(), entries.next_batch()).await.map_err(|_| Error::Timeout)?;
            let batch = batch.map_err(searching(&part.search.base))?;
            let Some(batch) = batch else {
                self.open = None;
                continue;
            };
            if part.residual.is_some() {
                self.looked_at += batch.len();
                if self.looked_at > limit {
                    return Err(errors::scan_too_large(limit).into());
                }
            }
            return Ok(Some((part.clone(), batch)));
        }
    }
}
