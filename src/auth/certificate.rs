//! Client certificates: what stands in one, and whose it is. The TLS layer has verified it before (RFC 5280).

use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

use crate::config;
use crate::ldap::Dn;
use crate::ldap::dn::{Ava, DnKey, Rdn};

/// What stands in a client's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The subject, in the form of RFC 4514.
    pub subject: String,
    key: Option<DnKey>,
    names: Vec<AlternativeName>,
    /// Until when it is valid, in seconds since 1970.
    until: i64,
}

/// A subject alternative name (RFC 5280 section 4.2.1.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlternativeName {
    /// A DNS name, in small letters.
    Dns(String),
    /// An e-mail address.
    Email(String),
    /// A URI.
    Uri(String),
    /// An IP address.
    Ip(IpAddr),
}

/// What a client's certificate is told by.
#[derive(Debug, Clone)]
pub struct CertificateRule {
    name: Option<AlternativeName>,
    subject: Option<DnKey>,
}

impl ClientCertificate {
    /// Reads a certificate in DER; nothing for what is none.
    pub fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let subject = dn(certificate.subject());
        let extension = certificate.subject_alternative_name().ok()?;
        let names =
            extension.map_or_else(Vec::new, |names| names.value.general_names.iter().filter_map(name).collect());
        let key = subject.as_ref().filter(|dn| !dn.is_root()).map(Dn::key);
        let until = certificate.validity().not_after.timestamp();
        Some(Self { subject: subject.map(|dn| dn.to_string()).unwrap_or_default(), key, names, until })
    }

    /// Whether it is still valid at `time`.
    pub fn lasts(&self, time: SystemTime) -> bool {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_secs()).is_ok_and(|now| now <= self.until)
    }
}

impl AlternativeName {
    /// The name that a text means: what has a scheme is a URI, what has an `@` an address.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let scheme = text.split_once(':').map(|(scheme, _)| scheme);
        let is_scheme = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        };
        match text.parse() {
            Ok(address) => Self::Ip(address),
            Err(_) if scheme.is_some_and(is_scheme) => Self::Uri(text.to_owned()),
            Err(_) if text.contains('@') => Self::Email(text.to_owned()),
            Err(_) => Self::Dns(text.to_ascii_lowercase()),
        }
    }
}

impl CertificateRule {
    /// The rule of a client's settings.
    pub fn from_settings(settings: &config::Certificate) -> Self {
        Self {
            name: settings.san.as_deref().map(AlternativeName::parse),
            subject: settings.subject.as_deref().and_then(|subject| DnKey::of(subject).ok()),
        }
    }

    /// Whether the certificate is meant.
    pub fn matches(&self, certificate: &ClientCertificate) -> bool {
        let name = self.name.as_ref().is_none_or(|name| certificate.names.contains(name));
        let subject = self.subject.as_ref().is_none_or(|subject| certificate.key.as_ref() == Some(subject));
        // A rule about nothing means nobody.
        (self.name.is_some() || self.subject.is_some()) && name && subject
    }
}

fn name(name: &GeneralName<'_>) -> Option<AlternativeName> {
    match name {
        GeneralName::DNSName(name) => Some(AlternativeName::Dns(name.to_ascii_lowercase())),
        GeneralName::RFC822Name(name) => Some(AlternativeName::Email((*name).to_owned())),
        GeneralName::URI(name) => Some(AlternativeName::Uri((*name).to_owned())),
        GeneralName::IPAddress(octets) => {
            let four = <[u8; 4]>::try_from(*octets).map(IpAddr::from);
            four.or_else(|_| <[u8; 16]>::try_from(*octets).map(IpAddr::from)).ok().map(AlternativeName::Ip)
        }
        _ => None,
    }
}

/// An X.509 name as LDAP has it: the last RDN first. Nothing where a value is no text.
fn dn(name: &X509Name<'_>) -> Option<Dn> {
    let rdns = name.iter_rdn().map(|rdn| {
        let avas = rdn.iter().map(|attribute| {
            let oid = attribute.attr_type().to_id_string();
            Some(Ava::new(short_name(&oid).unwrap_or(&oid), attribute.as_str().ok()?))
        });
        Rdn::of(avas.collect::<Option<Vec<_>>>()?)
    });
    let mut rdns = rdns.collect::<Option<Vec<_>>>()?;
    rdns.reverse();
    Some(Dn::new(rdns))
}

/// What attribute types are called (RFC 4514 section 3), and two that certificates have besides.
fn short_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.4.3" => "CN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SanType};
    use rstest::rstest;

    use super::*;

    fn certificate() -> ClientCertificate {
        let mut parameters = CertificateParams::default();
        let mut name = DistinguishedName::new();
        name.push(DnType::OrganizationName, "Example, Inc.");
        name.push(DnType::OrganizationalUnitName, "services");
        name.push(DnType::CommonName, "hr");
        parameters.distinguished_name = name;
        parameters.subject_alt_names = vec![
            SanType::DnsName("HR.example.com".try_into().unwrap()),
            SanType::Rfc822Name("hr@example.com".try_into().unwrap()),
            SanType::URI("spiffe://example.com/hr".try_into().unwrap()),
            SanType::IpAddress("192.0.2.9".parse().unwrap()),
        ];
        let key = KeyPair::generate().unwrap();
        ClientCertificate::read(parameters.self_signed(&key).unwrap().der()).unwrap()
    }

    #[rstest]
    #[case(Some("hr.example.com"), None, true)]
    #[case(Some("hr@example.com"), None, true)]
    #[case(Some("spiffe://example.com/hr"), None, true)]
    #[case(Some("192.0.2.9"), None, true)]
    #[case(Some("example.com"), None, false)]
    #[case(Some("spiffe://example.com/other"), None, false)]
    #[case(None, Some("cn=HR,ou=Services,o=Example\\, Inc."), true)]
    #[case(None, Some("CN=hr,OU=services"), false)]
    #[case(None, Some("O=Example\\, Inc.,OU=services,CN=hr"), false)]
    #[case(Some("hr.example.com"), Some("CN=hr,OU=services,O=Example\\, Inc."), true)]
    #[case(Some("hr.example.com"), Some("CN=other"), false)]
    #[case(Some("other.example.com"), Some("CN=hr,OU=services,O=Example\\, Inc."), false)]
    #[case(None, None, false)]
    fn certificates_are_told_by_what_stands_in_them(
        #[case] name: Option<&str>,
        #[case] subject: Option<&str>,
        #[case] expected: bool,
    ) {
        let subject = subject.map(|subject| DnKey::of(subject).unwrap());
        let rule = CertificateRule { name: name.map(AlternativeName::parse), subject };
        assert_eq!(rule.matches(&certificate()), expected);
    }

    #[test]
    fn the_subject_is_written_as_ldap_has_it() {
        assert_eq!(certificate().subject, "CN=hr,OU=services,O=Example\\, Inc.");
    }

    #[test]
    fn what_is_no_certificate_is_not_read() {
        assert_eq!(ClientCertificate::read(b"certificate"), None);
    }

    #[test]
    fn a_certificate_lasts_until_its_end() {
        let mut certificate = certificate();
        certificate.until = 1_000;
        let after = |seconds| UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        assert!(certificate.lasts(after(1_000)));
        assert!(!certificate.lasts(after(1_001)));
    }
}
