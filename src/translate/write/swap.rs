//! What keeps bridges apart on a directory that knows no assertions (decisions 12): an attribute whose one value every write replaces.
//!
//! A write that depends on what was read deletes the value that it read and adds another: in one modification with the rest of it, which
//! fails as a whole where anybody was faster. One that depends on nothing just puts a new value there, for others to notice.

use crate::ldap::AttributeDescription;
use crate::ldap::change::{Modification, ModificationKind};

/// The attribute, as it was read, and its next value.
#[derive(Debug, Clone)]
pub struct Swap {
    /// The attribute: it has one value at most.
    pub attribute: AttributeDescription,
    /// The value that was read, if there was one.
    pub stored: Option<Vec<u8>>,
    /// A value that it never had.
    pub next: Vec<u8>,
    /// Whether the write depends on what was read, whatever it changes: the client has said in which version.
    pub always: bool,
}

impl Swap {
    /// What is done to the attribute by a write that `depends` on what was read, or doesn't.
    pub(super) fn steps(&self, depends: bool) -> Vec<Modification> {
        let step = |kind, value: &[u8]| {
            let (attribute, values) = (self.attribute.clone(), vec![value.to_vec()]);
            Modification { kind, attribute, values }
        };
        if !depends && !self.always {
            return vec![step(ModificationKind::Replace, &self.next)];
        }
        let old = self.stored.iter().map(|stored| step(ModificationKind::Delete, stored));
        old.chain([step(ModificationKind::Add, &self.next)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(stored: Option<&str>, always: bool, depends: bool) -> Vec<String> {
        let attribute = "extensionAttribute15".parse().unwrap();
        let swap = Swap { attribute, stored: stored.map(|old| old.into()), next: b"new".to_vec(), always };
        let text = |step: &Modification| format!("{:?} {}", step.kind, String::from_utf8_lossy(&step.values[0]));
        swap.steps(depends).iter().map(text).collect()
    }

    #[test]
    fn what_depends_on_the_old_value_names_it() {
        assert_eq!(told(Some("old"), false, true), ["Delete old", "Add new"]);
        assert_eq!(told(Some("old"), true, false), ["Delete old", "Add new"]);
        // Where there was none, a second one is refused.
        assert_eq!(told(None, false, true), ["Add new"]);
        assert_eq!(told(Some("old"), false, false), ["Replace new"]);
    }
}
