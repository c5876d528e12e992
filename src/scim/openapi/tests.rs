use super::*;
use crate::scim::discovery::{Bulk, FilterSupport, Pagination, ServiceProviderConfig};
use crate::scim::schema::{Schema, common, core};

fn config() -> ServiceProviderConfig {
    ServiceProviderConfig {
        documentation_uri: None,
        patch: true.into(),
        bulk: Bulk { supported: true, max_operations: 10, max_payload_size: 1000 },
        filter: FilterSupport { supported: true, max_results: 200 },
        change_password: true.into(),
        sort: true.into(),
        etag: true.into(),
        pagination: Pagination {
            cursor: true,
            index: true,
            default_pagination_method: None,
            default_page_size: None,
            max_page_size: None,
            cursor_timeout: None,
        },
        authentication_schemes: vec![
            AuthenticationScheme::bearer_token(),
            AuthenticationScheme::signed_token(),
            AuthenticationScheme::http_basic(),
            AuthenticationScheme::client_certificate(),
        ],
    }
}

fn described() -> Value {
    let kind = |name: &str, core: Schema, extensions| ApiType {
        name: name.into(),
        description: String::new(),
        endpoint: format!("/{name}s"),
        common: common::attributes(),
        core,
        extensions,
    };
    let types = vec![
        kind("User", core::user(), vec![(core::enterprise_user(), false)]),
        kind("Group", core::group(), Vec::new()),
    ];
    document(&Api {
        base_url: "https://scim.example.com/scim/v2/",
        version: "1.2.3",
        config: config(),
        public_discovery: false,
        types,
    })
}

#[test]
fn what_clients_cannot_write_is_not_sent_and_what_they_cannot_read_is_not_served() {
    let document = described();
    let schemas = &document["components"]["schemas"];
    let (served, sent) = (&schemas["User"]["properties"], &schemas["UserInput"]["properties"]);
    assert_eq!(
        (&served["password"], &sent["id"], &sent["meta"], &sent["groups"]),
        (&Value::Null, &Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!((&sent["password"]["writeOnly"], &served["groups"]["type"]), (&true.into(), &"array".into()));
    assert_eq!(schemas["User"]["required"], json!(["schemas", "id"]));
    assert_eq!(schemas["UserInput"]["required"], json!(["schemas", "userName"]));
    assert_eq!(served[core::ENTERPRISE_USER]["properties"]["manager"]["type"], "object");
    assert_eq!(sent["emails"]["items"]["properties"]["type"]["examples"], json!(["work", "home", "other"]));
    assert_eq!(served["meta"]["properties"]["created"]["format"], "date-time");
}

#[test]
fn every_reference_and_every_link_leads_somewhere() {
    let document = described();
    let mut operations = Vec::new();
    for item in document["paths"].as_object().unwrap().values() {
        operations.extend(item.as_object().unwrap().values().filter_map(|operation| operation["operationId"].as_str()));
    }
    let mut references = 0;
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            references += 1;
            assert!(document.pointer(target.strip_prefix('#').unwrap()).is_some(), "{target}");
        }
        if let Some(links) = value.get("links").and_then(Value::as_object) {
            for link in links.values() {
                assert!(operations.contains(&link["operationId"].as_str().unwrap()), "{link}");
            }
        }
        match value {
            Value::Object(members) => open.extend(members.values()),
            Value::Array(elements) => open.extend(elements),
            _ => {}
        }
    }
    assert!(references > 100, "{references}");
    let mut unique = operations.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), operations.len());
}

#[test]
fn what_the_service_provider_cannot_do_is_left_out() {
    let mut config = config();
    config.bulk.supported = false;
    let document = document(&Api {
        base_url: "https://scim.example.com",
        version: "1",
        config,
        public_discovery: true,
        types: Vec::new(),
    });
    assert_eq!(document["paths"].get("/Bulk"), None);
    assert_eq!(document["servers"][0]["url"], "https://scim.example.com");
    assert_eq!(document["paths"]["/Schemas"]["get"]["security"], json!([]));
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["httpbasic"]["scheme"], "basic");
    assert_eq!(
        (&schemes["oauthbearertoken"]["bearerFormat"], &schemes["oauth2"]["bearerFormat"]),
        (&Value::Null, &json!("JWT"))
    );
    assert_eq!(schemes["tlsclientcertificate"]["type"], "mutualTLS");
}
