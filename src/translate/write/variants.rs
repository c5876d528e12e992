//! Entries that may be added one instead of the other, where the directory says that a name is taken.

use serde_json::{Map, Value};

use super::assignment::Attributes;
use super::value;
use crate::ldap::AttributeDescription;
use crate::mapping::model::Resource;

/// The entry, and what else it may be: with other values for those of its `filled` attributes that have others.
pub(super) fn variants(
    resource: &Resource,
    image: &Map<String, Value>,
    attributes: Attributes,
    filled: &[&AttributeDescription],
) -> Vec<Attributes> {
    let others = resource.writing.on_add_else.iter().filter(|(attribute, _)| filled.contains(&attribute));
    let others: Vec<(&AttributeDescription, Vec<String>)> = others
        .map(|(attribute, templates)| {
            let render = |path| value::text(&resource.schema, image, path);
            (attribute, templates.iter().filter_map(|template| template.render(render)).collect())
        })
        .collect();
    let most = others.iter().map(|(_, texts)| texts.len()).max().unwrap_or(0);
    let mut variants = vec![attributes];
    for place in 0..most {
        let mut variant = variants[0].clone();
        for (attribute, texts) in &others {
            if let (Some(text), Some((_, values))) =
                (texts.get(place), variant.iter_mut().find(|(known, _)| known == *attribute))
            {
                *values = vec![text.clone().into_bytes()];
            }
        }
        if !variants.contains(&variant) {
            variants.push(variant);
        }
    }
    variants
}
