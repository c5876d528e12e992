//! Attribute descriptions (RFC 4512 section 2.5): a type's name or OID and its options.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// An attribute description such as `cn` or `userCertificate;binary`, compared without regard to case.
#[derive(Clone)]
pub struct AttributeDescription(Arc<str>);

/// Why a text is no attribute description.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an LDAP attribute description (RFC 4512 section 2.5)")]
pub struct InvalidAttributeDescription(pub String);

impl AttributeDescription {
    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The attribute type alone, without options.
    pub fn type_name(&self) -> &str {
        self.0.split(';').next().unwrap_or(&self.0)
    }

    /// The options, in the order written.
    pub fn options(&self) -> impl Iterator<Item = &str> {
        self.0.split(';').skip(1)
    }

    /// Whether `other` names the same description: same type, same options in any order, in any case.
    pub fn matches(&self, other: &str) -> bool {
        if self.0.eq_ignore_ascii_case(other) {
            return true;
        }
        if !self.0.contains(';') || !other.contains(';') {
            return false;
        }
        let (mut left, mut right): (Vec<_>, Vec<_>) = (self.0.split(';').collect(), other.split(';').collect());
        left[1..].sort_by_key(|option| option.to_ascii_lowercase());
        right[1..].sort_by_key(|option| option.to_ascii_lowercase());
        left.len() == right.len() && left.iter().zip(&right).all(|(a, b)| a.eq_ignore_ascii_case(b))
    }
}

impl FromStr for AttributeDescription {
    type Err = InvalidAttributeDescription;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(';');
        let name = parts.next().unwrap_or_default();
        let keychars = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let descr = name.starts_with(|c: char| c.is_ascii_alphabetic()) && keychars(name);
        let oid =
            name.contains('.') && name.split('.').all(|arc| !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()));
        if (descr || oid) && parts.all(keychars) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidAttributeDescription(text.to_owned()))
        }
    }
}

impl PartialEq for AttributeDescription {
    fn eq(&self, other: &Self) -> bool {
        self.matches(&other.0)
    }
}

impl Eq for AttributeDescription {}

impl fmt::Display for AttributeDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AttributeDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The attributes that a search asks for, in a fixed order: an entry's values are found by an attribute's place in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeSet(Vec<AttributeDescription>);

impl AttributeSet {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `attribute` unless it is there, and returns its place.
    pub fn insert(&mut self, attribute: &AttributeDescription) -> usize {
        self.position(attribute.as_str()).unwrap_or_else(|| {
            self.0.push(attribute.clone());
            self.0.len() - 1
        })
    }

    /// The place of the attribute that a server calls `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|attribute| attribute.matches(name))
    }

    /// The attributes in order.
    pub fn iter(&self) -> std::slice::Iter<'_, AttributeDescription> {
        self.0.iter()
    }

    /// How many attributes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<AttributeDescription> for AttributeSet {
    fn from_iter<I: IntoIterator<Item = AttributeDescription>>(attributes: I) -> Self {
        let mut set = Self::new();
        for attribute in attributes {
            set.insert(&attribute);
        }
        set
    }
}
