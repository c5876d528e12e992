//! Templates for writing: LDAP values made of SCIM attributes, such as `{name.formatted ?? userName | max:64}`.

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
}

impl ValueTemplate {
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

impl Function {
    fn apply(self, text: String) -> String {
        use unicode_normalization::UnicodeNormalization as _;
        match self {
            Self::LocalPart => text.split('@').next().unwrap_or_default().to_owned(),
            Self::Max(length) => text.chars().take(length).collect(),
            Self::Lower => text.to_lowercase(),
            Self::Ascii => text.nfkd().filter(char::is_ascii).collect(),
        }
    }
}
