//! A mapping as a client sees it that may not see or write everything: other types, places and attributes aren't in it.
//!
//! Whatever is confined by the mapping (ids, filters, references, discovery, writes) is confined by the client's own one in the same
//! way, so that there is no second guard that could be forgotten. Attributes and types keep their numbers.

use sha2::{Digest as _, Sha256};

use super::codec::Law;
use super::model::{Base, Builtin, Mapping, Resource, Scalar, Source, TypeIndex};
use super::writing::{OnChange, Retired, Retirement};
use crate::ldap::dn::Dn;
use crate::ldap::{DnKey, Scope};
use crate::scim;
use crate::scim::filter::{self, Limits, typed::Filter as ScimFilter, typed::attributes_used};
use crate::scim::resource_schema::{AttrId, Selection};

/// What a client is confined to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Confinement {
    /// The names of the resource types that there are for it; nothing: all.
    pub types: Option<Vec<String>>,
    /// The attributes that there are for it beside `schemas`, `id` and `meta`; nothing: all.
    pub attributes: Option<Vec<String>>,
    /// Attributes that there aren't for it.
    pub hidden: Vec<String>,
    /// The attributes that it may write; nothing: all that it sees.
    pub writable: Option<Vec<String>>,
    /// Entries below which resources must stand; empty: anywhere.
    pub within: Vec<String>,
    /// Filters that resources must satisfy.
    pub only: Only,
}

/// Filters that a client's resources must satisfy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Only {
    /// None.
    #[default]
    All,
    /// This one. There is nothing of a type whose resources it can't be said of.
    Every(String),
    /// One for each of these types, by name.
    Some(Vec<(String, String)>),
}

/// Why a client can't be confined so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConfinement {
    /// There is no such type.
    #[error("there is no resource type `{0}`")]
    Type(String),
    /// There is no such attribute of any type.
    #[error("there is no attribute `{0}`")]
    Attribute(String),
    /// A name in `within` isn't a DN, or nothing can stand below it.
    #[error("`{0}` is nowhere below a base of the mapping, nor above one")]
    Within(String),
    /// A filter can't be read, or means nothing.
    #[error("`only`: {0}")]
    Only(String),
    /// Nothing is left.
    #[error("there is nothing that it could see")]
    Nothing,
    /// A client writes without seeing what the place or state of entries depends on.
    #[error(
        "it writes resources of type {resource}, whose entries depend on `{attribute}`: it has to see it, or to be read only"
    )]
    Needed {
        /// The type.
        resource: String,
        /// The attribute.
        attribute: String,
    },
}

/// A mapping as a client sees it.
#[derive(Debug)]
pub struct Confined {
    /// The mapping, without the filters.
    pub mapping: Mapping,
    /// The filters, by type: in terms of the whole mapping.
    pub only: Vec<Option<ScimFilter>>,
}

impl Confinement {
    /// Whether nothing is confined.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// What tells it from others: never 0.
    pub fn number(&self) -> u64 {
        number(0, self).max(1)
    }

    /// `mapping` as a client sees it that is confined so.
    ///
    /// # Errors
    /// When a name is nothing's, or nothing is left.
    pub fn of(&self, mapping: &Mapping) -> Result<Confined, InvalidConfinement> {
        self.check_names(mapping)?;
        let within = self.within.iter().map(|text| place(text)).collect::<Result<Vec<_>, _>>()?;
        for (text, (_, key)) in self.within.iter().zip(&within) {
            let mut bases = mapping.resources.iter().flat_map(|resource| &resource.bases);
            if !bases.any(|base| key.is_under(&base.key) || base.key.is_under(key)) {
                return Err(InvalidConfinement::Within(text.clone()));
            }
        }
        let only = self.filters(mapping)?;
        let mut confined = Mapping {
            fingerprint: number(mapping.fingerprint, self),
            resources: Vec::with_capacity(mapping.resources.len()),
            with_options: mapping.with_options.clone(),
            warnings: crate::diagnostics::Report::default(),
        };
        for (resource, only) in mapping.resources.iter().zip(&only) {
            let sees = self.types.as_ref().is_none_or(|types| named(types, &resource.name)) && only.is_ok();
            confined.resources.push(self.resource(resource, sees, &within));
        }
        if confined.resources.iter().all(|resource| resource.bases.is_empty()) {
            return Err(InvalidConfinement::Nothing);
        }
        Ok(Confined { mapping: confined, only: only.into_iter().map(Result::ok).map(Option::flatten).collect() })
    }

