//! All metrics. A new one stands here, in [`ALL`], and nowhere else by name.

use super::metric::Metric;

/// Requests that were answered, or whose client went away (status 499).
pub const REQUESTS: Metric = Metric::counter(
    "scimfront_http_requests_total",
    &["bridge", "route", "method", "status", "client"],
    "Requests by route, status and client; `client` is `-` where nobody was recognised, status 499 means that the client went away.",
);
/// How long they took.
pub const REQUEST_SECONDS: Metric = Metric::seconds(
    "scimfront_http_request_duration_seconds",
    &["bridge", "route", "method"],
    "Time from the end of a request's head to the head of its answer.",
);
/// Requests under way.
pub const REQUESTS_IN_FLIGHT: Metric =
    Metric::gauge("scimfront_http_requests_in_flight", &[], "Requests under way at the moment.");
/// Requests that were refused for the server's sake.
pub const REQUESTS_SHED: Metric = Metric::counter(
    "scimfront_http_requests_shed_total",
    &["reason"],
    "Requests that got 503 as the server has too much to do: `requests` (`max_requests` are under way), `credentials` (too many wait until it is known whose they are) or `memory` (`max_memory` is taken).",
);
/// What requests hold.
pub const REQUEST_BYTES: Metric = Metric::gauge(
    "scimfront_http_request_memory_bytes",
    &[],
    "Memory reckoned for bodies, what is made of them, and answers that wait to be sent; see `max_memory`.",
);
/// Connections that weren't ended by their clients.
pub const CONNECTIONS_CUT: Metric = Metric::counter(
    "scimfront_http_connections_cut_total",
    &["reason"],
    "Connections that the server ended: `idle` (nothing happened for too long, or a head didn't end), `slow` (an answer wasn't taken in), \
     `pressed` (nothing happened there, and others waited for a place).",
);
/// Connections at the moment.
pub const CONNECTIONS: Metric =
    Metric::gauge("scimfront_http_connections", &[], "Connections of clients at the moment.");
/// Connections that were refused in their TLS handshake.
pub const TLS_FAILURES: Metric = Metric::counter(
    "scimfront_tls_handshake_failures_total",
    &[],
    "Connections that ended in their TLS handshake: no common version, a client certificate that isn't trusted, or nothing said in time.",
);
/// When the certificate expires.
pub const TLS_EXPIRY: Metric = Metric::gauge(
    "scimfront_tls_certificate_expiry_timestamp_seconds",
    &[],
    "When the server's certificate expires, in seconds since 1970.",
);
/// Lines of the access log that were dropped.
pub const ACCESS_LOG_DROPPED: Metric = Metric::counter(
    "scimfront_access_log_dropped_total",
    &[],
    "Lines of the access log that were dropped, as what takes them was too slow or failed.",
);
/// LDAP operations that have ended.
pub const LDAP_OPERATIONS: Metric = Metric::counter(
    "scimfront_ldap_operations_total",
    &["bridge", "directory", "operation", "result"],
    "LDAP operations by kind and result: `ok`, the number of the server's result code, `lost` (no answer, or none in time), \
     `abandoned` (nobody wanted the answer any more), `busy`, `unsent`, `malformed`, or, of `connect`, `refused`.",
);
/// How long they took.
pub const LDAP_SECONDS: Metric = Metric::seconds(
    "scimfront_ldap_operation_duration_seconds",
    &["bridge", "directory", "operation"],
    "Time from sending an LDAP operation to its result; of a paged search, each page.",
);
/// Connections to a directory that are up.
pub const LDAP_UP: Metric = Metric::gauge(
    "scimfront_ldap_connections_up",
    &["bridge", "directory"],
    "Shared connections to the directory that are up.",
);
/// Connections to a directory that there should be.
pub const LDAP_WANTED: Metric = Metric::gauge(
    "scimfront_ldap_connections_wanted",
    &["bridge", "directory"],
    "Shared connections to the directory that there should be.",
);
/// Operations in flight on shared connections.
pub const LDAP_IN_FLIGHT: Metric = Metric::gauge(
    "scimfront_ldap_in_flight",
    &["bridge", "directory"],
    "Operations in flight on the shared connections.",
);
/// Paged searches that hold a connection.
pub const LDAP_STREAMS: Metric = Metric::gauge(
    "scimfront_ldap_streams",
    &["bridge", "directory"],
    "Paged searches that hold a connection of their own.",
);
/// Message ids held as used.
pub const LDAP_MESSAGE_IDS: Metric = Metric::gauge(
    "scimfront_ldap_message_ids",
    &["bridge", "directory"],
    "Message ids held as used on shared connections; a number that only grows is a leak.",
);
/// Connections that were lost.
pub const LDAP_LOSSES: Metric = Metric::counter(
    "scimfront_ldap_connection_losses_total",
    &["bridge", "directory"],
    "Shared connections to the directory that were lost.",
);
/// Whether a directory can be reached.
pub const DIRECTORY_READY: Metric = Metric::gauge(
    "scimfront_directory_ready",
    &["bridge", "directory"],
    "1 when the directory can be reached and its schema is known, 0 otherwise.",
);
/// Searches over a whole base.
pub const SCANS: Metric = Metric::counter(
    "scimfront_scans_total",
    &["bridge", "kind"],
    "Paged searches over all entries of a base that may match: `exact` where LDAP decides, `residual` where each candidate is looked at.",
);
/// Candidates that were looked at.
pub const CANDIDATES: Metric = Metric::counter(
    "scimfront_filter_candidates_total",
    &["bridge"],
    "Entries that were looked at one by one, as LDAP couldn't decide a filter.",
);
/// Candidates that matched.
pub const CANDIDATES_KEPT: Metric = Metric::counter(
    "scimfront_filter_candidates_matched_total",
    &["bridge"],
    "Those of them that matched. Far fewer than candidates: a filter that the mapping can't translate well.",
);
/// Scans that were refused.
pub const SCANS_REFUSED: Metric = Metric::counter(
    "scimfront_scans_refused_total",
    &["bridge"],
    "Queries that were refused as they looked at more candidates than `limits.scan` allows.",
);
/// Writes that were refused because the audit can't be written.
pub const AUDIT_FAILURES: Metric = Metric::counter(
    "scimfront_audit_failures_total",
    &["bridge"],
    "Writes that were refused, as the audit couldn't be written.",
);
/// Answers from memory.
pub const CACHE_HITS: Metric =
    Metric::counter("scimfront_cache_hits_total", &["bridge", "cache"], "Answers from memory, by cache.");
