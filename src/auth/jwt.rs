//! Bearer tokens that an authorization server has signed: JWTs (RFC 7519) as access tokens (RFC 9068, RFC 8725).
//!
//! What a token says of its own key (`jku`, `jwk`, `x5c`) means nothing: keys come from the settings' address alone, and a key is used
//! with the algorithm that it is made for, so that a public key is never taken for a shared secret.

mod claims;
mod keys;
mod source;

use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Validation};
use serde_json::{Map, Value};

pub(super) use self::claims::ClaimRule;
use self::claims::Expected;
use self::source::KeySource;
use super::recognised::Away;
use crate::clock::SharedClock;
use crate::config;

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 16 << 10;

/// An authorization server whose tokens are taken.
#[derive(Debug)]
pub(super) struct Issuer {
    /// Its name in the settings.
    pub(super) name: String,
    expected: Expected,
    algorithms: Vec<Algorithm>,
    keys: Arc<KeySource>,
}

/// A token that was verified.
#[derive(Debug)]
pub(super) struct Verified {
    /// What it says.
    pub(super) claims: Map<String, Value>,
    /// Until when.
    pub(super) until: SystemTime,
}

/// A token's head, before anything of it is believed.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    algorithm: Algorithm,
    key: Option<String>,
}

impl Issuer {
    /// The authorization server that the settings call `name`.
    pub(super) fn from_settings(name: &str, settings: &config::Jwt) -> Self {
        Self {
            name: name.to_owned(),
            expected: Expected {
                issuer: settings.issuer.clone(),
                audience: settings.audience.clone(),
                leeway: settings.leeway,
            },
            algorithms: settings.algorithms.iter().map(|name| algorithm(*name)).collect(),
            keys: Arc::new(KeySource::from_settings(name, settings)),
        }
    }

    /// Takes over the keys that `before` has, and when it may ask for others, where they are from the same place.
    pub(super) fn follow(&mut self, before: &Self) {
        if self.keys.is_same(&before.keys) {
            self.keys = Arc::clone(&before.keys);
        }
    }

    /// What `token` says, if this server has signed it for us and its time hasn't passed.
    ///
    /// # Errors
    /// When the server's keys can't be had, and none are known.
    pub(super) async fn verify(&self, token: &str, clock: &SharedClock) -> Result<Option<Verified>, Away> {
        // A token names its issuer: others' needn't ask this one for its keys.
        let Some(head) = self.head(token) else { return Ok(None) };
        if unverified_issuer(token).as_deref() != Some(&*self.expected.issuer) {
            return Ok(None);
        }
        let Some(key) = self.keys.find(head.key.as_deref(), head.algorithm, clock).await? else { return Ok(None) };
        let mut validation = Validation::new(head.algorithm);
        // The times and names are judged below, by our own clock.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let Ok(decoded) = jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation) else {
            return Ok(None);
        };
        match self.expected.until(&decoded.claims, clock.wall()) {
            Ok(until) => Ok(Some(Verified { claims: decoded.claims, until })),
            Err(refused) => {
                tracing::debug!(issuer = self.name, %refused, "a token is refused");
                Ok(None)
            }
        }
    }

    /// The head of a token that could be one of this server's.
    fn head(&self, token: &str) -> Option<Head> {
        let head = head(token)?;
        self.algorithms.contains(&head.algorithm).then_some(head)
    }
}

/// Whether this looks like a JWT: a static token has no two dots.
pub(super) fn looks_like_one(token: &[u8]) -> bool {
    token.len() <= LONGEST && token.iter().filter(|byte| **byte == b'.').count() == 2
}

fn algorithm(name: config::JwtAlgorithm) -> Algorithm {
    match name {
        config::JwtAlgorithm::Rs256 => Algorithm::RS256,
        config::JwtAlgorithm::Es256 => Algorithm::ES256,
        config::JwtAlgorithm::EdDsa => Algorithm::EdDSA,
    }
}

fn head(token: &str) -> Option<Head> {
    let header: Map<String, Value> = part(token, 0)?;
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    let algorithm = match text("alg")? {
        "RS256" => Algorithm::RS256,
        "ES256" => Algorithm::ES256,
        "EdDSA" => Algorithm::EdDSA,
        _ => return None,
    };
    // What must be understood isn't (RFC 7515 section 4.1.11); another kind of token isn't an access token (RFC 8725 section 3.11).
    let kind = text("typ").map(str::to_ascii_lowercase);
    let is_access = kind.is_none_or(|kind| matches!(kind.trim_start_matches("application/"), "jwt" | "at+jwt"));
    let key = match header.get("kid") {
        None => None,
        Some(Value::String(key)) => Some(key.clone()),
        Some(_) => return None,
    };
    (is_access && !header.contains_key("crit") && !header.contains_key("b64")).then_some(Head { algorithm, key })
}

fn unverified_issuer(token: &str) -> Option<String> {
    let claims: Map<String, Value> = part(token, 1)?;
    claims.get("iss").and_then(Value::as_str).map(str::to_owned)
}

fn part<T: serde::de::DeserializeOwned>(token: &str, place: usize) -> Option<T> {
    let octets = URL_SAFE_NO_PAD.decode(token.split('.').nth(place)?).ok()?;
    serde_json::from_slice(&octets).ok()
}