    fn resource(&self, resource: &Resource, sees: bool, within: &[(Dn, DnKey)]) -> Resource {
        let mut confined = resource.clone();
        confined.bases = if sees { bases(&resource.bases, within) } else { Vec::new() };
        let outside = |attr: AttrId| !self.shows(resource, attr);
        let read_only = |attr: AttrId| self.writable.as_ref().is_some_and(|names| !lists(names, resource, attr));
        confined.schema = resource.schema.seen_without(&outside, &read_only).into();
        for (source, def) in confined.sources.iter_mut().zip(resource.schema.attributes()) {
            // A password is set where the client gives none, and nobody reads it anyway.
            if outside(def.id) && !matches!(source, Source::WriteOnly(_)) {
                *source = Source::Unmapped;
            }
        }
        confined.display = resource.display.filter(|display| !outside(*display));
        // Who is retired elsewhere isn't the client's to bring back.
        if let Retirement::Keep(Retired { adopt, parent: Some((_, retired)), .. }) = &mut confined.writing.on_delete {
            *adopt &= within.is_empty() || within.iter().any(|(_, own)| retired.is_under(own));
        }
        confined
    }

    fn shows(&self, resource: &Resource, attr: AttrId) -> bool {
        let always =
            matches!(resource.source(attr), Source::Builtin(Builtin::Schemas | Builtin::Id | Builtin::Meta { .. }));
        let listed = self.attributes.as_ref().is_none_or(|names| lists(names, resource, attr));
        always || (listed && !lists(&self.hidden, resource, attr))
    }

    fn check_names(&self, mapping: &Mapping) -> Result<(), InvalidConfinement> {
        let of_types: Vec<&String> = match &self.only {
            Only::Some(filters) => filters.iter().map(|(kind, _)| kind).collect(),
            Only::All | Only::Every(_) => Vec::new(),
        };
        for name in self.types.iter().flatten().chain(of_types) {
            if mapping.resource(name).is_none() {
                return Err(InvalidConfinement::Type(name.clone()));
            }
        }
        for name in self.attributes.iter().chain(&self.writable).flatten().chain(&self.hidden) {
            if !mapping.resources.iter().any(|resource| selection(name, resource).is_some()) {
                return Err(InvalidConfinement::Attribute(name.clone()));
            }
        }
        Ok(())
    }

    /// The filter of each type; an error for those that it can't be said of.
    fn filters(&self, mapping: &Mapping) -> Result<Vec<Result<Option<ScimFilter>, scim::Error>>, InvalidConfinement> {
        let compiled = |text: &str, resource: &Resource| filter::compile(text, &resource.schema, &Limits::default());
        let invalid = |error: scim::Error| InvalidConfinement::Only(error.detail);
        match &self.only {
            Only::All => Ok(mapping.resources.iter().map(|_| Ok(None)).collect()),
            Only::Every(text) => {
                let all: Vec<_> = mapping.resources.iter().map(|resource| compiled(text, resource).map(Some)).collect();
                match all.iter().find_map(|filter| filter.as_ref().err()) {
                    Some(error) if all.iter().all(Result::is_err) => Err(invalid(error.clone())),
                    _ => Ok(all),
                }
            }
            Only::Some(filters) => {
                let of = |resource: &Resource| {
                    let found = filters.iter().find(|(kind, _)| kind.eq_ignore_ascii_case(&resource.name));
                    found.map(|(_, text)| compiled(text, resource).map_err(invalid)).transpose().map(Ok)
                };
                mapping.resources.iter().map(of).collect()
            }
        }
    }
}

impl Mapping {
    /// The same mapping for the translation of what a client is confined to: the directory's equality decides, whichever of an
    /// attribute's values it finds.
    #[must_use]
    pub fn for_confinement(&self) -> Self {
        let mut mapping = Self {
            fingerprint: self.fingerprint,
            resources: self.resources.clone(),
            with_options: self.with_options.clone(),
            warnings: Default::default(),
        };
        let sources = mapping.resources.iter_mut().flat_map(|resource| &mut resource.sources);
        sources.flat_map(scalars).for_each(|scalar| {
            if let Scalar::Ldap(source) = scalar {
                source.law = Law::Confinement;
            }
        });
        mapping
    }

    /// Whether there is anything of type `kind`.
    pub fn has(&self, kind: TypeIndex) -> bool {
        self.resources.get(kind).is_some_and(|resource| !resource.bases.is_empty())
    }
}

impl Confined {
    /// Whether a client can write what it sees: what an entry's name, place and state depend on must be part of that.
    ///
    /// # Errors
    /// The first attribute of the `whole` mapping that is missing.
    pub fn check_writing(&self, whole: &Mapping) -> Result<(), InvalidConfinement> {
        for (own, resource) in self.mapping.resources.iter().zip(&whole.resources) {
            if own.bases.is_empty() || resource.writing.never {
                continue;
            }
            let outside = |attr: &AttrId| own.schema.get(*attr).is_some_and(|def| def.outside);
            if let Some(attr) = depended_on(resource).into_iter().find(outside) {
                let attribute = resource.schema.attribute_name(attr).to_owned();
                return Err(InvalidConfinement::Needed { resource: resource.name.clone(), attribute });
            }
        }
        Ok(())
    }
}

