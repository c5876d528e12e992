//! What TLS trusts and shows: a rustls configuration of our own, as ldap3's forgets all system authorities when one of
//! them can't be read.

use std::net::Ipv6Addr;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};

use super::TlsOptions;

/// Why TLS can't be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    #[error("can't read certificates from {0}: {1}")]
    Certificates(String, String),
    #[error("can't read the client key from {0}: {1}")]
    Key(String, String),
    #[error("no certificate authority is known: the system has none; name a CA file")]
    NoAuthorities,
    #[error("TLS can't be configured: {0}")]
    Configuration(String),
}

impl From<rustls::Error> for TlsError {
    fn from(error: rustls::Error) -> Self {
        Self::Configuration(error.to_string())
    }
}

/// The configuration for connecting to `host`; reads the files that `options` name.
pub(super) fn client_config(options: &TlsOptions, host: &str) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = verifier(options, host, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match (&options.client_certificate, &options.client_key) {
        (Some(chain), Some(key)) => builder.with_client_auth_cert(certificates(chain)?, private_key(key)?)?,
        _ => builder.with_no_client_auth(),
    };
    // An address isn't a name to ask for (RFC 6066 section 3).
    config.enable_sni = host.parse::<std::net::IpAddr>().is_err();
    Ok(config)
}

fn verifier(
    options: &TlsOptions,
    host: &str,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    if options.danger_accept_invalid_certificates {
        return Ok(Arc::new(AnyServer(provider.clone())));
    }
    let roots = match &options.ca_file {
        Some(path) => own_roots(path)?,
        None => system_roots()?,
    };
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|error| TlsError::Configuration(error.to_string()))?;
    Ok(match host.parse::<Ipv6Addr>() {
        Ok(address) => Arc::new(AtAddress { address, verifier }),
        Err(_) => verifier,
    })
}

fn own_roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots
            .add(certificate)
            .map_err(|error| TlsError::Certificates(path.display().to_string(), error.to_string()))?;
    }
    Ok(roots)
}

fn system_roots() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::debug!(%error, "a system certificate authority can't be read and is left out");
    }
    let mut roots = RootCertStore::empty();
    let (added, ignored) = roots.add_parsable_certificates(found.certs);
    tracing::debug!(added, ignored, "system certificate authorities");
    if roots.is_empty() { Err(TlsError::NoAuthorities) } else { Ok(roots) }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |error: String| TlsError::Certificates(path.display().to_string(), error);
    let found: Vec<_> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|error| failed(error.to_string()))?;
    if found.is_empty() { Err(failed("no certificate in the file".to_owned())) } else { Ok(found) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| TlsError::Key(path.display().to_string(), error.to_string()))
}

/// Verifies against an IPv6 address whatever name rustls was given: ldap3 can't hand over such an address.
#[derive(Debug)]
struct AtAddress {
    address: Ipv6Addr,
    verifier: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for AtAddress {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let name = ServerName::IpAddress(self.address.into());
        self.verifier.verify_server_cert(end_entity, intermediates, &name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Takes any certificate, for `danger_accept_invalid_certificates`; still checks that the server holds its key.
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use rstest::rstest;

    use super::*;

    /// A CA file and the certificate that it issued for `host`.
    fn issued(host: &str) -> (tempfile::NamedTempFile, CertificateDer<'static>) {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), authority.self_signed(&key).unwrap().pem()).unwrap();
        let server = CertificateParams::new(vec![host.to_owned()]).unwrap();
        let issuer = Issuer::new(authority, key);
        let certificate = server.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
        (file, certificate.der().clone())
    }

    /// Certificates are verified against the name that ldap3 hands over, and for IPv6 against the address.
    #[rstest]
    #[case("ldap.example.com", "ldap.example.com", "ldap.example.com", true)]
    #[case("ldap.example.com", "other.example.com", "other.example.com", false)]
    #[case("192.0.2.1", "192.0.2.1", "192.0.2.1", true)]
    #[case("::1", "::1", "address.invalid", true)]
    #[case("2001:db8::1", "::1", "address.invalid", false)]
    #[case("address.invalid", "::1", "address.invalid", false)]
    fn a_server_is_verified(
        #[case] issued_for: &str,
        #[case] host: &str,
        #[case] name: &'static str,
        #[case] ok: bool,
    ) {
        let (authority, certificate) = issued(issued_for);
        let options = TlsOptions { ca_file: Some(authority.path().to_owned()), ..TlsOptions::default() };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = verifier(&options, host, &provider).unwrap();
        let name = ServerName::try_from(name).unwrap();
        // rcgen's certificates are valid from 1975 to 4096.
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_800_000_000));
        assert_eq!(verifier.verify_server_cert(&certificate, &[], &name, &[], now).is_ok(), ok);
    }

    #[test]
    fn files_that_hold_nothing_are_errors() {
        let empty = tempfile::NamedTempFile::new().unwrap();
        let options = TlsOptions { ca_file: Some(empty.path().to_owned()), ..TlsOptions::default() };
        assert!(matches!(client_config(&options, "localhost"), Err(TlsError::Certificates(..))));
    }

    #[test]
    fn an_address_is_no_name_to_ask_for() {
        let (authority, _) = issued("::1");
        let options = TlsOptions { ca_file: Some(authority.path().to_owned()), ..TlsOptions::default() };
        assert!(!client_config(&options, "::1").unwrap().enable_sni);
        assert!(client_config(&options, "localhost").unwrap().enable_sni);
    }
}
