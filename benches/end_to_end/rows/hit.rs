//! A user that is remembered, 16 connections: against axum alone returning the same bytes, by processor time a request.
//!
//! The server has one core to itself, wrk the other; slices alternate.

use std::process::{Command, Stdio};

use serde_json::json;

use crate::Result;
use crate::bare::Bare;
use crate::bridge::{Bridge, Memory, TOKEN};
use crate::options::Options;
use crate::process::cpu_seconds;
use crate::report::{Goal, Report, Row};
use crate::stage::Stage;
use crate::stats::median;
use crate::wrk::{Outcome, Wrk};

const CONNECTIONS: usize = 16;

const HITS: &str = "scimfront_cache_hits_total";
const RESOURCES: &str = "cache=\"resources\"";
const REQUESTS: &str = "scimfront_http_requests_total";

/// How many slices each server has.
const SLICES: usize = 9;

/// Bearer token, lookup, entity tag, metrics, request id, panic guard: what can't be switched off.
pub(crate) fn without_log(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let options = Options { log: "warn".to_owned(), ..stage.options.clone() };
    let compared = Compared::measure(stage, &options)?;
    // The core can't be had without what is around it, so that it is judged by more than itself.
    report.add(compared.row(
        "hit: core (bearer, lookup, ETag)",
        0.85,
        "measured with all but the access log: the core is less",
    ));
    report.add(compared.row("hit: with metrics, request id, deadline, panic guard", 0.8, "the same measurement"));
    Ok(())
}

/// With a JSON line in the access log for each request.
pub(crate) fn as_shipped(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let options = Options { log: "info".to_owned(), ..stage.options.clone() };
    let compared = Compared::measure(stage, &options)?;
    report.add(compared.row("hit: as shipped, with JSON access log", 0.68, "a line for each request"));
    Ok(())
}

/// The bridge and axum alone, in turn.
struct Compared {
    ours: Samples,
    theirs: Samples,
    note: String,
}

impl Compared {
    fn measure(stage: &Stage<'_>, options: &Options) -> Result<Self> {
        let paths = stage.paths();
        let bridge = Bridge::start(&stage.large, &stage.large.url(), options, Memory::Shipped)?;
        let mut client = bridge.client()?;
        for path in paths.iter().cycle().take(paths.len() * 2) {
            client.body(path)?;
        }
        let (hits, asked) = (bridge.metric(HITS, RESOURCES)?, bridge.metric(REQUESTS, "")?);
        let bare = Bare::start(&client.get(&paths[0])?)?;
        pin(bridge.pid(), "0")?;
        pin(bare.pid(), "0")?;
        pin(std::process::id(), "1")?;
        let measured = slices(options, &paths, &bridge, &bare);
        pin(std::process::id(), "0,1")?;
        let [ours, theirs] = measured?;
        let share = (bridge.metric(HITS, RESOURCES)? - hits) / (bridge.metric(REQUESTS, "")? - asked);
        let note = format!(
            "{} users of {} bytes, {:.1} % hits; {:.0}/s, axum {:.0}/s",
            paths.len(),
            client.body(&paths[0])?.len(),
            share * 100.0,
            median(&ours.rates),
            median(&theirs.rates),
        );
        Ok(Self { ours, theirs, note })
    }

    fn row(&self, what: &str, goal: f64, note: &str) -> Row {
        let (ours, theirs) = (&self.ours, &self.theirs);
        Row {
            what: what.to_owned(),
            ours: format!("{:.1} us", median(&ours.costs)),
            theirs: format!("{:.1} us", median(&theirs.costs)),
            value: median(&theirs.costs) / median(&ours.costs),
            unit: "",
            goal: Goal::AtLeast(goal),
            note: format!("processor time a request against axum's; {note}; {}", self.note),
            samples: json!({
                "bridge_us": ours.costs, "axum_us": theirs.costs, "bridge_rate": ours.rates, "axum_rate": theirs.rates,
            }),
        }
    }
}

#[derive(Debug, Default)]
struct Samples {
    costs: Vec<f64>,
    rates: Vec<f64>,
}

fn slices(options: &Options, paths: &[String], bridge: &Bridge, bare: &Bare) -> Result<[Samples; 2]> {
    let wrk = Wrk::over(paths)?;
    let mut samples = [Samples::default(), Samples::default()];
    let servers = [(bridge.address(), bridge.pid()), (bare.address(), bare.pid())];
    let slices = if options.quick { 1 } else { SLICES };
    for slice in 0..=slices {
        for ((address, pid), Samples { costs, rates }) in servers.iter().zip(&mut samples) {
            let before = cpu_seconds(*pid);
            let Outcome { rate, requests, .. } = wrk.run(address, TOKEN, CONNECTIONS, options.slice)?;
            // The first is to warm up.
            if slice > 0 {
                costs.push((cpu_seconds(*pid) - before) / requests * 1e6);
                rates.push(rate);
            }
        }
    }
    Ok(samples)
}

/// Keeps all threads of a process, and its future children, on these cores.
fn pin(pid: u32, cores: &str) -> Result<()> {
    let mut command = Command::new("taskset");
    let status = command.args(["-a", "-p", "-c", cores, &pid.to_string()]).stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err("taskset".into()) }
}
