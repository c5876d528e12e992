//! What is measured, and for how long.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Usage: cargo bench --bench end_to_end -- [OPTIONS]

  --quick          small trees and short slices: shows that everything works, measures nothing
  --full           also what takes long: a million people (some minutes and 4 GB of disk), ten million requests, 2,000 writes
                   in each test of coherence
  --million        of these the people
  --requests N     requests after which memory is compared with that after a tenth of them (default 1000000; full 10000000)
  --rounds N       writes in each test of coherence (default 150; full 2000)
  --only NAMES     of micro, hit, throughput, latency, pages, export, group, writing, memory, coherence: those alone
  --skip NAMES     all but those
  --users N        people in the large tree (default 100000)
  --slices N       slices or repetitions of each measurement (default 5)
  --seconds S      length of a throughput slice (default 2)
  --bridge PATH    another scimfront than the one just built, to compare the two
  --log LEVEL      the bridge's log level, written to /dev/null as JSON (default info: one line a request, as shipped)
  --docs           write the table and a chart of cost against size into docs/
  --strict         exit with 1 when a goal is missed
  --hold           start everything, print how to reach it, wait for Enter (for profilers)
  --cached         with --hold: a bridge with its cache on";

/// The options, parsed.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) quick: bool,
    pub(crate) only: Vec<String>,
    pub(crate) skip: Vec<String>,
    /// How many people the directories have whose pages are measured.
    pub(crate) sizes: Vec<usize>,
    pub(crate) requests: usize,
    pub(crate) rounds: usize,
    pub(crate) users: usize,
    pub(crate) slices: usize,
    pub(crate) slice: Duration,
    pub(crate) log: String,
    pub(crate) bridge: String,
    pub(crate) docs: bool,
    pub(crate) strict: bool,
    pub(crate) hold: bool,
    pub(crate) cached: bool,
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
            skip: Vec::new(),
            sizes: Vec::new(),
            requests: 0,
            rounds: 0,
            users: 0,
            slices: 0,
            slice: Duration::ZERO,
            log: "info".to_owned(),
            bridge: env!("CARGO_BIN_EXE_scimfront").to_owned(),
            docs: false,
            strict: false,
            hold: false,
            cached: false,
            target,
        };
        let (mut args, mut million, mut full) = (args, false, false);
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--quick" => options.quick = true,
                "--full" => full = true,
                "--million" => million = true,
                "--requests" => options.requests = number(&value()?)?,
                "--rounds" => options.rounds = number(&value()?)?,
                "--only" => options.only = value()?.split(',').map(str::to_owned).collect(),
                "--skip" => options.skip = value()?.split(',').map(str::to_owned).collect(),
                "--users" => options.users = number(&value()?)?,
                "--slices" => options.slices = number(&value()?)?,
                "--seconds" => options.slice = Duration::from_millis(number::<u64>(&value()?)? * 1000),
                "--bridge" => options.bridge = value()?,
                "--log" => options.log = value()?,
                "--docs" => options.docs = true,
                "--strict" => options.strict = true,
                "--hold" => options.hold = true,
                "--cached" => options.cached = true,
                "--bench" => {} // cargo's
                "--help" | "-h" => return Ok(None),
                other => return Err(format!("unknown option {other}")),
            }
        }
        let (users, slices, slice) = if options.quick { (2_000, 1, 500) } else { (100_000, 5, 2_000) };
        options.users = or(options.users, users);
        options.slices = or(options.slices, slices);
        options.rounds = or(
            options.rounds,
            if full {
                2_000
            } else if options.quick {
                20
            } else {
                150
            },
        );
        let requests = if options.quick { 10_000 } else { 1_000_000 };
        options.requests = or(options.requests, if full { 10 * requests } else { requests });
        let sizes = if options.quick { &[500, 1_000][..] } else { &[1_000, 10_000] };
        options.sizes = sizes.iter().copied().chain([options.users]).collect();
        if full || million {
            options.sizes.push(1_000_000);
        }
        options.slice = if options.slice.is_zero() { Duration::from_millis(slice) } else { options.slice };
        Ok(Some(options))
    }

    /// Whether the rows called `name` are wanted.
    pub(crate) fn wants(&self, name: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|other| other == name);
        (self.only.is_empty() || named(&self.only)) && !named(&self.skip)
    }
}

fn or(given: usize, usual: usize) -> usize {
    if given == 0 { usual } else { given }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}
