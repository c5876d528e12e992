//! Codecs: partial bijections between SCIM values and LDAP values, one file each.
//!
//! Laws, held by property tests in each file: `encode(decode(x))` names the same value as `x`; `decode(encode(v)) = v` where
//! `encode` succeeds; and for every test, a stored value that satisfies it (after decoding, by SCIM's rules) is matched by the
//! upper bound, and one matched by the lower bound satisfies it.

use std::fmt::Debug;

use super::atom::Atom;
use super::bounds::Bounds;
use super::rules::Rules;
use crate::ldap::AttributeDescription;
use crate::scim::filter::typed::Op;

mod also;
mod base64;
mod bit;
mod boolean;
mod country;
mod data_uri;
mod decimal;
mod epoch;
mod filetime;
mod finite;
mod guid_le;
mod info;
mod instant;
mod int;
mod integral;
#[cfg(test)]
mod laws;
mod leaf;
mod octets;
mod postal;
mod prefix;
pub mod registry;
mod sid;
mod smtp;
mod stable;
mod switch;
mod table;
mod text;
mod time;
mod url;
mod uuid;

pub use also::{Also, FORMS};
pub use info::CodecInfo;

/// How SCIM values of one attribute are held in LDAP.
pub trait Codec: Debug + Send + Sync {
    /// The SCIM value that one LDAP value stands for, or `None` where it stands for none (it is left out, and logged).
    fn decode<'a>(&self, stored: &'a [u8]) -> Option<Atom<'a>>;

    /// Whether `stored` isn't what the codec takes it for, so that somebody should be told: a value that stands for nothing on
    /// purpose is none of those.
    fn is_unreadable(&self, stored: &[u8]) -> bool {
        // Nearly all is ASCII, which is told sooner.
        !stored.is_ascii() && std::str::from_utf8(stored).is_err()
    }

    /// The LDAP value that stands for `value`, or why there is none.
    fn encode(&self, value: &Atom<'_>) -> Result<Vec<u8>, Unencodable>;

    /// As [`Codec::encode`], for codecs whose value says something else as well: what `stored` becomes.
    fn encode_over(&self, value: &Atom<'_>, stored: Option<&[u8]>) -> Result<Vec<u8>, Unencodable> {
        let _ = stored;
        self.encode(value)
    }

    /// Whether the LDAP value says something else as well, so that it stays when the SCIM value goes.
    fn is_part(&self) -> bool {
        false
    }

    /// What an absent LDAP attribute stands for: nothing, for most codecs.
    fn absent(&self) -> Option<Atom<'static>> {
        None
    }

    /// Which entries hold a value that satisfies `op`, given one value at least is there. Negation is the caller's.
    fn bounds(&self, op: &Op, leaf: &Leaf<'_>) -> Bounds;
}

/// Why a SCIM value can't be held in LDAP.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unencodable(pub String);

/// The attribute that a filter leaf speaks of.
#[derive(Debug, Clone, Copy)]
pub struct Leaf<'a> {
    /// The LDAP attribute.
    pub attribute: &'a AttributeDescription,
    /// Its rules in the directory at hand.
    pub rules: &'a Rules,
    /// The SCIM attribute's caseExact (RFC 7643 section 2.2).
    pub case_exact: bool,
    /// Whose equality is the law.
    pub law: Law,
}

/// Whose notion of equality decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Law {
    /// SCIM's (RFC 7644 section 3.4.2.2): the directory's rule is a bound.
    #[default]
    Scim,
    /// The directory's matching rule: it decides equality.
    Directory,
    /// The same, of whichever of an attribute's values the directory finds: what a client is confined to.
    Confinement,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::text(Box::new(text::Text), b"M\xfcller", true)]
    #[case::empty_text(Box::new(text::Text), b"", false)]
    #[case::boolean(Box::new(boolean::Bool), b"perhaps", true)]
    #[case::true_boolean(Box::new(boolean::Bool), b"true", false)]
    #[case::number(Box::new(int::Int), b"99999999999999999999", true)]
    #[case::moment(Box::new(time::Time), b"last summer", true)]
    #[case::never(Box::new(filetime::FileTime), b"0", false)]
    #[case::no_count(Box::new(filetime::FileTime), b"soon", true)]
    #[case::octets(Box::new(base64::Base64), b"\xff\x00", false)]
    fn what_stands_for_nothing_on_purpose_is_readable(
        #[case] codec: Box<dyn Codec>,
        #[case] stored: &[u8],
        #[case] expected: bool,
    ) {
        assert_eq!(codec.is_unreadable(stored), expected);
    }
}
