//! From a filter to the entries that satisfy it: the searches that bring candidates, and what is checked on each of them.

use std::sync::Arc;

use super::context::Context;
use super::error::Error;
use super::feed::Feed;
use super::scan::{Part, Residual, Scan, Wish};
use super::service::Bridge;
use crate::ldap::{AttributeSet, Entry};
use crate::mapping::bounds::Bounds;
use crate::mapping::model::TypeIndex;
use crate::scim::filter::eval;
use crate::scim::filter::typed::{Filter as ScimFilter, attributes_used};
use crate::translate::law;
use crate::translate::render::Rendering;
use crate::translate::search;

impl Bridge {
    /// The searches for resources of `kind` that satisfy `filter`, and what must be read for `wish`.
    pub(super) async fn parts(
        &self,
        cx: &Context,
        kind: TypeIndex,
        filter: Option<&ScimFilter>,
        wish: &Wish,
    ) -> Result<Vec<Part>, Error> {
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
                    (Some(plan), Wish::Selection(selection)) => known.exactly_beside(selection, plan, &paths),
                    (Some(plan), _) => known.exactly_onto(AttributeSet::clone(&plan.attributes), kind, &paths),
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
            parts.push(Part { kind, partition: partition.clone(), known, plan, residual, search });
        }
        Ok(parts)
    }

    /// Those of `entries` that satisfy what LDAP couldn't decide.
    pub(super) async fn residual(&self, cx: &Context, part: &Part, entries: Vec<Entry>) -> Result<Vec<Entry>, Error> {
        let Some(residual) = &part.residual else { return Ok(entries) };
        let schema = &self.mapping.resources[part.kind].schema;
        let moment = if residual.plan.shows_references() { self.moment(cx).await? } else { None };
        let targets = self.resolve(cx, &part.partition, &part.known, &residual.plan, &entries, moment.as_ref()).await?;
        let satisfies = |entry: &Entry| {
            let Some(rendering) = Rendering::new(&residual.plan, entry, &targets) else { return false };
            match serde_json::to_value(&rendering) {
                Ok(serde_json::Value::Object(resource)) => {
                    let decided = law::decided(&part.known.view, &residual.filter, &residual.plan, entry);
                    eval::matches(decided.as_ref().unwrap_or(&residual.filter), schema, &resource)
                }
                _ => false,
            }
        };
        let looked_at = entries.len();
        let kept: Vec<Entry> = entries.into_iter().filter(satisfies).collect();
        self.meter.looked_at(looked_at, kept.len());
        Ok(kept)
    }

    /// A scan over `parts` in pages of `page` entries.
    pub(super) fn scan(&self, parts: impl IntoIterator<Item = Part>, page: u32) -> Scan {
        let parts: Vec<_> = parts.into_iter().map(Arc::new).collect();
        parts.iter().for_each(|part| self.meter.scan(part.residual.is_some()));
        Scan::over(parts, page, self.limits.feed_lifetime * 2)
    }

    /// A scan for all resources of `kind` that satisfy `filter`.
    pub(super) async fn scan_all(
        &self,
        cx: &Context,
        kind: TypeIndex,
        filter: Option<&ScimFilter>,
        wish: &Wish,
    ) -> Result<Scan, Error> {
        Ok(self.scan(self.parts(cx, kind, filter, wish).await?, 500))
    }

    async fn candidates(&self, cx: &Context, scan: &mut Scan) -> Result<Option<(Arc<Part>, Vec<Entry>)>, Error> {
        let candidates = scan.candidates(cx.deadline, self.limits.scan).await;
        if matches!(candidates, Err(Error::Scim(_))) {
            self.meter.refused_scans.increment(1);
        }
        candidates
    }

    /// The next entries that satisfy the scan's filter, with where they are from; `None` at the end.
    ///
    /// # Errors
    /// 400 `tooMany` when more candidates were looked at than the limit allows.
    pub(super) async fn next(&self, cx: &Context, scan: &mut Scan) -> Result<Option<(Arc<Part>, Vec<Entry>)>, Error> {
        loop {
            let Some((part, batch)) = self.candidates(cx, scan).await? else { return Ok(None) };
            let batch = self.residual(cx, &part, batch).await?;
            if !batch.is_empty() {
                return Ok(Some((part, batch)));
            }
        }
    }

    /// Reads until `count` entries of `feed` are ready or there are no more; says how many are.
    pub(super) async fn fill(&self, cx: &Context, feed: &mut Feed, count: usize) -> Result<usize, Error> {
        while feed.ready.len() < count {
            let Some((part, entries)) = self.next(cx, &mut feed.scan).await? else { break };
            feed.ready.extend(entries.into_iter().map(|entry| (part.clone(), entry)));
        }
        Ok(feed.ready.len())
    }
}
