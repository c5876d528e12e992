//! What must be rendered of a resource to know a part of it.

use crate::scim::projection::Projection;
use crate::scim::resource_schema::{AttrPath, ResourceSchema};

/// What must be rendered to know `paths` as they are served. `schemas` and `meta.version` follow from everything that is
/// shown, so these are what they are where a client selects nothing.
pub fn knowing(schema: &ResourceSchema, paths: &[AttrPath]) -> Projection {
    let exactly = Projection::exactly(schema, paths);
    if paths.iter().any(|path| follows_from_all(schema, *path)) {
        Projection::default_for(schema).union(&exactly)
    } else {
        exactly
    }
}

fn follows_from_all(schema: &ResourceSchema, path: AttrPath) -> bool {
    match (schema.attribute_name(path.attr), path.sub) {
        ("schemas", _) | ("meta", None) => true,
        ("meta", Some(sub)) => schema.sub_name(path.attr, sub) == "version",
        _ => false,
    }
}
