//! The flat table of a resource type's attributes.

use serde_json::{Map, Value};

use crate::scim::schema::{self, Attribute, Mutability, Returned, Schema};

use super::definition::{AttributeDef, Definition, DefinitionError};
use super::ids::{AttrId, AttrPath, SubId};

/// A resource type with its flat table of attributes. Lookups by name ignore case (RFC 7643 section 2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceSchema {
    name: String,
    description: String,
    endpoint: String,
    core: Schema,
    extensions: Vec<(Schema, bool)>,
    attributes: Vec<AttributeDef>,
}

impl ResourceSchema {
    /// Numbers the attributes of a resource type: common ones first, then the core schema's, then each extension's.
    ///
    /// # Errors
    /// When names or URNs clash or attributes nest as they mustn't.
    pub fn new(definition: Definition) -> Result<Self, DefinitionError> {
        let attributes = definition.number()?;
        let Definition { name, description, endpoint, core, extensions, common: _ } = definition;
        Ok(Self { name, description, endpoint, core, extensions, attributes })
    }

    /// The User of RFC 7643 with the enterprise extension.
    pub fn user() -> Self {
        Self::embedded(
            "User",
            "User Account",
            "/Users",
            schema::core::user(),
            vec![(schema::core::enterprise_user(), false)],
        )
    }

    /// The Group of RFC 7643.
    pub fn group() -> Self {
        Self::embedded("Group", "Group", "/Groups", schema::core::group(), Vec::new())
    }

    fn embedded(name: &str, description: &str, endpoint: &str, core: Schema, extensions: Vec<(Schema, bool)>) -> Self {
        let definition = Definition {
            name: name.into(),
            description: description.into(),
            endpoint: endpoint.into(),
            core,
            extensions,
            common: schema::common::attributes(),
        };
        Self::new(definition).expect("the embedded schemas are well formed")
    }

    /// The resource type's name, e.g. `User`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the resource type is.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Its endpoint with a leading slash, e.g. `/Users`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The core schema.
    pub fn core(&self) -> &Schema {
        &self.core
    }

    /// The extensions, and whether a resource must have each.
    pub fn extensions(&self) -> &[(Schema, bool)] {
        &self.extensions
    }

    /// The schema with this index, as in [`AttributeDef::schema`]: 0 is the core schema, n the nth extension.
    pub fn schema(&self, index: usize) -> Option<&Schema> {
        match index.checked_sub(1) {
            None => Some(&self.core),
            Some(extension) => self.extensions.get(extension).map(|(schema, _)| schema),
        }
    }

    /// The URN of the schema with this index (0 is the core schema, n the nth extension); empty when there is none.
    pub fn urn_of(&self, index: usize) -> &str {
        self.schema(index).map_or("", |schema| &schema.id)
    }

    /// All attributes, each at the position that its number says.
    pub fn attributes(&self) -> &[AttributeDef] {
        &self.attributes
    }

    /// The attribute with this number, `None` when another resource type's number is given.
    pub fn get(&self, id: AttrId) -> Option<&AttributeDef> {
        self.attributes.get(usize::from(id.0))
    }

    /// The characteristics of what a path names: the sub-attribute's if it has one.
    pub fn attribute(&self, path: AttrPath) -> Option<&Attribute> {
        let attribute = &self.get(path.attr)?.attribute;
        match path.sub {
            None => Some(attribute),
            Some(sub) => attribute.sub_attributes.get(usize::from(sub.0)),
        }
    }

    /// Whether what a path names is never shown to any client: the attribute or the sub-attribute is hidden. An unknown one is.
    pub fn is_hidden(&self, path: AttrPath) -> bool {
        let hidden = |path| self.attribute(path).is_none_or(Attribute::is_hidden);
        hidden(AttrPath::whole(path.attr)) || hidden(path) || self.get(path.attr).is_some_and(|def| def.outside)
    }

