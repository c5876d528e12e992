//! Where an authorization server's keys come from, and for how long they are believed.
//!
//! They are fetched when they are first needed, again when they are older than `refresh`, and when a token names a key that isn't
//! among them: the server may have a new one. However many tokens name unknown keys, and however long the server is away, it isn't
//! asked more often than the back-off allows; meanwhile the keys that were had hold for a day.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, DecodingKey};

use super::keys::Keys;
use crate::auth::recognised::Away;
use crate::clock::SharedClock;
use crate::config;
use crate::web::Address;

/// What keys come as.
const JWK_SET: &str = "application/json, application/jwk-set+json";

/// How long keys hold that can't be fetched again.
const OLDEST: Duration = Duration::from_secs(24 * 3600);

/// How soon after a success it is asked again for a key that isn't known.
const SOONEST: Duration = Duration::from_secs(5);

/// The longest pause between two attempts that fail.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Where keys come from.
#[derive(Debug)]
pub(super) struct KeySource {
    name: String,
    from: From,
    refresh: Duration,
    state: Mutex<State>,
    /// One fetches, others wait for it.
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, PartialEq, Eq)]
enum From {
    Address(Address),
    File(PathBuf),
}

#[derive(Debug, Default)]
struct State {
    keys: Option<(Arc<Keys>, Instant)>,
    /// When it may be asked again.
    next: Option<Instant>,
    failures: u32,
}

impl KeySource {
    /// The keys that these settings name.
    pub(super) fn from_settings(name: &str, settings: &config::Jwt) -> Self {
        let from = match &settings.keys {
            config::JwtKeys::Address(url) => From::Address(Address::new(url, settings.ca_file.clone())),
            config::JwtKeys::File(path) => From::File(path.clone()),
        };
        Self { name: name.to_owned(), from, refresh: settings.refresh, state: Mutex::default(), turn: Arc::default() }
    }

