//! What comes of credentials, and what is remembered of those that cost something to verify.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::{hmac, rand};

use super::client::Client;
use super::identity::Identity;
use super::turns::NoTurn;

/// What comes of credentials.
#[derive(Debug, Clone)]
pub enum Recognised {
    /// They are this client's.
    Client(Client),
    /// They are nobody's.
    Nobody,
    /// Who could say is away.
    Away(Away),
    /// Too many wait for the answer already.
    Busy,
}

impl From<Away> for Recognised {
    fn from(away: Away) -> Self {
        Self::Away(away)
    }
}

impl From<NoTurn> for Recognised {
    fn from(_: NoTurn) -> Self {
        Self::Busy
    }
}

/// Who could say whose credentials are is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away {
    /// When it may be back.
    pub retry_after: Duration,
}

/// The most credentials that are remembered.
const MOST: usize = 10_000;

/// Credentials that were verified a short while ago. What is kept of them is a keyed hash, whose key is this process's own: it is
/// good for nothing else.
#[derive(Debug)]
pub(super) struct Remembered {
    key: Option<hmac::Key>,
    known: Mutex<HashMap<[u8; 32], (Client, Instant)>>,
}

impl Default for Remembered {
    fn default() -> Self {
        let mut secret = [0; 32];
        // Without randomness nothing is remembered.
        let key = rand::fill(&mut secret).ok().map(|()| hmac::Key::new(hmac::HMAC_SHA256, &secret));
        Self { key, known: Mutex::default() }
    }
}

impl Remembered {
    /// Whose `credentials` are, if that was found out a short while ago.
    pub(super) fn get(&self, credentials: &[u8], now: Instant) -> Option<Client> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            return None;
        }
        drop(known);
        let name = self.name(credentials)?;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (client, until) = known.get(&name)?;
        let is_refused = matches!(&client.info.identity, Identity::Own(own) if own.is_refused());
        (now < *until && !is_refused).then(|| client.clone())
    }

    /// `credentials` are those of `client`, as far as is known `until` then.
    pub(super) fn keep(&self, credentials: &[u8], client: Client, until: Instant, now: Instant) {
        let Some(name) = self.name(credentials).filter(|_| until > now) else { return };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, (_, until)| now < *until);
        }
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(name, (client, until));
    }

    fn name(&self, credentials: &[u8]) -> Option<[u8; 32]> {
        hmac::sign(self.key.as_ref()?, credentials).as_ref().try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::ClientInfo;
    use crate::clock::{Clock as _, SystemClock};

    #[test]
    fn credentials_are_remembered_as_long_as_was_said() {
        let client = Client::of(ClientInfo::named("a"));
        let (remembered, now) = (Remembered::default(), SystemClock.now());
        remembered.keep(b"one", client.clone(), now + Duration::from_secs(5), now);
        remembered.keep(b"late", client, now, now);
        assert!(remembered.get(b"one", now).is_some());
        assert!(remembered.get(b"two", now).is_none() && remembered.get(b"late", now).is_none());
        assert!(remembered.get(b"one", now + Duration::from_secs(5)).is_none());
        assert!(!format!("{remembered:?}").contains("b\"one"));
    }
}
