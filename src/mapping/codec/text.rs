//! `string`: UTF-8 text as it stands. The codec of an attribute that names none.

use std::borrow::Cow;
use std::sync::Arc;

use super::info::CodecInfo;
use super::stable::{decomposes, equal_in_any_directory, is_caseless, is_marked, pieces, spellings};
use super::{Codec, Law, Leaf, Unencodable};
use crate::ldap::Filter;
use crate::ldap::matching::{MatchingRule, Syntax};
use crate::mapping::atom::Atom;
use crate::mapping::bounds::Bounds;
use crate::scim::compare;
use crate::scim::filter::typed::{Op, Operand};
use crate::scim::schema::AttributeKind;

/// See the [module](self).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Text;

/// What the language knows of it.
pub(super) static INFO: CodecInfo = CodecInfo {
    name: "string",
    doc: "Text as it stands. The codec of an attribute of type `string` or `reference` that names none.",
    types: &[AttributeKind::String, AttributeKind::Reference],
    parameters: &[],
    example: r#"displayName = "displayName""#,
    build: |_, _| Some(Arc::new(Text)),
};

impl Codec for Text {
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>> {
        std::str::from_utf8(stored).ok().filter(|text| !text.is_empty()).map(|text| Atom::Text(Cow::Borrowed(text)))
    }

    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable> {
        match value.as_text() {
            Some("") => Err(Unencodable("a directory can't hold the empty string".into())),
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => Err(Unencodable("the value is not a string".into())),
        }
    }

    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds {
        match op {
            Op::Present => presence(leaf),
            Op::Eq(Operand::Text(value)) => equality(value, leaf),
            Op::Co(value) => substring(value, leaf, Anchor::Anywhere),
            Op::Sw(value) => substring(value, leaf, Anchor::Start),
            Op::Ew(value) => substring(value, leaf, Anchor::End),
            Op::Gt(Operand::Text(_))
            | Op::Ge(Operand::Text(_))
            | Op::Lt(Operand::Text(_))
            | Op::Le(Operand::Text(_)) => {
                Bounds::at_most(present(leaf), format!("{} has no order that is SCIM's", leaf.attribute))
            }
            Op::Eq(_) | Op::Gt(_) | Op::Ge(_) | Op::Lt(_) | Op::Le(_) => Bounds::none(),
        }
    }
}

/// Where in a value a substring stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Anywhere,
    Start,
    End,
    /// It is the whole value.
    Both,
}

fn present(leaf: &Leaf<'_>) -> Filter {
    Filter::Present(leaf.attribute.clone())
}

/// A value that is empty or no UTF-8 is not served, so presence decides only where the syntax promises neither.
pub(super) fn presence(leaf: &Leaf<'_>) -> Bounds {
    match leaf.rules.syntax {
        Some(Syntax::Ia5String) if asserts_empty(leaf.rules.equality) => Bounds::between(
            Filter::and([present(leaf), Filter::not(leaf.equals(""))]),
            present(leaf),
            format!("{} may hold an empty value", leaf.attribute),
        ),
        Some(syntax) if is_text(syntax) => Bounds::exact(present(leaf)),
        _ => Bounds::at_most(present(leaf), format!("{} may hold values that are no text", leaf.attribute)),
    }
}

/// Whether the rule is one of text in IA5, whose empty value can be asserted.
fn asserts_empty(rule: Option<MatchingRule>) -> bool {
    matches!(rule, Some(MatchingRule::CaseIgnoreIa5 | MatchingRule::CaseExactIa5))
}

/// Whether values of the syntax are text with something in it.
fn is_text(syntax: Syntax) -> bool {
    matches!(
        syntax,
        Syntax::DirectoryString
            | Syntax::PrintableString
            | Syntax::TelephoneNumber
            | Syntax::NumericString
            | Syntax::CountryString
            | Syntax::PostalAddress
            | Syntax::FacsimileTelephoneNumber
            | Syntax::GeneralizedTime
            | Syntax::Integer
            | Syntax::AdLargeInteger
            | Syntax::Boolean
            | Syntax::Uuid
            | Syntax::Oid
            | Syntax::Csn
            | Syntax::BitString
            | Syntax::AdCaseIgnoreString
            | Syntax::AdCaseExactString
    )
}

