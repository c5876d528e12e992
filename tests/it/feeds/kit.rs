//! A feed that is listened to, what a cache would make of it, and hands that write behind its back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ldap3::{LdapConnAsync, LdapConnSettings, LdapError, Mod, Scope, SearchEntry};
use scimfront::clock::{Clock, SystemClock};
use scimfront::directory::{
    Bind, ChangedEntry, Directory, DirectoryOptions, FeedEvent, FeedHandle, FeedOptions, FeedState,
};
use scimfront::ldap::{AttributeSet, DnKey};
use scimfront::sandbox::{Slapd, SlapdOptions, TreeOptions};

/// How to reach a directory, and how its entries are told apart.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) url: String,
    pub(super) bind_dn: String,
    pub(super) password: String,
    pub(super) base: String,
    pub(super) identity: &'static str,
}

impl Place {
    pub(super) fn of(slapd: &Slapd) -> Self {
        Self {
            url: slapd.url(),
            bind_dn: slapd.bind_dn(),
            password: slapd.password().to_owned(),
            base: slapd.suffix().to_owned(),
            identity: "entryUUID",
        }
    }

    /// The same directory, reached another way.
    pub(super) fn through(&self, url: String) -> Self {
        Self { url, ..self.clone() }
    }

    pub(super) fn options(&self) -> DirectoryOptions {
        let mut options = DirectoryOptions::new(vec![self.url.parse().unwrap()]);
        options.bind = Bind::Simple { dn: self.bind_dn.clone(), password: self.password.as_str().into() };
        options.reconnect = (Duration::from_millis(20), Duration::from_millis(200));
        options.connections = 2;
        options
    }

    pub(super) fn feed(&self) -> FeedOptions {
        let attributes: AttributeSet = ["objectClass", "cn"].iter().map(|name| name.parse().unwrap()).collect();
        FeedOptions::new(&self.base, self.identity.parse().unwrap(), Arc::new(attributes))
    }

    pub(super) async fn hand(&self) -> Hand {
        let settings = LdapConnSettings::new().set_conn_timeout(PATIENCE);
        let (connection, mut ldap) = LdapConnAsync::with_settings(settings, &self.url).await.unwrap();
        ldap3::drive!(connection);
        ldap.with_timeout(PATIENCE).simple_bind(&self.bind_dn, &self.password).await.unwrap().success().unwrap();
        Hand { ldap, place: self.clone() }
    }
}

/// How long a directory may take for one operation.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes behind the feed's back.
#[derive(Clone, Debug)]
pub(super) struct Hand {
    ldap: ldap3::Ldap,
    place: Place,
}

impl Hand {
    /// The connection; its next operation fails where it isn't answered.
    fn ldap(&mut self) -> &mut ldap3::Ldap {
        self.ldap.with_timeout(PATIENCE)
    }

    pub(super) async fn add(&mut self, dn: &str, attributes: &[(&str, &str)]) {
        self.try_add(dn, attributes).await.unwrap();
    }

    /// The same on a server that may hang or be gone by then.
    pub(super) async fn try_add(&mut self, dn: &str, attributes: &[(&str, &str)]) -> Result<(), LdapError> {
        let attributes = attributes.iter().map(|(name, value)| (*name, [*value].into())).collect();
        self.ldap().add(dn, attributes).await?.success().unwrap();
        Ok(())
    }

    pub(super) async fn replace(&mut self, dn: &str, attribute: &str, value: &str) {
        self.try_replace(dn, attribute, value).await.unwrap();
    }

    /// The same on a server that may hang or be gone by then.
    pub(super) async fn try_replace(&mut self, dn: &str, attribute: &str, value: &str) -> Result<(), LdapError> {
        let changes = vec![Mod::Replace(attribute, [value].into())];
        self.ldap().modify(dn, changes).await?.success().unwrap();
        Ok(())
    }

    pub(super) async fn add_value(&mut self, dn: &str, attribute: &str, value: &str) {
        let changes = vec![Mod::Add(attribute, [value].into())];
        self.ldap().modify(dn, changes).await.unwrap().success().unwrap();
    }

    pub(super) async fn remove_value(&mut self, dn: &str, attribute: &str, value: &str) {
        let changes = vec![Mod::Delete(attribute, [value].into())];
        self.ldap().modify(dn, changes).await.unwrap().success().unwrap();
    }

    pub(super) async fn rename(&mut self, dn: &str, rdn: &str, parent: Option<&str>) {
        self.ldap().modifydn(dn, rdn, true, parent).await.unwrap().success().unwrap();
    }

    pub(super) async fn delete(&mut self, dn: &str) {
        self.ldap().delete(dn).await.unwrap().success().unwrap();
    }

    /// All entries: identity and name.
    pub(super) async fn everything(&mut self) -> BTreeMap<Vec<u8>, String> {
        let place = self.place.clone();
        let mut found = BTreeMap::new();
        let page = ldap3::adapters::PagedResults::new(500);
        let adapters: Vec<Box<dyn ldap3::adapters::Adapter<_, _>>> = vec![Box::new(page)];
        let attributes = vec![place.identity];
        let mut entries = self
            .ldap()
            .streaming_search_with(adapters, &place.base, Scope::Subtree, "(objectClass=*)", attributes)
            .await
            .unwrap();
        while let Some(entry) = entries.next().await.unwrap() {
            if entry.is_ref() {
                continue;
            }
            let entry = SearchEntry::construct(entry);
            let text = entry.attrs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(place.identity));
            let octets = entry.bin_attrs.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(place.identity));
            let id = text.map(|(_, mut values)| values.remove(0).into_bytes());
            let id = id.or_else(|| octets.map(|(_, mut values)| values.remove(0)));
            // Of some entries an account may see the name alone.
            let Some(id) = id else { continue };
            found.insert(id, entry.dn);
        }
        entries.finish().await.success().unwrap();
        found
    }
}

