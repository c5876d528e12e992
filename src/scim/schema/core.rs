//! The schemas that RFC 7643 defines, as embedded documents.
//!
//! They are those of section 8.7 with these corrections: Group.displayName is required (erratum 5368); the `value` of manager,
//! groups and members is case exact, as the ids are that it holds (erratum 8472); references and binaries are case exact (sections
//! 2.3.6, 2.3.7); members have `display` and addresses `primary` (section 2.4, and clients send them); `groups.$ref` refers to
//! groups alone; ServiceProviderConfig has `etag` and its authentication schemes `type` (section 5), and `pagination` (RFC 9865);
//! `schemaExtensions` is multi-valued (section 6).

use super::Schema;

/// URN of the core User schema.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// URN of the core Group schema.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// URN of the enterprise extension of User.
pub const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// URN of the service provider's configuration.
pub const SERVICE_PROVIDER_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
/// URN of resource types.
pub const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// URN of schemas.
pub const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// The core User schema (RFC 7643 section 4.1).
pub fn user() -> Schema {
    embedded(include_str!("user.json"))
}

/// The core Group schema (RFC 7643 section 4.2).
pub fn group() -> Schema {
    embedded(include_str!("group.json"))
}

/// The enterprise extension of User (RFC 7643 section 4.3).
pub fn enterprise_user() -> Schema {
    embedded(include_str!("enterprise_user.json"))
}

/// The schema of the service provider's configuration (RFC 7643 section 5, RFC 9865 section 4).
pub fn service_provider_config() -> Schema {
    embedded(include_str!("service_provider_config.json"))
}

/// The schema of resource types (RFC 7643 section 6).
pub fn resource_type() -> Schema {
    embedded(include_str!("resource_type.json"))
}

/// The schema of schemas (RFC 7643 section 7).
pub fn schema() -> Schema {
    embedded(include_str!("schema.json"))
}

/// The three schemas that discovery itself uses.
pub fn discovery() -> [Schema; 3] {
    [service_provider_config(), resource_type(), schema()]
}

/// The document that RFC 7643 defines under `urn`, in any case.
pub fn by_urn(urn: &str) -> Option<Schema> {
    let found = [
        (USER, user as fn() -> Schema),
        (GROUP, group),
        (ENTERPRISE_USER, enterprise_user),
        (SERVICE_PROVIDER_CONFIG, service_provider_config),
        (RESOURCE_TYPE, resource_type),
        (SCHEMA, schema),
    ];
    found.into_iter().find(|(id, _)| id.eq_ignore_ascii_case(urn)).map(|(_, document)| document())
}

/// Parses a document that is part of the binary: no input reaches it, and a test parses each one.
fn embedded(document: &str) -> Schema {
    serde_json::from_str(document).expect("an embedded schema is valid")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::schema::{Attribute, AttributeKind, Mutability, Returned, Uniqueness};
    use rstest::rstest;

    #[rstest]
    #[case(USER, 21)]
    #[case(GROUP, 2)]
    #[case(ENTERPRISE_USER, 6)]
    #[case(SERVICE_PROVIDER_CONFIG, 9)]
    #[case(RESOURCE_TYPE, 6)]
    #[case(SCHEMA, 4)]
    fn every_document_parses_and_has_its_attributes(#[case] urn: &str, #[case] attributes: usize) {
        let schema = by_urn(&urn.to_uppercase()).unwrap();
        assert_eq!(schema.id, urn);
        assert_eq!(schema.attributes.len(), attributes);
        assert!(schema.attributes.iter().all(well_formed));
    }

    fn well_formed(attribute: &Attribute) -> bool {
        !attribute.description.is_empty()
            && attribute.sub_attributes.is_empty() == (attribute.kind != AttributeKind::Complex)
            && (attribute.reference_types.is_empty() == (attribute.kind != AttributeKind::Reference))
            && attribute.sub_attributes.iter().all(well_formed)
    }

    #[test]
    fn no_urn_no_document() {
        assert_eq!(by_urn("urn:example:nothing"), None);
    }

    #[test]
    fn characteristics_that_matter() {
        let user = user();
        let user_name = user.attribute("USERNAME").unwrap();
        assert!(user_name.required && !user_name.case_exact && user_name.uniqueness == Uniqueness::Server);
        let password = user.attribute("password").unwrap();
        assert_eq!((password.mutability, password.returned), (Mutability::WriteOnly, Returned::Never));
        assert!(password.is_hidden());
        assert!(group().attribute("displayName").unwrap().required);
        for (schema, attribute) in [(enterprise_user(), "manager"), (user, "groups"), (group(), "members")] {
            assert!(
                schema.attribute(attribute).unwrap().sub_attribute("value").unwrap().case_exact,
                "{attribute}.value"
            );
        }
    }
}
