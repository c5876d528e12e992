//! Everybody, in pages of 1,000: against ldapsearch listing the same attributes.

use std::time::Instant;

use serde_json::json;

use super::NO_REFERENCES;
use super::pages::listing;
use crate::Result;
use crate::bridge::{Bridge, PATH};
use crate::ldapsearch;
use crate::process::memory;
use crate::report::{Goal, Report, Row};
use crate::stage::Stage;
use crate::stats::{median, quantile};

/// How an export goes from page to page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Cursor,
    Index,
}

/// What one export cost.
#[derive(Debug)]
struct Cost {
    seconds: f64,
    idle: f64,
    peak: f64,
    bytes: usize,
}

pub(crate) fn measure(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let ask = listing(stage)?;
    let plain: Vec<&str> = ask.attributes.iter().map(String::as_str).collect();
    let referring: Vec<&str> = plain.iter().copied().chain(["memberOf", "manager"]).collect();
    ldapsearch::seconds(&stage.large, &ask, &plain)?;
    let query = format!("&{NO_REFERENCES}");
    let (mut theirs, mut cursor, mut index) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..stage.options.slices {
        cursor.push(export(stage, By::Cursor, &query)?);
        theirs.push(ldapsearch::seconds(&stage.large, &ask, &plain)?);
        index.push(export(stage, By::Index, &query)?);
    }
    show(stage, report, "by cursor, no references", &cursor, &theirs, Goal::AtMost(1.5));
    show(stage, report, "by index, no references", &index, &theirs, Goal::AtMost(2.2));
    let (mut theirs, mut cursor, mut index) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..stage.options.slices.div_ceil(2) {
        cursor.push(export(stage, By::Cursor, "")?);
        theirs.push(ldapsearch::seconds(&stage.large, &ask, &referring)?);
        index.push(export(stage, By::Index, "")?);
    }
    show(stage, report, "by cursor, references resolved", &cursor, &theirs, Goal::None);
    show(stage, report, "by index, references resolved", &index, &theirs, Goal::None);
    Ok(())
}

fn show(stage: &Stage<'_>, report: &mut Report, what: &str, costs: &[Cost], theirs: &[f64], goal: Goal) {
    let all = |of: fn(&Cost) -> f64| costs.iter().map(of).collect::<Vec<_>>();
    let (seconds, idle, peak) = (all(|cost| cost.seconds), all(|cost| cost.idle), all(|cost| cost.peak));
    let bytes = costs.first().map_or(0, |cost| cost.bytes);
    let samples =
        json!({ "bridge_seconds": seconds, "ldapsearch_seconds": theirs, "peak_bytes": peak, "answer_bytes": bytes });
    report.add(Row {
        what: format!("export of {} {what}", stage.options.users),
        ours: format!("{:.2} s", median(&seconds)),
        theirs: format!("{:.2} s", median(theirs)),
        value: median(&seconds) / median(theirs),
        unit: " x",
        goal,
        note: format!("{} MB of JSON", bytes >> 20),
        samples,
    });
    report.add(Row {
        what: format!("peak memory of it {what}"),
        ours: format!("{:.0} MB", quantile(&peak, 1.0) / 1e6),
        theirs: String::new(),
        value: quantile(&peak, 1.0) / 1e6,
        unit: " MB",
        goal: Goal::AtMost(150.0),
        note: format!("idle {:.0} MB", median(&idle) / 1e6),
        samples: json!({ "peak_bytes": peak }),
    });
}

/// One export through a fresh bridge.
fn export(stage: &Stage<'_>, by: By, query: &str) -> Result<Cost> {
    let bridge = stage.bridge()?;
    #[allow(clippy::cast_precision_loss, reason = "megabytes are shown")]
    let idle = memory(bridge.pid()) as f64;
    let started = Instant::now();
    let (people, bytes) = read_all(&bridge, by, query)?;
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
