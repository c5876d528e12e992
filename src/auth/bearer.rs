//! The `Authorization` header with a bearer token (RFC 6750 section 2.1).

/// The token in an `Authorization` header's value; the scheme's name may be in any case (RFC 9110 section 11.1).
/// `None` for another scheme
/// and for what can't be a token. Kinder than the grammar of RFC 6750 (`b64token`): all visible ASCII will do.
pub(super) fn token(header: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = header.split_at_checked(b"Bearer".len())?;
    if !scheme.eq_ignore_ascii_case(b"Bearer") || rest.first() != Some(&b' ') {
        return None;
    }
    let token = rest.trim_ascii();
    (!token.is_empty() && token.iter().all(u8::is_ascii_graphic)).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(b"Bearer abc", Some("abc"))]
    #[case(b"bearer abc", Some("abc"))]
    #[case(b"BEARER   a-._~+/=  ", Some("a-._~+/="))]
    #[case(b"Bearer", None)]
    #[case(b"Bearer ", None)]
    #[case(b"Bearerabc", None)]
    #[case(b"Bearer a b", None)]
    #[case(b"Bearer s3cr3t!", Some("s3cr3t!"))]
    #[case(b"Bearer a\xff", None)]
    #[case(b"Basic abc", None)]
    #[case(b"", None)]
    fn a_token_follows_the_scheme(#[case] header: &[u8], #[case] expected: Option<&str>) {
        assert_eq!(token(header), expected.map(str::as_bytes));
    }
}
