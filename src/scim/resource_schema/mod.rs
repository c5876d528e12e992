//! Everything about one resource type as one flat table: its common, core and extension attributes, each with a small number that
//! the rest of the program uses instead of names.

mod lookup;
mod names;

pub use lookup::{Selection, UnknownAttribute};

use serde_json::{Map, Value};

use super::schema::{self, Attribute, AttributeKind, Schema};

/// The number of a top-level attribute in a [`ResourceSchema`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttrId(pub u16);

/// The number of a sub-attribute in its attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubId(pub u16);

/// An attribute or one of its sub-attributes. Meaningful only with the [`ResourceSchema`] that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttrPath {
    /// The top-level attribute.
    pub attr: AttrId,
    /// The sub-attribute; `None` is the attribute as a whole.
    pub sub: Option<SubId>,
}

impl AttrPath {
    /// The attribute as a whole.
    pub fn whole(attr: AttrId) -> Self {
        Self { attr, sub: None }
    }

    /// One of the attribute's sub-attributes.
    pub fn part(attr: AttrId, sub: SubId) -> Self {
        Self { attr, sub: Some(sub) }
    }
}

/// A top-level attribute and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeDef {
    /// Its number: its position in [`ResourceSchema::attributes`].
    pub id: AttrId,
    /// Which schema defines it: `None` for a common attribute, `Some(0)` the core schema, `Some(n)` the nth extension.
    pub schema: Option<usize>,
    /// Its characteristics.
    pub attribute: Attribute,
}

/// What a [`ResourceSchema`] is built from.
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
    /// Its common attributes: those of [`schema::common::attributes`], less what this resource type doesn't have.
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
        let Definition { name, description, endpoint, core, extensions, common } = definition;
        let schemas = std::iter::once(&core).chain(extensions.iter().map(|(schema, _)| schema));
        check_urns(schemas.clone())?;
        // An older schema document may list common attributes too; their characteristics here take precedence (RFC 7643 3.1).
        let own = |attribute: &&Attribute, index: usize| index > 0 || !contains(&common, &attribute.name);
        let mut table: Vec<(Option<usize>, Attribute)> =
            common.iter().cloned().map(|attribute| (None, attribute)).collect();
        for (index, schema) in schemas.enumerate() {
            check_names(&schema.attributes, "")?;
            let listed = schema.attributes.iter().filter(|attribute| own(attribute, index));
            table.extend(listed.cloned().map(|attribute| (Some(index), attribute)));
        }
        let attributes = number(table)?;
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
        hidden(AttrPath::whole(path.attr)) || hidden(path)
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

/// Gives every attribute its number, having checked its parts.
fn number(table: Vec<(Option<usize>, Attribute)>) -> Result<Vec<AttributeDef>, DefinitionError> {
    let numbered = table.into_iter().enumerate().map(|(position, (schema, attribute))| {
        check_parts(&attribute)?;
        let id = u16::try_from(position).map(AttrId).map_err(|_| DefinitionError::TooMany)?;
        Ok(AttributeDef { id, schema, attribute })
    });
    numbered.collect()
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

#[cfg(test)]
mod tests {
    use super::*;
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
