//! `[bridge.NAME.jwt.NAME]`: an authorization server whose tokens are taken.

use super::scope::Scope;
use super::{codes, values};
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use http::Uri;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "bridge.NAME.jwt.NAME",
    doc: "An authorization server (OAuth 2.0) whose signed access tokens (JWT, RFC 9068) clients may show; a client names it by `jwt`.",
    keys: &[
        Key::new("issuer", Kind::Text, "What its tokens have as `iss`, to the letter.")
            .example("\"https://login.example.com/\""),
        Key::new("audience", Kind::Texts, "What its tokens for this service have as `aud`; one of these.")
            .example("\"https://scim.example.com\""),
        Key::new(
            "jwks_url",
            Kind::Text,
            "Where its public keys are (JWK set, RFC 7517). They are fetched when needed, and again when a token names an unknown one.",
        )
        .example("\"https://login.example.com/.well-known/jwks.json\""),
        Key::new("jwks_file", Kind::Text, "File that holds the keys instead."),
        Key::new(
            "ca_file",
            Kind::Text,
            "Authorities, as PEM, that its certificate must be from; those that the system trusts unless given.",
        ),
        Key::new(
            "algorithms",
            Kind::List(&Kind::OneOf(&["RS256", "ES256", "EdDSA"])),
            "The signatures that are taken. There is no `none`, and none by a shared secret.",
        )
        .default("[\"RS256\", \"ES256\", \"EdDSA\"]"),
        Key::new(
            "user_claim",
            Kind::Text,
            "The claim that says who a token is for: what `{user}` stands for in a client's `authz_id`.",
        )
        .default("\"sub\""),
        Key::new("leeway", Kind::Duration, "How far the clocks may differ.").default("\"60s\""),
        Key::new("refresh", Kind::Duration, "After how long the keys are fetched again. They hold for a day while that fails.")
            .default("\"10m\""),
    ],
    free: false,
};

/// `[bridge.NAME.jwt.NAME]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Jwt {
    #[serde(rename = "issuer")]
    issuer_text: Option<String>,
    /// What tokens have as `iss`.
    #[serde(skip)]
    pub issuer: String,
    #[serde(default, deserialize_with = "values::texts_option", rename = "audience")]
    audience_texts: Option<Vec<String>>,
    /// One of these is what tokens have as `aud`; at least one.
    #[serde(skip)]
    pub audience: Vec<String>,
    jwks_url: Option<String>,
    jwks_file: Option<PathBuf>,
    /// Where the keys are.
    #[serde(skip)]
    pub keys: JwtKeys,
    /// The authorities that the server's certificate must be from.
    pub ca_file: Option<PathBuf>,
    /// The signatures that are taken.
    pub algorithms: Vec<JwtAlgorithm>,
    /// The claim that names the person or program that a token is for.
    pub user_claim: String,
    /// How far the clocks may differ.
    #[serde(deserialize_with = "values::duration")]
    pub leeway: Duration,
    /// After how long the keys are fetched again.
    #[serde(deserialize_with = "values::duration")]
    pub refresh: Duration,
}

/// Where an authorization server's keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwtKeys {
    /// At an address.
    Address(Uri),
    /// In a file.
    File(PathBuf),
}

impl Default for JwtKeys {
    fn default() -> Self {
        Self::File(PathBuf::new())
    }
}

/// A signature algorithm (RFC 7518 section 3.1, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum JwtAlgorithm {
    /// RSA with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// The curve P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

impl Jwt {
    pub(super) fn validate(&mut self, scope: &mut Scope<'_>) {
        match self.issuer_text.take() {
            Some(text) if text.trim().is_empty() => scope.error("issuer", &codes::BAD_JWT, "is empty"),
            Some(text) => self.issuer = text,
            None => scope.missing("issuer"),
        }
        match self.audience_texts.take() {
            Some(texts) if texts.is_empty() || texts.iter().any(|text| text.trim().is_empty()) => {
                scope.error("audience", &codes::BAD_JWT, "is empty: tokens for other services would be taken");
            }
            Some(texts) => self.audience = texts,
            None => scope.missing("audience"),
        }
        if self.algorithms.is_empty() {
            scope.error("algorithms", &codes::BAD_JWT, "is empty: no token could be taken");
        }
        scope.not_zero("refresh", self.refresh);
        scope.file("ca_file", &mut self.ca_file);
        self.validate_keys(scope);
    }

    fn validate_keys(&mut self, scope: &mut Scope<'_>) {
        match (self.jwks_url.take(), &mut self.jwks_file) {
            (Some(_), Some(_)) => scope.error("jwks_file", &codes::BAD_JWT, "`jwks_url` is given too"),
            (None, None) => scope.missing("jwks_url"),
            (None, file @ Some(_)) => {
                scope.file("jwks_file", file);
                self.keys = JwtKeys::File(file.clone().unwrap_or_default());
            }
            (Some(text), None) => {
                let url = text.parse::<Uri>().ok().filter(|url| {
                    let secured = url.scheme_str() == Some("https");
                    let near = url.scheme_str() == Some("http") && url.host().is_some_and(is_loopback);
                    url.host().is_some() && (secured || near)
                });
                match url {
                    Some(url) => self.keys = JwtKeys::Address(url),
                    None => scope.error(
                        "jwks_url",
                        &codes::BAD_JWT,
                        "not an https:// URL: whoever can change the keys on the way can sign tokens",
                    ),
                }
            }
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
