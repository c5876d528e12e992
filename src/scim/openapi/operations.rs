//! What can be asked for where (RFC 7644 section 3.2).

use serde_json::{Map, Value, json};

use super::api::{Api, ApiType};
use super::messages::{self, body, page};
use super::name::{component, input_component, reference};
use super::parameters::{self, in_path};

/// Makes the operations of a service provider.
#[derive(Debug)]
pub(super) struct Operations<'a> {
    api: &'a Api<'a>,
}

/// One operation, while it is put together.
struct Operation(Value);

impl<'a> Operations<'a> {
    pub(super) fn new(api: &'a Api<'a>) -> Self {
        Self { api }
    }

    /// All paths.
    pub(super) fn paths(&self, types: &[ApiType]) -> Map<String, Value> {
        let mut paths = Map::new();
        for kind in types {
            paths.insert(kind.endpoint.clone(), collection(kind));
            paths.insert(
                format!("{}/.search", kind.endpoint),
                json!({ "post": search(&kind.name, &place(kind), kind_page(kind)) }),
            );
            paths.insert(format!("{}/{{id}}", kind.endpoint), self.one(kind));
        }
        paths.insert("/".into(), json!({ "get": list("All", "Everything", page(None)) }));
        paths.insert("/.search".into(), json!({ "post": search("All", "Everything", page(None)) }));
        if self.api.config.bulk.supported {
            paths.insert("/Bulk".into(), json!({ "post": self.bulk() }));
        }
        for (path, mut operation) in discovery() {
            if self.api.public_discovery {
                operation["security"] = json!([]);
            }
            paths.insert(path.into(), json!({ "get": operation }));
        }
        paths
    }

    /// Operations on a resource of this type.
    fn one(&self, kind: &ApiType) -> Value {
        let answer = || resource_answer("The resource.", kind);
        let name = component(&kind.name);
        let get = Operation::new(&kind.name, &format!("get{name}"), "Reads a resource.")
            .parameters(&parameters::SELECTION)
            .parameters(&["If-None-Match"])
            .answer("200", answer())
            .answer("304", reference("responses", "NotModified"))
            .errors(&[]);
        let replace =
            Operation::new(&kind.name, &format!("replace{name}"), "Replaces what clients can write of a resource.")
                .parameters(&parameters::SELECTION)
                .parameters(&["If-Match"])
                .body(input(kind))
                .answer("200", answer())
                .errors(&["409", "412"]);
        let patch = Operation::new(&kind.name, &format!("patch{name}"), "Changes a resource.")
            .parameters(&parameters::SELECTION)
            .parameters(&["If-Match"])
            .body(reference("schemas", messages::PATCH))
            .answer("200", answer())
            .answer(
                "204",
                json!({ "description": "It is changed.", "headers": { "ETag": reference("headers", "ETag") } }),
            )
            .errors(&["409", "412"]);
        let delete = Operation::new(&kind.name, &format!("delete{name}"), "Deletes a resource.")
            .parameters(&["If-Match"])
            .answer("204", json!({ "description": "It is gone." }))
            .errors(&["409", "412"]);
        let mut operations = json!({
            "parameters": [in_path("id", "The resource's `id`.")],
            "get": get, "put": replace, "delete": delete,
        });
        if self.api.config.patch.supported {
            operations["patch"] = patch;
        }
        operations
    }

    fn bulk(&self) -> Value {
        let limits = format!(
            "Writes several resources, each by itself: {} operations in {} bytes at most.",
            self.api.config.bulk.max_operations, self.api.config.bulk.max_payload_size
        );
        Operation::new("All", "bulk", &limits)
            .body(reference("schemas", messages::BULK))
            .answer("200", answer("What became of each.", reference("schemas", messages::BULK_ANSWER)))
            .errors(&["409"])
    }
}

/// The operations on all resources of this type.
fn collection(kind: &ApiType) -> Value {
    let name = component(&kind.name);
    let mut created = resource_answer("The new resource.", kind);
    created["headers"]["Location"] = reference("headers", "Location");
    let link = |operation: &str| json!({ "operationId": format!("{operation}{name}"), "parameters": { "id": "$response.body#/id" } });
    created["links"] =
        json!({ "get": link("get"), "replace": link("replace"), "delete": link("delete"), "patch": link("patch") });
    let create = Operation::new(&kind.name, &format!("create{name}"), "Makes a resource.")
        .parameters(&parameters::SELECTION)
        .body(input(kind))
        .answer("201", created)
        .errors(&["409"]);
    json!({ "get": list(&kind.name, &place(kind), kind_page(kind)), "post": create })
}