/// The form of `value` that SCIM compares.
fn comparable<'a>(value: &'a str, leaf: &Leaf<'_>) -> Cow<'a, str> {
    compare::fold(value, leaf.case_exact)
}

pub(super) fn equality(value: &str, leaf: &Leaf<'_>) -> Bounds {
    let Some(rule) = leaf.rules.equality else {
        return Bounds::at_most(present(leaf), format!("{} has no EQUALITY rule", leaf.attribute));
    };
    let Some(syntax) = leaf.rules.syntax else {
        return Bounds::at_most(present(leaf), format!("{} has a syntax that is not known here", leaf.attribute));
    };
    let folded = comparable(value, leaf);
    let as_written = leaf.law == Law::Directory || syntax.admits(value.as_bytes());
    let assertion = if as_written { value } else { &folded };
    if value.is_empty() || !syntax.admits(assertion.as_bytes()) {
        return Bounds::none(); // no value that the syntax allows is equal to it
    }
    let filter = Filter::Equality(leaf.attribute.clone(), assertion.as_bytes().to_vec());
    if leaf.law == Law::Directory {
        return Bounds::exact(filter);
    }
    if !leaf.case_exact && !ignores_case(rule) && !is_caseless(&folded) {
        return Bounds::at_most(
            present(leaf),
            format!("{} is case-sensitive in the directory and not in SCIM", leaf.attribute),
        );
    }
    if !equal_in_any_directory(&folded) {
        return Bounds::at_most(present(leaf), "the value has letters whose case directories disagree on");
    }
    if !leaf.rules.composes && folded.chars().any(decomposes) || leaf.rules.literal && is_marked(&folded) {
        return substring(value, leaf, Anchor::Both);
    }
    let filter = match as_it_stands(&folded, leaf) {
        Standing::Once => filter,
        Standing::Spelt(all) => {
            Filter::or(all.into_iter().map(|text| Filter::Equality(leaf.attribute.clone(), text.into_bytes())))
        }
        Standing::Many => return substring(value, leaf, Anchor::Both),
    };
    Bounds::at_most(
        filter,
        ["the directory's equality of ", leaf.attribute.as_str(), " is coarser than SCIM's"].concat(),
    )
}

pub(super) fn substring(value: &str, leaf: &Leaf<'_>, anchor: Anchor) -> Bounds {
    if value.is_empty() {
        return presence(leaf);
    }
    let Some(rule) = leaf.rules.substring else {
        return Bounds::at_most(present(leaf), format!("{} has no SUBSTR rule", leaf.attribute));
    };
    let folded = comparable(value, leaf);
    if !leaf.case_exact && !ignores_case(rule) && !is_caseless(&folded) {
        return Bounds::at_most(
            present(leaf),
            format!("{} is case-sensitive in the directory and not in SCIM", leaf.attribute),
        );
    }
    // What a `*` stands for has no line break in 389 Directory Server: such a text is found by one of its lines.
    let line = folded.split('\n').max_by_key(|line| line.len()).unwrap_or_default();
    let anchor = if line.len() < folded.len() { Anchor::Anywhere } else { anchor };
    let filters = match as_it_stands(line, leaf) {
        Standing::Spelt(all) => all.iter().map(|line| parts_of(line, leaf, rule, anchor, false)).collect(),
        Standing::Once => vec![parts_of(line, leaf, rule, anchor, false)],
        Standing::Many => vec![parts_of(line, leaf, rule, anchor, true)],
    };
    match filters.into_iter().collect::<Result<Vec<Filter>, String>>() {
        Ok(filters) => Bounds::at_most(
            Filter::or(filters),
            format!("the directory's substring match of {} is coarser than SCIM's", leaf.attribute),
        ),
        Err(why) => Bounds::at_most(present(leaf), why),
    }
}

