//! Content synchronisation (RFC 4533): what changed since a cookie, and then every change as it happens.
//!
//! A feed needs no content, only changes. So it doesn't begin without a cookie, which would bring every entry, but with the
//! cookie that the server would give out now (`cookie`); only where the server doesn't take that one, all entries come once,
//! and are passed over. It goes on from the last cookie after a loss; where the server can't tell from there what is gone
//! (the present phase, e-syncRefreshRequired), everything is taken for changed and the feed begins anew. That is so each time
//! where cookies don't say for certain what was told ([`Gauge::resumes`]).

mod account;
mod catch_up;
mod cookie;
mod message;
mod session;

use std::sync::Arc;

use self::account::Account;
use self::session::{Session, Subject};
use super::context::{Context, End};
use super::identity::NamedBy;
use super::link::Link;
use super::mark::Mark;
use super::server::Gauge;
use crate::directory::{Capabilities, Vendor};
use crate::ldap::{Filter, Scope, Search};

/// A feed by content synchronisation, over all its sessions.
pub(super) struct Sync {
    context: Arc<Context>,
    /// Where the last session ended: the cookie to go on with.
    cookie: Option<Vec<u8>>,
    /// Whether a session has begun: nothing known could be stale before.
    begun: bool,
    /// How often the server has refused a cookie of our own making, one time after the other.
    refused: u8,
}

/// After how many refusals cookies aren't made any more. Some are of a moment: 389 Directory Server has numbers for changes that aren't
/// there yet, and begins with none of those.
const REFUSALS: u8 = 5;

impl Sync {
    /// A feed that hasn't begun.
    pub(super) fn new(context: Arc<Context>) -> Self {
        Self { context, cookie: None, begun: false, refused: 0 }
    }

    /// Synchronises over `link`, which may lead to another server than before (`moved`), until something ends it.
    pub(super) async fn session(&mut self, link: Link, capabilities: &Capabilities, moved: bool) -> End {
        let context = self.context.clone();
        let (gauge, named_by) = match capabilities.vendor {
            Vendor::Directory389 => (Gauge::LastChangeNumber, NamedBy::NsUniqueId),
            _ => (Gauge::ContextCsn, NamedBy::EntryUuid),
        };
        let context_base = capabilities.naming_context(&context.options.base).unwrap_or(&context.options.base);
        let Some(search) = search(context_base, &context) else { return End::failed("the search can't be expressed") };
        let longest = context.pool.options.operation_timeout;
        let mark = match gauge.read(&link.connection, &search.base, longest).await {
            Ok(Some(mark)) => mark,
            Ok(None) => return End::not_offered(format!("{} doesn't say how far it has come", search.base)),
            Err(why) => return End::failed(why),
        };
        // A server that is behind the feed was restored, or is another one.
        self.cookie.take_if(|cookie| Mark::of_cookie(cookie).is_some_and(|told| !mark.has_reached(&told)));
        if !gauge.resumes() {
            // The session says so once it listens.
        } else if self.cookie.is_none() && self.begun {
            context.reporter.everything("the synchronisation begins anew");
        } else if moved {
            // Who read here before it had everything that was told there isn't told again.
            context.reporter.everything("another server is followed");
        }
        let made = self.cookie.is_none() && self.refused < REFUSALS;
        if made {
            self.cookie = cookie::now(&link.connection, &context.pool.options.bind, &search, &mark, longest).await;
        }
        self.begun = true;
        let progress = self.cookie.as_deref().and_then(Mark::of_cookie).unwrap_or(mark);
        let account = Account::new(context.clone(), named_by, self.cookie.take(), progress);
        let subject = Subject { context, link, gauge, search: Arc::new(search) };
        let mut session = Session::new(subject, account);
        let end = session.run().await;
        if made {
            self.refused = if session.is_refused() { self.refused + 1 } else { 0 };
        }
        self.cookie = session.into_cookie().filter(|_| gauge.resumes());
        end
    }
}

fn search(base: &str, context: &Context) -> Option<Search> {
    Some(Search {
        base: base.to_owned(),
        scope: Scope::Subtree,
        filter: Filter::Present("objectClass".parse().ok()?),
        attributes: context.options.asked(),
        size_limit: None,
        dereference: Vec::new(),
    })
}
