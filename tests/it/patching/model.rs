//! PATCH as RFC 7644 section 3.5.2 says it, on a resource in memory, with what the default dialect forgives.
//!
//! It shares no code with the program and reads nothing but what a client can read.

use serde_json::{Map, Value, json};

use super::document::{Operation, Target, Verb};
use super::refusal::Refusal;
use super::values::{self, Single};
use crate::exactness::catalogue::{Attribute, Kind, Type};
use crate::exactness::evaluator::element_matches;
use crate::exactness::filter::{Filter, Op, Operand, Path};

/// The resource after the operations, or everything that may be said against them: which of several errors is reported, the
/// standard leaves open.
pub(crate) fn apply(kind: &Type, resource: &Value, operations: &[Operation]) -> Result<Value, Vec<Refusal>> {
    let mut draft = resource.clone();
    let mut refused = Vec::new();
    for operation in operations {
        if let Err(refusal) = carry_out(kind, &mut draft, operation) {
            refused.push(refusal);
        }
    }
    for (urn, attribute) in &kind.attributes {
        let there = place(&draft, urn.as_ref(), &attribute.name).is_some();
        if attribute.required && attribute.mutability == "readWrite" && !there {
            refused.push(Refusal::of("mutability"));
        }
    }
    if refused.is_empty() { Ok(draft) } else { Err(refused) }
}

fn carry_out(kind: &Type, draft: &mut Value, operation: &Operation) -> Result<(), Refusal> {
    let value = operation.value.as_ref();
    match &operation.target {
        Target::Wrong(_, scim_type) => Err(Refusal::of(scim_type)),
        Target::Resource(_) if operation.verb == Verb::Remove => Err(Refusal::of("noTarget")),
        Target::Resource(attributes) => {
            for (path, value) in attributes {
                // What is read only in a value is passed over, as PUT does.
                if kind.attribute(path).mutability != "readOnly" {
                    Change { kind, path, filter: None, verb: operation.verb, value: Some(value) }.make(draft)?;
                }
            }
            Ok(())
        }
        Target::Attribute(path) => Change { kind, path, filter: None, verb: operation.verb, value }.make(draft),
        Target::Elements(path, filter, sub) => {
            let path = &Path { sub: sub.clone(), ..path.clone() };
            Change { kind, path, filter: Some(filter), verb: operation.verb, value }.make(draft)
        }
    }
}

/// One change of one attribute.
struct Change<'a> {
    kind: &'a Type,
    path: &'a Path,
    filter: Option<&'a Filter>,
    verb: Verb,
    value: Option<&'a Value>,
}

