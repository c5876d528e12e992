//! The root DSE (RFC 4512 section 5.1): which of its attributes are read, and what they say.

use std::sync::Arc;

use super::capabilities::{Capabilities, Vendor, oid};
use crate::ldap::{AttributeSet, Entry};

/// What is asked for: by name, as servers keep the operational ones back otherwise.
const ATTRIBUTES: [&str; 11] = [
    "objectClass",
    "vendorName",
    "vendorVersion",
    "namingContexts",
    "defaultNamingContext",
    "subschemaSubentry",
    "supportedSASLMechanisms",
    "supportedControl",
    "supportedExtension",
    "supportedFeatures",
    "supportedCapabilities",
];

/// Where lists of OIDs begin in [`ATTRIBUTES`].
const OIDS: &[&str] = ATTRIBUTES.split_at(7).1;

/// The attributes to ask for.
pub(super) fn attributes() -> AttributeSet {
    ATTRIBUTES.iter().filter_map(|name| name.parse().ok()).collect()
}

/// What the root DSE says, without a schema; `attributes` are those that were asked for.
pub(super) fn parse(attributes: &AttributeSet, entry: &Entry) -> Capabilities {
    let texts = |name: &str| -> Vec<String> {
        let values = attributes.position(name).map_or(&[][..], |place| entry.values(place));
        values.iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect()
    };
    let first = |name: &str| texts(name).into_iter().next();
    let mut capabilities = Capabilities {
        generation: 1,
        vendor: Vendor::Other,
        vendor_name: first("vendorName"),
        vendor_version: first("vendorVersion"),
        naming_contexts: texts("namingContexts"),
        default_naming_context: first("defaultNamingContext"),
        oids: OIDS.iter().flat_map(|name| texts(name)).collect(),
        sasl_mechanisms: texts("supportedSASLMechanisms"),
        subschema_dn: first("subschemaSubentry"),
        subschema: Arc::default(),
        subschema_read: false,
    };
    capabilities.vendor = vendor(&capabilities, &texts("objectClass"));
    capabilities
}

fn vendor(capabilities: &Capabilities, object_classes: &[String]) -> Vendor {
    let name = capabilities.vendor_name.as_deref().unwrap_or_default().to_ascii_lowercase();
    if name.contains("samba") {
        Vendor::Samba
    } else if capabilities.has(oid::ACTIVE_DIRECTORY) {
        Vendor::ActiveDirectory
    } else if name.contains("389") || name.contains("red hat") {
        Vendor::Directory389
    } else if object_classes.iter().any(|class| class.eq_ignore_ascii_case("OpenLDAProotDSE")) {
        Vendor::OpenLdap
    } else {
        Vendor::Other
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::ldap::controls::oid as controls;

    fn capabilities(values: &[(&str, &str)]) -> Capabilities {
        let attributes = attributes();
        let mut entry = Entry { attributes: vec![Vec::new(); attributes.len()], ..Entry::default() };
        for (name, value) in values {
            entry.attributes[attributes.position(name).unwrap()].push(value.as_bytes().to_vec());
        }
        parse(&attributes, &entry)
    }

    #[rstest]
    #[case(&[("objectClass", "top"), ("objectClass", "OpenLDAProotDSE")], Vendor::OpenLdap)]
    #[case(&[("supportedCapabilities", "1.2.840.113556.1.4.800")], Vendor::ActiveDirectory)]
    #[case(
        &[("vendorName", "Samba Team (https://samba.org)"), ("supportedCapabilities", "1.2.840.113556.1.4.800")],
        Vendor::Samba
    )]
    #[case(&[("vendorName", "389 Project")], Vendor::Directory389)]
    #[case(&[], Vendor::Other)]
    fn vendors_are_recognised(#[case] values: &[(&str, &str)], #[case] expected: Vendor) {
        assert_eq!(capabilities(values).vendor, expected);
    }

    #[test]
    fn abilities_come_from_all_lists_of_oids() {
        let capabilities = capabilities(&[
            ("supportedControl", controls::PAGED_RESULTS),
            ("supportedControl", controls::DEREFERENCE),
            ("supportedExtension", oid::START_TRANSACTION),
            ("supportedFeatures", oid::MODIFY_INCREMENT),
            ("namingContexts", "dc=example,dc=com"),
        ]);
        assert!(capabilities.paged() && capabilities.dereference() && capabilities.transactions());
        assert!(capabilities.has(oid::MODIFY_INCREMENT));
        assert!(!capabilities.sort() && !capabilities.assertion() && !capabilities.active_directory());
        assert_eq!(capabilities.naming_contexts, ["dc=example,dc=com"]);
    }

    #[rstest]
    #[case("ou=people,DC=Example, dc=com", Some("dc=example,dc=com"))]
    #[case("cn=a,ou=sub,dc=example,dc=com", Some("ou=sub,dc=example,dc=com"))]
    #[case("dc=example,dc=com", Some("dc=example,dc=com"))]
    #[case("dc=notexample,dc=com", None)]
    #[case("no name", None)]
    fn the_deepest_naming_context_holds_a_dn(#[case] dn: &str, #[case] expected: Option<&str>) {
        let capabilities = capabilities(&[
            ("namingContexts", "dc=example,dc=com"),
            ("namingContexts", "ou=sub,dc=example,dc=com"),
            ("namingContexts", "dc=other"),
        ]);
        assert_eq!(capabilities.naming_context(dn), expected);
    }
}
