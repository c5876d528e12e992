//! `[bridge.NAME]`: one mapping over its directories, mounted at one path.

use super::scope::Scope;
use super::{Audit, Cache, Client, Directory, Guard, Jwt, Limits};
use super::{audit, cache, client, codes, directory, guard, jwt, limits, secret, values};
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "bridge.NAME",
    doc: "One mapping over one or more directories, mounted at one path. Two bridges share nothing but the process.",
    keys: &[
        Key::new("path", Kind::Text, "Where it is mounted, below the server's `base_url`.").example("\"/scim/v2\""),
        Key::new(
            "mapping",
            Kind::Text,
            "Path of the mapping file. (`builtin:NAME` names a preset itself, which holds alone where it needs no `suffix`.)",
        )
        .example("\"openldap.toml\""),
        Key::new(
            "cursor_key",
            Kind::Secret,
            "32 bytes in hexadecimal digits or base64 that seal cursors (RFC 9865), so that they hold on every instance with the same \
             key. Unless given, cursors hold until this instance ends.",
        ),
        Key::new("cursor_key_file", Kind::Text, "File that holds the cursor key."),
        Key::new(
            "dry_run",
            Kind::Bool,
            "Whether writes are only planned: they are checked, audited as what would be done, and answered as if they had been.",
        )
        .default("false"),
        Key::new(
            "jwt",
            Kind::Map(&Kind::Table(&jwt::SPEC)),
            "Authorization servers whose signed tokens are taken, by name; clients refer to them.",
        ),
        Key::new("client", Kind::Map(&Kind::Table(&client::SPEC)), "Who may ask, by name."),
        Key::new(
            "directory",
            Kind::Map(&Kind::Table(&directory::SPEC)),
            "The directories, by name; `main` unless there are several.",
        ),
        Key::new("limits", Kind::Table(&limits::SPEC), "How much one request may cost."),
        Key::new("cache", Kind::Table(&cache::SPEC), "What is remembered."),
        Key::new("audit", Kind::Table(&audit::SPEC), "Where writes are written down."),
        Key::new("guard", Kind::Table(&guard::SPEC), "How much one client may delete and disable."),
    ],
    free: false,
};

/// `[bridge.NAME]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Bridge {
    /// Where it is mounted: begins with `/`, doesn't end with one; empty for the root.
    #[serde(skip)]
    pub path: String,
    #[serde(rename = "path")]
    path_text: Option<String>,
    #[serde(rename = "mapping")]
    mapping_text: Option<String>,
    /// The mapping.
    #[serde(skip)]
    pub mapping: MappingSource,
    #[serde(default, deserialize_with = "values::secret", rename = "cursor_key")]
    cursor_key_text: Option<SecretString>,
    cursor_key_file: Option<PathBuf>,
    /// What seals cursors; absent: a key of this instance's own.
    #[serde(skip)]
    pub cursor_key: Option<CursorKey>,
    /// Authorization servers whose tokens are taken, by name.
    #[serde(default)]
    pub jwt: BTreeMap<String, Jwt>,
    /// Who may ask, by name.
    #[serde(default, rename = "client")]
    pub clients: BTreeMap<String, Client>,
    /// The directories, by name; at least one.
    #[serde(default, rename = "directory")]
    pub directories: BTreeMap<String, Directory>,
    /// How much one request may cost.
    pub limits: Limits,
    /// What is remembered.
    pub cache: Cache,
    /// Whether writes are only planned.
    pub dry_run: bool,
    /// Where writes are written down.
    pub audit: Audit,
    /// How much one client may delete and disable.
    pub guard: Guard,
}

/// Where a mapping comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MappingSource {
    /// A preset in the binary: `openldap`, `ad@1`.
    Builtin(String),
    /// A file.
    File(PathBuf),
}

impl Default for MappingSource {
    fn default() -> Self {
        Self::Builtin(String::new())
    }
}

/// The 32 bytes that seal cursors; never shown.
#[derive(Debug, Clone)]
pub struct CursorKey(SecretSlice<u8>);

