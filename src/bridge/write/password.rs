//! Passwords for new users that came without one, where the directory enables nobody who has none.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::random;
use crate::bridge::error::Error;
use crate::mapping::model::{Password, Resource, Source, WithoutPassword};
use crate::scim::input;

/// How many random octets a password is made of.
const OCTETS: usize = 30;

/// `image` with a password that nobody knows, where the mapping wants one for whom the client sends none.
///
/// # Errors
/// [`Error::Internal`] when the machine has no random numbers.
pub(super) fn filled<'a>(
    resource: &Resource,
    image: &'a Map<String, Value>,
) -> Result<Cow<'a, Map<String, Value>>, Error> {
    let wants = |source: &Source| matches!(source, Source::WriteOnly(Password::UnicodePwd(WithoutPassword::Random)));
    let found = resource.schema.attributes().iter().find(|def| wants(resource.source(def.id)));
    let Some(def) = found.filter(|def| resource.schema.value(def.id, image).is_none()) else {
        return Ok(Cow::Borrowed(image));
    };
    // Rules on passwords ask for characters of several kinds, which chance alone doesn't promise.
    let password = format!("{}.aA1", random::text(OCTETS)?);
    let mut image = image.clone();
    input::place(&resource.schema, &mut image, def.id, Some(Value::String(password)));
    Ok(Cow::Owned(image))
}
