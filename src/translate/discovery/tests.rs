//! What is published is what can be held here.

use rstest::rstest;

use super::*;
use crate::ldap::Subschema;
use crate::translate::test_kit::{FULL, PRESET, kind, view};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// All attributes and sub-attributes of a type, by path.
fn paths(view: &View, type_name: &str) -> Vec<(String, Attribute)> {
    let (core, extensions) = published(view, kind(view, type_name));
    let mut paths = Vec::new();
    for (schema, prefix) in std::iter::once((&core, String::new()))
        .chain(extensions.iter().map(|(schema, _)| (schema, format!("{}:", schema.id))))
    {
        for attribute in &schema.attributes {
            let name = format!("{prefix}{}", attribute.name);
            paths.push((name.clone(), attribute.clone()));
            paths.extend(attribute.sub_attributes.iter().map(|sub| (format!("{name}.{}", sub.name), sub.clone())));
        }
    }
    paths
}

fn find(view: &View, type_name: &str, path: &str) -> Option<Attribute> {
    paths(view, type_name).into_iter().find(|(name, _)| name == path).map(|(_, attribute)| attribute)
}

fn standard() -> View {
    view(PRESET, Subschema::standard())
}

fn full() -> View {
    view(PRESET, FULL.clone())
}

#[test]
fn a_plain_directory_publishes_what_it_can_hold() {
    let names: Vec<_> = paths(&standard(), "User").into_iter().map(|(name, _)| name).collect();
    insta::assert_snapshot!(names.join("\n"), @r"
    userName
    name
    name.formatted
    name.familyName
    name.givenName
    displayName
    title
    userType
    preferredLanguage
    active
    password
    emails
    emails.value
    emails.type
    emails.primary
    phoneNumbers
    phoneNumbers.value
    phoneNumbers.type
    photos
    photos.value
    photos.type
    addresses
    addresses.formatted
    addresses.streetAddress
    addresses.locality
    addresses.region
    addresses.postalCode
    addresses.type
    groups
    groups.value
    groups.$ref
    groups.display
    groups.type
    x509Certificates
    x509Certificates.value
    urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber
    urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:organization
    urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department
    urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager
    urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value
    urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.$ref
    urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName
    ");
}

#[rstest]
#[case("User", "externalId")]
#[case("User", "nickName")]
#[case("User", "locale")]
#[case("User", "roles")]
#[case("User", "roles.value")]
#[case("User", "addresses.country")]
#[case("User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter")]
fn attributes_that_the_directory_does_not_know_are_not_published(#[case] type_name: &str, #[case] path: &str) {
    assert_eq!(find(&standard(), type_name, path), None);
    // `externalId` is common to all resources and stands in no schema.
    assert_eq!(find(&full(), type_name, path).is_some(), path != "externalId");
}

#[rstest]
#[case("User", "emails.type", &["work"])]
#[case("User", "phoneNumbers.type", &["work", "mobile", "home", "pager", "fax"])]
#[case("User", "addresses.type", &["work", "home"])]
#[case("Group", "members.type", &["User", "Group"])]
fn types_are_those_that_there_are(#[case] type_name: &str, #[case] path: &str, #[case] expected: &[&str]) {
    assert_eq!(find(&standard(), type_name, path).unwrap().canonical_values, expected);
}

#[test]
fn a_type_that_no_slot_has_is_not_published() {
    let full = full();
    assert!(find(&full, "User", "roles.value").is_some());
    assert_eq!(find(&full, "User", "roles.type"), None);
    assert_eq!(find(&full, "User", "roles.primary"), None);
    assert!(find(&full, "User", "emails.primary").is_some());
    assert_eq!(find(&full, "User", "phoneNumbers.primary"), None);
    assert_eq!(find(&full, "User", "emails.type").unwrap().canonical_values, ["work", "home", "other"]);
}

#[test]
fn references_name_their_types() {
    let view = standard();
    assert_eq!(find(&view, "Group", "members.$ref").unwrap().reference_types, ["User", "Group"]);
    assert_eq!(find(&view, "User", &format!("{ENTERPRISE}:manager.$ref")).unwrap().reference_types, ["User"]);
    assert!(find(&view, "User", &format!("{ENTERPRISE}:manager.displayName")).is_some());
    assert_eq!(find(&view, "User", "groups.$ref").unwrap().reference_types, ["Group"]);
}

#[test]
fn what_nobody_may_write_is_read_only() {
    let text = r#"
[resource.User.attr]
title = "createTimestamp"
nickName = { const = "nick" }
userType = { template = "{cn}" }
locale = { ldap = "noSuch", default = "en" }
name.formatted = "entryUUID"
name.familyName = "modifyTimestamp"
name.givenName = { template = "{sn}" }
name.middleName = false
addresses = [{ type = "work", locality = "entryUUID", region = "st" }]
roles = [{ value = "entryUUID" }]
"#;
    let view = view(&format!("{PRESET}{text}"), Subschema::standard());
    for path in [
        "title",
        "nickName",
        "userType",
        "locale",
        "groups",
        "groups.value",
        "name",
        "name.familyName",
        "roles",
        "roles.value",
        "addresses.locality",
    ] {
        assert_eq!(find(&view, "User", path).unwrap().mutability, Mutability::ReadOnly, "{path}");
    }
    for path in ["userName", "emails", "emails.value", "active", "addresses", "addresses.type", "addresses.region"] {
        assert_eq!(find(&view, "User", path).unwrap().mutability, Mutability::ReadWrite, "{path}");
    }
    assert_eq!(find(&view, "User", "password").unwrap().mutability, Mutability::WriteOnly);
}

#[test]
fn an_extension_of_which_nothing_is_left_is_none() {
    let text = format!("[resource.User.attr.\"{ENTERPRISE}\"]\n");
    let off: String = ["employeeNumber", "department", "organization", "division", "costCenter", "manager"]
        .iter()
        .map(|name| format!("{name} = false\n"))
        .collect();
    let view = view(&format!("{PRESET}{text}{off}"), FULL.clone());
    assert!(published(&view, kind(&view, "User")).1.is_empty());
}

#[test]
fn a_large_value_is_returned_on_request() {
    let view = full();
    for path in ["photos", "x509Certificates"] {
        assert_eq!(find(&view, "User", path).unwrap().returned, crate::scim::schema::Returned::Request, "{path}");
    }
}