    /// The same type for somebody for whom the attributes that are `outside` aren't there, and those that are `read_only` can't be
    /// written. All keep their numbers.
    #[must_use]
    pub fn seen_without(&self, outside: &dyn Fn(AttrId) -> bool, read_only: &dyn Fn(AttrId) -> bool) -> Self {
        let mut seen = self.clone();
        for def in &mut seen.attributes {
            def.outside = outside(def.id);
            def.attribute.required &= !def.outside;
            if def.attribute.is_hidden() {
                def.attribute.returned = Returned::Never;
            }
            if def.outside || read_only(def.id) {
                def.attribute.mutability = Mutability::ReadOnly;
                def.attribute.sub_attributes.iter_mut().for_each(|sub| sub.mutability = Mutability::ReadOnly);
            }
        }
        seen
    }

    /// The sub-attribute of `attr` called `name`, in any case.
    pub fn sub(&self, attr: AttrId, name: &str) -> Option<SubId> {
        let position = self.get(attr)?.attribute.sub_position(name)?;
        u16::try_from(position).ok().map(SubId)
    }

    /// The attribute's value in a resource as served: keys in canonical case, extension attributes nested under their URN.
    pub fn value<'a>(&self, attr: AttrId, resource: &'a Map<String, Value>) -> Option<&'a Value> {
        let def = self.get(attr)?;
        match def.schema {
            Some(extension) if extension > 0 => resource.get(self.urn_of(extension))?.get(&def.attribute.name),
            _ => resource.get(&def.attribute.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::schema::AttributeKind;
    use serde_json::json;

    fn definition(core: Vec<Attribute>) -> Definition {
        Definition {
            name: "Room".into(),
            description: String::new(),
            endpoint: "/Rooms".into(),
            core: Schema {
                id: "urn:example:a:1.0:Room".into(),
                name: "Room".into(),
                description: String::new(),
                attributes: core,
            },
            extensions: Vec::new(),
            common: schema::common::attributes(),
        }
    }

    fn plain(name: &str) -> Attribute {
        Attribute::new(name, AttributeKind::String)
    }

    #[test]
    fn numbers_are_positions_and_common_attributes_come_first() {
        let user = ResourceSchema::user();
        for (position, def) in user.attributes().iter().enumerate() {
            assert_eq!(usize::from(def.id.0), position);
        }
        let names: Vec<_> =
            user.attributes().iter().take(5).map(|def| (def.attribute.name.as_str(), def.schema)).collect();
        assert_eq!(
            names,
            [("schemas", None), ("id", None), ("externalId", None), ("meta", None), ("userName", Some(0))]
        );
        assert_eq!(user.attributes().last().unwrap().schema, Some(1));
    }

    #[test]
    fn a_common_attribute_can_be_left_out_and_wins_over_the_schemas() {
        let mut definition = definition(vec![plain("ID"), plain("name")]);
        definition.common.retain(|attribute| attribute.name != "externalId");
        let room = ResourceSchema::new(definition).unwrap();
        let names: Vec<_> = room.attributes().iter().map(|def| def.attribute.name.as_str()).collect();
        assert_eq!(names, ["schemas", "id", "meta", "name"]);
    }

    #[test]
    fn refuses_what_could_not_be_addressed() {
        let twice = ResourceSchema::new(definition(vec![plain("a"), plain("A")]));
        assert_eq!(twice, Err(DefinitionError::Duplicate { path: "A".into() }));
        let mut complex = Attribute::new("c", AttributeKind::Complex);
        assert_eq!(
            ResourceSchema::new(definition(vec![complex.clone()])),
            Err(DefinitionError::Nesting { path: "c".into() })
        );
        complex.sub_attributes = vec![Attribute::new("d", AttributeKind::Complex)];
        assert_eq!(
            ResourceSchema::new(definition(vec![complex])),
            Err(DefinitionError::Nesting { path: "c.d".into() })
        );
        let mut same = definition(Vec::new());
        same.extensions.push((same.core.clone(), false));
        assert!(matches!(ResourceSchema::new(same), Err(DefinitionError::Urn { .. })));
    }

    #[test]
    fn finds_values_of_core_and_extension() {
        let user = ResourceSchema::user();
        let resource =
            json!({ "userName": "a", schema::core::ENTERPRISE_USER: { "department": "b" }, "department": "wrong" });
        let value = |name: &str| {
            let path = user.resolve(&name.into()).unwrap();
            user.value(path.attr, resource.as_object().unwrap()).cloned()
        };
        assert_eq!(value("username"), Some(json!("a")));
        assert_eq!(value("department"), Some(json!("b")));
        assert_eq!(value("title"), None);
    }
}
