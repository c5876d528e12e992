//! `[server.tls]`: the listener's certificate, and what clients show.

use super::codes;
use super::scope::Scope;
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use serde::Deserialize;
use std::path::PathBuf;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "server.tls",
    doc: "TLS on the listener. Without a certificate it speaks clear HTTP, which is for loopback and for a proxy that takes care of TLS. \
          Files are read again on SIGHUP and when they change.",
    keys: &[
        Key::new("certificate_file", Kind::Text, "The certificate and its chain, as PEM.").example("\"server.pem\""),
        Key::new("key_file", Kind::Text, "Its private key, as PEM.").example("\"server.key\""),
        Key::new(
            "min_version",
            Kind::OneOf(&["1.2", "1.3"]),
            "The oldest version of TLS that clients may speak.",
        )
        .default("\"1.2\""),
        Key::new(
            "client_ca_file",
            Kind::Text,
            "Authorities, as PEM, whose client certificates are trusted; `certificate` of a client says whose is whose. Unless given, none \
             is asked for.",
        )
        .example("\"clients-ca.pem\""),
        Key::new(
            "client_certificate",
            Kind::OneOf(&["optional", "required"]),
            "Whether connections without a client certificate are refused.",
        )
        .default("\"optional\""),
    ],
    free: false,
};

/// `[server.tls]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Tls {
    /// The certificate and its chain; absent: no TLS.
    pub certificate_file: Option<PathBuf>,
    /// Its key; there with the certificate.
    pub key_file: Option<PathBuf>,
    /// The oldest version.
    pub min_version: TlsVersion,
    /// Whose client certificates are trusted.
    pub client_ca_file: Option<PathBuf>,
    /// Whether there must be one.
    pub client_certificate: ClientCertificate,
}

/// A version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum TlsVersion {
    /// 1.2
    #[serde(rename = "1.2")]
    V1_2,
    /// 1.3
    #[serde(rename = "1.3")]
    V1_3,
}

/// What connections without a client certificate get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientCertificate {
    /// They are served.
    Optional,
    /// They are refused.
    Required,
}

impl Tls {
    /// Whether the listener speaks TLS.
    pub fn is_on(&self) -> bool {
        self.certificate_file.is_some()
    }

    pub(super) fn validate(&mut self, scope: &mut Scope<'_>) {
        scope.file("certificate_file", &mut self.certificate_file);
        scope.file("key_file", &mut self.key_file);
        scope.file("client_ca_file", &mut self.client_ca_file);
        let one_alone = match (&self.certificate_file, &self.key_file) {
            (Some(_), None) => Some(("certificate_file", "needs `key_file`")),
            (None, Some(_)) => Some(("key_file", "needs `certificate_file`")),
            _ => None,
        };
        if let Some((key, why)) = one_alone {
            scope.error(key, &codes::BAD_TLS, why);
        } else if self.client_ca_file.is_some() && self.certificate_file.is_none() {
            scope.error("client_ca_file", &codes::BAD_TLS, "means something with `certificate_file` alone");
        } else if self.client_certificate == ClientCertificate::Required && self.client_ca_file.is_none() {
            scope.error("client_certificate", &codes::BAD_TLS, "needs `client_ca_file`");
        }
    }
}
