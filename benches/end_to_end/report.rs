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
    load_after: f64,
}

impl Report {
    /// An empty report.
    pub(crate) fn new(machine: Machine) -> Self {
        Self { machine, rows: Vec::new(), load_after: 0.0 }
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
        println!("\nload after: {:.2}", self.load_after);
    }

    /// Whether a goal was missed.
    pub(crate) fn missed(&self) -> bool {
        self.rows.iter().any(|row| row.goal.met(row.value) == Some(false))
    }

    /// Writes everything as JSON.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let report = json!({ "machine": self.machine.json(), "load_after": self.load_after, "rows": rows });
        Ok(fs::write(path, serde_json::to_vec_pretty(&report)?)?)
    }
}

impl Row {
    fn cells(&self) -> [String; 7] {
        let goal = match self.goal {
            Goal::AtLeast(least) => format!(">= {least}{}", self.unit),
            Goal::AtMost(most) => format!("<= {most}{}", self.unit),
            Goal::None => String::new(),
        };
        let verdict = match self.goal.met(self.value) {
            Some(true) => "pass",
            Some(false) => "FAIL",
            None => "",
        };
        let value = if self.value == 0.0 { String::new() } else { format!("{:.2}{}", self.value, self.unit) };
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
            "goal": goal, "pass": self.goal.met(self.value), "note": self.note, "samples": self.samples,
        })
    }
}
