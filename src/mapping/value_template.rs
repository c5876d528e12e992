//! Templates for writing: LDAP values made of SCIM attributes, such as `{name.formatted ?? userName | max:64}`.

use super::braces::{self, InvalidTemplate, Name, Stretch};
use crate::diagnostics::Span;
use crate::scim::resource_schema::AttrPath;

/// A template for writing. Where a part's attributes have no value, the template gives none.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueTemplate {
    /// The parts, in order.
    pub parts: Vec<ValuePart>,
    /// Where the mapping file has it.
    pub span: Option<Span>,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum ValuePart {
    /// Text as it stands.
    Literal(String),
    /// The first of these SCIM attributes that has a value, through the functions in their order. Of a multi-valued attribute it is
    /// the primary value, else the first.
    Attribute(Vec<AttrPath>, Vec<Function>),
}

/// What is done to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `localpart`: what stands before the `@`.
    LocalPart,
    /// `max:N`: the first N characters.
    Max(usize),
    /// `lower`: in lower case.
    Lower,
    /// `ascii`: letters without their marks, and nothing but ASCII.
    Ascii,
    /// `account`: without what Active Directory refuses in sAMAccountName.
    Account,
}

/// What Active Directory refuses in sAMAccountName (MS-SAMR 3.1.1.6), and `@`, which would make it look like a user principal name.
const NOT_IN_ACCOUNTS: &[char] = &['"', '/', '\\', '[', ']', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@'];

/// A part of a template as written: names aren't attributes yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ValuePiece {
    /// Text as it stands.
    Literal(String),
    /// Names, each with its place in the text, and what is done to the value.
    Names(Vec<Name>, Vec<Function>),
}

impl ValueTemplate {
    /// The pieces of a template's text: `{userName}`, `{displayName ?? userName | max:64 | lower}`, `{{` and `}}` for braces. A text
    /// without braces is a constant.
    pub(super) fn parse(text: &str) -> Result<Vec<ValuePiece>, InvalidTemplate> {
        braces::stretches(text)?
            .into_iter()
            .map(|stretch| match stretch {
                Stretch::Literal(literal) => Ok(ValuePiece::Literal(literal)),
                Stretch::Braces(inner, start) => value(inner, start),
            })
            .collect()
    }

    /// The text, given how to find an attribute's value as text.
    pub fn render(&self, value: impl Fn(AttrPath) -> Option<String>) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                ValuePart::Literal(literal) => text.push_str(literal),
                ValuePart::Attribute(choices, functions) => {
                    let found = choices.iter().find_map(|path| value(*path))?;
                    text.push_str(&functions.iter().fold(found, |text, function| function.apply(text)));
                }
            }
        }
        Some(text).filter(|text| !text.is_empty())
    }

    /// The SCIM attributes that it is made of.
    pub fn paths(&self) -> impl Iterator<Item = AttrPath> {
        self.parts
            .iter()
            .flat_map(|part| match part {
                ValuePart::Attribute(choices, _) => choices.as_slice(),
                ValuePart::Literal(_) => &[],
            })
            .copied()
    }
}

/// `displayName ?? userName | max:64`, which stands at `start`.
fn value(text: &str, start: usize) -> Result<ValuePiece, InvalidTemplate> {
    let mut parts = text.split('|');
    let names = parts.next().unwrap_or_default();
    let choices = braces::choices(names, start, "a SCIM attribute's name is missing")?;
    let mut at = start + names.len() + 1;
    let mut functions = Vec::new();
    for part in parts {
        let offset = at + (part.len() - part.trim_start().len());
        let unknown = InvalidTemplate {
            offset,
            reason: "the functions are `localpart`, `lower`, `ascii`, `account` and `max:` with a number",
        };
        functions.push(Function::named(part.trim()).ok_or(unknown)?);
        at += part.len() + 1;
    }
    Ok(ValuePiece::Names(choices, functions))
}

impl Function {
    /// The function that `text` calls.
    fn named(text: &str) -> Option<Self> {
        match text {
            "localpart" => Some(Self::LocalPart),
            "lower" => Some(Self::Lower),
            "ascii" => Some(Self::Ascii),
            "account" => Some(Self::Account),
            _ => {
                let length = text.strip_prefix("max:")?.trim().parse().ok()?;
                (length > 0).then_some(Self::Max(length))
            }
        }
    }

    fn apply(self, text: String) -> String {
        use unicode_normalization::UnicodeNormalization as _;
        match self {
            Self::LocalPart => text.split('@').next().unwrap_or_default().to_owned(),
            Self::Max(length) => text.chars().take(length).collect(),
            Self::Lower => text.to_lowercase(),
            Self::Ascii => text.nfkd().filter(char::is_ascii).collect(),
            Self::Account => {
                let allowed = |c: &char| !c.is_control() && !NOT_IN_ACCOUNTS.contains(c);
                let text: String = text.chars().filter(allowed).collect();
                text.trim().trim_end_matches('.').to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::scim::resource_schema::ResourceSchema;

    fn rendered(text: &str, known: &[(&str, &str)]) -> Option<String> {
        let schema = ResourceSchema::user();
        let path = |name: &str| schema.resolve(&name.into()).unwrap();
        let pieces = ValueTemplate::parse(text).unwrap();
        let part = |piece| match piece {
            ValuePiece::Literal(text) => ValuePart::Literal(text),
            ValuePiece::Names(names, functions) => {
                ValuePart::Attribute(names.iter().map(|(name, _)| path(name)).collect(), functions)
            }
        };
        let template = ValueTemplate { parts: pieces.into_iter().map(part).collect(), span: None };
        template
            .render(|wanted| known.iter().find(|(name, _)| path(name) == wanted).map(|(_, value)| (*value).to_owned()))
    }

    #[rstest]
    #[case("{name.formatted ?? displayName ?? userName}", Some("bjensen@example.com"))]
    #[case("{userName|localpart|max:3}", Some("bje"))]
    #[case("{ userName | localpart } ({externalId})", Some("bjensen (701984)"))]
    #[case("{title}", None)]
    #[case("{userName} {title}", None)]
    #[case("{nickName | ascii | lower}", Some("zoe"))]
    #[case("/bin/bash", Some("/bin/bash"))]
    #[case("{userName | account}", Some("bjensenexample.com"))]
    #[case("{profileUrl | account | max:9}", Some("httpsexam"))]
    #[case("{{{externalId}}}", Some("{701984}"))]
    #[case("", None)]
    fn renders(#[case] text: &str, #[case] expected: Option<&str>) {
        let known = [
            ("userName", "bjensen@example.com"),
            ("externalId", "701984"),
            ("nickName", "Zo\u{eb}"),
            ("profileUrl", "https://example.com/a[b]|c. "),
        ];
        assert_eq!(rendered(text, &known).as_deref(), expected);
    }

    #[rstest]
    #[case("a {sn", 2)]
    #[case("a} {sn}", 1)]
    #[case("{}", 1)]
    #[case("{userName ?? | lower}", 13)]
    #[case("{userName | upper}", 12)]
    #[case("{userName | max:0}", 12)]
    #[case("{userName | lower | max:x}", 20)]
    fn says_where_it_is_wrong(#[case] text: &str, #[case] offset: usize) {
        assert_eq!(ValueTemplate::parse(text).unwrap_err().offset, offset);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[{}?|: a-c\u{e9}]{0,20}") {
            let _ = ValueTemplate::parse(&text);
        }

        #[test]
        fn plain_text_stands_for_itself(text in "[^{}]{1,20}") {
            prop_assert_eq!(rendered(&text, &[]), Some(text));
        }
    }
}
