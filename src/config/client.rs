//! `[bridge.NAME.client.NAME]`: who may ask.

use super::basic::{self, Basic, LdapBind};
use super::confined::{self, Confined, ConfinedAt, Only, Rights};
use super::scope::Scope;
use super::{codes, values};
use crate::diagnostics::Severity;
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use crate::ldap::Dn;
use crate::scim::dialect::{Dialect, PatchAnswer};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "bridge.NAME.client.NAME",
    doc: "A client of the bridge; its name appears in logs. Several hashes let a token be replaced without a gap.",
    keys: &[
        Key::new(
            "token_sha256",
            Kind::Texts,
            "SHA-256 hash of the client's bearer token, as 64 hexadecimal digits; a list while tokens are being changed.",
        )
        .example("\"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\""),
        Key::new("token_sha256_file", Kind::Text, "File that holds the hash, or one hash a line."),
        Key::new(
            "certificate",
            Kind::Table(&CERTIFICATE),
            "The certificate that the client may show instead of a token, once `server.tls` trusts its authority.",
        ),
        Key::new(
            "dialect",
            Kind::OneOf(&["default", "strict"]),
            "What to do where clients and the standard pull apart: `default` takes what identity providers really send, `strict` what \
             the standard says.",
        )
        .default("\"default\""),
        Key::new(
            "patch_answer",
            Kind::OneOf(&["auto", "resource", "nothing"]),
            "What a PATCH is answered with: `resource`, always 200 with the resource; `nothing`, always 204; `auto`, 204 where only a \
             group's members change and no `attributes` are asked for, 200 otherwise.",
        )
        .default("\"auto\""),
        confined::ACCESS,
        confined::TYPES,
        confined::ATTRIBUTES,
        confined::HIDDEN,
        confined::WRITABLE,
        confined::ONLY,
        confined::WITHIN,
        confined::LARGEST_PAGE,
        Key::new(
            "jwt",
            Kind::Text,
            "The authorization server, by its name in `jwt` of the bridge, whose signed tokens the client may show.",
        )
        .example("\"login\""),
        Key::new(
            "claim",
            Kind::Map(&Kind::Text),
            "What such a token must claim to be this client's: all of these. A dot goes into a claim (`realm_access.roles`); of a list, or \
             of words with blanks between them, one must be it. Where several clients fit a token it is refused.",
        )
        .example("{ azp = \"hr-system\" }"),
        Key::new("basic", Kind::Table(&basic::BASIC), "The name and password that the client may show."),
        Key::new("ldap_bind", Kind::Table(&basic::LDAP_BIND), "Whose names and passwords in the directory may be shown."),
        Key::new(
            "ldap_identity",
            Kind::OneOf(&["service", "proxied", "own"]),
            "Who the client is in the directory, so that its own access rules decide: the `service` account; somebody on whose behalf \
             that asks, `proxied` authorization (RFC 4370: OpenLDAP, 389-DS); or by connections of its `own`, with the name and password \
             that it shows for `ldap_bind`. But for `service`, nothing that others read is served to it from memory. Who isn't the service \
             account has up to three connections to each directory, 256 such identities at most at a time; they are closed when nothing \
             was asked for five minutes.",
        )
        .default("\"service\""),
        Key::new(
            "authz_id",
            Kind::Text,
            "Whom `proxied` authorization is for: `dn:` and a DN, or `u:` and a name. `{user}` stands for the name that is shown by HTTP \
             Basic, or the token's `user_claim`.",
        )
        .example("\"dn:uid={user},ou=people,dc=example,dc=com\""),
        Key::new(
            "rate",
            Kind::Range(1, 1_000_000),
            "How many requests the client may make in a second; more are 429 with `Retry-After`. A bulk request is one.",
        )
        .example("50"),
        Key::new(
            "burst",
            Kind::Range(1, 1_000_000),
            "How many of them at once, after a pause; as many as in a second unless given.",
        )
        .example("100"),
        Key::new("concurrency", Kind::Range(1, 1_000_000), "How many requests of the client may be under way at a time.")
            .example("8"),
    ],
    free: false,
};

