//! What of a resource must be known to say whether it satisfies a filter.

use crate::scim::filter::typed::{Filter as ScimFilter, attributes_used};
use crate::scim::resource_schema::{AttrPath, ResourceSchema};

use super::by_default;

/// The paths on which the outcome of `filter` depends. A resource that shows these alone satisfies it if and only if the
/// whole one does.
pub fn paths_to_check(schema: &ResourceSchema, filter: &ScimFilter) -> Vec<AttrPath> {
    let mut paths = attributes_used(filter);
    add_elements(filter, &mut paths);
    let (mut schemas, mut version) = (false, false);
    for path in &paths {
        let is =
            |name: &str| schema.get(path.attr).is_some_and(|def| def.schema.is_none() && def.attribute.name == name);
        schemas |= is("schemas");
        version |= is("meta") && path.sub.is_some_and(|sub| schema.sub_name(path.attr, sub) == "version");
    }
    for definition in schema.attributes().iter().filter(|def| by_default(def)) {
        // Which extensions there are is seen from their attributes; a version's second part covers what is shown.
        if (schemas && definition.schema.is_some_and(|place| place > 0)) || version {
            add(AttrPath::whole(definition.id), &mut paths);
        }
    }
    paths
}

/// Adds the attributes of which any element may matter, whatever it is made of: an element without a type is one of another
/// type than "work".
fn add_elements(filter: &ScimFilter, paths: &mut Vec<AttrPath>) {
    match filter {
        ScimFilter::And(parts) | ScimFilter::Or(parts) => parts.iter().for_each(|part| add_elements(part, paths)),
        ScimFilter::Not(part) => add_elements(part, paths),
        ScimFilter::Element { attr, filter } if holds_without_values(filter) => add(AttrPath::whole(*attr), paths),
        ScimFilter::Element { .. } | ScimFilter::Test(_) | ScimFilter::Constant(_) => {}
    }
}

/// Whether an element satisfies `filter` that has none of the values that it speaks of.
fn holds_without_values(filter: &ScimFilter) -> bool {
    match filter {
        ScimFilter::And(parts) => parts.iter().all(holds_without_values),
        ScimFilter::Or(parts) => parts.iter().any(holds_without_values),
        ScimFilter::Not(part) => !holds_without_values(part),
        ScimFilter::Element { filter, .. } => holds_without_values(filter),
        ScimFilter::Test(_) => false,
        ScimFilter::Constant(value) => *value,
    }
}

fn add(path: AttrPath, paths: &mut Vec<AttrPath>) {
    if !paths.contains(&path) {
        paths.push(path);
    }
}