/// The endpoint's name, as a part of operations' names.
fn place(kind: &ApiType) -> String {
    component(kind.endpoint.trim_start_matches('/'))
}

fn kind_page(kind: &ApiType) -> Value {
    page(Some(reference("schemas", &component(&kind.name))))
}

fn input(kind: &ApiType) -> Value {
    reference("schemas", &input_component(&kind.name))
}

fn resource_answer(description: &str, kind: &ApiType) -> Value {
    let mut answer = answer(description, reference("schemas", &component(&kind.name)));
    answer["headers"] = json!({ "ETag": reference("headers", "ETag") });
    answer
}

fn answer(description: &str, schema: Value) -> Value {
    json!({ "description": description, "content": body(schema) })
}

fn list(tag: &str, place: &str, page: Value) -> Value {
    Operation::new(tag, &format!("list{place}"), "Finds resources.")
        .parameters(&parameters::LIST)
        .answer("200", answer("A page of them.", page))
        .errors(&[])
}

fn search(tag: &str, place: &str, page: Value) -> Value {
    Operation::new(tag, &format!("search{place}"), "Finds resources, by POST.")
        .body(reference("schemas", messages::SEARCH))
        .answer("200", answer("A page of them.", page))
        .errors(&[])
}

fn discovery() -> [(&'static str, Value); 6] {
    let object = || json!({ "type": "object", "properties": { "schemas": { "type": "array", "items": { "type": "string" } } }, "required": ["schemas"] });
    let get = |name: &str, summary: &str| {
        let unchanged = reference("responses", "NotModified");
        Operation::new("Discovery", name, summary).parameters(&["If-None-Match"]).answer("304", unchanged)
    };
    let with = |parameter: Value, mut operation: Value| {
        if let Some(parameters) = operation["parameters"].as_array_mut() {
            parameters.push(parameter);
        }
        operation
    };
    let description = json!({ "description": "This document.", "content": { "application/json": { "schema": { "type": "object" } } } });
    [
        (
            "/ServiceProviderConfig",
            get("getServiceProviderConfig", "What the server can do.")
                .answer("200", answer("It.", object()))
                .errors(&[]),
        ),
        (
            "/ResourceTypes",
            get("listResourceTypes", "All resource types.").answer("200", answer("They.", page(None))).errors(&[]),
        ),
        (
            "/ResourceTypes/{name}",
            with(
                in_path("name", "The resource type's name."),
                get("getResourceType", "One resource type.").answer("200", answer("It.", object())).errors(&[]),
            ),
        ),
        ("/Schemas", get("listSchemas", "All schemas.").answer("200", answer("They.", page(None))).errors(&[])),
        (
            "/Schemas/{urn}",
            with(
                in_path("urn", "The schema's URN."),
                get("getSchema", "One schema.").answer("200", answer("It.", object())).errors(&[]),
            ),
        ),
        ("/openapi.json", get("getOpenApi", "This document.").answer("200", description).errors(&[])),
    ]
}

impl Operation {
    fn new(tag: &str, name: &str, summary: &str) -> Self {
        Self(json!({ "tags": [tag], "operationId": name, "summary": summary, "responses": {} }))
    }

    fn parameters(mut self, names: &[&str]) -> Self {
        let mut all = self.0["parameters"].as_array().cloned().unwrap_or_default();
        all.extend(names.iter().map(|name| reference("parameters", name)));
        self.0["parameters"] = all.into();
        self
    }

    fn body(mut self, schema: Value) -> Self {
        let mut content = body(schema.clone());
        content["application/json"] = json!({ "schema": schema });
        self.0["requestBody"] = json!({ "required": true, "content": content });
        self
    }

    fn answer(mut self, status: &str, answer: Value) -> Self {
        self.0["responses"][status] = answer;
        self
    }

    /// Adds the errors that every operation may end with, and these; that is the operation.
    fn errors(mut self, others: &[&str]) -> Value {
        for status in ["401", "403", "404", "429", "503"].iter().chain(others) {
            let name = match *status {
                "401" => "Unauthorized",
                "403" => "Forbidden",
                "404" => "NotFound",
                "409" => "Conflict",
                "412" => "PreconditionFailed",
                "429" => "TooManyRequests",
                _ => "Unavailable",
            };
            self = self.answer(status, reference("responses", name));
        }
        self.answer("default", reference("responses", "Error")).0
    }
}
