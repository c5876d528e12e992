//! From what clients send to operations on attributes.

use serde_json::{Map, Value};

use crate::scim::dialect::Dialect;
use crate::scim::error::Error;
use crate::scim::filter::Filter;
use crate::scim::input::{Elements, Reader, is_read_only, is_unassigned, select, select_in};
use crate::scim::path;
use crate::scim::resource_schema::{AttrPath, AttributeDef, ResourceSchema, Selection};
use crate::scim::schema::AttributeKind;
use crate::scim::text::shortened;

use super::body::{RawOperation, too_many};
use super::limits::Limits;
use super::operation::{Op, Operation, Target};
use super::template::template;

/// Resolves operations against a resource type. Values without a path and those of whole extensions become an operation for each
/// attribute; one that asks for nothing (to add an empty list, to set what is read only by a value without path) becomes none.
///
/// By default:
/// - values are read as [`input::resource`](crate::scim::input::resource()) reads them; keys of values without path may be paths,
///   filters included, and unknown ones are passed over;
/// - to replace through a filter that nothing matches makes the element, if the filter says by equality what it is;
/// - to set or add null or `""` removes, to remove a list of values removes those alone, also when it is wrapped as
///   `{ "members": [...] }`.
///
/// Strictly, read-only attributes (but `schemas`, `id` and `meta`) and unknown ones in values without path are errors, and to
/// replace through a filter that nothing matches is one when applied.
///
/// # Errors
/// 400 `invalidPath`, `invalidFilter`, `noTarget` (to remove without a path), `mutability` (a path names what is read only),
/// `invalidValue`; 413 when values without path hold more attributes than `limits` allow operations.
pub fn resolve(
    raw: &[RawOperation],
    schema: &ResourceSchema,
    limits: &Limits,
    dialect: Dialect,
) -> Result<Vec<Operation>, Error> {
    let mut found = Vec::with_capacity(raw.len());
    for (raw, position) in raw.iter().zip(1..) {
        let reader = Reader { schema, dialect };
        let mut resolver = Resolver { reader, limits, op: raw.op, position, found: &mut found };
        resolver.operation(raw).map_err(|error| numbered(error, position))?;
        if found.len() > limits.max_operations.max(schema.paths().count()) {
            return Err(too_many(limits));
        }
    }
    Ok(found)
}

/// Says in which operation an error is.
pub(super) fn numbered(error: Error, position: usize) -> Error {
    Error { detail: format!("operation {position}: {}", error.detail), ..error }
}

struct Resolver<'a> {
    reader: Reader<'a>,
    limits: &'a Limits,
    op: Op,
    position: usize,
    found: &'a mut Vec<Operation>,
}

