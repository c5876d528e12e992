//! Search filters (RFC 4511 section 4.5.1.7), printed as RFC 4515 text.
//!
//! A filter is built from typed parts alone; a value reaches the text through one escaping function. The constants
//! [`Filter::True`] and [`Filter::False`] exist while a filter is composed and are folded away by the builders.

use std::fmt;

use super::AttributeDescription;

/// A search filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Matches every entry; never sent (servers differ on RFC 4526).
    True,
    /// Matches no entry; never sent.
    False,
    /// All of the filters match.
    And(Vec<Filter>),
    /// One of the filters matches.
    Or(Vec<Filter>),
    /// The filter doesn't match.
    Not(Box<Filter>),
    /// `(attribute=*)`
    Present(AttributeDescription),
    /// `(attribute=value)`
    Equality(AttributeDescription, Vec<u8>),
    /// `(attribute>=value)`
    GreaterOrEqual(AttributeDescription, Vec<u8>),
    /// `(attribute<=value)`
    LessOrEqual(AttributeDescription, Vec<u8>),
    /// `(attribute=initial*any*final)`
    Substring {
        /// The attribute.
        attribute: AttributeDescription,
        /// What a value starts with.
        initial: Option<Vec<u8>>,
        /// What follows in this order.
        any: Vec<Vec<u8>>,
        /// What a value ends with.
        last: Option<Vec<u8>>,
    },
    /// `(attribute:rule:=value)`
    Extensible {
        /// The attribute.
        attribute: AttributeDescription,
        /// The matching rule's name or OID.
        rule: String,
        /// The assertion value.
        value: Vec<u8>,
    },
}

impl Filter {
    /// The attributes that it speaks of, one as often as it is named.
    pub fn attributes(&self) -> Vec<&AttributeDescription> {
        match self {
            Self::True | Self::False => Vec::new(),
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::attributes).collect(),
            Self::Not(part) => part.attributes(),
            Self::Present(attribute)
            | Self::Equality(attribute, _)
            | Self::GreaterOrEqual(attribute, _)
            | Self::LessOrEqual(attribute, _)
            | Self::Substring { attribute, .. }
            | Self::Extensible { attribute, .. } => vec![attribute],
        }
    }

    /// The conjunction, flattened and with constants folded away.
    pub fn and(filters: impl IntoIterator<Item = Filter>) -> Self {
        let mut parts = Vec::new();
        for filter in filters {
            match filter {
                Self::True => {}
                Self::False => return Self::False,
                Self::And(inner) => inner.into_iter().for_each(|part| push_new(&mut parts, part)),
                other => push_new(&mut parts, other),
            }
        }
        match parts.len() {
            0 => Self::True,
            1 => parts.remove(0),
            _ => Self::And(parts),
        }
    }

    /// The disjunction, flattened and with constants folded away.
    pub fn or(filters: impl IntoIterator<Item = Filter>) -> Self {
        let mut parts = Vec::new();
        for filter in filters {
            match filter {
                Self::False => {}
                Self::True => return Self::True,
                Self::Or(inner) => inner.into_iter().for_each(|part| push_new(&mut parts, part)),
                other => push_new(&mut parts, other),
            }
        }
        match parts.len() {
            0 => Self::False,
            1 => parts.remove(0),
            _ => Self::Or(parts),
        }
    }

    /// The complement, with constants and double negation folded away.
    #[allow(clippy::should_implement_trait, reason = "stands beside `and` and `or`")]
    pub fn not(filter: Filter) -> Self {
        match filter {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Whether something composed is negated in it.
    pub fn negates_composed(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::negates_composed),
            Self::Not(part) => matches!(**part, Self::And(_) | Self::Or(_) | Self::Not(_)),
            _ => false,
        }
    }

    /// The same filter with negations of leaves alone.
    #[must_use]
    pub fn with_negated_leaves(&self) -> Self {
        match self {
            Self::And(parts) => Self::and(parts.iter().map(Self::with_negated_leaves)),
            Self::Or(parts) => Self::or(parts.iter().map(Self::with_negated_leaves)),
            Self::Not(part) => part.negated(),
            leaf => leaf.clone(),
        }
    }

    fn negated(&self) -> Self {
        match self {
            Self::And(parts) => Self::or(parts.iter().map(Self::negated)),
            Self::Or(parts) => Self::and(parts.iter().map(Self::negated)),
            Self::Not(part) => part.with_negated_leaves(),
            leaf => Self::not(leaf.clone()),
        }
    }
}

