//! How long one request takes, alone and in a crowd.

use serde_json::json;

use crate::Result;
use crate::bridge::{PATH, TOKEN};
use crate::report::{Goal, Report, Row};
use crate::stage::Stage;
use crate::stats::median;
use crate::wrk::Wrk;

pub(crate) fn measure(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let ids: Vec<String> = stage.people.iter().map(|p| format!("{PATH}/Users/{}", p.id)).collect();
    for connections in [1, 32] {
        show(stage, report, "GET by id", &ids, connections)?;
    }
    Ok(())
}

fn show(stage: &Stage<'_>, report: &mut Report, what: &str, paths: &[String], connections: usize) -> Result<()> {
    let bridge = stage.bridge()?;
    let wrk = Wrk::over(paths)?;
    wrk.run(bridge.address(), TOKEN, connections, stage.options.slice / 2)?;
    let mut outcomes = Vec::new();
    for _ in 0..stage.options.slices.min(3) {
        outcomes.push(wrk.run(bridge.address(), TOKEN, connections, stage.options.slice)?);
    }
    let middle = |of: fn(&crate::wrk::Outcome) -> f64| median(&outcomes.iter().map(of).collect::<Vec<_>>());
    let (rate, p50, p99, p999) = (middle(|o| o.rate), middle(|o| o.p50), middle(|o| o.p99), middle(|o| o.p999));
    report.add(Row {
        what: format!("latency of {what}, {connections} at once"),
        ours: format!("p50 {p50:.2} ms"),
        theirs: String::new(),
        value: 0.0,
        unit: "",
        goal: Goal::None,
        note: format!("p99 {p99:.2} ms, p99.9 {p999:.2} ms at {rate:.0}/s"),
        samples: json!({ "p50_ms": p50, "p99_ms": p99, "p999_ms": p999, "rate": rate }),
    });
    Ok(())
}
