//! TLS on the listener: versions 1.2 and 1.3, HTTP/2 by ALPN, client certificates where an authority for them is named, and
//! certificates that are replaced while connections go on.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::server::{NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier};
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::peer::{Shown, Trust};
use crate::auth::ClientCertificate;
use crate::config;
use crate::config::{ClientCertificate as Demand, TlsVersion};
use crate::telemetry::catalogue::TLS_EXPIRY;

/// What a listener shows and trusts; its clones are the same.
#[derive(Debug, Clone)]
pub struct Tls(Arc<RwLock<Now>>);

#[derive(Debug)]
struct Now {
    material: TlsMaterial,
    /// Held by connections whose certificates were verified by it.
    trust: Trust,
}

/// What was read from the files that settings name.
#[derive(Debug, Clone)]
pub struct TlsMaterial {
    config: Arc<ServerConfig>,
    /// Who may issue clients' certificates.
    authorities: Vec<CertificateDer<'static>>,
    /// When the certificate expires, in seconds since 1970.
    expiry: Option<i64>,
}

/// Why TLS can't be used. Never shows a key.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file has no certificates.
    #[error("can't read certificates from `{0}`: {1}")]
    Certificates(PathBuf, String),
    /// A file has no private key.
    #[error("can't read a private key from `{0}`: {1}")]
    Key(PathBuf, String),
    /// They don't fit together.
    #[error("the certificate in `{0}` can't be used: {1}")]
    Unfit(PathBuf, String),
}

impl TlsMaterial {
    /// Reads the files; nothing where the settings name none.
    ///
    /// # Errors
    /// A file that can't be read or has something else, and a key that isn't the certificate's.
    pub fn load(settings: &config::Tls) -> Result<Option<Self>, TlsError> {
        let (Some(chain_file), Some(key_file)) = (&settings.certificate_file, &settings.key_file) else {
            return Ok(None);
        };
        let unfit = |error: &dyn std::fmt::Display| TlsError::Unfit(chain_file.clone(), error.to_string());
        let chain = certificates(chain_file)?;
        let expiry = chain.first().and_then(|leaf| expiry(leaf));
        let key = PrivateKeyDer::from_pem_file(key_file)
            .map_err(|error| TlsError::Key(key_file.clone(), error.to_string()))?;
        let authorities = settings.client_ca_file.as_deref().map_or(Ok(Vec::new()), certificates)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions = match settings.min_version {
            TlsVersion::V1_2 => &[&TLS13, &TLS12][..],
            TlsVersion::V1_3 => &[&TLS13],
        };
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions);
        let builder = builder.map_err(|error| unfit(&error))?.with_client_cert_verifier(clients(
            settings,
            &authorities,
            provider,
        )?);
        let mut config = builder.with_single_cert(chain, key).map_err(|error| unfit(&error))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Some(Self { config: Arc::new(config), authorities, expiry }))
    }
}

impl Tls {
    /// Shows and trusts this.
    pub fn new(material: TlsMaterial) -> Self {
        tell(&material);
        Self(Arc::new(RwLock::new(Now { material, trust: Trust::default() })))
    }

    /// Shows and trusts this on connections from now on. Where others are trusted than before, certificates that were shown on
    /// connections which are still open count no more.
    pub fn replace(&self, material: TlsMaterial) {
        tell(&material);
        let mut now = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if now.material.authorities != material.authorities {
            std::mem::take(&mut now.trust).end();
        }
        now.material = material;
    }

    /// Shakes hands with a client, which may take this long, and says what certificate it showed.
    pub(super) async fn accept(
        &self,
        stream: TcpStream,
        patience: Duration,
    ) -> io::Result<(TlsStream<TcpStream>, Option<Shown>)> {
        let (config, trust) = {
            let now = self.0.read().unwrap_or_else(PoisonError::into_inner);
            (Arc::clone(&now.material.config), now.trust.clone())
        };
        let accepted = tokio::time::timeout(patience, TlsAcceptor::from(config).accept(stream)).await;
        let stream = accepted.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let certificate = shown.and_then(|leaf| ClientCertificate::read(leaf));
        let shown = certificate.map(|certificate| Shown::new(certificate, trust));
        Ok((stream, shown))
    }
}

fn tell(material: &TlsMaterial) {
    if let Some(expiry) = material.expiry {
        TLS_EXPIRY.level(&[]).set(expiry as f64);
    }
}

/// Who may show which certificate.
fn clients(
    settings: &config::Tls,
    authorities: &[CertificateDer<'static>],
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let Some(file) = &settings.client_ca_file else { return Ok(Arc::new(NoClientAuth)) };
    let failed = |error: &dyn std::fmt::Display| TlsError::Certificates(file.clone(), error.to_string());
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots.add(authority.clone()).map_err(|error| failed(&error))?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = match settings.client_certificate {
        Demand::Optional => builder.allow_unauthenticated(),
        Demand::Required => builder,
    };
    let verifier = builder.build().map_err(|error| failed(&error))?;
    Ok(verifier)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |error: String| TlsError::Certificates(file.to_owned(), error);
    let read = CertificateDer::pem_file_iter(file).map_err(|error| failed(error.to_string()))?;
    let certificates = read.collect::<Result<Vec<_>, _>>().map_err(|error| failed(error.to_string()))?;
    if certificates.is_empty() { Err(failed("there is none in it".to_owned())) } else { Ok(certificates) }
}

fn expiry(der: &[u8]) -> Option<i64> {
    Some(X509Certificate::from_der(der).ok()?.1.validity().not_after.timestamp())
}
