//! The `schemas` of a body (RFC 7643 section 3).

use serde_json::{Map, Value};

use crate::scim::dialect::Dialect;
use crate::scim::error::Error;
use crate::scim::resource_schema::ResourceSchema;
use crate::scim::schema::core;
use crate::scim::text::shortened;

/// Checks `schemas`. By default a body without any is taken for one of the resource type that it was sent to, and schemas that
/// nobody knows are passed over (Microsoft names one of its own for groups); the schema of another resource type in place of the
/// right one is a mistake.
///
/// # Errors
/// 400 `invalidSyntax`.
pub(super) fn check(schema: &ResourceSchema, body: &Map<String, Value>, dialect: Dialect) -> Result<(), Error> {
    let given = body.iter().find(|(key, _)| key.eq_ignore_ascii_case("schemas")).map(|(_, value)| value);
    let urns = urns(given.unwrap_or(&Value::Null), dialect)?;
    if dialect.is_strict() {
        return check_strictly(schema, &urns);
    }
    let named = |urn: &str| urns.iter().any(|given| given.eq_ignore_ascii_case(urn));
    let other = urns.iter().find(|urn| is_another_resource(schema, urn));
    match other {
        Some(other) if !named(schema.urn_of(0)) => Err(Error::invalid_syntax(format!(
            "`schemas` names {}, but this is a {}: expected {}",
            shortened(other),
            schema.name(),
            schema.urn_of(0)
        ))),
        _ => Ok(()),
    }
}

fn urns(given: &Value, dialect: Dialect) -> Result<Vec<&str>, Error> {
    let wrong = || Error::invalid_syntax("`schemas` must be a list of URNs");
    match given {
        Value::Null => Ok(Vec::new()),
        Value::String(urn) if !dialect.is_strict() => Ok(vec![urn]),
        Value::Array(urns) => urns.iter().map(|urn| urn.as_str().ok_or_else(wrong)).collect(),
        _ => Err(wrong()),
    }
}

/// The core schema and none but the resource type's.
fn check_strictly(schema: &ResourceSchema, urns: &[&str]) -> Result<(), Error> {
    let core = schema.urn_of(0);
    if !urns.iter().any(|urn| urn.eq_ignore_ascii_case(core)) {
        return Err(Error::invalid_syntax(format!("`schemas` must name {core}")));
    }
    match urns.iter().find(|urn| !is_own(schema, urn)) {
        Some(urn) => Err(Error::invalid_syntax(format!("{} has no schema {}", schema.name(), shortened(urn)))),
        None => Ok(()),
    }
}

fn is_own(schema: &ResourceSchema, urn: &str) -> bool {
    (0..=schema.extensions().len()).any(|index| schema.urn_of(index).eq_ignore_ascii_case(urn))
}

/// Whether the URN is that of a kind of resource that RFC 7643 defines, and not one of this resource type's.
fn is_another_resource(schema: &ResourceSchema, urn: &str) -> bool {
    !is_own(schema, urn) && !urn.eq_ignore_ascii_case(core::ENTERPRISE_USER) && core::by_urn(urn).is_some()
}
