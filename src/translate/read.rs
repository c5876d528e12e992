//! What is read of an entry to show a resource: compiled once per resource type and projection, used for every entry.

use std::sync::{Arc, OnceLock};

use crate::ldap::{AttributeDescription, AttributeSet, Dereference, Entry, Subschema};
use crate::mapping::atom::Atom;
use crate::mapping::codec::Codec;
use crate::mapping::model::{Builtin, Primary, Reference, ReferenceForm, Scalar, Slot, Source, TypeIndex, Version};
use crate::mapping::template::Part;
use crate::scim::projection::Projection;
use crate::scim::resource_schema::{AttrId, AttrPath, ResourceSchema, SubId};
use crate::scim::schema::Returned;

use super::primary_group::{self, PrimaryGroup};
use super::view::View;

/// What is read of an entry of one type for one projection.
#[derive(Debug)]
pub struct ReadPlan {
    /// The type.
    pub kind: TypeIndex,
    /// The attributes to ask for; places in the other parts point into it.
    pub attributes: Arc<AttributeSet>,
    pub(super) type_name: Box<str>,
    /// `https://…/Users/`: what the locations of this type start with.
    pub(super) location: Box<str>,
    pub(super) id: (usize, Arc<dyn Codec>),
    pub(super) schemas: Option<Box<str>>,
    pub(super) sections: Vec<Section>,
    /// Stored values that should be what the mapping takes them for.
    pub(super) looks: OnceLock<Vec<Look>>,
    pub(super) meta: Option<MetaPlan>,
    pub(super) version: VersionPlan,
    /// The attributes that are shown.
    pub(super) shown: Vec<AttrId>,
    /// The references that are shown.
    pub(super) references: Vec<ReferencePlan>,
    pub(super) object_class: Option<usize>,
    /// Attributes that are shown on request and are no part of the version's STATE.
    pub(super) extras: Vec<usize>,
    /// `https://…/Groups/` by type, for `$ref`.
    pub(super) locations: Vec<Box<str>>,
    pub(super) type_names: Vec<Box<str>>,
}

/// An attribute whose stored values should be what `codec` takes them for, and `one` where the resource shows one of them.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) place: usize,
    pub(super) codec: Arc<dyn Codec>,
    pub(super) one: bool,
}

/// The attributes of the core schema (no URN) or of an extension.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) urn: Option<Box<str>>,
    pub(super) fields: Vec<Field>,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: Box<str>,
    pub(super) value: FieldPlan,
}

#[derive(Debug)]
pub(super) enum FieldPlan {
    /// One value.
    Single(ScalarPlan),
    /// Each value of an attribute.
    Many(ScalarPlan),
    Complex(Vec<(Box<str>, ScalarPlan)>),
    Slots(Vec<SlotPlan>),
    /// A place in [`ReadPlan::references`].
    References(usize),
}

