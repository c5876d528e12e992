//! `[bridge.NAME.directory.NAME]`: where a directory is, who the bridge is there, and how hard it may be used.

use super::bind::{Bind, BindMethod};
use super::scope::Scope;
use super::{codes, secret, values};
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use crate::ldap::server_url::{InvalidLdapUrl, LdapUrl};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "bridge.NAME.directory.NAME",
    doc: "A directory, or the partition of one. Resource types in the mapping name theirs; `main` is meant unless they do.",
    keys: &[
        Key::new(
            "urls",
            Kind::Texts,
            "Servers with the same content that take writes, in order of preference; `ldap://`, `ldaps://` or `ldapi://`. The first that \
             answers is used: give every instance the same order.",
        )
        .example("[\"ldaps://ldap1.example.com\", \"ldaps://ldap2.example.com\"]"),
        Key::new(
            "use",
            Kind::OneOf(&["serve", "resolve"]),
            "What the directory is for: to `serve` the bases that name it, or to `resolve` references into others and for nothing else. The \
             latter is for a Global Catalog of Active Directory (ports 3268 and 3269): who is named in another domain is looked up there, and \
             in the domain itself only where the catalog doesn't know.",
        )
        .default("\"serve\""),
        Key::new(
            "srv",
            Kind::Text,
            "Finds servers by DNS, behind those in `urls`: a domain, for whose `_ldap._tcp` records (RFC 2782) is asked, or the whole name of \
             the records. The lowest priority comes first, then the highest weight, then the name.",
        )
        .example("\"example.com\""),
        Key::new(
            "srv_ldaps",
            Kind::Bool,
            "Whether the servers that DNS names are spoken to by `ldaps://`: at port 636 (3269) where their records say 389 (3268).",
        )
        .default("false"),
        Key::new("srv_resolver", Kind::Text, "The DNS server to ask instead of the system's: an IP address and a port.")
            .example("\"192.0.2.53:53\""),
        Key::new(
            "replicas",
            Kind::Texts,
            "Servers that take reads alone, in order of preference. One is read from as long as it has every write of this bridge and keeps \
             up with the others' (contextCSN, OpenLDAP); elsewhere replicas stand in while no other server answers.",
        )
        .example("[\"ldaps://replica1.example.com\"]"),
        Key::new("replica_lag", Kind::Duration, "How far a replica may be behind with what others write before it isn't read from.")
            .default("\"5s\""),
        Key::new(
            "fail_back",
            Kind::Duration,
            "How long a preferred server must have been back before it is used again. It must have caught up as well, where servers say so \
             (contextCSN); where they don't, let this be longer than replication takes.",
        )
        .default("\"5s\""),
        Key::new(
            "ack",
            Kind::OneOf(&["written", "replicated"]),
            "When a write is answered: when the server that took it says so, or when another server of `urls` has it, too (contextCSN, \
             OpenLDAP): then it isn't lost with the one that took it. Takes some milliseconds, and two servers: while there is but one, \
             writes get 503 although they may have been made.",
        )
        .default("\"written\""),
        Key::new(
            "bind",
            Kind::OneOf(&["simple", "external", "kerberos", "anonymous"]),
            "How the bridge says who it is. Unless given: `simple` with `bind_dn`, `external` with a client certificate or over \
             `ldapi://` alone, else `anonymous`. `kerberos` (SASL GSSAPI) takes the credentials of MIT Kerberos' environment: a client \
             keytab (KRB5_CLIENT_KTNAME) or a cache (KRB5CCNAME); it takes TLS, and a build with the feature `gssapi`.",
        ),
        Key::new("kerberos_host", Kind::Text, "The server's host name in Kerberos (`ldap/HOST`), unless it is that of the URL.")
            .example("\"dc1.example.com\""),
        Key::new("bind_dn", Kind::Text, "The DN to bind as.").example("\"cn=bridge,ou=services,dc=example,dc=com\""),
        Key::new("bind_password", Kind::Secret, "Its password."),
        Key::new("bind_password_file", Kind::Text, "File that holds its password; a line break at the end doesn't count."),
        Key::new("starttls", Kind::Bool, "Whether to secure `ldap://` by StartTLS. A server that refuses isn't used.").default("false"),
        Key::new("ca_file", Kind::Text, "PEM file of the certificate authorities to trust instead of the system's."),
        Key::new("client_certificate_file", Kind::Text, "PEM file of the client certificate and its chain."),
        Key::new("client_key_file", Kind::Text, "PEM file of the client certificate's key."),
        Key::new(
            "danger_accept_invalid_certificates",
            Kind::Bool,
            "Takes anyone for the directory. For experiments alone: whoever stands between reads and changes everything.",
        )
        .default("false"),
        Key::new("connections", Kind::Range(1, 1_000), "Connections that requests share.").default("4"),
        Key::new("in_flight", Kind::Range(1, 10_000), "Operations at a time on one of them.").default("64"),
        Key::new("streams", Kind::Range(1, 1_000), "Further connections for long searches, one each.").default("4"),
        Key::new("largest_write", Kind::Size, "The largest change in one operation: servers close the connection on more. The default is slapd's limit.")
            .default("4194303"),
        Key::new("connect_timeout", Kind::Duration, "How long connecting may take, TLS and bind included.").default("\"5s\""),
        Key::new("operation_timeout", Kind::Duration, "How long an operation may take.").default("\"10s\""),
        Key::new("page_size", Kind::Range(1, 1_000), "Entries a page of a long search (RFC 2696); servers refuse more than 500 or 1,000.")
            .default("500"),
        Key::new("probe_interval", Kind::Duration, "How often a quiet connection is tried out.").default("\"30s\""),
        Key::new("max_age", Kind::Duration, "After what age a connection is replaced by a fresh one; never, unless given.")
            .example("\"1h\""),
        Key::new("reconnect_max", Kind::Duration, "The longest pause between two attempts to connect.").default("\"10s\""),
    ],
    free: false,
};