    /// Whether `other` has its keys from the same place, in the same way.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.from == other.from && self.refresh == other.refresh
    }

    /// The key called `id` for `algorithm`.
    ///
    /// # Errors
    /// When no keys are known because they can't be fetched.
    pub(super) async fn find(
        self: &Arc<Self>,
        id: Option<&str>,
        algorithm: Algorithm,
        clock: &SharedClock,
    ) -> Result<Option<DecodingKey>, Away> {
        let found = self.known(clock.now());
        if let Some((keys, is_fresh)) = &found
            && let Some(key) = keys.find(id, algorithm)
            && (*is_fresh || !self.may_ask(clock.now()))
        {
            return Ok(Some(key.clone()));
        }
        self.renew(clock, found.as_ref().map(|(keys, _)| keys)).await;
        match self.known(clock.now()) {
            Some((keys, _)) => Ok(keys.find(id, algorithm).cloned()),
            None => Err(Away { retry_after: SOONEST }),
        }
    }

    /// The keys at hand, and whether they needn't be fetched again.
    fn known(&self, now: Instant) -> Option<(Arc<Keys>, bool)> {
        let state = self.state();
        let (keys, read) = state.keys.as_ref()?;
        let age = now.saturating_duration_since(*read);
        (age < OLDEST).then(|| (Arc::clone(keys), age < self.refresh))
    }

    fn may_ask(&self, now: Instant) -> bool {
        self.state().next.is_none_or(|next| now >= next)
    }

    /// Fetches the keys, unless somebody else has just done so or it is too soon. Whoever asks may go away meanwhile: the server is asked
    /// to the end, and not again by whoever comes next.
    async fn renew(self: &Arc<Self>, clock: &SharedClock, before: Option<&Arc<Keys>>) {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let now = clock.now();
        let changed = match (&self.state().keys, before) {
            (Some((keys, _)), Some(before)) => !Arc::ptr_eq(keys, before),
            (keys, before) => keys.is_some() != before.is_some(),
        };
        if changed || !self.may_ask(now) {
            return;
        }
        self.state().next = Some(now + SOONEST);
        let (source, clock) = (Arc::clone(self), SharedClock::clone(clock));
        let fetching = tokio::spawn(async move {
            let _turn = turn;
            source.fetch(&clock).await;
        });
        if let Err(error) = fetching.await {
            tracing::error!(issuer = self.name, %error, "fetching the keys of an authorization server failed");
        }
    }

    async fn fetch(&self, clock: &SharedClock) {
        let begun = clock.now();
        let fetched = match &self.from {
            From::Address(address) => address.get(JWK_SET).await,
            From::File(path) => tokio::fs::read(path).await.map_err(|error| error.to_string()),
        };
        let read = fetched.and_then(|text| Keys::read(&text));
        let mut state = self.state();
        match read {
            Ok(keys) => {
                state.keys = Some((Arc::new(keys), begun));
                state.next = Some(clock.now() + SOONEST);
                state.failures = 0;
            }
            Err(why) => {
                let pause = Duration::from_secs(1 << state.failures.min(16)).min(LONGEST_PAUSE);
                state.failures = state.failures.saturating_add(1);
                state.next = Some(clock.now() + pause);
                tracing::warn!(issuer = self.name, why, retry_in = ?pause, "the keys of an authorization server can't be had");
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
    use std::time::SystemTime;

    use super::*;
    use crate::clock::{Clock, SystemClock};

    #[derive(Debug)]
    struct Later(Instant, AtomicU64);

    impl Clock for Later {
        fn now(&self) -> Instant {
            self.0 + Duration::from_secs(self.1.load(SeqCst))
        }

        fn wall(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH
        }
    }

    fn set(id: &str) -> String {
        format!(
            r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"{id}","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}]}}"#
        )
    }

    fn source(path: PathBuf) -> Arc<KeySource> {
        Arc::new(KeySource {
            name: "x".into(),
            from: From::File(path),
            refresh: Duration::from_secs(600),
            state: Mutex::default(),
            turn: Arc::default(),
        })
    }

    #[tokio::test]
    async fn a_new_key_is_found_soon_and_an_old_one_goes_with_the_next_refresh() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        std::fs::write(&path, set("one")).unwrap();
        let later = Arc::new(Later(SystemClock.now(), AtomicU64::new(0)));
        let clock: SharedClock = later.clone();
        let source = source(path.clone());
        let has = async |id: &str| source.find(Some(id), Algorithm::EdDSA, &clock).await.unwrap().is_some();
        assert!(has("one").await && !has("two").await);
        std::fs::write(&path, set("two")).unwrap();
        // It was asked a moment ago.
        assert!(!has("two").await && has("one").await);
        later.1.store(6, SeqCst);
        assert!(has("two").await && !has("one").await);
        std::fs::write(&path, set("three")).unwrap();
        later.1.store(650, SeqCst);
        assert!(!has("two").await && has("three").await);
    }

    #[tokio::test]
    async fn while_it_is_away_it_is_asked_less_and_less_and_keys_hold_for_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let later = Arc::new(Later(SystemClock.now(), AtomicU64::new(0)));
        let clock: SharedClock = later.clone();
        let source = source(path.clone());
        assert!(source.find(Some("one"), Algorithm::EdDSA, &clock).await.is_err());
        std::fs::write(&path, set("one")).unwrap();
        assert!(source.find(Some("one"), Algorithm::EdDSA, &clock).await.is_err(), "too soon");
        later.1.store(2, SeqCst);
        assert!(source.find(Some("one"), Algorithm::EdDSA, &clock).await.unwrap().is_some());
        std::fs::remove_file(&path).unwrap();
        for seconds in [1000, 10_000, 86_000] {
            later.1.store(seconds, SeqCst);
            assert!(source.find(Some("one"), Algorithm::EdDSA, &clock).await.unwrap().is_some(), "{seconds}");
        }
        assert_eq!(source.state().failures, 3);
        later.1.store(86_500, SeqCst);
        assert!(source.find(Some("one"), Algorithm::EdDSA, &clock).await.is_err());
    }
}
