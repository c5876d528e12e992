//! The attributes that operations name, as they are in between.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use crate::scim::error::Error;
use crate::scim::input::{Elements, parts_missing};
use crate::scim::resource_schema::{AttrId, AttrPath, AttributeDef, ResourceSchema};
use crate::scim::schema::Mutability;

use super::multiple;
use super::operation::{Op, Operation};
use super::resolve::numbered;
use super::single;

/// A resource with some of its attributes in work. The resource itself isn't touched.
pub(super) struct Draft<'a> {
    schema: &'a ResourceSchema,
    resource: &'a Map<String, Value>,
    slots: BTreeMap<AttrId, Slot>,
}

/// An attribute in work.
struct Slot {
    now: Option<Value>,
    /// The last operation that was about it.
    last: Op,
    position: usize,
}

impl<'a> Draft<'a> {
    pub(super) fn new(schema: &'a ResourceSchema, resource: &'a Map<String, Value>) -> Self {
        Self { schema, resource, slots: BTreeMap::new() }
    }

    pub(super) fn carry_out(&mut self, operation: &Operation) -> Result<(), Error> {
        let attr = operation.target.path().attr;
        let Some(def) = self.schema.get(attr) else { return Ok(()) };
        let now = match self.slots.remove(&attr) {
            Some(slot) => slot.now,
            None => self.schema.value(attr, self.resource).cloned(),
        };
        let after = self.after(def, now, operation).map_err(|error| numbered(error, operation.position))?;
        self.slots.insert(attr, Slot { now: after, last: operation.op, position: operation.position });
        Ok(())
    }

    fn after(&self, def: &AttributeDef, now: Option<Value>, operation: &Operation) -> Result<Option<Value>, Error> {
        let before = now.clone().filter(|_| def.attribute.mutability == Mutability::Immutable);
        let after = if def.attribute.multi_valued {
            let list = multiple::change(self.schema, def, list(now), operation)?;
            (!list.is_empty()).then_some(Value::Array(list))
        } else {
            single::change(self.schema, def, now, operation)?
        };
        if before.is_some() && !same(before.as_ref(), after.as_ref()) {
            return Err(single::immutable(self.schema, AttrPath::whole(def.id)));
        }
        Ok(after)
    }

    /// The attributes that are other than before, with what they are now.
    pub(super) fn finish(self) -> Result<Vec<(AttrId, Option<Value>)>, Error> {
        let Self { schema, resource, slots } = self;
        let mut changed = Vec::new();
        for (attr, slot) in slots {
            let Some(def) = schema.get(attr) else { continue };
            let before = schema.value(attr, resource);
            let (last, position) = (slot.last, slot.position);
            let now = slot.now.and_then(|now| normal(def, now));
            check(schema, def, before, now.as_ref(), last).map_err(|error| numbered(error, position))?;
            if schema.is_hidden(AttrPath::whole(attr)) || !same(before, now.as_ref()) {
                changed.push((attr, now));
            }
        }
        Ok(changed)
    }
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(list)) => list,
        Some(single) => vec![single],
        None => Vec::new(),
    }
}

/// The canonical form of what operations left.
fn normal(def: &AttributeDef, value: Value) -> Option<Value> {
    let elements = Elements::of(&def.attribute);
    match value {
        Value::Array(list) if def.attribute.multi_valued => {
            Some(elements.normal(list)).filter(|list| !list.is_empty()).map(Value::Array)
        }
        single => Some(single).filter(|single| !elements.is_hollow(single)),
    }
}

/// What is required must be there, unless it was missing before.
fn check(
    schema: &ResourceSchema,
    def: &AttributeDef,
    before: Option<&Value>,
    now: Option<&Value>,
    last: Op,
) -> Result<(), Error> {
    let unassigned = |path: AttrPath| {
        let path = schema.path_text(path);
        match last {
            Op::Remove => Error::mutability(format!("`{path}` is required and can't be removed")),
            Op::Add | Op::Replace => Error::invalid_value(format!("`{path}` is required and must have a value")),
        }
    };
    match now {
        None if def.attribute.required && before.is_some() => Err(unassigned(AttrPath::whole(def.id))),
        None => Ok(()),
        Some(now) if Some(now) == before => Ok(()),
        Some(now) => parts_missing(schema, def, now).first().map_or(Ok(()), |path| Err(unassigned(*path))),
    }
}

/// Whether two values are the same octet for octet; the order of a list's elements means nothing.
fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(Value::Array(a)), Some(Value::Array(b))) if a != b && a.len() == b.len() => counted(a) == counted(b),
        _ => a == b,
    }
}

fn counted(list: &[Value]) -> HashMap<String, usize> {
    let mut counts = HashMap::with_capacity(list.len());
    for element in list {
        *counts.entry(element.to_string()).or_insert(0) += 1;
    }
    counts
}
