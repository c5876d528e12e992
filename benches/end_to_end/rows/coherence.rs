//! How soon changes show that are made behind the bridge's back: what the integration tests of coherence print.
//!
//! They are tests, since a stale answer is an error and no figure; built as a release they measure, too.

use std::process::Command;

use serde_json::json;

use crate::Result;
use crate::report::{Goal, Report, Row};
use crate::stage::Stage;

pub(crate) fn measure(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["test", "--quiet", "--locked", "--release", "--test", "it", "--", "--nocapture", "--test-threads", "1"])
        .arg("coherence::")
        .env("COHERENCE_ROUNDS", stage.options.rounds.to_string())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let found: Vec<Row> = text.lines().filter_map(row).collect();
    let none = found.is_empty();
    found.into_iter().for_each(|row| report.add(row));
    if output.status.success() && !none {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let tail: Vec<&str> = text.lines().chain(errors.lines()).filter(|line| !line.trim().is_empty()).collect();
    Err(format!("the tests of coherence: {}", tail[tail.len().saturating_sub(8)..].join(" / ")).into())
}

/// What a line like `coherence, WHAT: 30 writes, p50 2.1ms, p99 14.0ms, max 20.0ms` says.
fn row(line: &str) -> Option<Row> {
    // The test runner's own words may stand before it.
    let (_, rest) = line.split_once("coherence, ")?;
    let (what, figures) = rest.split_once(": ")?;
    let figure = |name: &str| millis(figures.split_once(name)?.1.split([',', ' ', ';']).find(|part| !part.is_empty())?);
    let (p50, p99, most) = (figure("p50 ")?, figure("p99 ")?, figure("max ")?);
    let is_slow = ["samba", "active directory", "389"].iter().any(|name| what.to_lowercase().contains(name));
    let troubled = ["cut", "restart", "unthrottled"].iter().any(|name| what.contains(name));
    let goal = match (troubled, is_slow) {
        (true, _) => Goal::None,
        (false, true) => Goal::AtMost(1000.0),
        (false, false) => Goal::AtMost(100.0),
    };
    Some(Row {
        what: format!("coherence: {what}"),
        ours: format!("p50 {p50:.1} ms"),
        theirs: String::new(),
        value: p99,
        unit: " ms",
        goal,
        note: format!("result is p99; {figures}"),
        samples: json!({ "p50_ms": p50, "p99_ms": p99, "max_ms": most, "line": rest }),
    })
}

/// What Rust prints of a duration, in milliseconds.
fn millis(text: &str) -> Option<f64> {
    // `{:?}` of an Option wraps it.
    let text = text.trim_start_matches("Some(").trim_end_matches(')');
    let unit = text.find(|letter: char| letter.is_alphabetic() || letter == 'µ')?;
    let (number, unit) = text.split_at(unit);
    let factor = match unit {
        "s" => 1e3,
        "ms" => 1.0,
        "µs" => 1e-3,
        _ => 1e-6,
    };
    number.parse::<f64>().ok().map(|number| number * factor)
}
