//! References to other resources: which must be resolved to show an entry, and what they were resolved to.

use std::collections::HashSet;
use std::collections::hash_map::{self, HashMap};
use std::sync::Arc;

use crate::ldap::dn::DnKey;
use crate::ldap::{AttributeDescription, Entry};
use crate::mapping::model::{ReferenceForm, TypeIndex};

use super::primary_group;
use super::read::{BackSearch, HeldReference, Origin, PrimaryPlan, ReadPlan};
use crate::scim::resource_schema::AttrId;

/// A resource that another one refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its type.
    pub kind: TypeIndex,
    /// Its id.
    pub id: Box<str>,
    /// What it is called, where its type has a name for people and it has one.
    pub display: Option<Box<str>>,
}

impl Target {
    /// How many octets it takes as JSON, without its type's address.
    pub(super) fn room(&self) -> usize {
        const NAMES: usize = r#"{"value":"","$ref":"","display":"","type":"indirect"},"#.len();
        NAMES + 2 * self.id.len() + self.display.as_deref().map_or(0, str::len)
    }
}

/// What must be resolved before entries can be shown.
#[derive(Debug, Default)]
pub struct Wanted {
    /// DNs as stored, without an identifier where one may stand behind them, with the types they may be of.
    pub dns: HashMap<Vec<u8>, Vec<TypeIndex>>,
    /// Values of an attribute that name entries, with the types they may be of.
    pub keys: HashMap<(String, Vec<u8>), (AttributeDescription, Vec<TypeIndex>)>,
    /// LDAP URLs, with the types that their results may be of.
    pub urls: HashMap<Vec<u8>, Vec<TypeIndex>>,
    /// Entries that may be referred to by others: by their DN, with the values that name them in other ways.
    pub referred: Vec<Referred>,
}

/// An entry whose referrers must be searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referred {
    /// Its DN.
    pub dn: String,
    /// The attributes and values by which a referrer may name it.
    pub keys: Vec<(AttributeDescription, Vec<u8>)>,
    /// The referrers that the directory keeps on the entry.
    pub kept: Vec<Vec<u8>>,
    /// Which referrers are meant.
    pub back: BackSearch,
}

/// What references were resolved to. A value that isn't here names nothing that may be shown.
#[derive(Debug, Default)]
pub struct Targets {
    dns: HashMap<Vec<u8>, Arc<Target>>,
    keys: HashMap<(String, Vec<u8>), Vec<Arc<Target>>>,
    /// The values in `keys`, of whatever attribute.
    key_values: HashSet<Vec<u8>>,
    urls: HashMap<Vec<u8>, Vec<Arc<Target>>>,
    /// Values that are no names, or describe no search.
    unreadable: HashSet<Vec<u8>>,
    referrers: HashMap<(TypeIndex, AttrId), Referrers>,
}

/// Who refers to the entry of each DN, and whether it does so itself.
type Referrers = HashMap<String, Vec<(Arc<Target>, bool)>>;

impl Targets {
    /// Expects this many more names.
    pub fn reserve(&mut self, names: usize) {
        self.dns.reserve(names);
    }

    /// Notes what the stored DN `value` names.
    pub fn insert_dn(&mut self, value: Vec<u8>, target: Arc<Target>) {
        self.dns.insert(value, target);
    }

    /// Notes one of the resources that `value` of `attribute` names.
    pub fn insert_key(&mut self, attribute: &AttributeDescription, value: Vec<u8>, target: Arc<Target>) {
        self.key_values.insert(value.clone());
        self.keys.entry((attribute.as_str().to_ascii_lowercase(), value)).or_default().push(target);
    }

    /// Notes what an LDAP URL's search found.
    pub fn insert_url(&mut self, url: Vec<u8>, targets: Vec<Arc<Target>>) {
        self.urls.insert(url, targets);
    }

    /// Notes that `value` is no name, or describes no search.
    pub fn insert_unreadable(&mut self, value: Vec<u8>) {
        self.unreadable.insert(value);
    }

    /// Notes a resource that refers to the entry called `dn` by what `back` says, and whether it does so itself.
    pub fn insert_referrer(&mut self, back: &BackSearch, dn: &str, target: Arc<Target>, direct: bool) {
        let referrers = self.referrers.entry((back.referrer, back.attribute)).or_default();
        referrers.entry(dn.to_owned()).or_default().push((target, direct));
    }

    /// Takes in what others were resolved to.
    pub fn extend(&mut self, other: Self) {
        self.dns.extend(other.dns);
        self.keys.extend(other.keys);
        self.key_values.extend(other.key_values);
        self.urls.extend(other.urls);
        self.unreadable.extend(other.unreadable);
        self.referrers.extend(other.referrers);
    }

    /// Whether `value`, as it is stored, names anything that may be shown.
    pub fn names(&self, value: &[u8]) -> bool {
        self.dns.contains_key(name_alone(value)) || self.key_values.contains(value)
    }

