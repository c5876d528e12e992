//! From credentials to a client.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};
use subtle::{Choice, ConditionallySelectable};

use super::attempts::Attempts;
use super::basic::{Binding, Given, Judged, Known, Passwords};
use super::bearer;
use super::certificate::{CertificateRule, ClientCertificate};
use super::client::{Client, ClientInfo};
use super::jwt::{self, ClaimRule, Issuer};
use super::rate::ClientLimits;
use super::recognised::{Away, Recognised, Remembered};
use super::schemes::Schemes;
use super::token::TokenHash;
use super::turns::{NoTurn, Turn, Turns};
use crate::clock::SharedClock;
use crate::config;
use crate::directory::Directory;

/// For how long a password that the settings know is remembered: to hash one takes a while.
const REMEMBER: Duration = Duration::from_secs(60);

/// The longest time for which a token needn't be verified again.
const LONGEST: Duration = Duration::from_secs(300);

/// From how many failures within a minute on whoever fails again from the same address waits for the answer, and how long.
const FREE_FAILURES: u32 = 10;
const FAILURES_PER: Duration = Duration::from_secs(60);
const DELAY: Duration = Duration::from_secs(1);

/// A client and the tokens that it may show.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The client.
    pub client: Client,
    /// Its tokens; several while one is being replaced.
    pub tokens: Vec<TokenHash>,
    /// What its certificate is told by.
    pub certificate: Option<CertificateRule>,
}

/// Tells a bridge's clients by what they show.
#[derive(Debug, Clone, Default)]
pub struct Authenticator(Arc<Knowledge>);

#[derive(Debug)]
struct Knowledge {
    clients: Vec<Client>,
    /// Each with the place of its client.
    tokens: Vec<(TokenHash, u32)>,
    certificates: Vec<(CertificateRule, u32)>,
    issuers: Vec<(Issuer, Vec<Claimant>)>,
    passwords: Passwords,
    bindings: Vec<(Binding, u32)>,
    /// Binds that failed, by directory and entry.
    attempts: BTreeMap<String, Arc<Attempts<String>>>,
    remembered: Remembered,
    /// What was refused lately.
    refused: Remembered,
    failures: Arc<Attempts<IpAddr>>,
    /// Whose turn it is, by the clients' names.
    turns: BTreeMap<String, Arc<Turns>>,
}

/// A client that is told by what tokens claim.
#[derive(Debug)]
struct Claimant {
    claims: Vec<ClaimRule>,
    user_claim: String,
    place: u32,
}

impl Default for Knowledge {
    fn default() -> Self {
        Self {
            clients: Vec::new(),
            tokens: Vec::new(),
            certificates: Vec::new(),
            issuers: Vec::new(),
            passwords: Passwords::new(Vec::new()),
            bindings: Vec::new(),
            attempts: BTreeMap::new(),
            remembered: Remembered::default(),
            refused: Remembered::default(),
            failures: Arc::default(),
            turns: BTreeMap::new(),
        }
    }
}

impl Authenticator {
    /// Knows `clients`. Where two show the same token, the later one is meant.
    pub fn new(clients: impl IntoIterator<Item = Credentials>) -> Self {
        Self(Arc::new(Knowledge::new(clients)))
    }

