//! Versions (RFC 7644 section 3.14): what a resource is, as a weak entity tag.
//!
//! A tag has two parts: `W/"STATE-VIEW"`. STATE moves with what a client can write: it decides If-Match. VIEW covers what is
//! shown beside it (names of members, groups, photos): it decides If-None-Match together with STATE.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::ldap::{AttributeSet, Entry};

use super::read::VersionPlan;

/// The STATE part, or `None` where the plan shows no version or the entry lacks what it is made of.
pub(super) fn state(plan: &VersionPlan, attributes: &AttributeSet, entry: &Entry) -> Option<String> {
    match plan {
        VersionPlan::None => None,
        VersionPlan::Attribute { fingerprint, place } => {
            let value = entry.first(*place)?;
            Some(digest([fingerprint.to_be_bytes().as_slice(), value], 12))
        }
        VersionPlan::Content { fingerprint, places } => {
            let mut hash = Sha256::new();
            hash.update(fingerprint.to_be_bytes());
            let mut names: Vec<_> = attributes.iter().enumerate().filter(|(place, _)| places.contains(place)).collect();
            // Sorted by name, because a projection decides the places.
            names.sort_by(|a, b| a.1.as_str().cmp(b.1.as_str()));
            for (place, name) in names {
                let mut values: Vec<&[u8]> = entry.values(place).iter().map(Vec::as_slice).collect();
                if values.is_empty() {
                    continue;
                }
                values.sort_unstable(); // a set has no order
                hash.update(name.as_str().as_bytes());
                hash.update([0]);
                for value in values {
                    hash.update((value.len() as u64).to_be_bytes());
                    hash.update(value);
                }
            }
            Some(URL_SAFE_NO_PAD.encode(&hash.finalize()[..12]))
        }
    }
}

/// A short digest of `parts`, each with its length.
pub(super) fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>, length: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    URL_SAFE_NO_PAD.encode(&hash.finalize()[..length])
}

/// Whether the If-None-Match header `field` names `etag` (RFC 9110 section 13.1.2, weak comparison).
pub fn none_match(field: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
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
