//! The resources that a request names by id, and how lists of them change.

use std::collections::{HashMap, HashSet};

use super::diff;
use super::lists::Lists;
use crate::ldap::AttributeDescription;
use crate::ldap::change::{Modification, ModificationKind};
use crate::ldap::dn::DnKey;
use crate::ldap::plan::Tolerance;
use crate::mapping::model::{Reference, ReferenceForm, Source, TypeIndex};
use crate::scim::Error;
use crate::scim::resource_schema::AttrId;
use crate::translate::View;
use crate::translate::primary_group::{self, PrimaryGroup};

/// A resource that is referred to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referent {
    /// Its type.
    pub kind: TypeIndex,
    /// The entry's DN, as the directory writes it.
    pub dn: String,
    /// Values by which it may be named otherwise, by the attribute's name in lower case.
    pub keys: HashMap<String, Vec<u8>>,
}

/// The resources that a request names, by id.
#[derive(Debug, Clone, Default)]
pub struct Referents(HashMap<String, Referent>);

impl Referents {
    /// Notes what the id names.
    pub fn insert(&mut self, id: impl Into<String>, referent: Referent) {
        self.0.insert(id.into(), referent);
    }

    /// What the id names.
    pub fn get(&self, id: &str) -> Option<&Referent> {
        self.0.get(id)
    }

    /// The value by which `reference` names the resource called `id`.
    ///
    /// # Errors
    /// 400 `invalidValue` where the id names no resource that may be referred to here.
    pub(super) fn value(&self, reference: &Reference, id: &str, path: &str) -> Result<Vec<u8>, Error> {
        let unknown = || Error::invalid_value(format!("`{path}`: `{id}` is no resource that can be referred to here"));
        let referent =
            self.get(id).filter(|referent| reference.targets.contains(&referent.kind)).ok_or_else(unknown)?;
        match &reference.form {
            ReferenceForm::Dn | ReferenceForm::NameAndOptionalUid => Ok(referent.dn.clone().into_bytes()),
            ReferenceForm::Key(attribute) => {
                let name = attribute.as_str().to_ascii_lowercase();
                referent.keys.get(&name).cloned().ok_or_else(unknown)
            }
            ReferenceForm::Url | ReferenceForm::PrimaryGroup(_) => Err(read_only(path)),
        }
    }
}

fn read_only(path: &str) -> Error {
    Error::mutability(format!("`{path}` of this resource follows from a search and can't be changed"))
}

/// The kind of reference that an entry of `classes` holds.
pub(super) fn of_entry<'a>(view: &View, references: &'a [Reference], classes: &[String]) -> Option<&'a Reference> {
    let is =
        |class: &str| classes.iter().any(|own| view.schema.is_subclass(own, class) || own.eq_ignore_ascii_case(class));
    references
        .iter()
        .filter(|reference| view.knows(&reference.attribute))
        .find(|reference| reference.class.as_deref().is_none_or(is))
}

/// The modifications that make the list of `attr` on an entry of `classes` what `lists` says, and which objections of the server
/// to them are got over. `stored` are the values that the entry has and the client can see, where `lists` replaces them or an
/// identifier may stand behind them.
///
/// # Errors
/// 400 `invalidValue` for an id that names nothing; `mutability` where the entry's kind of list can't be written.
#[allow(clippy::too_many_arguments, reason = "the parts of one decision")]
pub(super) fn list_changes<'s>(
    view: &View,
    kind: TypeIndex,
    attr: AttrId,
    classes: &[String],
    lists: &Lists,
    referents: &Referents,
    stored: &[Vec<u8>],
    sid: &dyn Fn(&AttributeDescription) -> Option<&'s [u8]>,
) -> Result<(Vec<Modification>, Tolerance), Error> {
    let resource = view.resource(kind);
    let path = resource.schema.attribute_name(attr);
    let Source::References(references) = resource.source(attr) else { return Ok(Default::default()) };
    let Some(reference) = of_entry(view, references, classes) else {
        return Err(Error::mutability(format!("`{path}` can't be held by this resource")));
    };
    if !reference.writable {
        return Err(read_only(path));
    }
    // Who is in it as its primary group isn't held in the list.
    let primary = PrimaryGroup::among(references, &view.schema).and_then(|primary| {
        let key = primary_group::key(sid(&primary.sid)?)?;
        Some((primary.key.as_str().to_ascii_lowercase(), key))
    });
    let is_primary = |id: &String| {
        primary.as_ref().is_some_and(|(name, key)| referents.get(id).is_some_and(|own| own.keys.get(name) == Some(key)))
    };
    if let Some(id) = lists.remove.iter().find(|id| is_primary(id)) {
        return Err(Error::mutability(format!("`{path}`: this is the primary group of `{id}`, which can't leave it")));
    }
    let values = |ids: &[String]| -> Result<Vec<Vec<u8>>, Error> {
        ids.iter().filter(|id| !is_primary(id)).map(|id| referents.value(reference, id, path)).collect()
    };
    let (mut removed, mut added) = match &lists.replace {
        Some(ids) => split(reference, stored, values(ids)?),
        None => {
            let known = lists.remove.iter().filter_map(|id| referents.value(reference, id, path).ok());
            marked(reference, stored, known.collect(), values(&lists.add)?)
        }
    };
    diff::without_twins(&mut removed);
    diff::without_twins(&mut added);
    let attribute = &reference.attribute;
    if lists.replace.is_some() && !added.is_empty() {
        removed.extend(stored.iter().filter(|value| is_placeholder(reference, value)).cloned());
    }
    let placeholder = reference.placeholder_value.clone().map(|value| (attribute.clone(), value));
    let tolerance =
        Tolerance { attributes: [attribute.clone()].into_iter().collect(), placeholder, guard: None, mark: None };
    let mut steps = Vec::new();
    for (kind, values) in [(ModificationKind::Delete, removed), (ModificationKind::Add, added)] {
        if !values.is_empty() {
            steps.push(Modification { kind, attribute: attribute.clone(), values });
        }
    }
    Ok((steps, tolerance))
}

