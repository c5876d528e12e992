//! `[bridge.NAME.cache]`: what is remembered of the directory.

use super::values;
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use serde::Deserialize;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "bridge.NAME.cache",
    doc: "What is remembered of the directory. It is forgotten as soon as the directory changes. Where a mapping's filters, or \
          attributes other than `groups`, ask for `memberOf` (`isMemberOf`, `nsRole`), nothing is: no directory tells when that changes.",
    keys: &[
        Key::new(
            "ids",
            Kind::Range(0, 100_000_000),
            "How many entries' names and ids are remembered, so that references needn't be looked up; about 400 bytes each. 0: none.",
        )
        .default("500000"),
        Key::new(
            "resources",
            Kind::Size,
            "Room for finished resources, which are answered without asking the directory as long as a change feed vouches for them; \
             a user takes one to two kB. 0: none.",
        )
        .default("\"64MiB\""),
        Key::new(
            "feed",
            Kind::OneOf(&["auto", "sync", "ad", "poll", "off"]),
            "Where changes of the directory are learnt from. `sync`: content synchronisation (RFC 4533: OpenLDAP with overlay syncprov, \
             389 Directory Server with its plugin). `ad`: Active Directory's update sequence numbers. `poll`: modifyTimestamp; \
             what is deleted there shows within a minute. `auto`: the best that the server has; where that is polling, nothing is kept \
             for longer than a second. `off`: not at all; then nothing is answered without asking the directory.",
        )
        .default("\"auto\""),
        Key::new(
            "preload",
            Kind::Bool,
            "Whether all resources are read at start, in one search for each type, instead of when they are asked for.",
        )
        .default("false"),
    ],
    free: false,
};

/// `[bridge.NAME.cache]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Cache {
    /// How many names and ids are remembered.
    pub ids: usize,
    /// Room for finished resources, in bytes.
    #[serde(deserialize_with = "values::size")]
    pub resources: usize,
    /// Where changes are learnt from.
    pub feed: Feed,
    /// Whether all resources are read at start.
    pub preload: bool,
}

/// Where changes of the directory are learnt from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Feed {
    /// The best that the server has.
    Auto,
    /// Content synchronisation.
    Sync,
    /// Update sequence numbers.
    Ad,
    /// modifyTimestamp.
    Poll,
    /// Nowhere.
    Off,
}
