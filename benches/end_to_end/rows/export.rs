//! Everybody, in pages of 1,000: against ldapsearch listing the same attributes.

use std::time::{Duration, Instant};

use serde_json::json;

use super::NO_REFERENCES;
use super::pages::listing;
use crate::Result;
use crate::bridge::{Bridge, Memory, PATH};
use crate::ldapsearch;
use crate::process::memory;
use crate::report::{Goal, Report, Row};
use crate::stage::Stage;
use crate::stats::{median, quantile};
use crate::wire::Ask;

/// How an export goes from page to page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Cursor,
    Index,
}

/// What one export cost.
#[derive(Debug, Default)]
struct Cost {
    seconds: f64,
    idle: f64,
    peak: f64,
    bytes: usize,
}

/// With every cache off, each through a fresh bridge.
pub(crate) fn cold(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let query = format!("&{NO_REFERENCES}");
    let (ask, own) = attributes(stage)?;
    ldapsearch::seconds(&stage.large, &ask, &own)?;
    let [cursor, index, theirs] = compare(stage.options.slices, |by| match by {
        Some(by) => fresh(stage, by, &query, Memory::Nothing),
        None => Ok(Cost { seconds: ldapsearch::seconds(&stage.large, &ask, &own)?, ..Cost::default() }),
    })?;
    show(stage, report, "cold, by cursor, no references", &cursor, &theirs, Goal::AtMost(1.5));
    show(stage, report, "cold, by index, no references", &index, &theirs, Goal::AtMost(2.2));
    peak(report, "cursor", &cursor, Goal::AtMost(120.0));
    peak(report, "index", &index, Goal::AtMost(120.0));
    Ok(())
}

/// Groups and managers shown, too, by the map of names.
pub(crate) fn with_references(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let (ask, own) = attributes(stage)?;
    let referring: Vec<&str> = own.iter().copied().chain(REFERENCES).collect();
    let [cursor, index, theirs] = compare(stage.options.slices.div_ceil(2), |by| match by {
        Some(by) => fresh(stage, by, "", Memory::Names),
        None => Ok(Cost { seconds: ldapsearch::seconds(&stage.large, &ask, &referring)?, ..Cost::default() }),
    })?;
    show(stage, report, "cold, by cursor, references shown", &cursor, &theirs, Goal::None);
    show(stage, report, "cold, by index, references shown", &index, &theirs, Goal::None);
    peak(report, "cursor, references and the map of names", &cursor, Goal::None);
    Ok(())
}

/// From memory, through a bridge that has room for all.
pub(crate) fn warm(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let (ask, own) = attributes(stage)?;
    let referring: Vec<&str> = own.iter().copied().chain(REFERENCES).collect();
    let bridge = stage.bridge(Memory::Everything)?;
    #[allow(clippy::cast_precision_loss, reason = "megabytes are shown")]
    let idle = memory(bridge.pid()) as f64;
    export(stage, &bridge, By::Cursor, "")?;
    export(stage, &bridge, By::Index, "")?;
    per_user(stage, report, &bridge, idle)?;
    let [cursor, index, theirs] = compare(stage.options.slices, |by| match by {
        Some(by) => export(stage, &bridge, by, ""),
        None => Ok(Cost { seconds: ldapsearch::seconds(&stage.large, &ask, &referring)?, ..Cost::default() }),
    })?;
    show(stage, report, "warm, by cursor, references shown", &cursor, &theirs, Goal::AtMost(0.5));
    show(stage, report, "warm, by index, references shown", &index, &theirs, Goal::AtMost(0.5));
    Ok(())
}

/// What ldapsearch asks for where references are shown.
const REFERENCES: [&str; 2] = ["memberOf", "manager"];

/// How the bridge lists users, and the attributes that it asks for.
fn attributes(stage: &Stage<'_>) -> Result<(Ask, Vec<&'static str>)> {
    let ask = listing(stage.options, &stage.large)?;
    // They live as long as the process; there are a few dozen.
    let own = ask.attributes.iter().map(|name| &*name.clone().leak()).collect();
    Ok((ask, own))
}

/// By cursor, by index, and by ldapsearch (nothing), in turn.
fn compare(slices: usize, mut once: impl FnMut(Option<By>) -> Result<Cost>) -> Result<[Vec<Cost>; 3]> {
    let mut all = [const { Vec::new() }; 3];
    for _ in 0..slices {
        for (costs, by) in all.iter_mut().zip([Some(By::Cursor), Some(By::Index), None]) {
            costs.push(once(by)?);
        }
    }
    Ok(all)
}

fn seconds(costs: &[Cost]) -> Vec<f64> {
    costs.iter().map(|cost| cost.seconds).collect()
}

fn show(stage: &Stage<'_>, report: &mut Report, what: &str, ours: &[Cost], theirs: &[Cost], goal: Goal) {
    let bytes = ours.first().map_or(0, |cost| cost.bytes);
    let (ours, theirs) = (seconds(ours), seconds(theirs));
    report.add(Row {
        what: format!("export of {} {what}", stage.options.users),
        ours: format!("{:.2} s", median(&ours)),
        theirs: format!("{:.2} s", median(&theirs)),
        value: median(&ours) / median(&theirs),
        unit: " x",
        goal,
        note: format!("pages of 1,000; ldapsearch -E pr=500; {} MB of JSON", bytes >> 20),
        samples: json!({ "bridge_seconds": ours, "ldapsearch_seconds": theirs, "answer_bytes": bytes }),
    });
}

