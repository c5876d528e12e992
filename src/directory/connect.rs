//! Opening a connection: name, socket, TLS, bind. What fails here says so in words for the log, never with a password.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, StdStream};
use secrecy::ExposeSecret;
use socket2::{SockRef, TcpKeepalive};

use super::connection::Driver;
use super::kerberos;
use super::servers::Server;
use super::tls::{TlsError, client_config};
use super::tls_failure::explained;
use super::{Bind, DirectoryOptions, LdapUrl};
use crate::ldap::result::{AdDiagnostic, BindFailure};

/// A name that ldap3 takes where it refuses IPv6 addresses; never resolved, shown or verified.
const NAMELESS: &str = "address.invalid";

/// How long a server may take before the next one is tried beside it: one that vanished doesn't say so.
const HEAD_START: Duration = Duration::from_millis(500);

/// The shortest pause after refused credentials: directories lock accounts after a few.
pub(super) const AFTER_REFUSED_CREDENTIALS: Duration = Duration::from_secs(5);

/// A connection, open and bound.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) ldap: Ldap,
    pub(super) driver: Driver,
    pub(super) server: Server,
}

/// Why no connection could be opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("{0}: can't connect: {1}")]
    Unreachable(LdapUrl, io::Error),
    #[error("{0}: {1}")]
    Tls(LdapUrl, TlsError),
    #[error("{0}: no secure connection: {why}", why = explained(.1, .0.host()))]
    Handshake(LdapUrl, Box<LdapError>),
    #[error("{0}: an empty password or DN can't be used to bind")]
    EmptyCredentials(LdapUrl),
    #[error("{url}: bind refused for {who} (result {code}): {text}{}", hint(*.code, .text))]
    Refused { url: LdapUrl, who: String, code: u32, text: String },
    #[error("the credentials were refused before")]
    RefusedBefore,
    #[error("{0}: the connection ended during the bind: {1}")]
    Broken(LdapUrl, Box<LdapError>),
    #[error("{0}: no Kerberos bind as a client of ldap/{1}: {2}")]
    Kerberos(LdapUrl, String, String),
    #[error("{0}: no answer within {1:?}")]
    Timeout(LdapUrl, Duration),
    #[error("connecting failed: {0}")]
    Panicked(String),
    #[error("no URL is configured")]
    NoUrl,
}

impl ConnectError {
    /// How connecting ended, for meters.
    pub(super) fn result(&self) -> &'static str {
        match self {
            Self::Refused { code: 49, .. } => "49",
            Self::Refused { .. } => "refused",
            _ => "lost",
        }
    }

    /// Whether the server knows us and doesn't let us in: trying again soon would lock the account.
    pub(super) fn is_credentials(&self) -> bool {
        matches!(self, Self::Refused { code: 49, .. } | Self::EmptyCredentials(_) | Self::RefusedBefore)
    }

    /// Whether the server has judged the account or its password, and so may have counted that. Otherwise it hasn't come to that: it is
    /// busy or about to stop (51, 52), or takes no passwords this way (7, 8, 13).
    pub(super) fn is_verdict(&self) -> bool {
        match self {
            // noSuchObject and inappropriateAuthentication: no such entry, or one without a password. 389-DS says constraintViolation
            // of an account that is locked after failures, and unwillingToPerform of one that is switched off.
            Self::Refused { code, .. } => matches!(code, 19 | 32 | 34 | 48 | 49 | 50 | 53),
            Self::EmptyCredentials(_) | Self::RefusedBefore => true,
            _ => false,
        }
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

/// Connects to the first server that lets us in. The preferred one has a head start; where it fails, the next one follows at once.
pub(super) async fn connect(options: &Arc<DirectoryOptions>, servers: &[Server]) -> Result<Opened, ConnectError> {
    let mut servers = servers.iter();
    let mut attempts = FuturesUnordered::new();
    let mut failure: Option<ConnectError> = None;
    loop {
        let next = servers.next();
        attempts.extend(next.map(|server| attempt(options, server)));
        let head_start = async {
            match servers.len() {
                0 => std::future::pending().await,
                _ => tokio::time::sleep(HEAD_START).await,
            }
        };
        tokio::select! {
            ended = attempts.next() => match ended {
                Some(Ok(opened)) => return Ok(opened),
                Some(Err(error)) => failure = Some(match failure {
                    Some(first) => worse(first, error),
                    None => error,
                }),
                None if next.is_none() => return Err(failure.unwrap_or(ConnectError::NoUrl)),
                None => {}
            },
            () = head_start => {}
        }
    }
}

/// Connects to the first server that lets us in, asking one at a time, and no other one once a server has judged the credentials: where
/// servers tell each other of failures, each further one would count the same wrong password again.
pub(super) async fn connect_in_turn(
    options: &Arc<DirectoryOptions>,
    servers: &[Server],
) -> Result<Opened, ConnectError> {
    let mut failure = ConnectError::NoUrl;
    for server in servers {
        match attempt(options, server).await {
            Err(error) if !error.is_verdict() => failure = error,
            judged => return judged,
        }
    }
    Err(failure)
}

/// One attempt, in a task of its own, as ldap3 panics on malformed results.
async fn attempt(options: &Arc<DirectoryOptions>, server: &Server) -> Result<Opened, ConnectError> {
    let (options, server) = (options.clone(), server.clone());
    let opening = AbortOnDrop(tokio::spawn(async move {
        let opened = tokio::time::timeout(options.connect_timeout, open(&options, &server)).await;
        opened.unwrap_or_else(|_| Err(ConnectError::Timeout(server.url, options.connect_timeout)))
    }));
    opening.join().await.unwrap_or_else(|error| Err(ConnectError::Panicked(error)))
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

async fn open(options: &DirectoryOptions, server: &Server) -> Result<Opened, ConnectError> {
    let url = &server.url;
    let (settings, text) = prepare(options, url).await?;
    let (connection, ldap) = LdapConnAsync::with_settings(settings, &text)
        .await
        .map_err(|error| ConnectError::Handshake(url.clone(), Box::new(error)))?;
    let driver = Driver(tokio::spawn(connection.drive()));
    let mut opened = Opened { ldap, driver, server: server.clone() };
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
        Bind::Kerberos { host } => {
            let host = host.as_deref().or(url.host()).unwrap_or("localhost");
            let failed = |why: String| ConnectError::Kerberos(url.clone(), host.to_owned(), why);
            ("Kerberos".to_owned(), Ok(kerberos::bind(ldap, host).await.map_err(failed)?))
        }
    };
    let result = result.map_err(|error| ConnectError::Broken(url.clone(), Box::new(error)))?;
    match result.rc {
        0 => Ok(()),
        code => Err(ConnectError::Refused { url: url.clone(), who, code, text: result.text }),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(49, true)]
    #[case(19, true)]
    #[case(53, true)]
    #[case(48, true)]
    #[case(51, false)]
    #[case(52, false)]
    #[case(13, false)]
    #[case(8, false)]
    #[case(80, false)]
    fn a_server_that_is_busy_has_judged_nobody(#[case] code: u32, #[case] expected: bool) {
        let url = "ldap://localhost".parse().unwrap();
        let refused = ConnectError::Refused { url, who: "cn=a".into(), code, text: String::new() };
        assert_eq!(refused.is_verdict(), expected);
    }
}
