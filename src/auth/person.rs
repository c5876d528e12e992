//! The DN of somebody whose name a client sends: `uid={user},ou=people,dc=example,dc=com`.

use crate::ldap::dn::{Ava, Dn, Rdn};

/// What stands for the name.
const PLACE: &[u8] = b"{user}";

/// A DN one value of which is somebody's name. A fixed one has no such place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName(Dn);

impl PersonName {
    /// The DN in `text`, where `{user}` stands for a name and is a value of its own.
    pub fn parse(text: &str) -> Option<Self> {
        let dn: Dn = text.parse().ok().filter(|dn: &Dn| !dn.is_root())?;
        let mut values = dn.rdns().iter().flat_map(Rdn::avas).map(Ava::value);
        // A name within a value would have to be taken apart again.
        values.all(|value| value == PLACE || !value.windows(PLACE.len()).any(|part| part == PLACE)).then_some(Self(dn))
    }

    /// Whether it is the same whoever it is.
    pub fn is_fixed(&self) -> bool {
        !self.0.rdns().iter().flat_map(Rdn::avas).any(|ava| ava.value() == PLACE)
    }

    /// The DN of `user`: whatever stands in the name is a part of that one value.
    pub fn of(&self, user: &str) -> Dn {
        let ava = |ava: &Ava| match ava.value() == PLACE {
            true => Ava::new(ava.attribute(), user.as_bytes().to_vec()),
            false => ava.clone(),
        };
        let rdn = |rdn: &Rdn| Rdn::of(rdn.avas().iter().map(ava).collect()).unwrap_or_else(|| rdn.clone());
        Dn::new(self.0.rdns().iter().map(rdn).collect())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("alice", "uid=alice,ou=people,dc=example,dc=com")]
    #[case("a,ou=admins", "uid=a\\,ou\\=admins,ou=people,dc=example,dc=com")]
    #[case("a+cn=b", "uid=a\\+cn\\=b,ou=people,dc=example,dc=com")]
    #[case(" a#\\", "uid=\\ a#\\\\,ou=people,dc=example,dc=com")]
    #[case("*", "uid=*,ou=people,dc=example,dc=com")]
    #[case("{user}", "uid={user},ou=people,dc=example,dc=com")]
    fn a_name_stays_one_value(#[case] user: &str, #[case] expected: &str) {
        let name = PersonName::parse("uid={user},ou=people,dc=example,dc=com").unwrap();
        let dn = name.of(user);
        assert_eq!(dn, expected.parse().unwrap());
        assert_eq!(dn.rdns().len(), 4);
        assert_eq!(dn.rdn().unwrap().avas()[0].value(), user.as_bytes());
    }

    #[rstest]
    #[case("uid={user},dc=x", Some(false))]
    #[case("cn=hr,dc=x", Some(true))]
    #[case("uid=a{user},dc=x", None)]
    #[case("", None)]
    #[case("{user}", None)]
    fn a_name_stands_alone(#[case] text: &str, #[case] fixed: Option<bool>) {
        assert_eq!(PersonName::parse(text).map(|name| name.is_fixed()), fixed);
    }
}
