//! What clients call the server, as settings have it.

/// `text` as a base URL without trailing slash, or why it is none.
pub(super) fn base_url(text: &str) -> Result<String, &'static str> {
    let uri: http::Uri = text.parse().map_err(|_| "not a URL")?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err("must begin with https:// or http://");
    };
    if !matches!(scheme, "http" | "https") {
        return Err("must begin with https:// or http://");
    }
    if authority.host().is_empty() || authority.as_str().contains('@') || authority.as_str().ends_with(':') {
        return Err("needs a host, perhaps a port, and no user");
    }
    if text.contains(['?', '#']) {
        return Err("must have neither query nor fragment");
    }
    Ok(format!("{scheme}://{authority}{}", uri.path().trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://scim.example.com", Some("https://scim.example.com"))]
    #[case("https://scim.example.com/", Some("https://scim.example.com"))]
    #[case("http://[::1]:8080/a/b//", Some("http://[::1]:8080/a/b"))]
    #[case("scim.example.com", None)]
    #[case("ftp://scim.example.com", None)]
    #[case("https://", None)]
    #[case("https://u:p@scim.example.com", None)]
    #[case("https://scim.example.com?x", None)]
    #[case("https://scim.example.com#x", None)]
    #[case("https://scim.example.com/a b", None)]
    #[case("https:///x", None)]
    #[case("", None)]
    fn base_urls(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(base_url(text).ok().as_deref(), expected);
    }
}