impl Change<'_> {
    fn make(&self, draft: &mut Value) -> Result<(), Refusal> {
        let attribute = self.kind.attribute(self.path);
        let sub = self.path.sub.as_ref().and_then(|sub| attribute.sub(sub));
        let read_only = |attribute: &Attribute| attribute.mutability == "readOnly";
        if read_only(attribute) || sub.is_some_and(read_only) {
            return Err(Refusal::of("mutability"));
        }
        let urn = self.path.urn.as_ref().filter(|urn| **urn != self.kind.urn);
        let now = place(draft, urn, &attribute.name).cloned();
        let then = if attribute.multi_valued {
            let list = now.and_then(|now| now.as_array().cloned()).unwrap_or_default();
            let list = self.list(attribute, list)?;
            Some(Value::Array(list)).filter(|list| *list != json!([]))
        } else if attribute.kind == Kind::Complex {
            self.complex(attribute, now)?
        } else {
            self.simple(attribute)?
        };
        put(draft, urn, &attribute.name, then);
        Ok(())
    }

    fn simple(&self, attribute: &Attribute) -> Result<Option<Value>, Refusal> {
        let value = match self.value.filter(|_| self.verb != Verb::Remove) {
            Some(value) => values::single(attribute, value)?,
            None => return Ok(None),
        };
        match value {
            Single::Nothing if attribute.required => Err(Refusal::of("invalidValue")),
            Single::Nothing => Ok(None),
            Single::Value(value) => Ok(Some(value)),
        }
    }

    fn complex(&self, attribute: &Attribute, now: Option<Value>) -> Result<Option<Value>, Refusal> {
        let clears = self.verb == Verb::Remove || self.given(attribute)?.is_none();
        if let Some(filter) = self.filter
            && !now.as_ref().is_some_and(|now| element_matches(filter, attribute, now))
        {
            return if clears { Ok(now) } else { Err(Refusal::of("noTarget")) };
        }
        if clears && self.path.sub.is_none() {
            return Ok(None);
        }
        let mut members = object(now);
        self.write(attribute, &mut members)?;
        Ok(Some(Value::Object(members)).filter(|value| *value != json!({})))
    }

    /// The operation's value, checked: nothing where it says that there be none.
    fn given(&self, attribute: &Attribute) -> Result<Option<Value>, Refusal> {
        let Some(value) = self.value else { return Ok(None) };
        let single = match &self.path.sub {
            Some(sub) => values::single(attribute.sub(sub).unwrap(), value)?,
            None => values::single(attribute, value)?,
        };
        Ok(match single {
            Single::Value(value) => Some(value),
            Single::Nothing => None,
        })
    }

    /// Writes the value over the members of a complex value or an element.
    fn write(&self, attribute: &Attribute, members: &mut Map<String, Value>) -> Result<(), Refusal> {
        let given = if self.verb == Verb::Remove { None } else { self.given(attribute)? };
        match (&self.path.sub, given) {
            (Some(sub), Some(value)) => set(attribute, members, sub, Some(value)),
            (Some(sub), None) => set(attribute, members, sub, None),
            (None, Some(Value::Object(given))) => {
                given.into_iter().try_for_each(|(sub, value)| set(attribute, members, &sub, Some(value)))?;
                values::cleared(attribute, self.value)
                    .into_iter()
                    .try_for_each(|sub| set(attribute, members, &sub, None))
            }
            (None, _) => Ok(()),
        }
    }

    fn list(&self, attribute: &Attribute, list: Vec<Value>) -> Result<Vec<Value>, Refusal> {
        let mut list = match (self.filter, &self.path.sub, self.verb) {
            (Some(filter), ..) => self.matching(attribute, list, filter)?,
            (None, Some(_), _) => self.all(attribute, list)?,
            (None, None, Verb::Remove) => self.without(attribute, list)?,
            (None, None, Verb::Add) => added(attribute, list, &values::list(attribute, self.value)?),
            (None, None, Verb::Replace) => replaced(attribute, &values::list(attribute, self.value)?),
        };
        list.retain(|element| element.as_object().is_some_and(|members| !members.is_empty()));
        Ok(list)
    }

    fn without(&self, attribute: &Attribute, mut list: Vec<Value>) -> Result<Vec<Value>, Refusal> {
        if self.value.is_none() {
            return Ok(Vec::new());
        }
        for one in values::list(attribute, self.value)? {
            list.retain(|element| {
                let same = values::same_value(attribute, element, &one);
                !(same && one.get("type").is_none_or(|_| values::same_type(attribute, element, &one)))
            });
        }
        Ok(list)
    }

    /// A sub-attribute of every element.
    fn all(&self, attribute: &Attribute, mut list: Vec<Value>) -> Result<Vec<Value>, Refusal> {
        if list.is_empty() && self.verb != Verb::Remove && self.given(attribute)?.is_some() {
            list.push(json!({}));
        }
        self.each(attribute, list, |_| true, false)
    }

    fn matching(&self, attribute: &Attribute, mut list: Vec<Value>, filter: &Filter) -> Result<Vec<Value>, Refusal> {
        let matches = |element: &Value| element_matches(filter, attribute, element);
        let clears = self.verb == Verb::Remove || self.given(attribute)?.is_none();
        if clears && self.path.sub.is_none() {
            list.retain(|element| !matches(element));
            return Ok(list);
        }
        if !clears && !list.iter().any(matches) {
            let made = self.made(attribute, filter)?;
            return Ok(with(list, made));
        }
        let whole = self.path.sub.is_none() && self.verb == Verb::Replace;
        self.each(attribute, list, matches, whole)
    }

    fn each(
        &self,
        attribute: &Attribute,
        mut list: Vec<Value>,
        matches: impl Fn(&Value) -> bool,
        whole: bool,
    ) -> Result<Vec<Value>, Refusal> {
        let mut primary = None;
        for (place, element) in list.iter_mut().enumerate() {
            if !matches(element) {
                continue;
            }
            let mut members = object(Some(element.take()));
            if whole {
                // What the filter says of it stays, as do things that can't be changed.
                let kept = self.filter.and_then(template).unwrap_or_default();
                members.retain(|name, _| {
                    kept.contains_key(name) || attribute.sub(name).is_none_or(|sub| sub.mutability != "readWrite")
                });
            }
            self.write(attribute, &mut members)?;
            *element = Value::Object(members);
            if element["primary"] == true {
                primary = Some(place);
            }
        }
        make_primary(&mut list, primary);
        Ok(list)
    }

    /// An element that is what the filter looked for.
    fn made(&self, attribute: &Attribute, filter: &Filter) -> Result<Value, Refusal> {
        let template = template(filter).ok_or(Refusal::of("noTarget"))?;
        let mut members = template.clone();
        self.write(attribute, &mut members)?;
        if self.path.sub.is_some() && template.iter().any(|(name, value)| members.get(name) != Some(value)) {
            return Err(Refusal::of("noTarget"));
        }
        Ok(Value::Object(members))
    }
}

