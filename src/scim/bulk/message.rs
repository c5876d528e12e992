//! The message of a bulk request, before any schema is looked at.

use serde_json::{Map, Value};

use super::path::{Target, target};
use crate::scim::dialect::Dialect;
use crate::scim::error::Error;

/// URN of the message.
const URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// What a bulk request may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many operations it may have.
    pub max_operations: usize,
}

/// A bulk request.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// After how many errors nothing more is done.
    pub fail_on_errors: Option<usize>,
    /// The operations, in the order in which they were sent.
    pub operations: Vec<Received>,
}

/// An operation, or why it is none; either has its place in the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// Its method, if it can be read.
    pub method: Option<Method>,
    /// What the client calls it, if it can be read.
    pub bulk_id: Option<String>,
    /// The operation.
    pub operation: Result<Operation, Error>,
}

/// An operation that is well formed.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// What is written.
    pub target: Target,
    /// The version that it must have.
    pub version: Option<String>,
    /// The body; null for DELETE, an object for POST and PUT.
    pub data: Value,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Makes a resource.
    Post,
    /// Replaces one.
    Put,
    /// Changes one.
    Patch,
    /// Deletes one.
    Delete,
}

impl Method {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    fn from_name(name: &str, dialect: Dialect) -> Option<Self> {
        let is =
            |method: &Self| method.name() == name || (!dialect.is_strict() && method.name().eq_ignore_ascii_case(name));
        [Self::Post, Self::Put, Self::Patch, Self::Delete].into_iter().find(is)
    }
}

/// Reads the message. Its keys may be in any case; by default `schemas` and the `bulkId` of a POST may be missing. An operation
/// that can't be read is an error of its own, not one of the request.
///
/// # Errors
/// 400 `invalidSyntax` when the message isn't of the form of RFC 7644 section 3.7, 400 `invalidValue` for a `failOnErrors` that
/// is no number, 413 when there are more operations than `limits` allow.
pub fn parse(body: Map<String, Value>, limits: &Limits, dialect: Dialect) -> Result<Request, Error> {
    let [schemas, operations, errors] = pick(body, ["schemas", "Operations", "failOnErrors"]);
    check_schemas(schemas.as_ref(), dialect)?;
    let operations = match operations {
        Some(Value::Array(operations)) => operations,
        Some(_) => return Err(Error::invalid_syntax("`Operations` must be a list")),
        None => return Err(Error::invalid_syntax("`Operations` is missing")),
    };
    if operations.len() > limits.max_operations {
        let limit = limits.max_operations;
        return Err(Error::too_large(format!("The number of operations exceeds maxOperations ({limit})")));
    }
    let operations = operations.into_iter().map(|operation| received(operation, dialect)).collect();
    Ok(Request { fail_on_errors: fail_on_errors(errors, dialect)?, operations })
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

/// By default 0 is what a client sends that means no limit: to stop after no error at all would be to do nothing.
fn fail_on_errors(errors: Option<Value>, dialect: Dialect) -> Result<Option<usize>, Error> {
    let number = match errors {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) if !dialect.is_strict() => text.trim().parse().ok(),
        Some(_) => None,
    };
    match number {
        Some(0) if !dialect.is_strict() => Ok(None),
        Some(number @ 1..) => Ok(Some(usize::try_from(number).unwrap_or(usize::MAX))),
        _ => Err(Error::invalid_value("`failOnErrors` must be a number from 1 on")),
    }
}

fn received(operation: Value, dialect: Dialect) -> Received {
    let Value::Object(members) = operation else {
        let operation = Err(Error::invalid_syntax("an operation must be an object"));
        return Received { method: None, bulk_id: None, operation };
    };
    let [method, bulk_id, path, version, data] = pick(members, ["method", "bulkId", "path", "version", "data"]);
    let method = text("method", method).and_then(|method| {
        let method = method.ok_or_else(|| Error::invalid_syntax("`method` is missing"))?;
        let known = Method::from_name(&method, dialect);
        known.ok_or_else(|| Error::invalid_syntax("`method` must be one of POST, PUT, PATCH and DELETE"))
    });
    let bulk_id = text("bulkId", bulk_id).map(|bulk_id| bulk_id.filter(|bulk_id| !bulk_id.is_empty()));
    let (told_method, told_bulk_id) = (method.clone().ok(), bulk_id.clone().ok().flatten());
    let operation = method.and_then(|method| {
        if bulk_id?.is_none() && method == Method::Post && dialect.is_strict() {
            return Err(Error::invalid_syntax("POST needs a `bulkId`"));
        }
        let path = text("path", path)?.ok_or_else(|| Error::invalid_syntax("`path` is missing"))?;
        let target = target(&path)?;
        if (method == Method::Post) != target.id.is_none() {
            return Err(Error::method_not_allowed());
        }
        let version = text("version", version)?.filter(|version| !version.is_empty());
        Ok(Operation { target, version, data: checked(method, data)? })
    });
    Received { method: told_method, bulk_id: told_bulk_id, operation }
}

fn checked(method: Method, data: Option<Value>) -> Result<Value, Error> {
    match (method, data.unwrap_or_default()) {
        (Method::Delete, _) => Ok(Value::Null),
        (_, Value::Null) => Err(Error::invalid_syntax("`data` is missing")),
        (Method::Post | Method::Put, data) if !data.is_object() => {
            Err(Error::invalid_syntax("`data` must be an object"))
        }
        (_, data) => Ok(data),
    }
}

