//! Guesses what was meant.

/// The one of `known` that `wrong` was probably meant to be, or nothing when none is near.
///
/// Case, `_`, `-` and `.` count for nothing; beyond that a third of the longer name's letters may differ, or `wrong` is a whole
/// word of the longer name (`password` of `bind_password`).
pub fn did_you_mean<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Quadratic in the length; nothing that long was a slip of a name.
    if wrong.len() > 100 {
        return None;
    }
    let bare = plain(wrong);
    known
        .filter(|candidate| *candidate != wrong)
        .filter_map(|candidate| Some((rank(wrong, &bare, candidate)?, candidate)))
        .min_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// How far `candidate` is, smaller is nearer; nothing when it is too far.
fn rank(wrong: &str, bare: &str, candidate: &str) -> Option<f64> {
    let other = plain(candidate);
    let letters = bare.chars().count().max(other.chars().count());
    let distance = strsim::damerau_levenshtein(bare, &other);
    if distance <= (letters / 3).max(usize::from(letters > 1 && distance < letters)) {
        #[allow(clippy::cast_precision_loss, reason = "a distance is a small number")]
        return Some(distance as f64 - strsim::jaro_winkler(bare, &other));
    }
    let is_word =
        wrong.len() >= 3 && candidate.split(['_', '-', '.', ':']).any(|word| word.eq_ignore_ascii_case(wrong));
    #[allow(clippy::cast_precision_loss, reason = "a length is a small number")]
    is_word.then_some(100.0 + letters as f64)
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | '.')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const KNOWN: &[&str] =
        &["listen", "base_url", "bind_dn", "bind_password", "bind_password_file", "urls", "uid", "cn"];

    #[rstest]
    #[case("lisen", Some("listen"))]
    #[case("baseUrl", Some("base_url"))]
    #[case("bind-dn", Some("bind_dn"))]
    #[case("url", Some("urls"))]
    #[case("uidd", Some("uid"))]
    #[case("password", Some("bind_password"))]
    #[case("bind_pasword_flie", Some("bind_password_file"))]
    #[case("sn", Some("cn"))]
    #[case("dn", Some("cn"))]
    #[case("xyzzy", None)]
    #[case("", None)]
    #[case("q", None)]
    fn finds_the_nearest(#[case] wrong: &str, #[case] expected: Option<&str>) {
        assert_eq!(did_you_mean(wrong, KNOWN.iter().copied()), expected);
    }

    #[test]
    fn never_the_name_itself_and_never_slow() {
        assert_eq!(did_you_mean("cn", ["cn"].into_iter()), None);
        let long = "x".repeat(1_000_000);
        assert_eq!(did_you_mean(&long, KNOWN.iter().copied()), None);
    }
}
