//! What a service provider tells about itself (RFC 7644 section 4, RFC 7643 sections 5 to 7, RFC 9865 section 4).

use serde::Serialize;

use super::resource_schema::ResourceSchema;
use super::schema::{Schema, core};

/// A discovery resource as it is served: its content between `schemas` and `meta`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document<T> {
    schemas: [&'static str; 1],
    #[serde(flatten)]
    content: T,
    meta: Meta,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    resource_type: &'static str,
    location: String,
}

impl<T> Document<T> {
    /// Puts `content` at `path` below the service provider's base URL, which may end with a slash or not.
    fn new(urn: &'static str, resource_type: &'static str, content: T, base: &str, path: &str) -> Self {
        let location = format!("{}/{path}", base.trim_end_matches('/'));
        Self { schemas: [urn], content, meta: Meta { resource_type, location } }
    }

    /// What it says, to be completed.
    pub fn content_mut(&mut self) -> &mut T {
        &mut self.content
    }

    /// What the document says.
    pub fn content(&self) -> &T {
        &self.content
    }

    /// The document's own URL.
    pub fn location(&self) -> &str {
        &self.meta.location
    }
}

/// What the service provider can do (RFC 7643 section 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceProviderConfig {
    /// Where its documentation is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation_uri: Option<String>,
    /// Whether it does PATCH.
    pub patch: Supported,
    /// Whether it does bulk requests, and how large.
    pub bulk: Bulk,
    /// Whether it filters, and how many results it gives.
    pub filter: FilterSupport,
    /// Whether passwords can be changed.
    pub change_password: Supported,
    /// Whether it sorts.
    pub sort: Supported,
    /// Whether it has entity tags.
    pub etag: Supported,
    /// How it pages (RFC 9865 section 4).
    pub pagination: Pagination,
    /// How clients authenticate.
    pub authentication_schemes: Vec<AuthenticationScheme>,
}

/// Whether something is supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Supported {
    /// Whether it is.
    pub supported: bool,
}

impl From<bool> for Supported {
    fn from(supported: bool) -> Self {
        Self { supported }
    }
}

/// What bulk requests may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bulk {
    /// Whether there are any.
    pub supported: bool,
    /// How many operations one may have.
    pub max_operations: u64,
    /// How many bytes one may have.
    pub max_payload_size: u64,
}

/// What filters may find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilterSupport {
    /// Whether there are any.
    pub supported: bool,
    /// How many resources a response has at most.
    pub max_results: u64,
}

/// How lists are paged (RFC 9865 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// Whether by cursor.
    pub cursor: bool,
    /// Whether by `startIndex`.
    pub index: bool,
    /// How, when the client doesn't say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_pagination_method: Option<PaginationMethod>,
    /// Resources in a page when the client doesn't say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_page_size: Option<u64>,
    /// Resources in a page at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_page_size: Option<u64>,
    /// Seconds for which a cursor is valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor_timeout: Option<u64>,
}

/// A way to page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PaginationMethod {
    /// By cursor.
    Cursor,
    /// By `startIndex`.
    Index,
}

/// A way to authenticate (RFC 7643 section 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationScheme {
    /// `oauth`, `oauth2`, `oauthbearertoken`, `httpbasic` or `httpdigest`, or what else there is.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name for people.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Where it is specified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spec_uri: Option<String>,
    /// Where its use here is documented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation_uri: Option<String>,
    /// Whether it is the preferred one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub primary: bool,
}

impl AuthenticationScheme {
    /// Bearer tokens (RFC 6750) that the service itself has given out.
    pub fn bearer_token() -> Self {
        Self {
            kind: "oauthbearertoken".into(),
            name: "Bearer token".into(),
            description: "A token of this service's own, as a bearer token in the Authorization header".into(),
            spec_uri: Some("https://www.rfc-editor.org/info/rfc6750".into()),
            documentation_uri: None,
            primary: false,
        }
    }

    /// Bearer tokens that an authorization server gives out (RFC 6749).
    pub fn signed_token() -> Self {
        Self {
            kind: "oauth2".into(),
            name: "OAuth 2.0".into(),
            description:
                "An authorization server's access token, a signed JWT, as a bearer token in the Authorization header"
                    .into(),
            spec_uri: Some("https://www.rfc-editor.org/info/rfc9068".into()),
            documentation_uri: None,
            primary: false,
        }
    }

    /// A certificate for the connection. RFC 7643 section 5 has no name for it; its list isn't closed.
    pub fn client_certificate() -> Self {
        Self {
            kind: "tlsclientcertificate".into(),
            name: "TLS client certificate".into(),
            description: "A certificate that the client shows for the connection, where no token is sent".into(),
            spec_uri: Some("https://www.rfc-editor.org/info/rfc8446".into()),
            documentation_uri: None,
            primary: false,
        }
    }

    /// HTTP Basic (RFC 7617).
    pub fn http_basic() -> Self {
        Self {
            kind: "httpbasic".into(),
            name: "HTTP Basic".into(),
            description: "Authentication with a name and a password in the Authorization header".into(),
            spec_uri: Some("https://www.rfc-editor.org/info/rfc7617".into()),
            documentation_uri: None,
            primary: false,
        }
    }
}

/// A resource type (RFC 7643 section 6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceType {
    /// Its id, the same as its name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its endpoint below the base URL, with a leading slash.
    pub endpoint: String,
    /// The URN of its core schema.
    pub schema: String,
    /// Its extensions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schema_extensions: Vec<SchemaExtension>,
}

