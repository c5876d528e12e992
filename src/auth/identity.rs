//! Who a client is in the directory.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::person::PersonName;

/// Who a client is in the directory.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Identity {
    /// The service account.
    #[default]
    Service,
    /// Somebody on whose behalf the service account asks (RFC 4370): an authorization identity, `dn:…` or `u:…`.
    Proxied(Arc<str>),
    /// Itself, by its own name and password.
    Own(Arc<Own>),
}

/// A name and password in the directory.
pub struct Own {
    /// The DN.
    pub dn: String,
    /// The password.
    pub password: SecretString,
    is_refused: AtomicBool,
}

/// Who clients of a name are in the directory, as the settings say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum IdentityRule {
    /// The service account.
    #[default]
    Service,
    /// Always this one, or somebody named so.
    Proxied(AuthzId),
    /// Whoever has bound.
    Own,
}

/// An authorization identity (RFC 4513 section 5.2.1.8) in which a name may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthzId {
    /// `dn:…`
    Dn(PersonName),
    /// `u:…`, in two parts around the name; one alone where there is none.
    Name(String, Option<String>),
}

impl Identity {
    /// What tells it from others; 0 for the service account.
    pub fn number(&self) -> u64 {
        let mut hash = Sha256::new();
        match self {
            Self::Service => return 0,
            Self::Proxied(id) => hash.update(format!("proxied {id}").as_bytes()),
            Self::Own(own) => {
                hash.update(format!("own {:?} ", own.dn).as_bytes());
                hash.update(own.password.expose_secret().as_bytes());
            }
        }
        hash.finalize().first_chunk::<8>().map_or(1, |octets| u64::from_be_bytes(*octets)).max(1)
    }
}

impl Own {
    /// This name and password, which the directory has just let in.
    pub fn new(dn: impl Into<String>, password: SecretString) -> Self {
        Self { dn: dn.into(), password, is_refused: AtomicBool::new(false) }
    }

    /// The directory lets them in no longer: whoever shows them next has to be authenticated anew.
    pub fn refuse(&self) {
        self.is_refused.store(true, Relaxed);
    }

    /// Whether the directory has refused them since.
    pub fn is_refused(&self) -> bool {
        self.is_refused.load(Relaxed)
    }
}

impl IdentityRule {
    /// Who `user` is in the directory who has shown this name and password, if any; nothing where that can't be said.
    pub fn of(&self, user: Option<&str>, own: Option<Own>) -> Option<Identity> {
        match self {
            Self::Service => Some(Identity::Service),
            Self::Proxied(id) => id.of(user).map(|id| Identity::Proxied(id.into())),
            Self::Own => own.map(|own| Identity::Own(Arc::new(own))),
        }
    }
}

impl AuthzId {
    /// The identity in `text`, where `{user}` stands for a name.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(dn) = text.strip_prefix("dn:") {
            return PersonName::parse(dn).map(Self::Dn);
        }
        let name = text.strip_prefix("u:").filter(|name| !name.is_empty())?;
        match name.split_once("{user}") {
            Some((before, after)) if !after.contains("{user}") => Some(Self::Name(before.into(), Some(after.into()))),
            Some(_) => None,
            None => Some(Self::Name(name.into(), None)),
        }
    }

    /// Whether it is the same whoever it is.
    pub fn is_fixed(&self) -> bool {
        match self {
            Self::Dn(name) => name.is_fixed(),
            Self::Name(_, after) => after.is_none(),
        }
    }

    fn of(&self, user: Option<&str>) -> Option<String> {
        let user = user.filter(|user| !user.is_empty());
        match self {
            Self::Dn(name) if name.is_fixed() => Some(format!("dn:{}", name.of(""))),
            Self::Dn(name) => Some(format!("dn:{}", name.of(user?))),
            Self::Name(name, None) => Some(format!("u:{name}")),
            Self::Name(before, Some(after)) => Some(format!("u:{before}{}{after}", user?)),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service => f.write_str("Service"),
            Self::Proxied(id) => write!(f, "Proxied({id:?})"),
            Self::Own(own) => write!(f, "Own({:?})", own.dn),
        }
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Own({:?})", self.dn)
    }
}

impl PartialEq for Own {
    fn eq(&self, other: &Self) -> bool {
        self.dn == other.dn && self.password.expose_secret() == other.password.expose_secret()
    }
}

impl Eq for Own {}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("dn:cn=hr,dc=x", None, Some("dn:cn=hr,dc=x"))]
    #[case("dn:uid={user},dc=x", Some("a,b"), Some("dn:uid=a\\,b,dc=x"))]
    #[case("dn:uid={user},dc=x", None, None)]
    #[case("dn:uid={user},dc=x", Some(""), None)]
    #[case("u:{user}", Some("alice"), Some("u:alice"))]
    #[case("u:{user}@example.com", Some("alice"), Some("u:alice@example.com"))]
    #[case("u:hr", None, Some("u:hr"))]
    fn an_identity_is_fixed_or_somebodys(
        #[case] text: &str,
        #[case] user: Option<&str>,
        #[case] expected: Option<&str>,
    ) {
        let rule = IdentityRule::Proxied(AuthzId::parse(text).unwrap());
        assert_eq!(rule.of(user, None), expected.map(|id| Identity::Proxied(id.into())));
    }

    #[rstest]
    #[case("hr")]
    #[case("dn:")]
    #[case("dn:hr")]
    #[case("u:")]
    #[case("u:{user}{user}")]
    fn what_is_no_identity_is_refused(#[case] text: &str) {
        assert_eq!(AuthzId::parse(text), None);
    }

    #[test]
    fn a_password_is_part_of_who_somebody_is_and_never_shown() {
        let own = |password: &str| Identity::Own(Arc::new(Own::new("cn=a", password.into())));
        assert_ne!(own("one").number(), own("two").number());
        assert_eq!(own("one"), own("one"));
        assert_eq!(format!("{:?}", own("one")), "Own(\"cn=a\")");
    }
}
