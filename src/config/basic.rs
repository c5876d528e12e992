//! `basic` and `ldap_bind` of `[bridge.NAME.client.NAME]`: names and passwords.

use super::scope::Scope;
use super::{codes, secret, values};
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use crate::ldap::Dn;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

pub(super) static BASIC: TableSpec = TableSpec {
    name: "bridge.NAME.client.NAME.basic",
    doc: "A name and a password that the client may show by HTTP Basic (RFC 7617).",
    keys: &[
        Key::new("user", Kind::Text, "The name.").example("\"hr\""),
        Key::new(
            "password_hash",
            Kind::Secret,
            "The password's hash by Argon2, as `scimfront password` prints it: `$argon2id$…`.",
        ),
        Key::new("password_hash_file", Kind::Text, "File that holds the hash."),
    ],
    free: false,
};

pub(super) static LDAP_BIND: TableSpec = TableSpec {
    name: "bridge.NAME.client.NAME.ldap_bind",
    doc: "Lets those in by HTTP Basic who can bind to a directory with the name and password that they show.",
    keys: &[
        Key::new(
            "dn",
            Kind::Text,
            "The DN to bind as; a value `{user}` in it stands for the name that is shown, whatever characters it has.",
        )
        .example("\"uid={user},ou=admins,dc=example,dc=com\""),
        Key::new(
            "users",
            Kind::Texts,
            "The names that are meant; unless given, whoever has an entry of such a DN. A DN without `{user}` needs one.",
        )
        .example("[\"alice\", \"bob\"]"),
        Key::new("directory", Kind::Text, "The directory's name in the settings.").default("\"main\""),
        Key::new(
            "attempts",
            Kind::Range(1, 1000),
            "How many binds may fail for one name within `attempts_per`; after that the directory isn't asked. Less than what locks an account there.",
        )
        .default("3"),
        Key::new("attempts_per", Kind::Duration, "The while in which they are counted; as long as the directory counts.")
            .default("\"15m\""),
        Key::new(
            "remember",
            Kind::Duration,
            "For how long a bind that succeeded stands for further requests. A changed password takes effect that late.",
        )
        .default("\"30s\""),
    ],
    free: false,
};

/// `basic`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Basic {
    /// The name.
    pub user: Option<String>,
    /// The hash; there where a name is.
    #[serde(default, deserialize_with = "values::secret")]
    pub password_hash: Option<SecretString>,
    /// The file that it stands in.
    pub password_hash_file: Option<PathBuf>,
}

/// `ldap_bind`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LdapBind {
    /// The DN to bind as.
    pub dn: Option<String>,
    /// The names that are meant.
    #[serde(default, deserialize_with = "values::texts_option")]
    pub users: Option<Vec<String>>,
    /// The directory.
    pub directory: String,
    /// How many binds may fail.
    pub attempts: u32,
    /// In which while.
    #[serde(deserialize_with = "values::duration")]
    pub attempts_per: Duration,
    /// For how long one that succeeded is remembered.
    #[serde(deserialize_with = "values::duration")]
    pub remember: Duration,
}

impl Basic {
    /// Whether there is any.
    pub fn is_given(&self) -> bool {
        self.user.is_some()
    }

    pub(super) fn validate(&mut self, scope: &mut Scope<'_>) {
        secret::resolve(scope, "password_hash", &mut self.password_hash, &mut self.password_hash_file);
        if self
            .user
            .as_ref()
            .is_some_and(|user| user.is_empty() || user.contains(':') || user.chars().any(char::is_control))
        {
            scope.error("user", &codes::BAD_PASSWORD, "is empty, or has a colon or a control character in it");
        }
        match (&self.user, &self.password_hash) {
            (Some(_), None) => scope.missing("password_hash"),
            (None, Some(_)) => scope.missing("user"),
            (_, Some(hash)) if !hash.expose_secret().trim().starts_with("$argon2") => {
                let key = if self.password_hash_file.is_some() { "password_hash_file" } else { "password_hash" };
                scope.error(key, &codes::BAD_PASSWORD, "not a hash by Argon2");
            }
            _ => {}
        }
    }
}

impl LdapBind {
    /// Whether there is any.
    pub fn is_given(&self) -> bool {
        self.dn.is_some()
    }

    pub(super) fn validate(&self, scope: &mut Scope<'_>) {
        scope.not_zero("attempts_per", self.attempts_per);
        let Some(text) = &self.dn else {
            if scope.given("users") {
                scope.missing("dn");
            }
            return;
        };
        let dn = text.parse::<Dn>().ok().filter(|dn| !dn.is_root());
        let Some(dn) = dn else { return scope.error("dn", &codes::BAD_PASSWORD, "not a DN") };
        let mut values = dn.rdns().iter().flat_map(|rdn| rdn.avas()).map(|ava| ava.value());
        if values.clone().any(|value| value != PLACE && value.windows(PLACE.len()).any(|part| part == PLACE)) {
            scope.error("dn", &codes::BAD_PASSWORD, "`{user}` must be a value of its own");
        } else if !values.any(|value| value == PLACE) && self.users.as_ref().is_none_or(|users| users.len() != 1) {
            scope.error("dn", &codes::BAD_PASSWORD, "without `{user}`, `users` must be the one name that is meant");
        }
    }
}

const PLACE: &[u8] = b"{user}";
