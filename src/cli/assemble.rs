//! From a bridge's settings to a bridge: its mapping, its directories, and the use cases over both.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::outcome::{Failure, Result, show};
use crate::auth::{Authenticator, Brake, ClientInfo};
use crate::bridge::{Bridge, CursorKey, FeedSource, Limits, Remembering, Writing};
use crate::clock::{self, SharedClock, SystemClock};
use crate::config::{self, MappingSource};
use crate::diagnostics::Report;
use crate::directory::{Acknowledge, Bind, Directory, DirectoryOptions, LdapUrl, SrvOptions, TlsOptions};
use crate::mapping::model::Mapping;
use crate::scim::filter::Limits as FilterLimits;
use crate::scim::patch::Limits as PatchLimits;

/// A bridge and what it is made of.
pub(super) struct Assembled {
    /// Its name in the settings.
    pub(super) name: String,
    /// Its settings.
    pub(super) settings: config::Bridge,
    /// Its use cases.
    pub(super) bridge: Arc<Bridge>,
    /// What stops its clients.
    pub(super) brake: Arc<Brake>,
    /// What tells its clients.
    pub(super) authenticator: Authenticator,
    base_url: String,
    cursor_key: CursorKey,
    directories: BTreeMap<String, Directory>,
}

impl Assembled {
    /// Waits until its directories are connected, or says why one isn't.
    pub(super) async fn ready(&self, patience: Duration) -> Result<()> {
        let ready = self.bridge.until_ready(clock::deadline(&SystemClock, patience)).await;
        ready.map_err(|error| Failure::failed(format!("bridge {}: {error}", self.name)))
    }
}

/// Makes the bridge of one section of the settings, below `base_url`. Starts to connect to its directories: must be called
/// within a runtime.
pub(super) fn bridge(
    name: &str,
    settings: &config::Bridge,
    base_url: &str,
    clock: &SharedClock,
    writing: Writing,
) -> Result<Assembled> {
    let mapping = mapping(&settings.mapping)?;
    anew(name, settings, mapping, base_url, clock, writing, None)
}

/// As [`bridge`], of a mapping that was compiled already. Connections of `before` whose settings are the same serve on, and where
/// nothing has changed but the clients, the bridge itself does, with all that it remembers.
pub(super) fn anew(
    name: &str,
    settings: &config::Bridge,
    mapping: Arc<Mapping>,
    base_url: &str,
    clock: &SharedClock,
    writing: Writing,
    before: Option<&Assembled>,
) -> Result<Assembled> {
    let unusable = |why: &dyn std::fmt::Display| Failure::unusable(format!("bridge {name}: {why}"));
    let base_url = format!("{base_url}{}", settings.path);
    let directories = start(name, settings, &mapping, clock, before)?;
    let brake = Arc::clone(&writing.brake);
    for (client, settings) in &settings.clients {
        let checked = crate::auth::check_confinement(&ClientInfo::from_settings(client, settings), &mapping);
        checked.map_err(|error| unusable(&format!("client {client}: {error}")))?;
    }
    let before_it = before.map(|before| &before.authenticator);
    let authenticator = Authenticator::from_settings(settings, &directories, before_it);
    let assembled = |bridge, base_url, cursor_key| Assembled {
        name: name.to_owned(),
        settings: settings.clone(),
        bridge,
        brake,
        authenticator,
        base_url,
        cursor_key,
        directories: directories.clone(),
    };
    if let Some(before) = before.filter(|before| before.serves(settings, &mapping, &base_url, &directories)) {
        return Ok(assembled(Arc::clone(&before.bridge), base_url, before.cursor_key.clone()));
    }
    let cursor_key = match (&settings.cursor_key, before) {
        (Some(key), _) => CursorKey::new(key.bytes()),
        (None, Some(before)) if before.settings.cursor_key.is_none() => Ok(before.cursor_key.clone()),
        (None, _) => CursorKey::random(),
    };
    let cursor_key = cursor_key.map_err(|error| unusable(&error))?;
    let (catalogs, own) = directories.clone().into_iter().partition(|(name, _)| {
        settings.directories.get(name).is_some_and(|directory| directory.purpose == config::Purpose::Resolve)
    });
    let bridge = Bridge::new(mapping, &base_url, own, limits(settings), cursor_key.clone());
    let bridge = bridge.map_err(|error| unusable(&error))?.writing(writing).resolving_by(catalogs);
    let bridge = Arc::new(bridge.remembering(remembering(name, settings), clock));
    Ok(assembled(bridge, base_url, cursor_key))
}

