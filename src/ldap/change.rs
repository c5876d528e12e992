//! Changes of entries (RFC 4511 sections 4.6 to 4.9) as data.

use super::AttributeDescription;
use super::entry::Values;

/// What a modification does to an attribute (RFC 4511 section 4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModificationKind {
    /// Adds the values; one that is there already is an error.
    Add,
    /// Deletes the values, or the whole attribute when none is given; one that is absent is an error.
    Delete,
    /// Replaces all values; none given removes the attribute, and it needn't be there.
    Replace,
}

/// One step of a modify operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modification {
    /// What is done.
    pub kind: ModificationKind,
    /// To which attribute.
    pub attribute: AttributeDescription,
    /// With which values.
    pub values: Values,
}

/// A change of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The entry is added with these attributes.
    Add(Vec<(AttributeDescription, Values)>),
    /// The entry is deleted.
    Delete,
    /// The entry is modified, all steps or none, in this order.
    Modify(Vec<Modification>),
    /// The entry is renamed or moved.
    ModifyDn {
        /// The new RDN as text.
        new_rdn: String,
        /// Whether the values of the old RDN leave the entry.
        delete_old_rdn: bool,
        /// The DN of the new entry above, when that changes.
        new_superior: Option<String>,
    },
}
