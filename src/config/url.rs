//! URLs as settings have them: what clients call the server, and where a directory listens.

use percent_encoding::percent_decode_str;

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

/// How a directory's URL says to reach it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    /// `ldap://` to another machine.
    Clear,
    /// `ldap://` to this machine.
    ClearLocal,
    /// `ldaps://`.
    Tls,
    /// `ldapi://`.
    Socket,
}

/// The transport of a directory's URL, or why it is no such URL.
pub(super) fn transport(text: &str) -> Result<Transport, &'static str> {
    let (scheme, rest) = text.split_once("://").ok_or("must begin with ldap://, ldaps:// or ldapi://")?;
    match scheme.to_ascii_lowercase().as_str() {
        "ldap" => host(rest).map(|local| if local { Transport::ClearLocal } else { Transport::Clear }),
        "ldaps" => host(rest).map(|_| Transport::Tls),
        "ldapi" => socket(rest).map(|()| Transport::Socket),
        _ => Err("must begin with ldap://, ldaps:// or ldapi://"),
    }
}

/// Whether `host[:port][/]` is this machine.
fn host(rest: &str) -> Result<bool, &'static str> {
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    if authority.contains(['/', '?', '#', '@']) {
        return Err("must have nothing but a host and perhaps a port after ://");
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']').ok_or("the IPv6 address lacks its closing bracket")?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port_is_good = port.is_empty()
        || port
            .strip_prefix(':')
            .is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()) && p.parse::<u16>().is_ok_and(|p| p > 0));
    if !port_is_good {
        return Err("the port isn't a number from 1 to 65535");
    }
    if authority.starts_with('[') {
        return host
            .parse::<std::net::Ipv6Addr>()
            .map(|a| a.is_loopback())
            .map_err(|_| "not an IPv6 address in the brackets");
    }
    if host.is_empty() || !host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')) {
        return Err("needs a host name or IP address after ://");
    }
    let loopback = host.parse::<std::net::IpAddr>().is_ok_and(|a| a.is_loopback());
    Ok(loopback || host.eq_ignore_ascii_case("localhost"))
}

fn socket(rest: &str) -> Result<(), &'static str> {
    let encoded = rest.strip_suffix('/').unwrap_or(rest);
    let path = percent_decode_str(encoded).decode_utf8().map_err(|_| "the socket's path isn't UTF-8")?;
    if path.is_empty() || path.contains('\0') || encoded.contains(['/', '?', ':']) {
        return Err("needs the socket's path with %2F for each slash: ldapi://%2Frun%2Fslapd%2Fldapi");
    }
    Ok(())
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

    #[rstest]
    #[case("ldap://ldap.example.com", Some(Transport::Clear))]
    #[case("LDAP://ldap.example.com:389/", Some(Transport::Clear))]
    #[case("ldap://127.0.0.1:3389", Some(Transport::ClearLocal))]
    #[case("ldap://localhost", Some(Transport::ClearLocal))]
    #[case("ldap://[::1]:389", Some(Transport::ClearLocal))]
    #[case("ldaps://[2001:db8::1]", Some(Transport::Tls))]
    #[case("ldapi://%2Frun%2Fslapd%2Fldapi", Some(Transport::Socket))]
    #[case("ldapi:///run/slapd", None)]
    #[case("ldapi://", None)]
    #[case("ldap://", None)]
    #[case("ldap://:389", None)]
    #[case("ldap://h:0", None)]
    #[case("ldap://h:+1", None)]
    #[case("ldap://h:70000", None)]
    #[case("ldap://h/dc=example,dc=com", None)]
    #[case("ldap://h?x", None)]
    #[case("ldap://[::1", None)]
    #[case("ldap://u@h", None)]
    #[case("http://h", None)]
    #[case("ldap.example.com", None)]
    fn directory_urls(#[case] text: &str, #[case] expected: Option<Transport>) {
        assert_eq!(transport(text).ok(), expected);
    }
}
