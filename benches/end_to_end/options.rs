//! What is measured, and for how long.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Usage: cargo bench --bench end_to_end -- [OPTIONS]

  --quick          a small tree and short slices: shows that everything works, measures nothing
  --only NAMES     of hit, throughput, latency, pages, export, group, writing: those alone (comma-separated)
  --users N        people in the large tree (default 100000)
  --slices N       slices or repetitions of each measurement (default 5)
  --seconds S      length of a throughput slice (default 2)
  --bridge PATH    another scimfront than the one just built, to compare the two
  --log LEVEL      the bridge's log level, written to /dev/null as JSON (default info: one line a request, as shipped)
  --strict         exit with 1 when a goal is missed
  --hold           start everything, print how to reach it, wait for Enter (for profilers)";

/// The options, parsed.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) quick: bool,
    pub(crate) only: Vec<String>,
    pub(crate) users: usize,
    pub(crate) slices: usize,
    pub(crate) slice: Duration,
    pub(crate) log: String,
    pub(crate) bridge: String,
    pub(crate) strict: bool,
    pub(crate) hold: bool,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
}

impl Options {
    /// The options in `args`; nothing when help was asked for.
    pub(crate) fn parse(args: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().map(Path::to_owned).unwrap_or_default();
        let mut options = Options {
            quick: false,
            only: Vec::new(),
            users: 0,
            slices: 0,
            slice: Duration::ZERO,
            log: "info".to_owned(),
            bridge: env!("CARGO_BIN_EXE_scimfront").to_owned(),
            strict: false,
            hold: false,
            target,
        };
        let mut args = args;
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--quick" => options.quick = true,
                "--only" => options.only = value()?.split(',').map(str::to_owned).collect(),
                "--users" => options.users = number(&value()?)?,
                "--slices" => options.slices = number(&value()?)?,
                "--seconds" => options.slice = Duration::from_millis(number::<u64>(&value()?)? * 1000),
                "--bridge" => options.bridge = value()?,
                "--log" => options.log = value()?,
                "--strict" => options.strict = true,
                "--hold" => options.hold = true,
                "--bench" => {} // cargo's
                "--help" | "-h" => return Ok(None),
                other => return Err(format!("unknown option {other}")),
            }
        }
        let (users, slices, slice) = if options.quick { (2_000, 1, 500) } else { (100_000, 5, 2_000) };
        options.users = if options.users == 0 { users } else { options.users };
        options.slices = if options.slices == 0 { slices } else { options.slices };
        options.slice = if options.slice.is_zero() { Duration::from_millis(slice) } else { options.slice };
        Ok(Some(options))
    }

    /// Whether the rows called `name` are wanted.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}
