//! HTTP Basic (RFC 7617): a name and a password, which the settings know or the directory.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::attempts::{Allowed, Attempts};
use super::person::PersonName;
use super::recognised::Away;
use super::spelling::counted_as;
use super::turns::{NoTurn, Turns};
use crate::clock::SharedClock;
use crate::config;
use crate::directory::{self, Directory};
use crate::ldap::dn::DnKey;

/// How many passwords are hashed at once: each takes a core for a while.
const AT_ONCE: usize = 2;

/// How many may wait for that: for a second or so.
const WAITING: usize = 96;

/// The longest name and password that are looked at, in bytes.
const LONGEST: usize = 512;

/// How long a server may take to judge a password, and how long one may wait to be hashed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A name and a password as a client sent them.
pub(super) struct Given {
    pub(super) user: String,
    pub(super) password: SecretString,
}

/// A name and the hash of a password, of the client at a place.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) user: String,
    hash: Arc<str>,
}

/// Passwords that the settings know.
#[derive(Debug)]
pub(super) struct Passwords {
    known: Vec<(Known, u32)>,
    turns: Turns,
}

/// Passwords that the directory knows: who can bind with one is let in.
#[derive(Debug)]
pub(super) struct Binding {
    directory: Directory,
    name: PersonName,
    /// The users that are meant; nothing: whoever has an entry.
    users: Option<Vec<String>>,
    allowed: Allowed,
    /// Attempts that failed, by entry: of all clients that bind to this directory.
    attempts: Arc<Attempts<String>>,
    /// For how long a success is remembered.
    pub(super) remember: Duration,
}

/// The entries that a password isn't that of, as their directories have said in the course of one request.
#[derive(Default)]
pub(super) struct Judged<'a>(Vec<(&'a Attempts<String>, DnKey)>);

impl Given {
    /// The name and password in an `Authorization` header's value.
    pub(super) fn of(header: &[u8]) -> Option<Self> {
        let (scheme, rest) = header.split_at_checked(b"Basic".len())?;
        if !scheme.eq_ignore_ascii_case(b"Basic") || rest.first() != Some(&b' ') {
            return None;
        }
        let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
        let octets = Zeroizing::new(GeneralPurpose::new(&STANDARD, config).decode(rest.trim_ascii()).ok()?);
        let (user, password) = std::str::from_utf8(&octets).ok()?.split_once(':')?;
        let is_sound = |text: &str| !text.is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control);
        // LDAP takes an empty password for no login at all, and says that it succeeded (RFC 4513 section 5.1.2).
        (is_sound(user) && is_sound(password))
            .then(|| Self { user: user.to_owned(), password: SecretString::from(password) })
    }
}

impl Known {
    /// The name and hash in these settings.
    pub(super) fn from_settings(settings: &config::Basic) -> Option<Self> {
        let (user, hash) = (settings.user.clone()?, settings.password_hash.as_ref()?);
        Some(Self { user, hash: hash.expose_secret().trim().into() })
    }
}

impl Passwords {
    /// These, each with the place of its client.
    pub(super) fn new(known: Vec<(Known, u32)>) -> Self {
        Self { known, turns: Turns::with_queue(AT_ONCE, WAITING) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whose name and password these are. It takes as long for a name that nobody has.
    ///
    /// # Errors
    /// When too many wait already, or it takes too long.
    pub(super) async fn find(&self, given: &Given) -> Result<Option<u32>, NoTurn> {
        let named = self.known.iter().find(|(known, _)| known.user == given.user);
        let Some((known, place)) = named.or(self.known.first()) else { return Ok(None) };
        let (hash, password) = (Arc::clone(&known.hash), given.password.clone());
        let turn = self.turns.next(PATIENCE).await?;
        let verified = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            is_password(&hash, &password)
        });
        let is_right = verified.await.unwrap_or(false);
        Ok((is_right && named.is_some()).then_some(*place))
    }
}

fn is_password(hash: &str, password: &SecretString) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash).is_ok())
}