/// Answers that had to be read.
pub const CACHE_MISSES: Metric =
    Metric::counter("scimfront_cache_misses_total", &["bridge", "cache"], "Answers that had to be read, by cache.");
/// What had to make room.
pub const CACHE_EVICTIONS: Metric = Metric::counter(
    "scimfront_cache_evictions_total",
    &["bridge", "cache"],
    "What had to make room for something else.",
);
/// Octets that are held.
pub const CACHE_BYTES: Metric =
    Metric::gauge("scimfront_cache_bytes", &["bridge", "cache"], "Octets that a cache holds.");
/// Values that are held.
pub const CACHE_ENTRIES: Metric =
    Metric::gauge("scimfront_cache_entries", &["bridge", "cache"], "Values that a cache holds.");
/// Whether a change feed tells everything.
pub const FEED_WHOLE: Metric = Metric::gauge(
    "scimfront_feed_whole",
    &["bridge", "directory"],
    "1 while the directory's change feed tells every change; 0 while nothing is answered from memory because of it.",
);
/// How far a change feed is behind.
pub const FEED_LAG: Metric = Metric::gauge(
    "scimfront_feed_lag_seconds",
    &["bridge", "directory"],
    "How long ago the feed was last known to be level with the directory, or since when it is broken.",
);
/// Reloads.
pub const RELOADS: Metric = Metric::counter(
    "scimfront_reloads_total",
    &["result"],
    "Reloads of the settings, mappings, tokens and certificates: `ok`, or `refused` where a file is bad and the good ones are kept.",
);
/// Whether the last reload was good.
pub const RELOAD_OK: Metric = Metric::gauge(
    "scimfront_reload_last_successful",
    &[],
    "1 when what runs is what the files say; 0 after a reload that was refused.",
);
/// When the last good reload was.
pub const RELOAD_TIME: Metric = Metric::gauge(
    "scimfront_reload_last_success_timestamp_seconds",
    &[],
    "When the files that are in force were read, in seconds since 1970.",
);
/// What runs.
pub const BUILD: Metric = Metric::gauge("scimfront_build_info", &["version"], "Always 1; the version is the label.");
/// Memory of the process.
pub const PROCESS_MEMORY: Metric =
    Metric::gauge("process_resident_memory_bytes", &[], "Memory of the process, resident.");
/// File descriptors of the process.
pub const PROCESS_FILES: Metric = Metric::gauge("process_open_fds", &[], "Open file descriptors of the process.");
/// Processor time of the process.
pub const PROCESS_CPU: Metric =
    Metric::gauge("process_cpu_seconds_total", &[], "Processor time that the process has used, in seconds.");

/// All of them, in the order of the documentation.
pub const ALL: &[Metric] = &[
    REQUESTS,
    REQUEST_SECONDS,
    REQUESTS_IN_FLIGHT,
    REQUESTS_SHED,
    REQUEST_BYTES,
    CONNECTIONS,
    CONNECTIONS_CUT,
    TLS_FAILURES,
    TLS_EXPIRY,
    ACCESS_LOG_DROPPED,
    LDAP_OPERATIONS,
    LDAP_SECONDS,
    LDAP_UP,
    LDAP_WANTED,
    LDAP_IN_FLIGHT,
    LDAP_STREAMS,
    LDAP_MESSAGE_IDS,
    LDAP_LOSSES,
    DIRECTORY_READY,
    SCANS,
    CANDIDATES,
    CANDIDATES_KEPT,
    SCANS_REFUSED,
    AUDIT_FAILURES,
    CACHE_HITS,
    CACHE_MISSES,
    CACHE_EVICTIONS,
    CACHE_BYTES,
    CACHE_ENTRIES,
    FEED_WHOLE,
    FEED_LAG,
    RELOADS,
    RELOAD_OK,
    RELOAD_TIME,
    BUILD,
    PROCESS_MEMORY,
    PROCESS_FILES,
    PROCESS_CPU,
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::metric::Kind;
    use super::*;

    #[test]
    fn names_are_unique_and_say_what_they_count() {
        let mut names = HashSet::new();
        for metric in ALL {
            assert!(names.insert(metric.name), "{} stands there twice", metric.name);
            let ours = metric.name.starts_with("scimfront_") || metric.name.starts_with("process_");
            assert!(ours, "{}", metric.name);
            match metric.kind {
                Kind::Counter => assert!(metric.name.ends_with("_total"), "{}", metric.name),
                Kind::Histogram(_) => assert!(metric.name.ends_with("_seconds"), "{}", metric.name),
                Kind::Gauge => {}
            }
        }
    }
}