    /// Knows the clients of a bridge's settings, who may bind to these directories. What was learnt `before` and doesn't depend on
    /// settings that are others now is taken over: keys of authorization servers, attempts that failed, what clients have used up.
    pub fn from_settings(
        bridge: &config::Bridge,
        directories: &BTreeMap<String, Directory>,
        before: Option<&Self>,
    ) -> Self {
        let credentials = bridge.clients.iter().map(|(name, client)| {
            let info = Arc::new(ClientInfo::from_settings(name, client));
            let limits = ClientLimits::new(client.rate, client.burst, client.concurrency).map(Arc::new);
            Credentials {
                client: Client { info, dialect: client.dialect, patch_answer: client.patch_answer, limits },
                tokens: client.token_hashes.iter().map(|hash| TokenHash::from(*hash)).collect(),
                certificate: client.certificate.as_ref().map(CertificateRule::from_settings),
            }
        });
        let mut knowledge = Knowledge::new(credentials);
        let turns = |name: &String| (name.clone(), Arc::new(Turns::new(bridge.limits.client_lists)));
        knowledge.turns = bridge.clients.keys().map(turns).collect();
        let placed = || (0..).zip(bridge.clients.values());
        knowledge.passwords = Passwords::new(
            placed().filter_map(|(place, client)| Some((Known::from_settings(&client.basic)?, place))).collect(),
        );
        for (place, client) in placed().filter(|(_, client)| client.ldap_bind.is_given()) {
            let name = &client.ldap_bind.directory;
            let known = || before.and_then(|before| before.0.attempts.get(name).cloned()).unwrap_or_default();
            let attempts = Arc::clone(knowledge.attempts.entry(name.clone()).or_insert_with(known));
            let directory = directories.get(name).cloned();
            let binding =
                directory.and_then(|directory| Binding::from_settings(&client.ldap_bind, directory, attempts));
            knowledge.bindings.extend(binding.map(|binding| (binding, place)));
        }
        for (name, settings) in &bridge.jwt {
            let of_it = placed().filter(|(_, client)| client.jwt.as_ref() == Some(name));
            let claimants = of_it.map(|(place, client)| Claimant {
                claims: client
                    .claims
                    .iter()
                    .map(|(name, value)| ClaimRule { name: name.clone(), value: value.clone() })
                    .collect(),
                user_claim: settings.user_claim.clone(),
                place,
            });
            knowledge.issuers.push((Issuer::from_settings(name, settings), claimants.collect()));
        }
        if let Some(before) = before {
            knowledge.follow(&before.0);
        }
        Self(Arc::new(knowledge))
    }

    /// The client whose static token an `Authorization` header shows, or whose other credentials were verified a short while ago.
    /// `None` alike for a header that is missing, malformed or holds an unknown token: who asks doesn't learn which.
    pub fn at_hand(&self, authorization: &[u8], now: Instant) -> Option<Client> {
        let token = bearer::token(authorization);
        let place = token.and_then(|token| self.0.find(&TokenHash::of(token)));
        let client = match place {
            Some(place) => self.0.client(place).cloned(),
            None => self.0.remembered.get(authorization, now),
        };
        client.filter(|client| client.info.is_somebody())
    }

    /// Whose credentials an `Authorization` header shows.
    pub async fn recognise(&self, authorization: &[u8], clock: &SharedClock) -> Recognised {
        if let Some(client) = self.at_hand(authorization, clock.now()) {
            return Recognised::Client(client);
        }
        let found = match bearer::token(authorization) {
            Some(token) => self.0.by_token(token, clock).await.map_err(Recognised::from),
            None => match Given::of(authorization) {
                Some(given) => self.0.by_password(authorization, &given, clock).await,
                None => Ok(None),
            },
        };
        match found {
            Ok(Some((client, until))) => {
                self.0.remembered.keep(authorization, client.clone(), until, clock.now());
                Recognised::Client(client)
            }
            Ok(None) => Recognised::Nobody,
            Err(unsaid) => unsaid,
        }
    }

    /// The client whose certificate this is; it has been verified.
    pub fn authenticate_certificate(&self, certificate: &ClientCertificate) -> Option<&Client> {
        let (_, place) = self.0.certificates.iter().find(|(rule, _)| rule.matches(certificate))?;
        self.0.client(*place).filter(|client| client.info.is_somebody())
    }

    /// Credentials from this address were refused; says how long that answer is to wait.
    pub fn failed(&self, from: Option<IpAddr>, now: Instant) -> Duration {
        let count = from.map_or(0, |from| self.0.failures.failed(&from, FAILURES_PER, now));
        if count > FREE_FAILURES { DELAY } else { Duration::ZERO }
    }

