//! The group that half of all people are in.

use std::time::Instant;

use serde_json::{Value, json};

use super::encoded;
use crate::Result;
use crate::bridge::{Bridge, Memory, PATH};
use crate::process::memory;
use crate::report::{Goal, Report, Row};
use crate::stage::Stage;
use crate::stats::{median, quantile};

pub(crate) fn measure(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let path = format!("{PATH}/Groups/{}", largest(stage)?);
    let remembering = Costs::measure(stage, &path, Memory::Shipped)?;
    let forgetful = Costs::measure(stage, &path, Memory::Nothing)?;
    let members = stage.options.users / 2;
    seconds(
        report,
        &format!("GET of a group of {members}, cold"),
        &remembering.cold,
        Goal::AtMost(0.5),
        "first request",
    );
    above_idle(report, "memory of it", &remembering, Goal::AtMost(60.0));
    seconds(report, &format!("GET of a group of {members}, warm"), &remembering.warm, Goal::AtMost(0.1), "same bridge");
    seconds(
        report,
        &format!("GET of a group of {members}, every cache off"),
        &forgetful.cold,
        Goal::None,
        "first request",
    );
    above_idle(report, "memory of it, every cache off", &forgetful, Goal::None);
    Ok(())
}

/// What one bridge each came to.
#[derive(Debug, Default)]
struct Costs {
    cold: Vec<f64>,
    warm: Vec<f64>,
    above_idle: Vec<f64>,
}

impl Costs {
    fn measure(stage: &Stage<'_>, path: &str, memory: Memory) -> Result<Self> {
        let mut costs = Self::default();
        for _ in 0..stage.options.slices {
            let bridge = stage.bridge(memory)?;
            costs.add(stage, path, &bridge)?;
        }
        Ok(costs)
    }

    fn add(&mut self, stage: &Stage<'_>, path: &str, bridge: &Bridge) -> Result<()> {
        let idle = memory(bridge.pid());
        let mut client = bridge.client()?;
        let started = Instant::now();
        let body = client.body(path)?;
        self.cold.push(started.elapsed().as_secs_f64());
        #[allow(clippy::cast_precision_loss, reason = "megabytes are shown")]
        self.above_idle.push(bridge.peak_memory().saturating_sub(idle) as f64);
        let group: Value = serde_json::from_slice(&body)?;
        let members = group["members"].as_array().map_or(0, Vec::len);
        if members != stage.options.users / 2 {
            return Err(format!("the group shows {members} of its {} members", stage.options.users / 2).into());
        }
        for _ in 0..3 {
            let started = Instant::now();
            client.body(path)?;
            self.warm.push(started.elapsed().as_secs_f64());
        }
        Ok(())
    }
}

fn seconds(report: &mut Report, what: &str, samples: &[f64], goal: Goal, note: &str) {
    report.add(Row {
        what: what.to_owned(),
        ours: format!("{:.3} s", median(samples)),
        theirs: String::new(),
        value: median(samples),
        unit: " s",
        goal,
        note: format!("{note}; the slowest of {} {:.3} s", samples.len(), quantile(samples, 1.0)),
        samples: json!({ "seconds": samples }),
    });
}

fn above_idle(report: &mut Report, what: &str, costs: &Costs, goal: Goal) {
    let peak = quantile(&costs.above_idle, 1.0) / 1e6;
    report.add(Row {
        what: what.to_owned(),
        ours: format!("{peak:.0} MB"),
        theirs: String::new(),
        value: peak,
        unit: " MB",
        goal,
        note: format!("resident above idle at its peak, the most of {}", costs.above_idle.len()),
        samples: json!({ "above_idle_bytes": costs.above_idle }),
    });
}

/// The id of the group with most members.
fn largest(stage: &Stage<'_>) -> Result<String> {
    let name = scimfront::sandbox::Tree::new(&scimfront::sandbox::TreeOptions::sized(stage.options.users, 1))
        .groups()
        .first()
        .map(|group| group.name.clone())
        .ok_or("the tree has no group")?;
    let bridge = stage.bridge(Memory::Nothing)?;
    let filter = encoded(&format!("displayName eq {}", Value::from(name)));
    let body = bridge.client()?.body(&format!("{PATH}/Groups?attributes=id&filter={filter}"))?;
    let list: Value = serde_json::from_slice(&body)?;
    Ok(list["Resources"][0]["id"].as_str().ok_or("the largest group isn't there")?.to_owned())
}