fn text(name: &str, value: Option<Value>) -> Result<Option<String>, Error> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::invalid_syntax(format!("`{name}` must be a string"))),
    }
}

/// The members called `names`, in any case.
fn pick<const N: usize>(members: Map<String, Value>, names: [&str; N]) -> [Option<Value>; N] {
    let mut found = [const { None }; N];
    for (key, value) in members {
        if let Some((slot, _)) = found.iter_mut().zip(names).find(|(_, name)| key.eq_ignore_ascii_case(name)) {
            *slot = Some(value);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::error::ScimType;
    use rstest::rstest;
    use serde_json::json;

    const LIMITS: Limits = Limits { max_operations: 3 };

    fn read(body: Value, dialect: Dialect) -> Result<Request, Error> {
        let Value::Object(body) = body else { panic!("not an object") };
        parse(body, &LIMITS, dialect)
    }

    #[test]
    fn a_message_in_any_case() {
        let body = json!({ "SCHEMAS": [URN], "failonerrors": 2, "operations": [
            { "METHOD": "post", "bulkid": "a", "Path": "/Users", "Data": { "userName": "x" }, "version": "ignored?" },
            { "method": "DELETE", "path": "Users/1", "version": "W/\"1\"", "data": {} },
        ] });
        let request = read(body, Dialect::Default).unwrap();
        assert_eq!(request.fail_on_errors, Some(2));
        let post = &request.operations[0];
        assert_eq!((post.method, post.bulk_id.as_deref()), (Some(Method::Post), Some("a")));
        assert_eq!(post.operation.as_ref().unwrap().data, json!({ "userName": "x" }));
        let delete = request.operations[1].operation.as_ref().unwrap();
        assert_eq!((delete.version.as_deref(), &delete.data), (Some("W/\"1\""), &Value::Null));
    }

    #[rstest]
    #[case(json!({}), 400)]
    #[case(json!({ "Operations": {} }), 400)]
    #[case(json!({ "Operations": null }), 400)]
    #[case(json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [] }), 400)]
    #[case(json!({ "Operations": [], "failOnErrors": -1 }), 400)]
    #[case(json!({ "Operations": [], "failOnErrors": 1.5 }), 400)]
    #[case(json!({ "Operations": [], "failOnErrors": "many" }), 400)]
    #[case(json!({ "Operations": [1, 2, 3, 4] }), 413)]
    fn requests_that_are_none(#[case] body: Value, #[case] status: u16) {
        assert_eq!(read(body, Dialect::Default).unwrap_err().status, status);
    }

    #[test]
    fn the_limit_is_named() {
        let error = read(json!({ "Operations": [1, 2, 3, 4] }), Dialect::Default).unwrap_err();
        assert_eq!(error.detail, "The number of operations exceeds maxOperations (3)");
    }

    #[rstest]
    #[case(json!("POST"), 400)]
    #[case(json!({}), 400)]
    #[case(json!({ "method": "GET", "path": "/Users/1" }), 400)]
    #[case(json!({ "method": 1, "path": "/Users/1" }), 400)]
    #[case(json!({ "method": "DELETE" }), 400)]
    #[case(json!({ "method": "DELETE", "path": 1 }), 400)]
    #[case(json!({ "method": "DELETE", "path": "/Users" }), 405)]
    #[case(json!({ "method": "POST", "path": "/Users/1", "data": {} }), 405)]
    #[case(json!({ "method": "DELETE", "path": "/Users/1/2" }), 404)]
    #[case(json!({ "method": "DELETE", "path": "/Users/1", "version": 1 }), 400)]
    #[case(json!({ "method": "POST", "path": "/Users", "bulkId": 1, "data": {} }), 400)]
    #[case(json!({ "method": "POST", "path": "/Users", "bulkId": "a" }), 400)]
    #[case(json!({ "method": "PUT", "path": "/Users/1", "data": [] }), 400)]
    #[case(json!({ "method": "PATCH", "path": "/Users/1", "data": null }), 400)]
    fn operations_that_are_none(#[case] operation: Value, #[case] status: u16) {
        let request = read(json!({ "Operations": [operation] }), Dialect::Default).unwrap();
        assert_eq!(request.operations[0].operation.as_ref().unwrap_err().status, status);
    }

    #[rstest]
    #[case(json!({ "Operations": [] }))]
    #[case(json!({ "schemas": URN, "Operations": [] }))]
    #[case(json!({ "schemas": [URN], "Operations": [], "failOnErrors": "1" }))]
    #[case(json!({ "schemas": [URN], "Operations": [], "failOnErrors": 0 }))]
    fn what_only_the_default_dialect_takes(#[case] body: Value) {
        assert!(read(body.clone(), Dialect::Default).is_ok());
        assert!(read(body, Dialect::Strict).is_err());
    }

    #[rstest]
    #[case(json!({ "method": "post", "path": "/Users", "bulkId": "a", "data": {} }))]
    #[case(json!({ "method": "POST", "path": "/Users", "data": {} }))]
    fn operations_that_only_the_default_dialect_takes(#[case] operation: Value) {
        let body = json!({ "schemas": [URN], "Operations": [operation] });
        let of = |dialect| read(body.clone(), dialect).unwrap().operations.remove(0).operation;
        assert!(of(Dialect::Default).is_ok());
        assert_eq!(of(Dialect::Strict).unwrap_err().scim_type, Some(ScimType::InvalidSyntax));
    }
}
