//! String preparation: the form of a value in which a matching rule compares it (RFC 4518).
//!
//! Where RFC 4518 and OpenLDAP part, this does as slapd 2.5 was measured to do, because the results stand beside slapd's
//! own: every character is lower-cased by its simple mapping first and the text brought to NFKC then (`Σ` is `σ`, never
//! `ς`; `ß` isn't `ss`; a mathematical bold `A` folds to `A`, not `a`), and only U+0020 is a space when spaces are
//! squeezed (NFKC makes spaces of U+00A0 and its like before that).

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfkc};

/// Whether upper and lower case are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Case {
    /// `A` and `a` are the same.
    Ignore,
    /// `A` and `a` differ.
    Exact,
}

/// Which part of a value a text stands for: decides whether its outer spaces mean something (RFC 4518 section 2.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// A whole value.
    Whole,
    /// What a value starts with.
    Initial,
    /// What stands somewhere inside a value.
    Any,
    /// What a value ends with.
    Final,
}

/// Folds case and brings `text` to NFKC; ASCII in lower case costs nothing.
pub fn fold(text: &str, case: Case) -> Cow<'_, str> {
    match case {
        Case::Ignore if text.is_ascii() => {
            if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                Cow::Owned(text.to_ascii_lowercase())
            } else {
                Cow::Borrowed(text)
            }
        }
        Case::Ignore => {
            let lowered: String = text.chars().map(lower).collect();
            Cow::Owned(if is_nfkc(&lowered) { lowered } else { lowered.nfkc().collect() })
        }
        Case::Exact if text.is_ascii() || is_nfkc(text) => Cow::Borrowed(text),
        Case::Exact => Cow::Owned(text.nfkc().collect()),
    }
}

/// The simple lower-case mapping: one character for one character.
pub fn lower(character: char) -> char {
    if character == '\u{130}' {
        return 'i';
    }
    let mut mapped = character.to_lowercase();
    match (mapped.next(), mapped.next()) {
        (Some(single), None) => single,
        _ => character,
    }
}

/// Squeezes runs of spaces to one and drops those at the outer ends that mean nothing in this part of a value.
///
/// A text of spaces alone becomes one space (none at a value's end, where it matches everything).
pub fn squeeze_spaces(text: &str, part: Part) -> Cow<'_, str> {
    let keep_leading = matches!(part, Part::Any | Part::Final);
    let keep_trailing = matches!(part, Part::Initial | Part::Any);
    let settled = !text.contains("  ")
        && (keep_leading || !text.starts_with(' '))
        && (keep_trailing || !text.ends_with(' '))
        && text != " ";
    if settled {
        return Cow::Borrowed(text);
    }
    let mut squeezed = String::with_capacity(text.len());
    let mut after_space = !keep_leading;
    for character in text.chars() {
        if character != ' ' || !after_space {
            squeezed.push(character);
        }
        after_space = character == ' ';
    }
    if squeezed.is_empty() {
        squeezed.push(' ');
    } else if after_space && !keep_trailing {
        squeezed.pop();
    }
    Cow::Owned(squeezed)
}

/// Both steps: the prepared form of `text` as `part` of a value.
pub fn prepare(text: &str, case: Case, part: Part) -> Cow<'_, str> {
    match fold(text, case) {
        Cow::Borrowed(folded) => squeeze_spaces(folded, part),
        Cow::Owned(folded) => match squeeze_spaces(&folded, part) {
            Cow::Borrowed(_) => Cow::Owned(folded),
            Cow::Owned(squeezed) => Cow::Owned(squeezed),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Barbara  Jensen ", "barbara jensen")]
    #[case("STRASSE", "strasse")]
    #[case("Straße", "straße")]
    #[case("ΕΛΛΆΣ", "ελλάσ")]
    #[case("Ελλάς", "ελλάς")]
    #[case("\u{1D400}", "A")]
    #[case("A\u{30A}", "å")]
    #[case("a\u{A0} b", "a b")]
    #[case("\u{130}", "i")]
    #[case("   ", " ")]
    #[case("", "")]
    #[case("a\tb", "a\tb")]
    fn prepares_as_slapd_does(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(prepare(text, Case::Ignore, Part::Whole), expected);
    }

    #[rstest]
    #[case(Part::Whole, "a b")]
    #[case(Part::Initial, "a b ")]
    #[case(Part::Any, " a b ")]
    #[case(Part::Final, " a b")]
    fn keeps_the_spaces_that_mean_something(#[case] part: Part, #[case] expected: &str) {
        assert_eq!(squeeze_spaces("  a   b  ", part), expected);
    }

    #[test]
    fn case_counts_when_it_is_exact() {
        assert_eq!(prepare(" A  b", Case::Exact, Part::Whole), "A b");
        assert_eq!(prepare("\u{FB01}", Case::Exact, Part::Whole), "fi");
    }

    proptest! {
        #[test]
        fn preparing_exactly_twice_changes_nothing(text in "\\PC*") {
            let once = prepare(&text, Case::Exact, Part::Whole).into_owned();
            prop_assert_eq!(prepare(&once, Case::Exact, Part::Whole), once.as_str());
        }

        #[test]
        fn ascii_takes_no_other_way_than_unicode(text in "[ -~]*") {
            let slow: String = text.chars().map(lower).nfkc().collect();
            prop_assert_eq!(fold(&text, Case::Ignore), slow.as_str());
        }
    }
}