static CERTIFICATE: TableSpec = TableSpec {
    name: "bridge.NAME.client.NAME.certificate",
    doc: "What stands in the client's certificate. Where both are given, both must.",
    keys: &[
        Key::new(
            "san",
            Kind::Text,
            "A subject alternative name: a DNS name, an e-mail address, a URI or an IP address.",
        )
        .example("\"hr.example.com\""),
        Key::new("subject", Kind::Text, "The subject, as a DN in the form of RFC 4514.")
            .example("\"CN=hr,OU=services,O=example\""),
    ],
    free: false,
};

/// What a client's certificate is told by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Certificate {
    /// A subject alternative name.
    pub san: Option<String>,
    /// The subject, as a DN that can be read.
    pub subject: Option<String>,
}

/// Who a client is in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LdapIdentity {
    /// The service account.
    Service,
    /// Somebody on whose behalf the service account asks.
    Proxied,
    /// Itself.
    Own,
}

/// The SHA-256 hash of a bearer token.
pub type TokenHash = [u8; 32];

/// `[bridge.NAME.client.NAME]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Client {
    /// The hashes as written; [`token_hashes`](Self::token_hashes) has them read, those of the file included.
    #[serde(default, deserialize_with = "values::texts_option")]
    token_sha256: Option<Vec<String>>,
    /// The file that they stand in.
    pub token_sha256_file: Option<PathBuf>,
    #[serde(default, rename = "certificate")]
    certificate_table: Certificate,
    /// What its certificate is told by.
    #[serde(skip)]
    pub certificate: Option<Certificate>,
    /// What to do where clients and the standard pull apart.
    pub dialect: Dialect,
    /// What a PATCH is answered with.
    pub patch_answer: PatchAnswer,
    /// What it may do.
    pub access: Rights,
    #[serde(default, deserialize_with = "values::texts_option")]
    types: Option<Vec<String>>,
    #[serde(default, deserialize_with = "values::texts_option")]
    attributes: Option<Vec<String>>,
    #[serde(default, deserialize_with = "values::texts_option")]
    hidden: Option<Vec<String>>,
    #[serde(default, deserialize_with = "values::texts_option")]
    writable: Option<Vec<String>>,
    only: Option<Only>,
    #[serde(default, deserialize_with = "values::texts_option")]
    within: Option<Vec<String>>,
    /// What it is confined to.
    #[serde(skip)]
    pub confined: Confined,
    /// Where that is said.
    #[serde(skip)]
    pub confined_at: ConfinedAt,
    /// The most resources that it gets on a page.
    pub largest_page: Option<usize>,
    /// The authorization server whose tokens it may show.
    pub jwt: Option<String>,
    /// What they must claim, by the claims' names.
    #[serde(default, rename = "claim")]
    pub claims: BTreeMap<String, String>,
    /// The name and password that it may show.
    pub basic: Basic,
    /// Whose names and passwords of the directory may be shown.
    pub ldap_bind: LdapBind,
    /// Who it is in the directory.
    pub ldap_identity: LdapIdentity,
    /// Whom proxied authorization is for.
    pub authz_id: Option<String>,
    /// How many requests it may make in a second.
    pub rate: Option<u32>,
    /// How many of them at once.
    pub burst: Option<u32>,
    /// How many may be under way.
    pub concurrency: Option<usize>,
    /// The hashes of the tokens that mean this client; at least one, or a certificate.
    #[serde(skip)]
    pub token_hashes: Vec<TokenHash>,
}

impl Client {
    pub(super) fn validate(&mut self, scope: &mut Scope<'_>) {
        self.validate_certificate(&mut scope.below("certificate"));
        self.confined = Confined {
            types: self.types.take(),
            attributes: self.attributes.take(),
            hidden: self.hidden.take(),
            writable: self.writable.take(),
            only: self.only.take(),
            within: self.within.take(),
        };
        self.confined.validate(scope);
        self.confined_at = ConfinedAt::of(scope);
        self.basic.validate(&mut scope.below("basic"));
        self.ldap_bind.validate(&mut scope.below("ldap_bind"));
        self.validate_identity(scope);
        if self.burst.is_some() && self.rate.is_none() {
            scope.missing("rate");
        }
        if !self.claims.is_empty() && self.jwt.is_none() {
            scope.missing("jwt");
        }
        let others = self.certificate.is_some() || self.has_other_credentials();
        match (&self.token_sha256, &mut self.token_sha256_file) {
            (_, Some(_)) if scope.given("token_sha256") => {
                scope.error("token_sha256_file", &codes::TWICE, "`token_sha256` is given too");
            }
            (_, Some(path)) => {
                *path = scope.resolve(path);
                match std::fs::read_to_string(&*path) {
                    Ok(text) => self.token_hashes = hashes("token_sha256_file", lines(&text), scope),
                    Err(error) => scope.unreadable("token_sha256_file", path, &error),
                }
            }
            (Some(texts), None) => self.token_hashes = hashes("token_sha256", texts.iter().map(String::as_str), scope),
            (None, None) if others => {}
            (None, None) => scope.missing("token_sha256"),
        }
    }

