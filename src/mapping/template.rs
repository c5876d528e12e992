//! Computed values: text with LDAP attributes in braces, such as `{givenName} {sn}`.

use std::ops::Range;

use super::braces::{self, InvalidTemplate, Stretch, choices};
use crate::diagnostics::Span;
use crate::ldap::AttributeDescription;

/// A template for reading. A part whose attribute is absent is left out; a template none of whose attributes is there gives
/// nothing; blanks that are left over at the ends or doubled inside are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The parts, in order.
    pub parts: Vec<Part>,
    /// Where the mapping file has it.
    pub span: Option<Span>,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text as it stands.
    Literal(String),
    /// The first of these LDAP attributes that is there (`{displayName ?? cn}`).
    Attribute(Vec<AttributeDescription>),
}

impl Template {
    /// The text, given how to find an attribute's first value.
    pub fn render<'a>(&self, value: impl Fn(&AttributeDescription) -> Option<&'a str>) -> Option<String> {
        let mut text = String::new();
        let mut found = false;
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Attribute(choices) => {
                    if let Some(value) = choices.iter().find_map(&value) {
                        found = true;
                        text.push_str(value);
                    }
                }
            }
        }
        found.then(|| text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The LDAP attributes that it is made of.
    pub fn attributes(&self) -> impl Iterator<Item = &AttributeDescription> {
        self.parts.iter().flat_map(|part| match part {
            Part::Attribute(choices) => choices.as_slice(),
            Part::Literal(_) => &[],
        })
    }
}

/// A part of a template as written: names aren't attributes yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it stands.
    Literal(String),
    /// Names, each with its place in the text.
    Names(Vec<(String, Range<usize>)>),
}

impl Template {
    /// The pieces of a template's text: `{sn}`, `{displayName ?? cn}`, `{{` and `}}` for braces.
    ///
    /// # Errors
    /// Where a brace has no other, or holds no name; or where there is no name at all.
    pub fn parse(text: &str) -> Result<Vec<Piece>, InvalidTemplate> {
        let pieces: Vec<_> = braces::stretches(text)?
            .into_iter()
            .map(|stretch| match stretch {
                Stretch::Literal(literal) => Ok(Piece::Literal(literal)),
                Stretch::Braces(inner, offset) => {
                    choices(inner, offset, "an LDAP attribute's name is missing").map(Piece::Names)
                }
            })
            .collect::<Result<_, _>>()?;
        if pieces.iter().any(|piece| matches!(piece, Piece::Names(_))) {
            Ok(pieces)
        } else {
            Err(InvalidTemplate {
                offset: 0,
                reason: "the template names no LDAP attribute in braces; `const` is for constants",
            })
        }
    }
}

impl Piece {
    /// The part that this piece is, given how a name with its place becomes an attribute; none where one doesn't.
    pub fn compile(
        self,
        attribute: &mut dyn FnMut(&str, Range<usize>) -> Option<AttributeDescription>,
    ) -> Option<Part> {
        match self {
            Self::Literal(text) => Some(Part::Literal(text)),
            Self::Names(names) => {
                let choices: Vec<_> = names.into_iter().map(|(name, range)| attribute(&name, range)).collect();
                choices.into_iter().collect::<Option<_>>().map(Part::Attribute)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn template(text: &str) -> Result<Template, InvalidTemplate> {
        let pieces = Template::parse(text)?;
        let parts = pieces.into_iter().filter_map(|piece| piece.compile(&mut |name, _| name.parse().ok()));
        Ok(Template { parts: parts.collect(), span: None })
    }

    #[rstest]
    #[case("{givenName} {sn}", Some("Ada Lovelace"))]
    #[case("{title} {givenName}  {sn}", Some("Ada Lovelace"))]
    #[case("{displayName ?? cn}", Some("Ada"))]
    #[case("{title} of {o}", None)]
    #[case("{{{sn}}}", Some("{Lovelace}"))]
    fn renders(#[case] text: &str, #[case] expected: Option<&str>) {
        let rendered = template(text).unwrap().render(|attribute| match attribute.as_str() {
            "givenName" | "cn" => Some("Ada"),
            "sn" => Some("Lovelace"),
            _ => None,
        });
        assert_eq!(rendered.as_deref(), expected);
    }

    #[rstest]
    #[case("a {sn", 2)]
    #[case("a} {sn}", 1)]
    #[case("{}", 1)]
    #[case("x {givenName {sn}", 2)]
    #[case("{sn ?? }", 7)]
    #[case("plain", 0)]
    fn says_where_it_is_wrong(#[case] text: &str, #[case] offset: usize) {
        assert_eq!(template(text).unwrap_err().offset, offset);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[{}? a-cé]{0,20}") {
            let _ = template(&text);
        }
    }
}
