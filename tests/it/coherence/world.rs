//! The directory, as somebody sees and changes it who knows nothing of the bridge.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Mod, Scope, SearchEntry};
use tokio::runtime::Runtime;

use super::site::{Site, Words};

/// What is read of entries.
const ATTRIBUTES: [&str; 7] = ["uid", "cn", "member", "uniqueMember", "memberUid", "manager", "displayName"];

/// An entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) dn: String,
    pub(super) id: String,
    values: HashMap<String, Vec<String>>,
}

/// How long a directory may take for an operation of the tests' own.
const ANSWERED: Duration = Duration::from_secs(60);

/// A change by LDAP.
#[derive(Debug, Clone)]
pub(super) enum Write {
    Replace { dn: String, attribute: &'static str, value: String },
    Member { group: String, dn: String, add: bool },
    Members { group: String, dns: Vec<String> },
    Rename { dn: String, rdn: String, parent: Option<String> },
    Add { dn: String, attributes: Vec<(&'static str, String)> },
    Delete { dn: String },
}

/// The directory.
pub(super) struct World {
    runtime: Runtime,
    ldap: Ldap,
    url: String,
    administrator: String,
    password: String,
    suffix: String,
    pub(super) words: Words,
    /// The paths of all resources that there ever were.
    seen: BTreeSet<String>,
}

impl Entry {
    /// The values of an attribute, named in lower case.
    pub(super) fn values(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }
}

impl World {
    pub(super) fn of(site: &Site) -> Self {
        Self::at(site, site.url())
    }

    /// The directory as the server at `url` has it.
    pub(super) fn at(site: &Site, url: String) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (administrator, password) = (site.administrator(), site.password());
        let ldap = runtime.block_on(connect(&url, &administrator, &password));
        let (suffix, words) = (site.suffix(), site.words());
        let mut world = Self { runtime, ldap, url, administrator, password, suffix, words, seen: BTreeSet::new() };
        world.people();
        world.groups();
        world
    }

    /// Connects again, as the server was restarted.
    pub(super) fn reconnect(&mut self) {
        self.ldap = self.runtime.block_on(connect(&self.url, &self.administrator, &self.password));
    }

    /// The DN below which the people are.
    pub(super) fn people_base(&self) -> String {
        format!("ou=people,{}", self.suffix)
    }

    /// The people as they are.
    pub(super) fn people(&mut self) -> Vec<Entry> {
        let found = self.search(&self.people_base(), self.words.people);
        self.seen.extend(found.iter().map(|entry| path("Users", entry)));
        found
    }

    /// The groups as they are.
    pub(super) fn groups(&mut self) -> Vec<Entry> {
        let found = self.search(&format!("ou=groups,{}", self.suffix), self.words.groups);
        self.seen.extend(found.iter().map(|entry| path("Groups", entry)));
        found
    }

    /// The units below the people's base.
    pub(super) fn units(&self) -> Vec<Entry> {
        let base = self.people_base();
        let units = self.search(&base, "(objectClass=organizationalUnit)");
        units.into_iter().filter(|unit| !unit.dn.eq_ignore_ascii_case(&base)).collect()
    }

    /// The paths of all resources that there ever were.
    pub(super) fn paths(&self) -> Vec<String> {
        self.seen.iter().cloned().collect()
    }

    /// Makes a change; says whether the directory took it.
    pub(super) fn perform(&self, write: &Write) -> bool {
        let mut ldap = self.ldap.clone();
        let ldap = ldap.with_timeout(ANSWERED);
        let result = self.runtime.block_on(async {
            match write {
                Write::Replace { dn, attribute, value } => {
                    ldap.modify(dn, vec![Mod::Replace(*attribute, HashSet::from([value.as_str()]))]).await
                }
                Write::Member { group, dn, add } => {
                    let values = HashSet::from([dn.as_str()]);
                    let change = if *add { Mod::Add("member", values) } else { Mod::Delete("member", values) };
                    ldap.modify(group, vec![change]).await
                }
                Write::Members { group, dns } => {
                    let values = dns.iter().map(String::as_str).collect();
                    ldap.modify(group, vec![Mod::Add("member", values)]).await
                }
                Write::Rename { dn, rdn, parent } => ldap.modifydn(dn, rdn, true, parent.as_deref()).await,
                Write::Add { dn, attributes } => {
                    let attributes = attributes.iter().map(|(name, value)| (*name, HashSet::from([value.as_str()])));
                    ldap.add(dn, attributes.collect()).await
                }
                Write::Delete { dn } => ldap.delete(dn).await,
            }
        });
        result.unwrap().success().is_ok()
    }

    fn search(&self, base: &str, filter: &str) -> Vec<Entry> {
        let mut ldap = self.ldap.clone();
        let attributes: Vec<&str> = ATTRIBUTES.into_iter().chain([self.words.identity]).collect();
        let found = self.runtime.block_on(ldap.with_timeout(ANSWERED).search(base, Scope::Subtree, filter, attributes));
        let (entries, _) = found.and_then(|found| found.success()).unwrap();
        entries.into_iter().map(|entry| self.entry(SearchEntry::construct(entry))).collect()
    }

    fn entry(&self, entry: SearchEntry) -> Entry {
        let named = |name: &str| name.eq_ignore_ascii_case(self.words.identity);
        let text = entry.attrs.iter().find(|(name, _)| named(name)).map(|(_, values)| values[0].clone().into_bytes());
        let octets = entry.bin_attrs.iter().find(|(name, _)| named(name)).map(|(_, values)| values[0].clone());
        let id = text.or(octets).unwrap_or_default();
        let id = match <[u8; 16]>::try_from(id.as_slice()) {
            Ok(guid) => uuid::Uuid::from_bytes_le(guid).hyphenated().to_string(),
            Err(_) => String::from_utf8(id).unwrap(),
        };
        let values = entry.attrs.into_iter().map(|(name, values)| (name.to_ascii_lowercase(), values)).collect();
        Entry { dn: entry.dn, id, values }
    }
}

/// Where the resource of an entry is.
pub(super) fn path(endpoint: &str, entry: &Entry) -> String {
    format!("/{endpoint}/{}", entry.id)
}

async fn connect(url: &str, name: &str, password: &str) -> Ldap {
    let attempt = async || -> Result<Ldap, LdapError> {
        let settings = LdapConnSettings::new().set_conn_timeout(ANSWERED);
        let (connection, mut ldap) = LdapConnAsync::with_settings(settings, url).await?;
        ldap3::drive!(connection);
        ldap.with_timeout(ANSWERED).simple_bind(name, password).await?.success()?;
        Ok(ldap)
    };
    for _ in 0..200 {
        if let Ok(ldap) = attempt().await {
            return ldap;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{url} doesn't answer");
}
