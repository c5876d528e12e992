//! A bridge: one mapping over its directories, and what it does at most.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::cursor::CursorKey;
use super::documents::Documents;
use super::feed::Feed;
use super::memory::{Memory, Remembering};
use super::meter::Meter;
use super::part::{Parts, Whole};
use super::partition::Partition;
use crate::audit::Audit;
use crate::auth::Brake;
use crate::cache::changes::Changes;
use crate::cache::feeds::Feeds;
use crate::cache::snapshots::Snapshots;
use crate::clock::SharedClock;
use crate::directory::Directory;
use crate::mapping::model::{Base, Mapping, TypeIndex};
use crate::scim::filter::Limits as FilterLimits;
use crate::scim::patch::Limits as PatchLimits;

/// What a bridge does at most.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many resources a page has when the client doesn't say.
    pub page_default: usize,
    /// How many resources a page has at most.
    pub page_max: usize,
    /// How many entries are looked at for one filter that the directory can't decide.
    pub scan: usize,
    /// What a filter may be.
    pub filter: FilterLimits,
    /// How many bytes of snapshots are kept.
    pub snapshot_bytes: u64,
    /// How long a snapshot's pages can be asked for.
    pub snapshot_lifetime: Duration,
    /// How many names are remembered per directory.
    pub names: usize,
    /// How many entries one search for several names or ids asks for.
    pub batch: usize,
    /// How many such searches run at once for one request.
    pub batches: usize,
    /// How many readers' searches stay open between two pages.
    pub feeds: usize,
    /// How long such a search waits for its reader.
    pub feed_lifetime: Duration,
    /// How many operations a bulk request has.
    pub bulk_operations: usize,
    /// How many bytes a bulk request has: what discovery says, whoever reads requests sees to it.
    pub bulk_payload: usize,
    /// How many values a request's lists have.
    pub request_values: usize,
    /// What a PATCH may be.
    pub patch: PatchLimits,
}

/// What stands around a bridge's writes.
#[derive(Debug)]
pub struct Writing {
    /// What the bridge is called in the audit and in metrics.
    pub name: String,
    /// Where writes are written down.
    pub audit: Audit,
    /// What stops clients that delete too much.
    pub brake: Arc<Brake>,
}

impl Default for Writing {
    /// Nothing is written down, and nobody stopped.
    fn default() -> Self {
        Self { name: String::new(), audit: Audit::none(), brake: Arc::new(Brake::none()) }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            page_default: 100,
            page_max: 1000,
            scan: 200_000,
            filter: FilterLimits::default(),
            snapshot_bytes: 64 << 20,
            snapshot_lifetime: Duration::from_secs(60),
            names: 200_000,
            batch: 40,
            batches: 8,
            feeds: 4,
            feed_lifetime: Duration::from_secs(30),
            bulk_operations: 1000,
            bulk_payload: 1 << 20,
            request_values: 50_000,
            patch: PatchLimits::default(),
        }
    }
}

/// Which resource types a query is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One.
    Type(TypeIndex),
    /// All of them.
    All,
}

/// One mapping over its directories, mounted at one address.
#[derive(Debug)]
pub struct Bridge {
    pub(super) mapping: Arc<Mapping>,
    pub(super) base_url: Arc<str>,
    pub(super) partitions: BTreeMap<String, Arc<Partition>>,
    /// Directories that are asked for names alone.
    pub(super) catalogs: Vec<Arc<Partition>>,
    pub(super) limits: Limits,
    pub(super) snapshots: Snapshots,
    pub(super) feeds: Feeds<Feed>,
    pub(super) cursor_key: CursorKey,
    /// What stands around writes.
    pub(super) writing: Writing,
    pub(super) memory: Memory,
    pub(super) meter: Meter,
    /// The bridges of the clients that are confined.
    pub(super) parts: Parts<Bridge>,
    /// What this one is a part of, if it is such a client's.
    pub(super) whole: Option<Whole>,
    pub(super) documents: Documents,
    /// Whether stamps don't tell when what was read is true no more; looked at once.
    pub(super) moves_no_stamp: OnceLock<bool>,
}

/// What is wrong with a bridge's parts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBridge {
    /// A resource type's base is in a directory that the settings don't declare, or declare for references alone.
    #[error(
        "resource type `{resource}` has a base in directory `{directory}`, which the settings don't declare, or not for serving"
    )]
    UnknownDirectory {
        /// The type.
        resource: String,
        /// The directory.
        directory: String,
    },
    /// The same entry is meant in two directories.
    #[error(
        "{dn} is a base in two directories, {one} and {other}: what refers to an entry by its name must tell which it is"
    )]
    SameBase {
        /// The base.
        dn: String,
        /// A directory.
        one: String,
        /// Another one.
        other: String,
    },
}

