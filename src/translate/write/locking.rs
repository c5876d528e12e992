//! Accounts that stay locked while their password is set: a password policy takes the lock away with the old password, even one that an
//! administrator has set for good (slapo-ppolicy).

use serde_json::{Map, Value};

use super::subject::{Change, Stored};
use crate::ldap::change::{Modification, ModificationKind};
use crate::ldap::plan::{EntryChange, Stage, Undo};
use crate::mapping::atom::Atom;
use crate::mapping::model::{LdapScalar, Resource};

/// What locks the new entry called `dn` again after its password was set; nothing for a resource that is active, as `image` says.
pub(super) fn of_new(resource: &Resource, image: &Map<String, Value>, dn: String) -> Option<Stage> {
    let lock = resource.lock.as_ref()?;
    Some(locked(lock, dn, said(resource, lock, image)?))
}

/// What locks the entry that was read as `stored`, and is called `dn` now, again after its password was set: where the client says
/// that it is inactive, or doesn't say (it may not even see it) and it was locked before.
pub(super) fn of_changed(resource: &Resource, stored: &Stored<'_>, change: &Change<'_>, dn: String) -> Option<Stage> {
    let lock = resource.lock.as_ref()?;
    let active = super::retire::active(resource);
    let values = match active.is_some_and(|active| change.changed.contains(&active)) {
        true => said(resource, lock, change.image)?,
        false => {
            let values = stored.values(&lock.attribute);
            let locks = |value: &Vec<u8>| lock.codec.decode(value) == Some(Atom::Bool(false));
            values.iter().any(locks).then(|| values.to_vec())?
        }
    };
    Some(locked(lock, dn, values))
}

/// The values that lock an entry, where `image` says that it is inactive.
fn said(resource: &Resource, lock: &LdapScalar, image: &Map<String, Value>) -> Option<Vec<Vec<u8>>> {
    let active = super::retire::active(resource)?;
    let is_inactive = resource.schema.value(active, image) == Some(&Value::Bool(false));
    Some(vec![is_inactive.then(|| lock.codec.encode(&Atom::Bool(false)).ok()).flatten()?])
}

fn locked(lock: &LdapScalar, dn: String, values: Vec<Vec<u8>>) -> Stage {
    let lock = Modification { kind: ModificationKind::Replace, attribute: lock.attribute.clone(), values };
    Stage::new(EntryChange::modify(dn, vec![lock])).undo(Undo::Keep)
}
