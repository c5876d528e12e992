//! The schemas that are published: what this mapping over this directory can hold, and nothing else, with the characteristics
//! that are true here (RFC 7643 section 7).

use crate::mapping::model::{Primary, Reference, Resource, Scalar, Slot, Source, TypeIndex};
use crate::scim::resource_schema::{AttrId, AttrPath, AttributeDef, SubId};
use crate::scim::schema::{Attribute, Mutability, Schema};

use super::view::View;
use super::write::is_read_only;

/// The core schema and the extensions of the type at `kind`, without what is always absent here. An extension of which
/// nothing is left isn't published.
pub fn published(view: &View, kind: TypeIndex) -> (Schema, Vec<(Schema, bool)>) {
    let resource = view.resource(kind);
    let schema = &resource.schema;
    let pruned = |place: usize, schema: &Schema| Schema {
        attributes: resource
            .schema
            .attributes()
            .iter()
            .filter(|definition| definition.schema == Some(place) && !definition.outside)
            .filter_map(|definition| attribute(view, kind, definition))
            .collect(),
        ..schema.clone()
    };
    let core = pruned(0, schema.core());
    let extensions = schema
        .extensions()
        .iter()
        .enumerate()
        .map(|(place, (extension, required))| (pruned(place + 1, extension), *required))
        .filter(|(extension, _)| !extension.attributes.is_empty())
        .collect();
    (core, extensions)
}

/// The common attributes of the type at `kind` (RFC 7643 section 3.1), which no schema lists: those that the protocol has by itself,
/// and `externalId` where the directory can hold it.
pub fn published_common(view: &View, kind: TypeIndex) -> Vec<Attribute> {
    let resource = view.resource(kind);
    let definitions =
        resource.schema.attributes().iter().filter(|definition| definition.schema.is_none() && !definition.outside);
    let shown = |definition: &AttributeDef| match resource.source(definition.id) {
        Source::Builtin(_) => Some(definition.attribute.clone()),
        _ => attribute(view, kind, definition),
    };
    definitions.filter_map(shown).collect()
}

fn attribute(view: &View, kind: TypeIndex, definition: &AttributeDef) -> Option<Attribute> {
    let resource = view.resource(kind);
    let mut attribute = definition.attribute.clone();
    if is_read_only(view, kind, AttrPath::whole(definition.id)) {
        attribute.mutability = Mutability::ReadOnly;
    }
    match resource.source(definition.id) {
        Source::Unmapped | Source::Builtin(_) => return None,
        Source::WriteOnly(_) => {}
        Source::Scalar(scalar) => restrict(view, &mut attribute, scalar)?,
        Source::Complex(subs) => {
            let held = |place: usize| subs.get(place).and_then(Option::as_ref);
            keep_subs(&mut attribute, |place, sub| {
                held(place).and_then(|scalar| restrict(view, sub, scalar)).is_some()
            });
        }
        Source::Slots(slots) => keep_slots(view, kind, definition.id, &mut attribute, slots),
        Source::References(references) => keep_references(view, resource, definition.id, &mut attribute, references)?,
        Source::Backreference(_) => {}
    }
    let has_subs = !definition.attribute.sub_attributes.is_empty();
    (!has_subs || !attribute.sub_attributes.is_empty()).then_some(attribute)
}

/// Makes `attribute` what `scalar` can hold; `None` where the directory doesn't know it.
fn restrict(view: &View, attribute: &mut Attribute, scalar: &Scalar) -> Option<()> {
    if let Scalar::Ldap(source) = scalar
        && !view.knows(&source.attribute)
        && source.default.is_none()
        && source.codec.absent().is_none()
    {
        return None;
    }
    attribute.mutability = scalar.mutability(attribute.mutability, &view.schema);
    Some(())
}

fn keep_subs(attribute: &mut Attribute, mut keep: impl FnMut(usize, &mut Attribute) -> bool) {
    let mut place = 0;
    attribute.sub_attributes.retain_mut(|sub| {
        place += 1;
        keep(place - 1, sub)
    });
}

fn keep_slots(view: &View, kind: TypeIndex, attr: AttrId, attribute: &mut Attribute, slots: &[Slot]) {
    let live: Vec<&Slot> =
        slots.iter().filter(|slot| slot.attributes().any(|(_, source)| view.knows(&source.attribute))).collect();
    keep_subs(attribute, |place, sub| {
        if sub.name == "primary" {
            return live.iter().any(|slot| slot.primary != Primary::Never);
        }
        let held: Vec<&Scalar> = live.iter().filter_map(|slot| slot.subs.get(place).and_then(Option::as_ref)).collect();
        if sub.name == "type" {
            sub.canonical_values = constants(&held);
            return !held.is_empty();
        }
        let is_held = held.into_iter().any(|scalar| restrict(view, &mut sub.clone(), scalar).is_some());
        let part = u16::try_from(place).map(|place| AttrPath::part(attr, SubId(place)));
        if part.is_ok_and(|part| is_read_only(view, kind, part)) {
            sub.mutability = Mutability::ReadOnly;
        }
        is_held
    });
}

fn constants(scalars: &[&Scalar]) -> Vec<String> {
    let mut values = Vec::new();
    for scalar in scalars {
        if let Scalar::Constant(atom) = scalar
            && let Some(text) = atom.as_text()
            && !values.iter().any(|value| value == text)
        {
            values.push(text.to_owned());
        }
    }
    values
}

fn keep_references(
    view: &View,
    resource: &Resource,
    attr: AttrId,
    attribute: &mut Attribute,
    references: &[Reference],
) -> Option<()> {
    let live: Vec<&Reference> = references.iter().filter(|reference| view.knows(&reference.attribute)).collect();
    if live.is_empty() {
        return None;
    }
    let mut types: Vec<String> = Vec::new();
    for target in live.iter().flat_map(|reference| &reference.targets) {
        let name = &view.resource(*target).name;
        if !types.contains(name) {
            types.push(name.clone());
        }
    }
    let several = resource.schema.is_multi_valued(attr);
    keep_subs(attribute, |_, sub| match sub.name.as_str() {
        "$ref" => {
            sub.reference_types = types.clone();
            true
        }
        "type" => {
            sub.canonical_values = types.clone();
            several
        }
        "value" | "display" | "displayName" => true,
        _ => false,
    });
    Some(())
}

#[cfg(test)]
mod tests;