    /// Waits until it is the turn of `client`, of which only so many lists are worked on at a time.
    ///
    /// # Errors
    /// When too many of its requests wait already, or it takes longer than `patience`.
    pub async fn turn(&self, client: &ClientInfo, patience: Duration) -> Result<Turn, NoTurn> {
        match self.0.turns.get(&client.name) {
            Some(turns) => turns.next(patience).await,
            None => Ok(Turn::default()),
        }
    }

    /// How clients may authenticate.
    pub fn schemes(&self) -> Schemes {
        let Knowledge { tokens, issuers, passwords, bindings, certificates, .. } = &*self.0;
        Schemes {
            token: !tokens.is_empty(),
            signed: issuers.iter().any(|(_, claimants)| !claimants.is_empty()),
            basic: !passwords.is_empty() || !bindings.is_empty(),
            certificate: !certificates.is_empty(),
        }
    }
}

fn at(clients: &[Client], place: u32) -> Option<&Client> {
    clients.get(usize::try_from(place).ok()?)
}

impl Knowledge {
    fn new(clients: impl IntoIterator<Item = Credentials>) -> Self {
        let mut knowledge = Self::default();
        for (place, Credentials { client, tokens, certificate }) in (0..).zip(clients) {
            knowledge.clients.push(client);
            knowledge.tokens.extend(tokens.into_iter().map(|token| (token, place)));
            knowledge.certificates.extend(certificate.map(|rule| (rule, place)));
        }
        knowledge
    }

    /// Takes over what `before` has learnt, as far as it holds.
    fn follow(&mut self, before: &Self) {
        self.failures = Arc::clone(&before.failures);
        for (issuer, _) in &mut self.issuers {
            before.issuers.iter().for_each(|(before, _)| issuer.follow(before));
        }
        for (name, turns) in &mut self.turns {
            if let Some(known) = before.turns.get(name).filter(|known| known.is_same(turns)) {
                *turns = Arc::clone(known);
            }
        }
        for client in &mut self.clients {
            let known = before.clients.iter().find(|known| known.info.name == client.info.name);
            if let (Some(limits), Some(known)) = (&mut client.limits, known.and_then(|known| known.limits.as_ref()))
                && limits.is_same(known)
            {
                *limits = Arc::clone(known);
            }
        }
    }

    fn client(&self, place: u32) -> Option<&Client> {
        at(&self.clients, place)
    }

    /// Compares with every token, so that the time taken doesn't tell which one came close or matched.
    fn find(&self, shown: &TokenHash) -> Option<u32> {
        let mut found = Choice::from(0);
        let mut place = 0;
        for (token, client) in &self.tokens {
            let matches = token.matches(shown);
            place.conditional_assign(client, matches);
            found |= matches;
        }
        bool::from(found).then_some(place)
    }

    /// The client of a signed token, and until when it is.
    async fn by_token(&self, token: &[u8], clock: &SharedClock) -> Result<Option<(Client, Instant)>, Away> {
        let Some(token) = std::str::from_utf8(token).ok().filter(|_| jwt::looks_like_one(token)) else {
            return Ok(None);
        };
        for (issuer, claimants) in &self.issuers {
            let Some(verified) = issuer.verify(token, clock).await? else { continue };
            let left = verified.until.duration_since(clock.wall()).unwrap_or_default().min(LONGEST);
            let client = self.claimed(&issuer.name, claimants, &verified.claims);
            return Ok(client.map(|client| (client, clock.now() + left)));
        }
        Ok(None)
    }

    /// The one client whose claims a token has.
    fn claimed(&self, issuer: &str, claimants: &[Claimant], claims: &Map<String, Value>) -> Option<Client> {
        let mut meant = claimants.iter().filter(|client| client.claims.iter().all(|rule| rule.holds(claims)));
        let first = meant.next()?;
        if meant.next().is_some() {
            tracing::warn!(issuer, "a token is that of several clients, and refused: `claim` has to tell them apart");
            return None;
        }
        let user = claims.get(&first.user_claim).and_then(Value::as_str);
        self.client(first.place)?.on_behalf_of(user, None)
    }

