//! What a token must say to be taken, and whose it is then.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

/// What every token of an issuer must say.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) issuer: String,
    pub(super) audience: Vec<String>,
    pub(super) leeway: Duration,
}

/// Why a token isn't taken: for logs, never for clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error("it is another issuer's")]
    Issuer,
    #[error("it is for another audience")]
    Audience,
    #[error("it has no time at which it ends, or one that isn't a number")]
    Times,
    #[error("its time has passed")]
    Expired,
    #[error("its time hasn't come")]
    Early,
}

/// A claim that a client is told by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClaimRule {
    /// Its name; with dots, one within others (`realm_access.roles`).
    pub(crate) name: String,
    /// Its value; of a list one of its values, of words with blanks between them (`scope`) one of the words.
    pub(crate) value: String,
}

impl Expected {
    /// Until when `claims` hold, which are signed.
    pub(super) fn until(&self, claims: &Map<String, Value>, now: SystemTime) -> Result<SystemTime, Refused> {
        if claims.get("iss").and_then(Value::as_str) != Some(&*self.issuer) {
            return Err(Refused::Issuer);
        }
        let is_ours = |value: &Value| value.as_str().is_some_and(|text| self.audience.iter().any(|own| own == text));
        let for_us = match claims.get("aud") {
            Some(Value::Array(all)) => all.iter().any(is_ours),
            Some(one) => is_ours(one),
            None => false,
        };
        if !for_us {
            return Err(Refused::Audience);
        }
        let until = time(claims, "exp")?.ok_or(Refused::Times)? + self.leeway;
        if now >= until {
            return Err(Refused::Expired);
        }
        for name in ["nbf", "iat"] {
            if time(claims, name)?.is_some_and(|begin| begin > now + self.leeway) {
                return Err(Refused::Early);
            }
        }
        Ok(until)
    }
}

impl ClaimRule {
    /// Whether `claims` say so.
    pub(crate) fn holds(&self, claims: &Map<String, Value>) -> bool {
        let whole = claims.get(&self.name);
        let found = whole.or_else(|| {
            let mut parts = self.name.split('.');
            let first = claims.get(parts.next()?)?;
            parts.try_fold(first, |value, part| value.get(part))
        });
        match found {
            Some(Value::String(text)) => *text == self.value || text.split(' ').any(|word| word == self.value),
            Some(Value::Array(all)) => all.iter().any(|one| one.as_str() == Some(&self.value)),
            Some(Value::Bool(value)) => value.to_string() == self.value,
            Some(Value::Number(number)) => number.to_string() == self.value,
            _ => false,
        }
    }
}

/// A time as seconds since 1970 (RFC 7519 section 2, NumericDate); nothing where it isn't said.
fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<SystemTime>, Refused> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_f64().filter(|seconds| (0.0..1e11).contains(seconds)).ok_or(Refused::Times)?;
    UNIX_EPOCH.checked_add(Duration::from_secs_f64(seconds)).map(Some).ok_or(Refused::Times)
}