#[derive(Debug)]
pub(super) enum ScalarPlan {
    Stored { place: usize, codec: Arc<dyn Codec>, default: Option<Atom<'static>> },
    Constant(Atom<'static>),
    Computed(Vec<ComputedPart>),
}

#[derive(Debug)]
pub(super) enum ComputedPart {
    Literal(String),
    Places(Vec<usize>),
}

#[derive(Debug)]
pub(super) struct SlotPlan {
    pub(super) subs: Vec<(Box<str>, ScalarPlan)>,
    /// The one attribute each of whose values is an element.
    pub(super) each: Option<usize>,
    /// What makes the element exist, shown or not.
    pub(super) holders: Vec<(usize, Arc<dyn Codec>)>,
    pub(super) primary: Primary,
    pub(super) take_one: bool,
    /// Whether an element may show nothing, and then isn't shown.
    pub(super) may_be_empty: bool,
}

#[derive(Debug)]
pub(super) struct MetaPlan {
    pub(super) resource_type: bool,
    pub(super) location: bool,
    pub(super) created: Option<ScalarPlan>,
    pub(super) last_modified: Option<ScalarPlan>,
    pub(super) version: bool,
}

/// What a version is made of.
#[derive(Debug)]
pub(super) enum VersionPlan {
    /// It isn't shown.
    None,
    /// These attributes' stored values, under the mapping's fingerprint; by name, because a projection decides the places.
    Content { fingerprint: u64, stored: Vec<(Box<str>, usize)> },
    /// This attribute's value.
    Attribute { fingerprint: u64, place: usize },
}

/// One reference attribute that is shown.
#[derive(Debug)]
pub struct ReferencePlan {
    pub(super) attr: AttrId,
    pub(super) singular: bool,
    pub(super) value: bool,
    pub(super) reference: bool,
    pub(super) display: Option<Box<str>>,
    pub(super) type_: bool,
    /// Whether a reference may show nothing, and then isn't shown.
    pub(super) may_be_empty: bool,
    /// Whether the version covers it.
    pub(super) versioned: bool,
    pub(super) origin: Origin,
}

/// Where references come from.
#[derive(Debug)]
pub(super) enum Origin {
    /// The entry holds them.
    Held(Vec<HeldReference>),
    /// Others hold them; `via` is where the directory keeps them on this entry.
    ///
    /// `search` where some must be searched for, by the entry's name or by the attributes at the places `keys`; not for entries that
    /// have nothing at the place `bound`.
    Back {
        attribute: AttrId,
        via: Option<usize>,
        bound: Option<usize>,
        search: bool,
        keys: Vec<usize>,
        referrer: TypeIndex,
        nested: bool,
        primary: Option<PrimaryPlan>,
    },
}

/// What an entry's primary group is known by.
#[derive(Debug)]
pub(super) struct PrimaryPlan {
    /// The place of the entry's own SID.
    sid: usize,
    /// The place of the last part of its group's.
    key: usize,
    /// The attribute that holds SIDs.
    pub(super) attribute: AttributeDescription,
}

impl PrimaryPlan {
    /// The SID of the entry's primary group.
    pub(super) fn group(&self, entry: &Entry) -> Option<Vec<u8>> {
        primary_group::group(entry.first(self.sid)?, entry.first(self.key)?)
    }
}

impl Origin {
    /// How referrers are found, where others hold the references.
    pub(super) fn search(&self) -> Option<BackSearch> {
        match self {
            Self::Back { attribute, search, referrer, nested, .. } => {
                Some(BackSearch { referrer: *referrer, attribute: *attribute, search: *search, nested: *nested })
            }
            Self::Held(_) => None,
        }
    }
}

#[derive(Debug)]
pub(super) struct HeldReference {
    pub(super) place: usize,
    pub(super) reference: Arc<ReferenceSpec>,
}

/// A reference's specification, detached from the mapping so that a plan owns it.
#[derive(Debug)]
pub(super) struct ReferenceSpec {
    /// The names of the class and of all that inherit from it.
    pub(super) classes: Option<Vec<Box<str>>>,
    pub(super) form: ReferenceForm,
    pub(super) targets: Vec<TypeIndex>,
    pub(super) placeholder: Option<crate::ldap::dn::DnKey>,
}

/// How the referrers that aren't kept on an entry are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackSearch {
    /// The referring type.
    pub referrer: TypeIndex,
    /// Its attribute.
    pub attribute: AttrId,
    /// Whether some kinds must be searched for.
    pub search: bool,
    /// Whether referrers of referrers count.
    pub nested: bool,
}

impl ReadPlan {
    /// Compiles what `projection` shows to a client of resources of `kind`: an element that has none of the sub-attributes which
    /// are shown isn't shown either, as empty values are no values (RFC 7643 section 2.5).
    ///
    /// `base_url` is what locations start with, without a slash at its end.
    pub fn compile(view: &View, kind: TypeIndex, projection: &Projection, base_url: &str) -> Self {
        let attributes = AttributeSet::new();
        Compiler::new(view, kind, projection, attributes).compile(base_url)
    }

    /// As [`ReadPlan::compile`], with the version that an entity tag is made of though the client isn't shown it.
    pub fn compile_versioned(view: &View, kind: TypeIndex, projection: &Projection, base_url: &str) -> Self {
        let compiler = Compiler::new(view, kind, projection, AttributeSet::new());
        Compiler { versioned: true, ..compiler }.compile(base_url)
    }

