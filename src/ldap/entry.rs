//! An entry as a search returned it.

use std::sync::Arc;

/// An attribute's values: octets, in the order in which the server sent them (which means nothing).
pub type Values = Vec<Vec<u8>>;

/// An entry as a search returned it: its DN and, for each attribute asked for, the values.
///
/// Attributes are found by their place in the search's [`AttributeSet`](super::AttributeSet), not by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The entry's DN, as the server wrote it.
    pub dn: String,
    /// The values by attribute place; an attribute that is absent has none.
    pub attributes: Vec<Values>,
    /// What the dereference control brought for DN-valued attributes, if it was sent.
    pub dereferenced: Vec<Dereferenced>,
    /// Which server sent it, as that one names its copy of the directory, where its counts mean something to it alone: Active Directory's
    /// invocationId.
    pub origin: Option<Arc<[u8]>>,
}

/// One referenced entry, as the dereference control (1.3.6.1.4.1.4203.666.5.16) returns it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dereferenced {
    /// The place of the DN-valued attribute in the search's dereference specification.
    pub specification: usize,
    /// The referenced DN, as stored.
    pub dn: String,
    /// Values by place in the specification's own attribute set; empty where the entry doesn't exist or isn't readable.
    pub attributes: Vec<Values>,
}

impl Entry {
    /// The values of the attribute at `place`; none when it is absent.
    pub fn values(&self, place: usize) -> &[Vec<u8>] {
        self.attributes.get(place).map_or(&[], Vec::as_slice)
    }

    /// The first value of the attribute at `place`.
    pub fn first(&self, place: usize) -> Option<&[u8]> {
        self.values(place).first().map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_has_no_values() {
        let entry = Entry { attributes: vec![vec![b"a".to_vec(), b"b".to_vec()], vec![]], ..Entry::default() };
        assert_eq!((entry.first(0), entry.values(0).len()), (Some(b"a".as_slice()), 2));
        assert_eq!((entry.first(1), entry.values(1).len()), (None, 0));
        assert_eq!((entry.first(9), entry.values(9).len()), (None, 0));
    }
}
