//! The body of a POST or PUT as a whole.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::scim::dialect::Dialect;
use crate::scim::error::Error;
use crate::scim::resource_schema::{AttrId, AttrPath, AttributeDef, ResourceSchema};
use crate::scim::schema::{Attribute, Returned};

use super::elements::Elements;
use super::keys::{self, Given};
use super::place::place;
use super::required;
use super::schemas;
use super::value::{Reader, is_read_only, is_unassigned};

/// What the body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// POST: every required attribute must be given.
    Create,
    /// PUT: as POST, but for attributes that the client can't have read: they may be left as they are.
    Replace,
}

/// What a client wants a resource to be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Image {
    /// What it gives, in canonical form. `schemas`, `id`, `meta` and whatever else is read only are no part of it.
    pub resource: Map<String, Value>,
    /// What it wants to have no value, by null, `[]` or `""` (RFC 7644 sections 3.3 and 3.5.1); whatever else isn't in
    /// `resource` was just not mentioned. In ascending order.
    pub cleared: Vec<AttrPath>,
}

/// Reads the body of a POST or PUT.
///
/// By default: a missing `schemas` and foreign ones are tolerated; unknown attributes are passed over; attribute names may be
/// paths with dots and URNs; booleans and numbers may be strings; a simple value stands for `{ "value": … }`, a single one for a
/// list of one and a list of one for a single one; elements that say nothing but their type are passed over; of several primary
/// elements the last is it. Strictly, all of these are errors (but what says nothing is passed over all the same).
///
/// # Errors
/// 400 `invalidSyntax` when `schemas` or a key is wrong or an attribute is given twice; 400 `invalidValue` when a value isn't of
/// its attribute's type, or a required one is missing.
pub fn resource(
    schema: &ResourceSchema,
    body: &Map<String, Value>,
    mode: Mode,
    dialect: Dialect,
) -> Result<Image, Error> {
    schemas::check(schema, body, dialect)?;
    let reader = Reader { schema, dialect };
    let mut by_attribute: BTreeMap<AttrId, Vec<Given<'_>>> = BTreeMap::new();
    for given in keys::given(&reader, body)? {
        by_attribute.entry(given.path.attr).or_default().push(given);
    }
    let mut image = Image::default();
    for (attr, given) in by_attribute {
        if let Some(def) = schema.get(attr) {
            read(&reader, def, &given, &mut image)?;
        }
    }
    image.cleared.sort_unstable();
    check_required(schema, &image.resource, mode)?;
    Ok(image)
}

fn read(reader: &Reader<'_>, def: &AttributeDef, given: &[Given<'_>], image: &mut Image) -> Result<(), Error> {
    let given = combined(reader.schema, def, given)?;
    let value = reader.attribute(def, &given)?;
    note_cleared(reader.schema, def, &given, value.as_ref(), &mut image.cleared);
    if value.is_some() {
        place(reader.schema, &mut image.resource, def.id, value);
    }
    Ok(())
}

/// One value of what may have been given in parts, as `name.givenName` and `name.familyName`.
fn combined<'a>(schema: &ResourceSchema, def: &AttributeDef, given: &[Given<'a>]) -> Result<Cow<'a, Value>, Error> {
    if let [Given { path: AttrPath { sub: None, .. }, value }] = given {
        return Ok(Cow::Borrowed(value));
    }
    let mut members = Map::new();
    for Given { path, value } in given {
        let parts = match (path.sub, value) {
            (Some(sub), value) => vec![(schema.sub_name(def.id, sub).to_owned(), (*value).clone())],
            (None, Value::Object(parts)) if !def.attribute.multi_valued => own_parts(&def.attribute, parts),
            (None, _) => return Err(twice(schema, def)),
        };
        for (name, value) in parts {
            if members.insert(name, value).is_some() {
                return Err(twice(schema, def));
            }
        }
    }
    Ok(Cow::Owned(Value::Object(members)))
}

fn own_parts(attribute: &Attribute, parts: &Map<String, Value>) -> Vec<(String, Value)> {
    let canonical = |key: &String| attribute.sub_attribute(key).map_or_else(|| key.clone(), |sub| sub.name.clone());
    parts.iter().map(|(key, value)| (canonical(key), value.clone())).collect()
}

fn twice(schema: &ResourceSchema, def: &AttributeDef) -> Error {
    Error::invalid_syntax(format!("`{}` is given twice", schema.path_text(AttrPath::whole(def.id))))
}

/// Notes what was asked to have no value: the attribute as a whole, or parts of a single complex value.
fn note_cleared(
    schema: &ResourceSchema,
    def: &AttributeDef,
    given: &Value,
    value: Option<&Value>,
    cleared: &mut Vec<AttrPath>,
) {
    let parts = match given {
        Value::Object(parts) if !def.attribute.multi_valued && !Elements::of(&def.attribute).is_reference() => parts,
        _ => {
            if value.is_none() {
                cleared.push(AttrPath::whole(def.id));
            }
            return;
        }
    };
    let gone = parts.iter().filter(|(_, value)| is_unassigned(value)).filter_map(|(key, _)| schema.sub(def.id, key));
    let gone = gone.map(|sub| AttrPath::part(def.id, sub)).filter(|path| !is_read_only(schema, *path));
    cleared.extend(gone);
}

fn check_required(schema: &ResourceSchema, resource: &Map<String, Value>, mode: Mode) -> Result<(), Error> {
    let readable = |attr: &AttrId| {
        let attribute = schema.attribute(AttrPath::whole(*attr));
        attribute.is_some_and(|found| !found.is_hidden() && found.returned != Returned::Request)
    };
    let whole = required::missing(schema, resource).into_iter().filter(|attr| mode == Mode::Create || readable(attr));
    let mut missing: Vec<AttrPath> = whole.map(AttrPath::whole).collect();
    for def in schema.attributes() {
        if let Some(value) = schema.value(def.id, resource) {
            missing.extend(required::parts_missing(schema, def, value));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = missing.into_iter().map(|path| format!("`{}`", schema.path_text(path))).collect();
    Err(Error::invalid_value(format!("required, but not given: {}", names.join(", "))))
}
