//! What a [`Directory`](super::Directory) needs to know: addresses, credentials, TLS, and how much of everything.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{Error, LdapUrl, SrvOptions};
use crate::ldap::result::ResultCode;

/// How a directory is reached, and within which limits it is used.
#[derive(Clone, Debug)]
pub struct DirectoryOptions {
    /// The name that logs show.
    pub name: String,
    /// The servers that take writes, in order of preference: the first that answers is used, for reads too.
    pub urls: Vec<LdapUrl>,
    /// More of them, found by DNS; they stand behind `urls`.
    pub srv: Option<SrvOptions>,
    /// Servers that take reads alone, in order of preference. One at a time is used while it isn't behind the one that takes the
    /// writes, as contextCSN tells (OpenLDAP); and in any case while none of the others answers.
    pub replicas: Vec<LdapUrl>,
    /// By how much a replica may be behind with what others write.
    pub replica_lag: Duration,
    /// When a write is acknowledged.
    pub acknowledge: Acknowledge,
    /// How long a preferred server must have been back before it is used again.
    pub fail_back: Duration,
    /// DNs in the trees that are used; replicas are compared by the contextCSN of these trees. All trees unless given.
    pub bases: Vec<String>,
    /// Who to be.
    pub bind: Bind,
    /// On whose behalf searches and writes are made (RFC 4370): an authorization identity. By whose rights unless given: those of who
    /// binds.
    pub authorization: Option<String>,
    /// Whether entries that searches start at may be hidden from us: then nothing is found below them, and that is no error.
    pub sees_part: bool,
    /// Whether to secure `ldap://` connections by StartTLS (RFC 4511 section 4.14). A server that refuses it isn't used.
    pub starttls: bool,
    /// What TLS trusts and shows.
    pub tls: TlsOptions,
    /// How many multiplexed connections to hold.
    pub connections: usize,
    /// How many searches one multiplexed connection may have in flight.
    pub in_flight: usize,
    /// How many searches a connection takes before the next one is used; `in_flight` at most.
    pub fill: usize,
    /// How many connections there may be for paged searches, one each.
    pub streams: usize,
    /// How many octets a write may have: servers close the connection on more (slapd takes 4 MiB less one).
    pub largest_write: usize,
    /// How long connecting may take: name resolution, TCP, TLS and bind together.
    pub connect_timeout: Duration,
    /// How long one answer may take where no deadline says so: reading the schema, probing a connection.
    pub operation_timeout: Duration,
    /// How many entries one page of a paged search holds at most (RFC 2696). Servers refuse more than 500 or 1,000.
    pub page_size: u32,
    /// How many entries an unpaged search may return that names no size limit itself.
    pub unpaged_limit: u32,
    /// How many operations may wait for a connection that takes them.
    pub queue: usize,
    /// How often a quiet connection is tried out.
    pub probe_interval: Duration,
    /// After what age a connection is replaced by a fresh one; never, unless given.
    pub max_age: Option<Duration>,
    /// The first and the longest pause between two attempts to connect.
    pub reconnect: (Duration, Duration),
    /// Where the jitter of the pauses starts; taken from the clock unless given.
    pub seed: Option<u64>,
}

/// When a write is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acknowledge {
    /// When the server that took it says so.
    #[default]
    Written,
    /// When another one of the servers that take writes has it, too (contextCSN, OpenLDAP).
    Replicated,
}

/// Who to be in the directory (RFC 4513).
#[derive(Clone, Debug, Default)]
pub enum Bind {
    /// Nobody: no bind is sent.
    #[default]
    Anonymous,
    /// Simple bind with a DN (or, on Active Directory, a user principal name) and a password.
    Simple {
        /// The DN.
        dn: String,
        /// The password; an empty one is refused, as servers take it for anonymous.
        password: SecretString,
    },
    /// SASL EXTERNAL: the client certificate's identity, or the process's over `ldapi`.
    External,
    /// SASL GSSAPI (RFC 4752): the Kerberos principal of the process's credentials. Takes TLS and the feature
    /// `gssapi`: ldap3 0.12 reads no large answers through Kerberos' own encryption.
    Kerberos {
        /// What the server is called in Kerberos (`ldap/HOST`), unless it is called as in its URL.
        host: Option<String>,
    },
}

