//! What a request does to lists of references, such as a group's members.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::mapping::model::{Resource, Source};
use crate::scim::patch::{self, Operation};
use crate::scim::resource_schema::AttrId;

/// What becomes of a list of references: the ids to add and to remove, or all that are in it afterwards with what is stored now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    /// Ids that are in it afterwards.
    pub add: Vec<String>,
    /// Ids that aren't. One that is no resource any more needs no removing.
    pub remove: Vec<String>,
    /// All of them; `add` and `remove` are empty then.
    pub replace: Option<Vec<String>>,
    /// Whether the client gave the whole resource: what can't be written may be as it is, or left out.
    pub whole: bool,
}

/// Ids by the attribute that names them.
pub type Named = BTreeMap<AttrId, BTreeSet<String>>;

/// The ids that `value` of an attribute of references names.
pub fn ids_named(value: &Value) -> Vec<&str> {
    let elements = match value {
        Value::Array(elements) => elements.as_slice(),
        single => std::slice::from_ref(single),
    };
    elements.iter().filter_map(|element| element.get("value").and_then(Value::as_str)).collect()
}

/// Whether `attr` is a list of references.
pub fn is_list(resource: &Resource, attr: AttrId) -> bool {
    resource.schema.is_multi_valued(attr) && matches!(resource.source(attr), Source::References(_))
}

/// What `operations` do to lists whose values needn't be known for it, and all other operations: so a member more costs the same
/// in a group of any size.
pub fn take_lists(resource: &Resource, operations: Vec<Operation>) -> (Vec<(AttrId, Lists)>, Vec<Operation>) {
    let (mut lists, mut rest) = (Vec::new(), operations);
    for attr in patch::attributes(&rest).into_iter().filter(|attr| is_list(resource, *attr)) {
        if let Some((delta, others)) = patch::members(&rest, &resource.schema, attr) {
            let others: Vec<Operation> = others.into_iter().cloned().collect();
            lists.push((attr, Lists { add: delta.add, remove: delta.remove, replace: delta.replace, whole: false }));
            rest = others;
        }
    }
    (lists, rest)
}

/// `lists` with those among the attributes `changed` that are to be as `image` says, and the ids that all of them name.
pub fn with_changed(
    resource: &Resource,
    lists: &[(AttrId, Lists)],
    changed: &[AttrId],
    image: &Map<String, Value>,
) -> (Vec<(AttrId, Lists)>, Named) {
    let (mut all, mut named) = (lists.to_vec(), Named::new());
    for attr in changed.iter().filter(|attr| matches!(resource.source(**attr), Source::References(_))) {
        let ids = resource.schema.value(*attr, image).map(ids_named).unwrap_or_default();
        let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
        named.entry(*attr).or_default().extend(ids.iter().cloned());
        if is_list(resource, *attr) {
            all.push((*attr, Lists { replace: Some(ids), ..Lists::default() }));
        }
    }
    for (attr, list) in lists {
        let ids = list.add.iter().chain(&list.remove).chain(list.replace.iter().flatten());
        named.entry(*attr).or_default().extend(ids.cloned());
    }
    (all, named)
}
