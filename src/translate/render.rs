//! An entry becomes a resource: straight to JSON, or to a tree for the filter evaluator; serde's serializer is the one sink.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::ldap::Entry;
use crate::mapping::atom::Atom;
use crate::mapping::codec::Codec;
use crate::mapping::model::Primary;
use crate::scim::resource_schema::AttrId;

use super::read::{ComputedPart, Field, FieldPlan, MetaPlan, ReadPlan, ReferencePlan, ScalarPlan, Section, SlotPlan};
use super::references::{Target, Targets};
use super::version;

/// An entry seen as a resource.
#[derive(Debug)]
pub struct Rendering<'a> {
    plan: &'a ReadPlan,
    entry: &'a Entry,
    id: Atom<'a>,
    /// What each reference attribute shows.
    references: Vec<Vec<(&'a Target, bool)>>,
    views: Box<[ViewPart]>,
    etag: Option<String>,
}

/// What a reference attribute adds to the second part of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewPart {
    /// The attribute.
    pub(super) attr: AttrId,
    /// A digest of what it shows.
    digest: [u8; 9],
}

impl<'a> Rendering<'a> {
    /// Sees `entry` as a resource by `plan`, its references resolved in `targets`. `None` when it has no id.
    pub fn new(plan: &'a ReadPlan, entry: &'a Entry, targets: &'a Targets) -> Option<Self> {
        let id = entry.first(plan.id.0).and_then(|raw| plan.id.1.decode(raw))?;
        let references: Vec<_> = (0..plan.references.len()).map(|place| plan.shown(place, entry, targets)).collect();
        let state = version::state(&plan.version, entry);
        let views = if state.is_some() { view_parts(plan, &references) } else { Box::default() };
        let etag = state.map(|state| {
            let extras = plan.extras.iter().map(|place| entry.values(*place));
            version::tag(&state, &view(&views, extras))
        });
        Some(Self { plan, entry, id, references, views, etag })
    }

    /// What each reference attribute adds to the entity tag.
    pub fn views(&self) -> &[ViewPart] {
        &self.views
    }

    /// The resource's id.
    pub fn id(&self) -> &str {
        self.id.as_text().unwrap_or_default()
    }

    /// The entity tag, where the projection shows a version.
    pub fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    /// The resource's address.
    pub fn location(&self) -> String {
        format!("{}{}", self.plan.location, self.id())
    }

    /// How many octets it takes as JSON, or some more: a large group's answer shall not be moved while it grows.
    pub fn room(&self) -> usize {
        let held: Vec<usize> = self.plan.held().map(|held| held.place).collect();
        let values = self.entry.attributes.iter().enumerate().filter(|(place, _)| !held.contains(place));
        let stored: usize = values.flat_map(|(_, values)| values).map(Vec::len).sum();
        let shown = self.references.iter().flatten();
        let references: usize = shown.map(|(target, _)| self.plan.locations[target.kind].len() + target.room()).sum();
        1024 + stored * 2 + references
    }

    fn has(&self, field: &Field) -> bool {
        match &field.value {
            FieldPlan::Single(scalar) | FieldPlan::Many(scalar) => scalar.value(self.entry).is_some(),
            FieldPlan::Complex(subs) => subs.iter().any(|(_, scalar)| scalar.value(self.entry).is_some()),
            FieldPlan::Slots(slots) => !elements(slots, self.entry).is_empty(),
            FieldPlan::References(place) => !self.references[*place].is_empty(),
        }
    }

