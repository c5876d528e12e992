//! The elements of a multi-valued attribute: which are the same, which say nothing, which is primary (RFC 7643 section 2.4).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde_json::{Map, Value};

use crate::scim::compare;
use crate::scim::schema::{Attribute, AttributeKind, Mutability};

/// What is known of an attribute's elements without looking at them. Serves a single complex value too.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Elements<'a> {
    attribute: &'a Attribute,
    value: Option<&'a Attribute>,
    kind: Option<&'a Attribute>,
    primary: Option<&'a str>,
    reference: bool,
    labels_only: bool,
}

/// What tells an element from others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// Its `value`, and its `type` unless it is a reference: the same address may be for work and for home.
    Value(String, Option<String>),
    /// All of it but `primary`, where it has no `value`.
    Whole(String),
}

impl<'a> Elements<'a> {
    pub(crate) fn of(attribute: &'a Attribute) -> Self {
        let sub = |name: &str| attribute.sub_attribute(name);
        let is_label = |sub: &Attribute| ["type", "primary"].iter().any(|label| sub.name.eq_ignore_ascii_case(label));
        Self {
            attribute,
            value: sub("value"),
            kind: sub("type"),
            primary: sub("primary").filter(|sub| sub.kind == AttributeKind::Boolean).map(|sub| sub.name.as_str()),
            reference: sub("value").is_some() && sub("$ref").is_some(),
            labels_only: attribute.sub_attributes.iter().all(is_label),
        }
    }

    /// Whether the elements stand for resources: `value` is an id, `$ref` the URI of the same, and all else follows from it.
    pub(crate) fn is_reference(&self) -> bool {
        self.reference
    }

