//! Active Directory: polling by uSNChanged, at once when a change notification rings.
//!
//! Every change of a domain controller takes the next update sequence number, and an entry carries that of its last change.
//! So a round reads the highest number and then all entries above the last round's; nothing is missed, whatever became of
//! notifications (1.2.840.113556.1.4.528), which only say when to look. What was deleted shows as a tombstone to those alone
//! who may list deleted objects. To others it shows as a number that no entry has: then everything is taken for changed,
//! as it is when an entry changed twice between two rounds.
//!
//! Numbers are one domain controller's own: another one, or one that was restored, is followed anew.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use tokio::time::{sleep, timeout};

use super::context::{Context, End};
use super::event::{ChangeKind, ChangedEntry};
use super::identity;
use super::link::Link;
use super::server;
use crate::directory::connection::Connection;
use crate::directory::decode::Decoder;
use crate::directory::discovery::base_search;
use crate::directory::operation::Operation;
use crate::directory::request::{ENDLESS, Request, raw};
use crate::directory::{Capabilities, Error, Limit};
use crate::ldap::controls::{notification, show_deleted};
use crate::ldap::{AttributeDescription, AttributeSet, Entry, Filter, Scope, Search};

/// How many changes one round tells entry by entry.
const MOST: u32 = 1_000;

/// What is read of entries for the feed's own sake.
const USN: &str = "uSNChanged";
const DELETED: &str = "isDeleted";

/// A feed of Active Directory, over all its sessions.
pub(super) struct ActiveDirectory {
    context: Arc<Context>,
    /// The domain controller, and the number up to which everything was told.
    at: Option<(Controller, u64)>,
    /// Whether deleted entries have been seen.
    sees_deleted: bool,
}

/// Which incarnation of which domain controller.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Controller(Vec<Vec<u8>>);

/// One session.
struct Session<'a> {
    feed: &'a mut ActiveDirectory,
    connection: &'a Connection,
    capabilities: &'a Capabilities,
    base: String,
    asked: Arc<AttributeSet>,
}

impl ActiveDirectory {
    /// A feed that hasn't begun.
    pub(super) fn new(context: Arc<Context>) -> Self {
        Self { context, at: None, sees_deleted: false }
    }

    /// Follows over `link` until something ends it.
    pub(super) async fn session(&mut self, link: Link, capabilities: &Capabilities) -> End {
        let options = &self.context.options;
        let base = capabilities.naming_context(&options.base).unwrap_or(&options.base).to_owned();
        let mut asked = (*options.asked()).clone();
        for name in [USN, DELETED].iter().filter_map(|name| name.parse::<AttributeDescription>().ok()) {
            asked.insert(&name);
        }
        let asked = Arc::new(asked);
        let session = Session { feed: self, connection: &link.connection, capabilities, base, asked };
        match session.run().await {
            Ok(never) => match never {},
            Err(why) => End::failed(why),
        }
    }
}

