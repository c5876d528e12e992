//! The yardstick: ldap3 and nothing else, sending the searches that the bridge was seen to send.
//!
//! It reads the answers as ldap3 brings them and does nothing with them. As many connections as the bridge has, without delay
//! on the wire; no adapters, which leak; the same allocator and the same number of threads as the bridge.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ldap3::controls::RawControl;
use ldap3::{DerefAliases, Ldap, LdapConnAsync, LdapConnSettings, Mod, Scope, SearchOptions};
use scimfront::sandbox::Slapd;
use tokio::runtime::Runtime;

use super::Result;
use super::wire::{Ask, Change, Control};

/// How many searches are in flight.
pub(crate) const IN_FLIGHT: usize = 32;
/// Over how many connections.
pub(crate) const CONNECTIONS: usize = 4;

/// One request's searches, one after another.
pub(crate) type Script = Vec<Ask>;

/// A runtime with bound connections.
pub(crate) struct Yardstick {
    runtime: Runtime,
    connections: Vec<Ldap>,
}

impl Yardstick {
    /// Connects to the server at `url` as the service account of `slapd`.
    pub(crate) fn connect(slapd: &Slapd, url: &str, connections: usize) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let connections = runtime.block_on(async {
            let mut all = Vec::new();
            for _ in 0..connections {
                all.push(connect(url, &slapd.bind_dn(), slapd.password()).await?);
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(all)
        })?;
        Ok(Self { runtime, connections })
    }

    /// Sends `scripts` in turn, [`IN_FLIGHT`] at a time, for `slice`; returns how many were answered per second.
    pub(crate) fn rate(&self, scripts: &Arc<Vec<Script>>, slice: Duration) -> Result<f64> {
        let (turn, done) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU64::new(0)));
        let started = Instant::now();
        self.runtime.block_on(async {
            let tasks: Vec<_> = (0..IN_FLIGHT)
                .map(|task| {
                    let mut ldap = self.connections[task % self.connections.len()].clone();
                    let (scripts, turn, done) = (scripts.clone(), turn.clone(), done.clone());
                    tokio::spawn(async move {
                        while started.elapsed() < slice {
                            let place = turn.fetch_add(1, Ordering::Relaxed) % scripts.len();
                            for ask in &scripts[place] {
                                send(&mut ldap, ask).await?;
                            }
                            done.fetch_add(1, Ordering::Relaxed);
                        }
                        Ok::<_, ldap3::LdapError>(())
                    })
                })
                .collect();
            for task in tasks {
                task.await??;
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        })?;
        #[allow(clippy::cast_precision_loss, reason = "counts of seconds")]
        Ok(done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64())
    }

    /// Sends one script; returns how many entries came.
    pub(crate) fn send(&self, script: &Script) -> Result<usize> {
        let mut ldap = self.connections[0].clone();
        self.runtime.block_on(async {
            let mut entries = 0;
            for ask in script {
                entries += send(&mut ldap, ask).await?;
            }
            Ok(entries)
        })
    }
}

impl Yardstick {
    /// Makes the very changes that were seen, controls included.
    pub(crate) fn make(&self, changes: &[Change]) -> Result<()> {
        let mut ldap = self.connections[0].clone();
        self.runtime.block_on(async {
            for change in changes {
                let parts = change.parts.iter().map(|(kind, name, values)| {
                    let (name, values) = (name.clone().into_bytes(), values.iter().cloned().collect());
                    match kind {
                        0 => Mod::Add(name, values),
                        1 => Mod::Delete(name, values),
                        _ => Mod::Replace(name, values),
                    }
                });
                let parts = parts.collect();
                ldap.with_controls(raw(&change.controls)).modify(&change.dn, parts).await?.success()?;
            }
            Ok(())
        })
    }
}