impl Assembled {
    /// The base URL of its resources.
    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Whether its bridge is the one that these would make.
    fn serves(
        &self,
        settings: &config::Bridge,
        mapping: &Mapping,
        base_url: &str,
        directories: &BTreeMap<String, Directory>,
    ) -> bool {
        self.settings.is_same(settings)
            && self.bridge.mapping().fingerprint == mapping.fingerprint
            && self.base_url == base_url
            && self.directories.len() == directories.len()
            && self
                .directories
                .iter()
                .all(|(name, before)| directories.get(name).is_some_and(|directory| directory.is_same(before)))
    }

    /// Its directories and catalogs, by name.
    pub(super) fn directories(&self) -> &BTreeMap<String, Directory> {
        &self.directories
    }
}

/// Reads and checks a mapping and all that it extends.
pub(super) fn mapping(source: &MappingSource) -> Result<Arc<Mapping>> {
    let mapping = compile(source)?;
    if !mapping.warnings.is_empty() {
        show(&mapping.warnings);
    }
    Ok(mapping)
}

/// As [`mapping`], without showing what was found.
///
/// # Errors
/// All findings, when one of them is an error.
pub(super) fn compile(source: &MappingSource) -> std::result::Result<Arc<Mapping>, Report> {
    compile_noting(source, &RefCell::default())
}

/// As [`compile`], noting each file that is read, or should have been.
///
/// # Errors
/// As [`compile`].
pub(super) fn compile_noting(
    source: &MappingSource,
    files: &RefCell<Vec<PathBuf>>,
) -> std::result::Result<Arc<Mapping>, Report> {
    let name = match source {
        MappingSource::Builtin(name) => format!("builtin:{name}"),
        MappingSource::File(path) => path.display().to_string(),
    };
    let read = |file: &str| {
        files.borrow_mut().push(file.into());
        std::fs::read_to_string(file)
    };
    crate::mapping::compile(read, &name).map(Arc::new)
}

/// What a bridge does at most, as its settings have it.
pub(super) fn limits(settings: &config::Bridge) -> Limits {
    let config::Limits { filter_bytes, filter_depth, filter_terms, patch_operations, .. } = settings.limits;
    let filter = FilterLimits { max_bytes: filter_bytes, max_depth: filter_depth, max_terms: filter_terms };
    Limits {
        page_default: settings.limits.page_default,
        page_max: settings.limits.page_max,
        scan: settings.limits.scan,
        filter,
        snapshot_bytes: settings.limits.snapshot_bytes as u64,
        snapshot_lifetime: settings.limits.snapshot_lifetime,
        names: settings.cache.ids,
        batch: settings.limits.reference_batch,
        feeds: settings.limits.open_searches.min(spare_streams(settings)),
        feed_lifetime: settings.limits.open_search_idle,
        bulk_operations: settings.limits.bulk_operations,
        bulk_payload: settings.limits.bulk_payload,
        request_values: settings.limits.request_values,
        patch: PatchLimits { max_operations: patch_operations, path: filter },
        ..Limits::default()
    }
}

/// How many streams readers may keep who might not come back for their next page: all but one, so that others never wait for them.
fn spare_streams(settings: &config::Bridge) -> usize {
    let streams = settings.directories.values().map(|directory| directory.streams).min();
    streams.map_or(1, |streams| streams.saturating_sub(1).max(1))
}

/// What the bridge called `name` remembers, as its settings have it.
fn remembering(name: &str, settings: &config::Bridge) -> Remembering {
    let (directories, settings) = (&settings.directories, &settings.cache);
    // One feed is followed in each directory: what is shown by a catalog may not be what it told of.
    let elsewhere = |directory: &config::Directory| directory.purpose == config::Purpose::Resolve;
    let source = match settings.feed {
        config::Feed::Auto if directories.values().any(elsewhere) => None,
        config::Feed::Auto => Some(FeedSource::Auto),
        config::Feed::Sync => Some(FeedSource::Sync),
        config::Feed::Ad => Some(FeedSource::ActiveDirectory),
        config::Feed::Poll => Some(FeedSource::Poll),
        config::Feed::Off => None,
    };
    Remembering { name: name.to_owned(), resources: settings.resources as u64, source, preload: settings.preload }
}