impl Resolver<'_> {
    fn operation(&mut self, raw: &RawOperation) -> Result<(), Error> {
        if self.op != Op::Remove && raw.value.is_none() {
            return Err(Error::invalid_value("`value` is missing"));
        }
        let value = raw.value.as_ref().unwrap_or(&Value::Null);
        match &raw.path {
            Some(text) => {
                let target = path::compile(text, self.reader.schema, &self.limits.path)?;
                self.named(target, value)
            }
            None if self.op == Op::Remove => Err(Error::no_target("to remove something, `path` must say what")),
            None => self.resource(value),
        }
    }

    /// A target that a path names.
    fn named(&mut self, target: path::Target, value: &Value) -> Result<(), Error> {
        match target {
            path::Target::Extension(index) if self.op == Op::Remove => {
                self.whole_extension(index);
                Ok(())
            }
            path::Target::Extension(index) => self.extension(index, value),
            path::Target::Attribute(path) if self.tolerates(path) => Ok(()),
            path::Target::Attribute(path) => {
                self.check_writable(path)?;
                self.attribute(path, value)
            }
            path::Target::Elements { path, filter } => {
                self.check_writable(path)?;
                self.elements(path, filter, value)
            }
        }
    }

    /// Which schemas a resource has follows from its attributes; some clients name an extension before they use it (RFC 7644
    /// section 3.5.2).
    fn tolerates(&self, path: AttrPath) -> bool {
        let is_schemas = self.reader.schema.get(path.attr).is_some_and(|def| is_common(def, &["schemas"]));
        is_schemas && self.op != Op::Remove && !self.reader.dialect.is_strict()
    }

    fn check_writable(&self, path: AttrPath) -> Result<(), Error> {
        if !is_read_only(self.reader.schema, path) {
            return Ok(());
        }
        Err(Error::mutability(format!("`{}` is readOnly", self.reader.schema.path_text(path))))
    }

    /// A value without a path: an object of attributes.
    fn resource(&mut self, value: &Value) -> Result<(), Error> {
        let members = match value {
            Value::Object(members) => members,
            Value::Array(list) => match list.as_slice() {
                [Value::Object(members)] if !self.reader.dialect.is_strict() => members,
                _ => return Err(no_object()),
            },
            _ => return Err(no_object()),
        };
        members.iter().try_for_each(|(key, value)| self.member(key, value))
    }

    fn member(&mut self, key: &str, value: &Value) -> Result<(), Error> {
        match select(&self.reader, key) {
            Some(Selection::Attribute(path)) => self.unnamed(path, value),
            Some(Selection::Extension(index)) => self.extension(index, value),
            None if key.contains('[') && !self.reader.dialect.is_strict() => self.member_path(key, value),
            None => self.unknown(key),
        }
    }

    /// A key that is a path with a filter.
    fn member_path(&mut self, key: &str, value: &Value) -> Result<(), Error> {
        let parsed = path::parse(key, &self.limits.path)?;
        if self.reader.schema.find(&parsed.attr.text).is_none() {
            return Ok(());
        }
        match path::resolve(&parsed, self.reader.schema)? {
            path::Target::Elements { path, .. } if is_read_only(self.reader.schema, path) => Ok(()),
            target => self.named(target, value),
        }
    }

    /// An attribute that a value names: what is read only there is no error, for clients send back what they got.
    fn unnamed(&mut self, path: AttrPath, value: &Value) -> Result<(), Error> {
        if !is_read_only(self.reader.schema, path) {
            return self.attribute(path, value);
        }
        let common = self.reader.schema.get(path.attr).is_some_and(|def| is_common(def, &["schemas", "id", "meta"]));
        if self.reader.dialect.is_strict() && !common { self.check_writable(path) } else { Ok(()) }
    }

    fn unknown(&self, key: &str) -> Result<(), Error> {
        if !self.reader.dialect.is_strict() {
            return Ok(());
        }
        let name = self.reader.schema.name();
        Err(Error::invalid_path(format!("`{}` is not an attribute of {name}", shortened(key))))
    }

    /// An object of the attributes of one schema.
    fn extension(&mut self, index: usize, value: &Value) -> Result<(), Error> {
        if is_unassigned(value) {
            if self.op == Op::Replace {
                self.whole_extension(index);
            }
            return Ok(());
        }
        let urn = self.reader.schema.urn_of(index);
        let members = value.as_object().ok_or_else(|| Error::invalid_value(format!("`{urn}`: expected an object")))?;
        for (key, value) in members {
            match select_in(&self.reader, index, key) {
                Some(path) => self.unnamed(path, value)?,
                None => self.unknown(key)?,
            }
        }
        Ok(())
    }

    /// Everything of one schema goes.
    fn whole_extension(&mut self, index: usize) {
        let schema = self.reader.schema;
        let own = schema.attributes().iter().filter(|def| def.schema == Some(index)).map(|def| AttrPath::whole(def.id));
        for path in own.filter(|path| !is_read_only(schema, *path)) {
            self.push(Target::Attribute(path), None);
        }
    }

    fn attribute(&mut self, path: AttrPath, value: &Value) -> Result<(), Error> {
        let Some(def) = self.reader.schema.get(path.attr) else { return Ok(()) };
        let target = Target::Attribute(path);
        let value = match (path.sub, def.attribute.multi_valued) {
            _ if self.op == Op::Remove && (path.sub.is_some() || !def.attribute.multi_valued) => None,
            (Some(_), _) => self.reader.part(path, value)?,
            (None, false) if def.attribute.kind == AttributeKind::Complex => self.reader.change(def, value)?,
            (None, false) => self.reader.attribute(def, value)?,
            (None, true) => return self.list(def, target, unwrapped(def, value)),
        };
        self.push(target, value);
        Ok(())
    }

    fn list(&mut self, def: &AttributeDef, target: Target, value: &Value) -> Result<(), Error> {
        let list = match self.op {
            // Null is as good as no value here: all of it goes.
            Op::Remove if value.is_null() => None,
            Op::Remove => Some(self.unwanted(def, value)?),
            Op::Add | Op::Replace => Some(self.reader.list(def, value)?),
        };
        let list = list.map(Value::Array);
        if self.op != Op::Replace && list.as_ref().is_some_and(is_unassigned) {
            return Ok(());
        }
        self.push(target, list.filter(|list| !is_unassigned(list)));
        Ok(())
    }

    /// The elements that are to be removed. One that says nothing could stand for any, so it is refused.
    fn unwanted(&self, def: &AttributeDef, value: &Value) -> Result<Vec<Value>, Error> {
        let elements = Elements::of(&def.attribute);
        let given = match value {
            Value::Array(given) => given.as_slice(),
            Value::String(text) if text.is_empty() => &[],
            single => std::slice::from_ref(single),
        };
        let says_something = |element: &Value| match element.as_object() {
            Some(members) if elements.is_reference() => {
                elements.value_name().is_some_and(|name| members.contains_key(name))
            }
            Some(members) => !members.is_empty(),
            None => true,
        };
        let each = given.iter().map(|value| {
            let element = self.reader.element(def, value)?.filter(says_something);
            element.ok_or_else(|| self.reader.wrong(AttrPath::whole(def.id), "each element to remove needs a `value`"))
        });
        each.collect()
    }

    fn elements(&mut self, path: AttrPath, filter: Filter, value: &Value) -> Result<(), Error> {
        let Some(def) = self.reader.schema.get(path.attr) else { return Ok(()) };
        let value = match path.sub {
            _ if self.op == Op::Remove => None,
            Some(_) => self.reader.part(path, value)?,
            None => self.reader.change(def, unwrapped(def, value))?,
        };
        if path.sub.is_none() && self.asks_for_nothing(value.as_ref()) {
            return Ok(());
        }
        let makes = match self.op {
            Op::Add => true,
            Op::Replace => !self.reader.dialect.is_strict(),
            Op::Remove => false,
        };
        let template = if makes { template(&filter, self.reader.schema) } else { None };
        self.push(Target::Elements { path, filter, template }, value);
        Ok(())
    }

    /// To add nothing, or to replace by an object in which nothing is known.
    fn asks_for_nothing(&self, value: Option<&Value>) -> bool {
        match value {
            None => self.op == Op::Add,
            Some(value) => value.as_object().is_some_and(Map::is_empty),
        }
    }

    fn push(&mut self, target: Target, value: Option<Value>) {
        self.found.push(Operation { op: self.op, target, value, position: self.position });
    }
}

/// What Salesforce wraps: `{ "members": [...] }` for a path that says `members` already.
fn unwrapped<'v>(def: &AttributeDef, value: &'v Value) -> &'v Value {
    let only = |members: &'v Map<String, Value>| members.iter().next().filter(|_| members.len() == 1);
    match value.as_object().and_then(only) {
        Some((key, inner))
            if key.eq_ignore_ascii_case(&def.attribute.name) && def.attribute.sub_attribute(key).is_none() =>
        {
            inner
        }
        _ => value,
    }
}

fn is_common(def: &AttributeDef, names: &[&str]) -> bool {
    def.schema.is_none() && names.contains(&def.attribute.name.as_str())
}

fn no_object() -> Error {
    Error::invalid_value("without a `path`, `value` must be an object of attributes")
}