/// Keeps composed filters free of repetitions. Long lists (alternatives of ids) hold no repetitions and are not compared.
fn push_new(parts: &mut Vec<Filter>, part: Filter) {
    if parts.len() > 8 || !parts.contains(&part) {
        parts.push(part);
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

impl Filter {
    /// Appends the text. A search has its filter printed, for which formatting takes long.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::True => out.push_str("(&)"),
            Self::False => out.push_str("(|)"),
            Self::And(parts) => write_list(out, "(&", parts),
            Self::Or(parts) => write_list(out, "(|", parts),
            Self::Not(part) => write_list(out, "(!", std::slice::from_ref(&**part)),
            Self::Present(attribute) => write_leaf(out, attribute, &["=*"], b""),
            Self::Equality(attribute, value) => write_leaf(out, attribute, &["="], value),
            Self::GreaterOrEqual(attribute, value) => write_leaf(out, attribute, &[">="], value),
            Self::LessOrEqual(attribute, value) => write_leaf(out, attribute, &["<="], value),
            Self::Substring { attribute, initial, any, last } => {
                out.push('(');
                out.push_str(attribute.as_str());
                out.push('=');
                write_escaped(out, initial.as_deref().unwrap_or_default());
                out.push('*');
                for part in any {
                    write_escaped(out, part);
                    out.push('*');
                }
                write_escaped(out, last.as_deref().unwrap_or_default());
                out.push(')');
            }
            Self::Extensible { attribute, rule, value } => write_leaf(out, attribute, &[":", rule, ":="], value),
        }
    }
}

fn write_list(out: &mut String, start: &str, parts: &[Filter]) {
    out.push_str(start);
    parts.iter().for_each(|part| part.write(out));
    out.push(')');
}

fn write_leaf(out: &mut String, attribute: &AttributeDescription, operator: &[&str], value: &[u8]) {
    out.push('(');
    out.push_str(attribute.as_str());
    operator.iter().for_each(|part| out.push_str(part));
    write_escaped(out, value);
    out.push(')');
}

