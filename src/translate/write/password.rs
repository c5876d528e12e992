//! Passwords: by an operation of their own, or as the value of an attribute.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::subject::Change;
use crate::ldap::change::{Modification, ModificationKind};
use crate::ldap::plan::NewPassword;
use crate::mapping::model::{Password, Resource, Source};

/// The password in `image`, and how it is written.
pub(super) fn given<'a>(resource: &'a Resource, image: &Map<String, Value>) -> Option<(&'a Password, String)> {
    resource.schema.attributes().iter().find_map(|def| {
        let Source::WriteOnly(form) = resource.source(def.id) else { return None };
        let text = resource.schema.value(def.id, image)?.as_str()?;
        Some((form, text.to_owned()))
    })
}

/// The password that `change` sets.
fn changed<'a>(resource: &'a Resource, change: &Change<'_>) -> Option<(&'a Password, String)> {
    let is_password = |attr| matches!(resource.source(attr), Source::WriteOnly(_));
    given(resource, change.image).filter(|_| change.changed.iter().any(|attr| is_password(*attr)))
}

/// The password to be set by the password modify operation.
pub(super) fn by_operation(resource: &Resource, change: &Change<'_>) -> Option<NewPassword> {
    let (form, text) = changed(resource, change)?;
    (*form == Password::PasswordModify).then(|| NewPassword::new(SecretString::from(text)))
}

/// A password that is an attribute's value; what the old one was nobody can tell.
pub(super) fn by_attribute(resource: &Resource, change: &Change<'_>) -> Option<Modification> {
    let (form, text) = changed(resource, change)?;
    let (attribute, value) = form.stored(&text)?;
    Some(Modification { kind: ModificationKind::Replace, attribute, values: vec![value] })
}