    /// The client of a name and a password, and until when it needn't be asked again.
    ///
    /// # Errors
    /// Why nobody says whose they are.
    async fn by_password(
        &self,
        authorization: &[u8],
        given: &Given,
        clock: &SharedClock,
    ) -> Result<Option<(Client, Instant)>, Recognised> {
        if !self.passwords.is_empty()
            && let Some(place) = self.passwords.find(given).await?
        {
            let client = self.client(place).and_then(|client| client.on_behalf_of(Some(&given.user), None));
            return Ok(client.map(|client| (client, clock.now() + REMEMBER)));
        }
        // Who sends the same wrong password again and again would lock the account.
        if self.refused.get(authorization, clock.now()).is_some() {
            return Ok(None);
        }
        let (mut asked, mut judged) = (None, Judged::default());
        for (binding, place) in &self.bindings {
            asked = self.client(*place).or(asked);
            if let Some(dn) = binding.find(given, &mut judged, clock).await? {
                let own = (dn, given.password.clone());
                let client = self.client(*place).and_then(|client| client.on_behalf_of(Some(&given.user), Some(own)));
                return Ok(client.map(|client| (client, clock.now() + binding.remember)));
            }
        }
        if let Some(asked) = asked {
            self.refused.keep(authorization, asked.clone(), clock.now() + REMEMBER, clock.now());
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock as _, SystemClock};
    use rstest::rstest;

    fn credentials(name: &str, tokens: &[&str]) -> Credentials {
        Credentials {
            client: Client::of(ClientInfo::named(name)),
            tokens: tokens.iter().map(|token| TokenHash::of(token.as_bytes())).collect(),
            certificate: None,
        }
    }

    #[rstest]
    #[case("Bearer one", Some("first"))]
    #[case("bearer two", Some("second"))]
    #[case("Bearer 2nd", Some("second"))]
    #[case("Bearer three", None)]
    #[case("Bearer on", None)]
    #[case("Basic one", None)]
    #[case("one", None)]
    #[case("", None)]
    fn a_token_names_its_client(#[case] header: &str, #[case] name: Option<&str>) {
        let authenticator =
            Authenticator::new([credentials("first", &["one"]), credentials("second", &["two", "2nd"])]);
        let client = authenticator.at_hand(header.as_bytes(), SystemClock.now());
        assert_eq!(client.as_ref().map(|client| client.info.name.as_str()), name);
    }

    #[test]
    fn nobody_is_let_in_where_no_client_is_known() {
        let now = SystemClock.now();
        assert!(Authenticator::default().at_hand(b"Bearer one", now).is_none());
        assert!(Authenticator::new([credentials("first", &[])]).at_hand(b"Bearer one", now).is_none());
    }

    #[test]
    fn what_is_accepted_is_told() {
        let mut certified = credentials("c", &[]);
        let subject = Some("CN=c".to_owned());
        certified.certificate =
            Some(CertificateRule::from_settings(&config::Certificate { subject, ..config::Certificate::default() }));
        assert_eq!(Authenticator::default().schemes(), Schemes::default());
        let both = Authenticator::new([credentials("a", &["one"]), certified]).schemes();
        assert_eq!(both, Schemes { token: true, certificate: true, ..Schemes::default() });
        assert!(both.bearer() && !Schemes { basic: true, certificate: true, ..Schemes::default() }.bearer());
    }

    #[test]
    fn who_fails_often_waits_for_the_answer() {
        let (authenticator, now) = (Authenticator::default(), SystemClock.now());
        let from = Some(IpAddr::from([192, 0, 2, 1]));
        assert!((0..FREE_FAILURES).all(|_| authenticator.failed(from, now).is_zero()));
        assert_eq!(authenticator.failed(from, now), DELAY);
        assert!(authenticator.failed(Some(IpAddr::from([192, 0, 2, 2])), now).is_zero());
        assert!(authenticator.failed(from, now + Duration::from_secs(60)).is_zero());
    }
}