    /// Writes `field` where it has something to show.
    fn write<M: SerializeMap>(&self, field: &Field, map: &mut M) -> Result<(), M::Error> {
        let entry = self.entry;
        let name = &*field.name;
        match &field.value {
            FieldPlan::Single(scalar) => match scalar.value(entry) {
                Some(atom) => map.serialize_entry(name, &atom),
                None => Ok(()),
            },
            FieldPlan::Slots(slots) => match elements(slots, entry).as_slice() {
                [] => Ok(()),
                elements => map.serialize_entry(name, elements),
            },
            _ if !self.has(field) => Ok(()),
            FieldPlan::Many(scalar) => map.serialize_entry(name, &Values { scalar, entry }),
            FieldPlan::Complex(subs) => map.serialize_entry(name, &Element { subs, entry, pick: None, primary: false }),
            FieldPlan::References(place) => {
                let (plan, shown) = (&self.plan.references[*place], &self.references[*place]);
                let view = |(target, direct): &(&'a Target, bool)| ReferenceView {
                    owner: self.plan,
                    plan,
                    target,
                    direct: *direct,
                };
                match shown.first() {
                    Some(first) if plan.singular => map.serialize_entry(name, &view(first)),
                    _ => map.serialize_entry(name, &Views { owner: self.plan, plan, shown }),
                }
            }
        }
    }
}

impl Serialize for Rendering<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let extensions: Vec<(&str, &Section)> = self
            .plan
            .sections
            .iter()
            .filter_map(|section| Some((section.urn.as_deref()?, section)))
            .filter(|(_, section)| section.fields.iter().any(|field| self.has(field)))
            .collect();
        if let Some(core) = &self.plan.schemas {
            let extensions = extensions.iter().map(|(urn, _)| *urn);
            map.serialize_entry("schemas", &Listed(std::iter::once(&**core).chain(extensions).collect::<Vec<_>>()))?;
        }
        map.serialize_entry("id", &self.id)?;
        for section in self.plan.sections.iter().filter(|section| section.urn.is_none()) {
            section.fields.iter().try_for_each(|field| self.write(field, &mut map))?;
        }
        for (urn, section) in extensions {
            map.serialize_entry(urn, &Extension { rendering: self, fields: &section.fields })?;
        }
        if let Some(meta) = self.plan.meta.as_ref().map(|meta| Meta { rendering: self, meta })
            && meta.shows_something()
        {
            map.serialize_entry("meta", &meta)?;
        }
        map.end()
    }
}

/// The VIEW part of a version: what is shown beside the stored state.
pub(super) fn view<'e>(parts: &[ViewPart], extras: impl IntoIterator<Item = &'e [Vec<u8>]>) -> Cow<'static, str> {
    /// Of nothing.
    static NONE: LazyLock<String> = LazyLock::new(|| version::Digest::default().finish(VIEW));
    let mut extras = extras.into_iter().peekable();
    if parts.is_empty() && extras.peek().is_none() {
        return Cow::Borrowed(&NONE);
    }
    let mut hash = version::Digest::default();
    for part in parts {
        hash.part(&part.digest);
    }
    for values in extras {
        hash.count(values.len());
        hash.set(values);
    }
    Cow::Owned(hash.finish(VIEW))
}

/// How many octets of a digest the VIEW part has.
const VIEW: usize = 6;

fn view_parts(plan: &ReadPlan, references: &[Vec<(&Target, bool)>]) -> Box<[ViewPart]> {
    let versioned = plan.references.iter().zip(references).filter(|(reference, _)| reference.versioned);
    versioned.map(|(reference, shown)| ViewPart { attr: reference.attr, digest: view_digest(shown) }).collect()
}

fn view_digest(shown: &[(&Target, bool)]) -> [u8; 9] {
    let mut hash = version::Digest::default();
    hash.count(shown.len());
    // The order means nothing, and to sort many costs more than to add.
    let sum = shown.iter().map(|(target, direct)| digest_of(target, *direct)).fold(0, u128::wrapping_add);
    hash.part(&sum.to_be_bytes());
    hash.octets()
}

fn digest_of(target: &Target, direct: bool) -> u128 {
    let mut hash = version::Digest::default();
    // In few octets: one block of the hash holds most.
    hash.short(target.kind * 2 + usize::from(direct));
    hash.short(target.id.len());
    hash.octets_of(target.id.as_bytes());
    hash.octets_of(target.display.as_deref().unwrap_or_default().as_bytes());
    u128::from_be_bytes(hash.octets())
}

