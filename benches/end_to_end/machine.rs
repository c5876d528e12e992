//! On what was measured.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::options::Options;

/// The machine, the versions and the load.
#[derive(Debug)]
pub(crate) struct Machine {
    facts: Vec<(&'static str, String)>,
    load: f64,
}

impl Machine {
    /// Looks at the machine as it is now.
    pub(crate) fn look(options: &Options) -> Self {
        let cpu = field("/proc/cpuinfo", "model name");
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let memory = field("/proc/meminfo", "MemTotal");
        let slapd = said("/usr/sbin/slapd", &["-VV"]);
        let facts = vec![
            ("processor", format!("{cpu}, {cores} cores, shared by load generator, bridge and slapd")),
            ("memory", memory),
            ("kernel", fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned()),
            (
                "scimfront",
                format!("{} ({})", env!("CARGO_PKG_VERSION"), said("git", &["describe", "--always", "--dirty"])),
            ),
            (
                "slapd",
                slapd
                    .split("slapd")
                    .nth(1)
                    .map_or(slapd.clone(), |rest| rest.split('(').next().unwrap_or(rest).trim().to_owned()),
            ),
            ("wrk", said("wrk", &["-v"]).split('[').next().unwrap_or_default().trim().to_owned()),
            ("compiler", said("rustc", &["-V"])),
            (
                "measured",
                format!(
                    "{} people, {} slices of {:.1} s in turn, medians; bridge's log level {}",
                    options.users,
                    options.slices,
                    options.slice.as_secs_f64(),
                    options.log
                ),
            ),
        ];
        Self { facts, load: load() }
    }

    /// The load before the first measurement.
    pub(crate) fn load(&self) -> f64 {
        self.load
    }

    /// Each fact with its name.
    pub(crate) fn facts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.facts.iter().map(|(name, fact)| (*name, fact.as_str()))
    }

    /// The facts as JSON.
    pub(crate) fn json(&self) -> Value {
        let facts = self.facts.iter().map(|(name, fact)| ((*name).to_owned(), json!(fact)));
        facts.chain([("load".to_owned(), json!(self.load))]).collect::<serde_json::Map<_, _>>().into()
    }
}

/// The load of the last minute.
pub(crate) fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or(0.0)
}

fn field(path: &str, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_once(':')).map_or("", |(_, value)| value).trim().to_owned()
}

/// The first line of what a program says of itself, on whichever of its outputs.
fn said(program: &str, arguments: &[&str]) -> String {
    let Ok(output) = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output() else {
        return "not found".to_owned();
    };
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).lines().next().unwrap_or_default().trim().to_owned()
}
