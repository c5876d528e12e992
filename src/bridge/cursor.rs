//! Cursors (RFC 9865): where a reader is in a list, sealed so that a client can neither read nor make one.
//!
//! A cursor says which query, client and count it belongs to and which resources came last. Any instance with the same key
//! can go on from it; the one that made it goes on with the search that is still open.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::error::Error;

/// How long a cursor can be used.
pub(super) const LIFETIME: Duration = Duration::from_secs(3600);

/// The key that cursors are sealed with. Instances that share it understand each other's cursors.
#[derive(Clone)]
pub struct CursorKey(Arc<RandomizedNonceKey>);

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
        RandomizedNonceKey::new(&AES_256_GCM, secret).map(Arc::new).map(Self).map_err(|_| InvalidCursorKey)
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

    /// `cursor` as text of unreserved characters.
    pub(super) fn seal(&self, cursor: &Cursor) -> Result<String, Error> {
        let mut sealed = serde_json::to_vec(cursor).map_err(|_| Error::Internal)?;
        let nonce = self.0.seal_in_place_append_tag(Aad::empty(), &mut sealed).map_err(|_| Error::Internal)?;
        let mut bytes = nonce.as_ref().to_vec();
        bytes.append(&mut sealed);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What `text` seals, if it was sealed with this key.
    pub(super) fn open(&self, text: &str) -> Option<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(12)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let opened = self.0.open_in_place(nonce, Aad::empty(), &mut sealed).ok()?;
        serde_json::from_slice(opened).ok()
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
    /// The open search, in the process that made the cursor, or the list of ids that it goes through.
    #[serde(rename = "f")]
    pub(super) feed: u64,
    /// Seconds since 1970.
    #[serde(rename = "e")]
    pub(super) expires: u64,
}