fn set(
    attribute: &Attribute,
    members: &mut Map<String, Value>,
    name: &str,
    value: Option<Value>,
) -> Result<(), Refusal> {
    let old = members.get(name);
    let immutable = attribute.sub(name).is_some_and(|sub| sub.mutability == "immutable");
    if immutable && old.is_some() && old != value.as_ref() {
        return if name == "value" || value.is_none() { Err(Refusal::of("mutability")) } else { Ok(()) };
    }
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    Ok(())
}

/// The list with these elements, but for those that are there already: their other members are taken over.
fn added(attribute: &Attribute, list: Vec<Value>, given: &[Value]) -> Vec<Value> {
    let there = list.len();
    given.iter().fold(list, |mut list, one| {
        let known = list[..there].iter().position(|element| values::is_there_as(attribute, element, one));
        let new = || list.iter().position(|element| is_the_same(attribute, element, one));
        let Some(place) = known.or_else(new) else { return with(list, one.clone()) };
        let members = list[place].as_object_mut().unwrap();
        for (name, value) in one.as_object().unwrap() {
            if !matches!(name.as_str(), "value" | "type") && attribute.sub("value").is_some() {
                members.insert(name.clone(), value.clone());
            }
        }
        let primary = (one["primary"] == true).then_some(place);
        make_primary(&mut list, primary);
        list
    })
}

fn is_the_same(attribute: &Attribute, element: &Value, one: &Value) -> bool {
    values::is_there_as(attribute, element, one) && values::same_type(attribute, element, one)
}

/// These elements alone. The same value for several purposes stays what it is.
fn replaced(attribute: &Attribute, given: &[Value]) -> Vec<Value> {
    given.iter().fold(Vec::new(), |list, one| {
        if list.iter().any(|element| is_the_same(attribute, element, one)) { list } else { with(list, one.clone()) }
    })
}

fn with(mut list: Vec<Value>, one: Value) -> Vec<Value> {
    let primary = (one["primary"] == true).then_some(list.len());
    list.push(one);
    make_primary(&mut list, primary);
    list
}

/// There is one primary element at most (RFC 7643 section 2.4): a new one takes it from the others.
fn make_primary(list: &mut [Value], primary: Option<usize>) {
    let Some(primary) = primary else { return };
    for (place, element) in list.iter_mut().enumerate() {
        if place != primary && element["primary"] == true {
            element["primary"] = false.into();
        }
    }
}

/// What a filter that is made of equalities alone says of an element.
fn template(filter: &Filter) -> Option<Map<String, Value>> {
    match filter {
        Filter::Test(path, Op::Eq(operand)) => {
            let value = match operand {
                Operand::Text(text) => json!(text),
                Operand::Bool(value) => json!(value),
                Operand::Number(_) | Operand::Null => return None,
            };
            Some(Map::from_iter([(path.sub.clone()?, value)]))
        }
        Filter::And(parts) => {
            let parts: Option<Vec<Map<String, Value>>> = parts.iter().map(template).collect();
            Some(parts?.into_iter().flatten().collect())
        }
        _ => None,
    }
}

fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// The attribute's value in the resource.
pub(crate) fn place<'a>(resource: &'a Value, urn: Option<&String>, name: &str) -> Option<&'a Value> {
    match urn {
        Some(urn) => resource.get(urn)?.get(name),
        None => resource.get(name),
    }
}

fn put(resource: &mut Value, urn: Option<&String>, name: &str, value: Option<Value>) {
    let Some(value) = value else {
        let within = match urn {
            Some(urn) => resource.get_mut(urn),
            None => Some(resource),
        };
        within.and_then(Value::as_object_mut).and_then(|members| members.remove(name));
        return;
    };
    let within = match urn {
        Some(urn) => resource.as_object_mut().unwrap().entry(urn).or_insert_with(|| json!({})),
        None => resource,
    };
    within[name] = value;
}