    /// The ids of what `value` of a reference of this form names.
    pub fn ids<'t>(&'t self, form: &ReferenceForm, value: &[u8]) -> impl Iterator<Item = &'t str> + use<'t> {
        self.held(form, value).iter().map(|target| &*target.id)
    }

    /// What `value` of a reference of this form names.
    fn held(&self, form: &ReferenceForm, value: &[u8]) -> &[Arc<Target>] {
        match form {
            ReferenceForm::Dn => self.dns.get(value).map_or(&[], std::slice::from_ref),
            ReferenceForm::NameAndOptionalUid => self.dns.get(name_alone(value)).map_or(&[], std::slice::from_ref),
            ReferenceForm::Url => self.urls.get(value).map_or(&[], Vec::as_slice),
            ReferenceForm::Key(key) => {
                self.keys.get(&(key.as_str().to_ascii_lowercase(), value.to_vec())).map_or(&[], Vec::as_slice)
            }
            ReferenceForm::PrimaryGroup(key) => {
                primary_group::members(key, value).and_then(|url| self.urls.get(&url)).map_or(&[], Vec::as_slice)
            }
        }
    }

    /// Whether any value is no name, or describes no search.
    pub fn has_unreadable(&self) -> bool {
        !self.unreadable.is_empty()
    }

    /// Whether `value` is no name, or describes no search.
    pub fn is_unreadable(&self, value: &[u8]) -> bool {
        self.unreadable.contains(value)
    }

    /// What the stored DN `value` names.
    pub fn dn(&self, value: &[u8]) -> Option<&Arc<Target>> {
        self.dns.get(value)
    }
}

/// A stored name without the optional unique identifier behind it (RFC 4517 section 3.3.21).
pub fn without_uid(value: &str) -> &str {
    match value.rsplit_once('#') {
        Some((name, uid)) if uid.starts_with('\'') && uid.ends_with("'B") && !name.ends_with('\\') => name,
        _ => value,
    }
}

/// As [`without_uid`], of octets.
pub fn name_alone(value: &[u8]) -> &[u8] {
    std::str::from_utf8(value).map_or(value, |text| without_uid(text).as_bytes())
}

impl ReadPlan {
    /// Collects what must be resolved to show `entry`.
    pub fn wants(&self, entry: &Entry, wanted: &mut Wanted) {
        for plan in &self.references {
            match &plan.origin {
                Origin::Held(held) => held.iter().for_each(|held| self.wants_held(held, entry, wanted)),
                Origin::Back { via, bound, search, keys, referrer, nested, attribute, primary } => {
                    if let Some(sid) = primary.as_ref().and_then(|primary| primary.group(entry)) {
                        let key = (primary_sid(primary.as_ref()), sid);
                        if let Some(PrimaryPlan { attribute, .. }) = primary {
                            wanted.keys.entry(key).or_insert_with(|| (attribute.clone(), vec![*referrer]));
                        }
                    }
                    let kept: &[Vec<u8>] = via.map_or(&[], |place| entry.values(place));
                    for value in kept {
                        want(&mut wanted.dns, value, &[*referrer]);
                    }
                    let in_none = bound.is_some_and(|place| entry.values(place).is_empty());
                    if (*search || *nested) && !in_none {
                        let attributes = self.attributes.iter().as_slice();
                        let keys =
                            keys.iter().filter_map(|place| Some((attributes.get(*place)?, entry.values(*place))));
                        let keys =
                            keys.flat_map(|(name, values)| values.iter().map(|value| (name.clone(), value.clone())));
                        let keys = keys.filter(|(_, value)| value.len() <= 256).collect();
                        let (search, nested, referrer, attribute) = (*search, *nested, *referrer, *attribute);
                        let back = BackSearch { referrer, attribute, search, nested };
                        wanted.referred.push(Referred { dn: entry.dn.clone(), keys, kept: kept.to_vec(), back });
                    }
                }
            }
        }
    }

    fn wants_held(&self, held: &HeldReference, entry: &Entry, wanted: &mut Wanted) {
        if !self.is_of_class(entry, held) {
            return;
        }
        let spec = &held.reference;
        // A group may have very many, and a map that grows hashes all that it has anew.
        wanted.dns.reserve(entry.values(held.place).len());
        for value in entry.values(held.place) {
            match &spec.form {
                ReferenceForm::Dn => want(&mut wanted.dns, value, &spec.targets),
                ReferenceForm::NameAndOptionalUid => want(&mut wanted.dns, name_alone(value), &spec.targets),
                ReferenceForm::Url => want(&mut wanted.urls, value, &spec.targets),
                ReferenceForm::PrimaryGroup(key) => {
                    if let Some(url) = primary_group::members(key, value) {
                        want(&mut wanted.urls, &url, &spec.targets);
                    }
                }
                ReferenceForm::Key(key) => {
                    wanted
                        .keys
                        .entry((key.as_str().to_ascii_lowercase(), value.clone()))
                        .or_insert_with(|| (key.clone(), spec.targets.clone()));
                }
            }
        }
    }