impl Bridge {
    /// A bridge that serves `mapping` over `directories` (by name) at `base_url`, which has no slash at its end.
    ///
    /// # Errors
    /// When a base names a directory that isn't there.
    pub fn new(
        mapping: Arc<Mapping>,
        base_url: &str,
        directories: BTreeMap<String, Directory>,
        limits: Limits,
        cursor_key: CursorKey,
    ) -> Result<Self, InvalidBridge> {
        for resource in &mapping.resources {
            if let Some(base) = resource.bases.iter().find(|base| !directories.contains_key(&base.directory)) {
                return Err(InvalidBridge::UnknownDirectory {
                    resource: resource.name.clone(),
                    directory: base.directory.clone(),
                });
            }
        }
        let bases = || mapping.resources.iter().flat_map(|resource| &resource.bases);
        for base in bases() {
            if let Some(other) = bases().find(|other| other.key == base.key && other.directory != base.directory) {
                let (one, other) = (base.directory.clone(), other.directory.clone());
                return Err(InvalidBridge::SameBase { dn: base.dn.to_string(), one, other });
            }
        }
        let base_url: Arc<str> = base_url.into();
        let changes = Arc::new(Changes::new());
        let partitions = directories
            .into_iter()
            .map(|(name, directory)| {
                let (mapping, base_url) = (mapping.clone(), base_url.clone());
                let partition = Partition::new(name.clone(), directory, mapping, base_url, limits.names, &changes);
                (name, Arc::new(partition))
            })
            .collect();
        Ok(Self {
            snapshots: Snapshots::new(limits.snapshot_bytes, limits.snapshot_lifetime),
            feeds: Feeds::new(limits.feeds, limits.feed_lifetime),
            mapping,
            base_url,
            partitions,
            catalogs: Vec::new(),
            limits,
            cursor_key,
            writing: Writing::default(),
            memory: Memory::none(changes),
            meter: Meter::new(""),
            parts: Parts::default(),
            whole: None,
            documents: Documents::default(),
            moves_no_stamp: OnceLock::new(),
        })
    }

    /// The same bridge, which remembers what `settings` say as soon as it follows its directories ([`Bridge::follow`]).
    #[must_use]
    pub fn remembering(self, settings: Remembering, clock: &SharedClock) -> Self {
        let changes = Arc::clone(&self.memory.changes);
        let most = self.limits.names;
        let memory = Memory::new(changes, settings, &self.mapping, &self.partitions, most, clock);
        Self { memory, ..self }
    }

    /// The same bridge, whose writes are audited and limited so.
    #[must_use]
    pub fn writing(self, writing: Writing) -> Self {
        Self { meter: Meter::new(&writing.name), writing, ..self }
    }

    /// The same bridge, which looks names of one directory in another one up in `catalogs` first.
    #[must_use]
    pub fn resolving_by(self, catalogs: BTreeMap<String, Directory>) -> Self {
        let partition = |(name, directory)| {
            let (mapping, base_url) = (self.mapping.clone(), self.base_url.clone());
            Arc::new(Partition::new(name, directory, mapping, base_url, self.limits.names, &self.memory.changes))
        };
        Self { catalogs: catalogs.into_iter().map(partition).collect(), ..self }
    }

    /// The resource type with this endpoint name (`Users`): exact case first, then any.
    pub fn endpoint(&self, name: &str) -> Option<TypeIndex> {
        let exact = self
            .mapping
            .resources
            .iter()
            .position(|resource| resource.schema.endpoint().trim_start_matches('/') == name);
        exact.or_else(|| self.mapping.endpoint(name).map(|(kind, _)| kind))
    }

    /// The mapping that is served.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// What it does at most.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Its directories by name.
    pub fn directories(&self) -> impl Iterator<Item = (&str, &Directory)> {
        self.partitions.iter().map(|(name, partition)| (name.as_str(), &partition.directory))
    }

    /// Whether every directory can be asked.
    pub async fn ready(&self) -> bool {
        self.partitions.values().all(|partition| {
            partition.directory.status().reader.is_some() && partition.directory.capabilities().is_some()
        })
    }

    /// Waits until every directory can be asked.
    ///
    /// # Errors
    /// The first directory that can't before `deadline`.
    pub async fn until_ready(&self, deadline: Instant) -> Result<(), crate::directory::Error> {
        for partition in self.partitions.values() {
            partition.directory.ready(deadline).await?;
        }
        Ok(())
    }

    /// Ends all searches and closes all connections.
    pub async fn close(&self) {
        for partition in self.partitions.values().chain(&self.catalogs) {
            partition.directory.close().await;
        }
    }

    /// The places where resources of `kind` are, each with its directory.
    pub(super) fn places(&self, kind: TypeIndex) -> impl Iterator<Item = (&Base, &Arc<Partition>)> {
        let resource = &self.mapping.resources[kind];
        resource.bases.iter().filter_map(|base| Some((base, self.partitions.get(&base.directory)?)))
    }
}
