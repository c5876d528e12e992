//! Pages of 100 at several sizes of the directory: the first of a list that has to be made, and others once it is there.

use std::time::Instant;

use scimfront::sandbox::Slapd;
use serde_json::{Value, json};

use super::{NO_REFERENCES, millis};
use crate::Result;
use crate::bridge::{Bridge, Memory, PATH};
use crate::http::Client;
use crate::ldapsearch;
use crate::options::Options;
use crate::report::{Goal, Report, Row};
use crate::stage::{Stage, other};
use crate::stats::{median, quantile};
use crate::tap::Tap;
use crate::wire::Ask;
use crate::yardstick::touch;

/// How many resources a page has.
const PAGE: usize = 100;

pub(crate) fn measure(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let mut failed = Vec::new();
    for &users in &stage.options.sizes {
        let done = if users == stage.options.users {
            at(stage.options, &stage.large, users, report)
        } else {
            other(users, stage.options).and_then(|slapd| at(stage.options, &slapd, users, report))
        };
        failed.extend(done.err().map(|error| format!("{users} people: {error}")));
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join("; ").into()) }
}

/// The pages of a directory of `users` people. Names are remembered, resources aren't.
fn at(options: &Options, slapd: &Slapd, users: usize, report: &mut Report) -> Result<()> {
    let bridge = Bridge::start(slapd, &slapd.url(), options, Memory::Names)?;
    let mut client = bridge.client()?;
    first(options, slapd, users, &mut client, report)?;
    others(options, users, &mut client, report)?;
    by_id(options, users, &mut client, report)
}

/// The path of page `page`, from 1.
fn path(page: usize) -> String {
    format!("{PATH}/Users?count={PAGE}&startIndex={}", 1 + PAGE * (page - 1))
}

fn timed(client: &mut Client, path: &str) -> Result<f64> {
    let started = Instant::now();
    let body = client.body(path)?;
    let seconds = started.elapsed().as_secs_f64();
    let key = b"\"userName\":";
    let shown = body.windows(key.len()).filter(|window| window == key).count();
    if shown == PAGE { Ok(seconds) } else { Err(format!("GET {path} shows {shown} people").into()) }
}

/// The first page of a list that has to be made: the directory moves before each.
fn first(options: &Options, slapd: &Slapd, users: usize, client: &mut Client, report: &mut Report) -> Result<()> {
    let ask = listing(options, slapd)?;
    timed(client, &path(1))?;
    ldapsearch::seconds(slapd, &ask, &["entryUUID"])?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for turn in 0..options.slices {
        touch(slapd, &format!("ou=people,{}", slapd.suffix()), &format!("turn {turn}"))?;
        ours.push(timed(client, &path(1))?);
        theirs.push(ldapsearch::seconds(slapd, &ask, &["entryUUID"])?);
    }
    report.point("first page of 100, list made anew", users, median(&ours) * 1e3);
    report.point("ldapsearch, ids alone", users, median(&theirs) * 1e3);
    report.add(Row {
        what: format!("first page of 100 among {users}, list made anew"),
        ours: millis(median(&ours)),
        theirs: millis(median(&theirs)),
        value: median(&ours) / median(&theirs),
        unit: " x",
        goal: if users == options.users { Goal::AtMost(1.5) } else { Goal::None },
        note: "references shown; ldapsearch -E pr=500, entryUUID alone".to_owned(),
        samples: json!({ "bridge_seconds": ours, "ldapsearch_seconds": theirs }),
    });
    Ok(())
}

/// Pages from all over a list that is there.
fn others(options: &Options, users: usize, client: &mut Client, report: &mut Report) -> Result<()> {
    let last = users / PAGE;
    let mut pages: Vec<usize> =
        [1, 2, 10, 100, 500, last / 2, last].into_iter().filter(|page| (1..=last).contains(page)).collect();
    pages.sort_unstable();
    pages.dedup();
    timed(client, &path(1))?;
    let (mut samples, mut shown) = (Vec::new(), Vec::new());
    for &page in &pages {
        timed(client, &path(page))?;
        let mut taken = Vec::new();
        for turn in 0..options.slices * 6 {
            // Others in between: nothing of the page itself is at hand.
            timed(client, &path(1 + (turn * 37 + 11) % last))?;
            taken.push(timed(client, &path(page))?);
        }
        shown.push((page, median(&taken), quantile(&taken, 0.99)));
        samples.push(json!({ "page": page, "seconds": taken }));
    }
    let slowest = shown.iter().map(|(_, middle, _)| *middle).fold(0.0, f64::max);
    let each: Vec<String> = shown.iter().map(|(page, middle, _)| format!("{page}: {:.1}", middle * 1e3)).collect();
    let worst = shown.iter().map(|(_, _, worst)| *worst).fold(0.0, f64::max);
    let middle = median(&shown.iter().map(|(_, middle, _)| *middle).collect::<Vec<_>>());
    report.point("page k of 100, list at hand", users, middle * 1e3);
    report.add(Row {
        what: format!("page k of 100 among {users}, the slowest k"),
        ours: millis(slowest),
        theirs: String::new(),
        value: slowest * 1e3,
        unit: " ms",
        goal: Goal::AtMost(10.0),
        note: format!("ms at k = {}; p99 {}", each.join(", "), millis(worst)),
        samples: json!({ "pages": samples }),
    });
    Ok(())
}

/// One user, read from the directory: drawn beside the others.
fn by_id(options: &Options, users: usize, client: &mut Client, report: &mut Report) -> Result<()> {
    let body = client.body(&format!("{PATH}/Users?attributes=id&count={PAGE}&startIndex={}", users / 2))?;
    let list: Value = serde_json::from_slice(&body)?;
    let ids = list["Resources"].as_array().ok_or("a page without resources")?;
    let mut taken = Vec::new();
    for id in ids.iter().cycle().take(options.slices * PAGE) {
        let path = format!("{PATH}/Users/{}", id["id"].as_str().ok_or("a user without id")?);
        let started = Instant::now();
        client.body(&path)?;
        taken.push(started.elapsed().as_secs_f64());
    }
    report.point("GET by id, uncached", users, median(&taken) * 1e3);
    Ok(())
}

/// How the bridge itself lists users.
pub(crate) fn listing(options: &Options, slapd: &Slapd) -> Result<Ask> {
    let tap = Tap::before(slapd.port())?;
    let bridge = Bridge::start(slapd, &tap.url(), options, Memory::Nothing)?;
    tap.take();
    bridge.client()?.body(&format!("{PATH}/Users?cursor&count=10&{NO_REFERENCES}"))?;
    let paged = |ask: &Ask| ask.controls.iter().any(|control| control.oid == "1.2.840.113556.1.4.319");
    tap.take().into_iter().find(paged).ok_or_else(|| "the bridge lists without pages".into())
}