/// The attributes that an entry's name, place and state depend on.
fn depended_on(resource: &Resource) -> Vec<AttrId> {
    let writing = &resource.writing;
    let renames = || writing.naming.iter().filter(|naming| naming.on_change == OnChange::Rename);
    let mut attrs: Vec<AttrId> = renames()
        .flat_map(|naming| &naming.candidates)
        .flat_map(|template| template.paths().map(|path| path.attr).collect::<Vec<_>>())
        .collect();
    for naming in renames().filter(|naming| naming.candidates.is_empty()) {
        let held = |source: &Source| source.stored().contains(&&naming.attribute);
        let named = resource.schema.attributes().iter().filter(|def| held(resource.source(def.id)));
        attrs.extend(named.map(|def| def.id));
    }
    if writing.reroute {
        let conditions = writing.routes.iter().filter_map(|route| route.when.as_ref());
        attrs.extend(conditions.flat_map(attributes_used).map(|path| path.attr));
    }
    if matches!(&writing.on_delete, Retirement::Keep(retired) if retired.disable) {
        attrs.extend(resource.schema.resolve(&"active".into()).ok().map(|path| path.attr));
    }
    attrs
}

fn scalars(source: &mut Source) -> Vec<&mut Scalar> {
    match source {
        Source::Scalar(scalar) => vec![scalar],
        Source::Complex(subs) => subs.iter_mut().flatten().collect(),
        Source::Slots(slots) => slots.iter_mut().flat_map(|slot| slot.subs.iter_mut().flatten()).collect(),
        Source::Unmapped
        | Source::Builtin(_)
        | Source::References(_)
        | Source::Backreference(_)
        | Source::WriteOnly(_) => Vec::new(),
    }
}

/// The places among `bases` that are within `containers`.
fn bases(bases: &[Base], containers: &[(Dn, DnKey)]) -> Vec<Base> {
    if containers.is_empty() {
        return bases.to_vec();
    }
    let mut narrowed: Vec<Base> = Vec::new();
    for base in bases {
        for (dn, key) in containers {
            let narrower = if base.key.is_under(key) {
                base.clone()
            } else if base.scope == Scope::Subtree && key.is_under(&base.key) {
                Base { dn: dn.clone(), text: dn.to_string().into(), key: key.clone(), ..base.clone() }
            } else {
                continue;
            };
            let covers = |wide: &Base, narrow: &Base| {
                wide.directory == narrow.directory
                    && (wide.key == narrow.key && wide.scope == narrow.scope
                        || wide.scope == Scope::Subtree && narrow.key.is_under(&wide.key))
            };
            if !narrowed.iter().any(|known| covers(known, &narrower)) {
                narrowed.retain(|known| !covers(&narrower, known));
                narrowed.push(narrower);
            }
        }
    }
    narrowed
}

fn place(text: &str) -> Result<(Dn, DnKey), InvalidConfinement> {
    let dn: Dn = text.parse().map_err(|_| InvalidConfinement::Within(text.to_owned()))?;
    let key = dn.key();
    Ok((dn, key))
}

fn named(names: &[String], name: &str) -> bool {
    names.iter().any(|other| other.eq_ignore_ascii_case(name))
}

/// Whether one of `names` means `attr`: by its name, or that of its schema, perhaps behind that of the type (`Group.members`).
fn lists(names: &[String], resource: &Resource, attr: AttrId) -> bool {
    names.iter().any(|name| match selection(name, resource) {
        Some(Selection::Attribute(path)) => path.attr == attr,
        Some(Selection::Extension(index)) => resource
            .schema
            .get(attr)
            .is_some_and(|def| def.schema == Some(index) || (index == 0 && def.schema.is_none())),
        None => false,
    })
}

/// What `name` means: an attribute as a whole, or a schema's.
fn selection(name: &str, resource: &Resource) -> Option<Selection> {
    let own = match name.split_once('.') {
        Some((kind, rest)) if kind.eq_ignore_ascii_case(&resource.name) => rest,
        _ => name,
    };
    let found = resource.schema.find(own)?;
    match found {
        Selection::Attribute(path) if path.sub.is_some() => None,
        found => Some(found),
    }
}

fn number(seed: u64, confinement: &Confinement) -> u64 {
    let digest = Sha256::digest(format!("{seed} {confinement:?}").as_bytes());
    digest.first_chunk::<8>().map_or(1, |octets| u64::from_be_bytes(*octets))
}

#[cfg(test)]
mod tests;
