//! Versions (RFC 7644 section 3.14): what a resource is, as a weak entity tag.
//!
//! A tag has two parts: `W/"STATE-VIEW"`. STATE moves with what a client can write: it decides If-Match. VIEW covers what is
//! shown beside it (names of members, groups, photos): it decides If-None-Match together with STATE.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::ldap::Entry;

use super::read::VersionPlan;

/// The STATE part, or `None` where the plan shows no version or the entry lacks what it is made of.
pub(super) fn state(plan: &VersionPlan, entry: &Entry) -> Option<String> {
    match plan {
        VersionPlan::None => None,
        VersionPlan::Attribute { fingerprint, place } => {
            let value = entry.first(*place)?;
            let mut hash = Digest::default();
            hash.part(&fingerprint.to_be_bytes());
            hash.part(value);
            // Another server counts otherwise.
            entry.origin.iter().for_each(|origin| hash.part(origin));
            Some(hash.finish(12))
        }
        VersionPlan::Content { fingerprint, stored } => {
            let mut parts = Gathered(Vec::with_capacity(GATHERED));
            parts.part(&fingerprint.to_be_bytes());
            for (name, place) in stored {
                let values = entry.values(*place);
                if values.is_empty() {
                    continue;
                }
                parts.part(name.as_bytes());
                parts.count(values.len());
                parts.set(values);
            }
            let mut hash = Digest::default();
            hash.octets_of(&parts.0);
            Some(hash.finish(12))
        }
    }
}

/// What most entries' mapped values take.
const GATHERED: usize = 2 << 10;

/// Parts as [`Digest`] takes them, to be hashed at once: an entry has many and short ones.
struct Gathered(Vec<u8>);

impl Gathered {
    fn part(&mut self, part: &[u8]) {
        self.count(part.len());
        self.0.extend_from_slice(part);
    }

    fn count(&mut self, count: usize) {
        self.0.extend_from_slice(&(count as u64).to_be_bytes());
    }

    fn set(&mut self, values: &[Vec<u8>]) {
        in_order(values, |value| self.part(value));
    }
}

/// Gives `values` to `take` in an order that isn't the server's.
fn in_order(values: &[Vec<u8>], mut take: impl FnMut(&[u8])) {
    if let [value] = values {
        return take(value);
    }
    let mut sorted: Vec<&Vec<u8>> = values.iter().collect();
    sorted.sort_unstable();
    sorted.into_iter().for_each(|value| take(value));
}

/// A short digest of parts, each with its length.
#[derive(Default)]
pub(super) struct Digest(Sha256);

impl Digest {
    /// Takes one more part.
    pub(super) fn part(&mut self, part: &[u8]) {
        self.count(part.len());
        self.0.update(part);
    }

    /// Takes octets that nothing has to be told apart from.
    pub(super) fn octets_of(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }

    /// Takes a number, most likely a small one, in as few octets as it has.
    pub(super) fn short(&mut self, mut count: usize) {
        while count >= 0x80 {
            self.0.update([(count & 0x7f) as u8 | 0x80]);
            count >>= 7;
        }
        self.0.update([count as u8]);
    }

    /// Takes a number.
    pub(super) fn count(&mut self, count: usize) {
        self.0.update((count as u64).to_be_bytes());
    }

    /// Takes values whose order means nothing.
    pub(super) fn set(&mut self, values: &[Vec<u8>]) {
        in_order(values, |value| self.part(value));
    }

    /// The first `length` octets of the digest as text.
    pub(super) fn finish(self, length: usize) -> String {
        URL_SAFE_NO_PAD.encode(&self.0.finalize()[..length])
    }

    /// The first octets of the digest.
    pub(super) fn octets<const LENGTH: usize>(self) -> [u8; LENGTH] {
        let digest = self.0.finalize();
        std::array::from_fn(|place| digest.get(place).copied().unwrap_or_default())
    }
}

/// The tag of a document that is what it is made of, whatever it is compressed with.
pub fn of_document(document: &[u8]) -> String {
    let mut hash = Digest::default();
    hash.part(document);
    format!("W/\"{}\"", hash.finish(12))
}

/// The tag of a state and a view.
pub(super) fn tag(state: &str, view: &str) -> String {
    ["W/\"", state, "-", view, "\""].concat()
}

/// The STATE part of a tag of ours.
pub(super) fn state_of(etag: &str) -> Option<&str> {
    etag.strip_prefix("W/\"")?.get(..STATE)
}

/// How long the STATE part of a tag is.
const STATE: usize = 16;

/// Whether the If-Match header `field` names the state that `etag` does (RFC 9110 section 13.1.1; weak tags compare by equality,
/// RFC 7644 section 3.14).
pub fn if_match(field: &str, etag: &str) -> bool {
    let state = |tag: &str| -> Option<String> {
        let opaque = tag.trim().trim_start_matches("W/").trim_matches('"');
        opaque.get(..STATE).map(str::to_owned)
    };
    field.trim() == "*" || field.split(',').any(|tag| state(tag).is_some_and(|own| Some(own) == state(etag)))
}

/// Whether the If-None-Match header `field` names `etag` (RFC 9110 section 13.1.2, weak comparison).
pub fn none_match(field: &str, etag: &str) -> bool {
    fn opaque(tag: &str) -> &str {
        tag.trim().trim_start_matches("W/")
    }
    field.trim() == "*" || field.split(',').any(|tag| opaque(tag) == opaque(etag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gathered_is_hashed_as_its_parts_are() {
        let values = [b"b".to_vec(), Vec::new(), b"a".to_vec()];
        let (mut hash, mut gathered) = (Digest::default(), Gathered(Vec::new()));
        for take in [&values[..], &values[..1], &[]] {
            hash.part(b"name");
            hash.count(take.len());
            hash.set(take);
            gathered.part(b"name");
            gathered.count(take.len());
            gathered.set(take);
        }
        let mut at_once = Digest::default();
        at_once.octets_of(&gathered.0);
        assert_eq!(at_once.finish(12), hash.finish(12));
    }

    #[test]
    fn tags_compare_weakly_and_in_lists() {
        assert!(none_match(r#"W/"a-b""#, r#"W/"a-b""#));
        assert!(none_match(r#""x", "a-b""#, r#"W/"a-b""#));
        assert!(none_match("*", r#"W/"a-b""#));
        assert!(!none_match(r#"W/"a-c""#, r#"W/"a-b""#));
    }
}