    /// As [`ReadPlan::compile`], for a filter or an order instead of a client, which know elements by what they lack as well; and
    /// for entries of a search that asks for `attributes` anyway: those keep their places.
    pub fn compile_onto(
        attributes: AttributeSet,
        view: &View,
        kind: TypeIndex,
        projection: &Projection,
        base_url: &str,
    ) -> Self {
        let compiler = Compiler::new(view, kind, projection, attributes);
        Compiler { hides_empty: false, ..compiler }.compile(base_url)
    }

    /// The id of `entry`, if it has one.
    pub fn id(&self, entry: &Entry) -> Option<String> {
        entry.first(self.id.0).and_then(|raw| self.id.1.decode(raw)).and_then(|atom| atom.as_text().map(str::to_owned))
    }

    /// Whether anything of other entries is shown.
    pub fn shows_references(&self) -> bool {
        !self.references.is_empty()
    }

    /// Whether the attribute is shown.
    pub fn shows(&self, attr: AttrId) -> bool {
        self.shown.contains(&attr)
    }

    /// How many names `entry` holds that must be resolved.
    pub fn held_names(&self, entry: &Entry) -> usize {
        self.held().map(|held| entry.values(held.place).len()).sum()
    }

    /// The references that the entries themselves hold.
    pub(super) fn held(&self) -> impl Iterator<Item = &HeldReference> {
        let held = self.references.iter().filter_map(|plan| match &plan.origin {
            Origin::Held(held) => Some(held),
            Origin::Back { .. } => None,
        });
        held.flatten()
    }

    /// The references that others hold and that are shown.
    pub fn back_references(&self) -> impl Iterator<Item = BackSearch> {
        self.references.iter().filter_map(|plan| plan.origin.search())
    }

    /// The DN-valued attributes that are worth dereferencing in the same search: those of which an entry has few values.
    pub fn dereferences(&self, wanted: &Arc<AttributeSet>) -> Vec<Dereference> {
        let mut places: Vec<usize> = Vec::new();
        for plan in &self.references {
            match &plan.origin {
                Origin::Back { via: Some(place), .. } => places.push(*place),
                Origin::Held(held) if plan.singular => places
                    .extend(held.iter().filter(|held| held.reference.form == ReferenceForm::Dn).map(|held| held.place)),
                _ => {}
            }
        }
        if places.is_empty() {
            return Vec::new();
        }
        self.attributes
            .iter()
            .enumerate()
            .filter(|(place, _)| places.contains(place))
            .map(|(_, attribute)| Dereference { attribute: attribute.clone(), attributes: wanted.clone() })
            .collect()
    }
}

struct Compiler<'a> {
    view: &'a View,
    kind: TypeIndex,
    projection: &'a Projection,
    hides_empty: bool,
    versioned: bool,
    attributes: AttributeSet,
    references: Vec<ReferencePlan>,
    object_class: Option<usize>,
}

impl<'a> Compiler<'a> {
    fn new(view: &'a View, kind: TypeIndex, projection: &'a Projection, attributes: AttributeSet) -> Self {
        let (hides_empty, versioned) = (true, false);
        Self { view, kind, projection, hides_empty, versioned, attributes, references: Vec::new(), object_class: None }
    }

