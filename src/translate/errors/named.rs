//! Which attribute a server's text is about.

use super::verdict::NameOf;

/// What stands before an attribute's name in the texts of slapd, 389 Directory Server, OpenDJ, Active Directory and Samba.
const BEFORE: &[&str] = &[
    "attribute '",
    "attribute \"",
    "attribute: \"",
    "attribute: ",
    "attribute ",
    "constraint on ",
    "found with (",
    "(|(",
    "(&(",
];

/// The SCIM path of the first attribute in `text` that `name_of` knows.
pub(super) fn path(text: &str, name_of: NameOf<'_>) -> Option<String> {
    let leading = text.split(": ").map_while(|part| is_name(part.trim()).then_some(part.trim()));
    let labelled = BEFORE.iter().flat_map(|label| text.split(label).skip(1).map(name_at));
    let numbered = text.split("Att ").skip(1).filter_map(in_parentheses);
    leading.chain(labelled).chain(numbered).find_map(name_of)
}

/// `modify/add` is one too here, as it stands before the attribute's name.
fn is_name(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-;/".contains(&byte))
}

fn name_at(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !"-;".contains(c)).unwrap_or(text.len());
    &text[..end]
}

/// `telephoneNumber` of Active Directory's `Att 14 (telephoneNumber):len 130`.
fn in_parentheses(text: &str) -> Option<&str> {
    let (number, rest) = text.split_once(" (")?;
    number.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| name_at(rest))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("mail: value #0 invalid per syntax", Some("emails"))]
    #[case("modify/add: mail: value #0 already exists", Some("emails"))]
    #[case("object class 'inetOrgPerson' requires attribute 'sn'", Some("name.familyName"))]
    #[case("attribute 'sn' not allowed", Some("name.familyName"))]
    #[case("non-unique attributes found with (|(mail=a@example.com))", Some("emails"))]
    #[case("non-unique attributes found with (mail=a@example.com)", Some("emails"))]
    #[case("add breaks constraint on mail", Some("emails"))]
    #[case("Another entry with the same attribute value already exists (attribute: \"mail\")", Some("emails"))]
    #[case("missing attribute \"sn\" required by object class \"person\"\n", Some("name.familyName"))]
    #[case(
        "00002082: AtrErr: DSID-03151904, #1:\n\t0: 00002082: DSID-03151904, problem 1005 (CONSTRAINT_ATT_TYPE), data 0, Att 4 (sn):len 130\n",
        Some("name.familyName")
    )]
    #[case("description: value #0 invalid per syntax", None)]
    #[case("no write access to entry", None)]
    #[case("", None)]
    fn finds_the_attribute(#[case] text: &str, #[case] expected: Option<&str>) {
        let name_of = |attribute: &str| match attribute.to_ascii_lowercase().as_str() {
            "mail" => Some("emails".to_owned()),
            "sn" => Some("name.familyName".to_owned()),
            _ => None,
        };
        assert_eq!(path(text, &name_of).as_deref(), expected);
    }
}
