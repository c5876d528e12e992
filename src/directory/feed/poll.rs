//! Polling: entries whose stamp of last change is not older than what was seen last. For servers that offer nothing better.
//!
//! Stamps are entryCSN where the server has it, else modifyTimestamp, which has whole seconds: what changed in a second is
//! told again until that second is over. What was deleted can't be seen, so everything is taken for changed once in a
//! lifetime.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::time::{sleep, timeout};

use super::context::{Context, End};
use super::event::{ChangeKind, ChangedEntry};
use super::identity;
use super::link::Link;
use super::server;
use crate::directory::connection::Connection;
use crate::directory::request::Request;
use crate::directory::{Capabilities, Error, Limit};
use crate::ldap::{AttributeDescription, AttributeSet, Entry, Filter, Scope, Search, time};

/// How many changes one round tells entry by entry.
const MOST: u32 = 1_000;

/// How far the server's clock may be from ours, when nothing has been seen of it yet.
const SKEW: Duration = Duration::from_secs(300);

/// How long before the last stamp seen a change may be stamped that shows later.
const OVERLAP: Duration = Duration::from_secs(3);

/// After what time a second of the server's is over for certain.
const SECOND: Duration = Duration::from_millis(1_100);

/// How much of the time a round may take up.
const SHARE: u32 = 10;

/// A feed by polling, over all its sessions.
pub(super) struct Poll {
    context: Arc<Context>,
    /// The latest stamp seen.
    latest: Option<Vec<u8>>,
    /// What was told: the stamp of each entry, and whether its second was over then.
    told: HashMap<Vec<u8>, Told>,
    /// When everything was last taken for changed.
    everything: Option<Instant>,
}

struct Told {
    stamp: Vec<u8>,
    first: Instant,
    settled: bool,
}

/// One session.
struct Session<'a> {
    poll: &'a mut Poll,
    connection: &'a Connection,
    base: String,
    stamp: AttributeDescription,
    asked: Arc<AttributeSet>,
}

impl Poll {
    /// A feed that hasn't begun.
    pub(super) fn new(context: Arc<Context>) -> Self {
        Self { context, latest: None, told: HashMap::new(), everything: None }
    }

    /// Polls over `link`, which may lead to another server than before (`moved`), until something ends it.
    pub(super) async fn session(&mut self, link: Link, capabilities: &Capabilities, moved: bool) -> End {
        if moved {
            *self = Self::new(self.context.clone());
        }
        let options = &self.context.options;
        let base = capabilities.naming_context(&options.base).unwrap_or(&options.base).to_owned();
        let exact = capabilities.subschema.attribute("entryCSN").is_some();
        let name = if exact { "entryCSN" } else { "modifyTimestamp" };
        let Ok(stamp) = name.parse::<AttributeDescription>() else { return End::failed("no such attribute") };
        let mut asked = (*options.asked()).clone();
        asked.insert(&stamp);
        let asked = Arc::new(asked);
        let session = Session { poll: self, connection: &link.connection, base, stamp, asked };
        match session.run().await {
            Ok(never) => match never {},
            Err(why) => End::failed(why),
        }
    }
}

impl Session<'_> {
    async fn run(mut self) -> Result<std::convert::Infallible, String> {
        let context = self.poll.context.clone();
        let (options, clock) = (&context.options, &context.pool.clock);
        loop {
            let begun = clock.now();
            server::connection_to(&context.pool, &self.connection.address)?;
            self.age(begun);
            self.round(begun).await?;
            context.reporter.level(begun);
            context.reporter.whole();
            let took = clock.now().saturating_duration_since(begun);
            sleep(options.poll.max(took * SHARE)).await;
        }
    }

    /// Takes everything for changed once in a lifetime.
    fn age(&mut self, now: Instant) {
        let lifetime = self.poll.context.options.lifetime;
        match self.poll.everything {
            Some(last) if now.saturating_duration_since(last) < lifetime => {}
            Some(_) => self.everything(now, "deletions can't be seen, and their time is up"),
            None => self.everything(now, "polling begins"),
        }
    }

    fn everything(&mut self, now: Instant, why: &str) {
        self.poll.everything = Some(now);
        self.poll.context.reporter.everything(why);
    }

    async fn round(&mut self, begun: Instant) -> Result<(), String> {
        let entries = match self.search().await {
            Ok(entries) => entries,
            Err(Error::Limit(Limit::Size)) => {
                self.everything(begun, "more changed at once than can be told");
                self.poll.latest = None;
                return Ok(());
            }
            Err(error) => return Err(error.to_string()),
        };
        let changes = entries.into_iter().filter_map(|entry| self.change(entry, begun)).collect();
        self.poll.context.reporter.changed(changes);
        let since = self.since();
        self.poll.told.retain(|_, told| told.stamp >= since);
        Ok(())
    }

    /// What an entry that was found says; nothing where it was told.
    fn change(&mut self, mut entry: Entry, begun: Instant) -> Option<ChangedEntry> {
        let options = &self.poll.context.options;
        let id = identity::of_entry(options, &entry);
        let stamp = entry.first(self.asked.position(self.stamp.as_str())?)?.to_vec();
        let key = id.clone().unwrap_or_else(|| entry.dn.clone().into_bytes());
        let exact = stamp.contains(&b'#');
        let first = match self.poll.told.get(&key) {
            Some(told) if told.stamp == stamp && told.settled => return None,
            Some(told) if told.stamp == stamp => told.first,
            _ => begun,
        };
        let settled = exact || begun.saturating_duration_since(first) >= SECOND;
        if self.poll.latest.as_ref().is_none_or(|latest| *latest < stamp) {
            self.poll.latest = Some(stamp.clone());
        }
        self.poll.told.insert(key, Told { stamp, first, settled });
        entry.attributes.truncate(options.attributes.len());
        Some(ChangedEntry { id, kind: ChangeKind::Present, dn: Some(entry.dn.clone()), entry: Some(entry) })
    }

    /// The stamp from which on changes are asked for.
    fn since(&self) -> Vec<u8> {
        let seen = self.poll.latest.as_deref().and_then(|latest| time::parse(latest.split(|o| *o == b'#').next()?));
        let from = match seen {
            Some(seen) => seen.checked_sub(OVERLAP),
            None => Timestamp::try_from(self.poll.context.pool.clock.wall()).and_then(|now| now.checked_sub(SKEW)),
        };
        let text = time::format_with_fraction(from.unwrap_or(Timestamp::UNIX_EPOCH), 0);
        if self.stamp.matches("entryCSN") {
            format!("{}.000000Z#000000#000#000000", text.trim_end_matches('Z')).into_bytes()
        } else {
            text.into_bytes()
        }
    }

    async fn search(&self) -> Result<Vec<Entry>, Error> {
        let pool = &self.poll.context.pool;
        let search = Search {
            base: self.base.clone(),
            scope: Scope::Subtree,
            filter: Filter::GreaterOrEqual(self.stamp.clone(), self.since()),
            attributes: self.asked.clone(),
            size_limit: Some(MOST),
            dereference: Vec::new(),
        };
        let longest = pool.options.operation_timeout;
        let request = Request::new(&search, MOST)?;
        let searching = self.connection.search(Arc::new(request), pool.decoder(&search), None, longest);
        match timeout(longest, searching).await {
            Ok(result) => result.map_err(crate::directory::error::Failure::into_read_error),
            Err(_) => Err(Error::Deadline),
        }
    }
}