fn peak(report: &mut Report, what: &str, costs: &[Cost], goal: Goal) {
    let all = |of: fn(&Cost) -> f64| costs.iter().map(of).collect::<Vec<_>>();
    let (idle, peak) = (all(|cost| cost.idle), all(|cost| cost.peak));
    report.add(Row {
        what: format!("peak memory of an export by {what}"),
        ours: format!("{:.0} MB", quantile(&peak, 1.0) / 1e6),
        theirs: String::new(),
        value: quantile(&peak, 1.0) / 1e6,
        unit: " MB",
        goal,
        note: format!("resident, the most of {}; idle {:.0} MB", peak.len(), median(&idle) / 1e6),
        samples: json!({ "peak_bytes": peak, "idle_bytes": idle }),
    });
}

/// What a user costs that is remembered.
fn per_user(stage: &Stage<'_>, report: &mut Report, bridge: &Bridge, idle: f64) -> Result<()> {
    let label = "cache=\"resources\"";
    // The cache tells its size from time to time.
    std::thread::sleep(Duration::from_secs(2));
    let counted = bridge.metric("scimfront_cache_bytes", label)?;
    let entries = bridge.metric("scimfront_cache_entries", label)?;
    #[allow(clippy::cast_precision_loss, reason = "thousands of bytes")]
    let (resident, users) = (memory(bridge.pid()) as f64 - idle, stage.options.users as f64);
    report.add(Row {
        what: "memory of a cached user".to_owned(),
        ours: format!("{:.0} B", resident / users),
        theirs: String::new(),
        value: resident / users,
        unit: " B",
        goal: Goal::None,
        note: format!(
            "resident memory after two exports, names and lists included; the cache counts {:.0} B for each of {entries:.0}",
            counted / entries.max(1.0),
        ),
        samples: json!({ "resident_bytes": resident, "counted_bytes": counted, "entries": entries }),
    });
    Ok(())
}

/// One export through a fresh bridge.
fn fresh(stage: &Stage<'_>, by: By, query: &str, memory: Memory) -> Result<Cost> {
    export(stage, &stage.bridge(memory)?, by, query)
}

fn export(stage: &Stage<'_>, bridge: &Bridge, by: By, query: &str) -> Result<Cost> {
    #[allow(clippy::cast_precision_loss, reason = "megabytes are shown")]
    let idle = memory(bridge.pid()) as f64;
    let started = Instant::now();
    let (people, bytes) = read_all(bridge, by, query)?;
    let seconds = started.elapsed().as_secs_f64();
    if people != stage.options.users {
        return Err(format!("{people} of {} people were exported {by:?}", stage.options.users).into());
    }
    #[allow(clippy::cast_precision_loss, reason = "megabytes are shown")]
    Ok(Cost { seconds, idle, peak: bridge.peak_memory() as f64, bytes })
}

fn read_all(bridge: &Bridge, by: By, query: &str) -> Result<(usize, usize)> {
    let mut client = bridge.client()?;
    let (mut people, mut bytes) = (0, 0);
    let mut place = match by {
        By::Cursor => "cursor".to_owned(),
        By::Index => "startIndex=1".to_owned(),
    };
    loop {
        let body = client.body(&format!("{PATH}/Users?{place}&count=1000{query}"))?;
        let page = number(&body, b"\"itemsPerPage\":").ok_or("a page that doesn't say how many it has")?;
        people += page;
        bytes += body.len();
        place = match by {
            By::Cursor => match text(&body, b"\"nextCursor\":\"") {
                Some(cursor) => format!("cursor={cursor}"),
                None => return Ok((people, bytes)),
            },
            By::Index if people >= number(&body, b"\"totalResults\":").unwrap_or(0) || page == 0 => {
                return Ok((people, bytes));
            }
            By::Index => format!("startIndex={}", people + 1),
        };
    }
}

/// What stands behind `key`, which stands near the beginning or the end: a page isn't parsed, as parsing costs.
fn behind<'a>(body: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let find = |part: &'a [u8]| {
        let at = part.windows(key.len()).position(|window| window == key)?;
        part.get(at + key.len()..)
    };
    find(&body[..body.len().min(4096)]).or_else(|| find(&body[body.len().saturating_sub(4096)..]))
}

fn number(body: &[u8], key: &[u8]) -> Option<usize> {
    let digits: String =
        behind(body, key)?.iter().take_while(|byte| byte.is_ascii_digit()).map(|byte| char::from(*byte)).collect();
    digits.parse().ok()
}

fn text(body: &[u8], key: &[u8]) -> Option<String> {
    let bytes: Vec<u8> = behind(body, key)?.iter().copied().take_while(|byte| *byte != b'"').collect();
    String::from_utf8(bytes).ok()
}
