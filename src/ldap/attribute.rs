//! Attribute descriptions (RFC 4512 section 2.5): a type's name or OID and its options.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use super::ValueRange;
use super::spelled::Spelled;

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
        // Nearly none has options.
        match self.0.bytes().position(|octet| octet == b';') {
            Some(end) => &self.0[..end],
            None => &self.0,
        }
    }

    /// The options, in the order written.
    pub fn options(&self) -> impl Iterator<Item = &str> {
        self.0.split(';').skip(1)
    }

    /// The description without an option that names a range of values.
    #[must_use]
    pub fn without_range(&self) -> Self {
        if ValueRange::of(&self.0).is_none() {
            return self.clone();
        }
        let parts = self.0.split(';').filter(|option| ValueRange::of_option(option).is_none());
        Self(parts.collect::<Vec<_>>().join(";").into())
    }

    /// The description of some of its values, as Active Directory takes it, whatever range it names itself.
    #[must_use]
    pub fn in_range(&self, range: ValueRange) -> Self {
        Self(format!("{};{range}", self.without_range().0).into())
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
#[derive(Clone, Default)]
pub struct AttributeSet {
    attributes: Vec<AttributeDescription>,
    spelled: OnceLock<Box<Spelled>>,
}

impl AttributeSet {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `attribute` unless it is there, and returns its place.
    pub fn insert(&mut self, attribute: &AttributeDescription) -> usize {
        self.position(attribute.as_str()).unwrap_or_else(|| {
            self.spelled.take();
            self.attributes.push(attribute.clone());
            self.attributes.len() - 1
        })
    }

    /// The place of the attribute that a server calls `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.attributes.iter().position(|attribute| attribute.matches(name))
    }

    /// The place of the attribute without options that is spelled as `name` is; not of every one.
    pub fn spelled(&self, name: &[u8]) -> Option<usize> {
        let spelled = self
            .spelled
            .get_or_init(|| Box::new(Spelled::of(self.attributes.iter().map(AttributeDescription::as_str))));
        let place = spelled.candidate(name)?;
        (self.attributes.get(place)?.as_str().as_bytes() == name).then_some(place)
    }

    /// The attributes in order.
    pub fn iter(&self) -> std::slice::Iter<'_, AttributeDescription> {
        self.attributes.iter()
    }

    /// How many attributes there are.
    pub fn len(&self) -> usize {
        self.attributes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }
}

impl PartialEq for AttributeSet {
    fn eq(&self, other: &Self) -> bool {
        self.attributes == other.attributes
    }
}

impl Eq for AttributeSet {}

impl fmt::Debug for AttributeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AttributeSet").field(&self.attributes).finish()
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn description(text: &str) -> AttributeDescription {
        text.parse().unwrap()
    }

    #[rstest]
    #[case("cn", "CN", true)]
    #[case("userCertificate;binary", "usercertificate;BINARY", true)]
    #[case("cn;lang-de;x-a", "cn;X-A;lang-de", true)]
    #[case("cn", "cn;lang-de", false)]
    #[case("cn;lang-de", "cn;lang-en", false)]
    #[case("cn;a", "cn;a;a", false)]
    #[case("cn", "sn", false)]
    #[case("2.5.4.3", "cn", false)]
    fn descriptions_are_compared_without_case_and_order(#[case] left: &str, #[case] right: &str, #[case] same: bool) {
        assert_eq!(description(left) == description(right), same);
        assert_eq!(description(right).matches(left), same);
    }

    #[rstest]
    #[case("cn")]
    #[case("msDS-cloudExtensionAttribute1")]
    #[case("2.5.4.3")]
    #[case("cn;lang-de")]
    #[case("0.9.2342.19200300.100.1.1;binary")]
    fn takes_descriptions(#[case] text: &str) {
        assert_eq!(description(text).to_string(), text);
    }

    #[rstest]
    #[case("")]
    #[case("*")]
    #[case("+")]
    #[case("c n")]
    #[case("1cn")]
    #[case("2..5")]
    #[case("2.5.")]
    #[case("25")]
    #[case("-a")]
    #[case("cn;")]
    #[case(";binary")]
    #[case("cn;lang_de")]
    #[case("cn)(uid=*")]
    #[case("cné")]
    fn refuses_other_texts(#[case] text: &str) {
        assert_eq!(text.parse::<AttributeDescription>(), Err(InvalidAttributeDescription(text.to_owned())));
    }

    #[test]
    fn a_description_has_a_type_and_options() {
        let certificate = description("userCertificate;binary;lang-de");
        assert_eq!(certificate.type_name(), "userCertificate");
        assert_eq!(certificate.options().collect::<Vec<_>>(), ["binary", "lang-de"]);
        assert_eq!(description("cn").options().count(), 0);
    }

    #[test]
    fn a_description_asks_for_one_range_at_a_time() {
        let first = ValueRange { from: 0, to: Some(9) };
        let asked = description("member;x-a").in_range(first);
        assert_eq!(asked.as_str(), "member;x-a;range=0-9");
        assert_eq!(asked.in_range(first.moved_to(10)).as_str(), "member;x-a;range=10-19");
        assert_eq!(
            (asked.without_range(), description("cn").without_range()),
            (description("member;x-a"), description("cn"))
        );
    }

    #[test]
    fn a_set_keeps_the_places_of_its_attributes() {
        let mut set: AttributeSet = ["cn", "sn", "CN"].into_iter().map(description).collect();
        assert_eq!(set.len(), 2);
        assert_eq!((set.insert(&description("mail")), set.insert(&description("SN"))), (2, 1));
        assert_eq!((set.position("MAIL"), set.position("cn;lang-de")), (Some(2), None));
        assert_eq!(set.iter().map(AttributeDescription::as_str).collect::<Vec<_>>(), ["cn", "sn", "mail"]);
        assert!(AttributeSet::new().is_empty());
    }

    #[test]
    fn what_is_added_to_a_set_is_found_as_it_is_spelled() {
        let mut set: AttributeSet = ["cn", "sn;lang-de"].into_iter().map(description).collect();
        assert_eq!((set.spelled(b"cn"), set.spelled(b"CN"), set.spelled(b"mail")), (Some(0), None, None));
        assert_eq!((set.spelled(b"sn;lang-de"), set.spelled(b"")), (None, None));
        set.insert(&description("mail"));
        assert_eq!((set.spelled(b"cn"), set.spelled(b"mail")), (Some(0), Some(2)));
        assert_eq!(set.clone().spelled(b"mail"), Some(2));
        assert_eq!(set, ["cn", "sn;lang-de", "mail"].into_iter().map(description).collect());
    }

    proptest! {
        #[test]
        fn what_is_taken_cannot_end_a_filter(text in "\\PC{0,8}") {
            if text.parse::<AttributeDescription>().is_ok() {
                prop_assert!(!text.contains(['(', ')', '=', '*', '\\', '<', '>', '~', ':', ' ', '\0']));
            }
        }
    }
}
