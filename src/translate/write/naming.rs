//! What entries are called and where they stand.

use serde_json::{Map, Value};

use super::value;
use crate::ldap::AttributeDescription;
use crate::ldap::dn::{Ava, Dn, DnKey, Rdn};
use crate::mapping::model::Resource;
use crate::mapping::writing::{Naming, Route};
use crate::scim::Error;
use crate::scim::filter::{attributes_used, matches};
use crate::scim::resource_schema::AttrId;

/// How many octets a name among siblings has at most: OpenLDAP holds it twice, with the attribute's own, in a key of 511 octets, and
/// says of a longer one no more than that it failed.
const LONGEST: usize = 240;

/// The SCIM attributes that an existing entry's name, its place and what fills its required attributes depend on.
pub fn needed(resource: &Resource) -> Vec<AttrId> {
    let writing = &resource.writing;
    let templates = writing.naming.iter().flat_map(|naming| &naming.candidates);
    let templates = templates.chain(writing.on_add.iter().map(|(_, template)| template));
    let mut needed: Vec<AttrId> = templates.flat_map(|template| template.paths()).map(|path| path.attr).collect();
    if writing.reroute {
        let conditions = writing.routes.iter().filter_map(|route| route.when.as_ref());
        needed.extend(conditions.flat_map(attributes_used).map(|path| path.attr));
    }
    needed.sort_unstable();
    needed.dedup();
    needed
}

/// The entry below which a resource belongs, and the directory that is in.
pub fn parent<'a>(resource: &'a Resource, image: &Map<String, Value>) -> Option<(&'a Dn, &'a DnKey, &'a str)> {
    let holds = |route: &&Route| route.when.as_ref().is_none_or(|when| matches(when, &resource.schema, image));
    let routes = &resource.writing.routes;
    match routes.iter().find(holds) {
        Some(route) => Some((&route.parent, &route.parent_key, &route.directory)),
        None if !routes.is_empty() => None,
        None => resource.bases.first().map(|base| (&base.dn, &base.key, base.directory.as_str())),
    }
}

/// The values that may name the entry, the best one first; `held` are those that it has for the naming attribute.
///
/// # Errors
/// 400 `invalidValue` where nothing names it.
pub(super) fn values(
    resource: &Resource,
    naming: &Naming,
    image: &Map<String, Value>,
    held: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>, Error> {
    let values: Vec<Vec<u8>> = if naming.candidates.is_empty() {
        held.iter().take(1).cloned().collect()
    } else {
        let render = |path| value::text(&resource.schema, image, path);
        let mut values = Vec::new();
        for text in naming.candidates.iter().filter_map(|template| template.render(render)) {
            let text = text.trim().to_owned().into_bytes();
            if !text.is_empty() && !values.contains(&text) {
                values.push(text);
            }
        }
        values
    };
    if values.is_empty() {
        return Err(Error::invalid_value(match named_by(resource, &naming.attribute) {
            Some(path) => format!("`{path}` is required: the entry is named by it"),
            None => "nothing in the request names the entry".to_owned(),
        }));
    }
    if values.iter().any(|value| value.len() > LONGEST) {
        let named = named_by(resource, &naming.attribute).unwrap_or_else(|| naming.attribute.to_string());
        return Err(Error::invalid_value(format!("`{named}` names the entry and is too long for a name")));
    }
    Ok(values)
}

/// The SCIM path of what is stored in `attribute`.
fn named_by(resource: &Resource, attribute: &AttributeDescription) -> Option<String> {
    use crate::mapping::model::{Scalar, Source};
    let holds = |scalar: &Scalar| matches!(scalar, Scalar::Ldap(scalar) if scalar.attribute == *attribute);
    let whole = resource.schema.attributes().iter().find_map(|def| match resource.source(def.id) {
        Source::Scalar(scalar) if holds(scalar) => Some(def.attribute.name.clone()),
        Source::Complex(subs) => {
            let place = subs.iter().position(|sub| sub.as_ref().is_some_and(holds))?;
            let sub = def.attribute.sub_attributes.get(place)?;
            Some(format!("{}.{}", def.attribute.name, sub.name))
        }
        _ => None,
    });
    let template = || {
        let naming = resource.writing.naming.as_ref()?;
        let path = naming.candidates.first()?.paths().next()?;
        Some(resource.schema.path_text(path))
    };
    whole.or_else(template)
}

/// The RDN of an entry called `rdn` that gets `value` for the naming attribute.
/// `is_naming` says which attributes are the naming one, by whatever name.
pub(super) fn renamed(
    rdn: &Rdn,
    attribute: &AttributeDescription,
    value: &[u8],
    is_naming: impl Fn(&AttributeDescription) -> bool,
) -> Rdn {
    let own = |ava: &Ava| ava.attribute().parse().is_ok_and(|own| is_naming(&own));
    let others = rdn.avas().iter().filter(|ava| !own(ava)).cloned();
    let mut avas = vec![Ava::new(attribute.as_str(), value.to_vec())];
    avas.extend(others);
    Rdn::of(avas).unwrap_or_else(|| rdn.clone())
}