impl Binding {
    /// The settings' way to let those in whom `directory` knows, for which `attempts` counts.
    pub(super) fn from_settings(
        settings: &config::LdapBind,
        directory: Directory,
        attempts: Arc<Attempts<String>>,
    ) -> Option<Self> {
        Some(Self {
            directory,
            name: PersonName::parse(settings.dn.as_deref()?)?,
            users: settings.users.clone(),
            allowed: Allowed { most: settings.attempts, per: settings.attempts_per },
            attempts,
            remember: settings.remember,
        })
    }

    /// The DN of the one whose name and password these are. Who was asked before isn't asked again.
    ///
    /// # Errors
    /// When the directory doesn't answer.
    pub(super) async fn find<'a>(
        &'a self,
        given: &Given,
        judged: &mut Judged<'a>,
        clock: &SharedClock,
    ) -> Result<Option<String>, Away> {
        if self.users.as_ref().is_some_and(|users| !users.contains(&given.user)) {
            return Ok(None);
        }
        let name = self.name.of(&given.user);
        let (dn, key, entry) = (name.to_string(), name.key(), counted_as(&name));
        if judged.0.iter().any(|(attempts, refused)| std::ptr::eq(*attempts, &*self.attempts) && *refused == key) {
            return Ok(None);
        }
        if !self.attempts.begin(&entry, self.allowed, clock.now()) {
            let user = &given.user;
            tracing::warn!(user, "too many wrong passwords: the directory isn't asked, lest it lock the account");
            return Ok(None);
        }
        match self.directory.is_password(&dn, &given.password, crate::clock::deadline(&**clock, PATIENCE)).await {
            Ok(true) => {
                self.attempts.succeeded(&entry);
                Ok(Some(dn))
            }
            Ok(false) => {
                judged.0.push((&self.attempts, key));
                Ok(None)
            }
            Err(error) => {
                self.attempts.taken_back(&entry);
                let retry_after = match error {
                    directory::Error::Unavailable { retry_after, .. } => retry_after,
                    _ => Duration::from_secs(1),
                };
                Err(Away { retry_after })
            }
        }
    }
}

/// The hash of `password` that the settings take.
///
/// # Errors
/// When the system has no randomness.
pub fn hashed(password: &SecretString) -> Result<String, String> {
    let mut salt = [0; 16];
    aws_lc_rs::rand::fill(&mut salt).map_err(|_| "the operating system gives no random numbers".to_owned())?;
    let hash = Argon2::default().hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use rstest::rstest;

    use super::*;

    fn header(text: &str) -> Vec<u8> {
        format!("Basic {}", STANDARD.encode(text)).into_bytes()
    }

    #[rstest]
    #[case("hr:secret", Some(("hr", "secret")))]
    #[case("hr:se:cret", Some(("hr", "se:cret")))]
    #[case("hr:", None)]
    #[case(":secret", None)]
    #[case("hr", None)]
    #[case("h\0r:secret", None)]
    #[case("hr:sec\nret", None)]
    fn a_name_and_a_password_stand_behind_the_scheme(#[case] text: &str, #[case] expected: Option<(&str, &str)>) {
        let given = Given::of(&header(text));
        let found = given.as_ref().map(|given| (given.user.as_str(), given.password.expose_secret()));
        assert_eq!(found, expected);
        assert!(Given::of(format!("Bearer {}", STANDARD.encode(text)).as_bytes()).is_none());
    }

    #[tokio::test]
    async fn a_password_is_known_by_its_hash() {
        let hash = hashed(&SecretString::from("open sesame")).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let known = Known { user: "hr".into(), hash: hash.into() };
        let passwords = Passwords::new(vec![(known, 7)]);
        let find = async |text: &str| passwords.find(&Given::of(&header(text)).unwrap()).await.unwrap();
        assert_eq!(find("hr:open sesame").await, Some(7));
        assert_eq!(find("hr:open sesamE").await, None);
        assert_eq!(find("rh:open sesame").await, None);
    }
}
