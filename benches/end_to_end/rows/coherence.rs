//! How soon changes show that are made behind the bridge's back: what the integration tests of coherence print.
//!
//! They are tests, since a stale answer is an error and no figure; built as a release they measure, too.

use std::process::Command;

use serde_json::json;

use crate::Result;
use crate::report::{Goal, Report, Row};
use crate::stage::Stage;

/// What each write may take with all that it is waited for: beyond it something hangs.
const SECONDS_EACH: usize = 2;

pub(crate) fn measure(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    let rounds = stage.options.rounds;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let it = ["test", "--quiet", "--locked", "--release", "--test", "it"];
    let built = Command::new(&cargo).args(it).arg("--no-run").current_dir(env!("CARGO_MANIFEST_DIR")).output()?;
    if !built.status.success() {
        return Err(tail("building the tests", &built.stderr).into());
    }
    let output = Command::new("timeout")
        .args(["--kill-after=5", &(300 + rounds * SECONDS_EACH * TESTS).to_string(), &cargo])
        .args(it)
        .args(["--", "--nocapture", "--test-threads", "1", "coherence::"])
        .env("COHERENCE_ROUNDS", rounds.to_string())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let seen: Vec<Seen> = text.lines().filter_map(Seen::read).collect();
    for seen in &seen {
        report.add(seen.row());
    }
    let stale = seen.iter().map(|seen| seen.stale).sum::<f64>();
    let compared = seen.iter().map(|seen| seen.compared).sum::<f64>();
    if !seen.is_empty() {
        report.add(Row {
            what: "coherence: stale answers once all was right".to_owned(),
            ours: format!("{stale:.0}"),
            theirs: String::new(),
            value: stale,
            unit: "",
            goal: Goal::AtMost(0.0),
            note: format!("of {compared:.0} that were compared with the directory, in all of these tests"),
            samples: json!({ "stale": stale, "compared": compared }),
        });
    }
    if output.status.success() && !seen.is_empty() {
        return Ok(());
    }
    Err(tail("the tests of coherence", &[output.stdout, output.stderr].concat()).into())
}

/// About how many tests there are.
const TESTS: usize = 14;

/// The last words of a program.
fn tail(what: &str, output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    format!("{what}: {}", lines[lines.len().saturating_sub(8)..].join(" / "))
}

/// What one test says of itself:
/// `coherence OpenLDAP changes: p50 8.1 ms p99 14.0 ms max 20.0 ms stale 0 of 90 CPU load 40 % writes 200 answers 7000`.
struct Seen {
    directory: String,
    variant: String,
    p50: f64,
    p99: f64,
    most: f64,
    stale: f64,
    compared: f64,
    figures: String,
}

impl Seen {
    fn read(line: &str) -> Option<Self> {
        // The test runner's own words may stand before it.
        let (what, figures) = line.split_once("coherence ")?.1.split_once(": ")?;
        let (directory, variant) = what.rsplit_once(' ')?;
        let number = |name: &str| figures.split_once(name)?.1.split_whitespace().next()?.parse::<f64>().ok();
        Some(Self {
            directory: directory.to_owned(),
            variant: variant.to_owned(),
            p50: number("p50 ")?,
            p99: number("p99 ")?,
            most: number("max ")?,
            stale: number("stale ")?,
            compared: number(" of ").unwrap_or(0.0),
            figures: figures.to_owned(),
        })
    }

    fn row(&self) -> Row {
        // A server that is away or readers that leave no time are looked at, not judged.
        let goal = match self.variant.as_str() {
            "restarted" | "unthrottled" => Goal::None,
            _ if self.directory.to_lowercase().contains("openldap") => Goal::AtMost(100.0),
            _ => Goal::AtMost(1000.0),
        };
        Row {
            what: format!("coherence: {}, {}", self.directory, self.variant),
            ours: format!("p50 {:.1} ms", self.p50),
            theirs: String::new(),
            value: self.p99,
            unit: " ms",
            goal,
            note: format!("result is p99; {}", self.figures),
            samples: json!({ "p50_ms": self.p50, "p99_ms": self.p99, "max_ms": self.most, "stale": self.stale }),
        }
    }
}
