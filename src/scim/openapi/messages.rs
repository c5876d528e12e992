//! The protocol's own messages (RFC 7644), as JSON Schema.

use serde_json::{Map, Value, json};

use super::name::reference;
use crate::scim::discovery::ServiceProviderConfig;

/// The media type of bodies.
pub(super) const MEDIA_TYPE: &str = "application/scim+json";

const ERROR: &str = "ScimError";
const ANY_RESOURCE: &str = "ScimResource";
/// The schema of a search by POST.
pub(super) const SEARCH: &str = "ScimSearchRequest";
/// The schema of a PATCH.
pub(super) const PATCH: &str = "ScimPatchOp";
/// The schema of a bulk request.
pub(super) const BULK: &str = "ScimBulkRequest";
/// The schema of its answer.
pub(super) const BULK_ANSWER: &str = "ScimBulkResponse";

const KEYWORDS: [&str; 13] = [
    "invalidFilter",
    "tooMany",
    "uniqueness",
    "mutability",
    "invalidSyntax",
    "invalidPath",
    "noTarget",
    "invalidValue",
    "invalidVers",
    "sensitive",
    "invalidCursor",
    "expiredCursor",
    "invalidCount",
];

/// The schemas of all messages.
pub(super) fn schemas(config: &ServiceProviderConfig) -> Map<String, Value> {
    [
        (ERROR, error()),
        (ANY_RESOURCE, any_resource()),
        (SEARCH, search()),
        (PATCH, patch()),
        (BULK, bulk(config)),
        (BULK_ANSWER, bulk_answer()),
    ]
    .into_iter()
    .map(|(name, schema)| (name.to_owned(), schema))
    .collect()
}

/// Answers that every operation may get.
pub(super) fn responses() -> Value {
    let error = |description: &str| json!({ "description": description, "content": body(reference("schemas", ERROR)) });
    let later = |description: &str| {
        let mut answer = error(description);
        answer["headers"] = json!({ "Retry-After": reference("headers", "Retry-After") });
        answer
    };
    json!({
        "Error": error("Something is wrong with the request; `scimType` and `detail` say what."),
        "Unauthorized": error("Nobody who is known here."),
        "Forbidden": error("This client may not do that."),
        "NotFound": error("There is no such resource."),
        "Conflict": error("The value is taken, or the resource has just been changed."),
        "PreconditionFailed": error("The resource isn't in the version that the client expects."),
        "TooManyRequests": later("This client asks too much."),
        "Unavailable": later("The directory is away, or the server is busy."),
        "NotModified": { "description": "The client has the resource as it is." },
    })
}

/// Content of this schema.
pub(super) fn body(schema: Value) -> Value {
    json!({ (MEDIA_TYPE): { "schema": schema } })
}

/// A page of resources of this schema; of any where there is none.
pub(super) fn page(resource: Option<Value>) -> Value {
    let resource = resource.unwrap_or_else(|| reference("schemas", ANY_RESOURCE));
    message(
        "ListResponse",
        &["Resources", "itemsPerPage"],
        json!({
            "totalResults": { "type": "integer", "minimum": 0 },
            "itemsPerPage": { "type": "integer", "minimum": 0 },
            "startIndex": { "type": "integer", "minimum": 1 },
            "previousCursor": { "type": "string" },
            "nextCursor": { "type": "string" },
            "Resources": { "type": "array", "items": resource },
        }),
    )
}

/// A message of this name, with these members that it must have.
fn message(name: &str, required: &[&str], members: Value) -> Value {
    let urn = format!("urn:ietf:params:scim:api:messages:2.0:{name}");
    let mut properties = json!({ "schemas": { "type": "array", "items": { "type": "string" }, "contains": { "const": urn }, "examples": [[urn]] } });
    merge(&mut properties, members);
    let required: Vec<&str> = std::iter::once("schemas").chain(required.iter().copied()).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn merge(properties: &mut Value, members: Value) {
    if let (Some(properties), Value::Object(members)) = (properties.as_object_mut(), members) {
        properties.extend(members);
    }
}

fn error() -> Value {
    message(
        "Error",
        &["status"],
        json!({
            "status": { "type": "string", "pattern": "^[45][0-9][0-9]$" },
            "scimType": { "type": "string", "enum": KEYWORDS },
            "detail": { "type": "string" },
        }),
    )
}

fn any_resource() -> Value {
    json!({
        "type": "object",
        "description": "A resource of any type: `meta.resourceType` says which.",
        "properties": { "schemas": { "type": "array", "items": { "type": "string" } }, "id": { "type": "string" } },
        "required": ["schemas"],
    })
}

fn search() -> Value {
    let names = json!({ "type": "array", "items": { "type": "string" } });
    message(
        "SearchRequest",
        &[],
        json!({
            "filter": { "type": "string" },
            "sortBy": { "type": "string" },
            "sortOrder": { "type": "string", "enum": ["ascending", "descending"] },
            "startIndex": { "type": "integer" },
            "count": { "type": "integer" },
            "cursor": { "type": "string" },
            "attributes": names.clone(),
            "excludedAttributes": names,
        }),
    )
}

fn patch() -> Value {
    let operation = json!({
        "type": "object",
        "properties": {
            "op": { "type": "string", "enum": ["add", "replace", "remove"] },
            "path": { "type": "string", "description": "What is changed (RFC 7644 section 3.5.2); without it, `value` says it." },
            "value": {},
        },
        "required": ["op"],
    });
    message("PatchOp", &["Operations"], json!({ "Operations": { "type": "array", "items": operation, "minItems": 1 } }))
}

fn bulk(config: &ServiceProviderConfig) -> Value {
    let operation = json!({
        "type": "object",
        "properties": {
            "method": { "type": "string", "enum": ["POST", "PUT", "PATCH", "DELETE"] },
            "bulkId": { "type": "string", "description": "What other operations call the new resource: `bulkId:` and this." },
            "version": { "type": "string" },
            "path": { "type": "string", "examples": ["/Users", "/Users/2819c223-7f76-453a-919d-413861904646"] },
            "data": { "type": "object" },
        },
        "required": ["method", "path"],
    });
    message(
        "BulkRequest",
        &["Operations"],
        json!({
            "failOnErrors": { "type": "integer", "minimum": 1, "description": "After how many errors nothing more is done." },
            "Operations": { "type": "array", "items": operation, "maxItems": config.bulk.max_operations },
        }),
    )
}

fn bulk_answer() -> Value {
    let operation = json!({
        "type": "object",
        "properties": {
            "method": { "type": "string" },
            "bulkId": { "type": "string" },
            "version": { "type": "string" },
            "location": { "type": "string", "format": "uri" },
            "status": { "type": "string", "pattern": "^[1-5][0-9][0-9]$" },
            "response": { "type": "object" },
        },
        "required": ["status"],
    });
    message("BulkResponse", &["Operations"], json!({ "Operations": { "type": "array", "items": operation } }))
}
