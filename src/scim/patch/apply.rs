//! Operations carried out on a resource.

use serde_json::{Map, Value};

use crate::scim::error::Error;
use crate::scim::input::place;
use crate::scim::resource_schema::{AttrId, ResourceSchema};

use super::draft::Draft;
use super::operation::Operation;

/// What operations changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changed {
    /// The attributes whose values are other than before, in ascending order. One whose value can't be read (a password) counts
    /// as changed whenever it was named. The order of a list's elements means nothing, so it is no change.
    pub attributes: Vec<AttrId>,
}

impl Changed {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// Whether the attribute changed.
    pub fn contains(&self, attr: AttrId) -> bool {
        self.attributes.contains(&attr)
    }
}

/// Carries out operations one after the other on a resource as it is served, or on that part of it that
/// [`attributes`](super::attributes()) names. The values that change are in canonical form afterwards, and `schemas`, if the
/// resource has it, names the extensions that are there.
///
/// What is required is asked for at the end, so that an attribute may be removed and added again. So is what an element must have:
/// several operations may make one together.
///
/// # Errors
/// 400, with the resource left as it was: `mutability` when a required attribute was removed or what is immutable has another
/// value; `invalidValue` when something required was set to nothing; `noTarget` when a value filter matches nothing and nothing
/// can be made of it.
pub fn apply(
    operations: &[Operation],
    schema: &ResourceSchema,
    resource: &mut Map<String, Value>,
) -> Result<Changed, Error> {
    let mut draft = Draft::new(schema, resource);
    for operation in operations {
        draft.carry_out(operation)?;
    }
    let results = draft.finish()?;
    let mut changed = Changed::default();
    for (attr, result) in results {
        changed.attributes.push(attr);
        place(schema, resource, attr, result);
    }
    if !changed.is_empty() {
        name_schemas(schema, resource);
    }
    Ok(changed)
}

/// Brings `schemas` in line with the extensions that are there (RFC 7644 section 3.5.2).
fn name_schemas(schema: &ResourceSchema, resource: &mut Map<String, Value>) {
    let Some(Value::Array(mut urns)) = resource.remove("schemas") else { return };
    let is = |urn: &Value, own: &str| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(own));
    for (extension, required) in schema.extensions() {
        let named = urns.iter().any(|urn| is(urn, &extension.id));
        match resource.contains_key(&extension.id) {
            true if !named => urns.push(Value::from(extension.id.as_str())),
            false if !required => urns.retain(|urn| !is(urn, &extension.id)),
            _ => {}
        }
    }
    resource.insert("schemas".to_owned(), Value::Array(urns));
}
