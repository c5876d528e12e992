//! What a change feed is to watch, and how.

use std::sync::Arc;
use std::time::Duration;

use crate::ldap::{AttributeDescription, AttributeSet};

/// Where changes are learnt from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FeedSource {
    /// The best that the server offers.
    #[default]
    Auto,
    /// Content synchronisation (RFC 4533): OpenLDAP with overlay syncprov, 389 Directory Server with its plugin.
    Sync,
    /// Active Directory: polling by uSNChanged, rung by change notifications.
    ActiveDirectory,
    /// Polling by modifyTimestamp; what is deleted shows after [`FeedOptions::lifetime`] alone.
    Poll,
}

impl FeedSource {
    /// The name that settings and logs use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Sync => "sync",
            Self::ActiveDirectory => "ad",
            Self::Poll => "poll",
        }
    }
}

/// What a change feed is to watch, and how.
#[derive(Clone, Debug)]
pub struct FeedOptions {
    /// Any DN of the naming context to watch; all of it is watched, as containers are renamed too.
    pub base: String,
    /// The attributes to send with entries that changed: few and small ones.
    pub attributes: Arc<AttributeSet>,
    /// The attribute that tells entries apart: entryUUID, nsUniqueId, objectGUID.
    pub identity: AttributeDescription,
    /// Where changes are learnt from.
    pub source: FeedSource,
    /// How often the server's own stamp is compared with the feed.
    pub watch: Duration,
    /// How long the feed may stay behind the server's stamp before it is broken.
    pub behind: Duration,
    /// How often changes are asked for where the server doesn't tell of them.
    pub poll: Duration,
    /// How often everything is taken for changed where deletions can't be seen.
    pub lifetime: Duration,
}

impl FeedOptions {
    /// Options to watch the naming context of `base`, with usual values for everything else.
    pub fn new(base: &str, identity: AttributeDescription, attributes: Arc<AttributeSet>) -> Self {
        Self {
            base: base.to_owned(),
            attributes,
            identity,
            source: FeedSource::Auto,
            watch: Duration::from_millis(250),
            behind: Duration::from_millis(500),
            poll: Duration::from_secs(1),
            lifetime: Duration::from_secs(60),
        }
    }

    /// The attributes to ask for: those to send, with the identity behind them where it isn't one of them.
    pub(super) fn asked(&self) -> Arc<AttributeSet> {
        let mut asked = (*self.attributes).clone();
        asked.insert(&self.identity);
        Arc::new(asked)
    }
}
