//! A user that is remembered, 16 connections: against axum alone returning the same bytes, by processor time a request.
//!
//! The server has one core to itself, wrk the other; slices alternate.

use std::process::{Command, Stdio};

use serde_json::json;

use crate::Result;
use crate::bare::Bare;
use crate::bridge::{Bridge, PATH, TOKEN};
use crate::options::Options;
use crate::process::cpu_seconds;
use crate::report::{Goal, Report, Row};
use crate::stage::Stage;
use crate::stats::median;
use crate::wrk::{Outcome, Wrk};

const CONNECTIONS: usize = 16;

/// How many slices each server has.
const SLICES: usize = 9;

pub(crate) fn measure(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let quiet = Options { log: "warn".to_owned(), ..stage.options.clone() };
    compare(stage, report, "GET by id, remembered, no access log", &quiet, 0.85)?;
    let shipped = Options { log: "info".to_owned(), ..stage.options.clone() };
    compare(stage, report, "GET by id, remembered, as shipped", &shipped, 0.68)
}

fn compare(stage: &Stage<'_>, report: &mut Report, what: &str, options: &Options, goal: f64) -> Result<()> {
    let paths: Vec<String> = stage.people.iter().map(|person| format!("{PATH}/Users/{}", person.id)).collect();
    let bridge = Bridge::start_remembering(&stage.large, &stage.large.url(), options)?;
    let mut client = bridge.client()?;
    for path in paths.iter().cycle().take(paths.len() * 2) {
        client.body(path)?;
    }
    let bare = Bare::start(&client.get(&paths[0])?)?;
    pin(bridge.pid(), "0")?;
    pin(bare.pid(), "0")?;
    pin(std::process::id(), "1")?;
    let measured = slices(options, &paths, &bridge, &bare);
    pin(std::process::id(), "0,1")?;
    let [(ours, our_rates), (theirs, their_rates)] = measured?;
    report.add(Row {
        what: what.to_owned(),
        ours: format!("{:.1} us", median(&ours)),
        theirs: format!("{:.1} us", median(&theirs)),
        value: median(&theirs) / median(&ours),
        unit: "",
        goal: Goal::AtLeast(goal),
        note: format!(
            "processor time a request, axum's over ours; {:.0}/s, axum {:.0}/s; {} users of {} bytes",
            median(&our_rates),
            median(&their_rates),
            paths.len(),
            client.body(&paths[0])?.len(),
        ),
        samples: json!({ "bridge_us": ours, "axum_us": theirs, "bridge_rate": our_rates, "axum_rate": their_rates }),
    });
    Ok(())
}

type Samples = (Vec<f64>, Vec<f64>);

fn slices(options: &Options, paths: &[String], bridge: &Bridge, bare: &Bare) -> Result<[Samples; 2]> {
    let wrk = Wrk::over(paths)?;
    let mut samples = [Samples::default(), Samples::default()];
    let servers = [(bridge.address(), bridge.pid()), (bare.address(), bare.pid())];
    let slices = if options.quick { 1 } else { SLICES };
    for slice in 0..=slices {
        for ((address, pid), (costs, rates)) in servers.iter().zip(&mut samples) {
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