    pub(super) fn is_of_class(&self, entry: &Entry, held: &HeldReference) -> bool {
        let (Some(classes), Some(place)) = (&held.reference.classes, self.object_class) else { return true };
        let is = |stored: &[u8]| classes.iter().any(|class| stored.eq_ignore_ascii_case(class.as_bytes()));
        entry.values(place).iter().any(|stored| is(stored))
    }

    /// The ids of the referrers that the directory keeps on `entry` and that may be shown, by how others of their kind are found;
    /// nothing where what is kept isn't shown as it stands.
    pub fn kept<'t>(&self, entry: &Entry, targets: &'t Targets) -> Option<Vec<(BackSearch, Vec<&'t str>)>> {
        let mut all = Vec::new();
        for plan in &self.references {
            let Origin::Back { via, bound, referrer, .. } = &plan.origin else { continue };
            if bound.is_some() {
                return None;
            }
            if let (Some(place), Some(back)) = (via, plan.origin.search()) {
                let resolved = entry.values(*place).iter().filter_map(|value| targets.dns.get(value));
                let ids = resolved.filter(|target| target.kind == *referrer).map(|target| &*target.id);
                all.push((back, ids.collect()));
            }
        }
        Some(all)
    }

    /// The resources that `plan` shows of `entry`, each with whether it is referred to directly.
    pub(super) fn shown<'t>(&self, place: usize, entry: &Entry, targets: &'t Targets) -> Vec<(&'t Target, bool)> {
        let Some(plan) = self.references.get(place) else { return Vec::new() };
        let mut shown = Vec::new();
        match &plan.origin {
            Origin::Held(held) => {
                for held in held.iter().filter(|held| self.is_of_class(entry, held)) {
                    self.shown_held(held, entry, targets, &mut shown);
                }
                if held.len() > 1 || held.iter().any(|held| held.reference.form != ReferenceForm::Dn) {
                    unrepeated(&mut shown);
                }
            }
            Origin::Back { via, referrer, attribute, primary, .. } => {
                let kept = via.map_or(&[][..], |place| entry.values(place));
                shown.extend(kept.iter().filter_map(|value| targets.dns.get(value)).map(|target| (&**target, true)));
                if let Some(sid) = primary.as_ref().and_then(|primary| primary.group(entry)) {
                    let found = targets.keys.get(&(primary_sid(primary.as_ref()), sid)).into_iter().flatten();
                    shown.extend(found.map(|target| (&**target, true)));
                    unrepeated(&mut shown);
                }
                shown.retain(|(target, _)| target.kind == *referrer);
                let found = targets.referrers.get(&(*referrer, *attribute)).and_then(|all| all.get(&entry.dn));
                if let Some(found) = found {
                    shown.extend(found.iter().map(|(target, direct)| (&**target, *direct)));
                    unrepeated(&mut shown);
                }
            }
        }
        if plan.may_be_empty {
            shown.retain(|(target, _)| target.display.is_some());
        }
        if plan.singular {
            shown.truncate(1);
        }
        shown
    }

    fn shown_held<'t>(
        &self,
        held: &HeldReference,
        entry: &Entry,
        targets: &'t Targets,
        shown: &mut Vec<(&'t Target, bool)>,
    ) {
        let spec = &held.reference;
        for value in entry.values(held.place) {
            let found = targets.held(&spec.form, value);
            shown.extend(
                found.iter().filter(|target| spec.targets.contains(&target.kind)).map(|target| (&**target, true)),
            );
        }
    }

    /// The DN keys of names that stand for "nobody" and are never resolved.
    pub fn placeholders(&self) -> Vec<&DnKey> {
        let mut placeholders = Vec::new();
        for plan in &self.references {
            if let Origin::Held(held) = &plan.origin {
                placeholders.extend(held.iter().filter_map(|held| held.reference.placeholder.as_ref()));
            }
        }
        placeholders
    }
}

/// The name under which a primary group's SID is resolved.
fn primary_sid(primary: Option<&PrimaryPlan>) -> String {
    primary.map(|primary| primary.attribute.as_str().to_ascii_lowercase()).unwrap_or_default()
}

fn want(into: &mut HashMap<Vec<u8>, Vec<TypeIndex>>, value: &[u8], kinds: &[TypeIndex]) {
    match into.entry(value.to_vec()) {
        hash_map::Entry::Occupied(mut present) => {
            let present = present.get_mut();
            present.extend(kinds.iter().filter(|kind| !present.contains(kind)).copied().collect::<Vec<_>>());
        }
        hash_map::Entry::Vacant(place) => {
            place.insert(kinds.to_vec());
        }
    }
}

/// Keeps the first mention of each resource.
fn unrepeated(shown: &mut Vec<(&Target, bool)>) {
    let mut seen = HashSet::new();
    shown.retain(|(target, _)| seen.insert((target.kind, &target.id)));
}