/// What goes and what comes so that `stored` becomes `wanted`.
fn split(reference: &Reference, stored: &[Vec<u8>], wanted: Vec<Vec<u8>>) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let have: HashSet<Vec<u8>> = stored.iter().map(|value| form(reference, value)).collect();
    let want: HashSet<Vec<u8>> = wanted.iter().map(|value| form(reference, value)).collect();
    let goes = |value: &&Vec<u8>| !want.contains(&form(reference, value)) && !is_placeholder(reference, value);
    let removed = stored.iter().filter(goes).cloned().collect();
    let added = wanted.into_iter().filter(|value| !have.contains(&form(reference, value))).collect();
    (removed, added)
}

/// What goes and what comes where identifiers may stand behind the names in `stored`: no directory takes a value out by its name
/// alone, and with an identifier the same name would be there twice.
fn marked(
    reference: &Reference,
    stored: &[Vec<u8>],
    removed: Vec<Vec<u8>>,
    mut added: Vec<Vec<u8>>,
) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    if reference.form != ReferenceForm::NameAndOptionalUid || stored.is_empty() {
        return (removed, added);
    }
    let mut spellings: HashMap<Vec<u8>, Vec<Vec<u8>>> = HashMap::new();
    for value in stored {
        spellings.entry(form(reference, value)).or_default().push(value.clone());
    }
    added.retain(|value| !spellings.contains_key(&form(reference, value)));
    let spelt = |value: Vec<u8>| spellings.get(&form(reference, &value)).cloned().unwrap_or_else(|| vec![value]);
    (removed.into_iter().flat_map(spelt).collect(), added)
}

/// Those of `stored` that name what the DN `name` does, with or without an identifier behind it.
pub fn spellings(stored: &[Vec<u8>], name: &[u8]) -> Vec<Vec<u8>> {
    let Ok(wanted) = DnKey::of_bytes(name) else { return Vec::new() };
    let alone = |value: &[u8]| DnKey::of_bytes(crate::translate::references::name_alone(value)).ok();
    stored.iter().filter(|value| alone(value).as_ref() == Some(&wanted)).cloned().collect()
}

/// What is the same for all the spellings of one reference.
fn form(reference: &Reference, value: &[u8]) -> Vec<u8> {
    let key = match reference.form {
        ReferenceForm::Key(_) => None,
        _ => DnKey::of_bytes(crate::translate::references::name_alone(value)).ok(),
    };
    key.map_or_else(|| value.to_vec(), |key| key.as_bytes().to_vec())
}

/// Whether `value` stands for "nobody".
pub(super) fn is_placeholder(reference: &Reference, value: &[u8]) -> bool {
    reference.placeholder.as_ref().is_some_and(|own| DnKey::of_bytes(value).is_ok_and(|key| key == *own))
}

/// The stored spelling of `value`, where it is there.
pub(super) fn as_stored<'s>(reference: &Reference, stored: &'s [Vec<u8>], value: &[u8]) -> Option<&'s Vec<u8>> {
    let wanted = form(reference, value);
    stored.iter().find(|stored| form(reference, stored) == wanted)
}

/// Attributes beside its DN by which resources are named somewhere in the mapping.
pub fn naming_keys(view: &View) -> Vec<AttributeDescription> {
    let sources = view.mapping.resources.iter().flat_map(|resource| &resource.sources);
    let references = sources.flat_map(|source| match source {
        Source::References(references) => references.as_slice(),
        _ => &[],
    });
    let mut keys: Vec<AttributeDescription> = Vec::new();
    for reference in references {
        if let ReferenceForm::Key(attribute) | ReferenceForm::PrimaryGroup(attribute) = &reference.form
            && !keys.contains(attribute)
        {
            keys.push(attribute.clone());
        }
    }
    keys
}
