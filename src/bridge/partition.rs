//! One directory of a bridge, and what is known of it: capabilities, compiled read plans, names.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use crate::cache::changes::Changes;
use crate::cache::dns::DnMap;
use crate::cache::stamped::Stamped;
use crate::directory::{Capabilities, Directory};
use crate::ldap::{AttributeDescription, AttributeSet};
use crate::mapping::model::{Mapping, Scalar, Source, TypeIndex};
use crate::scim;
use crate::scim::projection::Projection;
use crate::scim::resource_schema::{AttrId, AttrPath};
use crate::scim::schema::Returned;
use crate::translate::View;
use crate::translate::read::ReadPlan;
use crate::translate::referrers::ReferrerIndex;
use crate::translate::shown;

use super::context::Selection;
use super::error::Error;
use super::oddities::Oddities;
use super::plan_key::{Asked, Key, PlanKey};

/// How many read plans are kept per directory; more are compiled anew, as are those of long selections.
const MOST_PLANS: usize = 256;

/// One directory (partition) of a bridge.
#[derive(Debug)]
pub(crate) struct Partition {
    pub(crate) name: String,
    pub(crate) directory: Directory,
    pub(crate) dns: DnMap,
    /// Who names whom, by referring type, attribute, and whether kinds that the directory keeps are in it.
    pub(crate) referrers: Stamped<(TypeIndex, AttrId, bool), ReferrerIndex>,
    pub(super) oddities: Oddities,
    mapping: Arc<Mapping>,
    base_url: Arc<str>,
    known: RwLock<Option<Arc<Known>>>,
}

/// What is known of a directory as long as its capabilities stay the same.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) view: View,
    pub(crate) capabilities: Arc<Capabilities>,
    /// What is asked of entries that are referred to.
    pub(crate) target: Arc<TargetAttributes>,
    base_url: Arc<str>,
    /// Whether references can be resolved in the search that brings them.
    dereferences: bool,
    plans: Mutex<HashMap<PlanKey, Arc<ReadPlan>>>,
    /// Whether a large answer has been refused that wasn't asked for in pages.
    refuses_at_once: AtomicBool,
}

/// The attributes that tell what a referenced entry is.
#[derive(Debug)]
pub(crate) struct TargetAttributes {
    pub(crate) set: Arc<AttributeSet>,
    /// By type: the id, and what it is displayed by.
    pub(crate) places: Vec<TargetPlaces>,
    /// The same by type, for searches that bring entries of the type alone.
    pub(crate) alone: Vec<(Arc<AttributeSet>, TargetPlaces)>,
    /// Whether the directory knows them all: slapd refuses to dereference for one that it doesn't.
    known: bool,
}

#[derive(Debug)]
pub(crate) struct TargetPlaces {
    pub(crate) id: usize,
    pub(crate) display: Option<(usize, Arc<dyn crate::mapping::codec::Codec>)>,
}

impl Partition {
    pub(crate) fn new(
        name: String,
        directory: Directory,
        mapping: Arc<Mapping>,
        base_url: Arc<str>,
        names: usize,
        changes: &Arc<Changes>,
    ) -> Self {
        Self {
            name,
            directory,
            dns: DnMap::new(names, Arc::clone(changes)),
            referrers: Stamped::new(Arc::clone(changes)),
            oddities: Oddities::default(),
            mapping,
            base_url,
            known: RwLock::new(None),
        }
    }

    /// What is known of the directory, made anew when its capabilities have changed.
    pub(crate) fn known(&self) -> Result<Arc<Known>, Error> {
        let Some(capabilities) = self.directory.capabilities() else {
            return Err(Error::Unavailable { retry_after: Duration::from_secs(1) });
        };
        let current = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = current.filter(|known| known.capabilities.generation == capabilities.generation) {
            return Ok(known);
        }
        let view = View { mapping: self.mapping.clone(), schema: capabilities.subschema.clone() };
        let target = Arc::new(TargetAttributes::of(&view));
        let (base_url, plans) = (self.base_url.clone(), Mutex::default());
        let refuses_at_once = AtomicBool::new(false);
        let dereferences = capabilities.dereference() && target.known;
        let known = Arc::new(Known { view, capabilities, target, base_url, dereferences, plans, refuses_at_once });
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known)
    }
}

impl Known {
    /// The plan for what a client selected.
    pub(crate) fn selected(&self, kind: TypeIndex, selection: &Selection) -> Result<Arc<ReadPlan>, scim::Error> {
        let key = Asked::Selected(kind, selection);
        if let Some(plan) = self.plan(key) {
            return Ok(plan);
        }
        let schema = &self.view.resource(kind).schema;
        let projection = Projection::compile(schema, &selection.attributes, &selection.excluded)?;
        Ok(self.keep(key, ReadPlan::compile(&self.view, kind, &projection, &self.base_url)))
    }

    /// The plan for `selection` of a resource that was just written, with those of `written` that are returned on request: a
    /// client that writes an attribute has specified it (RFC 7643 section 7, `returned`).
    pub(crate) fn answering(
        &self,
        kind: TypeIndex,
        selection: &Selection,
        written: &[AttrId],
    ) -> Result<Arc<ReadPlan>, scim::Error> {
        let schema = &self.view.resource(kind).schema;
        let on_request = |attr: &&AttrId| {
            schema
                .get(**attr)
                .is_some_and(|def| def.attribute.returned == Returned::Request && !def.attribute.is_hidden())
        };
        let paths: Vec<AttrPath> = written.iter().filter(on_request).map(|attr| AttrPath::whole(*attr)).collect();
        if *selection != Selection::default() {
            // Whatever is shown, the answer to a write says which version it made (RFC 7644 section 3.14).
            let projection = Projection::compile(schema, &selection.attributes, &selection.excluded)?;
            return Ok(Arc::new(ReadPlan::compile_versioned(&self.view, kind, &projection, &self.base_url)));
        }
        if paths.is_empty() {
            return self.selected(kind, selection);
        }
        let projection = Projection::default_for(schema).union(&Projection::exactly(schema, &paths));
        Ok(Arc::new(ReadPlan::compile(&self.view, kind, &projection, &self.base_url)))
    }

