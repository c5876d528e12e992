//! The table, and the same as JSON.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::Result;
use super::machine::{self, Machine};

/// What a measurement should come to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    /// Reported only.
    None,
}

impl Goal {
    fn met(self, value: f64) -> Option<bool> {
        match self {
            Goal::AtLeast(least) => Some(value >= least),
            Goal::AtMost(most) => Some(value <= most),
            Goal::None => None,
        }
    }
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    /// The bridge's figure with its unit, and the yardstick's.
    pub(crate) ours: String,
    pub(crate) theirs: String,
    /// What is held against the goal: a ratio, or the figure itself in `unit`.
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) goal: Goal,
    /// What else there is to know.
    pub(crate) note: String,
    /// Every single measurement, for the JSON.
    pub(crate) samples: Value,
}

/// All lines.
#[derive(Debug)]
pub(crate) struct Report {
    machine: Machine,
    rows: Vec<Row>,
    /// What could not be measured, and why.
    failures: Vec<(String, String)>,
    /// What is drawn: the name of each line, and its points.
    lines: Vec<Line>,
    load_after: f64,
}

/// One line of the chart: what it costs, in milliseconds, at each size.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

impl Report {
    /// An empty report.
    pub(crate) fn new(machine: Machine) -> Self {
        Self { machine, rows: Vec::new(), failures: Vec::new(), lines: Vec::new(), load_after: 0.0 }
    }

    /// Notes that something could not be measured; the others still are.
    pub(crate) fn fail(&mut self, what: &str, why: &str) {
        eprintln!("  {what} FAILED: {why}");
        self.failures.push((what.to_owned(), why.to_owned()));
    }

    /// Adds a point to the chart.
    pub(crate) fn point(&mut self, name: &str, size: usize, millis: f64) {
        #[allow(clippy::cast_precision_loss, reason = "it is drawn")]
        let point = (size as f64, millis);
        match self.lines.iter_mut().find(|line| line.name == name) {
            Some(line) => line.points.push(point),
            None => self.lines.push(Line { name: name.to_owned(), points: vec![point] }),
        }
    }

    /// What is drawn.
    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Adds a line, and shows it already.
    pub(crate) fn add(&mut self, row: Row) {
        eprintln!(
            "  {}: {}{}",
            row.what,
            row.ours,
            if row.theirs.is_empty() { String::new() } else { format!(" against {}", row.theirs) }
        );
        self.rows.push(row);
    }

    /// Notes the load at the end.
    pub(crate) fn finish(&mut self) {
        self.load_after = machine::load();
    }

    /// Says where this runs.
    pub(crate) fn print_head(&self) {
        for (name, fact) in self.machine.facts() {
            println!("{name:<11}{fact}");
        }
        println!("{:<11}{:.2} before", "load", self.machine.load());
        if self.machine.load() > 0.7 {
            println!(
                "{:<11}other work is running here: the ratios suffer less than the figures, but they suffer",
                "warning"
            );
        }
        println!();
    }

    /// Prints the table.
    pub(crate) fn print(&self) {
        let head = ["what", "bridge", "yardstick", "result", "goal", "", "note"].map(str::to_owned);
        let lines: Vec<[String; 7]> = std::iter::once(head).chain(self.rows.iter().map(Row::cells)).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..7).map(width).collect();
        println!();
        for line in &lines {
            let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
                0 | 4.. => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        }
        for (what, why) in &self.failures {
            println!("FAILED: {what}: {why}");
        }
        let missed: Vec<&str> =
            self.rows.iter().filter(|row| row.verdict() == Some(false)).map(|row| row.what.as_str()).collect();
        let goals = self.rows.iter().filter(|row| row.verdict().is_some()).count();
        println!("\n{} of {goals} goals are met; {} measurements failed", goals - missed.len(), self.failures.len());
        println!("load after: {:.2}", self.load_after);
    }

    /// Everything as a table in Markdown, with where it was measured.
    pub(crate) fn markdown(&self) -> String {
        let mut lines: Vec<String> =
            self.machine.facts().map(|(name, fact)| format!("- {name}: {}", fact.replace('|', "\\|"))).collect();
        lines.push(format!("- load: {:.2} before, {:.2} after\n", self.machine.load(), self.load_after));
        lines.push("| What | Bridge | Yardstick | Result | Goal | | Note |\n|---|--:|--:|--:|---|---|---|".to_owned());
        let row = |row: &Row| format!("| {} |", row.cells().map(|cell| cell.replace('|', "\\|")).join(" | "));
        lines.extend(self.rows.iter().map(row));
        lines.extend(self.failures.iter().map(|(what, why)| format!("\nNot measured: {what}: {why}")));
        lines.join("\n") + "\n"
    }

    /// Whether a goal was missed.
    pub(crate) fn missed(&self) -> bool {
        !self.failures.is_empty() || self.rows.iter().any(|row| row.verdict() == Some(false))
    }

    /// Writes everything as JSON.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let failure = |(what, why): &(String, String)| json!({ "what": what, "why": why });
        let failures: Vec<Value> = self.failures.iter().map(failure).collect();
        let report = json!({ "machine": self.machine.json(), "load_after": self.load_after, "rows": rows, "failures": failures });
        Ok(fs::write(path, serde_json::to_vec_pretty(&report)?)?)
    }
}

impl Row {
    /// Whether the goal is met, where there is one.
    fn verdict(&self) -> Option<bool> {
        self.goal.met(self.value)
    }

    fn cells(&self) -> [String; 7] {
        let goal = match self.goal {
            Goal::AtLeast(least) => format!(">= {least}{}", self.unit),
            Goal::AtMost(most) => format!("<= {most}{}", self.unit),
            Goal::None => String::new(),
        };
        let verdict = match self.verdict() {
            Some(true) => "pass",
            Some(false) => "FAIL",
            None => "",
        };
        let value = if self.value == 0.0 && self.verdict().is_none() {
            String::new()
        } else {
            format!("{:.2}{}", self.value, self.unit)
        };
        [self.what.clone(), self.ours.clone(), self.theirs.clone(), value, goal, verdict.to_owned(), self.note.clone()]
    }

    fn json(&self) -> Value {
        let goal = match self.goal {
            Goal::AtLeast(least) => json!({ "at_least": least }),
            Goal::AtMost(most) => json!({ "at_most": most }),
            Goal::None => Value::Null,
        };
        json!({
            "what": self.what, "bridge": self.ours, "yardstick": self.theirs, "value": self.value, "unit": self.unit.trim(),
            "goal": goal, "pass": self.verdict(), "note": self.note, "samples": self.samples,
        })
    }
}
