//! What the server publishes about its attributes: read from `/ResourceTypes` and `/Schemas` as any client would.

use serde_json::Value;

use super::filter::Path;
use crate::support::client::Client;

/// The type of an attribute's values (RFC 7643 section 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Boolean,
    Number,
    Time,
    Binary,
    Complex,
}

/// An attribute and what is true of it (RFC 7643 section 2.2).
#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) multi_valued: bool,
    pub(crate) case_exact: bool,
    /// Whether a client ever sees it.
    pub(crate) readable: bool,
    pub(crate) subs: Vec<Attribute>,
}

/// One resource type.
#[derive(Debug, Clone)]
pub(crate) struct Type {
    pub(crate) name: String,
    pub(crate) endpoint: String,
    /// The core schema's URN.
    pub(crate) urn: String,
    /// The attributes with the URN of the extension that they are in.
    pub(crate) attributes: Vec<(Option<String>, Attribute)>,
}

impl Attribute {
    fn read(document: &Value) -> Self {
        let text = |name: &str| document[name].as_str().unwrap_or_default();
        let kind = match text("type") {
            "string" | "reference" => Kind::Text,
            "boolean" => Kind::Boolean,
            "integer" | "decimal" => Kind::Number,
            "dateTime" => Kind::Time,
            "binary" => Kind::Binary,
            "complex" => Kind::Complex,
            other => panic!("an attribute of type {other:?}: {document}"),
        };
        Self {
            name: text("name").to_owned(),
            kind,
            multi_valued: document["multiValued"] == true,
            case_exact: document["caseExact"] == true,
            readable: text("returned") != "never" && text("mutability") != "writeOnly",
            subs: documents(&document["subAttributes"]).map(Self::read).collect(),
        }
    }

    fn common(name: &str, kind: Kind, case_exact: bool) -> Self {
        Self { name: name.to_owned(), kind, multi_valued: false, case_exact, readable: true, subs: Vec::new() }
    }

    /// The sub-attribute of this name.
    pub(crate) fn sub(&self, name: &str) -> Option<&Attribute> {
        self.subs.iter().find(|sub| sub.name == name)
    }
}

fn documents(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// The attributes that no schema document lists (RFC 7643 section 3.1).
fn common(with_external_id: bool) -> Vec<Attribute> {
    let schemas = Attribute { multi_valued: true, ..Attribute::common("schemas", Kind::Text, false) };
    let meta = Attribute {
        subs: vec![
            Attribute::common("resourceType", Kind::Text, true),
            Attribute::common("created", Kind::Time, false),
            Attribute::common("lastModified", Kind::Time, false),
            Attribute::common("location", Kind::Text, true),
            Attribute::common("version", Kind::Text, true),
        ],
        ..Attribute::common("meta", Kind::Complex, false)
    };
    let mut all = vec![schemas, Attribute::common("id", Kind::Text, true), meta];
    if with_external_id {
        all.push(Attribute::common("externalId", Kind::Text, true));
    }
    all
}

impl Type {
    /// All types that the server has.
    pub(crate) fn read_all(client: &Client) -> Vec<Type> {
        let types = client.get("/ResourceTypes").json();
        let schemas = client.get("/Schemas").json();
        let schema = |urn: &str| {
            let found = documents(&schemas["Resources"]).find(|schema| schema["id"] == *urn);
            found.unwrap_or_else(|| panic!("no schema {urn} in {schemas}")).clone()
        };
        documents(&types["Resources"]).map(|document| Self::read(document, &schema)).collect()
    }

    fn read(document: &Value, schema: &dyn Fn(&str) -> Value) -> Self {
        let urn = document["schema"].as_str().unwrap().to_owned();
        let mut attributes: Vec<_> = common(true).into_iter().map(|attribute| (None, attribute)).collect();
        let of = |urn: &str| {
            let document = schema(urn);
            documents(&document["attributes"]).map(Attribute::read).collect::<Vec<_>>()
        };
        attributes.extend(of(&urn).into_iter().map(|attribute| (None, attribute)));
        for extension in documents(&document["schemaExtensions"]) {
            let urn = extension["schema"].as_str().unwrap();
            attributes.extend(of(urn).into_iter().map(|attribute| (Some(urn.to_owned()), attribute)));
        }
        let text = |name: &str| document[name].as_str().unwrap().to_owned();
        Self { name: text("name"), endpoint: text("endpoint"), urn, attributes }
    }

    /// The attribute that a path names, whatever its sub-attribute.
    pub(crate) fn attribute(&self, path: &Path) -> &Attribute {
        let urn = path.urn.as_ref().filter(|urn| **urn != self.urn);
        let found =
            self.attributes.iter().find(|(of, attribute)| of.as_ref() == urn && attribute.name == path.attribute);
        &found.unwrap_or_else(|| panic!("{} has no {path:?}", self.name)).1
    }

    /// All top-level attributes as `attributes=` takes them.
    pub(crate) fn all(&self) -> String {
        let names =
            self.attributes.iter().filter(|(_, attribute)| attribute.readable).map(|(urn, attribute)| match urn {
                Some(urn) => format!("{urn}:{}", attribute.name),
                None => attribute.name.clone(),
            });
        names.collect::<Vec<_>>().join(",")
    }
}