/// What a directory is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// It serves the bases that name it.
    Serve,
    /// References into other directories are looked up in it.
    Resolve,
}

/// When a write is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ack {
    /// When the server that took it says so.
    Written,
    /// When another server has it, too.
    Replicated,
}

/// `[bridge.NAME.directory.NAME]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Directory {
    /// The servers, in order of preference: at least one unless there is `srv`, each an LDAP URL with nothing but a host and port, or a socket's path.
    #[serde(skip)]
    pub urls: Vec<String>,
    #[serde(default, rename = "urls", deserialize_with = "values::texts_option")]
    given_urls: Option<Vec<String>>,
    /// What the directory is for.
    #[serde(rename = "use")]
    pub purpose: Purpose,
    /// The domain, or the name of the SRV records, by which servers are found.
    pub srv: Option<String>,
    /// Whether those are spoken to by TLS.
    pub srv_ldaps: bool,
    /// The DNS server to ask.
    #[serde(skip)]
    pub srv_resolver: Option<SocketAddr>,
    #[serde(rename = "srv_resolver")]
    given_srv_resolver: Option<String>,
    /// The servers that take reads alone.
    #[serde(skip)]
    pub replicas: Vec<String>,
    #[serde(default, rename = "replicas", deserialize_with = "values::texts_option")]
    given_replicas: Option<Vec<String>>,
    /// How far a replica may be behind.
    #[serde(deserialize_with = "values::duration")]
    pub replica_lag: Duration,
    /// When a write is answered.
    pub ack: Ack,
    /// How long a preferred server must have been back.
    #[serde(deserialize_with = "values::duration")]
    pub fail_back: Duration,
    bind: Option<BindMethod>,
    kerberos_host: Option<String>,
    bind_dn: Option<String>,
    #[serde(default, deserialize_with = "values::secret")]
    bind_password: Option<SecretString>,
    bind_password_file: Option<PathBuf>,
    /// Who the bridge is there: worked out of the `bind…` keys.
    #[serde(skip)]
    pub identity: Bind,
    /// Whether to secure `ldap://` by StartTLS.
    pub starttls: bool,
    /// PEM file of the certificate authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM file of the client certificate and its chain.
    pub client_certificate_file: Option<PathBuf>,
    /// PEM file of the client certificate's key.
    pub client_key_file: Option<PathBuf>,
    /// Whether to take anyone for the directory.
    pub danger_accept_invalid_certificates: bool,
    /// Connections that requests share.
    pub connections: usize,
    /// Operations at a time on one of them.
    pub in_flight: usize,
    /// Further connections for long searches.
    pub streams: usize,
    /// The largest change in one operation, in bytes.
    #[serde(deserialize_with = "values::size")]
    pub largest_write: usize,
    /// How long connecting may take.
    #[serde(deserialize_with = "values::duration")]
    pub connect_timeout: Duration,
    /// How long an operation may take.
    #[serde(deserialize_with = "values::duration")]
    pub operation_timeout: Duration,
    /// Entries a page of a long search.
    pub page_size: u32,
    /// How often a quiet connection is tried out.
    #[serde(deserialize_with = "values::duration")]
    pub probe_interval: Duration,
    /// After what age a connection is replaced by a fresh one.
    #[serde(default, deserialize_with = "values::duration_option")]
    pub max_age: Option<Duration>,
    /// The longest pause between two attempts to connect.
    #[serde(deserialize_with = "values::duration")]
    pub reconnect_max: Duration,
}