/// Starts to connect to a bridge's directories.
pub(super) fn directories(
    bridge: &str,
    settings: &config::Bridge,
    mapping: &Mapping,
    clock: &SharedClock,
) -> Result<BTreeMap<String, Directory>> {
    start(bridge, settings, mapping, clock, None)
}

fn start(
    bridge: &str,
    settings: &config::Bridge,
    mapping: &Mapping,
    clock: &SharedClock,
    before: Option<&Assembled>,
) -> Result<BTreeMap<String, Directory>> {
    let kept = |name: &String, settings: &config::Directory, bases: &[String]| {
        let before = before?;
        let same = before.settings.directories.get(name).is_some_and(|before| before.is_same(settings));
        before.directories.get(name).filter(|directory| same && directory.options().bases == bases).cloned()
    };
    let start = |(name, settings): (&String, &config::Directory)| {
        let bases = mapping.resources.iter().flat_map(|resource| &resource.bases);
        let bases: Vec<_> = bases.filter(|base| base.directory == *name).map(|base| base.dn.to_string()).collect();
        if let Some(kept) = kept(name, settings, &bases) {
            return Ok((name.clone(), kept));
        }
        let mut options = options(&format!("{bridge}.{name}"), settings)?;
        options.bases = bases;
        Ok((name.clone(), Directory::start(options, Arc::clone(clock))))
    };
    settings.directories.iter().map(start).collect()
}

/// A directory's settings as the directory wants them. `name` is how logs call it.
fn options(name: &str, settings: &config::Directory) -> Result<DirectoryOptions> {
    let unusable = |why: String| Failure::unusable(format!("directory {name}: {why}"));
    let parsed = |urls: &[String]| {
        let urls = urls.iter().map(|url| url.parse::<LdapUrl>()).collect::<std::result::Result<Vec<_>, _>>();
        urls.map_err(|error| unusable(error.to_string()))
    };
    let mut options = DirectoryOptions::new(parsed(&settings.urls)?);
    options.replicas = parsed(&settings.replicas)?;
    options.srv =
        settings.srv.clone().map(|name| SrvOptions { name, tls: settings.srv_ldaps, resolver: settings.srv_resolver });
    options.replica_lag = settings.replica_lag;
    options.fail_back = settings.fail_back;
    options.acknowledge = match settings.ack {
        config::Ack::Written => Acknowledge::Written,
        config::Ack::Replicated => Acknowledge::Replicated,
    };
    name.clone_into(&mut options.name);
    options.bind = bind(&settings.identity);
    options.starttls = settings.starttls;
    options.tls = TlsOptions {
        ca_file: settings.ca_file.clone(),
        client_certificate: settings.client_certificate_file.clone(),
        client_key: settings.client_key_file.clone(),
        danger_accept_invalid_certificates: settings.danger_accept_invalid_certificates,
    };
    options.connections = settings.connections;
    options.in_flight = settings.in_flight;
    options.fill = options.fill.min(settings.in_flight);
    options.streams = settings.streams;
    options.largest_write = settings.largest_write;
    options.connect_timeout = settings.connect_timeout;
    options.operation_timeout = settings.operation_timeout;
    options.page_size = settings.page_size;
    options.probe_interval = settings.probe_interval;
    options.max_age = settings.max_age;
    options.reconnect = (options.reconnect.0.min(settings.reconnect_max), settings.reconnect_max);
    options.validate().map_err(|error| unusable(error.to_string()))?;
    Ok(options)
}

fn bind(identity: &config::Bind) -> Bind {
    match identity {
        config::Bind::Anonymous => Bind::Anonymous,
        config::Bind::External => Bind::External,
        config::Bind::Kerberos { host } => Bind::Kerberos { host: host.clone() },
        config::Bind::Simple { dn, password } => Bind::Simple { dn: dn.clone(), password: password.clone() },
    }
}
