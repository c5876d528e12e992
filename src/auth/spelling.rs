//! What is the same name to some directory, however it is spelt.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::ldap::dn::Dn;

/// One text for all the spellings of a DN that directories take for the same: they pass over case, spaces, compatible forms, and some over
/// accents and characters that aren't seen. Two entries may share one, never has one two: this is for counting alone.
pub(super) fn counted_as(dn: &Dn) -> String {
    // The key has the types' short names, and octets that no name has between its parts.
    let key = dn.key();
    let plain = String::from_utf8_lossy(key.as_bytes());
    let letters = plain.nfkd().filter(|letter| !is_combining_mark(*letter));
    let folded = letters.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    folded.filter(|it| it.is_alphanumeric() || it.is_ascii_punctuation() || it.is_ascii_control()).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::auth::PersonName;

    fn counted(user: &str) -> String {
        counted_as(&PersonName::parse("uid={user},ou=people,dc=example,dc=com").unwrap().of(user))
    }

    #[rstest]
    #[case("BOB")]
    #[case(" bob")]
    #[case("bob  ")]
    #[case("\u{a0}bob\u{2003}")]
    #[case("\u{ff42}\u{ff4f}\u{ff42}")]
    #[case("\u{1d401}ob")]
    #[case("b\u{f6}b")]
    #[case("bo\u{308}b")]
    #[case("b\u{ad}o\u{200b}b\u{feff}")]
    fn the_spellings_of_a_name_count_together(#[case] spelling: &str) {
        assert_eq!(counted(spelling), counted("bob"));
    }

    #[rstest]
    #[case("bobb")]
    #[case("b-ob")]
    #[case("bob,ou=people")]
    #[case("bob+cn=x")]
    #[case("\u{431}\u{43e}\u{431}")]
    fn other_names_count_for_themselves(#[case] other: &str) {
        assert_ne!(counted(other), counted("bob"));
    }

    #[test]
    fn a_place_is_part_of_it_however_it_is_spelt() {
        let of = |template: &str| counted_as(&PersonName::parse(template).unwrap().of("bob"));
        assert_eq!(of("userid={user}, OU=People,dc=x"), of("uid={user},ou=people,dc=x"));
        assert_ne!(of("uid={user},ou=others,dc=x"), of("uid={user},ou=people,dc=x"));
    }
}
