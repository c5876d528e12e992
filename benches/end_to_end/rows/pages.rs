//! Pages of 100: of a small list, the first of a large one, and one from its middle.

use std::time::Instant;

use serde_json::json;

use super::{NO_REFERENCES, millis};
use crate::Result;
use crate::bridge::{Bridge, PATH};
use crate::http::Client;
use crate::ldapsearch;
use crate::report::{Goal, Report, Row};
use crate::stage::Stage;
use crate::stats::{median, quantile};
use crate::tap::Tap;
use crate::wire::Ask;
use crate::yardstick::touch;

pub(crate) fn measure(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    small(stage, report)?;
    first(stage, report, "no references", &format!("&{NO_REFERENCES}"), Goal::AtMost(1.5))?;
    first(stage, report, "with references", "", Goal::None)?;
    middle(stage, report, "with references", "")?;
    middle(stage, report, "no references", &format!("&{NO_REFERENCES}"))
}

fn timed(client: &mut Client, path: &str) -> Result<f64> {
    let started = Instant::now();
    let body = client.body(path)?;
    let seconds = started.elapsed().as_secs_f64();
    let shown = body
        .windows(13)
        .filter(|window| *window == b"\"userName\":\"b" || window.starts_with(b"\"userName\":"))
        .count();
    if shown == 0 { Err(format!("GET {path} shows nobody").into()) } else { Ok(seconds) }
}

/// Some page of 100 among 1,000.
fn small(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let bridge = Bridge::start(&stage.small, &stage.small.url(), stage.options)?;
    let mut client = bridge.client()?;
    let path = |place: usize| format!("{PATH}/Users?count=100&startIndex={}", 1 + 100 * place);
    let cold = timed(&mut client, &path(0))?;
    let mut samples = Vec::new();
    for turn in 0..stage.options.slices * 20 {
        samples.push(timed(&mut client, &path(turn * 7 % 10))?);
    }
    report.add(Row {
        what: "page of 100 among 1,000".to_owned(),
        ours: millis(median(&samples)),
        theirs: String::new(),
        value: 0.0,
        unit: "",
        goal: Goal::None,
        note: format!("p99 {}; the first of all {}", millis(quantile(&samples, 0.99)), millis(cold)),
        samples: json!({ "seconds": samples }),
    });
    Ok(())
}

/// The first page of a list that has to be made: the directory moves before each.
fn first(stage: &Stage<'_>, report: &mut Report, what: &str, query: &str, goal: Goal) -> Result<()> {
    let (large, options) = (&stage.large, stage.options);
    let ask = listing(stage)?;
    let bridge = stage.bridge()?;
    let mut client = bridge.client()?;
    let path = format!("{PATH}/Users?count=100{query}");
    timed(&mut client, &path)?;
    ldapsearch::seconds(large, &ask, &["entryUUID"])?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for turn in 0..options.slices {
        touch(large, &format!("ou=people,{}", large.suffix()), &format!("turn {turn} {what}"))?;
        ours.push(timed(&mut client, &path)?);
        theirs.push(ldapsearch::seconds(large, &ask, &["entryUUID"])?);
    }
    report.add(Row {
        what: format!("first page of 100 among {}, {what}", options.users),
        ours: millis(median(&ours)),
        theirs: millis(median(&theirs)),
        value: median(&ours) / median(&theirs),
        unit: " x",
        goal,
        note: "ldapsearch -E pr=500, entryUUID alone".to_owned(),
        samples: json!({ "bridge_seconds": ours, "ldapsearch_seconds": theirs }),
    });
    Ok(())
}

/// Page 500 (or the middle one), out of a list that is there.
fn middle(stage: &Stage<'_>, report: &mut Report, what: &str, query: &str) -> Result<()> {
    let bridge = stage.bridge()?;
    let mut client = bridge.client()?;
    timed(&mut client, &format!("{PATH}/Users?count=100{query}"))?;
    let pages = stage.options.users / 100;
    let page = 500.min(pages / 2);
    let path = |page: usize| format!("{PATH}/Users?count=100&startIndex={}{query}", 1 + 100 * (page - 1));
    let first = timed(&mut client, &path(page))?;
    let mut samples = Vec::new();
    for turn in 0..stage.options.slices * 20 {
        // Others in between: nothing of the page itself is at hand.
        timed(&mut client, &path(1 + (turn * 37 + 11) % (pages - 1)))?;
        samples.push(timed(&mut client, &path(page))?);
    }
    report.add(Row {
        what: format!("page {page} of 100 each, {what}"),
        ours: millis(median(&samples)),
        theirs: String::new(),
        value: median(&samples) * 1e3,
        unit: " ms",
        goal: Goal::AtMost(10.0),
        note: format!("p99 {}; the first time {}", millis(quantile(&samples, 0.99)), millis(first)),
        samples: json!({ "seconds": samples }),
    });
    Ok(())
}

/// How the bridge itself lists users.
pub(crate) fn listing(stage: &Stage<'_>) -> Result<Ask> {
    let tap = Tap::before(stage.large.port())?;
    let bridge = Bridge::start(&stage.large, &tap.url(), stage.options)?;
    tap.take();
    bridge.client()?.body(&format!("{PATH}/Users?cursor&count=10&{NO_REFERENCES}"))?;
    let paged = |ask: &Ask| ask.controls.iter().any(|control| control.oid == "1.2.840.113556.1.4.319");
    tap.take().into_iter().find(paged).ok_or_else(|| "the bridge lists without pages".into())
}
