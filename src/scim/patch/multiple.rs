//! Changes to the elements of a multi-valued attribute.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::scim::error::Error;
use crate::scim::filter::{Filter, matches_element};
use crate::scim::input::{Elements, Key};
use crate::scim::resource_schema::{AttrPath, AttributeDef, ResourceSchema};
use crate::scim::schema::{AttributeKind, Mutability};

use super::operation::{Op, Operation, Target};
use super::single::{made, no_target, object, removes, write};

/// What becomes of the elements of a multi-valued attribute.
pub(super) fn change(
    schema: &ResourceSchema,
    def: &AttributeDef,
    list: Vec<Value>,
    operation: &Operation,
) -> Result<Vec<Value>, Error> {
    let work = Work { schema, elements: Elements::of(&def.attribute), def };
    match &operation.target {
        Target::Attribute(AttrPath { sub: None, .. }) => Ok(work.whole(list, operation)),
        Target::Attribute(path) => {
            // `emails.type` is the type of every email; where there is none, of a new one.
            let all = Filter::Constant(true);
            work.matching(list, operation, *path, &all, Some(&Map::new()))
        }
        Target::Elements { path, filter, template } => work.matching(list, operation, *path, filter, template.as_ref()),
    }
}

struct Work<'a> {
    schema: &'a ResourceSchema,
    def: &'a AttributeDef,
    elements: Elements<'a>,
}

impl Work<'_> {
    fn whole(&self, list: Vec<Value>, operation: &Operation) -> Vec<Value> {
        let given = match &operation.value {
            Some(Value::Array(given)) => given.as_slice(),
            _ => &[],
        };
        match operation.op {
            Op::Add => self.add(list, given),
            Op::Remove if operation.value.is_none() => Vec::new(),
            Op::Remove => self.remove(list, given),
            Op::Replace => self.replace(list, given),
        }
    }

    /// Adds what isn't there. What is there already takes what the new element says besides.
    fn add(&self, mut list: Vec<Value>, given: &[Value]) -> Vec<Value> {
        let index = Index::of(&self.elements, &list);
        let mut primary = None;
        for element in given {
            let place = index.find(&self.elements, element).unwrap_or(list.len());
            match list.get_mut(place) {
                Some(known) => self.elements.merge(known, element.clone()),
                None => list.push(element.clone()),
            }
            if self.elements.is_primary(element) {
                primary = Some(place);
            }
        }
        if let Some(primary) = primary {
            self.elements.make_only_primary(&mut list, primary);
        }
        list
    }

    fn remove(&self, mut list: Vec<Value>, given: &[Value]) -> Vec<Value> {
        if self.elements.is_reference() {
            let unwanted: HashSet<Option<String>> = given.iter().map(|one| self.elements.value_key(one)).collect();
            list.retain(|element| !unwanted.contains(&self.elements.value_key(element)));
            return list;
        }
        for one in given {
            list.retain(|element| !self.elements.answers_to(element, one));
        }
        list
    }

    /// The new elements. A reference that stays keeps what it says of its resource.
    fn replace(&self, list: Vec<Value>, given: &[Value]) -> Vec<Value> {
        if !self.elements.is_reference() {
            return given.to_vec();
        }
        let mut known: HashMap<Key, Value> = list.into_iter().map(|one| (self.elements.key(&one), one)).collect();
        let kept = given.iter().map(|one| match known.remove(&self.elements.key(one)) {
            Some(mut kept) => {
                self.elements.merge(&mut kept, one.clone());
                kept
            }
            None => one.clone(),
        });
        kept.collect()
    }

    /// Changes the elements that match, or one of their sub-attributes.
    fn matching(
        &self,
        mut list: Vec<Value>,
        operation: &Operation,
        path: AttrPath,
        filter: &Filter,
        template: Option<&Map<String, Value>>,
    ) -> Result<Vec<Value>, Error> {
        if path.sub.is_none() && removes(operation) {
            list.retain(|element| !matches_element(filter, self.schema, element));
            return Ok(list);
        }
        let (mut matched, mut primary) = (false, None);
        for (place, element) in list.iter_mut().enumerate() {
            if matches_element(filter, self.schema, element) {
                matched = true;
                *element = self.changed(element.take(), operation, path, template)?;
                primary = Some(place).filter(|_| self.elements.is_primary(element)).or(primary);
            }
        }
        if !matched && !removes(operation) {
            let new = self.new_element(operation, path, template)?;
            primary = Some(list.len()).filter(|_| self.elements.is_primary(&new));
            list.push(new);
        }
        if let Some(primary) = primary {
            self.elements.make_only_primary(&mut list, primary);
        }
        Ok(list)
    }

    fn changed(
        &self,
        element: Value,
        operation: &Operation,
        path: AttrPath,
        template: Option<&Map<String, Value>>,
    ) -> Result<Value, Error> {
        if self.def.attribute.kind != AttributeKind::Complex {
            return Ok(operation.value.clone().unwrap_or(element));
        }
        let mut members = object(Some(element));
        let whole = path.sub.is_none() && operation.op == Op::Replace && !self.elements.is_reference();
        if let (true, Some(Value::Object(given))) = (whole, &operation.value) {
            self.forget(&mut members, given, template);
        }
        let value = operation.value.as_ref().filter(|_| operation.op != Op::Remove);
        write(self.schema, path, &mut members, value)?;
        Ok(Value::Object(members))
    }

    /// An element that is replaced as a whole keeps what the filter says of it, what can't be changed, and what is given again.
    fn forget(
        &self,
        members: &mut Map<String, Value>,
        given: &Map<String, Value>,
        template: Option<&Map<String, Value>>,
    ) {
        members.retain(|name, _| {
            let sub = self.schema.sub(self.def.id, name).map(|sub| AttrPath::part(self.def.id, sub));
            let sub = sub.and_then(|path| self.schema.attribute(path));
            let fixed = sub.is_none_or(|sub| sub.mutability != Mutability::ReadWrite);
            fixed || given.contains_key(name) || template.is_some_and(|template| template.contains_key(name))
        });
    }

    fn new_element(
        &self,
        operation: &Operation,
        path: AttrPath,
        template: Option<&Map<String, Value>>,
    ) -> Result<Value, Error> {
        if self.def.attribute.kind == AttributeKind::Complex {
            return made(self.schema, path, template, operation.value.as_ref()).map(Value::Object);
        }
        let value = operation.value.clone().filter(|_| template.is_some());
        value.ok_or_else(|| no_target(self.schema, path))
    }
}

/// Where elements are, by what tells them apart.
struct Index {
    by_key: HashMap<Key, usize>,
    by_value: HashMap<String, usize>,
}

impl Index {
    fn of(elements: &Elements<'_>, list: &[Value]) -> Self {
        let (mut by_key, mut by_value) = (HashMap::new(), HashMap::new());
        for (place, element) in list.iter().enumerate() {
            by_key.entry(elements.key(element)).or_insert(place);
            if let Some(value) = elements.value_key(element) {
                by_value.entry(value).or_insert(place);
            }
        }
        Self { by_key, by_value }
    }

    /// Where the element is; one without a type is any with the same value.
    fn find(&self, elements: &Elements<'_>, element: &Value) -> Option<usize> {
        let key = elements.key(element);
        let any = || match &key {
            Key::Value(value, None) => self.by_value.get(value),
            _ => None,
        };
        self.by_key.get(&key).or_else(any).copied()
    }
}