/// An extension of a resource type (RFC 7643 section 6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SchemaExtension {
    /// Its URN.
    pub schema: String,
    /// Whether every resource must have it.
    pub required: bool,
}

/// The document at `/ServiceProviderConfig`.
pub fn service_provider_config(config: ServiceProviderConfig, base: &str) -> Document<ServiceProviderConfig> {
    Document::new(core::SERVICE_PROVIDER_CONFIG, "ServiceProviderConfig", config, base, "ServiceProviderConfig")
}

/// The document at `/ResourceTypes/{name}`.
pub fn resource_type(schema: &ResourceSchema, base: &str) -> Document<ResourceType> {
    let extension =
        |(schema, required): &(Schema, bool)| SchemaExtension { schema: schema.id.clone(), required: *required };
    let content = ResourceType {
        id: schema.name().to_owned(),
        name: schema.name().to_owned(),
        description: schema.description().to_owned(),
        endpoint: schema.endpoint().to_owned(),
        schema: schema.core().id.clone(),
        schema_extensions: schema.extensions().iter().map(extension).collect(),
    };
    let path = format!("ResourceTypes/{}", content.name);
    Document::new(core::RESOURCE_TYPE, "ResourceType", content, base, &path)
}

/// The document at `/Schemas/{urn}`.
pub fn schema(schema: &Schema, base: &str) -> Document<Schema> {
    Document::new(core::SCHEMA, "Schema", schema.clone(), base, &format!("Schemas/{}", schema.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const BASE: &str = "https://scim.example.com/scim/v2/";

    fn value(document: impl Serialize) -> Value {
        serde_json::to_value(document).unwrap()
    }

    fn config() -> ServiceProviderConfig {
        ServiceProviderConfig {
            documentation_uri: None,
            patch: false.into(),
            bulk: Bulk { supported: false, max_operations: 0, max_payload_size: 0 },
            filter: FilterSupport { supported: true, max_results: 1_000 },
            change_password: false.into(),
            sort: true.into(),
            etag: true.into(),
            pagination: Pagination {
                cursor: true,
                index: true,
                default_pagination_method: Some(PaginationMethod::Index),
                default_page_size: Some(100),
                max_page_size: Some(1_000),
                cursor_timeout: None,
            },
            authentication_schemes: vec![AuthenticationScheme {
                primary: true,
                ..AuthenticationScheme::bearer_token()
            }],
        }
    }

    #[test]
    fn the_service_providers_configuration() {
        let document = value(service_provider_config(config(), BASE));
        assert_eq!(document["schemas"], json!([core::SERVICE_PROVIDER_CONFIG]));
        assert_eq!(document["patch"], json!({ "supported": false }));
        assert_eq!(document["filter"], json!({ "supported": true, "maxResults": 1000 }));
        assert_eq!(
            document["pagination"],
            json!({ "cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": 100, "maxPageSize": 1000 })
        );
        assert_eq!(document["authenticationSchemes"][0]["type"], "oauthbearertoken");
        assert_eq!(
            document["meta"],
            json!({ "resourceType": "ServiceProviderConfig", "location": "https://scim.example.com/scim/v2/ServiceProviderConfig" })
        );
    }

    #[test]
    fn resource_types() {
        assert_eq!(
            value(resource_type(&ResourceSchema::user(), BASE)),
            json!({
                "schemas": [core::RESOURCE_TYPE], "id": "User", "name": "User", "description": "User Account", "endpoint": "/Users",
                "schema": core::USER, "schemaExtensions": [{ "schema": core::ENTERPRISE_USER, "required": false }],
                "meta": { "resourceType": "ResourceType", "location": "https://scim.example.com/scim/v2/ResourceTypes/User" }
            })
        );
        assert_eq!(value(resource_type(&ResourceSchema::group(), BASE)).get("schemaExtensions"), None);
    }

    #[test]
    fn schemas() {
        let document = value(schema(&core::group(), BASE));
        assert_eq!(document["id"], core::GROUP);
        assert_eq!(document["attributes"][0]["name"], "displayName");
        assert_eq!(document["meta"]["location"], format!("{BASE}Schemas/{}", core::GROUP));
    }

    /// What the published schemas say about the discovery documents is true of them.
    #[test]
    fn documents_have_no_members_that_their_schema_lacks() {
        let documents = [
            (value(service_provider_config(config(), BASE)), core::service_provider_config()),
            (value(resource_type(&ResourceSchema::user(), BASE)), core::resource_type()),
            (value(schema(&core::user(), BASE)), core::schema()),
        ];
        for (document, schema) in documents {
            for (key, member) in document.as_object().unwrap() {
                if ["schemas", "meta"].contains(&key.as_str()) {
                    continue;
                }
                let attribute = schema.attribute(key).unwrap_or_else(|| panic!("{key} in {}", schema.id));
                assert_eq!(attribute.multi_valued, member.is_array(), "{key}");
                let elements = member.as_array().map_or(std::slice::from_ref(member), Vec::as_slice);
                for sub in elements.iter().filter_map(Value::as_object).flat_map(|element| element.keys()) {
                    assert!(attribute.sub_attribute(sub).is_some(), "{key}.{sub}");
                }
            }
            for required in schema.attributes.iter().filter(|attribute| attribute.required) {
                assert!(document.get(&required.name).is_some(), "{} needs {}", schema.id, required.name);
            }
        }
    }
}
