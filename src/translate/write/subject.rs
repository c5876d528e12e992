//! An existing entry, and what its resource is to become.

use serde_json::{Map, Value};

use super::guard::Guard;
use super::lists::Lists;
use super::references::Referents;
use super::swap::Swap;
use crate::ldap::dn::Dn;
use crate::ldap::{AttributeDescription, AttributeSet, Entry};
use crate::scim::resource_schema::AttrId;
use crate::translate::references::Targets;

/// An entry as it was read to be changed.
#[derive(Debug, Clone)]
pub struct Stored<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// What its attributes are.
    pub attributes: &'a AttributeSet,
    /// Its object classes.
    pub classes: Vec<String>,
    /// What values that name other entries were resolved to: the others are no part of the resource.
    pub visible: &'a Targets,
    /// What makes sure when it is written that it is this entry, and unchanged where that matters; where the directory can assert it.
    pub guard: Option<Guard>,
    /// Whether it can't: what others write in the meantime shows in the values alone.
    pub blind: bool,
    /// What stands in for that where it can't, and the mapping names an attribute for it.
    pub swap: Option<Swap>,
}

/// What a resource is to become.
#[derive(Debug)]
pub struct Change<'a> {
    /// The resource afterwards, in canonical form: as far as it is needed for what changes and for the entry's name.
    pub image: &'a Map<String, Value>,
    /// The attributes that are to be as `image` says.
    pub changed: &'a [AttrId],
    /// What becomes of lists of references.
    pub lists: &'a [(AttrId, Lists)],
    /// The resources that are named.
    pub referents: &'a Referents,
    /// Where the entry goes, when it comes back from where retired ones are.
    pub home: Option<&'a Dn>,
}

impl<'a> Stored<'a> {
    /// The entry's values of `attribute`.
    pub fn values(&self, attribute: &AttributeDescription) -> &'a [Vec<u8>] {
        self.attributes.position(attribute.as_str()).map_or(&[], |place| self.entry.values(place))
    }
}