/// An entry to be added: its name and its attributes.
pub(crate) type NewEntry = (String, Vec<(&'static str, Vec<String>)>);

impl Yardstick {
    /// Adds entries, each connection its share one after the other; returns how many were added per second.
    pub(crate) fn add(&self, entries: &[NewEntry]) -> Result<f64> {
        let started = Instant::now();
        self.runtime.block_on(async {
            let share = entries.len().div_ceil(self.connections.len());
            let tasks: Vec<_> = std::iter::zip(&self.connections, entries.chunks(share))
                .map(|(ldap, entries)| {
                    let (mut ldap, entries) = (ldap.clone(), entries.to_vec());
                    tokio::spawn(async move {
                        for (dn, attributes) in entries {
                            let attributes = attributes.into_iter().map(|(name, values)| (name.to_owned(), values));
                            let attributes = attributes.map(|(name, values)| (name, HashSet::from_iter(values)));
                            ldap.add(&dn, attributes.collect()).await?.success()?;
                        }
                        Ok::<_, ldap3::LdapError>(())
                    })
                })
                .collect();
            for task in tasks {
                task.await??;
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        })?;
        #[allow(clippy::cast_precision_loss, reason = "thousands")]
        Ok(entries.len() as f64 / started.elapsed().as_secs_f64())
    }

    /// Adds or deletes values of an attribute in one modification; returns the seconds that it took.
    pub(crate) fn modify(&self, dn: &str, adds: bool, attribute: &str, values: &[String]) -> Result<f64> {
        let mut ldap = self.connections[0].clone();
        let values: HashSet<String> = values.iter().cloned().collect();
        let change =
            if adds { Mod::Add(attribute.to_owned(), values) } else { Mod::Delete(attribute.to_owned(), values) };
        let started = Instant::now();
        self.runtime.block_on(async { ldap.modify(dn, vec![change]).await?.success() })?;
        Ok(started.elapsed().as_secs_f64())
    }
}

/// Changes an entry, so that the directory has moved on and nothing remembered of it holds any more.
pub(crate) fn touch(slapd: &Slapd, dn: &str, text: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut ldap = connect(&slapd.url(), &slapd.root_dn_of(slapd.suffix()), slapd.password()).await?;
        let values = HashSet::from([text]);
        ldap.modify(dn, vec![Mod::Replace("description", values)]).await?.success()?;
        ldap.unbind().await?;
        Ok(())
    })
}

async fn connect(url: &str, dn: &str, password: &str) -> Result<Ldap> {
    let address = url.trim_start_matches("ldap://");
    let stream = std::net::TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    let settings = LdapConnSettings::new().set_std_stream(ldap3::StdStream::Tcp(stream));
    let (connection, mut ldap) = LdapConnAsync::with_settings(settings, url).await?;
    tokio::spawn(connection.drive());
    ldap.simple_bind(dn, password).await?.success()?;
    Ok(ldap)
}

fn raw(controls: &[Control]) -> Vec<RawControl> {
    let raw = |control: &Control| RawControl {
        ctype: control.oid.clone(),
        crit: control.critical,
        val: control.value.clone(),
    };
    controls.iter().map(raw).collect()
}

/// Sends one search and reads its answer; returns how many entries came.
async fn send(ldap: &mut Ldap, ask: &Ask) -> std::result::Result<usize, ldap3::LdapError> {
    let options = SearchOptions::new()
        .deref(match ask.deref {
            0 => DerefAliases::Never,
            1 => DerefAliases::Searching,
            2 => DerefAliases::Finding,
            _ => DerefAliases::Always,
        })
        .sizelimit(ask.size_limit)
        .timelimit(ask.time_limit)
        .typesonly(ask.types_only);
    ldap.with_search_options(options);
    if !ask.controls.is_empty() {
        ldap.with_controls(raw(&ask.controls));
    }
    let scope = match ask.scope {
        0 => Scope::Base,
        1 => Scope::OneLevel,
        _ => Scope::Subtree,
    };
    let mut stream = ldap.streaming_search(&ask.base, scope, &ask.filter, &ask.attributes).await?;
    let mut entries = 0;
    while stream.next().await?.is_some() {
        entries += 1;
    }
    stream.finish().await.success()?;
    Ok(entries)
}
