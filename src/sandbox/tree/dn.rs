//! Writing attribute values into DNs.

/// The value as RFC 4514 section 2.4 writes it in a DN.
pub(crate) fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 4);
    let last = value.chars().count().saturating_sub(1);
    for (place, c) in value.chars().enumerate() {
        let special = matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';');
        let leading = place == 0 && matches!(c, '#' | ' ');
        let trailing = place == last && c == ' ';
        if special || leading || trailing {
            escaped.push('\\');
        }
        if c == '\0' { escaped.push_str("\\00") } else { escaped.push(c) }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Anna Brown", "Anna Brown")]
    #[case("Brown, Anna", "Brown\\, Anna")]
    #[case("a+b\"c\\d<e>f;g", "a\\+b\\\"c\\\\d\\<e\\>f\\;g")]
    #[case("#1#", "\\#1#")]
    #[case(" a ", "\\ a\\ ")]
    #[case(" ", "\\ ")]
    #[case("a=b*(c)", "a=b*(c)")]
    #[case("", "")]
    #[case("é\0", "é\\00")]
    fn values_are_escaped(#[case] value: &str, #[case] escaped: &str) {
        assert_eq!(escape(value), escaped);
    }
}