impl CursorKey {
    /// A key of 64 hexadecimal digits, or of base64 in either alphabet, padded or not; nothing unless it has 32 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let decode = |alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok();
        let readings = [values::hex(text), decode(&STANDARD), decode(&URL_SAFE)];
        readings.into_iter().flatten().find(|bytes| bytes.len() == 32).map(|bytes| Self(SecretSlice::from(bytes)))
    }

    /// The 32 bytes.
    pub fn bytes(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl Bridge {
    pub(super) fn validate(&mut self, scope: &mut Scope<'_>) {
        self.validate_path(scope);
        self.validate_mapping(scope);
        self.validate_cursor_key(scope);
        let mut servers = scope.below("jwt");
        for (name, server) in &mut self.jwt {
            server.validate(&mut servers.below(name));
        }
        self.validate_clients(scope);
        self.validate_directories(scope);
        self.limits.validate(&mut scope.below("limits"));
        self.audit.validate(&mut scope.below("audit"));
        self.guard.validate(&mut scope.below("guard"));
    }

    /// Whether a bridge that was made by these settings is one that the others would make, its clients and directories apart.
    pub fn is_same(&self, other: &Self) -> bool {
        let shown = |bridge: &Self| {
            let Self { path, mapping, limits, cache, dry_run, audit, guard, .. } = bridge;
            format!("{path:?}{mapping:?}{limits:?}{cache:?}{dry_run:?}{audit:?}{guard:?}")
        };
        let key = |bridge: &Self| bridge.cursor_key.as_ref().map(|key| key.bytes().to_vec());
        shown(self) == shown(other) && key(self) == key(other)
    }

    /// The files that were read for these settings, or are read for what they name, but for the mapping.
    pub(super) fn files(&self) -> impl Iterator<Item = PathBuf> + '_ {
        let directories = self.directories.values().flat_map(Directory::files);
        let of_client = |client: &Client| [client.token_sha256_file.clone(), client.basic.password_hash_file.clone()];
        let clients = self.clients.values().flat_map(of_client).flatten();
        clients.chain(directories).chain(self.cursor_key_file.clone())
    }

    /// The path, if there is a good one.
    pub(super) fn mounted(&self) -> Option<&str> {
        self.path_text.as_ref().filter(|text| text.starts_with('/')).map(|_| self.path.as_str())
    }

    fn validate_path(&mut self, scope: &mut Scope<'_>) {
        let Some(text) = &self.path_text else { return scope.missing("path") };
        let path = text.trim_end_matches('/');
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
        let segment = |s: &str| !s.is_empty() && s.chars().all(allowed) && s != "." && s != "..";
        if !text.starts_with('/') {
            scope.error("path", &codes::BAD_PATH, "must begin with `/`");
        } else if !path.split('/').skip(1).all(segment) {
            scope.error(
                "path",
                &codes::BAD_PATH,
                "has an empty segment, or one with other characters than letters, digits and -._~",
            );
        }
        self.path = path.to_owned();
    }

    fn validate_mapping(&mut self, scope: &mut Scope<'_>) {
        let Some(text) = &self.mapping_text else { return scope.missing("mapping") };
        self.mapping = match text.strip_prefix("builtin:") {
            Some(name) if is_preset(name) => MappingSource::Builtin(name.to_owned()),
            Some(_) => return scope.error("mapping", &codes::BAD_MAPPING, "`builtin:` needs the name of a preset"),
            None if text.is_empty() => return scope.error("mapping", &codes::BAD_MAPPING, "is empty"),
            None => MappingSource::File(scope.resolve(text.as_ref())),
        };
    }

    fn validate_cursor_key(&mut self, scope: &mut Scope<'_>) {
        secret::resolve(scope, "cursor_key", &mut self.cursor_key_text, &mut self.cursor_key_file);
        let Some(text) = &self.cursor_key_text else { return };
        self.cursor_key = CursorKey::parse(text.expose_secret().trim());
        if self.cursor_key.is_none() {
            let key = if self.cursor_key_file.is_some() { "cursor_key_file" } else { "cursor_key" };
            scope.error(key, &codes::BAD_CURSOR_KEY, "not 32 bytes in hexadecimal digits or base64");
        }
    }

    fn validate_clients(&mut self, scope: &mut Scope<'_>) {
        let mut clients = scope.below("client");
        for (name, client) in &mut self.clients {
            client.validate(&mut clients.below(name));
        }
        for (i, (name, client)) in self.clients.iter().enumerate() {
            let same_certificate = |(_, other): &(&String, &Client)| {
                client.certificate.is_some() && client.certificate == other.certificate
            };
            if let Some((other, _)) = self.clients.iter().take(i).find(same_certificate) {
                let text = format!("client `{other}` has this certificate too");
                clients.below(name).error("certificate", &codes::SAME_TOKEN, &text);
            }
            let same = |(_, other): &(&String, &Client)| {
                other.token_hashes.iter().any(|hash| client.token_hashes.contains(hash))
            };
            if let Some((other, _)) = self.clients.iter().take(i).find(same) {
                let mut below = clients.below(name);
                let key = if below.given("token_sha256") { "token_sha256" } else { "token_sha256_file" };
                below.error(key, &codes::SAME_TOKEN, &format!("client `{other}` has this token too"));
            }
        }
        for (name, client) in &self.clients {
            let mut below = clients.below(name);
            if client.jwt.as_ref().is_some_and(|server| !self.jwt.contains_key(server)) {
                below.error("jwt", &codes::BAD_JWT, "there is no authorization server of this name in the bridge");
            }
            if client.ldap_bind.is_given() && !self.directories.contains_key(&client.ldap_bind.directory) {
                let text = "there is no directory of this name in the bridge";
                below.below("ldap_bind").error("directory", &codes::BAD_PASSWORD, text);
            }
        }
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for (name, client) in &self.clients {
            let Some(user) = client.basic.user.as_deref() else { continue };
            match seen.iter().find(|(other, _)| *other == user) {
                Some((_, other)) => {
                    let text = format!("client `{other}` has this name too");
                    clients.below(name).below("basic").error("user", &codes::SAME_TOKEN, &text);
                }
                None => seen.push((user, name)),
            }
        }
        if self.clients.is_empty() && !scope.given("client") {
            scope.warning("client", &codes::NO_CLIENT, "nobody may use this bridge");
        }
    }

    fn validate_directories(&mut self, scope: &mut Scope<'_>) {
        if self.directories.is_empty() {
            scope.missing("directory");
        }
        let mut directories = scope.below("directory");
        for (name, directory) in &mut self.directories {
            directory.validate(&mut directories.below(name));
        }
    }
}

/// `openldap`, `ad@1`.
fn is_preset(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '@' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&"0f".repeat(32), true)]
    #[case("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", true)]
    #[case("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", true)]
    #[case("-_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", true)]
    #[case("+/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", true)]
    #[case(&"0f".repeat(31), false)]
    #[case("secret", false)]
    #[case("", false)]
    fn cursor_keys(#[case] text: &str, #[case] good: bool) {
        assert_eq!(CursorKey::parse(text).is_some_and(|key| key.bytes().len() == 32), good);
    }
}
