//! The group that half of all people are in.

use std::time::Instant;

use serde_json::{Value, json};

use super::encoded;
use crate::Result;
use crate::bridge::PATH;
use crate::process::memory;
use crate::report::{Goal, Report, Row};
use crate::stage::Stage;
use crate::stats::{median, quantile};

pub(crate) fn measure(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let id = largest(stage)?;
    let (mut samples, mut peaks, mut members) = (Vec::new(), Vec::new(), 0);
    for _ in 0..stage.options.slices {
        let bridge = stage.bridge()?;
        let idle = memory(bridge.pid());
        let mut client = bridge.client()?;
        let started = Instant::now();
        let body = client.body(&format!("{PATH}/Groups/{id}"))?;
        samples.push(started.elapsed().as_secs_f64());
        #[allow(clippy::cast_precision_loss, reason = "megabytes are shown")]
        peaks.push(bridge.peak_memory().saturating_sub(idle) as f64);
        let group: Value = serde_json::from_slice(&body)?;
        members = group["members"].as_array().map_or(0, Vec::len);
        if members != stage.options.users / 2 {
            return Err(format!("the group shows {members} of its {} members", stage.options.users / 2).into());
        }
    }
    report.add(Row {
        what: format!("GET of a group of {members}, cold"),
        ours: format!("{:.2} s", median(&samples)),
        theirs: String::new(),
        value: median(&samples),
        unit: " s",
        goal: Goal::AtMost(0.5),
        note: format!("{:.0} MB above idle", quantile(&peaks, 1.0) / 1e6),
        samples: json!({ "seconds": samples, "above_idle_bytes": peaks }),
    });
    Ok(())
}

/// The id of the group with most members.
fn largest(stage: &Stage<'_>) -> Result<String> {
    let name = scimfront::sandbox::Tree::new(&scimfront::sandbox::TreeOptions::sized(stage.options.users, 1))
        .groups()
        .first()
        .map(|group| group.name.clone())
        .ok_or("the tree has no group")?;
    let bridge = stage.bridge()?;
    let filter = encoded(&format!("displayName eq {}", Value::from(name)));
    let body = bridge.client()?.body(&format!("{PATH}/Groups?attributes=id&filter={filter}"))?;
    let list: Value = serde_json::from_slice(&body)?;
    Ok(list["Resources"][0]["id"].as_str().ok_or("the largest group isn't there")?.to_owned())
}
