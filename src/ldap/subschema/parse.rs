//! Descriptions to what they describe.

use super::description::Description;
use super::types::{AttributeType, ClassKind, MatchingRuleDescription, ObjectClass, Usage};

/// Reads an attribute type description (RFC 4512 section 4.1.2).
pub(super) fn attribute_type(text: &str) -> Result<AttributeType, &'static str> {
    let description = Description::parse(text)?;
    let (syntax, syntax_len) = description.one("SYNTAX").map_or((None, None), |syntax| {
        let (oid, length) = split_length(&syntax);
        (Some(oid), length)
    });
    Ok(AttributeType {
        oid: description.oid.to_owned(),
        names: description.list("NAME"),
        description: description.one("DESC"),
        obsolete: description.has("OBSOLETE"),
        sup: description.one("SUP"),
        equality: description.one("EQUALITY"),
        ordering: description.one("ORDERING"),
        substring: description.one("SUBSTR"),
        syntax,
        syntax_len,
        single_value: description.has("SINGLE-VALUE"),
        collective: description.has("COLLECTIVE"),
        no_user_modification: description.has("NO-USER-MODIFICATION"),
        usage: usage(description.one("USAGE").as_deref()),
    })
}

/// Reads an object class description (RFC 4512 section 4.1.1).
pub(super) fn object_class(text: &str) -> Result<ObjectClass, &'static str> {
    let description = Description::parse(text)?;
    let kind = if description.has("ABSTRACT") {
        ClassKind::Abstract
    } else if description.has("AUXILIARY") {
        ClassKind::Auxiliary
    } else {
        ClassKind::Structural
    };
    Ok(ObjectClass {
        oid: description.oid.to_owned(),
        names: description.list("NAME"),
        description: description.one("DESC"),
        obsolete: description.has("OBSOLETE"),
        sup: description.list("SUP"),
        kind,
        must: description.list("MUST"),
        may: description.list("MAY"),
    })
}

/// Reads a matching rule description, or a matching rule use (RFC 4512 sections 4.1.3 and 4.1.4).
pub(super) fn matching_rule(text: &str) -> Result<MatchingRuleDescription, &'static str> {
    let description = Description::parse(text)?;
    Ok(MatchingRuleDescription {
        oid: description.oid.to_owned(),
        names: description.list("NAME"),
        syntax: description.one("SYNTAX"),
        applies: description.has("APPLIES").then(|| description.list("APPLIES")),
    })
}

/// Reads an LDAP syntax description (RFC 4512 section 4.1.5): its OID.
pub(super) fn syntax(text: &str) -> Result<String, &'static str> {
    Description::parse(text).map(|description| description.oid.to_owned())
}

/// `1.2.3{256}`: an OID and a length.
fn split_length(syntax: &str) -> (String, Option<u32>) {
    match syntax.split_once('{') {
        Some((oid, length)) => (oid.to_owned(), length.trim_end_matches('}').parse().ok()),
        None => (syntax.to_owned(), None),
    }
}

fn usage(keyword: Option<&str>) -> Usage {
    match keyword.map(str::to_ascii_lowercase).as_deref() {
        Some("directoryoperation") => Usage::DirectoryOperation,
        Some("distributedoperation") => Usage::DistributedOperation,
        Some("dsaoperation") => Usage::DsaOperation,
        _ => Usage::UserApplications,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_attribute_types() {
        let mail = attribute_type(
            "( 0.9.2342.19200300.100.1.3 NAME ( 'mail' 'rfc822Mailbox' ) DESC 'x' EQUALITY caseIgnoreIA5Match \
             SUBSTR caseIgnoreIA5SubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.26{256} )",
        )
        .unwrap();
        assert_eq!(mail.names, ["mail", "rfc822Mailbox"]);
        assert_eq!((mail.syntax.as_deref(), mail.syntax_len), (Some("1.3.6.1.4.1.1466.115.121.1.26"), Some(256)));
        assert_eq!(mail.equality.as_deref(), Some("caseIgnoreIA5Match"));
        assert!(mail.ordering.is_none() && !mail.single_value);

        let stamp = attribute_type(
            "( 1.2 NAME 'stamp' EQUALITY CSNMatch SYNTAX 1.2.9 SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )",
        )
        .unwrap();
        assert!(stamp.single_value && stamp.no_user_modification);
        assert_eq!(stamp.usage, Usage::DirectoryOperation);
    }

    #[test]
    fn reads_what_active_directory_publishes() {
        let name = attribute_type(
            "( 1.2.840.113556.1.4.1 NAME 'name' SYNTAX '1.3.6.1.4.1.1466.115.121.1.15' SINGLE-VALUE NO-USER-MODIFICATION )",
        );
        assert_eq!(name.unwrap().syntax.as_deref(), Some("1.3.6.1.4.1.1466.115.121.1.15"));
    }

    #[test]
    fn reads_object_classes() {
        let class =
            object_class("( 2.5.6.9 NAME 'groupOfNames' SUP top STRUCTURAL MUST ( member $ cn ) MAY owner )").unwrap();
        assert_eq!(
            (class.kind, class.must, class.may),
            (ClassKind::Structural, vec!["member".into(), "cn".into()], vec!["owner".into()])
        );
        assert_eq!(object_class("( 1.2 NAME 'x' AUXILIARY )").unwrap().kind, ClassKind::Auxiliary);
        assert_eq!(object_class("( 1.2 NAME 'x' SUP ( a $ b ) ABSTRACT )").unwrap().sup, ["a", "b"]);
        assert_eq!(object_class("( 1.2 NAME 'x' )").unwrap().kind, ClassKind::Structural);
    }

    #[test]
    fn reads_matching_rules_and_their_use() {
        let rule = matching_rule("( 2.5.13.2 NAME 'caseIgnoreMatch' APPLIES ( cn $ sn ) )").unwrap();
        assert_eq!(rule.applies.unwrap(), ["cn", "sn"]);
        assert_eq!(matching_rule("( 2.5.13.2 NAME 'x' SYNTAX 1.2 )").unwrap().applies, None);
        assert_eq!(syntax("( 1.2.3 DESC 'x' )").unwrap(), "1.2.3");
    }
}
