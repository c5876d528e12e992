//! What LDAP attributes hold when a SCIM attribute has a value.

use serde_json::Value;

use super::assignment::Assignment;
use super::lists;
use super::references::{self, Referents};
use super::{diff, value};
use crate::ldap::entry::Values;
use crate::ldap::{AttributeDescription, AttributeSet};
use crate::mapping::codec::Also;
use crate::mapping::model::{LdapScalar, Scalar, Source, TypeIndex};
use crate::mapping::writing::WritePolicy;
use crate::scim::Error;
use crate::scim::resource_schema::{AttrId, AttrPath, SubId};
use crate::scim::schema::Attribute;
use crate::translate::View;

/// Among so many stored values one is looked for that says what is wanted in other octets (`TRUE` and `true`, or the time until
/// which an account is locked where any time but one means active).
const FEW: usize = 32;

/// Encodes the attributes of one resource.
pub(super) struct Encoder<'a> {
    pub(super) view: &'a View,
    pub(super) kind: TypeIndex,
    pub(super) referents: &'a Referents,
    /// The entry's object classes.
    pub(super) classes: &'a [String],
    /// The entry's values of an attribute, where it exists.
    pub(super) stored: &'a dyn Fn(&AttributeDescription) -> &'a [Vec<u8>],
    /// Whether the resource is being made.
    pub(super) creating: bool,
}

impl Encoder<'_> {
    /// What the LDAP attributes of `attr` are to hold when it has `value`. Each of them is listed, if only to become empty.
    ///
    /// # Errors
    /// 400 `invalidValue` for what can't be held; `mutability` for what can't be changed.
    pub(super) fn attribute(&self, attr: AttrId, value: Option<&Value>) -> Result<Vec<Assignment>, Error> {
        let resource = self.view.resource(self.kind);
        let whole = AttrPath::whole(attr);
        let Some(def) = resource.schema.get(attr) else { return Ok(Vec::new()) };
        match resource.source(attr) {
            Source::Unmapped | Source::Builtin(_) | Source::Backreference(_) | Source::WriteOnly(_) => Ok(Vec::new()),
            Source::Scalar(Scalar::Ldap(scalar)) => {
                let values: Vec<&Value> = match value {
                    Some(Value::Array(values)) => values.iter().collect(),
                    other => other.into_iter().collect(),
                };
                let first_alone = !def.attribute.multi_valued;
                self.scalar(scalar, whole, &def.attribute, &values, first_alone)
            }
            Source::Scalar(_) => Ok(Vec::new()),
            Source::Complex(subs) => self.complex(attr, subs, value),
            Source::Slots(slots) => self.slots(attr, slots, value),
            Source::References(references) if !def.attribute.multi_valued => {
                self.reference(attr, references, value).map(|assignment| assignment.into_iter().collect())
            }
            Source::References(_) => Ok(Vec::new()), // lists of references are changed by their differences
        }
    }

    fn scalar(
        &self,
        scalar: &LdapScalar,
        path: AttrPath,
        attribute: &Attribute,
        values: &[&Value],
        first_alone: bool,
    ) -> Result<Vec<Assignment>, Error> {
        if !self.takes(scalar) || (values.is_empty() && scalar.codec.is_part()) {
            return Ok(Vec::new());
        }
        let mut assignment = Assignment { first_alone, ..Assignment::of(scalar, path) };
        for value in values {
            assignment.values.extend(self.encoded(scalar, path, attribute, value)?);
        }
        self.settle(&mut assignment)?;
        let mut assignments = self.followers(scalar, &assignment)?;
        assignments.push(assignment);
        Ok(assignments)
    }

    /// What is written with `assignment`, which is `scalar`'s.
    pub(super) fn followers(&self, scalar: &LdapScalar, assignment: &Assignment) -> Result<Vec<Assignment>, Error> {
        let known = scalar.also.iter().filter(|also| self.view.knows(&also.attribute));
        known.map(|also| self.follower(scalar, also, assignment)).collect()
    }

    fn follower(&self, scalar: &LdapScalar, also: &Also, assignment: &Assignment) -> Result<Assignment, Error> {
        let mut values = Values::new();
        for atom in assignment.values.iter().filter_map(|stored| scalar.codec.decode(stored)) {
            let encoded = also.codec.encode(&atom).map_err(|why| {
                let name = self.view.resource(self.kind).schema.path_text(assignment.path);
                Error::invalid_value(format!("`{name}` can't be stored: {why}"))
            })?;
            values.push(encoded);
        }
        if values.is_empty() && !self.creating {
            values.extend(also.without.map(|text| text.as_bytes().to_vec()));
        }
        let codecs = vec![also.codec.clone()];
        let attribute = also.attribute.clone();
        let mut follower =
            Assignment { attribute, values, path: assignment.path, codecs, references: false, first_alone: false };
        self.settle(&mut follower)?;
        Ok(follower)
    }

    /// Whether the value of a client goes anywhere.
    pub(super) fn takes(&self, scalar: &LdapScalar) -> bool {
        is_writable(self.view, scalar)
            && match scalar.write {
                WritePolicy::Always | WritePolicy::Create => true,
                WritePolicy::CreateDiscard => self.creating,
                WritePolicy::Never | WritePolicy::Discard => false,
            }
    }

    /// The stored form of `value`: the one that is there, where it says the same. None where it is the attribute's absence that
    /// stands for it.
    pub(super) fn encoded(
        &self,
        scalar: &LdapScalar,
        path: AttrPath,
        attribute: &Attribute,
        value: &Value,
    ) -> Result<Option<Vec<u8>>, Error> {
        let name = || self.view.resource(self.kind).schema.path_text(path);
        let Some(atom) = value::atom(attribute, value) else {
            return Err(Error::invalid_value(format!("`{}` is not a value of type {}", name(), attribute.kind.name())));
        };
        let stored = (self.stored)(&scalar.attribute);
        if let Some(same) = stored.iter().take(FEW).find(|raw| scalar.codec.decode(raw).as_ref() == Some(&atom)) {
            return Ok(Some(same.clone()));
        }
        if !self.creating && stored.is_empty() && scalar.default.as_ref() == Some(&atom) {
            return Ok(None);
        }
        let readable = stored.iter().find(|raw| scalar.codec.decode(raw).is_some());
        match scalar.codec.encode_over(&atom, readable.map(Vec::as_slice)) {
            Ok(encoded) => Ok(Some(encoded)),
            Err(_) if scalar.codec.absent().as_ref() == Some(&atom) => Ok(None),
            Err(why) => Err(Error::invalid_value(format!("`{}` can't be stored: {why}", name()))),
        }
    }

    /// Sees that the directory can hold the values beside each other.
    pub(super) fn settle(&self, assignment: &mut Assignment) -> Result<(), Error> {
        let rules = self.view.rules(&assignment.attribute);
        diff::distinct(&rules, &mut assignment.values);
        if rules.single_value && assignment.values.len() > 1 {
            let name = self.view.resource(self.kind).schema.path_text(assignment.path);
            return Err(Error::invalid_value(format!("`{name}` can have one value here")));
        }
        Ok(())
    }

    fn complex(&self, attr: AttrId, subs: &[Option<Scalar>], value: Option<&Value>) -> Result<Vec<Assignment>, Error> {
        let schema = &self.view.resource(self.kind).schema;
        let mut assignments = Vec::new();
        for (sub, place) in subs.iter().zip(0u16..) {
            let path = AttrPath::part(attr, SubId(place));
            let (Some(Scalar::Ldap(scalar)), Some(attribute)) = (sub, schema.attribute(path)) else { continue };
            let part = value.and_then(|value| value.get(&attribute.name));
            let values: Vec<&Value> = part.into_iter().collect();
            assignments.extend(self.scalar(scalar, path, attribute, &values, true)?);
        }
        Ok(assignments)
    }

    fn reference(
        &self,
        attr: AttrId,
        references: &[crate::mapping::model::Reference],
        value: Option<&Value>,
    ) -> Result<Option<Assignment>, Error> {
        let schema = &self.view.resource(self.kind).schema;
        let path = schema.path_text(AttrPath::whole(attr));
        let Some(reference) = references::of_entry(self.view, references, self.classes) else { return Ok(None) };
        if !reference.writable {
            return Err(Error::mutability(format!("`{path}` can't be changed")));
        }
        let ids = value.map(lists::ids_named).unwrap_or_default();
        let stored = (self.stored)(&reference.attribute);
        let value = |id: &&str| {
            let wanted = self.referents.value(reference, id, &path)?;
            Ok(references::as_stored(reference, stored, &wanted).cloned().unwrap_or(wanted))
        };
        let values = ids.iter().map(value).collect::<Result<_, Error>>()?;
        Ok(Some(Assignment {
            attribute: reference.attribute.clone(),
            values,
            path: AttrPath::whole(attr),
            codecs: Vec::new(),
            references: true,
            first_alone: true,
        }))
    }
}