    /// The plan for `paths` alone.
    pub(crate) fn exactly(&self, kind: TypeIndex, paths: &[AttrPath]) -> Arc<ReadPlan> {
        let key = Asked::Paths(kind, paths);
        if let Some(plan) = self.plan(key) {
            return plan;
        }
        self.keep(key, self.compile_onto(AttributeSet::new(), kind, paths))
    }

    /// The plan for `paths` and nothing else of entries that are read to be written, with `attributes` at their places.
    pub(crate) fn writing(&self, attributes: AttributeSet, kind: TypeIndex, paths: &[AttrPath]) -> ReadPlan {
        let projection = Projection::exactly(&self.view.resource(kind).schema, paths);
        ReadPlan::compile_onto(attributes, &self.view, kind, &projection, &self.base_url)
    }

    /// The plan for `paths` of entries that are read for `selection`, whose plan is `plan`, as well.
    pub(crate) fn exactly_beside(&self, selection: &Selection, plan: &ReadPlan, paths: &[AttrPath]) -> Arc<ReadPlan> {
        let key = Asked::Beside(plan.kind, selection, paths);
        let beside = || self.compile_onto(AttributeSet::clone(&plan.attributes), plan.kind, paths);
        self.plan(key).unwrap_or_else(|| self.keep(key, beside()))
    }

    /// The plan for `paths` of entries for which `attributes` are read as well.
    pub(crate) fn exactly_onto(&self, attributes: AttributeSet, kind: TypeIndex, paths: &[AttrPath]) -> Arc<ReadPlan> {
        Arc::new(self.compile_onto(attributes, kind, paths))
    }

    fn compile_onto(&self, attributes: AttributeSet, kind: TypeIndex, paths: &[AttrPath]) -> ReadPlan {
        let projection = shown::knowing(&self.view.resource(kind).schema, paths);
        ReadPlan::compile_onto(attributes, &self.view, kind, &projection, &self.base_url)
    }

    /// Whether the directory keeps the referrers that `attribute` of type `referrer` makes on the entries themselves.
    pub(crate) fn back_reference_kept(&self, referrer: TypeIndex, attribute: AttrId) -> bool {
        self.view.mapping.resources.iter().flat_map(|resource| &resource.sources).any(|source| match source {
            Source::Backreference(back) => {
                back.referrer == referrer
                    && back.attribute == attribute
                    && !back.via_nested
                    && back.via.as_ref().is_some_and(|via| self.view.knows(via))
            }
            _ => false,
        })
    }

    /// Whether a large answer may be asked for at once, as far as is known.
    pub(crate) fn answers_at_once(&self) -> bool {
        !self.refuses_at_once.load(Ordering::Relaxed)
    }

    /// Notes that the directory has refused to.
    pub(crate) fn refuses_at_once(&self) {
        self.refuses_at_once.store(true, Ordering::Relaxed);
    }

    /// Whether references can be resolved in the search that brings them.
    pub(crate) fn dereferences(&self) -> bool {
        self.dereferences
    }

    fn plan(&self, key: Asked<'_>) -> Option<Arc<ReadPlan>> {
        if !key.is_short() {
            return None;
        }
        self.plans.lock().unwrap_or_else(PoisonError::into_inner).get(&key as &dyn Key).cloned()
    }

    fn keep(&self, key: Asked<'_>, plan: ReadPlan) -> Arc<ReadPlan> {
        let plan = Arc::new(plan);
        if !key.is_short() {
            return plan;
        }
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if plans.len() >= MOST_PLANS {
            plans.clear();
        }
        plans.insert(key.into(), plan.clone());
        plan
    }
}

impl TargetAttributes {
    fn of(view: &View) -> Self {
        let mut set = AttributeSet::new();
        // Needed to see whether an entry satisfies its type's filter.
        for resource in &view.mapping.resources {
            for attribute in resource.filter.attributes() {
                if view.knows(attribute) {
                    set.insert(attribute);
                }
            }
        }
        let (mut places, mut alone) = (Vec::new(), Vec::new());
        for resource in &view.mapping.resources {
            let id = &resource.id.attribute;
            let display = resource.display.and_then(|display| match resource.source(display) {
                Source::Scalar(Scalar::Ldap(source)) if view.knows(&source.attribute) => Some(source),
                _ => None,
            });
            let place = |set: &mut AttributeSet| TargetPlaces {
                id: set.insert(id),
                display: display.map(|source| (set.insert(&source.attribute), source.codec.clone())),
            };
            let mut own = AttributeSet::new();
            let own_places = place(&mut own);
            alone.push((Arc::new(own), own_places));
            places.push(place(&mut set));
        }
        let known = set.iter().all(|attribute| view.knows(attribute));
        Self { set: Arc::new(set), places, alone, known }
    }

    /// The place of `attribute` in the set.
    pub(crate) fn place(&self, attribute: &AttributeDescription) -> Option<usize> {
        self.set.position(attribute.as_str())
    }
}
