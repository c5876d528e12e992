//! What must still hold of an entry when it is written (decisions 12).

use crate::ldap::plan::EntryChange;
use crate::ldap::{AttributeDescription, Filter};

/// Matches the entry whose `identifier` has the value only while its `stamp` has the value too, and every other entry.
///
/// An assertion (RFC 4528) on the stamp alone would do by the standard. But slapd hands a request's assertion on to what its
/// overlays do on other entries (memberof, refint, unique), which then fails: silently, in the case of memberOf. An assertion that
/// holds for all other entries does no harm there.
pub fn guard(identifier: (&AttributeDescription, &[u8]), stamp: (&AttributeDescription, &[u8])) -> Filter {
    let own = Filter::Equality(identifier.0.clone(), identifier.1.to_vec());
    Filter::or([Filter::Equality(stamp.0.clone(), stamp.1.to_vec()), Filter::not(own)])
}

/// The change, to be made only while the guard holds.
pub(super) fn guarded(change: EntryChange, guard: Option<&Filter>) -> EntryChange {
    match guard {
        Some(guard) => change.asserting(guard.clone()),
        None => change,
    }
}
