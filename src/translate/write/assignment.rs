//! What an LDAP attribute is to hold, as one or more SCIM attributes say.

use std::sync::Arc;

use super::diff;
use crate::ldap::AttributeDescription;
use crate::ldap::entry::Values;
use crate::mapping::codec::Codec;
use crate::mapping::model::{LdapScalar, TypeIndex};
use crate::scim::Error;
use crate::scim::resource_schema::AttrPath;
use crate::translate::View;

/// The attributes of an entry in the making.
pub(super) type Attributes = Vec<(AttributeDescription, Values)>;

/// What an LDAP attribute is to hold for a SCIM attribute.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The LDAP attribute.
    pub attribute: AttributeDescription,
    /// The values.
    pub values: Values,
    /// Which SCIM attribute says so.
    pub path: AttrPath,
    /// Stored values that none of these can read are no part of the resource, and stay.
    pub(super) codecs: Vec<Arc<dyn Codec>>,
    /// Whether the values name other entries: which of the stored ones are seen is the caller's to say.
    pub references: bool,
    /// Whether the SCIM attribute shows the first of several stored values alone.
    pub(super) first_alone: bool,
}

impl Assignment {
    pub(super) fn of(scalar: &LdapScalar, path: AttrPath) -> Self {
        let codecs = vec![scalar.codec.clone()];
        let attribute = scalar.attribute.clone();
        Self { attribute, values: Values::new(), path, codecs, references: false, first_alone: false }
    }

    /// Whether a stored value is part of what the SCIM attribute shows.
    pub fn shows(&self, stored: &[u8]) -> bool {
        self.codecs.iter().any(|codec| codec.decode(stored).is_some_and(|atom| !atom.is_empty()))
    }

    /// Whether what is shown of `stored` is what is wanted, though there may be more: that is no part of the resource, and stays.
    /// `seen` says which values may be shown at all.
    pub(super) fn is_met(&self, stored: &[Vec<u8>], seen: impl Fn(&[u8]) -> bool) -> bool {
        let [wanted] = self.values.as_slice() else { return false };
        self.first_alone && stored.iter().find(|value| seen(value)) == Some(wanted)
    }

    /// Takes another part of the same attribute in.
    pub(super) fn join(&mut self, other: Self) {
        self.values.extend(other.values);
        self.codecs.extend(other.codecs);
        self.first_alone = false;
        diff::without_twins(&mut self.values);
    }
}

/// One assignment for each LDAP attribute.
///
/// # Errors
/// 400 `invalidValue` where two SCIM attributes that are stored in one place have different values.
pub(super) fn joined(view: &View, kind: TypeIndex, assignments: Vec<Assignment>) -> Result<Vec<Assignment>, Error> {
    let mut joined: Vec<Assignment> = Vec::new();
    for assignment in assignments {
        match joined.iter_mut().find(|known| known.attribute == assignment.attribute) {
            Some(known) => known.merge(view, kind, assignment)?,
            None => joined.push(assignment),
        }
    }
    Ok(joined)
}

impl Assignment {
    /// Takes in what another SCIM attribute says of the same LDAP attribute.
    fn merge(&mut self, view: &View, kind: TypeIndex, other: Self) -> Result<(), Error> {
        let text = |codecs: &[Arc<dyn Codec>]| format!("{codecs:?}");
        let rules = view.rules(&self.attribute);
        let alike = self.path.attr != other.path.attr && text(&self.codecs) == text(&other.codecs);
        if self.values == other.values || (alike && other.values.is_empty()) {
            self.codecs.extend(other.codecs);
        } else if alike && self.values.is_empty() {
            *self = other;
        } else if alike {
            return Err(self.disagrees(view, kind, &other));
        } else if rules.single_value && !self.values.is_empty() && !other.values.is_empty() {
            let value = self.over(&other).ok_or_else(|| self.disagrees(view, kind, &other))?;
            self.values = vec![value];
            self.codecs.extend(other.codecs);
        } else {
            self.join(other);
            diff::distinct(&rules, &mut self.values);
        }
        Ok(())
    }

    /// The one value that says what both say, such as different bits of a number.
    fn over(&self, other: &Self) -> Option<Vec<u8>> {
        let ([own], [others]) = (self.values.as_slice(), other.values.as_slice()) else { return None };
        let mut value = own.clone();
        for codec in &other.codecs {
            value = codec.encode_over(&codec.decode(others)?, Some(&value)).ok()?;
        }
        let says = |codecs: &[Arc<dyn Codec>], wanted: &[u8]| {
            codecs.iter().all(|codec| codec.decode(&value) == codec.decode(wanted))
        };
        (says(&self.codecs, own) && says(&other.codecs, others)).then_some(value)
    }

    fn disagrees(&self, view: &View, kind: TypeIndex, other: &Self) -> Error {
        let schema = &view.resource(kind).schema;
        Error::invalid_value(format!(
            "`{}` and `{}` are stored in one place and must have the same value",
            schema.path_text(self.path),
            schema.path_text(other.path)
        ))
    }
}
