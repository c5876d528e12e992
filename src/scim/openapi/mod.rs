//! The service provider as an OpenAPI 3.1 document, made from what its own discovery tells (RFC 7643 sections 5 to 7): for tools
//! that generate clients, check requests or draw pages, and know OpenAPI rather than SCIM.
//!
//! Each resource type has two schemas: as it is served (`User`), and as it is sent (`UserInput`), without what clients can't write
//! and with what they must. Neither forbids other members, as SCIM doesn't either.

mod api;
mod messages;
mod name;
mod operations;
mod parameters;
mod resource;

use serde_json::{Map, Value, json};

pub use self::api::{Api, ApiType};
use self::name::{component, input_component};
use self::operations::Operations;
use super::discovery::AuthenticationScheme;

/// The document.
pub fn document(api: &Api<'_>) -> Value {
    let mut schemas = messages::schemas(&api.config);
    for kind in &api.types {
        schemas.insert(component(&kind.name), resource::served(kind));
        schemas.insert(input_component(&kind.name), resource::sent(kind));
    }
    let schemes = security_schemes(&api.config.authentication_schemes);
    let security: Vec<Value> = schemes.keys().map(|name| json!({ (name.as_str()): [] })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "SCIM 2.0",
            "version": api.version,
            "description": "Users, groups and other resources of a directory, by SCIM 2.0 (RFC 7643, RFC 7644, RFC 9865).",
        },
        "externalDocs": { "url": "https://www.rfc-editor.org/info/rfc7644", "description": "The protocol" },
        "servers": [{ "url": api.base_url.trim_end_matches('/') }],
        "security": security,
        "tags": tags(&api.types),
        "paths": Operations::new(api).paths(&api.types),
        "components": {
            "schemas": schemas,
            "parameters": parameters::all(&api.config),
            "headers": parameters::headers(),
            "responses": messages::responses(),
            "securitySchemes": schemes,
        },
    })
}

fn tags(types: &[ApiType]) -> Vec<Value> {
    let own = types.iter().map(|kind| json!({ "name": kind.name, "description": kind.description }));
    let others =
        [("All", "All resource types, and several operations at once"), ("Discovery", "What the server is and can do")];
    own.chain(others.map(|(name, description)| json!({ "name": name, "description": description }))).collect()
}

/// How clients authenticate, under the names that SCIM has for it.
fn security_schemes(schemes: &[AuthenticationScheme]) -> Map<String, Value> {
    let described = |scheme: &AuthenticationScheme| {
        let description = &scheme.description;
        match scheme.kind.as_str() {
            "httpbasic" => json!({ "type": "http", "scheme": "basic", "description": description }),
            "httpdigest" => json!({ "type": "http", "scheme": "digest", "description": description }),
            "tlsclientcertificate" => json!({ "type": "mutualTLS", "description": description }),
            "oauth2" => {
                json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": description })
            }
            _ => json!({ "type": "http", "scheme": "bearer", "description": description }),
        }
    };
    schemes.iter().map(|scheme| (component(&scheme.kind), described(scheme))).collect()
}

#[cfg(test)]
mod tests;