/// What TLS trusts and shows. Files are read at every connect, so that renewed ones are used without a restart.
#[derive(Clone, Debug, Default)]
pub struct TlsOptions {
    /// PEM file of the certificate authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM file of the client certificate and its chain.
    pub client_certificate: Option<PathBuf>,
    /// PEM file of the client certificate's key.
    pub client_key: Option<PathBuf>,
    /// Takes any server for the right one. Whoever stands between reads and changes everything.
    pub danger_accept_invalid_certificates: bool,
}

/// Why options can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOptions {
    /// No address.
    #[error("a directory needs at least one URL, or a name to look servers up by")]
    NoUrl,
    /// Simple bind with an empty password or DN.
    #[error("a simple bind needs a DN and a password that aren't empty: servers take it for anonymous otherwise")]
    EmptyCredentials,
    /// One of certificate and key without the other.
    #[error("a client certificate needs its key, and a key its certificate")]
    HalfClientCertificate,
    /// StartTLS with an address that it can't apply to.
    #[error("StartTLS doesn't apply to `{0}`")]
    StartTls(LdapUrl),
    /// EXTERNAL where no identity is shown.
    #[error("SASL EXTERNAL over `{0}` needs a client certificate and TLS")]
    ExternalWithoutIdentity(LdapUrl),
    /// Kerberos without TLS.
    #[error("a Kerberos bind over `{0}` needs TLS")]
    KerberosInClear(LdapUrl),
    /// A number that must be at least 1.
    #[error("`{0}` must be at least 1")]
    Zero(&'static str),
}

impl DirectoryOptions {
    /// Options for `urls` with usual values for everything else.
    pub fn new(urls: Vec<LdapUrl>) -> Self {
        Self {
            name: "main".to_owned(),
            urls,
            srv: None,
            replicas: Vec::new(),
            replica_lag: Duration::from_secs(5),
            acknowledge: Acknowledge::Written,
            fail_back: Duration::from_secs(5),
            bases: Vec::new(),
            bind: Bind::Anonymous,
            authorization: None,
            sees_part: false,
            starttls: false,
            tls: TlsOptions::default(),
            connections: 4,
            in_flight: 32,
            fill: 16,
            streams: 4,
            largest_write: 4_194_303,
            connect_timeout: Duration::from_secs(5),
            operation_timeout: Duration::from_secs(10),
            page_size: 500,
            unpaged_limit: 2_000,
            queue: 1_024,
            probe_interval: Duration::from_secs(30),
            max_age: None,
            reconnect: (Duration::from_millis(100), Duration::from_secs(10)),
            seed: None,
        }
    }

    /// Whether `error` says no more than that the entry at which a search starts is hidden from us.
    pub(super) fn hides(&self, error: &Error) -> bool {
        self.sees_part && matches!(error, Error::Refused(result) if result.code == ResultCode::NO_SUCH_OBJECT)
    }

    /// The same for somebody else, who asks seldom: a connection or two.
    #[must_use]
    pub(super) fn for_one(&self) -> Self {
        Self { connections: 1, streams: self.streams.min(2), sees_part: true, seed: None, ..self.clone() }
    }

