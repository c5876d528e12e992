//! The public keys of an authorization server: a JWK set (RFC 7517 section 5).

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// The smallest RSA modulus that is taken, in characters of base64: 2048 bits.
const SHORTEST_MODULUS: usize = 342;

/// The keys that signatures are verified with.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys(Vec<Known>);

#[derive(Debug, Clone)]
struct Known {
    id: Option<String>,
    /// What it is made for, and the only one that it is used with.
    algorithm: Algorithm,
    key: DecodingKey,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

impl Keys {
    /// The keys in a JWK set that are of use; others are passed over, shared secrets first of all.
    ///
    /// # Errors
    /// When it isn't a JWK set, or has no such key.
    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        let set: Set = serde_json::from_slice(text).map_err(|_| "not a JWK set".to_owned())?;
        let keys: Vec<Known> = set.keys.into_iter().filter_map(known).collect();
        if keys.is_empty() { Err("no key for RS256, ES256 or EdDSA in it".to_owned()) } else { Ok(Self(keys)) }
    }

    /// The key called `id` that is made for `algorithm`; without an id, the only one that is.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&DecodingKey> {
        let mut fit = self.0.iter().filter(|known| known.algorithm == algorithm);
        match id {
            Some(id) => fit.find(|known| known.id.as_deref() == Some(id)).map(|known| &known.key),
            None => fit.next().filter(|_| fit.next().is_none()).map(|known| &known.key),
        }
    }
}

fn known(value: Value) -> Option<Known> {
    let key: Jwk = serde_json::from_value(value).ok()?;
    if !matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let algorithm = match &key.algorithm {
        AlgorithmParameters::RSA(rsa) if rsa.n.len() >= SHORTEST_MODULUS => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    let named = key.common.key_algorithm.map(|named| named.to_string());
    if named.is_some_and(|named| named != format!("{algorithm:?}")) {
        return None;
    }
    Some(Known { id: key.common.key_id.clone(), algorithm, key: DecodingKey::from_jwk(&key).ok()? })
}
