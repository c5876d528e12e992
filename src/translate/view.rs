//! A mapping seen together with the schema of the directory at hand.

use std::sync::Arc;

use crate::ldap::{AttributeDescription, Subschema};
use crate::mapping::model::{Mapping, Resource, TypeIndex};
use crate::mapping::rules::Rules;

/// A mapping and the schema that decides what a filter may say.
#[derive(Clone, Debug)]
pub struct View {
    /// The mapping.
    pub mapping: Arc<Mapping>,
    /// The directory's schema.
    pub schema: Arc<Subschema>,
}

impl View {
    /// The type at `kind`.
    pub fn resource(&self, kind: TypeIndex) -> &Resource {
        &self.mapping.resources[kind]
    }

    /// The directory's rules for `attribute`.
    pub fn rules(&self, attribute: &AttributeDescription) -> Rules {
        Rules::of(attribute, &self.schema)
    }

    /// Whether the directory knows `attribute`.
    pub fn knows(&self, attribute: &AttributeDescription) -> bool {
        self.schema.attribute(attribute.type_name()).is_some()
    }
}