    fn compile(mut self, base_url: &str) -> ReadPlan {
        let resource = self.view.resource(self.kind);
        let schema = resource.schema.clone();
        let id = (self.place(&resource.id.attribute), resource.id.codec.clone());
        let mut sections = vec![Section { urn: None, fields: Vec::new() }];
        sections.extend(
            schema
                .extensions()
                .iter()
                .map(|(extension, _)| Section { urn: Some(extension.id.as_str().into()), fields: Vec::new() }),
        );
        let (mut schemas, mut meta) = (None, None);
        let mut extras = Vec::new();
        for definition in schema.attributes() {
            let attr = definition.id;
            if !self.projection.includes_attr(attr) {
                continue;
            }
            match resource.source(attr) {
                Source::Builtin(Builtin::Schemas) => schemas = Some(schema.core().id.as_str().into()),
                Source::Builtin(Builtin::Id) => {}
                Source::Builtin(Builtin::Meta { created, last_modified }) => {
                    meta = Some(self.meta(&schema, attr, created.as_ref(), last_modified.as_ref()));
                }
                source => {
                    if definition.attribute.returned == Returned::Request && self.is_versioned(&schema, attr) {
                        extras.extend(source.stored());
                    }
                    let section = definition.schema.unwrap_or(0).min(sections.len() - 1);
                    if let Some(value) = self.field(&schema, attr, source) {
                        sections[section].fields.push(Field { name: definition.attribute.name.as_str().into(), value });
                    }
                }
            }
        }
        let extras = extras.into_iter().filter(|attribute| self.view.knows(attribute)).map(|a| self.place(a)).collect();
        let versioned = self.versioned || meta.as_ref().is_some_and(|meta: &MetaPlan| meta.version);
        let version = if versioned { self.version() } else { VersionPlan::None };
        let location = |resource: &crate::mapping::model::Resource| -> Box<str> {
            format!("{base_url}{}/", resource.schema.endpoint()).into()
        };
        ReadPlan {
            kind: self.kind,
            attributes: Arc::new(self.attributes),
            type_name: resource.name.as_str().into(),
            location: location(resource),
            looks: OnceLock::new(),
            id,
            schemas,
            sections,
            meta,
            version,
            shown: schema
                .attributes()
                .iter()
                .map(|def| def.id)
                .filter(|attr| self.projection.includes_attr(*attr))
                .collect(),
            references: self.references,
            object_class: self.object_class,
            extras,
            locations: self.view.mapping.resources.iter().map(location).collect(),
            type_names: self.view.mapping.resources.iter().map(|resource| resource.name.as_str().into()).collect(),
        }
    }

    fn place(&mut self, attribute: &AttributeDescription) -> usize {
        self.attributes.insert(attribute)
    }

    fn field(&mut self, schema: &ResourceSchema, attr: AttrId, source: &Source) -> Option<FieldPlan> {
        match source {
            Source::Unmapped | Source::WriteOnly(_) | Source::Builtin(_) => None,
            Source::Scalar(scalar) => {
                let plan = self.scalar(scalar)?;
                Some(if schema.is_multi_valued(attr) { FieldPlan::Many(plan) } else { FieldPlan::Single(plan) })
            }
            Source::Complex(subs) => {
                let subs = self.subs(schema, attr, subs);
                (!subs.is_empty()).then_some(FieldPlan::Complex(subs))
            }
            Source::Slots(slots) => {
                let slots: Vec<_> = slots.iter().filter_map(|slot| self.slot(schema, attr, slot)).collect();
                (!slots.is_empty()).then_some(FieldPlan::Slots(slots))
            }
            Source::References(references) => {
                let held: Vec<_> = references.iter().filter_map(|reference| self.held(reference)).collect();
                (!held.is_empty()).then(|| self.reference(schema, attr, Origin::Held(held)))
            }
            Source::Backreference(back) => {
                let via = back.via.as_ref().filter(|via| self.view.knows(via)).cloned().map(|via| self.place(&via));
                let (via, bound) = if back.via_nested { (None, via) } else { (via, None) };
                let keys = self.searches_back(back.referrer, back.attribute, via.is_some());
                let bound = bound.filter(|_| self.searches_back(back.referrer, back.attribute, true).is_none());
                let primary = match self.view.resource(back.referrer).source(back.attribute) {
                    Source::References(all) => PrimaryGroup::among(all, &self.view.schema),
                    _ => None,
                };
                let primary = primary.map(|PrimaryGroup { sid, key }| PrimaryPlan {
                    sid: self.place(&sid),
                    key: self.place(&key),
                    attribute: sid,
                });
                let origin = Origin::Back {
                    attribute: back.attribute,
                    via,
                    bound,
                    search: keys.is_some(),
                    keys: keys.unwrap_or_default(),
                    referrer: back.referrer,
                    nested: back.nested,
                    primary,
                };
                Some(self.reference(schema, attr, origin))
            }
        }
    }

