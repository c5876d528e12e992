//! Reading the files again: on SIGHUP, and when one of them has changed. What can't be used is refused as a whole, and what was
//! there goes on; requests under way keep what they began with.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::audits::Audits;
use super::files::Files;
use super::outcome::{Failure, Result};
use super::parts::Parts;
use super::runtime::Hangup;
use super::settings;
use super::watched::Watched;
use crate::clock::SharedClock;
use crate::config::Settings;
use crate::http::{Service, Tls};

/// How often files are looked at. One that is being written is given this long: it counts when it is the same twice.
const TICK: Duration = Duration::from_secs(1);

/// What a reload changes, and what it needs for that.
pub(super) struct Reload {
    pub(super) service: Service,
    pub(super) tls: Option<Tls>,
    pub(super) audits: Audits,
    pub(super) clock: SharedClock,
    pub(super) watched: Arc<Watched>,
    /// The settings as they were at the start: what isn't reloaded is compared with them.
    pub(super) at_start: Settings,
    /// What locations start with when the settings don't say.
    pub(super) address: std::net::SocketAddr,
}

impl Reload {
    /// Reads again whenever it is time to, for ever. `config` is the settings file; `files` are the others in force.
    pub(super) async fn run(self, config: PathBuf, files: Vec<PathBuf>, mut hangup: Hangup) {
        let all = |mut files: Vec<PathBuf>| {
            files.push(config.clone());
            Files::new(files)
        };
        let mut files = all(files);
        let mut in_force = files.look();
        let mut before = in_force.clone();
        let mut by_change = self.at_start.server.reload_on_change;
        loop {
            let asked = tokio::select! {
                () = hangup.signalled() => true,
                () = tokio::time::sleep(TICK) => false,
            };
            let now = files.look();
            let changed = by_change && now != in_force && now == before;
            before = now.clone();
            if !asked && !changed {
                continue;
            }
            // A file that changes while it is read is seen to have changed.
            in_force = now;
            match self.attempt(&config).await {
                Ok((read, settings)) => {
                    files = all(read);
                    in_force = files.look();
                    before = in_force.clone();
                    by_change = settings.server.reload_on_change;
                    tracing::info!("the files were read again and are in force");
                }
                Err(failure) => {
                    let why = failure.to_string();
                    tracing::error!(why, "the files can't be used: what was there goes on");
                    self.watched.refused(why);
                }
            }
        }
    }

    async fn attempt(&self, config: &std::path::Path) -> Result<(Vec<PathBuf>, Settings)> {
        let settings = Settings::load(config, &settings::environment())?;
        if !settings.warnings.is_empty() {
            tracing::warn!("{}", settings.warnings.to_string().trim_end());
        }
        if settings.server.tls.is_on() != self.tls.is_some() {
            return Err(Failure::unusable(
                "`server.tls`: whether the listener speaks TLS changes with a restart alone",
            ));
        }
        let before = self.watched.bridges();
        let base_url = settings.server.base_url(self.address);
        let parts = Parts::make(&settings, &base_url, &self.audits, &self.clock, &before).await?;
        parts.connected(&before, &self.clock).await?;
        parts.follow(&before, &self.clock);
        self.service.replace(parts.mounts(&settings), settings.server.trusted_proxies.clone());
        if let (Some(tls), Some(material)) = (&self.tls, parts.tls) {
            tls.replace(material);
        }
        self.watched.reloaded(parts.bridges);
        for name in fixed(&self.at_start, &settings) {
            tracing::warn!(setting = name, "a setting has changed that takes effect with a restart alone");
        }
        Ok((parts.files, settings))
    }
}

/// What differs and isn't reloaded.
fn fixed(at_start: &Settings, now: &Settings) -> Vec<&'static str> {
    let shown = |settings: &Settings| {
        let limits = &settings.server.limits;
        let connections = (limits.max_connections, limits.max_headers, limits.header_timeout, limits.idle_timeout);
        [
            ("server.listen", settings.server.listen.to_string()),
            ("admin.listen", format!("{:?}", settings.admin.listen)),
            ("log", format!("{:?}", settings.log)),
            ("trace", format!("{:?}", settings.trace)),
            ("server.limits.max_requests", limits.max_requests.to_string()),
            ("server.limits", format!("{connections:?}{:?}{:?}", limits.shutdown_delay, limits.shutdown_timeout)),
        ]
    };
    let pairs = shown(at_start).into_iter().zip(shown(now));
    pairs.filter(|(before, after)| before != after).map(|((name, _), _)| name).collect()
}
