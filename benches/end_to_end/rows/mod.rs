//! The measurements, one file each.

mod coherence;
mod export;
mod group;
mod hit;
mod latency;
mod memory;
mod pages;
mod throughput;
mod writing;

use super::Result;
use super::options::Options;
use super::report::Report;
use super::stage::Stage;

/// Without what other entries tell.
const NO_REFERENCES: &str =
    "excludedAttributes=groups,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";

type Measure = fn(&Stage<'_>, &mut Report) -> Result<()>;

/// What is measured, by the name that `--only` has for it. Each stands alone: when one fails, the others are still made.
const ROWS: &[(&str, &str, Measure)] = &[
    ("hit", "hits without access log", hit::without_log),
    ("hit", "hits as shipped", hit::as_shipped),
    ("throughput", "GET by id", throughput::by_id),
    ("throughput", "GET by id, no references", throughput::by_id_alone),
    ("throughput", "userName eq", throughput::by_name),
    ("throughput", "userName eq, no references", throughput::by_name_alone),
    ("export", "cold exports", export::cold),
    ("export", "exports with references", export::with_references),
    ("export", "warm exports", export::warm),
    ("pages", "pages", pages::measure),
    ("group", "a large group", group::measure),
    ("writing", "writes", writing::measure),
    ("latency", "latency of hits", latency::of_hits),
    ("latency", "latency uncached", latency::uncached),
    ("memory", "memory", memory::measure),
    ("coherence", "coherence", coherence::measure),
];

/// Makes all measurements that were asked for.
pub(crate) fn measure(stage: &Stage<'_>, options: &Options, report: &mut Report) {
    for (_, title, measure) in ROWS.iter().filter(|(name, ..)| options.wants(name)) {
        eprintln!("{title} …");
        if let Err(error) = measure(stage, report) {
            report.fail(title, &error.to_string());
        }
    }
}

/// `text` as a value in a query.
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Seconds as milliseconds with two digits.
fn millis(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1e3)
}
