//! GET of a small document by HTTP or HTTPS.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST, USER_AGENT};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// How long it may take altogether.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest document, in bytes.
const LARGEST: usize = 1 << 20;

/// Where a document is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    url: Uri,
    ca_file: Option<PathBuf>,
}

impl Address {
    /// The document at `url`, whose server shows a certificate of the authorities in `ca_file`, or of one that the system trusts.
    pub(super) fn new(url: &Uri, ca_file: Option<PathBuf>) -> Self {
        Self { url: url.clone(), ca_file }
    }

    /// The document. Redirections aren't followed.
    pub(super) async fn get(&self) -> Result<Vec<u8>, String> {
        tokio::time::timeout(PATIENCE, self.fetched()).await.map_err(|_| "no answer in time".to_owned())?
    }

    async fn fetched(&self) -> Result<Vec<u8>, String> {
        let host = self.url.host().ok_or("no host in the URL")?.trim_matches(['[', ']']);
        let secured = self.url.scheme_str() == Some("https");
        let port = self.url.port_u16().unwrap_or(if secured { 443 } else { 80 });
        let stream = TcpStream::connect((host, port)).await.map_err(|error| error.to_string())?;
        if !secured {
            return self.ask(stream).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let connector = TlsConnector::from(Arc::new(config(self.ca_file.as_deref())?));
        self.ask(connector.connect(name, stream).await.map_err(|error| error.to_string())?).await
    }

    async fn ask(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<Vec<u8>, String> {
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        let driving = tokio::spawn(connection);
        let path = self.url.path_and_query().map_or("/", |path| path.as_str());
        let authority = self.url.authority().map_or("", |authority| authority.as_str());
        let request = Request::get(path)
            .header(HOST, authority)
            .header(ACCEPT, "application/json, application/jwk-set+json")
            .header(USER_AGENT, concat!("scimfront/", env!("CARGO_PKG_VERSION")))
            .body(Empty::<Bytes>::new())
            .map_err(|error| error.to_string())?;
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        if response.status() != StatusCode::OK {
            return Err(format!("it answers {}", response.status()));
        }
        let body = Limited::new(response.into_body(), LARGEST).collect().await.map_err(|error| error.to_string())?;
        driving.abort();
        Ok(body.to_bytes().to_vec())
    }
}

fn config(ca_file: Option<&Path>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    let authorities: Vec<CertificateDer<'static>> = match ca_file {
        Some(path) => CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect)
            .map_err(|error| format!("{}: {error}", path.display()))?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    roots.add_parsable_certificates(authorities);
    if roots.is_empty() {
        return Err("no certificate authority is known: name a `ca_file`".to_owned());
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(builder.map_err(|error| error.to_string())?.with_root_certificates(roots).with_no_client_auth())
}
