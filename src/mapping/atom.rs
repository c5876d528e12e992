//! One SCIM value of a simple type, as a codec makes it from an LDAP value and back.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::scim::datetime;

/// A value of a simple SCIM type (RFC 7643 section 2.3); binary values are held as their base64 text.
#[derive(Clone, Debug, PartialEq)]
pub enum Atom<'a> {
    /// A string, a reference or a binary value's base64.
    Text(Cow<'a, str>),
    /// A boolean.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A decimal.
    Decimal(f64),
    /// A dateTime.
    Time(Timestamp),
}

impl Atom<'_> {
    /// The same value, owning its text.
    pub fn into_owned(self) -> Atom<'static> {
        match self {
            Self::Text(text) => Atom::Text(Cow::Owned(text.into_owned())),
            Self::Bool(value) => Atom::Bool(value),
            Self::Integer(value) => Atom::Integer(value),
            Self::Decimal(value) => Atom::Decimal(value),
            Self::Time(value) => Atom::Time(value),
        }
    }

    /// The text, where it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether SCIM takes the value for absent: the empty string (RFC 7643 section 2.5).
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }
}

impl Serialize for Atom<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Decimal(value) => serializer.serialize_f64(*value),
            Self::Time(value) => serializer.serialize_str(&datetime::format(*value)),
        }
    }
}
