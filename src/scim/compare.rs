//! When two texts are equal, and which comes first (RFC 7644 section 3.4.2.2, RFC 7643 section 2.2 `caseExact`).
//!
//! Both sides are brought to Unicode normal form C, so that an accent typed in two ways is one letter; where case doesn't matter,
//! every character is then replaced by its simple lower-case mapping (one character for one character; a character without such a
//! mapping stays), and the result brought to form C again (`H` with a line below becomes one letter in lower case). Order is that
//! of code points. No locale is involved, so every instance and every client sees the same.

use std::borrow::Cow;
use std::cmp::Ordering;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The form of `text` that stands for all texts equal to it.
pub fn fold(text: &str, case_exact: bool) -> Cow<'_, str> {
    if text.is_ascii() {
        let lower = !case_exact && text.bytes().any(|byte| byte.is_ascii_uppercase());
        return if lower { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) };
    }
    match (is_nfc_quick(text.chars()) == IsNormalized::Yes, case_exact) {
        (true, true) => Cow::Borrowed(text),
        (true, false) => Cow::Owned(text.chars().map(lower).nfc().collect()),
        (false, true) => Cow::Owned(text.nfc().collect()),
        (false, false) => Cow::Owned(text.nfc().map(lower).nfc().collect()),
    }
}

/// Whether two texts are equal.
pub fn equal(a: &str, b: &str, case_exact: bool) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return if case_exact { a == b } else { a.eq_ignore_ascii_case(b) };
    }
    fold(a, case_exact) == fold(b, case_exact)
}

/// Whether `part` occurs in `text`.
pub fn contains(text: &str, part: &str, case_exact: bool) -> bool {
    fold(text, case_exact).contains(fold(part, case_exact).as_ref())
}

/// Whether `text` starts with `part`.
pub fn starts_with(text: &str, part: &str, case_exact: bool) -> bool {
    fold(text, case_exact).starts_with(fold(part, case_exact).as_ref())
}

/// Whether `text` ends with `part`.
pub fn ends_with(text: &str, part: &str, case_exact: bool) -> bool {
    fold(text, case_exact).ends_with(fold(part, case_exact).as_ref())
}

/// Which text comes first.
pub fn order(a: &str, b: &str, case_exact: bool) -> Ordering {
    fold(a, case_exact).as_ref().cmp(fold(b, case_exact).as_ref())
}

/// The lower-case letter of a simple pair of letters; the character itself where lower case takes more than one character or
/// isn't the way back of upper case (`ẞ`): such letters are newer than many directories, which can't find them.
pub fn lower(character: char) -> char {
    match single(character.to_lowercase()) {
        Some(lower) if single(lower.to_uppercase()) == Some(character) => lower,
        _ => character,
    }
}

fn single(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    mapped.next().filter(|_| mapped.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("Straße", "STRAßE", false, true)]
    #[case("Straße", "STRASSE", false, false)]
    #[case("Éa", "e\u{301}A", false, true)]
    #[case("Éa", "E\u{301}a", true, true)]
    #[case("Éa", "éa", true, false)]
    #[case("İ", "i", false, false)]
    #[case("Σ", "σ", false, true)]
    #[case("\u{212A}", "k", false, true)]
    #[case("STRA\u{1E9E}E", "straße", false, false)]
    #[case("a", "A", false, true)]
    #[case("a", "A", true, false)]
    #[case("é", "e", false, false)]
    fn equality(#[case] a: &str, #[case] b: &str, #[case] case_exact: bool, #[case] expected: bool) {
        assert_eq!(equal(a, b, case_exact), expected);
        assert_eq!(order(a, b, case_exact) == Ordering::Equal, expected);
    }

    #[rstest]
    #[case("Müller", "ÜLL", true, false, false)]
    #[case("Müller", "MÜ", true, true, false)]
    #[case("Müller", "u\u{308}LLER", true, false, true)]
    #[case("Müller", "u", false, false, false)]
    #[case("x", "", true, true, true)]
    fn parts(#[case] text: &str, #[case] part: &str, #[case] inside: bool, #[case] start: bool, #[case] end: bool) {
        assert_eq!(contains(text, part, false), inside);
        assert_eq!(starts_with(text, part, false), start);
        assert_eq!(ends_with(text, part, false), end);
    }

    #[test]
    fn order_is_by_code_point_of_the_folded_text() {
        let mut names = ["Zoe", "adam", "Émile", "eve", "Bob", "𐐷", "\u{ffee}"];
        names.sort_by(|a, b| order(a, b, false));
        assert_eq!(names, ["adam", "Bob", "eve", "Zoe", "Émile", "\u{ffee}", "𐐷"]);
        names.sort_by(|a, b| order(a, b, true));
        assert_eq!(names, ["Bob", "Zoe", "adam", "eve", "Émile", "\u{ffee}", "𐐷"]);
    }

    proptest! {
        #[test]
        fn equality_is_equality_of_folds(a in "\\PC{0,6}", b in "\\PC{0,6}", case_exact: bool) {
            prop_assert_eq!(equal(&a, &b, case_exact), fold(&a, case_exact) == fold(&b, case_exact));
        }

        #[test]
        fn shortcuts_agree_with_the_definition(text in "\\PC{0,8}", case_exact: bool) {
            let long: String = text.nfc().map(|c| if case_exact { c } else { lower(c) }).nfc().collect();
            prop_assert_eq!(fold(&text, case_exact).into_owned(), long);
        }

        #[test]
        fn what_is_equal_contains_and_starts_and_ends(text in "\\PC{0,8}") {
            let other = text.to_uppercase();
            if equal(&text, &other, false) {
                prop_assert!(contains(&text, &other, false) && starts_with(&text, &other, false) && ends_with(&text, &other, false));
            }
        }
    }
}
