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
    /// Whether a client may change it: `readOnly`, `readWrite`, `immutable` or `writeOnly`.
    pub(crate) mutability: String,
    pub(crate) required: bool,
    /// The values that it is published to have; empty where it may have any.
    pub(crate) canonical: Vec<String>,
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
    /// What other types have, by bare name and under each URN: resources of this type have no value for it.
    elsewhere: Vec<(Option<String>, Attribute)>,
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
            mutability: text("mutability").to_owned(),
            required: document["required"] == true,
            canonical: documents(&document["canonicalValues"]).filter_map(Value::as_str).map(str::to_owned).collect(),
            subs: documents(&document["subAttributes"]).map(Self::read).collect(),
        }
    }

    fn common(name: &str, kind: Kind, case_exact: bool) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            multi_valued: false,
            case_exact,
            readable: true,
            mutability: if name == "externalId" { "readWrite" } else { "readOnly" }.to_owned(),
            required: false,
            canonical: Vec::new(),
            subs: Vec::new(),
        }
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
        let mut all: Vec<Type> = documents(&types["Resources"]).map(|document| Self::read(document, &schema)).collect();
        for place in 0..all.len() {
            let others = all.iter().enumerate().filter(|(other, _)| *other != place);
            all[place].elsewhere = others.flat_map(|(_, other)| other.names()).collect();
        }
        all
    }

    /// Its attributes, core ones under the core schema's URN as well.
    fn names(&self) -> impl Iterator<Item = (Option<String>, Attribute)> {
        let core = self.attributes.iter().filter(|(urn, _)| urn.is_none());
        let core = core.map(|(_, attribute)| (Some(self.urn.clone()), attribute.clone()));
        self.attributes.iter().cloned().chain(core)
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
        Self { name: text("name"), endpoint: text("endpoint"), urn, attributes, elsewhere: Vec::new() }
    }

    /// The attribute that a path names, whatever its sub-attribute: this type's or another's.
    pub(crate) fn attribute(&self, path: &Path) -> &Attribute {
        let urn = path.urn.as_ref().filter(|urn| **urn != self.urn);
        let is_named =
            |(of, attribute): &&(Option<String>, Attribute)| of.as_ref() == urn && attribute.name == path.attribute;
        let found = self.attributes.iter().find(is_named).or_else(|| self.elsewhere.iter().find(is_named));
        &found.unwrap_or_else(|| panic!("{} has no {path:?}", self.name)).1
    }

    /// Whether the attribute is one that no schema lists.
    pub(crate) fn is_common(path: &Path) -> bool {
        path.urn.is_none() && common(true).iter().any(|attribute| attribute.name == path.attribute)
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
