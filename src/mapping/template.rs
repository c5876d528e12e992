//! Computed values: text with LDAP attributes in braces, such as `{givenName} {sn}`.

use crate::ldap::AttributeDescription;

/// A template for reading. A part whose attribute is absent is left out; a template none of whose attributes is there gives
/// nothing; blanks that are left over at the ends or doubled inside are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The parts, in order.
    pub parts: Vec<Part>,
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
