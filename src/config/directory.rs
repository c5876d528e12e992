//! `[bridge.NAME.directory.NAME]`: where a directory is, who the bridge is there, and how hard it may be used.

use super::bind::{Bind, BindMethod};
use super::scope::Scope;
use super::{codes, secret, values};
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use crate::ldap::server_url::{InvalidLdapUrl, LdapUrl};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "bridge.NAME.directory.NAME",
    doc: "A directory, or the partition of one. Resource types in the mapping name theirs; `main` is meant unless they do.",
    keys: &[
        Key::new("urls", Kind::Texts, "Servers with the same content, in order of preference; `ldap://`, `ldaps://` or `ldapi://`.")
            .example("[\"ldaps://ldap1.example.com\", \"ldaps://ldap2.example.com\"]"),
        Key::new(
            "bind",
            Kind::OneOf(&["simple", "external", "anonymous"]),
            "How the bridge says who it is. Unless given: `simple` with `bind_dn`, `external` with a client certificate or over \
             `ldapi://` alone, else `anonymous`.",
        ),
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

/// `[bridge.NAME.directory.NAME]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Directory {
    /// The servers, in order of preference: at least one, each an LDAP URL with nothing but a host and port, or a socket's path.
    #[serde(skip)]
    pub urls: Vec<String>,
    #[serde(default, rename = "urls", deserialize_with = "values::texts_option")]
    given_urls: Option<Vec<String>>,
    bind: Option<BindMethod>,
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
            ("max_age", self.max_age.unwrap_or(Duration::MAX)),
        ] {
            scope.not_zero(key, duration);
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
        let Some(urls) = self.given_urls.take() else {
            scope.missing("urls");
            return None;
        };
        if urls.is_empty() {
            scope.error("urls", &codes::BAD_URL, "needs one URL at least");
            return None;
        }
        let read = urls.iter().enumerate().map(|(i, url)| {
            url.parse()
                .map_err(|why: InvalidLdapUrl| scope.error(&format!("urls[{i}]"), &codes::BAD_URL, &why.to_string()))
                .ok()
        });
        // Every one is looked at, so that every mistake is reported.
        let read: Vec<_> = read.collect();
        self.urls = urls;
        read.into_iter().collect()
    }

    fn validate_tls(&self, servers: &[LdapUrl], scope: &mut Scope<'_>) {
        if self.starttls && servers.iter().any(|url| !matches!(url, LdapUrl::Plain { .. })) {
            scope.error("starttls", &codes::BAD_TLS, "StartTLS is for ldap:// URLs alone");
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
        }
        Bind::External
    }

    fn validate_external(&self, servers: &[LdapUrl], scope: &mut Scope<'_>) {
        let shown = |url: &LdapUrl| url.path().is_some() || self.client_certificate_file.is_some();
        if !servers.iter().all(shown) {
            scope.error("bind", &codes::BAD_BIND, "`external` needs a client certificate, or ldapi:// URLs alone");
        }
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
