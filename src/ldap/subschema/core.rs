//! The standard schema, embedded.

use std::sync::{Arc, LazyLock};

use super::index::Subschema;

/// The schema of RFC 4512, 4519, 4523, 4524, 2798, 2307 and 4530 and slapd's operational attributes.
const STANDARD: &str = include_str!("standard.ldif");

static PARSED: LazyLock<Arc<Subschema>> = LazyLock::new(|| Arc::new(parse()));

impl Subschema {
    /// The standard schema: RFC 4512, 4519, 4523, 4524, 2798, 2307, 4530, and slapd's operational attributes, as slapd
    /// publishes them. Read once.
    pub fn standard() -> Arc<Self> {
        Arc::clone(&PARSED)
    }
}

#[cfg(test)]
impl Subschema {
    /// What Active Directory publishes of what its preset uses, with the rules that follow from it.
    pub(crate) fn active_directory() -> Self {
        let (mut schema, warnings) = Self::from_ldif(include_str!("active_directory.ldif")).unwrap();
        assert_eq!(warnings, []);
        schema.infer_rules();
        schema
    }
}

fn parse() -> Subschema {
    // The text is part of the binary and a test reads it without a warning.
    Subschema::from_ldif(STANDARD).map(|(schema, _)| schema).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::ldap::matching::{MatchingRule as R, Syntax};
    use crate::ldap::subschema::ClassKind;

    #[test]
    fn is_read_without_a_warning() {
        let (schema, warnings) = Subschema::from_ldif(STANDARD).unwrap();
        assert_eq!(warnings, []);
        for attribute in schema.attributes() {
            let sup = attribute.definition.sup.as_deref();
            assert!(sup.is_none_or(|sup| schema.attribute(sup).is_some()), "{attribute:?}");
            assert!(attribute.definition.syntax.is_some(), "{attribute:?}");
        }
        for class in schema.classes() {
            assert!(class.sup.iter().all(|sup| schema.class(sup).is_some()), "{class:?}");
            let unknown: Vec<_> =
                class.must.iter().chain(&class.may).filter(|name| schema.attribute(name).is_none()).collect();
            assert!(unknown.is_empty(), "{}: {unknown:?}", class.name());
        }
    }

    #[rstest]
    #[case("cn", Some(R::CaseIgnore), None, Some(R::CaseIgnoreSubstrings), false)]
    #[case("uid", Some(R::CaseIgnore), None, Some(R::CaseIgnoreSubstrings), false)]
    #[case("mail", Some(R::CaseIgnoreIa5), None, Some(R::CaseIgnoreIa5Substrings), false)]
    #[case("member", Some(R::DistinguishedName), None, None, false)]
    #[case("uniqueMember", Some(R::UniqueMember), None, None, false)]
    #[case("memberUid", Some(R::CaseExactIa5), None, Some(R::CaseExactIa5Substrings), false)]
    #[case("memberOf", Some(R::DistinguishedName), None, None, false)]
    #[case("uidNumber", Some(R::Integer), Some(R::IntegerOrdering), None, true)]
    #[case("entryUUID", Some(R::Uuid), Some(R::UuidOrdering), None, true)]
    #[case("entryCSN", Some(R::Csn), Some(R::CsnOrdering), None, true)]
    #[case("entryDN", Some(R::DistinguishedName), None, None, true)]
    #[case("createTimestamp", Some(R::GeneralizedTime), Some(R::GeneralizedTimeOrdering), None, true)]
    #[case("pwdAccountLockedTime", Some(R::GeneralizedTime), Some(R::GeneralizedTimeOrdering), None, true)]
    #[case("telephoneNumber", Some(R::TelephoneNumber), None, Some(R::TelephoneNumberSubstrings), false)]
    #[case("facsimileTelephoneNumber", None, None, None, false)]
    #[case("jpegPhoto", None, None, None, false)]
    #[case("displayName", Some(R::CaseIgnore), None, Some(R::CaseIgnoreSubstrings), true)]
    #[case("objectClass", Some(R::ObjectIdentifier), None, None, false)]
    #[case("memberURL", Some(R::CaseExact), None, None, false)]
    fn knows_the_attributes_that_matter(
        #[case] name: &str,
        #[case] equality: Option<R>,
        #[case] ordering: Option<R>,
        #[case] substring: Option<R>,
        #[case] single: bool,
    ) {
        let schema = Subschema::standard();
        let attribute = schema.attribute(name).unwrap();
        assert_eq!((attribute.equality, attribute.ordering, attribute.substring), (equality, ordering, substring));
        assert_eq!(attribute.definition.single_value, single);
    }

    #[test]
    fn knows_operational_attributes_and_classes() {
        let schema = Subschema::standard();
        assert!(
            schema.attribute("memberOf").unwrap().is_operational() && !schema.attribute("cn").unwrap().is_operational()
        );
        assert_eq!(schema.attribute("entryUUID").unwrap().syntax, Some(Syntax::Uuid));
        assert_eq!(schema.class("groupOfURLs").unwrap().kind, ClassKind::Structural);
        assert_eq!(schema.class("posixGroup").unwrap().must, ["cn", "gidNumber"]);
        assert_eq!(schema.rule_applies("caseIgnoreOrderingMatch", "sn"), Some(true));
    }
}