/// An assertion value as RFC 4515 text: everything but printable ASCII that means nothing there is escaped.
fn write_escaped(out: &mut String, value: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for &byte in value {
        if matches!(byte, 0x20..=0x7e) && !matches!(byte, b'*' | b'(' | b')' | b'\\') {
            out.push(char::from(byte));
        } else {
            out.push('\\');
            out.extend([byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)])));
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn negations_go_to_the_leaves() {
        let leaf = |name: &str| Filter::Present(name.parse().unwrap());
        let either = Filter::or([leaf("a"), Filter::not(leaf("b"))]);
        let filter = Filter::or([Filter::not(Filter::and([either, leaf("c")])), leaf("d")]);
        assert_eq!(filter.to_string(), "(|(!(&(|(a=*)(!(b=*)))(c=*)))(d=*))");
        assert_eq!(filter.with_negated_leaves().to_string(), "(|(&(!(a=*))(b=*))(!(c=*))(d=*))");
        assert!(filter.negates_composed());
        assert!(!filter.with_negated_leaves().negates_composed());
    }

    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn present(name: &str) -> Filter {
        Filter::Present(name.parse().unwrap())
    }

    fn equality(value: &[u8]) -> Filter {
        Filter::Equality("cn".parse().unwrap(), value.to_vec())
    }

    #[rstest]
    #[case(b"plain text-1.2,=<>~&|!", "(cn=plain text-1.2,=<>~&|!)")]
    #[case(b"*)(uid=*", "(cn=\\2a\\29\\28uid=\\2a)")]
    #[case(b"a\\b\0", "(cn=a\\5cb\\00)")]
    #[case("é".as_bytes(), "(cn=\\c3\\a9)")]
    #[case(b"\xff\x7f\n", "(cn=\\ff\\7f\\0a)")]
    #[case(b"", "(cn=)")]
    fn values_are_escaped(#[case] value: &[u8], #[case] text: &str) {
        assert_eq!(equality(value).to_string(), text);
    }

    #[test]
    fn every_kind_is_printed() {
        let cn = || "cn".parse::<AttributeDescription>().unwrap();
        let substring = |initial: Option<&[u8]>, any: &[&[u8]], last: Option<&[u8]>| Filter::Substring {
            attribute: cn(),
            initial: initial.map(<[u8]>::to_vec),
            any: any.iter().map(|part| part.to_vec()).collect(),
            last: last.map(<[u8]>::to_vec),
        };
        assert_eq!(present("cn;lang-de").to_string(), "(cn;lang-de=*)");
        assert_eq!(substring(Some(b"a*"), &[b"b", b"c"], Some(b"d")).to_string(), "(cn=a\\2a*b*c*d)");
        assert_eq!(substring(None, &[b"b"], None).to_string(), "(cn=*b*)");
        assert_eq!(substring(Some(b"a"), &[], None).to_string(), "(cn=a*)");
        assert_eq!(substring(None, &[], Some(b"z")).to_string(), "(cn=*z)");
        assert_eq!(Filter::GreaterOrEqual(cn(), b"(".to_vec()).to_string(), "(cn>=\\28)");
        assert_eq!(Filter::LessOrEqual(cn(), b"1".to_vec()).to_string(), "(cn<=1)");
        let extensible = Filter::Extensible { attribute: cn(), rule: "2.5.13.3".into(), value: b")".to_vec() };
        assert_eq!(extensible.to_string(), "(cn:2.5.13.3:=\\29)");
        assert_eq!(Filter::not(Filter::and([present("a"), present("b")])).to_string(), "(!(&(a=*)(b=*)))");
    }

    #[test]
    fn constants_are_folded_away() {
        assert_eq!(Filter::and([]), Filter::True);
        assert_eq!(Filter::or([]), Filter::False);
        assert_eq!(Filter::and([Filter::True, present("a")]), present("a"));
        assert_eq!(Filter::and([present("a"), Filter::False]), Filter::False);
        assert_eq!(Filter::or([Filter::False, present("a")]), present("a"));
        assert_eq!(Filter::or([present("a"), Filter::True]), Filter::True);
        assert_eq!(Filter::not(Filter::True), Filter::False);
        assert_eq!(Filter::not(Filter::not(present("a"))), present("a"));
    }

    #[test]
    fn lists_are_flat_and_free_of_repetitions() {
        let nested = Filter::and([present("a"), Filter::and([present("b"), present("a")]), present("c")]);
        assert_eq!(nested.to_string(), "(&(a=*)(b=*)(c=*))");
        let mixed = Filter::or([present("a"), Filter::and([present("a"), present("b")]), Filter::or([present("a")])]);
        assert_eq!(mixed.to_string(), "(|(a=*)(&(a=*)(b=*)))");
    }

    proptest! {
        #[test]
        fn no_value_changes_a_filters_shape(value in proptest::collection::vec(any::<u8>(), 0..16)) {
            let text = equality(&value).to_string();
            let inner = &text["(cn=".len()..text.len() - 1];
            prop_assert!(!inner.contains(['(', ')', '*', '\0']) && inner.is_ascii());
        }
    }
}
