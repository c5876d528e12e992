//! Parameters of queries, and headers (RFC 7644 sections 3.4.2, 3.9 and 3.14, RFC 9865 section 2).

use serde_json::{Map, Value, json};

use crate::scim::discovery::ServiceProviderConfig;

/// The parameters of a list.
pub(super) const LIST: [&str; 8] =
    ["filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes"];

/// The parameters of one resource.
pub(super) const SELECTION: [&str; 2] = ["attributes", "excludedAttributes"];

/// All of them, as components.
pub(super) fn all(config: &ServiceProviderConfig) -> Map<String, Value> {
    let text = || json!({ "type": "string" });
    let count = format!("How many resources a page has, {} at most.", config.filter.max_results);
    let query = [
        ("filter", "Which resources, such as `userName eq \"bjensen\"` (RFC 7644 section 3.4.2.2).", text()),
        ("sortBy", "The attribute that they are sorted by.", text()),
        ("sortOrder", "How they are sorted.", json!({ "type": "string", "enum": ["ascending", "descending"] })),
        ("startIndex", "The place of the page's first resource, counted from 1.", json!({ "type": "integer" })),
        ("count", &count, json!({ "type": "integer" })),
        (
            "cursor",
            "The page: empty for the first one, then what the answer before calls `nextCursor` (RFC 9865).",
            text(),
        ),
        ("attributes", "The attributes to be served, separated by commas.", text()),
        ("excludedAttributes", "The attributes not to be served, separated by commas.", text()),
    ];
    let headers = [
        ("If-Match", "Only if the resource has one of these entity tags."),
        ("If-None-Match", "Only if the resource has none of these entity tags."),
    ];
    let query = query.into_iter().map(|(name, description, schema)| (name, "query", description, schema));
    let headers = headers.map(|(name, description)| (name, "header", description, text()));
    query
        .chain(headers)
        .map(|(name, place, description, schema)| {
            (name.to_owned(), json!({ "name": name, "in": place, "description": description, "schema": schema }))
        })
        .collect()
}

/// A part of the path, which the client fills in.
pub(super) fn in_path(name: &str, description: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "description": description, "schema": { "type": "string", "minLength": 1 } })
}

/// Headers of answers, as components.
pub(super) fn headers() -> Value {
    json!({
        "ETag": { "description": "The resource's version.", "schema": { "type": "string" } },
        "Location": { "description": "The resource's URL.", "schema": { "type": "string", "format": "uri" } },
        "Retry-After": { "description": "After how many seconds to try again.", "schema": { "type": "integer", "minimum": 0 } },
    })
}
