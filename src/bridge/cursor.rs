//! Cursors (RFC 9865): where a reader is in a list, sealed so that a client can neither read nor make one.
//!
//! A cursor says which query, client and count it belongs to and which resources came last. Any instance with the same key
//! can go on from it; the one that made it goes on with the search that is still open.

use std::time::{Duration, SystemTime};

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::context::Context;
use super::error::Error;
use super::query::Query;
use crate::scim;

/// How long a cursor can be used.
pub(super) const LIFETIME: Duration = Duration::from_secs(3600);

/// The key that cursors are sealed with. Instances that share it understand each other's cursors.
pub struct CursorKey(RandomizedNonceKey);

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CursorKey(…)")
    }
}

/// Why a key can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a cursor key has 32 bytes")]
pub struct InvalidCursorKey;

impl CursorKey {
    /// A key from 32 secret bytes.
    ///
    /// # Errors
    /// When there are more or fewer.
    pub fn new(secret: &[u8]) -> Result<Self, InvalidCursorKey> {
        RandomizedNonceKey::new(&AES_256_GCM, secret).map(Self).map_err(|_| InvalidCursorKey)
    }

    /// A key that this process alone has.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn random() -> Result<Self, InvalidCursorKey> {
        let mut secret = [0; 32];
        aws_lc_rs::rand::fill(&mut secret).map_err(|_| InvalidCursorKey)?;
        Self::new(&secret)
    }

    pub(super) fn seal(&self, cursor: &Cursor) -> Result<String, Error> {
        let mut sealed = serde_json::to_vec(cursor).map_err(|_| Error::Internal)?;
        let nonce = self.0.seal_in_place_append_tag(Aad::empty(), &mut sealed).map_err(|_| Error::Internal)?;
        let mut bytes = nonce.as_ref().to_vec();
        bytes.append(&mut sealed);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn open(&self, text: &str) -> Option<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(12)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let opened = self.0.open_in_place(nonce, Aad::empty(), &mut sealed).ok()?;
        serde_json::from_slice(opened).ok()
    }

    /// The cursor that `text` seals, if it is of this query, client and count.
    ///
    /// # Errors
    /// 400 `invalidCursor`, `expiredCursor` or `invalidCount` (RFC 9865 section 2.1).
    pub(super) fn check(&self, cx: &Context, query: &Query, fingerprint: u64, text: &str) -> Result<Cursor, scim::Error> {
        let invalid = || scim::Error::invalid_cursor("the cursor is not one of this query's");
        let cursor = self.open(text).ok_or_else(invalid)?;
        if cursor.query != query.digest(cx, fingerprint) {
            return Err(invalid());
        }
        if cursor.count != query.count_given {
            return Err(scim::Error::invalid_count("`count` must be what it was on the first page"));
        }
        if seconds(cx) > cursor.expires {
            return Err(scim::Error::expired_cursor("the cursor is too old: begin again without one"));
        }
        Ok(cursor)
    }
}

/// Where a reader is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// The query and client.
    #[serde(rename = "q")]
    pub(super) query: [u8; 16],
    #[serde(rename = "n")]
    pub(super) count: Option<i64>,
    /// How many resources came before.
    #[serde(rename = "p")]
    pub(super) place: usize,
    /// The last ones that came, the latest first.
    #[serde(rename = "l")]
    pub(super) last: Vec<String>,
    /// The open search, in the process that made the cursor.
    #[serde(rename = "f")]
    pub(super) feed: u64,
    /// Seconds since 1970.
    #[serde(rename = "e")]
    pub(super) expires: u64,
}

impl Cursor {
    pub(super) fn new(cx: &Context, query: &Query, fingerprint: u64, place: usize, last: Vec<String>, feed: u64) -> Self {
        Self {
            query: query.digest(cx, fingerprint),
            count: query.count_given,
            place,
            last,
            feed,
            expires: seconds(cx) + LIFETIME.as_secs(),
        }
    }
}

fn seconds(cx: &Context) -> u64 {
    cx.clock.wall().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl Query {
    /// What a cursor is bound to: the mapping, the query but for its page, and the client.
    pub(super) fn digest(&self, cx: &Context, fingerprint: u64) -> [u8; 16] {
        let mut hash = Sha256::new();
        let kinds: Vec<usize> = self.kinds.iter().map(|kind| kind.kind).collect();
        let text = format!(
            "{fingerprint} {kinds:?} {:?} {:?} {:?} {:?} {:?} {}",
            self.filter_text, self.sort_text, self.order, self.selection, cx.client.name, cx.client.visibility
        );
        hash.update(text.as_bytes());
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.finalize()[..16]);
        digest
    }
}