impl ScalarPlan {
    /// The one value.
    pub(super) fn value<'e>(&'e self, entry: &'e Entry) -> Option<Atom<'e>> {
        match self {
            Self::Constant(atom) => Some(borrowed(atom)).filter(|atom| !atom.is_empty()),
            Self::Stored { place, codec, default } => {
                let values = entry.values(*place);
                let stored = values.iter().find_map(|raw| decoded(&**codec, raw));
                match (stored, default) {
                    (None, Some(default)) if values.is_empty() => {
                        Some(borrowed(default)).filter(|atom| !atom.is_empty())
                    }
                    (stored, _) => stored,
                }
            }
            Self::Computed(parts) => computed(parts, entry),
        }
    }

    /// The value that `raw` stands for, where it is one of `place`; the one value otherwise.
    fn value_of<'e>(&'e self, entry: &'e Entry, pick: Option<(usize, &'e [u8])>) -> Option<Atom<'e>> {
        match (self, pick) {
            (Self::Stored { place, codec, .. }, Some((picked, raw))) if *place == picked => codec.decode(raw),
            _ => self.value(entry),
        }
    }
}

/// The value that `raw` stands for, if it stands for one and isn't empty.
fn decoded<'e>(codec: &dyn Codec, raw: &'e [u8]) -> Option<Atom<'e>> {
    codec.decode(raw).filter(|atom| !atom.is_empty())
}

fn borrowed<'e>(atom: &'e Atom<'static>) -> Atom<'e> {
    match atom {
        Atom::Text(text) => Atom::Text(Cow::Borrowed(text)),
        other => other.clone(),
    }
}

fn computed<'e>(parts: &[ComputedPart], entry: &'e Entry) -> Option<Atom<'e>> {
    let mut text = String::new();
    let mut found = false;
    for part in parts {
        match part {
            ComputedPart::Literal(literal) => text.push_str(literal),
            ComputedPart::Places(places) => {
                let value =
                    places.iter().find_map(|place| entry.first(*place).and_then(|raw| std::str::from_utf8(raw).ok()));
                if let Some(value) = value {
                    found = true;
                    text.push_str(value);
                }
            }
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (found && !text.is_empty()).then(|| Atom::Text(text.into()))
}

/// The elements of all `slots`.
fn elements<'e>(slots: &'e [SlotPlan], entry: &'e Entry) -> Vec<Element<'e>> {
    let mut elements = Vec::new();
    slots.iter().for_each(|slot| slot.elements(entry, &mut elements));
    elements
}

impl SlotPlan {
    /// Adds the slot's elements; those of which nothing is shown are left out, unless their number matters.
    fn elements<'e>(&'e self, entry: &'e Entry, elements: &mut Vec<Element<'e>>) {
        let start = elements.len();
        let element = |pick| Element { subs: &self.subs, entry, pick, primary: false };
        match (self.each, self.holders.as_slice()) {
            (Some(place), [(_, codec)]) => {
                let values = entry.values(place).iter().filter(|raw| decoded(&**codec, raw).is_some());
                let most = if self.take_one { 1 } else { usize::MAX };
                elements.extend(values.take(most).map(|raw| element(Some((place, raw.as_slice())))));
            }
            _ if self.exists(entry) => elements.push(element(None)),
            _ => {}
        }
        let primary = match self.primary {
            Primary::Never => false,
            Primary::Always => true,
            Primary::IfSingle => elements.len() - start == 1,
        };
        elements[start..].iter_mut().for_each(|element| element.primary = primary);
        if self.may_be_empty && !primary {
            let own = elements.split_off(start);
            elements.extend(own.into_iter().filter(Element::shows_something));
        }
    }

    fn exists(&self, entry: &Entry) -> bool {
        let stored = self
            .holders
            .iter()
            .any(|(place, codec)| entry.values(*place).iter().any(|raw| decoded(&**codec, raw).is_some()));
        stored || self.subs.iter().any(|(_, sub)| matches!(sub, ScalarPlan::Computed(_)) && sub.value(entry).is_some())
    }
}

struct Extension<'a, 'r> {
    rendering: &'r Rendering<'a>,
    fields: &'r [Field],
}

impl Serialize for Extension<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.fields.iter().try_for_each(|field| self.rendering.write(field, &mut map))?;
        map.end()
    }
}

struct Meta<'a, 'r> {
    rendering: &'r Rendering<'a>,
    meta: &'r MetaPlan,
}

