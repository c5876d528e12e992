//! Searches for the entries of a resource type, within its confinement.

use std::sync::Arc;

use crate::ldap::{AttributeDescription, AttributeSet, Dereference, Filter, Scope, Search};
use crate::mapping::atom::Atom;
use crate::mapping::model::{Base, Resource};

use super::view::View;

/// The search below `base` for entries of `resource` that `filter` matches; `None` when nothing can.
pub fn below(resource: &Resource, base: &Base, filter: Filter, attributes: Arc<AttributeSet>) -> Option<Search> {
    let filter = match Filter::and([resource.filter.clone(), filter]) {
        Filter::False => return None,
        Filter::True => Filter::Present(object_class()?),
        filter => filter,
    };
    Some(Search {
        base: base.text.to_string(),
        scope: base.scope,
        filter,
        attributes,
        size_limit: None,
        dereference: Vec::<Dereference>::new(),
    })
}

/// The attribute by whose equality an entry is found by its DN, where the directory has one.
pub fn dn_attribute(view: &View) -> Option<AttributeDescription> {
    ["entryDN", "distinguishedName"]
        .into_iter()
        .filter_map(|name| name.parse::<AttributeDescription>().ok())
        .find(|attribute| view.knows(attribute))
}

/// Whether `filter` is likely to match few entries, so that one plain search is cheaper than a paged one.
pub fn is_selective(filter: &Filter) -> bool {
    match filter {
        Filter::Equality(attribute, _) => !attribute.matches("objectClass"),
        Filter::And(parts) => parts.iter().any(is_selective),
        Filter::Or(parts) => parts.len() <= 8 && parts.iter().all(is_selective),
        Filter::False => true,
        _ => false,
    }
}

/// `search` for one entry by its DN, still within the type's filter.
pub fn by_dn(resource: &Resource, dn: &str, attributes: Arc<AttributeSet>) -> Option<Search> {
    let filter =
        if resource.filter == Filter::True { Filter::Present(object_class()?) } else { resource.filter.clone() };
    Some(Search {
        base: dn.to_owned(),
        scope: Scope::Base,
        filter,
        attributes,
        size_limit: None,
        dereference: Vec::new(),
    })
}

/// The search for the entry of `resource` whose `id` is a GUID, by that as its name (MS-ADTS section 3.1.1.3.1.2.4), still within
/// the type's filter but wherever it stands; `None` where ids aren't GUIDs or this is none.
pub fn by_guid(resource: &Resource, id: &str, attributes: Arc<AttributeSet>) -> Option<Search> {
    let named = resource.id.codec_name == "guid-le" && resource.id.attribute.matches("objectGUID");
    let is_guid = || resource.id.codec.encode(&Atom::Text(id.into())).is_ok();
    (named && is_guid()).then(|| by_dn(resource, &format!("{GUID}{id}>"), attributes)).flatten()
}

/// Whether `search` is for an entry by its GUID.
pub fn names_by_guid(search: &Search) -> bool {
    search.base.starts_with(GUID)
}

/// How a name that is a GUID starts.
const GUID: &str = "<GUID=";

fn object_class() -> Option<AttributeDescription> {
    "objectClass".parse().ok()
}

/// Whether some part of `filter` can be answered from an index rather than by looking at every entry.
pub fn narrows(filter: &Filter) -> bool {
    match filter {
        Filter::True | Filter::Not(_) => false,
        Filter::False => true,
        Filter::And(parts) => parts.iter().any(narrows),
        Filter::Or(parts) => parts.iter().all(narrows),
        Filter::Present(_)
        | Filter::Equality(..)
        | Filter::GreaterOrEqual(..)
        | Filter::LessOrEqual(..)
        | Filter::Substring { .. } => true,
        Filter::Extensible { .. } => false,
    }
}
