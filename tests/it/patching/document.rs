//! A PATCH request as the generator makes it, and as JSON in one of the spellings that clients use. Nothing here parses anything.

use serde_json::{Map, Value, json};

use crate::exactness::filter::{Filter, Path};
use crate::support::dice::Dice;

/// What an operation does (RFC 7644 section 3.5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Add,
    Remove,
    Replace,
}

/// What it is done to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    /// The resource: no path, and a value of attributes.
    Resource(Vec<(Path, Value)>),
    /// An attribute or a sub-attribute.
    Attribute(Path),
    /// The elements that match, or a sub-attribute of theirs.
    Elements(Path, Filter, Option<String>),
    /// A path that is wrong, and the error that says so.
    Wrong(String, &'static str),
}

/// One operation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Operation {
    pub(crate) verb: Verb,
    pub(crate) target: Target,
    /// The value, where there is one; that of a resource stands in the target.
    pub(crate) value: Option<Value>,
}

impl Operation {
    /// The JSON of the operation; `plain` is without oddities.
    pub(crate) fn json(&self, dice: &mut Dice, plain: bool) -> Value {
        let name = match self.verb {
            Verb::Add => "add",
            Verb::Remove => "remove",
            Verb::Replace => "replace",
        };
        let name = match dice.below(6) {
            0 if !plain => format!("{}{}", name[..1].to_uppercase(), &name[1..]),
            1 if !plain => name.to_uppercase(),
            _ => name.to_owned(),
        };
        let mut operation = json!({ "op": name });
        let path = match &self.target {
            Target::Resource(attributes) => {
                operation["value"] = members(attributes, dice);
                None
            }
            Target::Attribute(path) => Some(path.text(dice)),
            Target::Elements(path, filter, sub) => {
                let text = path.text_with(filter, dice);
                Some(match sub {
                    Some(sub) => format!("{text}.{sub}"),
                    None => text,
                })
            }
            Target::Wrong(text, _) => Some(text.clone()),
        };
        if let Some(path) = path {
            operation["path"] = path.into();
        }
        if let Some(value) = &self.value {
            operation["value"] = value.clone();
        }
        operation
    }
}

/// Attributes as the members of an object: extensions nested or with their URN before the name, sub-attributes nested or behind
/// a dot.
fn members(attributes: &[(Path, Value)], dice: &mut Dice) -> Value {
    let mut object = Map::new();
    for (path, value) in attributes {
        match (&path.urn, &path.sub) {
            (Some(urn), None) if dice.one_in(2) => nested(&mut object, urn, &path.attribute, value),
            (None, Some(sub)) if dice.one_in(2) => nested(&mut object, &path.attribute, sub, value),
            _ => {
                let mut name = path.attribute.clone();
                if let Some(urn) = &path.urn {
                    name = format!("{urn}:{name}");
                }
                if let Some(sub) = &path.sub {
                    name = format!("{name}.{sub}");
                }
                object.insert(name, value.clone());
            }
        }
    }
    Value::Object(object)
}

fn nested(object: &mut Map<String, Value>, outer: &str, inner: &str, value: &Value) {
    let within = object.entry(outer).or_insert_with(|| json!({}));
    within[inner] = value.clone();
}
