//! What must still hold of an entry when it is written (decisions 12).

use crate::ldap::plan::EntryChange;
use crate::ldap::{AttributeDescription, Filter};

/// What tells an entry from any other, and whether somebody has changed it: for writes that go by its name, which another entry may
/// have got since.
///
/// Assertions (RFC 4528) on these alone would do by the standard. But slapd hands a request's assertion on to what its overlays do
/// on other entries (memberof, refint, unique), which then fails: silently, in the case of memberOf. So what is made here holds of
/// every entry that is called otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// Matches the entry alone.
    own: Filter,
    /// Matches it until somebody changes it.
    as_read: Filter,
    /// The attribute in which an entry tells its DN.
    name: AttributeDescription,
}

impl Guard {
    /// The guard of the entry whose `identifier` has the value, and whose `stamp` had when it was read.
    pub fn new(identifier: (&AttributeDescription, &[u8]), stamp: (&AttributeDescription, &[u8])) -> Option<Self> {
        let equal = |(name, value): (&AttributeDescription, &[u8])| Filter::Equality(name.clone(), value.to_vec());
        Some(Self { own: equal(identifier), as_read: equal(stamp), name: "entryDN".parse().ok()? })
    }

    /// Matches the entry only while it is as it was read, no other one that is called `dn`, and all others.
    pub fn unchanged(&self, dn: &str) -> Filter {
        let concerned = Filter::or([self.own.clone(), self.called(dn)]);
        Filter::or([self.as_read.clone(), Filter::not(concerned)])
    }

    /// Matches the entry, no other one that is called `dn`, and all others.
    pub fn same(&self, dn: &str) -> Filter {
        same(self.own.clone(), self.called(dn))
    }

    fn called(&self, dn: &str) -> Filter {
        Filter::Equality(self.name.clone(), dn.as_bytes().to_vec())
    }
}

/// The change, to be made only while its entry is as it was read.
pub(super) fn if_unchanged(change: EntryChange, guard: Option<&Guard>) -> EntryChange {
    let assertion = guard.map(|guard| guard.unchanged(&change.dn));
    asserting(change, assertion)
}

/// The change, to be made only while no other entry has got the name.
pub(super) fn if_same(change: EntryChange, guard: Option<&Guard>) -> EntryChange {
    let assertion = guard.map(|guard| guard.same(&change.dn));
    asserting(change, assertion)
}

/// The change, to be made only while the entry that has the name, if one has it, is the one whose `identifier` has the value.
pub(super) fn if_called_by(change: EntryChange, (identifier, value): (&AttributeDescription, &[u8])) -> EntryChange {
    let own = Filter::Equality(identifier.clone(), value.to_vec());
    let name = "entryDN".parse().ok();
    let called = name.map(|name| Filter::Equality(name, change.dn.clone().into_bytes()));
    asserting(change, called.map(|called| same(own, called)))
}

fn same(own: Filter, called: Filter) -> Filter {
    Filter::or([own, Filter::not(called)])
}

fn asserting(change: EntryChange, assertion: Option<Filter>) -> EntryChange {
    match assertion {
        Some(assertion) => change.asserting(assertion),
        None => change,
    }
}
