//! Opening a connection: name, socket, TLS, bind. What fails here says so in words for the log, never with a password.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, StdStream};
use secrecy::ExposeSecret;
use socket2::{SockRef, TcpKeepalive};

use super::connection::Driver;
use super::tls::{TlsError, client_config};
use super::{Bind, DirectoryOptions, LdapUrl};
use crate::ldap::result::{AdDiagnostic, BindFailure};

/// A name that ldap3 takes where it refuses IPv6 addresses; never resolved, shown or verified.
const NAMELESS: &str = "address.invalid";

/// A connection, open and bound.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) ldap: Ldap,
    pub(super) driver: Driver,
    pub(super) address: Arc<str>,
}

/// Why no connection could be opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("{0}: can't connect: {1}")]
    Unreachable(LdapUrl, io::Error),
    #[error("{0}: {1}")]
    Tls(LdapUrl, TlsError),
    #[error("{0}: no secure connection: {1}")]
    Handshake(LdapUrl, Box<LdapError>),
    #[error("{0}: an empty password or DN can't be used to bind")]
    EmptyCredentials(LdapUrl),
    #[error("{url}: bind refused for {who} (result {code}): {text}{}", hint(*.code, .text))]
    Refused { url: LdapUrl, who: String, code: u32, text: String },
    #[error("{0}: the connection ended during the bind: {1}")]
    Broken(LdapUrl, Box<LdapError>),
    #[error("{0}: no answer within {1:?}")]
    Timeout(LdapUrl, Duration),
    #[error("connecting failed: {0}")]
    Panicked(String),
    #[error("no URL is configured")]
    NoUrl,
}

impl ConnectError {
    /// Whether the server knows us and doesn't let us in: trying again soon would lock the account.
    pub(super) fn is_credentials(&self) -> bool {
        matches!(self, Self::Refused { code: 49, .. } | Self::EmptyCredentials(_))
    }
}

/// What to do about a refused bind, where that can be told.
fn hint(code: u32, text: &str) -> String {
    let failure = AdDiagnostic::parse(text).and_then(|diagnostic| diagnostic.bind_failure());
    let why = match (code, failure) {
        // 00002028 in Active Directory.
        (8 | 13, _) => "the server takes passwords over TLS alone: use an ldaps:// URL or starttls = true",
        (49, Some(BindFailure::UnknownUser)) => "there is no such account",
        (49, Some(BindFailure::BadCredentials)) => "wrong name or password",
        (49, Some(BindFailure::LogonHours)) => "the account may not be used at this time",
        (49, Some(BindFailure::Workstation)) => "the account may not be used from this machine",
        (49, Some(BindFailure::PasswordExpired)) => "the account's password has expired",
        (49, Some(BindFailure::Disabled)) => "the account is disabled",
        (49, Some(BindFailure::AccountExpired)) => "the account has expired",
        (49, Some(BindFailure::MustChangePassword)) => "the account's password must be changed first",
        (49, Some(BindFailure::Locked)) => "the account is locked",
        _ => return String::new(),
    };
    format!(" ({why})")
}

/// Connects to the first server that lets us in, in a task of its own, as ldap3 panics on malformed results.
pub(super) async fn connect(options: &Arc<DirectoryOptions>) -> Result<Opened, ConnectError> {
    let options = options.clone();
    let attempt = AbortOnDrop(tokio::spawn(async move {
        let mut last = ConnectError::NoUrl;
        for url in &options.urls {
            match tokio::time::timeout(options.connect_timeout, open(&options, url)).await {
                Ok(Ok(opened)) => return Ok(opened),
                Ok(Err(error)) => last = worse(last, error),
                Err(_) => last = worse(last, ConnectError::Timeout(url.clone(), options.connect_timeout)),
            }
        }
        Err(last)
    }));
    attempt.join().await.unwrap_or_else(|error| Err(ConnectError::Panicked(error)))
}

struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> AbortOnDrop<T> {
    async fn join(mut self) -> Result<T, String> {
        (&mut self.0).await.map_err(|error| error.to_string())
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Of two failures the one to report: refused credentials say more than a server that is away.
fn worse(first: ConnectError, second: ConnectError) -> ConnectError {
    if first.is_credentials() { first } else { second }
}

async fn open(options: &DirectoryOptions, url: &LdapUrl) -> Result<Opened, ConnectError> {
    let (settings, text) = prepare(options, url).await?;
    let (connection, ldap) = LdapConnAsync::with_settings(settings, &text)
        .await
        .map_err(|error| ConnectError::Handshake(url.clone(), Box::new(error)))?;
    let driver = Driver(tokio::spawn(connection.drive()));
    let mut opened = Opened { ldap, driver, address: url.to_string().into() };
    bind(&mut opened.ldap, &options.bind, url).await?;
    Ok(opened)
}

/// The socket and what ldap3 is told about it.
async fn prepare(options: &DirectoryOptions, url: &LdapUrl) -> Result<(LdapConnSettings, String), ConnectError> {
    let unreachable = |error| ConnectError::Unreachable(url.clone(), error);
    let settings = LdapConnSettings::new();
    let (host, port, tls) = match url {
        LdapUrl::Unix { path } => {
            let stream = tokio::net::UnixStream::connect(path).await.map_err(unreachable)?;
            let stream = stream.into_std().map_err(unreachable)?;
            return Ok((settings.set_std_stream(StdStream::Unix(stream)), "ldapi:///".to_owned()));
        }
        LdapUrl::Plain { host, port } => (host, *port, false),
        LdapUrl::Tls { host, port } => (host, *port, true),
    };
    let stream = tcp(host, port).await.map_err(unreachable)?;
    let mut settings = settings.set_std_stream(StdStream::Tcp(stream));
    if tls || options.starttls {
        let config = client_config(&options.tls, host).map_err(|error| ConnectError::Tls(url.clone(), error))?;
        settings = settings.set_config(Arc::new(config)).set_starttls(!tls);
    }
    let host = if host.contains(':') { NAMELESS } else { host };
    let scheme = if tls { "ldaps" } else { "ldap" };
    Ok((settings, format!("{scheme}://{host}:{port}")))
}

/// A TCP connection that sends at once and notices a peer that vanished.
async fn tcp(host: &str, port: u16) -> io::Result<std::net::TcpStream> {
    let stream = tokio::net::TcpStream::connect((host, port)).await?;
    let socket = SockRef::from(&stream);
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_keepalive(
        &TcpKeepalive::new().with_time(Duration::from_secs(60)).with_interval(Duration::from_secs(10)),
    )?;
    stream.into_std()
}

async fn bind(ldap: &mut Ldap, bind: &Bind, url: &LdapUrl) -> Result<(), ConnectError> {
    let (who, result) = match bind {
        Bind::Anonymous => return Ok(()),
        Bind::Simple { dn, password } => {
            if dn.is_empty() || password.expose_secret().is_empty() {
                return Err(ConnectError::EmptyCredentials(url.clone()));
            }
            (dn.clone(), ldap.simple_bind(dn, password.expose_secret()).await)
        }
        Bind::External => ("SASL EXTERNAL".to_owned(), ldap.sasl_external_bind().await),
    };
    let result = result.map_err(|error| ConnectError::Broken(url.clone(), Box::new(error)))?;
    match result.rc {
        0 => Ok(()),
        code => Err(ConnectError::Refused { url: url.clone(), who, code, text: result.text }),
    }
}
