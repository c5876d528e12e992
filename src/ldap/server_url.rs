//! Where a directory server listens: `ldap://`, `ldaps://` and `ldapi://` URLs (RFC 4516, without search parts).

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What of a socket's path is written as itself in an `ldapi` URL.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A directory server's address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LdapUrl {
    /// `ldap://host:port`: in clear, or secured by StartTLS. The port is 389 unless given.
    Plain {
        /// Host name or IP address, an IPv6 address without brackets.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// `ldaps://host:port`: TLS from the first octet. The port is 636 unless given.
    Tls {
        /// Host name or IP address, an IPv6 address without brackets.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// `ldapi://%2Fpath%2Fto%2Fsocket`: a Unix domain socket.
    Unix {
        /// The socket's path.
        path: PathBuf,
    },
}

/// Why a text is no address of a directory server. None repeats the text, which may hold a password where none belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLdapUrl {
    /// Neither `ldap`, `ldaps` nor `ldapi`.
    #[error("must begin with ldap://, ldaps:// or ldapi://")]
    Scheme,
    /// No host, or one with characters that no host has.
    #[error("needs a host name or IP address after ://")]
    Host,
    /// The port isn't a number from 1 to 65535.
    #[error("the port isn't a number from 1 to 65535")]
    Port,
    /// The socket's path is empty or not percent-encoded UTF-8.
    #[error("needs the socket's path with %2F for each slash: ldapi://%2Frun%2Fslapd%2Fldapi")]
    Path,
    /// Something stands beside the host: a user, a base, attributes or a filter.
    #[error("must have nothing but a host and perhaps a port after ://")]
    Rest,
}

impl LdapUrl {
    /// The host, where there is one.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Plain { host, .. } | Self::Tls { host, .. } => Some(host),
            Self::Unix { .. } => None,
        }
    }

    /// Whether what is sent stays on this machine: a socket or a loopback address.
    pub fn is_local(&self) -> bool {
        match self.host() {
            None => true,
            Some(host) => {
                host.eq_ignore_ascii_case("localhost")
                    || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        }
    }

    /// The socket's path, where it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Unix { path } => Some(path),
            Self::Plain { .. } | Self::Tls { .. } => None,
        }
    }
}

impl FromStr for LdapUrl {
    type Err = InvalidLdapUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.split_once("://").ok_or(InvalidLdapUrl::Scheme)?;
        if scheme.eq_ignore_ascii_case("ldapi") {
            return unix(rest);
        }
        let tls = scheme.eq_ignore_ascii_case("ldaps");
        if !tls && !scheme.eq_ignore_ascii_case("ldap") {
            return Err(InvalidLdapUrl::Scheme);
        }
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#', '@']) {
            return Err(InvalidLdapUrl::Rest);
        }
        let (host, port) = authority_parts(authority)?;
        Ok(match (tls, port) {
            (true, port) => Self::Tls { host, port: port.unwrap_or(636) },
            (false, port) => Self::Plain { host, port: port.unwrap_or(389) },
        })
    }
}

fn unix(rest: &str) -> Result<LdapUrl, InvalidLdapUrl> {
    let encoded = rest.strip_suffix('/').unwrap_or(rest);
    let path = percent_decode_str(encoded).decode_utf8().map_err(|_| InvalidLdapUrl::Path)?;
    if path.is_empty() || path.contains('\0') || encoded.contains(['/', '?', ':']) {
        return Err(InvalidLdapUrl::Path);
    }
    Ok(LdapUrl::Unix { path: PathBuf::from(path.as_ref()) })
}

fn authority_parts(authority: &str) -> Result<(String, Option<u16>), InvalidLdapUrl> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(bracketed) => {
            let (host, port) = bracketed.split_once(']').ok_or(InvalidLdapUrl::Host)?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| InvalidLdapUrl::Host)?;
            (host, port)
        }
        None => {
            let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
            if host.is_empty() || !host.bytes().all(allowed) {
                return Err(InvalidLdapUrl::Host);
            }
            (host, port)
        }
    };
    match port.strip_prefix(':') {
        None if port.is_empty() => Ok((host.to_owned(), None)),
        Some(digits) => match digits.parse::<u16>() {
            Ok(port) if port > 0 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Ok((host.to_owned(), Some(port)))
            }
            _ => Err(InvalidLdapUrl::Port),
        },
        None => Err(InvalidLdapUrl::Host),
    }
}

impl fmt::Display for LdapUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, host, port) = match self {
            Self::Unix { path } => {
                return write!(f, "ldapi://{}", utf8_percent_encode(&path.to_string_lossy(), IN_PATH));
            }
            Self::Plain { host, port } => ("ldap", host, port),
            Self::Tls { host, port } => ("ldaps", host, port),
        };
        if host.contains(':') { write!(f, "{scheme}://[{host}]:{port}") } else { write!(f, "{scheme}://{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ldap://localhost", "ldap://localhost:389")]
    #[case("LDAP://dc1.example.com:3890/", "ldap://dc1.example.com:3890")]
    #[case("ldaps://192.0.2.7", "ldaps://192.0.2.7:636")]
    #[case("ldaps://[::1]", "ldaps://[::1]:636")]
    #[case("ldap://[2001:db8::1]:1389/", "ldap://[2001:db8::1]:1389")]
    #[case("ldapi://%2Frun%2Fslapd%2Fldapi", "ldapi://%2Frun%2Fslapd%2Fldapi")]
    #[case("ldapi://%2ftmp%2fa%20b/", "ldapi://%2Ftmp%2Fa%20b")]
    fn addresses_print_in_full(#[case] text: &str, #[case] printed: &str) {
        let url: LdapUrl = text.parse().unwrap();
        assert_eq!(url.to_string(), printed);
        assert_eq!(printed.parse::<LdapUrl>().unwrap(), url);
    }

    #[rstest]
    #[case("localhost")]
    #[case("http://localhost")]
    #[case("ldap://")]
    #[case("ldap://:389")]
    #[case("ldap://host:0")]
    #[case("ldap://host:65536")]
    #[case("ldap://host:+1")]
    #[case("ldap://ho st")]
    #[case("ldap://user@host")]
    #[case("ldap://[::1")]
    #[case("ldap://[host]:1")]
    #[case("ldap://[::1]389")]
    #[case("ldap://host/dc=example,dc=com")]
    #[case("ldap://host?base")]
    #[case("ldapi://")]
    #[case("ldapi:///run/slapd/ldapi")]
    #[case("ldapi://%2Frun%2Fldapi:389")]
    #[case("ldapi://%FF")]
    fn other_texts_are_refused(#[case] text: &str) {
        assert!(text.parse::<LdapUrl>().is_err());
    }

    #[test]
    fn only_sockets_and_loopback_are_local() {
        let local = |text: &str| text.parse::<LdapUrl>().unwrap().is_local();
        assert!(
            local("ldap://127.0.0.1") && local("ldap://localhost") && local("ldap://[::1]") && local("ldapi://%2Fx")
        );
        assert!(!local("ldap://192.0.2.1") && !local("ldap://localhost.example.com"));
    }
}
