//! One resource at a time, 32 at once: against ldap3 sending the same searches.

use std::sync::Arc;

use serde_json::json;

use super::{NO_REFERENCES, encoded};
use crate::Result;
use crate::bridge::{Bridge, Memory, PATH, TOKEN};
use crate::process::cpu_seconds;
use crate::report::{Goal, Report, Row};
use crate::stage::{Person, Stage};
use crate::stats::median;
use crate::tap::Tap;
use crate::wrk::Wrk;
use crate::yardstick::{CONNECTIONS, IN_FLIGHT, Script, Yardstick};

pub(crate) fn by_id(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    compare(stage, report, "GET by id, uncached", &stage.paths(), 0.6)
}

pub(crate) fn by_id_alone(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let paths: Vec<String> = stage.paths().iter().map(|path| format!("{path}?{NO_REFERENCES}")).collect();
    compare(stage, report, "GET by id, uncached, no references", &paths, 0.5)
}

pub(crate) fn by_name(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    compare(stage, report, "userName eq, uncached", &names(stage, ""), 0.6)
}

pub(crate) fn by_name_alone(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    compare(stage, report, "userName eq, uncached, no references", &names(stage, &format!("&{NO_REFERENCES}")), 0.5)
}

/// The paths that look for each person by its name.
fn names(stage: &Stage<'_>, query: &str) -> Vec<String> {
    let path = |person: &Person| {
        let name = serde_json::Value::from(person.user_name.as_str());
        format!("{PATH}/Users?filter={}{query}", encoded(&format!("userName eq {name}")))
    };
    stage.people.iter().map(path).collect()
}

fn compare(stage: &Stage<'_>, report: &mut Report, what: &str, paths: &[String], goal: f64) -> Result<()> {
    let (scripts, identical) = record(stage, paths)?;
    let searches = scripts.iter().map(Vec::len).sum::<usize>();
    let scripts = Arc::new(scripts);
    let bridge = stage.bridge(Memory::Nothing)?;
    let yardstick = Yardstick::connect(&stage.large, &stage.large.url(), CONNECTIONS)?;
    let wrk = Wrk::over(paths)?;
    let options = stage.options;
    // Once to warm both up.
    wrk.run(bridge.address(), TOKEN, IN_FLIGHT, options.slice / 2)?;
    yardstick.rate(&scripts, options.slice / 2)?;
    let (mut ours, mut theirs, mut costs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.slices {
        let before = cpu_seconds(bridge.pid());
        let outcome = wrk.run(bridge.address(), TOKEN, IN_FLIGHT, options.slice)?;
        costs.push((cpu_seconds(bridge.pid()) - before) / outcome.requests * 1e6);
        ours.push(outcome.rate);
        theirs.push(yardstick.rate(&scripts, options.slice)?);
    }
    let value = median(&ours) / median(&theirs);
    #[allow(clippy::cast_precision_loss, reason = "small counts")]
    let each = searches as f64 / paths.len() as f64;
    report.add(Row {
        what: what.to_owned(),
        ours: format!("{:.0}/s", median(&ours)),
        theirs: format!("{:.0}/s", median(&theirs)),
        value,
        unit: "",
        goal: Goal::AtLeast(goal),
        note: format!(
            "{each:.2} searches each, {}; bridge {:.0} us of processor a request",
            if identical { "octet for octet the same" } else { "NOT THE SAME OCTETS" },
            median(&costs)
        ),
        samples: json!({ "bridge": ours, "ldap3": theirs, "processor_us": costs }),
    });
    Ok(())
}

/// The searches that the bridge sends for each of `paths`, and whether the yardstick's have the same octets.
fn record(stage: &Stage<'_>, paths: &[String]) -> Result<(Vec<Script>, bool)> {
    let tap = Tap::before(stage.large.port())?;
    let bridge = Bridge::start(&stage.large, &tap.url(), stage.options, Memory::Nothing)?;
    let mut client = bridge.client()?;
    client.body(&paths[0])?;
    tap.take();
    let mut scripts = Vec::new();
    for path in paths {
        client.body(path)?;
        scripts.push(tap.take());
    }
    drop(bridge);
    let yardstick = Yardstick::connect(&stage.large, &tap.url(), 1)?;
    tap.take();
    let mut identical = true;
    for script in scripts.iter().take(20) {
        yardstick.send(script)?;
        let sent = tap.take();
        identical &= sent.iter().map(|ask| &ask.octets).eq(script.iter().map(|ask| &ask.octets));
    }
    Ok((scripts, identical))
}
