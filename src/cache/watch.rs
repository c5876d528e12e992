//! From what a change feed tells to what it makes stale.
//!
//! | An entry … | makes stale |
//! |---|---|
//! | changes | itself, and all that shows it by reference |
//! | that is or was a group changes | who is in which group |
//! | that is called, shown or found otherwise than before | names and keys of any entry, for what shows too many to lean on each |
//! | appears | all that holds its name without an entry behind it |
//! | is renamed or moved | everything: what is below it has other names, too, and nothing is told of that |
//!
//! What can't be told of an entry is taken for the worst: an entry never seen before may have been a group, and may have had another
//! name, which others still hold until the directory mends it.

use std::fmt::Debug;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::changes::{Changes, Stripe};
use super::id::Id;
use super::seen::{Look, Seen};
use crate::clock::SharedClock;
use crate::directory::{ChangeKind, ChangedEntry, FeedEvent};
use crate::ldap::{AttributeDescription, AttributeSet, DnKey, Entry, Subschema};
use crate::mapping::model::{Mapping, ReferenceForm, Resource, Scalar, Source, TypeIndex};

/// The subschema of a directory, once it is known.
pub type SchemaSource = Box<dyn Fn() -> Option<Arc<Subschema>> + Send + Sync>;

/// What one directory's feeds tell, brought to a bridge's [`Changes`].
pub struct Watch {
    changes: Arc<Changes>,
    mapping: Arc<Mapping>,
    /// The partition's name, as the mapping's bases have it.
    directory: String,
    attributes: Arc<AttributeSet>,
    referrers: Vec<TypeIndex>,
    seen: Seen,
    hasher: RandomState,
    schema: SchemaSource,
    clock: SharedClock,
}

/// One feed of a directory, and whether it tells everything.
#[derive(Debug)]
pub struct Followed {
    watch: Arc<Watch>,
    whole: AtomicBool,
}

/// What several changes make stale together.
#[derive(Debug, Default)]
struct Stale {
    stripes: Vec<Stripe>,
    gone: bool,
    /// Whether what an entry was called before isn't known.
    unknown: bool,
    groups: bool,
    names: bool,
    all: bool,
}

impl Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("directory", &self.directory).finish_non_exhaustive()
    }
}

/// The attributes by which it is told what a change makes stale.
pub fn attributes_of_interest(mapping: &Mapping) -> AttributeSet {
    let mut set: AttributeSet =
        ["objectClass", "hasSubordinates"].iter().filter_map(|name| name.parse().ok()).collect();
    for resource in &mapping.resources {
        set.insert(&resource.id.attribute);
        resource.filter.attributes().into_iter().for_each(|attribute| {
            set.insert(attribute);
        });
        if let Some(Source::Scalar(Scalar::Ldap(display))) = resource.display.map(|display| resource.source(display)) {
            set.insert(&display.attribute);
        }
        for reference in references(resource) {
            match &reference.form {
                ReferenceForm::Key(key) | ReferenceForm::PrimaryGroup(key) => {
                    set.insert(key);
                }
                ReferenceForm::Dn | ReferenceForm::NameAndOptionalUid | ReferenceForm::Url => {}
            }
        }
    }
    set
}

fn references(resource: &Resource) -> impl Iterator<Item = &crate::mapping::model::Reference> {
    resource.sources.iter().flat_map(|source| match source {
        Source::References(references) => references.as_slice(),
        _ => &[],
    })
}

impl Watch {
    /// For the feeds of `directory`, which tell `attributes` of each entry ([`attributes_of_interest`]); what they tell is noted in
    /// `changes`. At most `most` entries are remembered.
    pub fn new(
        changes: Arc<Changes>,
        mapping: Arc<Mapping>,
        directory: String,
        attributes: Arc<AttributeSet>,
        most: usize,
        schema: SchemaSource,
        clock: SharedClock,
    ) -> Self {
        let sources = mapping.resources.iter().flat_map(|resource| &resource.sources);
        let mut referrers: Vec<TypeIndex> = sources
            .filter_map(|source| match source {
                Source::Backreference(back) => Some(back.referrer),
                _ => None,
            })
            .collect();
        referrers.sort_unstable();
        referrers.dedup();
        let (seen, hasher) = (Seen::new(most.max(1)), RandomState::new());
        Self { changes, mapping, directory, attributes, referrers, seen, hasher, schema, clock }
    }

    /// What is to be told of each entry.
    pub fn attributes(&self) -> &Arc<AttributeSet> {
        &self.attributes
    }

    /// One feed of this directory.
    pub fn followed(self: &Arc<Self>) -> Followed {
        Followed { watch: Arc::clone(self), whole: AtomicBool::new(false) }
    }

    /// An entry was read as the resource of type `kind` called `id`: a change of it needn't be taken for the worst.
    pub fn learn(&self, kind: TypeIndex, id: &str, dn: &str) {
        let name = DnKey::of(dn).ok().map(|key| self.hasher.hash_one(&key));
        self.seen.learn(Id::of(id), Look { name, shown: None, group: self.referrers.contains(&kind) });
    }

