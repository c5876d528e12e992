//! From the keys of a body to attributes.

use serde_json::{Map, Value};

use crate::scim::error::Error;
use crate::scim::resource_schema::{AttrPath, Selection};
use crate::scim::text::shortened;

use super::value::{Reader, is_read_only, is_unassigned};

/// What was given for an attribute or a sub-attribute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) path: AttrPath,
    pub(super) value: &'a Value,
}

static NULL: Value = Value::Null;

/// What a body gives for the attributes that a client may write, in the body's order. What is read only is passed over (RFC 7644
/// section 3.3), and by default what is unknown.
///
/// # Errors
/// 400 `invalidSyntax` when an extension isn't an object; strictly, for unknown keys too.
pub(super) fn given<'a>(reader: &Reader<'_>, body: &'a Map<String, Value>) -> Result<Vec<Given<'a>>, Error> {
    let mut found = Vec::new();
    for (key, value) in body {
        match select(reader, key) {
            Some(Selection::Attribute(path)) => found.push(Given { path, value }),
            Some(Selection::Extension(index)) => nested(reader, index, value, &mut found)?,
            None => unknown(reader, key)?,
        }
    }
    found.retain(|given| !is_read_only(reader.schema, given.path));
    Ok(found)
}

fn nested<'a>(reader: &Reader<'_>, index: usize, value: &'a Value, found: &mut Vec<Given<'a>>) -> Result<(), Error> {
    let urn = reader.schema.urn_of(index);
    if is_unassigned(value) {
        let own = reader.schema.attributes().iter().filter(|def| def.schema == Some(index));
        found.extend(own.map(|def| Given { path: AttrPath::whole(def.id), value: &NULL }));
        return Ok(());
    }
    let members = value.as_object().ok_or_else(|| Error::invalid_syntax(format!("`{urn}`: expected an object")))?;
    for (key, value) in members {
        match select_in(reader, index, key) {
            Some(path) => found.push(Given { path, value }),
            None => unknown(reader, key)?,
        }
    }
    Ok(())
}

/// What a key at the top of a body, or of a PATCH value without path, names. By default it may be a path (`name.givenName`) or an
/// extension's attribute with or without its URN; strictly it is an attribute's name or an extension's URN.
pub(crate) fn select(reader: &Reader<'_>, key: &str) -> Option<Selection> {
    let found = reader.schema.find(key)?;
    let plain = match found {
        Selection::Attribute(path) => is_plain(reader, path, key, 0),
        Selection::Extension(index) => index > 0,
    };
    (plain || !reader.dialect.is_strict()).then_some(found)
}

/// What a key inside an extension's object names.
pub(crate) fn select_in(reader: &Reader<'_>, index: usize, key: &str) -> Option<AttrPath> {
    match reader.schema.find(&format!("{}:{key}", reader.schema.urn_of(index)))? {
        Selection::Attribute(path) if !reader.dialect.is_strict() || is_plain(reader, path, key, index) => Some(path),
        _ => None,
    }
}

/// Whether the key is just the attribute's name, and the attribute one of the schema with this index.
fn is_plain(reader: &Reader<'_>, path: AttrPath, key: &str, index: usize) -> bool {
    let def = reader.schema.get(path.attr);
    def.is_some_and(|def| def.schema.unwrap_or(0) == index && def.attribute.name.eq_ignore_ascii_case(key))
}

fn unknown(reader: &Reader<'_>, key: &str) -> Result<(), Error> {
    if !reader.dialect.is_strict() {
        return Ok(());
    }
    Err(Error::invalid_syntax(format!("`{}` is not an attribute of {}", shortened(key), reader.schema.name())))
}