impl Session<'_> {
    async fn run(mut self) -> Result<std::convert::Infallible, String> {
        let context = self.feed.context.clone();
        let (options, clock) = (&context.options, &context.pool.clock);
        let mut bell = self.bell();
        self.begin().await?;
        loop {
            let begun = clock.now();
            self.round(begun).await?;
            context.reporter.level(begun);
            context.reporter.whole();
            tokio::select! {
                () = sleep(options.watch) => {}
                () = rung(&mut bell) => {}
            }
        }
    }

    /// The search that never ends and whose answers say that something has changed.
    fn bell(&self) -> Option<Operation> {
        let attributes = AttributeSet::new();
        let search = subtree(&self.base, Filter::Present("objectClass".parse().ok()?), Arc::new(attributes));
        let mut request = Request::new(&search, 0).ok()?.fitted(Some(self.capabilities));
        request.controls.push(raw(show_deleted()));
        Some(self.connection.start(Arc::new(request), Some(raw(notification())), None, ENDLESS))
    }

    /// Finds out whom the feed follows, and where it goes on.
    async fn begin(&mut self) -> Result<(), String> {
        let (service, highest) = self.highest().await?;
        let name = String::from_utf8_lossy(&service).into_owned();
        let attributes: AttributeSet = ["invocationId"].iter().filter_map(|name| name.parse().ok()).collect();
        let incarnation = self.search(&base_search(&name, Arc::new(attributes)), false).await;
        // An account that can't read it goes by the name alone.
        let incarnation = incarnation.ok().and_then(|entries| Some(entries.first()?.first(0)?.to_vec()));
        let controller = Controller(std::iter::once(service).chain(incarnation).collect());
        match &self.feed.at {
            Some((before, told)) if *before == controller && *told <= highest => {}
            before => {
                if before.is_some() {
                    self.feed.context.reporter.everything("another domain controller is followed, or it was restored");
                }
                self.feed.at = Some((controller, highest));
            }
        }
        Ok(())
    }

    /// Tells of everything up to now.
    async fn round(&mut self, begun: Instant) -> Result<(), String> {
        let context = self.feed.context.clone();
        server::connection_to(&context.pool, &self.connection.address)?;
        let longest = context.pool.options.operation_timeout;
        let behind = context.options.behind;
        let round = self.tell();
        tokio::pin!(round);
        match timeout(behind, &mut round).await {
            Ok(told) => told,
            Err(_) => {
                let waited = context.pool.clock.now().saturating_duration_since(begun);
                context.reporter.broken(&format!("the server hasn't answered for {waited:?}"));
                timeout(longest, round).await.map_err(|_| format!("no answer within {longest:?}"))?
            }
        }
    }

    async fn tell(&mut self) -> Result<(), String> {
        let (service, highest) = self.highest().await?;
        let Some((controller, told)) = self.feed.at.clone() else { return Ok(()) };
        if controller.0.first() != Some(&service) {
            return Err("another domain controller answers".to_owned());
        }
        if highest == told {
            return Ok(());
        }
        self.tell_between(told, highest).await?;
        self.feed.at = Some((controller, highest));
        Ok(())
    }

    /// Tells of what changed after number `told`, up to `highest` at least.
    async fn tell_between(&mut self, told: u64, highest: u64) -> Result<(), String> {
        let context = self.feed.context.clone();
        let usn = USN.parse().map_err(|_| "no such attribute".to_owned())?;
        let above = Filter::GreaterOrEqual(usn, (told + 1).to_string().into_bytes());
        let mut search = subtree(&self.base, above, self.asked.clone());
        search.size_limit = Some(MOST);
        let entries = match self.search(&search, true).await {
            Ok(entries) => entries,
            Err(Error::Limit(Limit::Size)) => {
                context.reporter.everything("more changed at once than can be told");
                return Ok(());
            }
            Err(error) => return Err(error.to_string()),
        };
        let found: Vec<Found> = entries.into_iter().map(|entry| self.found(entry)).collect();
        self.feed.sees_deleted |= found.iter().any(|found| found.change.kind == ChangeKind::Gone);
        let numbers: BTreeSet<u64> = found.iter().filter_map(|found| found.usn).collect();
        let mut found = found;
        found.sort_by_key(|found| found.usn);
        context.reporter.changed(found.into_iter().map(|found| found.change).collect());
        let accounted = numbers.range(told + 1..=highest).count() as u64;
        if !self.feed.sees_deleted && accounted < highest - told {
            context.reporter.everything("something was deleted or changed that this account can't see");
        }
        Ok(())
    }

    fn found(&self, mut entry: Entry) -> Found {
        let options = &self.feed.context.options;
        let id = identity::of_entry(options, &entry);
        let value = |name: &str| entry.first(self.asked.position(name)?);
        let usn = value(USN).and_then(|value| std::str::from_utf8(value).ok()?.parse().ok());
        let gone = value(DELETED).is_some_and(|value| value.eq_ignore_ascii_case(b"TRUE"));
        entry.attributes.truncate(options.attributes.len());
        let change = if gone {
            ChangedEntry { id, kind: ChangeKind::Gone, dn: None, entry: None }
        } else {
            ChangedEntry { id, kind: ChangeKind::Present, dn: Some(entry.dn.clone()), entry: Some(entry) }
        };
        Found { usn, change }
    }

    /// The server's service and its highest number.
    async fn highest(&self) -> Result<(Vec<u8>, u64), String> {
        let names = ["dsServiceName", "highestCommittedUSN"];
        let attributes: AttributeSet = names.iter().filter_map(|name| name.parse().ok()).collect();
        let entries = self.search(&base_search("", Arc::new(attributes)), false).await;
        let entries = entries.map_err(|error| error.to_string())?;
        let highest = entries.first().and_then(|entry| {
            let number = std::str::from_utf8(entry.first(1)?).ok()?.parse().ok()?;
            Some((entry.first(0)?.to_vec(), number))
        });
        highest.ok_or_else(|| "the server doesn't say how far it has come".to_owned())
    }

    async fn search(&self, search: &Search, deleted: bool) -> Result<Vec<Entry>, Error> {
        let pool = &self.feed.context.pool;
        let mut request = Request::new(search, search.size_limit.unwrap_or(0))?.fitted(Some(self.capabilities));
        if deleted {
            request.controls.push(raw(show_deleted()));
        }
        let decoder: Decoder = pool.decoder(search);
        let longest = pool.options.operation_timeout;
        let searching = self.connection.search(Arc::new(request), decoder, None, longest);
        match timeout(longest, searching).await {
            Ok(result) => result.map_err(crate::directory::error::Failure::into_read_error),
            Err(_) => Err(Error::Deadline),
        }
    }
}

/// An entry of a round.
struct Found {
    usn: Option<u64>,
    change: ChangedEntry,
}

fn subtree(base: &str, filter: Filter, attributes: Arc<AttributeSet>) -> Search {
    let scope = Scope::Subtree;
    Search { base: base.to_owned(), scope, filter, attributes, size_limit: None, dereference: Vec::new() }
}

/// Waits until the bell rings; for ever where there is none.
async fn rung(bell: &mut Option<Operation>) {
    if let Some(ringing) = bell {
        match ringing.next().await {
            Ok(Some(_)) => return,
            Ok(None) => tracing::debug!("the server doesn't notify of changes"),
            Err(error) => tracing::debug!(%error, "the connection for notifications is gone"),
        }
        *bell = None;
    }
    std::future::pending().await
}