    fn changed(&self, entries: &[ChangedEntry]) {
        let schema = (self.schema)();
        let mut stale = Stale::default();
        for entry in entries {
            self.one(entry, schema.as_deref(), &mut stale);
        }
        let now = self.clock.now();
        // First, so that whoever begins to read after the change knows it.
        if stale.gone {
            self.changes.removed(now);
        }
        if stale.unknown {
            self.changes.may_be_renamed(now);
        }
        self.changes.changed(stale.stripes);
        if stale.names {
            self.changes.names_changed();
        }
        if stale.groups {
            self.changes.groups_changed(now);
        }
        if stale.all {
            self.changes.all_changed(now);
        }
    }

    fn one(&self, changed: &ChangedEntry, schema: Option<&Subschema>, stale: &mut Stale) {
        let key = changed.dn.as_deref().and_then(|dn| DnKey::of(dn).ok());
        stale.stripes.extend(key.as_ref().map(|key| self.changes.stripe(key)));
        let ids = self.ids(changed);
        if ids.is_empty() {
            // Whose change it is can't be told.
            stale.all = true;
        }
        for id in &ids {
            stale.stripes.push(self.changes.stripe(&**id));
            match changed.kind {
                ChangeKind::Gone => {
                    let was = self.seen.remove(&Id::of(id));
                    stale.groups |= was.is_none_or(|was| was.group);
                    stale.gone = true;
                    stale.names = true;
                }
                ChangeKind::Present => self.present(id, key.as_ref(), changed.entry.as_ref(), schema, stale),
            }
        }
    }

    fn present(
        &self,
        id: &str,
        key: Option<&DnKey>,
        entry: Option<&Entry>,
        schema: Option<&Subschema>,
        stale: &mut Stale,
    ) {
        let (Some(key), Some(entry)) = (key, entry) else {
            self.seen.remove(&Id::of(id));
            stale.all = true;
            stale.groups = true;
            return;
        };
        let group = self.referrers.iter().any(|kind| self.is_of(*kind, key, entry, schema));
        let name = Some(self.hasher.hash_one(key));
        let shown = Some(self.hasher.hash_one(sorted(&entry.attributes)));
        let was = self.seen.replace(Id::of(id), Look { name, shown, group });
        stale.groups |= group || was.is_none_or(|was| was.group);
        stale.unknown |= was.is_none_or(|was| was.name.is_none());
        stale.names |= was.is_none_or(|was| was.shown != shown || was.name != name);
        stale.all |= match was.and_then(|was| was.name) {
            Some(was) => Some(was) != name,
            // It may have been renamed. If it is one of ours, what shows it leans on it; if not, others may stand below it.
            None => {
                self.has_subordinates(entry)
                    || !(0..self.mapping.resources.len()).any(|kind| self.is_of(kind, key, entry, schema))
            }
        };
    }

    /// Whether the entry may be a resource of type `kind`.
    fn is_of(&self, kind: TypeIndex, key: &DnKey, entry: &Entry, schema: Option<&Subschema>) -> bool {
        let Some(resource) = self.mapping.resources.get(kind) else { return false };
        let Some(schema) = schema else { return true };
        let values = |attribute: &AttributeDescription| {
            let place = self.attributes.position(attribute.as_str())?;
            Some(entry.values(place))
        };
        resource.confines(&self.directory, key) && resource.filter.evaluate(values, schema) != Some(false)
    }

    fn has_subordinates(&self, entry: &Entry) -> bool {
        let place = self.attributes.position("hasSubordinates");
        place.and_then(|place| entry.first(place)).is_some_and(|value| value.eq_ignore_ascii_case(b"TRUE"))
    }

    /// The ids that resources made of the entry may have.
    fn ids(&self, changed: &ChangedEntry) -> Vec<String> {
        let Some(octets) = &changed.id else { return Vec::new() };
        let decoded = self.mapping.resources.iter().filter_map(|resource| {
            let atom = resource.id.codec.decode(octets)?;
            atom.as_text().map(str::to_owned)
        });
        let mut ids: Vec<String> = decoded.collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

impl Followed {
    /// Takes in what the feed tells.
    pub fn tell(&self, event: FeedEvent) {
        let watch = &self.watch;
        match event {
            FeedEvent::Whole => self.whole.store(true, Ordering::Release),
            FeedEvent::Broken(_) => self.whole.store(false, Ordering::Release),
            FeedEvent::Changed(entries) => watch.changed(&entries),
            FeedEvent::Everything => {
                let now = watch.clock.now();
                watch.changes.groups_changed(now);
                watch.changes.names_changed();
                watch.changes.all_changed(now);
            }
        }
    }

    /// Whether it tells everything.
    pub fn is_whole(&self) -> bool {
        self.whole.load(Ordering::Acquire)
    }
}

/// Values in an order that doesn't depend on the server's.
fn sorted(attributes: &[Vec<Vec<u8>>]) -> Vec<Vec<&[u8]>> {
    fn in_order(values: &[Vec<u8>]) -> Vec<&[u8]> {
        let mut values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
        values.sort_unstable();
        values
    }
    attributes.iter().map(|values| in_order(values)).collect()
}

#[cfg(test)]
mod tests;
