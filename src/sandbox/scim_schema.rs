//! The project's auxiliary schema, which private servers load.

/// `mappings/scim.schema`, for slapd.conf.
pub(crate) const SCIM_SCHEMA: &str = include_str!("../../mappings/scim.schema");

/// The same, as a schema file of 389 Directory Server.
pub(crate) const SCIM_SCHEMA_389: &str = include_str!("../../mappings/389ds-scim.ldif");

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The same schema, for cn=config.
    const SCIM_LDIF: &str = include_str!("../../mappings/scim.ldif");

    /// The definitions, one a line, blanks evened out.
    fn definitions(text: &str, starts: [&str; 2]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            match starts.iter().find_map(|start| line.strip_prefix(start)) {
                Some(rest) => found.push(rest.to_owned()),
                None if line.starts_with(' ') => found.last_mut().unwrap().push_str(&format!(" {line}")),
                None => {}
            }
        }
        found.iter().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn all_forms_say_the_same_and_every_number_is_given_once() {
        let schema = definitions(SCIM_SCHEMA, ["attributetype", "objectclass"]);
        assert_eq!(schema, definitions(SCIM_LDIF, ["olcAttributeTypes:", "olcObjectClasses:"]));
        assert_eq!(schema, definitions(SCIM_SCHEMA_389, ["attributeTypes:", "objectClasses:"]));
        let numbers: HashSet<&str> = schema.iter().filter_map(|text| text.split(' ').nth(1)).collect();
        assert_eq!(numbers.len(), schema.len());
        assert!(numbers.iter().all(|number| number.starts_with("2.25.84977555277369485378040249093869608011.")));
    }

    #[test]
    fn the_class_allows_every_attribute() {
        let schema = definitions(SCIM_SCHEMA, ["attributetype", "objectclass"]);
        let (class, attributes) = schema.split_last().unwrap();
        let allowed: HashSet<&str> = class.split("MAY (").nth(1).unwrap().split(['$', ' ', ')']).collect();
        for attribute in attributes {
            let name = attribute.split('\'').nth(1).unwrap();
            assert!(allowed.contains(name), "{name}");
        }
        assert_eq!(class.matches('$').count() + 1, attributes.len());
    }
}
