//! `[bridge.NAME.client.NAME]`: who may ask.

use super::scope::Scope;
use super::{codes, values};
use crate::diagnostics::Severity;
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use crate::scim::dialect::{Dialect, PatchAnswer};
use serde::Deserialize;
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
    ],
    free: false,
};

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
    token_sha256_file: Option<PathBuf>,
    /// What to do where clients and the standard pull apart.
    pub dialect: Dialect,
    /// What a PATCH is answered with.
    pub patch_answer: PatchAnswer,
    /// The hashes of the tokens that mean this client; at least one.
    #[serde(skip)]
    pub token_hashes: Vec<TokenHash>,
}

impl Client {
    pub(super) fn validate(&mut self, scope: &mut Scope<'_>) {
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
            (None, None) => scope.missing("token_sha256"),
        }
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

fn hash(text: &str) -> Option<TokenHash> {
    values::hex(text)?.try_into().ok()
}
