//! Which characters every directory compares as we do.
//!
//! SCIM's comparison here is on NFC text, without regard to case by simple paired mappings
//! ([`compare`](crate::scim::compare)); a directory's rule is on NFKC text with the Unicode tables it was built with, and it
//! drops blanks. A bound may rely only on what holds for both.

use unicode_normalization::UnicodeNormalization as _;

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

/// Whether `c` can be written as a letter and its marks.
pub(super) fn decomposes(c: char) -> bool {
    !std::iter::once(c).nfd().eq(std::iter::once(c))
}

/// The parts of `text` that a directory's substring match is sure to find where SCIM finds `text`, with whether the first
/// part starts where `text` does and the last ends where it ends.
///
/// Unless the directory `composes`, what a letter and a mark could stand for as well is no part of any.
pub(super) fn pieces(text: &str, composes: bool) -> (Vec<String>, bool, bool) {
    let survives = |c: char| survives(c) && (composes || !decomposes(c));
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
        assert_eq!(pieces("a\u{45D}b", true), (vec!["a".into(), "b".into()], true, true));
    }

    #[test]
    fn substrings_are_cut_where_directories_may_differ() {
        assert_eq!(pieces("Zo\u{eb} B", false), (vec!["Zo".into(), "B".into()], true, true));
        assert_eq!(pieces("foo bar", true), (vec!["foo bar".into()], true, true));
        assert_eq!(pieces(" foo  bar ", true), (vec!["foo".into(), "bar".into()], false, false));
        assert_eq!(pieces("\u{FB01}x", true), (vec!["x".into()], false, true));
        assert_eq!(pieces("  ", true), (vec![], false, false));
    }
}