    /// Whether it may show anything but a static token or a certificate.
    fn has_other_credentials(&self) -> bool {
        self.jwt.is_some() || self.basic.is_given() || self.ldap_bind.is_given()
    }

    fn validate_identity(&self, scope: &mut Scope<'_>) {
        let names_anybody = self.jwt.is_some() || self.basic.is_given() || self.ldap_bind.is_given();
        let only_named = self.token_sha256.is_none() && self.token_sha256_file.is_none() && self.certificate.is_none();
        match (self.ldap_identity, &self.authz_id) {
            (LdapIdentity::Proxied, None) => scope.missing("authz_id"),
            (LdapIdentity::Proxied, Some(text)) if !is_authz_id(text) => {
                scope.error("authz_id", &codes::BAD_IDENTITY, "neither `dn:` and a DN nor `u:` and a name");
            }
            (LdapIdentity::Proxied, Some(text)) if text.contains("{user}") && !(names_anybody && only_named) => {
                let text = "a client that shows a static token or a certificate has no name to put in for `{user}`";
                scope.error("authz_id", &codes::BAD_IDENTITY, text);
            }
            (LdapIdentity::Own, _)
                if !self.ldap_bind.is_given() || !only_named || self.jwt.is_some() || self.basic.is_given() =>
            {
                let text = "`own` takes `ldap_bind` as the only way to authenticate: nothing else has a password for the directory";
                scope.error("ldap_identity", &codes::BAD_IDENTITY, text);
            }
            (LdapIdentity::Service | LdapIdentity::Own, Some(_)) => {
                scope.warning("authz_id", &codes::UNUSED, "nobody is asked for on behalf of it");
            }
            _ => {}
        }
    }

    fn validate_certificate(&mut self, scope: &mut Scope<'_>) {
        let Certificate { san, subject } = &self.certificate_table;
        if san.as_ref().is_some_and(|san| san.trim().is_empty()) {
            scope.error("san", &codes::BAD_CERTIFICATE, "is empty");
        }
        if let Some(subject) = subject
            && !subject.parse::<Dn>().is_ok_and(|dn| !dn.is_root())
        {
            scope.error("subject", &codes::BAD_CERTIFICATE, "not a DN");
        }
        self.certificate =
            Some(&self.certificate_table).filter(|table| table.san.is_some() || table.subject.is_some()).cloned();
    }
}

/// The lines that hold something; what follows a blank is a comment, as `sha256sum` writes one.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.split_whitespace().next()).filter(|word| !word.starts_with('#'))
}

fn hashes<'a>(key: &str, texts: impl Iterator<Item = &'a str>, scope: &mut Scope<'_>) -> Vec<TokenHash> {
    let read: Option<Vec<_>> = texts.map(hash).collect();
    match read {
        Some(hashes) if !hashes.is_empty() => hashes,
        Some(_) => {
            scope.error(key, &codes::BAD_TOKEN, "no hash in it");
            Vec::new()
        }
        None => {
            let what = "not a SHA-256 hash in 64 hexadecimal digits";
            let finding = scope.finding(Severity::Error, key, &codes::BAD_TOKEN, what);
            scope.push(finding.help("printf %s \"$TOKEN\" | sha256sum prints a token's"));
            Vec::new()
        }
    }
}

/// Whether it is an authorization identity (RFC 4513 section 5.2.1.8).
fn is_authz_id(text: &str) -> bool {
    match (text.strip_prefix("dn:"), text.strip_prefix("u:")) {
        (Some(dn), _) => dn.parse::<Dn>().is_ok_and(|dn| !dn.is_root()),
        (_, Some(name)) => !name.is_empty() && name.matches("{user}").count() < 2,
        _ => false,
    }
}

fn hash(text: &str) -> Option<TokenHash> {
    values::hex(text)?.try_into().ok()
}