impl Directory {
    /// Whether a connection that was made by these settings is one that the others would make.
    pub fn is_same(&self, other: &Self) -> bool {
        // Secrets aren't shown, all others are.
        format!("{self:?}") == format!("{other:?}") && self.identity.is_same(&other.identity)
    }

    /// The files that were read for these settings, or are read when it connects.
    pub(super) fn files(&self) -> impl Iterator<Item = PathBuf> + '_ {
        let files = [&self.bind_password_file, &self.ca_file, &self.client_certificate_file, &self.client_key_file];
        files.into_iter().flatten().cloned()
    }

    pub(super) fn validate(&mut self, scope: &mut Scope<'_>) {
        secret::resolve(scope, "bind_password", &mut self.bind_password, &mut self.bind_password_file);
        scope.file("ca_file", &mut self.ca_file);
        scope.file("client_certificate_file", &mut self.client_certificate_file);
        scope.file("client_key_file", &mut self.client_key_file);
        for (key, duration) in [
            ("connect_timeout", self.connect_timeout),
            ("operation_timeout", self.operation_timeout),
            ("probe_interval", self.probe_interval),
            ("reconnect_max", self.reconnect_max),
            ("replica_lag", self.replica_lag),
            ("max_age", self.max_age.unwrap_or(Duration::MAX)),
        ] {
            scope.not_zero(key, duration);
        }
        if self.ack == Ack::Replicated
            && self.srv.is_none()
            && self.given_urls.as_ref().is_some_and(|urls| urls.len() == 1)
        {
            scope.error("ack", &codes::BAD_LIMIT, "`replicated` needs a second server in `urls`");
        }
        if self.largest_write == 0 {
            scope.error("largest_write", &codes::ZERO, "must be more than nothing");
        }
        if let Some(servers) = self.servers(scope) {
            self.validate_tls(&servers, scope);
            self.identity = self.identity(&servers, scope);
            self.warn(&servers, scope);
        }
    }

    /// The servers' addresses; nothing when there are none, or a bad one.
    fn servers(&mut self, scope: &mut Scope<'_>) -> Option<Vec<LdapUrl>> {
        let found = self.found_by_dns(scope);
        match self.given_urls.take() {
            None if self.srv.is_none() => scope.missing("urls"),
            Some(urls) if urls.is_empty() && self.srv.is_none() => {
                scope.error("urls", &codes::BAD_URL, "needs one URL at least");
                return None;
            }
            urls => self.urls = urls.unwrap_or_default(),
        }
        self.replicas = self.given_replicas.take().unwrap_or_default();
        let mut addresses = parsed("urls", &self.urls, scope);
        addresses.extend(parsed("replicas", &self.replicas, scope));
        addresses.extend(found.map(Some));
        addresses.into_iter().collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
    }

    /// What stands for the servers that DNS names.
    fn found_by_dns(&mut self, scope: &mut Scope<'_>) -> Option<LdapUrl> {
        if let Some(resolver) = self.given_srv_resolver.take() {
            self.srv_resolver = resolver.parse().ok();
            if self.srv_resolver.is_none() {
                scope.error("srv_resolver", &codes::BAD_SRV, "must be an IP address and a port, as in 192.0.2.53:53");
            }
        }
        let Some(name) = &self.srv else {
            for key in ["srv_ldaps", "srv_resolver"].into_iter().filter(|key| scope.given(key)).collect::<Vec<_>>() {
                scope.error(key, &codes::BAD_SRV, "means nothing without `srv`");
            }
            return None;
        };
        let scheme = if self.srv_ldaps { "ldaps" } else { "ldap" };
        let url = format!("{scheme}://{}", name.trim_end_matches('.')).parse().ok();
        let is_name = name.contains('.') && name.parse::<std::net::IpAddr>().is_err();
        if url.is_none() || !is_name {
            scope.error("srv", &codes::BAD_SRV, "must be a domain, or the full name of SRV records");
            return None;
        }
        url
    }

    fn validate_tls(&self, servers: &[LdapUrl], scope: &mut Scope<'_>) {
        if self.starttls && servers.iter().any(|url| !matches!(url, LdapUrl::Plain { .. })) {
            scope.error("starttls", &codes::BAD_TLS, "StartTLS is for ldap:// URLs alone, and not beside `srv_ldaps`");
        }
        match (&self.client_certificate_file, &self.client_key_file) {
            (Some(_), None) => scope.error("client_certificate_file", &codes::BAD_TLS, "needs `client_key_file` too"),
            (None, Some(_)) => scope.error("client_key_file", &codes::BAD_TLS, "needs `client_certificate_file` too"),
            _ => {}
        }
        let uses_tls = self.starttls || servers.iter().any(|url| matches!(url, LdapUrl::Tls { .. }));
        for (key, given) in [
            ("ca_file", self.ca_file.is_some()),
            ("client_certificate_file", self.client_certificate_file.is_some()),
            ("danger_accept_invalid_certificates", self.danger_accept_invalid_certificates),
        ] {
            if given && !uses_tls {
                scope.error(key, &codes::BAD_TLS, "no URL uses TLS: write ldaps://, or set `starttls`");
            }
        }
    }

    fn method(&self, servers: &[LdapUrl]) -> BindMethod {
        let by_socket = servers.iter().all(|url| url.path().is_some());
        match self.bind {
            Some(method) => method,
            None if self.bind_dn.is_some() => BindMethod::Simple,
            None if self.client_certificate_file.is_some() || by_socket => BindMethod::External,
            None => BindMethod::Anonymous,
        }
    }

    fn identity(&self, servers: &[LdapUrl], scope: &mut Scope<'_>) -> Bind {
        let method = self.method(servers);
        let extra = ["bind_dn", "bind_password", "bind_password_file"].into_iter().find(|key| scope.given(key));
        match (method, extra) {
            (BindMethod::Simple, _) => return self.simple(scope),
            (_, Some(key)) if self.bind.is_some() => {
                scope.error(key, &codes::BAD_BIND, "means nothing unless `bind` is `simple`")
            }
            (_, Some(key)) => scope.error(key, &codes::BAD_BIND, "a password needs `bind_dn`"),
            (BindMethod::External, None) => self.validate_external(servers, scope),
            (BindMethod::Anonymous, None) => return Bind::Anonymous,
            (BindMethod::Kerberos, None) => return self.kerberos(servers, scope),
        }
        Bind::External
    }

    fn validate_external(&self, servers: &[LdapUrl], scope: &mut Scope<'_>) {
        let shown = |url: &LdapUrl| url.path().is_some() || self.client_certificate_file.is_some();
        if !servers.iter().all(shown) {
            scope.error("bind", &codes::BAD_BIND, "`external` needs a client certificate, or ldapi:// URLs alone");
        }
    }

    fn kerberos(&self, servers: &[LdapUrl], scope: &mut Scope<'_>) -> Bind {
        if !self.starttls && !servers.iter().all(|url| matches!(url, LdapUrl::Tls { .. })) {
            scope.error("bind", &codes::BAD_BIND, "`kerberos` needs TLS: write ldaps://, or set `starttls`");
        }
        if !cfg!(feature = "gssapi") {
            scope.error(
                "bind",
                &codes::BAD_BIND,
                "this program was built without Kerberos (`cargo build --features gssapi`)",
            );
        }
        Bind::Kerberos { host: self.kerberos_host.clone() }
    }

    fn simple(&self, scope: &mut Scope<'_>) -> Bind {
        match (&self.bind_dn, &self.bind_password) {
            (Some(dn), Some(password)) => {
                if dn.trim().is_empty() {
                    scope.error("bind_dn", &codes::BAD_BIND, "is empty");
                }
                if password.expose_secret().is_empty() {
                    let key = if self.bind_password_file.is_some() { "bind_password_file" } else { "bind_password" };
                    scope.error(key, &codes::EMPTY_PASSWORD, "the password is empty");
                }
                Bind::Simple { dn: dn.clone(), password: password.clone() }
            }
            (None, _) => {
                scope.missing("bind_dn");
                Bind::Anonymous
            }
            (Some(_), None) => {
                if !scope.given("bind_password_file") {
                    scope.missing("bind_password");
                }
                Bind::Anonymous
            }
        }
    }

    fn warn(&self, servers: &[LdapUrl], scope: &mut Scope<'_>) {
        let in_clear = |url: &LdapUrl| matches!(url, LdapUrl::Plain { .. }) && !url.is_local();
        let in_clear = !self.starttls && servers.iter().any(in_clear);
        if in_clear && matches!(self.identity, Bind::Simple { .. }) {
            scope.warning("urls", &codes::CLEAR_PASSWORD, "the password goes over the network in clear");
        }
        if self.danger_accept_invalid_certificates {
            scope.warning(
                "danger_accept_invalid_certificates",
                &codes::NO_VERIFICATION,
                "anyone can pose as this directory",
            );
        }
    }
}

/// The URLs under `key`. Every one is looked at, so that every mistake is reported.
fn parsed(key: &str, urls: &[String], scope: &mut Scope<'_>) -> Vec<Option<LdapUrl>> {
    let read = urls.iter().enumerate().map(|(i, url)| {
        url.parse()
            .map_err(|why: InvalidLdapUrl| scope.error(&format!("{key}[{i}]"), &codes::BAD_URL, &why.to_string()))
            .ok()
    });
    read.collect()
}
