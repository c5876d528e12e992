//! What a resource type is made of, and what is refused as one.

use crate::scim::schema::{Attribute, AttributeKind, Schema};

use super::ids::AttrId;

/// A top-level attribute and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeDef {
    /// Its number: its position in [`ResourceSchema::attributes`](super::ResourceSchema::attributes).
    pub id: AttrId,
    /// Which schema defines it: `None` for a common attribute, `Some(0)` the core schema, `Some(n)` the nth extension.
    pub schema: Option<usize>,
    /// Its characteristics.
    pub attribute: Attribute,
    /// Whether it isn't there for whoever this schema is for: no name means it.
    pub outside: bool,
}

/// What a [`ResourceSchema`](super::ResourceSchema) is built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The resource type's name, e.g. `User`.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its endpoint with a leading slash, e.g. `/Users`.
    pub endpoint: String,
    /// Its core schema.
    pub core: Schema,
    /// Its extensions, and whether a resource must have each.
    pub extensions: Vec<(Schema, bool)>,
    /// Its common attributes: those of [`common::attributes`](crate::scim::schema::common::attributes), less what this resource type doesn't have.
    pub common: Vec<Attribute>,
}

/// Why a [`Definition`] is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// Two attributes of a schema, or two sub-attributes of an attribute, have names that differ in case at most.
    #[error("`{path}` is defined twice")]
    Duplicate {
        /// The attribute's path.
        path: String,
    },
    /// Two schemas of the resource type have the same URN, or one has none.
    #[error("the schema URN `{urn}` is missing or used twice")]
    Urn {
        /// The URN.
        urn: String,
    },
    /// A complex attribute has no sub-attributes, another has some, or a sub-attribute is complex (RFC 7643 section 2.3.8).
    #[error("`{path}`: a complex attribute has sub-attributes, they are simple, and no other attribute has any")]
    Nesting {
        /// The attribute's path.
        path: String,
    },
    /// There are more attributes than numbers for them.
    #[error("more than 65535 attributes")]
    TooMany,
}

impl Definition {
    /// Checks everything and gives each attribute its number: common ones first, then the core schema's, then each extension's.
    pub(super) fn number(&self) -> Result<Vec<AttributeDef>, DefinitionError> {
        let schemas = std::iter::once(&self.core).chain(self.extensions.iter().map(|(schema, _)| schema));
        check_urns(schemas.clone())?;
        let mut table: Vec<(Option<usize>, &Attribute)> =
            self.common.iter().map(|attribute| (None, attribute)).collect();
        for (index, schema) in schemas.enumerate() {
            check_names(&schema.attributes, "")?;
            // An older schema document may list common attributes too; their characteristics here win (RFC 7643 section 3.1).
            let own = |attribute: &&Attribute| index > 0 || !contains(&self.common, &attribute.name);
            table.extend(schema.attributes.iter().filter(own).map(|attribute| (Some(index), attribute)));
        }
        let numbered = table.into_iter().enumerate().map(|(position, (schema, attribute))| {
            check_parts(attribute)?;
            let id = u16::try_from(position).map(AttrId).map_err(|_| DefinitionError::TooMany)?;
            Ok(AttributeDef { id, schema, attribute: attribute.clone(), outside: false })
        });
        numbered.collect()
    }
}

fn check_urns<'a>(schemas: impl Iterator<Item = &'a Schema>) -> Result<(), DefinitionError> {
    let mut seen: Vec<&str> = Vec::new();
    for schema in schemas {
        if schema.id.is_empty() || seen.iter().any(|urn| urn.eq_ignore_ascii_case(&schema.id)) {
            return Err(DefinitionError::Urn { urn: schema.id.clone() });
        }
        seen.push(&schema.id);
    }
    Ok(())
}

fn check_names(attributes: &[Attribute], parent: &str) -> Result<(), DefinitionError> {
    for (position, attribute) in attributes.iter().enumerate() {
        if contains(attributes.get(..position).unwrap_or_default(), &attribute.name) {
            return Err(DefinitionError::Duplicate { path: format!("{parent}{}", attribute.name) });
        }
    }
    Ok(())
}

fn check_parts(attribute: &Attribute) -> Result<(), DefinitionError> {
    let complex = attribute.kind == AttributeKind::Complex;
    if complex == attribute.sub_attributes.is_empty() {
        return Err(DefinitionError::Nesting { path: attribute.name.clone() });
    }
    if let Some(sub) = attribute.sub_attributes.iter().find(|sub| sub.kind == AttributeKind::Complex) {
        return Err(DefinitionError::Nesting { path: format!("{}.{}", attribute.name, sub.name) });
    }
    if attribute.sub_attributes.len() > usize::from(u16::MAX) {
        return Err(DefinitionError::TooMany);
    }
    check_names(&attribute.sub_attributes, &format!("{}.", attribute.name))
}

fn contains(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.name.eq_ignore_ascii_case(name))
}
