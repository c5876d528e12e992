//! From settings to what is served by them: the first time, and again when the files have changed.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::assemble::{self, Assembled};
use super::audits::Audits;
use super::outcome::{Failure, Result};
use crate::auth::Brake;
use crate::bridge::Writing;
use crate::clock::{self, SharedClock};
use crate::config::{self, Settings};
use crate::http::{Limits, MountedBridge, TlsMaterial};

/// What settings come to.
pub(super) struct Parts {
    /// The bridges, in the order of their names.
    pub(super) bridges: Vec<Arc<Assembled>>,
    /// What the listener shows.
    pub(super) tls: Option<TlsMaterial>,
    /// The files that were read for them, but for the settings file.
    pub(super) files: Vec<PathBuf>,
}

/// How long a directory that is new may take to be reached, before it is held against the settings that name it.
const PATIENCE: Duration = Duration::from_secs(10);

impl Parts {
    /// Reads all files that `settings` name, and makes of them what is served below `base_url`. What was there `before` and is the
    /// same serves on. Starts to connect, and waits for nothing.
    ///
    /// # Errors
    /// The first thing that can't be used; nothing has changed then.
    pub(super) async fn make(
        settings: &Settings,
        base_url: &str,
        audits: &Audits,
        clock: &SharedClock,
        before: &[Arc<Assembled>],
    ) -> Result<Self> {
        let tls = TlsMaterial::load(&settings.server.tls).map_err(|error| Failure::unusable(error.to_string()))?;
        let files = RefCell::new(settings.files());
        // All of them first: a bad file is found before anything is opened.
        let mappings = settings.bridges.values().map(|bridge| assemble::compile_noting(&bridge.mapping, &files));
        let mappings = mappings.collect::<std::result::Result<Vec<_>, _>>()?;
        let mut bridges = Vec::new();
        for ((name, bridge), mapping) in settings.bridges.iter().zip(mappings) {
            if !mapping.warnings.is_empty() {
                tracing::warn!("{}", mapping.warnings.to_string().trim_end());
            }
            let before = before.iter().find(|before| before.name == *name).map(|before| &**before);
            let audit = audits.of(name, bridge, &**clock).await?;
            let writing = Writing { name: name.clone(), audit, brake: brake(name, bridge, before) };
            let assembled = assemble::anew(name, bridge, mapping, base_url, clock, writing, before)?;
            bridges.push(Arc::new(assembled));
        }
        Ok(Self { bridges, tls, files: files.into_inner() })
    }

    /// Waits until directories that weren't there `before` are connected.
    ///
    /// # Errors
    /// One that can't be reached, unless the one that it replaces can't either.
    pub(super) async fn connected(&self, before: &[Arc<Assembled>], clock: &SharedClock) -> Result<()> {
        for bridge in &self.bridges {
            let before = before.iter().find(|before| before.name == bridge.name);
            for (name, directory) in bridge.directories() {
                let known = before.and_then(|before| before.directories().get(name));
                let is_needed = known.is_some_and(|known| !known.is_same(directory) && known.status().up > 0);
                if is_needed && let Err(error) = directory.ready(clock::deadline(&**clock, PATIENCE)).await {
                    return Err(Failure::failed(format!("bridge {}, directory {name}: {error}", bridge.name)));
                }
            }
        }
        Ok(())
    }

    /// Has those bridges follow their directories that weren't there `before`.
    pub(super) fn follow(&self, before: &[Arc<Assembled>], clock: &SharedClock) {
        let known = |bridge: &Assembled| before.iter().any(|before| Arc::ptr_eq(&before.bridge, &bridge.bridge));
        self.bridges.iter().filter(|bridge| !known(bridge)).for_each(|bridge| bridge.bridge.follow(Arc::clone(clock)));
    }

    /// The bridges, as requests find them.
    pub(super) fn mounts(&self, settings: &Settings) -> Vec<MountedBridge> {
        self.bridges.iter().map(|bridge| mount(settings, bridge)).collect()
    }
}

/// A brake goes on counting as long as its settings are the same.
fn brake(name: &str, settings: &config::Bridge, before: Option<&Assembled>) -> Arc<Brake> {
    let same = |before: &&Assembled| format!("{:?}", before.settings.guard) == format!("{:?}", settings.guard);
    let kept = before.filter(same).map(|before| Arc::clone(&before.brake));
    kept.unwrap_or_else(|| Arc::new(Brake::new(name, &settings.guard)))
}

fn mount(settings: &Settings, assembled: &Assembled) -> MountedBridge {
    let limits = &settings.server.limits;
    MountedBridge {
        name: assembled.name.clone(),
        path: assembled.settings.path.clone(),
        bridge: Arc::clone(&assembled.bridge),
        authenticator: assembled.authenticator.clone(),
        limits: Limits {
            max_body: limits.max_body,
            max_bulk: assembled.settings.limits.bulk_payload,
            request_timeout: limits.request_timeout,
        },
        public_discovery: settings.server.public_discovery,
        dry_run: assembled.settings.dry_run,
    }
}
