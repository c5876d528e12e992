//! The message of a PATCH request, before any schema is looked at.

use serde_json::{Map, Value};

use crate::scim::dialect::Dialect;
use crate::scim::error::Error;
use crate::scim::text::shortened;

use super::limits::Limits;
use super::operation::Op;

/// URN of the message.
pub const URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// An operation as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct RawOperation {
    /// What to do.
    pub op: Op,
    /// To what; `None` is the resource itself.
    pub path: Option<String>,
    /// With what; `None` when the member is missing, which is not the same as null.
    pub value: Option<Value>,
}

/// Reads the message. Its keys and operators may be in any case. By default `schemas` may be missing, an empty path is none, and
/// a bare list of operations will do.
///
/// # Errors
/// 400 `invalidSyntax` when the message isn't of the form of RFC 7644 section 3.5.2; 400 `invalidPath` when a path isn't a
/// string; 413 when there are more operations than `limits` allow.
pub fn parse(body: Value, limits: &Limits, dialect: Dialect) -> Result<Vec<RawOperation>, Error> {
    let operations = operations(body, dialect)?;
    if operations.is_empty() {
        return Err(Error::invalid_syntax("`Operations` must have at least one operation"));
    }
    if operations.len() > limits.max_operations {
        return Err(too_many(limits));
    }
    let numbered = operations.into_iter().zip(1..);
    numbered.map(|(operation, position)| read(operation, position, dialect)).collect()
}

/// 413: more operations than allowed.
pub(super) fn too_many(limits: &Limits) -> Error {
    Error::too_large(format!("a PATCH request can have at most {} operations", limits.max_operations))
}

fn operations(body: Value, dialect: Dialect) -> Result<Vec<Value>, Error> {
    let members = match body {
        Value::Object(members) => members,
        Value::Array(operations) if !dialect.is_strict() => return Ok(operations),
        _ => return Err(Error::invalid_syntax("the body must be a JSON object")),
    };
    let (mut schemas, mut operations) = (None, None);
    for (key, value) in members {
        match () {
            () if key.eq_ignore_ascii_case("schemas") => schemas = Some(value),
            () if key.eq_ignore_ascii_case("Operations") => operations = Some(value),
            () => {}
        }
    }
    check_schemas(schemas.as_ref(), dialect)?;
    match operations {
        Some(Value::Array(operations)) => Ok(operations),
        Some(operation @ Value::Object(_)) if !dialect.is_strict() => Ok(vec![operation]),
        Some(_) => Err(Error::invalid_syntax("`Operations` must be a list")),
        None => Err(Error::invalid_syntax("`Operations` is missing")),
    }
}

fn check_schemas(schemas: Option<&Value>, dialect: Dialect) -> Result<(), Error> {
    let named = |urn: &Value| urn.as_str().is_some_and(|urn| urn.eq_ignore_ascii_case(URN));
    match schemas {
        None | Some(Value::Null) if !dialect.is_strict() => Ok(()),
        Some(urn @ Value::String(_)) if !dialect.is_strict() && named(urn) => Ok(()),
        Some(Value::Array(urns)) if urns.iter().any(named) => Ok(()),
        _ => Err(Error::invalid_syntax(format!("`schemas` must be [\"{URN}\"]"))),
    }
}

fn read(operation: Value, position: usize, dialect: Dialect) -> Result<RawOperation, Error> {
    let wrong = |what: &str| Error::invalid_syntax(format!("operation {position}: {what}"));
    let Value::Object(members) = operation else { return Err(wrong("expected an object")) };
    let (op, path, value) = split(members);
    let op = match op {
        Some(Value::String(name)) => Op::from_name(&name)
            .ok_or_else(|| wrong(&format!("`{}` is not one of add, remove and replace", shortened(&name))))?,
        Some(_) => return Err(wrong("`op` must be a string")),
        None => return Err(wrong("`op` is missing")),
    };
    let path = match path {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) if path.is_empty() && !dialect.is_strict() => None,
        Some(Value::String(path)) => Some(path),
        Some(_) => return Err(Error::invalid_path(format!("operation {position}: `path` must be a string"))),
    };
    Ok(RawOperation { op, path, value })
}

fn split(members: Map<String, Value>) -> (Option<Value>, Option<Value>, Option<Value>) {
    let (mut op, mut path, mut value) = (None, None, None);
    for (key, member) in members {
        match () {
            () if key.eq_ignore_ascii_case("op") => op = Some(member),
            () if key.eq_ignore_ascii_case("path") => path = Some(member),
            () if key.eq_ignore_ascii_case("value") => value = Some(member),
            () => {}
        }
    }
    (op, path, value)
}
