//! What a client selected of a resource that is finished already.

use serde_json::{Map, Value};

use crate::scim::projection::Projection;
use crate::scim::resource_schema::ResourceSchema;

use super::read::{ReadPlan, VersionPlan};
use super::render::{ViewPart, view};
use super::version;

/// What is left of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projected {
    /// The JSON.
    pub body: Vec<u8>,
    /// The entity tag, where a version is shown.
    pub etag: Option<String>,
}

/// Whether `projection` shows a part of what is shown where nothing is selected, so that it can be made from that.
pub fn is_part(schema: &ResourceSchema, projection: &Projection) -> bool {
    projection.is_within(&Projection::default_for(schema))
}

/// The part that `projection` shows of the resource in `body`, which is shown as where nothing is selected, with the tag `etag` that
/// `views` are part of. `plan` is what would be read for the projection. Nothing for what isn't such a resource.
///
/// It is the same resource, with the same tag, as if its entry had been read for the projection.
pub fn project(
    plan: &ReadPlan,
    schema: &ResourceSchema,
    projection: &Projection,
    (body, etag, views): (&[u8], Option<&str>, &[ViewPart]),
) -> Option<Projected> {
    let Ok(Value::Object(mut resource)) = serde_json::from_slice(body) else { return None };
    projection.prune(schema, &mut resource);
    name_schemas(schema, &mut resource);
    let etag = match plan.version {
        VersionPlan::None => None,
        _ => Some(version::tag(version::state_of(etag?)?, &view(&shown(plan, views), []))),
    };
    if let (Some(Value::Object(meta)), Some(etag)) = (resource.get_mut("meta"), &etag)
        && let Some(version) = meta.get_mut("version")
    {
        *version = Value::String(etag.clone());
    }
    Some(Projected { body: serde_json::to_vec(&resource).ok()?, etag })
}

/// What the references that `plan` shows add to the tag.
fn shown(plan: &ReadPlan, views: &[ViewPart]) -> Vec<ViewPart> {
    let versioned = plan.references.iter().filter(|reference| reference.versioned);
    versioned.filter_map(|reference| views.iter().find(|part| part.attr == reference.attr)).copied().collect()
}

/// Leaves those of the extensions in `schemas` of which something is shown.
fn name_schemas(schema: &ResourceSchema, resource: &mut Map<String, Value>) {
    let gone = |urn: &Value, resource: &Map<String, Value>| {
        urn.as_str().is_some_and(|urn| urn != schema.core().id && !resource.contains_key(urn))
    };
    if let Some(Value::Array(mut named)) = resource.remove("schemas") {
        named.retain(|urn| !gone(urn, resource));
        resource.insert("schemas".to_owned(), Value::Array(named));
    }
}
