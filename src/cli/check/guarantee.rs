//! What is promised of writes that meet: by the directory's assertions, by an attribute that bridges swap, or by values alone.

use std::fmt::Write;

use crate::directory::Capabilities;
use crate::mapping::model::{Mapping, Resource};

/// How wide the titles of the table are.
const TITLE: &str = "at the same moment";

/// Begins another line below what stands beside a title.
const NEXT: &str = "\n                        ";

/// The promise of each type that is written, in as few lines as there are different ones.
pub(super) fn guarantee(mapping: &Mapping, capabilities: &Capabilities) -> String {
    let mut promises: Vec<(String, Vec<&str>)> = Vec::new();
    for resource in mapping.resources.iter().filter(|resource| !resource.writing.never) {
        let promise = promise(resource, capabilities);
        match promises.iter_mut().find(|(known, _)| *known == promise) {
            Some((_, names)) => names.push(&resource.name),
            None => promises.push((promise, vec![&resource.name])),
        }
    }
    let mut text = String::new();
    for (place, (promise, names)) in promises.iter().enumerate() {
        let title = if place == 0 { TITLE } else { "" };
        // Writing to a string never fails.
        let _ = writeln!(text, "  {title:<21} {}: {promise}", names.join(", "));
    }
    text
}

fn promise(resource: &Resource, capabilities: &Capabilities) -> String {
    if capabilities.assertion() {
        return format!(
            "what depends on what was read, or has If-Match, is written only while{NEXT}the entry is unchanged, whoever changes it"
        );
    }
    let values = format!("the version is compared, and each value that is replaced must{NEXT}still be there");
    let unseen = format!("what is written to other attributes, or added to a list, in{NEXT}the same instant");
    match &resource.writing.cas_attribute {
        Some(attribute) if capabilities.subschema.attribute(attribute.type_name()).is_some() => format!(
            "{values}; each write swaps {attribute}: bridges lose nothing of each{NEXT}other's. From other programs, {unseen} isn't seen"
        ),
        _ => format!("{values}; {unseen} isn't seen:{NEXT}set cas_attribute to close this among bridges"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::directory::Vendor;
    use crate::ldap::Subschema;
    use crate::ldap::controls::oid;
    use crate::mapping;

    fn told(lines: &str, oids: &[&str]) -> String {
        let text = format!("version = 1\nextends = \"builtin:ad@1\"\nsuffix = \"dc=example,dc=com\"\n{lines}");
        let mapping = mapping::compile(|_| Ok(text.clone()), "m").unwrap_or_else(|report| panic!("{report}"));
        let capabilities = Capabilities {
            generation: 1,
            vendor: Vendor::Other,
            vendor_name: None,
            vendor_version: None,
            naming_contexts: Vec::new(),
            default_naming_context: None,
            oids: oids.iter().map(|&oid| oid.to_owned()).collect(),
            sasl_mechanisms: Vec::new(),
            subschema_dn: None,
            subschema: Arc::new(Subschema::active_directory()),
            subschema_read: true,
        };
        guarantee(&mapping, &capabilities)
    }

    #[test]
    fn types_of_one_promise_stand_together() {
        assert!(told("", &[oid::ASSERTION]).starts_with("  at the same moment    User, Group: what depends"));
        let plain = told("", &[]);
        assert!(plain.contains("User, Group: the version") && plain.contains("set cas_attribute"), "{plain}");
        let lines = "[resource.User]\ncas_attribute = \"employeeID\"\n[resource.Group]\ncas_attribute = \"nosuch\"\n";
        let both = told(lines, &[]);
        let (user, group) = both.split_once("Group: ").unwrap();
        assert!(user.contains("swaps employeeID") && !group.contains("swaps"), "{both}");
    }
}