    /// The name of the sub-attribute that holds an element's significant value.
    pub(crate) fn value_name(&self) -> Option<&'a str> {
        self.value.map(|value| value.name.as_str())
    }

    /// The `value` of an element, folded if case doesn't matter.
    pub(crate) fn value_key(&self, element: &Value) -> Option<String> {
        self.folded(self.value?, element)
    }

    /// The `type` of an element, folded if case doesn't matter; references have none that counts.
    fn type_key(&self, element: &Value) -> Option<String> {
        self.folded(self.kind.filter(|_| !self.reference)?, element)
    }

    fn folded(&self, sub: &Attribute, element: &Value) -> Option<String> {
        element.get(&sub.name).map(|value| fold(value, sub))
    }

    /// What tells an element from others.
    pub(crate) fn key(&self, element: &Value) -> Key {
        match self.value_key(element) {
            Some(value) => Key::Value(value, self.type_key(element)),
            None => Key::Whole(self.whole(element)),
        }
    }

    /// All that an element says but for being primary, which changes as others come and go, in a form that is the same for equal
    /// elements.
    fn whole(&self, element: &Value) -> String {
        let Some(members) = element.as_object() else { return fold(element, self.attribute) };
        let significant = members.iter().filter(|(name, _)| self.primary != Some(name.as_str()));
        let folded = significant.map(|(name, value)| {
            let sub = self.attribute.sub_attribute(name);
            (name.clone(), Value::String(sub.map_or_else(|| value.to_string(), |sub| fold(value, sub))))
        });
        Value::Object(folded.collect()).to_string()
    }

    /// `primary` false is the same as none.
    fn is_not_primary(&self, name: &str, value: &Value) -> bool {
        Some(name) == self.primary && *value == Value::Bool(false)
    }

    /// Whether an element, or a complex value, says nothing: it is empty, has labels alone, or is a reference to nothing.
    pub(crate) fn is_hollow(&self, element: &Value) -> bool {
        let Some(members) = element.as_object() else { return false };
        if self.reference {
            return self.value_name().is_none_or(|value| !members.contains_key(value));
        }
        let is_label = |name: &String| {
            let kind = self.kind.filter(|_| self.attribute.multi_valued);
            kind.is_some_and(|kind| kind.name == *name) || self.primary == Some(name.as_str())
        };
        members.is_empty() || (!self.labels_only && members.keys().all(is_label))
    }

    /// How many elements are primary.
    pub(crate) fn primaries(&self, list: &[Value]) -> usize {
        list.iter().filter(|element| self.is_primary(element)).count()
    }

    pub(crate) fn is_primary(&self, element: &Value) -> bool {
        self.primary.is_some_and(|primary| element.get(primary) == Some(&Value::Bool(true)))
    }

    /// Makes the element at `position` the only primary one.
    pub(crate) fn make_only_primary(&self, list: &mut [Value], position: usize) {
        let Some(primary) = self.primary else { return };
        for (other, element) in list.iter_mut().enumerate() {
            let shown = element.get_mut(primary).filter(|shown| other != position && **shown == Value::Bool(true));
            if let Some(shown) = shown {
                *shown = Value::Bool(false);
            }
        }
    }

    /// The list without hollow elements, each element once (a later one adds to an earlier one what it says besides), the last
    /// primary one the only one.
    pub(crate) fn normal(&self, list: Vec<Value>) -> Vec<Value> {
        let mut normal: Vec<Value> = Vec::with_capacity(list.len());
        let mut places: HashMap<Key, usize> = HashMap::with_capacity(list.len());
        let mut primary = None;
        for element in list.into_iter().filter(|element| !self.is_hollow(element)) {
            let place = match places.entry(self.key(&element)) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(free) => *free.insert(normal.len()),
            };
            if self.is_primary(&element) {
                primary = Some(place);
            }
            match normal.get_mut(place) {
                Some(known) => self.merge(known, element),
                None => normal.push(element),
            }
        }
        if let Some(primary) = primary {
            self.make_only_primary(&mut normal, primary);
        }
        normal
    }

    /// Adds to an element what another with the same key says besides. What can't be changed stays; of two that are the same in
    /// all they say, nothing but being primary is left to add.
    pub(crate) fn merge(&self, known: &mut Value, other: Value) {
        let has_value = self.value_key(&other).is_some();
        let (Some(known), Value::Object(other)) = (known.as_object_mut(), other) else { return };
        for (name, value) in other {
            let adds = if has_value { !known.contains_key(&name) || self.may_change(&name) } else { value == true };
            if adds {
                known.insert(name, value);
            }
        }
    }

    fn may_change(&self, name: &str) -> bool {
        let is_key = [self.value, self.kind].into_iter().flatten().any(|key| key.name == name);
        let sub = self.attribute.sub_attribute(name);
        !is_key && sub.is_some_and(|sub| matches!(sub.mutability, Mutability::ReadWrite | Mutability::WriteOnly))
    }

    /// Whether an element is one that `wanted` describes: a reference to the same; the same `value`, and `type` if given;
    /// without a `value`, equal in all that is given.
    pub(crate) fn answers_to(&self, element: &Value, wanted: &Value) -> bool {
        let Some(wanted_members) = wanted.as_object() else { return self.key(element) == self.key(wanted) };
        match self.value_key(wanted) {
            Some(value) => {
                let kind = self.type_key(wanted);
                self.value_key(element) == Some(value) && (kind.is_none() || self.type_key(element) == kind)
            }
            None => element.as_object().is_some_and(|members| self.includes(members, wanted_members)),
        }
    }

    fn includes(&self, members: &Map<String, Value>, wanted: &Map<String, Value>) -> bool {
        let significant = wanted.iter().filter(|(name, value)| !self.is_not_primary(name, value));
        significant.into_iter().all(|(name, value)| {
            let sub = self.attribute.sub_attribute(name);
            members.get(name).is_some_and(|own| match sub {
                Some(sub) => fold(own, sub) == fold(value, sub),
                None => own == value,
            })
        })
    }
}

/// A simple value as text that is the same for equal values.
fn fold(value: &Value, attribute: &Attribute) -> String {
    match (value, attribute.kind) {
        (Value::String(text), AttributeKind::String | AttributeKind::Reference) => {
            compare::fold(text, attribute.case_exact).into_owned()
        }
        (Value::String(text), _) => text.clone(),
        (other, _) => other.to_string(),
    }
}
