//! All entries that satisfy a filter, as a stream through bounded memory: paged searches over the bases of the types, one
//! after the other, each candidate held against what LDAP couldn't decide.

use std::collections::VecDeque;
use std::sync::Arc;

use super::context::{Context, Selection};
use super::error::Error;
use super::partition::{Known, Partition};
use super::{Bridge, TypeIndex};
use crate::directory::{EntryStream, StreamOptions};
use crate::ldap::{AttributeSet, Dereference, Entry, Search};
use crate::mapping::bounds::Bounds;
use crate::scim::filter::eval;
use crate::scim::filter::typed::{Filter as ScimFilter, attributes_used};
use crate::scim::resource_schema::AttrPath;
use crate::translate::read::ReadPlan;
use crate::translate::render::Rendering;
use crate::translate::{errors, search};

/// What is wanted of each entry.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    /// What a client selected.
    Selection(Selection),
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
    filter: Arc<ScimFilter>,
    plan: Arc<ReadPlan>,
}

/// A scan under way.
#[derive(Debug)]
pub(super) struct Scan {
    parts: VecDeque<Arc<Part>>,
    open: Option<(Arc<Part>, EntryStream)>,
    page: u32,
    looked_at: usize,
}

impl Bridge {
    /// The searches for resources of `kind` that satisfy `filter`, and what must be read for `wish`.
    pub(super) async fn parts(
        &self,
        cx: &Context,
        kind: TypeIndex,
        filter: Option<&ScimFilter>,
        wish: &Wish,
    ) -> Result<Vec<Arc<Part>>, Error> {
        let resource = &self.mapping.resources[kind];
        let mut parts = Vec::new();
        for (base, partition) in self.places(kind) {
            let known = partition.known()?;
            let bounds = match filter {
                None => Bounds::all(),
                Some(filter) => self.bounds(cx, &known.view, kind, filter).await?,
            };
            let exact = bounds.is_exact();
            let plan = match wish {
                Wish::Selection(selection) => Some(known.selected(kind, selection)?),
                Wish::Paths(paths) => {
                    let paths = paths.iter().find(|(wanted, _)| *wanted == kind).map_or(&[][..], |(_, paths)| paths);
                    Some(known.exactly(kind, paths))
                }
                Wish::Attributes(_) => None,
            };
            let residual = filter.filter(|_| !exact).map(|filter| {
                let paths = attributes_used(filter);
                let plan = match (&plan, wish) {
                    (Some(plan), _) => known.exactly_beside(plan, &paths),
                    (None, Wish::Attributes(attributes)) => known.exactly_onto(attributes.clone(), kind, &paths),
                    (None, _) => known.exactly(kind, &paths),
                };
                Residual { filter: Arc::new(filter.clone()), plan }
            });
            let attributes = match (&residual, &plan, wish) {
                (Some(residual), _, _) => residual.plan.attributes.clone(),
                (None, Some(plan), _) => plan.attributes.clone(),
                (None, None, Wish::Attributes(attributes)) => Arc::new(attributes.clone()),
                (None, None, _) => Arc::default(),
            };
            let Some(search) = search::below(resource, base, bounds.upper, attributes) else { continue };
            parts.push(Arc::new(Part { kind, partition: partition.clone(), known, plan, residual, search }));
        }
        Ok(parts)
    }

    /// Those of `entries` that satisfy what LDAP couldn't decide.
    pub(super) async fn residual(&self, cx: &Context, part: &Part, entries: Vec<Entry>) -> Result<Vec<Entry>, Error> {
        let Some(residual) = &part.residual else { return Ok(entries) };
        let schema = &self.mapping.resources[part.kind].schema;
        let targets = self.resolve(cx, &part.partition, &part.known, &residual.plan, &entries, None).await?;
        let satisfies = |entry: &Entry| {
            let Some(rendering) = Rendering::new(&residual.plan, entry, &targets) else { return false };
            match serde_json::to_value(&rendering) {
                Ok(serde_json::Value::Object(resource)) => eval::matches(&residual.filter, schema, &resource),
                _ => false,
            }
        };
        Ok(entries.into_iter().filter(satisfies).collect())
    }
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
    /// Starts a scan over `kinds`, one after the other.
    pub(super) async fn open(
        bridge: &Bridge,
        cx: &Context,
        kinds: &[TypeIndex],
        filter: Option<&ScimFilter>,
        wish: &Wish,
        page: u32,
    ) -> Result<Self, Error> {
        let mut parts = VecDeque::new();
        for kind in kinds {
            parts.extend(bridge.parts(cx, *kind, filter, wish).await?);
        }
        Ok(Self::over(parts, page))
    }

    /// A scan over `parts`.
    pub(super) fn over(parts: impl IntoIterator<Item = Arc<Part>>, page: u32) -> Self {
        Self { parts: parts.into_iter().collect(), open: None, page, looked_at: 0 }
    }

    /// The next entries that satisfy the filter, with where they are from; `None` at the end.
    ///
    /// # Errors
    /// 400 `tooMany` when more candidates were looked at than the limit allows.
    pub(super) async fn next(&mut self, bridge: &Bridge, cx: &Context) -> Result<Option<(Arc<Part>, Vec<Entry>)>, Error> {
        loop {
            if self.open.is_none() {
                let Some(part) = self.parts.pop_front() else { return Ok(None) };
                let options = StreamOptions { page: self.page, idle: bridge.limits.feed_lifetime * 2, ..StreamOptions::default() };
                let entries = part.partition.directory.stream(Arc::new(part.search.clone()), options);
                self.open = Some((part, entries));
            }
            let Some((part, entries)) = &mut self.open else { continue };
            let batch = tokio::time::timeout_at(cx.deadline.into(), entries.next_batch()).await.map_err(|_| Error::Timeout)??;
            let Some(batch) = batch else {
                self.open = None;
                continue;
            };
            if part.residual.is_some() {
                self.looked_at += batch.len();
                if self.looked_at > bridge.limits.scan {
                    return Err(errors::scan_too_large(bridge.limits.scan).into());
                }
            }
            let part = part.clone();
            let batch = bridge.residual(cx, &part, batch).await?;
            if !batch.is_empty() {
                return Ok(Some((part, batch)));
            }
        }
    }
}
