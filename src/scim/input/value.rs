//! An attribute's value in canonical form.

use serde_json::{Map, Value};

use crate::scim::dialect::Dialect;
use crate::scim::error::Error;
use crate::scim::resource_schema::{AttrPath, AttributeDef, ResourceSchema};
use crate::scim::schema::{Attribute, AttributeKind, Mutability};
use crate::scim::text::shortened;

use super::elements::Elements;
use super::scalar;

/// Reads the values that clients send. All errors are 400 `invalidValue` and name the path, never the value: it may be a password.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) schema: &'a ResourceSchema,
    pub(crate) dialect: Dialect,
}

/// Whether a value means that there is none (RFC 7643 section 2.5); clients send `""` too, and no directory holds it.
pub(crate) fn is_unassigned(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        _ => false,
    }
}

/// Whether no client may write what the path names.
pub(crate) fn is_read_only(schema: &ResourceSchema, path: AttrPath) -> bool {
    let read_only = |path| schema.attribute(path).is_none_or(|found| found.mutability == Mutability::ReadOnly);
    read_only(AttrPath::whole(path.attr)) || read_only(path)
}

impl Reader<'_> {
    /// The value of an attribute as a whole; `None` when nothing is left of it.
    pub(crate) fn attribute(&self, def: &AttributeDef, value: &Value) -> Result<Option<Value>, Error> {
        if is_unassigned(value) {
            return Ok(None);
        }
        if def.attribute.multi_valued {
            let list = self.list(def, value)?;
            return Ok(Some(Value::Array(list)).filter(|list| !is_unassigned(list)));
        }
        self.single(def, value)
    }

    /// The elements of a multi-valued attribute, each once and at most one of them primary. By default a single value stands for
    /// a list of one.
    pub(crate) fn list(&self, def: &AttributeDef, value: &Value) -> Result<Vec<Value>, Error> {
        let given = match value {
            Value::Array(given) => given.as_slice(),
            _ if is_unassigned(value) => &[],
            _ if self.dialect.is_strict() => return Err(self.wrong(AttrPath::whole(def.id), "expected a list")),
            single => std::slice::from_ref(single),
        };
        let elements = Elements::of(&def.attribute);
        let mut list = Vec::with_capacity(given.len());
        for value in given {
            match self.element(def, value)? {
                Some(element) if !elements.is_hollow(&element) => list.push(element),
                // To pass over a reference to nobody would turn "these members" into fewer, or into none.
                _ if elements.is_reference() => {
                    return Err(self.wrong(AttrPath::whole(def.id), "each element needs a `value`"));
                }
                _ => {}
            }
        }
        if self.dialect.is_strict() && elements.primaries(&list) > 1 {
            return Err(self.wrong(AttrPath::whole(def.id), "only one element can be primary"));
        }
        Ok(elements.normal(list))
    }

    /// One element of a multi-valued attribute, even if it says nothing but its type; `None` for null and the like.
    pub(crate) fn element(&self, def: &AttributeDef, value: &Value) -> Result<Option<Value>, Error> {
        self.one(def, value, Nulls::Drop)
    }

    /// A change to a complex value, or to one element: sub-attributes that are to go are null. `None` when all of it is to go.
    pub(crate) fn change(&self, def: &AttributeDef, value: &Value) -> Result<Option<Value>, Error> {
        self.one(def, self.unwrapped(AttrPath::whole(def.id), value)?, Nulls::Keep)
    }

    /// A single value of a sub-attribute, or the list of a multi-valued one; `None` when it is to go.
    pub(crate) fn part(&self, path: AttrPath, value: &Value) -> Result<Option<Value>, Error> {
        let Some(attribute) = self.schema.attribute(path) else { return Ok(None) };
        if !attribute.multi_valued {
            let value = self.unwrapped(path, value)?;
            return if is_unassigned(value) { Ok(None) } else { self.scalar(path, attribute, value).map(Some) };
        }
        let given = match value {
            Value::Array(given) => given.as_slice(),
            single => std::slice::from_ref(single),
        };
        let given = given.iter().filter(|value| !is_unassigned(value));
        let list = given.map(|value| self.scalar(path, attribute, value)).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(Value::Array(list)).filter(|list| !is_unassigned(list)))
    }

    fn single(&self, def: &AttributeDef, value: &Value) -> Result<Option<Value>, Error> {
        let value = self.unwrapped(AttrPath::whole(def.id), value)?;
        let found = self.one(def, value, Nulls::Drop)?;
        Ok(found.filter(|found| !Elements::of(&def.attribute).is_hollow(found)))
    }

    fn one(&self, def: &AttributeDef, value: &Value, nulls: Nulls) -> Result<Option<Value>, Error> {
        let path = AttrPath::whole(def.id);
        if is_unassigned(value) {
            return Ok(None);
        }
        if def.attribute.kind != AttributeKind::Complex {
            return self.scalar(path, &def.attribute, value).map(Some);
        }
        let members = match value {
            Value::Object(members) => self.object(def, members, nulls)?,
            Value::Array(_) => return Err(self.wrong(path, "expected an object, found a list")),
            simple if !self.dialect.is_strict() => self.significant(def, simple)?,
            _ => return Err(self.wrong(path, "expected an object")),
        };
        Ok(Some(Value::Object(members)))
    }

    fn object(
        &self,
        def: &AttributeDef,
        given: &Map<String, Value>,
        nulls: Nulls,
    ) -> Result<Map<String, Value>, Error> {
        let mut members = Map::new();
        for (key, value) in given {
            let Some(sub) = self.schema.sub(def.id, key) else {
                self.unknown(def, key)?;
                continue;
            };
            let path = AttrPath::part(def.id, sub);
            if is_read_only(self.schema, path) {
                continue;
            }
            let name = self.schema.sub_name(def.id, sub).to_owned();
            match (self.part(path, value)?, nulls) {
                (Some(value), _) => members.insert(name, value),
                (None, Nulls::Keep) => members.insert(name, Value::Null),
                (None, Nulls::Drop) => None,
            };
        }
        Ok(members)
    }

    /// A simple value in place of an object is its `value`.
    fn significant(&self, def: &AttributeDef, value: &Value) -> Result<Map<String, Value>, Error> {
        let sub = self.schema.sub(def.id, "value").map(|sub| AttrPath::part(def.id, sub));
        let path = sub.ok_or_else(|| self.wrong(AttrPath::whole(def.id), "expected an object"))?;
        let name = self.schema.attribute(path).map(|sub| sub.name.clone()).unwrap_or_default();
        Ok(self.part(path, value)?.map(|value| (name, value)).into_iter().collect())
    }

    /// A list of one in place of a single value is that value.
    fn unwrapped<'v>(&self, path: AttrPath, value: &'v Value) -> Result<&'v Value, Error> {
        match value {
            Value::Array(list) => match list.as_slice() {
                [] => Ok(&Value::Null),
                [one] if !self.dialect.is_strict() => Ok(one),
                _ => Err(self.wrong(path, "expected a single value, found a list")),
            },
            single => Ok(single),
        }
    }

    fn scalar(&self, path: AttrPath, attribute: &Attribute, value: &Value) -> Result<Value, Error> {
        scalar::canonical(attribute.kind, value, !self.dialect.is_strict()).ok_or_else(|| {
            let found = match value {
                Value::String(text) if text.contains('\0') => "a string with a NUL in it",
                Value::String(_) => "another string",
                other => kind_of(other),
            };
            self.wrong(path, &format!("expected {}, found {found}", scalar::wanted(attribute.kind)))
        })
    }

    fn unknown(&self, def: &AttributeDef, key: &str) -> Result<(), Error> {
        if !self.dialect.is_strict() {
            return Ok(());
        }
        let what = format!("`{}` is not one of its sub-attributes", shortened(key));
        Err(self.wrong(AttrPath::whole(def.id), &what))
    }

    pub(crate) fn wrong(&self, path: AttrPath, what: &str) -> Error {
        Error::invalid_value(format!("`{}`: {what}", self.schema.path_text(path)))
    }
}

/// What becomes of sub-attributes that are given as null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nulls {
    Keep,
    Drop,
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
