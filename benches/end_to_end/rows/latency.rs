//! How long requests take: at half of the rate that is reached at most, and one at a time.

use serde_json::json;

use crate::Result;
use crate::bridge::{Bridge, Memory, TOKEN};
use crate::report::{Goal, Report, Row};
use crate::stage::Stage;
use crate::stats::{median, quantile};
use crate::steady;
use crate::wrk::Wrk;

/// Over how many connections.
const CONNECTIONS: usize = 32;

pub(crate) fn of_hits(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let bridge = stage.bridge(Memory::Shipped)?;
    let mut client = bridge.client()?;
    stage.paths().iter().try_for_each(|path| client.body(path).map(drop))?;
    under_load(stage, report, "GET by id, remembered, as shipped", &bridge)
}

pub(crate) fn uncached(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let bridge = stage.bridge(Memory::Nothing)?;
    alone(stage, report, "GET by id, uncached", &bridge)?;
    under_load(stage, report, "GET by id, uncached", &bridge)
}

fn under_load(stage: &Stage<'_>, report: &mut Report, what: &str, bridge: &Bridge) -> Result<()> {
    let (paths, slice) = (stage.paths(), stage.options.slice);
    let wrk = Wrk::over(&paths)?;
    wrk.run(bridge.address(), TOKEN, CONNECTIONS, slice / 2)?;
    let (mut rates, mut taken) = (Vec::new(), Vec::new());
    for _ in 0..stage.options.slices {
        rates.push(wrk.run(bridge.address(), TOKEN, CONNECTIONS, slice)?.rate);
    }
    let rate = median(&rates) / 2.0;
    for _ in 0..stage.options.slices {
        let clients: Result<Vec<_>> = (0..CONNECTIONS).map(|_| bridge.client()).collect();
        taken.push(steady::drive(clients?, &paths, rate, slice)?);
    }
    let at = |share: f64| median(&taken.iter().map(|slice| quantile(slice, share)).collect::<Vec<_>>());
    let (p50, p99, p999, most) = (at(0.5), at(0.99), at(0.999), at(1.0));
    report.add(Row {
        what: format!("latency at half of the top rate: {what}"),
        ours: format!("p50 {p50:.2} ms"),
        theirs: String::new(),
        value: p99,
        unit: " ms",
        goal: Goal::None,
        note: format!(
            "result is p99; p99.9 {p999:.2} ms, longest {most:.1} ms, {rate:.0}/s of {:.0}/s, {CONNECTIONS} connections; \
             the generator has the same cores",
            2.0 * rate,
        ),
        samples: json!({ "p50_ms": p50, "p99_ms": p99, "p999_ms": p999, "longest_ms": most, "rate": rate, "top_rates": rates }),
    });
    Ok(())
}

fn alone(stage: &Stage<'_>, report: &mut Report, what: &str, bridge: &Bridge) -> Result<()> {
    let wrk = Wrk::over(&stage.paths())?;
    let outcome = wrk.run(bridge.address(), TOKEN, 1, stage.options.slice)?;
    report.add(Row {
        what: format!("latency one at a time: {what}"),
        ours: format!("p50 {:.2} ms", outcome.p50),
        theirs: String::new(),
        value: outcome.p99,
        unit: " ms",
        goal: Goal::None,
        note: format!("result is p99; p99.9 {:.2} ms at {:.0}/s", outcome.p999, outcome.rate),
        samples: json!({ "p50_ms": outcome.p50, "p99_ms": outcome.p99, "p999_ms": outcome.p999, "rate": outcome.rate }),
    });
    Ok(())
}