/// Whether the directory lets anybody write what `scalar` is stored in.
pub fn is_writable(view: &View, scalar: &LdapScalar) -> bool {
    let known = view.schema.attribute(scalar.attribute.type_name());
    known.is_some_and(|known| !known.definition.no_user_modification)
}

/// The LDAP attributes that hold the SCIM attribute at `attr`, into `set`.
pub fn concerned(view: &View, kind: TypeIndex, attr: AttrId, set: &mut AttributeSet) {
    let mut scalar = |scalar: &Scalar| {
        if let Scalar::Ldap(scalar) = scalar
            && view.knows(&scalar.attribute)
        {
            set.insert(&scalar.attribute);
            for also in scalar.also.iter().filter(|also| view.knows(&also.attribute)) {
                set.insert(&also.attribute);
            }
        }
    };
    match view.resource(kind).source(attr) {
        Source::Scalar(source) => scalar(source),
        Source::Complex(subs) => subs.iter().flatten().for_each(scalar),
        Source::Slots(slots) => slots.iter().flat_map(|slot| slot.subs.iter().flatten()).for_each(scalar),
        Source::References(references) => {
            for reference in references.iter().filter(|reference| view.knows(&reference.attribute)) {
                set.insert(&reference.attribute);
            }
        }
        Source::WriteOnly(_) => {
            if let Some(lock) = view.resource(kind).lock.as_ref().filter(|lock| view.knows(&lock.attribute)) {
                set.insert(&lock.attribute);
            }
        }
        Source::Unmapped | Source::Builtin(_) | Source::Backreference(_) => {}
    }
}