/// A feed that is listened to: everything it told, with the moment.
pub(super) struct Listener {
    _directory: Directory,
    pub(super) handle: FeedHandle,
    told: Arc<Mutex<Vec<(Instant, FeedEvent)>>>,
}

impl Listener {
    /// Follows `place` and waits until the feed is whole.
    pub(super) async fn start(place: &Place) -> Self {
        Self::follow(place.options(), place.feed()).await
    }

    pub(super) async fn follow(directory: DirectoryOptions, feed: FeedOptions) -> Self {
        let listener = Self::begin(directory, feed);
        listener.until_whole().await;
        listener
    }

    pub(super) fn begin(directory: DirectoryOptions, feed: FeedOptions) -> Self {
        let directory = Directory::start(directory, Arc::new(SystemClock));
        let told: Arc<Mutex<Vec<(Instant, FeedEvent)>>> = Arc::default();
        let ears = told.clone();
        let sink = Arc::new(move |event| ears.lock().unwrap().push((SystemClock.now(), event)));
        let handle = directory.follow(feed, sink);
        Self { _directory: directory, handle, told }
    }

    pub(super) fn is_whole(&self) -> bool {
        matches!(self.handle.state(), FeedState::Whole { .. })
    }

    pub(super) async fn until_whole(&self) {
        self.until("the feed is whole", || self.is_whole()).await;
    }

    pub(super) async fn until_broken(&self) {
        self.until("the feed is broken", || !self.is_whole()).await;
    }

    pub(super) async fn until(&self, what: &str, mut condition: impl FnMut() -> bool) {
        let deadline = SystemClock.now() + Duration::from_secs(20);
        while !condition() {
            assert!(SystemClock.now() < deadline, "not within 20 s: {what}; {:?}; {:#?}", self.handle, self.told());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// All that was told so far.
    pub(super) fn told(&self) -> Vec<FeedEvent> {
        self.told.lock().unwrap().iter().map(|(_, event)| event.clone()).collect()
    }

    /// How many events were told so far.
    pub(super) fn count(&self) -> usize {
        self.told.lock().unwrap().len()
    }

    /// The identity by which the entry called `dn` was told of last.
    pub(super) fn id_of(&self, dn: &str) -> Option<Vec<u8>> {
        self.told().into_iter().rev().find_map(|event| match event {
            FeedEvent::Changed(entries) => entries.into_iter().find(|entry| names(entry, dn))?.id,
            _ => None,
        })
    }

    /// Whether everything is taken for changed after event number `from`, within `patience`.
    pub(super) async fn tells_everything(&self, from: usize, patience: Duration) -> bool {
        let deadline = SystemClock.now() + patience;
        loop {
            if self.told().iter().skip(from).any(|event| *event == FeedEvent::Everything) {
                return true;
            }
            if SystemClock.now() >= deadline {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until everything was taken for changed after event number `from`.
    pub(super) async fn until_everything(&self, from: usize) {
        self.until("everything", || self.told().iter().skip(from).any(|event| *event == FeedEvent::Everything)).await;
    }

    /// Waits until the entry called `dn` was told of after event number `from`, or everything was taken for changed after event number
    /// `made`, by when the change was made.
    pub(super) async fn until_covered(&self, from: usize, made: usize, dn: &str) {
        let is_named = |event: &FeedEvent| matches!(event, FeedEvent::Changed(changes) if changes.iter().any(|change| names(change, dn)));
        self.until("a change is covered", || {
            let told = self.told();
            told[from..].iter().any(is_named) || told[made..].contains(&FeedEvent::Everything)
        })
        .await;
    }

    /// Waits until a change was told, after event number `from`, that is as wanted, and returns when.
    pub(super) async fn until_told(&self, from: usize, what: &str, wanted: impl Fn(&ChangedEntry) -> bool) -> Instant {
        let mut found = None;
        self.until(what, || {
            let told = self.told.lock().unwrap();
            let mut after = told.iter().skip(from);
            found = after.find_map(|(moment, event)| match event {
                FeedEvent::Changed(entries) if entries.iter().any(&wanted) => Some(*moment),
                _ => None,
            });
            found.is_some()
        })
        .await;
        found.unwrap()
    }
}

/// Whether a change tells of the entry called `dn`.
pub(super) fn names(change: &ChangedEntry, dn: &str) -> bool {
    change.dn.as_deref().is_some_and(|told| DnKey::of(told).unwrap() == DnKey::of(dn).unwrap())
}

/// A slapd of one's own.
pub(super) fn slapd(change: impl FnOnce(&mut SlapdOptions)) -> Slapd {
    let mut options = SlapdOptions::with_tree(TreeOptions::sized(30, 9));
    change(&mut options);
    Slapd::start(&options).unwrap()
}
