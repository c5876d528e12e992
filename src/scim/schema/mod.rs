//! SCIM schemas as data (RFC 7643 section 7): what attributes a resource has and how each of them behaves.
//!
//! The same types are read from mapping files and embedded documents and written to `/Schemas`.

pub mod common;
pub mod core;

use serde::{Deserialize, Serialize};

/// A schema: a URN and the attributes that it defines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// The schema's URN.
    pub id: String,
    /// Its human-readable name, e.g. `User`.
    #[serde(default)]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The attributes it defines.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// The attribute called `name`, in any case.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }
}

/// An attribute or sub-attribute with its characteristics (RFC 7643 sections 2.2 and 7). Characteristics that a document leaves
/// out have the defaults of section 2.2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// The attribute's name, in the case in which it is served.
    pub name: String,
    /// Its data type.
    #[serde(rename = "type", default)]
    pub kind: AttributeKind,
    /// Whether it holds a list.
    #[serde(default)]
    pub multi_valued: bool,
    /// What it means.
    #[serde(default)]
    pub description: String,
    /// Whether a resource must have it.
    #[serde(default)]
    pub required: bool,
    /// Whether case matters when values are compared.
    #[serde(default)]
    pub case_exact: bool,
    /// Who may write it, and when.
    #[serde(default)]
    pub mutability: Mutability,
    /// When it is part of a response.
    #[serde(default)]
    pub returned: Returned,
    /// Among what its values are unique.
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// Suggested values, e.g. `work` and `home`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    /// What a reference may refer to: resource type names, `external` or `uri`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
    /// The parts of a complex attribute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Attribute>,
}

impl Attribute {
    /// An attribute called `name` of type `kind` with the default characteristics of RFC 7643 section 2.2; references and binaries
    /// are case exact (sections 2.3.6 and 2.3.7).
    pub fn new(name: impl Into<String>, kind: AttributeKind) -> Self {
        Self {
            name: name.into(),
            kind,
            multi_valued: false,
            description: String::new(),
            required: false,
            case_exact: matches!(kind, AttributeKind::Reference | AttributeKind::Binary),
            mutability: Mutability::default(),
            returned: Returned::default(),
            uniqueness: Uniqueness::default(),
            canonical_values: Vec::new(),
            reference_types: Vec::new(),
            sub_attributes: Vec::new(),
        }
    }

    /// The position of the sub-attribute called `name`, in any case.
    pub fn sub_position(&self, name: &str) -> Option<usize> {
        self.sub_attributes.iter().position(|sub| sub.name.eq_ignore_ascii_case(name))
    }

    /// The sub-attribute called `name`, in any case.
    pub fn sub_attribute(&self, name: &str) -> Option<&Attribute> {
        self.sub_position(name).and_then(|position| self.sub_attributes.get(position))
    }

    /// Whether no client ever gets to see the value: `returned` never, or written only. Such attributes can't be filtered, sorted
    /// or asked for.
    pub fn is_hidden(&self) -> bool {
        self.returned == Returned::Never || self.mutability == Mutability::WriteOnly
    }
}

/// A data type of RFC 7643 section 2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttributeKind {
    /// Unicode text.
    #[default]
    String,
    /// `true` or `false`.
    Boolean,
    /// A number with a fraction.
    Decimal,
    /// A whole number.
    Integer,
    /// An instant, xsd:dateTime.
    DateTime,
    /// Octets, base64 in JSON.
    Binary,
    /// A URI.
    Reference,
    /// An object of sub-attributes.
    Complex,
}

impl AttributeKind {
    /// The name that schemas use, e.g. `dateTime`.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Decimal => "decimal",
            Self::Integer => "integer",
            Self::DateTime => "dateTime",
            Self::Binary => "binary",
            Self::Reference => "reference",
            Self::Complex => "complex",
        }
    }
}

/// Who may write an attribute (RFC 7643 section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// The service provider alone.
    ReadOnly,
    /// Clients, at any time.
    #[default]
    ReadWrite,
    /// Clients, when the resource or value is created.
    Immutable,
    /// Clients, who never get it back.
    WriteOnly,
}

/// When an attribute is part of a response (RFC 7643 section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// In every one, whatever the client asks for.
    Always,
    /// In none.
    Never,
    /// Unless the client asks for others or excludes it.
    #[default]
    Default,
    /// Only when the client asks for it.
    Request,
}

/// Among what the values of an attribute are unique (RFC 7643 section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// Nothing.
    #[default]
    None,
    /// The resources of this service provider.
    Server,
    /// Everything everywhere.
    Global,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn characteristics_left_out_have_the_defaults_of_section_2_2() {
        let attribute: Attribute = serde_json::from_value(json!({ "name": "x" })).unwrap();
        assert_eq!(attribute, Attribute::new("x", AttributeKind::String));
        assert_eq!(attribute.mutability, Mutability::ReadWrite);
        assert_eq!(attribute.returned, Returned::Default);
        assert_eq!(attribute.uniqueness, Uniqueness::None);
    }

    #[test]
    fn is_written_as_section_7_says_and_without_empty_lists() {
        let mut attribute = Attribute::new("when", AttributeKind::DateTime);
        attribute.mutability = Mutability::ReadOnly;
        assert_eq!(
            serde_json::to_value(&attribute).unwrap(),
            json!({ "name": "when", "type": "dateTime", "multiValued": false, "description": "", "required": false,
                    "caseExact": false, "mutability": "readOnly", "returned": "default", "uniqueness": "none" })
        );
        attribute.canonical_values = vec!["a".into()];
        assert_eq!(serde_json::to_value(&attribute).unwrap()["canonicalValues"], json!(["a"]));
    }

    #[test]
    fn kinds_are_named_as_they_are_written() {
        use AttributeKind::*;
        for kind in [String, Boolean, Decimal, Integer, DateTime, Binary, Reference, Complex] {
            assert_eq!(serde_json::to_value(kind).unwrap(), json!(kind.name()));
        }
    }
}
