//! Operations on attributes of a schema.

use serde_json::{Map, Value};

use crate::scim::filter::{Filter, attributes_used};
use crate::scim::resource_schema::{AttrId, AttrPath};

/// What to do (RFC 7644 section 3.5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Section 3.5.2.1.
    Add,
    /// Section 3.5.2.2.
    Remove,
    /// Section 3.5.2.3.
    Replace,
}

impl Op {
    /// The operator with this name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        let named = [("add", Self::Add), ("remove", Self::Remove), ("replace", Self::Replace)];
        named.into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, op)| op)
    }
}

/// An operation that a client may carry out as far as the schema goes, its value in canonical form.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// What to do.
    pub op: Op,
    /// To what.
    pub target: Target,
    /// With what. `None` leaves the target without a value, whatever the operator. For a list it is a list: of what to add, of
    /// what to have instead, or of what to remove (`None` is all). For a complex value or an element it is an object, in which
    /// null marks the sub-attributes that are to go.
    pub value: Option<Value>,
    /// Which operation of the request this is, or is part of, counted from 1.
    pub position: usize,
}

/// What an operation is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// An attribute as a whole, or a sub-attribute: that of every element where there are several.
    Attribute(AttrPath),
    /// The elements of an attribute that match, or one of their sub-attributes. A single complex value counts as one element.
    Elements {
        /// The attribute, and the sub-attribute if one is named.
        path: AttrPath,
        /// Which elements, for [`matches_element`](crate::scim::filter::matches_element).
        filter: Filter,
        /// What an element is made of when none matches: what the filter says of it by equality. `None` when it can't be said,
        /// or a new element isn't wanted: then that is 400 `noTarget`.
        template: Option<Map<String, Value>>,
    },
}

impl Target {
    /// The attribute, and the sub-attribute if one is named.
    pub fn path(&self) -> AttrPath {
        match self {
            Self::Attribute(path) | Self::Elements { path, .. } => *path,
        }
    }
}

/// What the value filters of operations ask about, each path once and in ascending order: what a client may not read, its filters
/// may not name either.
pub fn filtered(operations: &[Operation]) -> Vec<AttrPath> {
    let filters = operations.iter().filter_map(|operation| match &operation.target {
        Target::Elements { filter, .. } => Some(filter),
        Target::Attribute(_) => None,
    });
    let mut named: Vec<AttrPath> = filters.flat_map(attributes_used).collect();
    named.sort_unstable();
    named.dedup();
    named
}

/// The attributes that operations name, each once and in ascending order: all that [`apply()`](super::apply()) looks at.
pub fn attributes(operations: &[Operation]) -> Vec<AttrId> {
    let mut named: Vec<AttrId> = operations.iter().map(|operation| operation.target.path().attr).collect();
    named.sort_unstable();
    named.dedup();
    named
}
