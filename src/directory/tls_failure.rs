//! Why no secure connection came about, in words that say what to do.

use std::io;

use ldap3::LdapError;
use rustls::CertificateError as Bad;

/// What `error`, with which securing a connection to `host` ended, means.
pub(super) fn explained(error: &LdapError, host: Option<&str>) -> String {
    match cause(error) {
        Some(Cause::Tls(rustls::Error::InvalidCertificate(bad))) => certificate(bad, host.unwrap_or_default()),
        Some(Cause::Tls(rustls::Error::InvalidMessage(_))) => {
            format!("{error} (this is no TLS: is the port one for ldaps://?)")
        }
        Some(Cause::Ended) => {
            format!(
                "{error} (the server ended the connection: does it speak TLS at this port, and does it want a client certificate?)"
            )
        }
        _ => error.to_string(),
    }
}

enum Cause<'a> {
    Tls(&'a rustls::Error),
    Ended,
}

fn cause(error: &LdapError) -> Option<Cause<'_>> {
    let LdapError::Io { source } = error else { return None };
    let tls = source.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let ended = matches!(source.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset);
    tls.map(Cause::Tls).or(ended.then_some(Cause::Ended))
}

fn certificate(bad: &Bad, host: &str) -> String {
    let why = match bad {
        Bad::UnknownIssuer => {
            "comes from an authority that isn't trusted here: name the authority's PEM file in `ca_file`".to_owned()
        }
        Bad::NotValidForName => format!("isn't for {host}: use a name in the URL that it is for"),
        Bad::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            format!(
                "isn't for {host}, nor for any other name: servers need a subjectAltName, a common name isn't enough"
            )
        }
        Bad::NotValidForNameContext { presented, .. } => {
            format!("isn't for {host}, but for {}: use one of its names in the URL", presented.join(", "))
        }
        Bad::Expired | Bad::ExpiredContext { .. } => format!("has expired: {bad}"),
        Bad::NotValidYet | Bad::NotValidYetContext { .. } => format!("isn't valid yet; are the clocks right? {bad}"),
        Bad::BadSignature => {
            "names a trusted authority, and wasn't signed by it: is `ca_file` an older or another authority's of the same name?"
                .to_owned()
        }
        Bad::Revoked => "has been revoked".to_owned(),
        other => format!("can't be used: {other}"),
    };
    format!("the server's certificate {why}")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use rustls_pki_types::{ServerName, UnixTime};

    use super::*;

    fn moment(seconds: u64) -> UnixTime {
        UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds))
    }

    fn not_for(presented: &[&str]) -> Bad {
        let expected = ServerName::try_from("ldap.example.com").unwrap();
        Bad::NotValidForNameContext { expected, presented: presented.iter().map(|name| (*name).to_owned()).collect() }
    }

    #[rstest]
    #[case(Bad::UnknownIssuer, "isn't trusted here: name the authority's PEM file in `ca_file`")]
    #[case(not_for(&["dc1.example.com"]), "isn't for ldap.example.com, but for dc1.example.com")]
    #[case(not_for(&[]), "subjectAltName")]
    #[case(Bad::ExpiredContext { time: moment(2), not_after: moment(1) }, "has expired")]
    #[case(Bad::NotValidYetContext { time: moment(1), not_before: moment(2) }, "are the clocks right")]
    #[case(Bad::BadSignature, "wasn't signed by it")]
    #[case(Bad::BadEncoding, "can't be used")]
    fn certificates_are_refused_in_words(#[case] bad: Bad, #[case] expected: &str) {
        let error = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::InvalidCertificate(bad));
        let text = explained(&LdapError::from(error), Some("ldap.example.com"));
        assert!(text.starts_with("the server's certificate ") && text.contains(expected), "{text}");
    }

    #[test]
    fn a_server_that_hangs_up_may_not_speak_tls() {
        let text = explained(&LdapError::from(io::Error::from(io::ErrorKind::UnexpectedEof)), None);
        assert!(text.contains("does it speak TLS at this port"), "{text}");
    }
}
