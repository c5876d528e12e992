//! `[bridge.NAME.limits]`: how much one request, and one bridge, may cost.

use super::scope::Scope;
use super::{codes, values};
use crate::diagnostics::toml::{Key, Kind, TableSpec};
use serde::Deserialize;
use std::time::Duration;

pub(super) static SPEC: TableSpec = TableSpec {
    name: "bridge.NAME.limits",
    doc: "How much one request, and the bridge, may cost. The defaults suit a directory of 100,000 entries.",
    keys: &[
        Key::new("page_default", Kind::Range(1, 100_000), "Resources a page when the client doesn't say.")
            .default("100"),
        Key::new("page_max", Kind::Range(1, 100_000), "Resources a page at most; a larger `count` gets this many.")
            .default("1000"),
        Key::new(
            "scan",
            Kind::Range(1, 100_000_000),
            "Candidates that one query may have the directory return; beyond it is 400 `tooMany`.",
        )
        .default("200000"),
        Key::new("filter_bytes", Kind::Size, "The longest filter; a longer one is 400 `invalidFilter`.")
            .default("\"16KiB\""),
        Key::new("filter_depth", Kind::Range(1, 200), "How deep a filter's parentheses may be.").default("50"),
        Key::new("filter_terms", Kind::Range(1, 100_000), "Comparisons in one filter.").default("500"),
        Key::new(
            "snapshot_bytes",
            Kind::Size,
            "Room for the lists of ids that pages are cut from; 16 bytes a resource.",
        )
        .default("\"64MiB\""),
        Key::new("snapshot_lifetime", Kind::Duration, "How long a list of ids serves further pages.")
            .default("\"60s\""),
        Key::new("open_searches", Kind::Range(1, 10_000), "LDAP searches kept open between two pages of an export; one fewer than the directory has `streams` at most.")
            .default("8"),
        Key::new("open_search_idle", Kind::Duration, "How long such a search waits for the next page.")
            .default("\"30s\""),
        Key::new("reference_batch", Kind::Range(1, 10_000), "References looked up in one LDAP search.").default("200"),
        Key::new("bulk_operations", Kind::Range(1, 1_000_000), "Operations in one bulk request; more are 413.")
            .default("1000"),
        Key::new("bulk_payload", Kind::Size, "The largest body of a bulk request; larger ones get 413.")
            .default("\"1MiB\""),
        Key::new("patch_operations", Kind::Range(1, 1_000_000), "Operations in one PATCH; more get 413.")
            .default("5000"),
        Key::new(
            "client_lists",
            Kind::Range(1, 100_000),
            "Lists and searches of one client that are worked on at a time. Further ones wait for their turn, so that one client's flood \
             doesn't hold up the others; more than 32 times as many get 429, those that wait half of `server.limits.request_timeout` 503.",
        )
        .default("32"),
        Key::new(
            "request_values",
            Kind::Range(1, 100_000_000),
            "Values that a request's lists have, a group's members among them, all operations of a bulk request together; more get 413. \
             `server.limits.max_body` limits them, too: a member takes some 50 bytes.",
        )
        .default("50000"),
    ],
    free: false,
};

/// `[bridge.NAME.limits]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// Resources a page when the client doesn't say.
    pub page_default: usize,
    /// Resources a page at most.
    pub page_max: usize,
    /// Candidates one query may have the directory return.
    pub scan: usize,
    /// The longest filter, in bytes.
    #[serde(deserialize_with = "values::size")]
    pub filter_bytes: usize,
    /// How deep a filter's parentheses may be.
    pub filter_depth: usize,
    /// Comparisons in one filter.
    pub filter_terms: usize,
    /// Room for lists of ids, in bytes.
    #[serde(deserialize_with = "values::size")]
    pub snapshot_bytes: usize,
    /// How long a list of ids serves further pages.
    #[serde(deserialize_with = "values::duration")]
    pub snapshot_lifetime: Duration,
    /// LDAP searches kept open between two pages.
    pub open_searches: usize,
    /// How long such a search waits for the next page.
    #[serde(deserialize_with = "values::duration")]
    pub open_search_idle: Duration,
    /// References looked up in one LDAP search.
    pub reference_batch: usize,
    /// Operations in one bulk request.
    pub bulk_operations: usize,
    /// The largest body of a bulk request, in bytes.
    #[serde(deserialize_with = "values::size")]
    pub bulk_payload: usize,
    /// Operations in one PATCH.
    pub patch_operations: usize,
    /// Lists of one client at a time.
    pub client_lists: usize,
    /// Values in the lists of one request.
    pub request_values: usize,
}

impl Limits {
    pub(super) fn validate(&self, scope: &mut Scope<'_>) {
        scope.not_zero("snapshot_lifetime", self.snapshot_lifetime);
        scope.not_zero("open_search_idle", self.open_search_idle);
        if self.page_default > self.page_max {
            let key = if scope.given("page_default") { "page_default" } else { "page_max" };
            scope.error(key, &codes::BAD_LIMIT, "the default page is larger than the largest");
        }
        let sizes = [("filter_bytes", self.filter_bytes), ("bulk_payload", self.bulk_payload)];
        for (key, bytes) in sizes {
            if bytes == 0 {
                scope.error(key, &codes::ZERO, "must be more than nothing");
            }
        }
    }
}
