//! The measurements, one file each.

mod export;
mod group;
mod hit;
mod latency;
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

/// Makes all measurements that were asked for.
pub(crate) fn measure(stage: &Stage<'_>, options: &Options, report: &mut Report) -> Result<()> {
    type Measure = fn(&Stage<'_>, &mut Report) -> Result<()>;
    let all: [(&str, Measure); 7] = [
        ("hit", hit::measure),
        ("throughput", throughput::measure),
        ("latency", latency::measure),
        ("pages", pages::measure),
        ("export", export::measure),
        ("group", group::measure),
        ("writing", writing::measure),
    ];
    for (name, measure) in all.into_iter().filter(|(name, _)| options.wants(name)) {
        eprintln!("{name} …");
        measure(stage, report).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

/// `text` as a value in a query.
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Seconds as milliseconds with two digits.
fn millis(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1e3)
}