    /// The places of what referrers may name the entry by, besides its name; `None` where all kinds of referrer are kept on
    /// the entry, so that none must be searched for.
    fn searches_back(&mut self, referrer: TypeIndex, attribute: AttrId, kept: bool) -> Option<Vec<usize>> {
        let view = self.view;
        let Source::References(references) = view.resource(referrer).source(attribute) else { return None };
        let mut keys = None;
        for reference in references {
            let own = matches!(reference.form, ReferenceForm::PrimaryGroup(_));
            if own || !view.knows(&reference.attribute) || (kept && reference.back_reference_kept) {
                continue;
            }
            let keys = keys.get_or_insert_with(Vec::new);
            if let ReferenceForm::Key(key) = &reference.form {
                keys.push(self.place(key));
            }
        }
        let elsewhere = view.mapping.is_named_elsewhere(self.kind, referrer);
        keys.or_else(|| elsewhere.then(Vec::new))
    }

    /// Whether what is shown of `attr` belongs to the version of the representation: not where it is read for a filter alone.
    fn is_versioned(&self, schema: &ResourceSchema, attr: AttrId) -> bool {
        let on_request = schema.get(attr).is_some_and(|def| def.attribute.returned == Returned::Request);
        !on_request || self.projection.requested(AttrPath::whole(attr))
    }

    fn reference(&mut self, schema: &ResourceSchema, attr: AttrId, origin: Origin) -> FieldPlan {
        let shows = |name: &str| {
            schema.sub(attr, name).is_some_and(|sub| self.projection.includes(AttrPath { attr, sub: Some(sub) }))
        };
        let display = ["display", "displayName"].into_iter().find(|name| shows(name)).map(Into::into);
        let (value, reference, type_) = (shows("value"), shows("$ref"), shows("type"));
        let plan = ReferencePlan {
            attr,
            singular: !schema.is_multi_valued(attr),
            value,
            reference,
            display,
            type_,
            may_be_empty: self.hides_empty && !(value || reference || type_),
            versioned: self.is_versioned(schema, attr),
            origin,
        };
        self.references.push(plan);
        FieldPlan::References(self.references.len() - 1)
    }

    fn held(&mut self, reference: &Reference) -> Option<HeldReference> {
        if !self.view.knows(&reference.attribute) {
            return None;
        }
        if reference.class.is_some() && self.object_class.is_none() {
            self.object_class = "objectClass".parse().ok().map(|attribute| self.place(&attribute));
        }
        let spec = ReferenceSpec {
            classes: reference.class.as_deref().map(|class| names_of_class(&self.view.schema, class)),
            form: reference.form.clone(),
            targets: reference.targets.clone(),
            placeholder: reference.placeholder.clone(),
        };
        Some(HeldReference { place: self.place(&reference.attribute), reference: Arc::new(spec) })
    }

    fn scalar(&mut self, scalar: &Scalar) -> Option<ScalarPlan> {
        match scalar {
            Scalar::Constant(atom) => Some(ScalarPlan::Constant(atom.clone())),
            Scalar::Template(template) => Some(ScalarPlan::Computed(
                template
                    .parts
                    .iter()
                    .map(|part| match part {
                        Part::Literal(text) => ComputedPart::Literal(text.clone()),
                        Part::Attribute(choices) => {
                            let known = choices.iter().filter(|choice| self.view.knows(choice));
                            ComputedPart::Places(known.map(|choice| self.attributes.insert(choice)).collect())
                        }
                    })
                    .collect(),
            )),
            Scalar::Ldap(source) => {
                let default = source.default.clone().or_else(|| source.codec.absent());
                if !self.view.knows(&source.attribute) {
                    return default.map(ScalarPlan::Constant);
                }
                Some(ScalarPlan::Stored { place: self.place(&source.attribute), codec: source.codec.clone(), default })
            }
        }
    }

    /// The sub-attributes that are shown.
    fn subs(&mut self, schema: &ResourceSchema, attr: AttrId, subs: &[Option<Scalar>]) -> Vec<(Box<str>, ScalarPlan)> {
        let mut shown = Vec::new();
        for (sub, place) in subs.iter().zip(0u16..) {
            let sub_id = SubId(place);
            if !self.projection.includes(AttrPath { attr, sub: Some(sub_id) }) {
                continue;
            }
            if let Some(plan) = sub.as_ref().and_then(|scalar| self.scalar(scalar)) {
                shown.push((schema.sub_name(attr, sub_id).into(), plan));
            }
        }
        shown
    }