/// The filter for the parts of `line` that the directory is sure to find; without any, why there is none.
fn parts_of(line: &str, leaf: &Leaf<'_>, rule: MatchingRule, anchor: Anchor, twins: bool) -> Result<Filter, String> {
    let (parts, starts, ends) = pieces(line, leaf.rules.composes, twins);
    let mut parts: Vec<Vec<u8>> =
        parts.iter().map(|part| significant(part, rule)).filter(|part| !part.is_empty()).collect();
    if leaf.rules.syntax.is_none_or(|syntax| !parts.iter().all(|part| syntax.admits(part))) {
        return Err(format!("{} can't hold that text as it stands", leaf.attribute));
    }
    let at_start = matches!(anchor, Anchor::Start | Anchor::Both);
    let initial = (at_start && starts && !parts.is_empty()).then(|| parts.remove(0));
    let last = (matches!(anchor, Anchor::End | Anchor::Both) && ends).then(|| parts.pop()).flatten();
    if initial.is_none() && last.is_none() && parts.is_empty() {
        return Err("no part of the text is sure to be found by the directory".to_owned());
    }
    Ok(Filter::Substring { attribute: leaf.attribute.clone(), initial, any: parts, last })
}

/// How a text may stand in a directory that takes characters as they stand.
enum Standing {
    /// In one way; in any, where the directory doesn't mind.
    Once,
    /// In these.
    Spelt(Vec<String>),
    /// In too many to be asked for.
    Many,
}

fn as_it_stands(folded: &str, leaf: &Leaf<'_>) -> Standing {
    let admits = |c: &str| leaf.rules.syntax.is_some_and(|syntax| syntax.admits(c.as_bytes()));
    match leaf.rules.literal.then(|| spellings(folded, admits)) {
        None => Standing::Once,
        Some(Some(all)) if all.len() == 1 => Standing::Once,
        Some(Some(all)) => Standing::Spelt(all),
        Some(None) => Standing::Many,
    }
}

/// What a rule looks at: telephone numbers are compared without blanks and hyphens, numeric strings without blanks.
fn significant(part: &str, rule: MatchingRule) -> Vec<u8> {
    match rule {
        MatchingRule::TelephoneNumberSubstrings => part.bytes().filter(|byte| !matches!(byte, b' ' | b'-')).collect(),
        MatchingRule::NumericStringSubstrings => part.bytes().filter(|byte| *byte != b' ').collect(),
        _ => part.as_bytes().to_vec(),
    }
}

/// Whether every directory's rule ignores case: slapd's for telephone numbers doesn't, though RFC 4517 asks it to.
fn ignores_case(rule: MatchingRule) -> bool {
    matches!(
        rule,
        MatchingRule::CaseIgnore
            | MatchingRule::CaseIgnoreIa5
            | MatchingRule::CaseIgnoreList
            | MatchingRule::CaseIgnoreSubstrings
            | MatchingRule::CaseIgnoreIa5Substrings
            | MatchingRule::CaseIgnoreListSubstrings
            | MatchingRule::NumericString
            | MatchingRule::NumericStringSubstrings
            | MatchingRule::Integer
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mapping::codec::laws::{self, Attribute};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn bounds_enclose(
            op in laws::text_op(laws::text()),
            stored in proptest::collection::vec(laws::text(), 1..3),
            case_exact: bool,
        ) {
            for name in ["cn", "mail", "loginShell", "telephoneNumber", "labeledURI", "postalAddress", "displayName", "memberUid"] {
                laws::bounds_enclose(&Text, &op, &Attribute::named(name).case_exact(case_exact), &stored);
            }
            laws::bounds_enclose(&Text, &op, &Attribute::octets().case_exact(case_exact), &stored);
        }

        #[test]
        fn octets_that_are_no_text_are_not_served(stored in proptest::collection::vec(any::<u8>(), 0..4)) {
            for op in laws::every_text_op("a") {
                for attribute in [Attribute::octets(), Attribute::named("jpegPhoto"), Attribute::named("mail")] {
                    laws::bounds_enclose(&Text, &op, &attribute, std::slice::from_ref(&stored));
                }
            }
        }

        #[test]
        fn what_is_stored_is_found(stored in laws::text(), case_exact: bool) {
            for op in laws::every_text_op(&stored) {
                for name in ["cn", "mail", "loginShell", "telephoneNumber"] {
                    laws::bounds_enclose(&Text, &op, &Attribute::named(name).case_exact(case_exact), std::slice::from_ref(&stored));
                }
            }
        }

        #[test]
        fn values_come_back(value in laws::text()) {
            laws::comes_back(&Text, &Atom::Text(value.into()));
        }
    }
}
