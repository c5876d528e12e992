//! What the server itself asks others by HTTP or HTTPS: a document of theirs, or to take one. One connection a request, no redirections.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST, HeaderValue, USER_AGENT};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
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

/// The largest answer, in bytes.
const LARGEST: usize = 1 << 20;

/// Where a document is, or goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    url: Uri,
    ca_file: Option<PathBuf>,
}

impl Address {
    /// What is at `url`, whose server shows a certificate of the authorities in `ca_file`, or of one that the system trusts.
    pub fn new(url: &Uri, ca_file: Option<PathBuf>) -> Self {
        Self { url: url.clone(), ca_file }
    }

    /// The document.
    ///
    /// # Errors
    /// Why it can't be had, or not within five seconds.
    pub async fn get(&self, accept: &'static str) -> Result<Vec<u8>, String> {
        let mut request = Request::get(self.path()).body(Bytes::new()).map_err(|error| error.to_string())?;
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static(accept));
        let response = self.send(request).await?;
        match response.status() {
            StatusCode::OK => Ok(response.into_body().to_vec()),
            status => Err(format!("it answers {status}")),
        }
    }

    /// Sends `request` here, wherever it was for, and returns the answer, whatever its status.
    ///
    /// # Errors
    /// Why there is none, or not within five seconds.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        tokio::time::timeout(PATIENCE, self.sent(request)).await.map_err(|_| "no answer in time".to_owned())?
    }

    fn path(&self) -> &str {
        self.url.path_and_query().map_or("/", |path| path.as_str())
    }

    async fn sent(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        let host = self.url.host().ok_or("no host in the URL")?.trim_matches(['[', ']']);
        let secured = self.url.scheme_str() == Some("https");
        let port = self.url.port_u16().unwrap_or(if secured { 443 } else { 80 });
        let stream = TcpStream::connect((host, port)).await.map_err(|error| error.to_string())?;
        if !secured {
            return self.ask(stream, request).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let connector = TlsConnector::from(Arc::new(config(self.ca_file.as_deref())?));
        let stream = connector.connect(name, stream).await.map_err(|error| error.to_string())?;
        self.ask(stream, request).await
    }

    async fn ask(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, String> {
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        let driving = tokio::spawn(connection);
        let mut request = request.map(Full::new);
        *request.uri_mut() = self.path().parse().map_err(|_| "no path in the URL")?;
        let authority = self.url.authority().map_or("", |authority| authority.as_str());
        let host = HeaderValue::from_str(authority).map_err(|error| error.to_string())?;
        request.headers_mut().insert(HOST, host);
        let agent = HeaderValue::from_static(concat!("scimfront/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().insert(USER_AGENT, agent);
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, LARGEST).collect().await.map_err(|error| error.to_string())?;
        driving.abort();
        Ok(Response::from_parts(head, body.to_bytes()))
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
