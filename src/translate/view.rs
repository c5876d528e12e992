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

    /// Whether the mapping names `attribute` with further options (RFC 4512 section 2.5.2), such as a language.
    pub fn has_options(&self, attribute: &AttributeDescription) -> bool {
        if self.mapping.with_options.is_empty() {
            return false; // nearly always, and asked for each leaf of each filter
        }
        let own: Vec<&str> = attribute.options().collect();
        let is_own = |option: &str| own.iter().any(|own| own.eq_ignore_ascii_case(option));
        let derived = |other: &AttributeDescription| {
            other.options().any(|option| !option.eq_ignore_ascii_case("binary") && !is_own(option))
                && own.iter().all(|option| other.options().any(|one| one.eq_ignore_ascii_case(option)))
                && self.schema.same_attribute(other.type_name(), attribute.type_name())
        };
        self.mapping.with_options.iter().any(derived)
    }

    /// Whether the directory knows `attribute`.
    pub fn knows(&self, attribute: &AttributeDescription) -> bool {
        self.schema.attribute(attribute.type_name()).is_some()
    }
}
