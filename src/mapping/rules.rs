//! What the directory's schema says of one attribute, in the form in which codecs ask for it.

use crate::ldap::{
    AttributeDescription, Subschema,
    matching::{MatchingRule, Syntax},
};

/// An attribute's rules in the directory at hand (RFC 4512 section 4.1.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Whether the directory knows the attribute at all. A filter leaf on one it doesn't know is Undefined.
    pub known: bool,
    /// The EQUALITY rule, where it is one whose behaviour is known here.
    pub equality: Option<MatchingRule>,
    /// The ORDERING rule, likewise.
    pub ordering: Option<MatchingRule>,
    /// The SUBSTR rule, likewise.
    pub substring: Option<MatchingRule>,
    /// The syntax, where known.
    pub syntax: Option<Syntax>,
    /// SINGLE-VALUE.
    pub single_value: bool,
    /// Whether the directory can test bits of a whole number (1.2.840.113556.1.4.803).
    pub bitwise: bool,
    /// Whether the rules take a letter and its mark for the one character that is both (RFC 4518 section 2.3): Samba and 389
    /// Directory Server don't.
    pub composes: bool,
    /// Whether the rules take no character for another one that Unicode has twice, as K and the Kelvin sign: 389 Directory Server.
    pub literal: bool,
}

impl Rules {
    /// Looks `attribute` up. An attribute that the schema lacks has no rules and is not [`known`](Self::known).
    pub fn of(attribute: &AttributeDescription, schema: &Subschema) -> Self {
        match schema.attribute(attribute.type_name()) {
            None => Self {
                known: false,
                equality: None,
                ordering: None,
                substring: None,
                syntax: None,
                single_value: false,
                bitwise: false,
                composes: true,
                literal: false,
            },
            Some(found) => Self {
                known: true,
                equality: found.equality,
                ordering: found.ordering,
                substring: found.substring,
                syntax: found.syntax,
                single_value: found.definition.single_value,
                bitwise: tests_bits(attribute, found.syntax, schema),
                composes: schema.composes(),
                literal: schema.is_literal(),
            },
        }
    }
}

/// Whether bits of `attribute` can be tested: the directory has the rule, and says nothing against its use here.
fn tests_bits(attribute: &AttributeDescription, syntax: Option<Syntax>, schema: &Subschema) -> bool {
    let rule = MatchingRule::BitAnd.oid();
    matches!(syntax, Some(Syntax::Integer | Syntax::AdLargeInteger))
        && schema.rule(rule).is_some()
        && schema.rule_applies(rule, attribute.type_name()) != Some(false)
}