    fn slot(&mut self, schema: &ResourceSchema, attr: AttrId, slot: &Slot) -> Option<SlotPlan> {
        let holders: Vec<_> = slot
            .attributes()
            .filter(|(_, scalar)| self.view.knows(&scalar.attribute))
            .map(|(_, scalar)| (scalar.attribute.clone(), scalar.codec.clone()))
            .collect();
        let holders: Vec<_> = holders.into_iter().map(|(attribute, codec)| (self.place(&attribute), codec)).collect();
        let computed = slot.subs.iter().flatten().any(|sub| matches!(sub, Scalar::Template(_)));
        let several = slot.attributes().count() != 1;
        if holders.is_empty() && !(several && computed) {
            return None;
        }
        let primary =
            schema.sub(attr, "primary").is_some_and(|sub| self.projection.includes(AttrPath { attr, sub: Some(sub) }));
        let subs = self.subs(schema, attr, &slot.subs);
        let each = if several { None } else { holders.first().map(|(place, _)| *place) };
        let primary = if primary { slot.primary } else { Primary::Never };
        let always_shown = primary == Primary::Always
            || subs.iter().any(|(_, sub)| match sub {
                ScalarPlan::Constant(atom) => !atom.is_empty(),
                ScalarPlan::Stored { place, .. } => each == Some(*place),
                ScalarPlan::Computed(_) => false,
            });
        let may_be_empty = self.hides_empty && !always_shown;
        Some(SlotPlan { subs, each, holders, primary, take_one: slot.take_one, may_be_empty })
    }

    fn meta(
        &mut self,
        schema: &ResourceSchema,
        attr: AttrId,
        created: Option<&Scalar>,
        modified: Option<&Scalar>,
    ) -> MetaPlan {
        let shows = |name: &str| {
            schema.sub(attr, name).is_some_and(|sub| self.projection.includes(AttrPath { attr, sub: Some(sub) }))
        };
        let (show_created, show_modified) = (shows("created"), shows("lastModified"));
        MetaPlan {
            resource_type: shows("resourceType"),
            location: shows("location"),
            version: shows("version"),
            created: created.filter(|_| show_created).and_then(|scalar| self.scalar(scalar)),
            last_modified: modified.filter(|_| show_modified).and_then(|scalar| self.scalar(scalar)),
        }
    }

    /// A version covers everything that is stored and returned by default, shown now or not; what is returned on request
    /// alone (photos, certificates) would have to be fetched for every resource and is covered by the representation's part.
    fn version(&mut self) -> VersionPlan {
        let resource = self.view.resource(self.kind);
        let fingerprint = self.view.mapping.fingerprint;
        match &resource.version {
            Version::Attribute(attribute) => VersionPlan::Attribute { fingerprint, place: self.place(attribute) },
            Version::Content => {
                let mut stored = Vec::new();
                for definition in resource.schema.attributes() {
                    if matches!(definition.attribute.returned, Returned::Always | Returned::Default) {
                        stored.extend(resource.source(definition.id).stored());
                    }
                }
                let view = self.view;
                let mut places: Vec<_> =
                    stored.into_iter().filter(|attribute| view.knows(attribute)).map(|a| self.place(a)).collect();
                places.sort_unstable();
                places.dedup();
                let name = |place: usize| Some(self.attributes.iter().as_slice().get(place)?.as_str().into());
                let mut stored: Vec<_> = places.into_iter().filter_map(|place| Some((name(place)?, place))).collect();
                stored.sort_unstable();
                VersionPlan::Content { fingerprint, stored }
            }
        }
    }
}

/// The names by which an entry may say that it is of `class` (an LDAP filter finds it by each of them).
fn names_of_class(schema: &Subschema, class: &str) -> Vec<Box<str>> {
    let heirs = schema.classes().filter(|heir| schema.is_subclass(&heir.oid, class));
    let names = heirs.flat_map(|heir| heir.names.iter().chain(std::iter::once(&heir.oid)));
    let names = names.filter(|name| !name.eq_ignore_ascii_case(class)).map(|name| name.as_str().into());
    std::iter::once(class.into()).chain(names).collect()
}