impl Meta<'_, '_> {
    fn shows_something(&self) -> bool {
        let (rendering, meta) = (self.rendering, self.meta);
        let dates = || [&meta.created, &meta.last_modified].into_iter().flatten();
        meta.resource_type
            || meta.location
            || (meta.version && rendering.etag.is_some())
            || dates().any(|scalar| scalar.value(rendering.entry).is_some())
    }
}

impl Serialize for Meta<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let (rendering, meta) = (self.rendering, self.meta);
        if meta.resource_type {
            map.serialize_entry("resourceType", &rendering.plan.type_name)?;
        }
        for (name, scalar) in [("created", &meta.created), ("lastModified", &meta.last_modified)] {
            if let Some(atom) = scalar.as_ref().and_then(|scalar| scalar.value(rendering.entry)) {
                map.serialize_entry(name, &atom)?;
            }
        }
        if meta.location {
            map.serialize_entry("location", &Concatenated(&rendering.plan.location, rendering.id()))?;
        }
        if let (true, Some(etag)) = (meta.version, rendering.etag()) {
            map.serialize_entry("version", etag)?;
        }
        map.end()
    }
}

/// Every value of a multi-valued simple attribute.
struct Values<'a> {
    scalar: &'a ScalarPlan,
    entry: &'a Entry,
}

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.scalar {
            ScalarPlan::Stored { place, codec, .. } if !self.entry.values(*place).is_empty() => {
                serializer.collect_seq(self.entry.values(*place).iter().filter_map(|raw| decoded(&**codec, raw)))
            }
            scalar => serializer.collect_seq(scalar.value(self.entry)),
        }
    }
}

/// A complex value.
struct Element<'a> {
    subs: &'a [(Box<str>, ScalarPlan)],
    entry: &'a Entry,
    pick: Option<(usize, &'a [u8])>,
    primary: bool,
}

impl Element<'_> {
    fn shows_something(&self) -> bool {
        self.primary || self.subs.iter().any(|(_, scalar)| scalar.value_of(self.entry, self.pick).is_some())
    }
}

impl Serialize for Element<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, scalar) in self.subs {
            if let Some(atom) = scalar.value_of(self.entry, self.pick) {
                map.serialize_entry(&**name, &atom)?;
            }
        }
        if self.primary {
            map.serialize_entry("primary", &true)?;
        }
        map.end()
    }
}

/// A reference as it is shown.
struct ReferenceView<'a> {
    owner: &'a ReadPlan,
    plan: &'a ReferencePlan,
    target: &'a Target,
    direct: bool,
}

impl Serialize for ReferenceView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if self.plan.value {
            map.serialize_entry("value", &self.target.id)?;
        }
        if self.plan.reference {
            map.serialize_entry("$ref", &Concatenated(&self.owner.locations[self.target.kind], &self.target.id))?;
        }
        if let (Some(name), Some(display)) = (&self.plan.display, &self.target.display) {
            map.serialize_entry(&**name, display)?;
        }
        if self.plan.type_ {
            let type_ = match self.plan.origin {
                super::read::Origin::Back { .. } if self.direct => "direct",
                super::read::Origin::Back { .. } => "indirect",
                super::read::Origin::Held(_) => &*self.owner.type_names[self.target.kind],
            };
            map.serialize_entry("type", type_)?;
        }
        map.end()
    }
}

/// References as they are shown.
struct Views<'a, 'r> {
    owner: &'a ReadPlan,
    plan: &'a ReferencePlan,
    shown: &'r [(&'a Target, bool)],
}

impl Serialize for Views<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { owner, plan, shown } = self;
        serializer.collect_seq(shown.iter().map(|(target, direct)| ReferenceView {
            owner,
            plan,
            target,
            direct: *direct,
        }))
    }
}

struct Listed<T>(Vec<T>);

impl<T: Serialize> Serialize for Listed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

/// Two texts as one string.
struct Concatenated<'a>(&'a str, &'a str);

impl Serialize for Concatenated<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Formatting would look at each part for what must be escaped.
        serializer.serialize_str(&[self.0, self.1].concat())
    }
}

#[cfg(test)]
mod tests;
