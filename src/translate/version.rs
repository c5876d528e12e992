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
            let mut hash = Digest::default();
            hash.part(&fingerprint.to_be_bytes());
            for (name, place) in stored {
                let values = entry.values(*place);
                if values.is_empty() {
                    continue;
                }
                hash.part(name.as_bytes());
                hash.count(values.len());
                hash.set(values);
            }
            Some(hash.finish(12))
        }
    }
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
        if let [value] = values {
            return self.part(value);
        }
        let mut sorted: Vec<&Vec<u8>> = values.iter().collect();
        sorted.sort_unstable();
        sorted.into_iter().for_each(|value| self.part(value));
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
    format!("W/\"{state}-{view}\"")
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
    fn tags_compare_weakly_and_in_lists() {
        assert!(none_match(r#"W/"a-b""#, r#"W/"a-b""#));
        assert!(none_match(r#""x", "a-b""#, r#"W/"a-b""#));
        assert!(none_match("*", r#"W/"a-b""#));
        assert!(!none_match(r#"W/"a-c""#, r#"W/"a-b""#));
    }
}