    /// Checks what can be checked without a connection.
    ///
    /// # Errors
    /// [`InvalidOptions`] names the first thing that can't be.
    pub fn validate(&self) -> Result<(), InvalidOptions> {
        if self.urls.is_empty() && self.srv.is_none() {
            return Err(InvalidOptions::NoUrl);
        }
        if let Bind::Simple { dn, password } = &self.bind
            && (dn.is_empty() || password.expose_secret().is_empty())
        {
            return Err(InvalidOptions::EmptyCredentials);
        }
        if self.tls.client_certificate.is_some() != self.tls.client_key.is_some() {
            return Err(InvalidOptions::HalfClientCertificate);
        }
        self.urls.iter().chain(&self.replicas).try_for_each(|url| self.validate_url(url))?;
        let counts = [
            ("connections", self.connections),
            ("in_flight", self.in_flight),
            ("fill", self.fill),
            ("streams", self.streams),
            ("largest_write", self.largest_write),
            ("page_size", self.page_size as usize),
            ("unpaged_limit", self.unpaged_limit as usize),
        ];
        match counts.into_iter().find(|(_, count)| *count == 0) {
            Some((name, _)) => Err(InvalidOptions::Zero(name)),
            None => Ok(()),
        }
    }

    fn validate_url(&self, url: &LdapUrl) -> Result<(), InvalidOptions> {
        if self.starttls && !matches!(url, LdapUrl::Plain { .. }) {
            return Err(InvalidOptions::StartTls(url.clone()));
        }
        let secured = self.starttls || matches!(url, LdapUrl::Tls { .. });
        let identified = url.path().is_some() || (secured && self.tls.client_certificate.is_some());
        if matches!(self.bind, Bind::External) && !identified {
            return Err(InvalidOptions::ExternalWithoutIdentity(url.clone()));
        }
        if matches!(self.bind, Bind::Kerberos { .. }) && !secured {
            return Err(InvalidOptions::KerberosInClear(url.clone()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn simple(dn: &str, password: &str) -> Bind {
        Bind::Simple { dn: dn.to_owned(), password: password.into() }
    }

    #[rstest]
    #[case("ldap://h", |_: &mut DirectoryOptions| (), Ok(()))]
    #[case("ldap://h", |o: &mut DirectoryOptions| o.urls.clear(), Err(InvalidOptions::NoUrl))]
    #[case("ldap://h", |o: &mut DirectoryOptions| o.bind = simple("cn=a", ""), Err(InvalidOptions::EmptyCredentials))]
    #[case("ldap://h", |o: &mut DirectoryOptions| o.bind = simple("", "x"), Err(InvalidOptions::EmptyCredentials))]
    #[case("ldap://h", |o: &mut DirectoryOptions| o.in_flight = 0, Err(InvalidOptions::Zero("in_flight")))]
    #[case("ldap://h", |o: &mut DirectoryOptions| o.tls.client_key = Some("k".into()), Err(InvalidOptions::HalfClientCertificate))]
    #[case("ldapi://%2Fs", |o: &mut DirectoryOptions| o.bind = Bind::External, Ok(()))]
    fn options_are_checked(
        #[case] url: &str,
        #[case] change: fn(&mut DirectoryOptions),
        #[case] expected: Result<(), InvalidOptions>,
    ) {
        let mut options = DirectoryOptions::new(vec![url.parse().unwrap()]);
        change(&mut options);
        assert_eq!(options.validate(), expected);
    }

    #[test]
    fn starttls_and_external_need_a_fitting_address() {
        let mut options = DirectoryOptions::new(vec!["ldaps://h".parse().unwrap()]);
        options.starttls = true;
        assert!(matches!(options.validate(), Err(InvalidOptions::StartTls(_))));
        options.starttls = false;
        options.bind = Bind::External;
        assert!(matches!(options.validate(), Err(InvalidOptions::ExternalWithoutIdentity(_))));
        options.tls.client_certificate = Some("c".into());
        options.tls.client_key = Some("k".into());
        assert_eq!(options.validate(), Ok(()));
    }

    #[test]
    fn the_password_is_never_printed() {
        let mut options = DirectoryOptions::new(vec!["ldap://h".parse().unwrap()]);
        options.bind = simple("cn=a", "opensesame");
        assert!(!format!("{options:?}").contains("opensesame"));
    }
}
