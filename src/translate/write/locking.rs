//! Accounts that stay locked while their password is set: a password policy takes the lock away with the old password.

use serde_json::{Map, Value};

use crate::ldap::change::{Modification, ModificationKind};
use crate::ldap::plan::{EntryChange, Stage, Undo};
use crate::mapping::atom::Atom;
use crate::mapping::model::{LdapScalar, Password, Resource, Scalar, Source};
use crate::scim::resource_schema::AttrId;

/// What setting a password removes, even where an administrator has locked the account for good (slapo-ppolicy).
const LOCK: &str = "pwdAccountLockedTime";

/// The attribute that says whether a resource is active, where setting its password makes it so.
pub(super) fn unlocked_by_password(resource: &Resource) -> Option<(AttrId, &LdapScalar)> {
    resource.sources.iter().find(|source| matches!(source, Source::WriteOnly(Password::PasswordModify)))?;
    let attr = super::retire::active(resource)?;
    match resource.source(attr) {
        Source::Scalar(Scalar::Ldap(active)) if active.attribute.matches(LOCK) => Some((attr, active)),
        _ => None,
    }
}

/// What locks the entry called `dn` again after its password was set; nothing for a resource that is active, as `image` says.
pub(super) fn again(resource: &Resource, image: &Map<String, Value>, dn: String) -> Option<Stage> {
    let (attr, active) = unlocked_by_password(resource)?;
    if resource.schema.value(attr, image) != Some(&Value::Bool(false)) {
        return None;
    }
    let values = vec![active.codec.encode(&Atom::Bool(false)).ok()?];
    let lock = Modification { kind: ModificationKind::Replace, attribute: active.attribute.clone(), values };
    Some(Stage::new(EntryChange::modify(dn, vec![lock])).undo(Undo::Keep))
}
