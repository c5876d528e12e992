//! Following the directories: their change feeds, what has to be done every now and then, and reading everything at start.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::error::Error;
use super::memory::Feeding;
use super::service::Bridge;
use crate::clock::SharedClock;
use crate::directory::{FeedOptions, FeedSink, FeedSource, FeedState};
use crate::telemetry::catalogue::{FEED_LAG, FEED_WHOLE};

/// How often is done what has to be done every now and then.
const TICK: Duration = Duration::from_millis(250);

/// How one feed is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedHealth {
    /// The directory's name.
    pub directory: String,
    /// How the feed is.
    pub state: FeedState,
}

impl Bridge {
    /// Follows the changes of its directories as soon as they can be asked, if it is to remember anything
    /// ([`Bridge::remembering`]); returns at once. Must be called within a tokio runtime.
    pub fn follow(self: &Arc<Self>, clock: SharedClock) {
        if self.memory.settings.as_ref().is_some_and(|settings| settings.source.is_some()) {
            tokio::spawn(follow(Arc::downgrade(self), clock));
        }
    }

    /// How its change feeds are; empty where it follows none.
    pub fn feeds(&self) -> Vec<FeedHealth> {
        let health = |feed: &Feeding| FeedHealth { directory: feed.partition.clone(), state: feed.handle.state() };
        self.memory.feeds().iter().map(health).collect()
    }

    /// Whether what is remembered can be trusted at present: all its change feeds are whole.
    pub fn is_coherent(&self) -> bool {
        self.memory.is_told()
    }

    /// Begins to follow; an error while a directory has not been seen.
    fn begin(&self) -> Result<(), Error> {
        let memory = &self.memory;
        let Some((settings, attributes)) = memory.settings.as_ref().zip(memory.attributes()) else { return Ok(()) };
        let Some(identity) = self.identity() else { return Ok(()) };
        if let Some((resource, attribute)) = self.hangs_on_groups() {
            tracing::warn!(
                resource = resource.name,
                attribute = attribute.as_str(),
                "resources hang on what the directory keeps of groups on their entries, and doesn't tell of: nothing is cached"
            );
            return Ok(());
        }
        let mut feeds = Vec::new();
        for (partition, base) in self.suffixes()? {
            let Some(followed) = memory.followed(&partition.name) else { continue };
            let mut options = FeedOptions::new(&base, identity.clone(), Arc::clone(attributes));
            options.source = settings.source.unwrap_or_default();
            if options.source == FeedSource::Auto {
                // Polling can't see what is deleted: who hasn't chosen that gets nothing older than a second from it.
                options.lifetime = options.poll;
            }
            let told = Arc::clone(&followed);
            let sink: FeedSink = Arc::new(move |event| told.tell(event));
            let handle = partition.directory.follow(options, sink);
            feeds.push(Feeding { partition: partition.name.clone(), followed, handle });
        }
        memory.follow(feeds);
        Ok(())
    }

    /// The attribute that tells all resources apart. A feed tells of entries by it: where types differ in it, changes can't be told.
    fn identity(&self) -> Option<crate::ldap::AttributeDescription> {
        let mut identifiers = self.mapping.resources.iter().map(|resource| &resource.id.attribute);
        let first = identifiers.next()?;
        if identifiers.any(|other| !other.as_str().eq_ignore_ascii_case(first.as_str())) {
            tracing::warn!("resource types have ids of different attributes: nothing is cached");
            return None;
        }
        Some(first.clone())
    }

    fn tick(&self, clock: &SharedClock) {
        let memory = &self.memory;
        memory.changes.tick(clock.now());
        if let Some(resources) = memory.kept() {
            resources.measure();
        }
        let Some(settings) = &memory.settings else { return };
        for feed in memory.feeds() {
            let labels = [settings.name.as_str(), feed.partition.as_str()];
            let (whole, lag) = match feed.handle.state() {
                FeedState::Whole { lag } => (1.0, lag.as_secs_f64()),
                FeedState::Broken { since, .. } => (0.0, clock.now().saturating_duration_since(since).as_secs_f64()),
            };
            FEED_WHOLE.level(&labels).set(whole);
            FEED_LAG.level(&labels).set(lag);
        }
    }
}

async fn follow(bridge: Weak<Bridge>, clock: SharedClock) {
    loop {
        match bridge.upgrade().map(|bridge| bridge.begin()) {
            None => return,
            Some(Ok(())) => break,
            Some(Err(_)) => tokio::time::sleep(TICK).await,
        }
    }
    let mut preloaded = false;
    while let Some(bridge) = bridge.upgrade() {
        bridge.tick(&clock);
        if !preloaded && bridge.memory.is_told() {
            preloaded = true;
            if bridge.memory.settings.as_ref().is_some_and(|settings| settings.preload) {
                tokio::spawn(super::preload::preload(Arc::downgrade(&bridge), Arc::clone(&clock)));
            }
        }
        drop(bridge);
        tokio::time::sleep(TICK).await;
    }
}
