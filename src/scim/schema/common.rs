//! The common attributes that every resource has and no schema lists (RFC 7643 section 3.1), and `schemas` (section 3).

use super::{Attribute, AttributeKind, Mutability, Returned, Uniqueness};

/// All of them in the order in which they are served: `schemas`, `id`, `externalId`, `meta`.
pub fn attributes() -> Vec<Attribute> {
    vec![schemas(), id(), external_id(), meta()]
}

fn schemas() -> Attribute {
    Attribute {
        multi_valued: true,
        required: true,
        mutability: Mutability::ReadOnly,
        returned: Returned::Always,
        reference_types: vec!["uri".into()],
        description: "The URNs of the schemas that are present in the resource.".into(),
        // A URN's case doesn't matter in SCIM (RFC 7644 section 3.10), so a filter on it takes any.
        case_exact: false,
        ..Attribute::new("schemas", AttributeKind::Reference)
    }
}

fn id() -> Attribute {
    Attribute {
        case_exact: true,
        required: true,
        mutability: Mutability::ReadOnly,
        returned: Returned::Always,
        uniqueness: Uniqueness::Server,
        description: "A unique identifier for the resource, issued by the service provider.".into(),
        ..Attribute::new("id", AttributeKind::String)
    }
}

fn external_id() -> Attribute {
    Attribute {
        case_exact: true,
        description: "An identifier for the resource, issued by the provisioning client.".into(),
        ..Attribute::new("externalId", AttributeKind::String)
    }
}

fn meta() -> Attribute {
    Attribute {
        mutability: Mutability::ReadOnly,
        description: "Metadata of the resource.".into(),
        sub_attributes: vec![
            Attribute {
                case_exact: true,
                ..part("resourceType", AttributeKind::String, "The name of the resource type.")
            },
            part("created", AttributeKind::DateTime, "When the resource was added."),
            part("lastModified", AttributeKind::DateTime, "When the resource was last updated."),
            Attribute {
                reference_types: vec!["uri".into()],
                ..part("location", AttributeKind::Reference, "The URI of the resource.")
            },
            Attribute {
                case_exact: true,
                ..part("version", AttributeKind::String, "The version (entity tag) of the resource.")
            },
        ],
        ..Attribute::new("meta", AttributeKind::Complex)
    }
}

fn part(name: &str, kind: AttributeKind, description: &str) -> Attribute {
    Attribute { mutability: Mutability::ReadOnly, description: description.into(), ..Attribute::new(name, kind) }
}
