//! Which characters every directory compares as we do.
//!
//! SCIM's comparison here is on NFC text, without regard to case by simple paired mappings
//! ([`compare`](crate::scim::compare)); a directory's rule is on NFKC text with the Unicode tables it was built with, and it
//! drops blanks. A bound may rely only on what holds for both.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

use crate::scim::compare::lower as fold_char;

/// Whether `c` has another case, by the mapping that SCIM's comparison uses.
fn has_case(c: char) -> bool {
    fold_char(c) != c || c.to_uppercase().next().is_some_and(|upper| upper != c && fold_char(upper) == c)
}

/// Cased letters whose case mapping is as old as Unicode 1.1, and so known to every directory.
fn long_known(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{17F}' | '\u{386}'..='\u{3CE}'
        // U+0400, U+040D and their small letters came with Unicode 3.0: 389 Directory Server doesn't know them.
        | '\u{401}'..='\u{40C}' | '\u{40E}'..='\u{44F}' | '\u{451}'..='\u{45C}' | '\u{45E}'..='\u{45F}'
        | '\u{1E00}'..='\u{1E95}' | '\u{1EA0}'..='\u{1EF9}')
}

/// Whether all texts that SCIM takes for equal to `text` are equal for a directory that ignores case as well.
pub(super) fn equal_in_any_directory(text: &str) -> bool {
    text.chars().all(|c| !has_case(c) || long_known(c))
}

/// Whether `text` has no letter with another case, so that ignoring case makes no difference.
pub(super) fn is_caseless(text: &str) -> bool {
    !text.chars().any(has_case)
}

/// Whether `c`, found inside a text, is found in the directory's normalised form of the text too, whatever stands beside it.
fn survives(c: char) -> bool {
    match c {
        ' '..='~' => true,
        // Letters without a compatibility mapping; the blank, the soft hyphen and the signs between them have one.
        // The dotted capital I is two letters in lower case for some and one for others.
        '\u{C0}'..='\u{12F}' | '\u{131}' | '\u{134}'..='\u{13E}' | '\u{141}'..='\u{148}' | '\u{14A}'..='\u{17E}' => {
            true
        }
        '\u{386}' | '\u{388}'..='\u{3CE}' => true,
        '\u{401}'..='\u{40C}' | '\u{40E}'..='\u{44F}' | '\u{451}'..='\u{45C}' | '\u{45E}'..='\u{45F}' => true,
        '\u{1E00}'..='\u{1E95}' | '\u{1EA0}'..='\u{1EF9}' => true,
        '\u{5D0}'..='\u{5EA}' | '\u{621}'..='\u{63A}' | '\u{641}'..='\u{64A}' => true,
        '\u{4E00}'..='\u{9FA5}' => true,
        // A syllable without a final consonant may take in a compatibility consonant behind it.
        '\u{AC00}'..='\u{D7A3}' => (u32::from(c) - 0xAC00) % 28 != 0,
        _ => false,
    }
}

/// The character that stands for `c` in NFC, if that is another one: no text in NFC has `c`.
fn canonical(c: char) -> Option<char> {
    let mut canonical = std::iter::once(c).nfc();
    canonical.next().filter(|one| *one != c && canonical.next().is_none())
}

/// Characters that Unicode has twice, by the one that SCIM's comparison makes of both: K and the Kelvin sign.
static TWINS: LazyLock<HashMap<char, Vec<char>>> = LazyLock::new(|| {
    let mut twins: HashMap<char, Vec<char>> = HashMap::new();
    let blocks = ['\u{340}'..='\u{3FF}', '\u{1F00}'..='\u{2FFF}', '\u{F900}'..='\u{FAFF}', '\u{2F800}'..='\u{2FA1F}'];
    for c in blocks.into_iter().flatten() {
        let Some(one) = canonical(c) else { continue };
        twins.entry(one).or_default().push(c);
        if fold_char(one) != one {
            twins.entry(fold_char(one)).or_default().push(c);
        }
    }
    twins
});

/// The most spellings of a text that a filter asks for.
const MOST_SPELLINGS: usize = 8;

/// All texts that are `text`, which is folded, to SCIM but not to a directory that takes characters as they stand; those that `admits`
/// the attribute alone. None where there are many.
pub(super) fn spellings(text: &str, admits: impl Fn(&str) -> bool) -> Option<Vec<String>> {
    let mut spellings = vec![String::new()];
    for c in text.chars() {
        let twins = TWINS.get(&c).map_or(&[][..], Vec::as_slice);
        let twins: Vec<char> = twins.iter().copied().filter(|twin| admits(twin.encode_utf8(&mut [0; 4]))).collect();
        if spellings.len() * (twins.len() + 1) > MOST_SPELLINGS {
            return None;
        }
        let with = |c: char| spellings.iter().map(move |start| format!("{start}{c}"));
        spellings = std::iter::once(c).chain(twins).flat_map(with).collect();
    }
    Some(spellings)
}

/// Whether `text` has marks that another order, or the letter before them, could hold.
pub(super) fn is_marked(text: &str) -> bool {
    text.chars().any(|c| decomposes(c) || canonical_combining_class(c) != 0)
}

/// Whether `c` has a twin.
fn has_twin(c: char) -> bool {
    TWINS.contains_key(&c)
}

/// Whether `c` can be written as a letter and its marks.
pub(super) fn decomposes(c: char) -> bool {
    !std::iter::once(c).nfd().eq(std::iter::once(c))
}

/// The parts of `text` that a directory's substring match is sure to find where SCIM finds `text`, with whether the first
/// part starts where `text` does and the last ends where it ends.
///
/// Unless the directory `composes`, what a letter and a mark could stand for as well is no part of any; nor is what has a twin, where it
/// takes characters as they stand (`literal`).
pub(super) fn pieces(text: &str, composes: bool, literal: bool) -> (Vec<String>, bool, bool) {
    let sure = |c: char| survives(c) && (composes || !decomposes(c)) && !(literal && has_twin(c));
    let survives = |c: char| sure(c) || canonical(c).is_some();
    let mut pieces: Vec<String> = Vec::new();
    let mut current = String::new();
    let characters: Vec<char> = text.chars().collect();
    for (place, &c) in characters.iter().enumerate() {
        let inner_blank = c == ' '
            && place > 0
            && characters.get(place + 1).is_some_and(|&next| next != ' ' && survives(next))
            && !current.is_empty();
        if (c != ' ' && survives(c)) || inner_blank {
            current.push(c);
        } else if !current.is_empty() {
            pieces.push(std::mem::take(&mut current));
        }
    }
    let ends = !current.is_empty();
    if ends {
        pieces.push(current);
    }
    let starts = characters.first().is_some_and(|&c| c != ' ' && survives(c));
    (pieces, starts, ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_old_alphabets_are_safe_and_new_case_pairs_are_not() {
        assert!(equal_in_any_directory("Müller Strauß Жук Ωμέγα 山田 🎉"));
        assert!(!equal_in_any_directory("\u{10D0}")); // Georgian got its capitals in Unicode 11
        assert!(!equal_in_any_directory("\u{450}") && !equal_in_any_directory("\u{45D}")); // Unicode 3.0
        assert_eq!(pieces("a\u{45D}b", true, false), (vec!["a".into(), "b".into()], true, true));
    }

    #[test]
    fn characters_that_unicode_has_twice_are_spelt_in_both_ways() {
        assert_eq!(spellings("ok", |_| true).unwrap(), ["ok", "o\u{212a}"]);
        assert_eq!(spellings("ok", str::is_ascii).unwrap(), ["ok"]);
        assert_eq!(spellings("kkkk", |_| true), None);
        assert!(spellings("abc \u{df}1", |_| true).is_some_and(|all| all.len() == 1));
        assert!(is_marked("e\u{301}") && is_marked("\u{e9}") && !is_marked("e"));
    }

    #[test]
    fn substrings_are_cut_where_directories_may_differ() {
        assert_eq!(pieces("Zo\u{eb} B", false, false), (vec!["Zo".into(), "B".into()], true, true));
        assert_eq!(pieces("foo bar", true, false), (vec!["foo bar".into()], true, true));
        assert_eq!(pieces(" foo  bar ", true, false), (vec!["foo".into(), "bar".into()], false, false));
        assert_eq!(pieces("\u{FB01}x", true, false), (vec!["x".into()], false, true));
        assert_eq!(pieces("  ", true, false), (vec![], false, false));
        assert_eq!(pieces("s\u{212a}y", false, false), (vec!["s\u{212a}y".into()], true, true));
        assert_eq!(pieces("sky", true, true), (vec!["s".into(), "y".into()], true, true));
    }
}
