//! wrk, which drives HTTP.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::Result;

/// Asks for the paths of a file in turn; prints what `done` knows in one line.
const SCRIPT: &str = r#"
local requests = {}
local turn = 0
function init(args)
  wrk.headers["Authorization"] = args[2]
  for line in io.lines(args[1]) do requests[#requests + 1] = wrk.format("GET", line) end
end
function request()
  turn = turn % #requests + 1
  return requests[turn]
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d %d\n", summary.requests, summary.duration,
    e.status + e.connect + e.read + e.write + e.timeout, latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
"#;

/// What one slice came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outcome {
    /// Requests a second.
    pub(crate) rate: f64,
    /// Requests altogether.
    pub(crate) requests: f64,
    /// Latencies in milliseconds.
    pub p50: f64,
    pub p99: f64,
    pub p999: f64,
}

/// A wrk that asks for some paths.
#[derive(Debug)]
pub(crate) struct Wrk {
    folder: tempfile::TempDir,
    paths: PathBuf,
}

impl Wrk {
    /// Asks for `paths` in turn.
    pub(crate) fn over(paths: &[String]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("paths.lua"), SCRIPT)?;
        let file = folder.path().join("paths");
        fs::write(&file, paths.join("\n"))?;
        Ok(Self { folder, paths: file })
    }

    /// Runs for `slice` over `connections` connections to `address`.
    pub(crate) fn run(&self, address: &str, token: &str, connections: usize, slice: Duration) -> Result<Outcome> {
        // wrk counts whole seconds.
        let seconds = slice.as_secs().max(1);
        let output = Command::new("wrk")
            .args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s"), "--timeout", "30s", "-s"])
            .arg(self.folder.path().join("paths.lua"))
            .arg(format!("http://{address}"))
            .arg("--")
            .arg(&self.paths)
            .arg(format!("Bearer {token}"))
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().find_map(|line| line.strip_prefix("RESULT ")).ok_or_else(|| format!("wrk: {text}"))?;
        let numbers: Vec<f64> = line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        let [requests, micros, errors, p50, p99, p999] = numbers[..] else { return Err(format!("wrk: {text}").into()) };
        if errors > 0.0 {
            return Err(format!("{errors} of {requests} requests went wrong").into());
        }
        Ok(Outcome { rate: requests / micros * 1e6, requests, p50: p50 / 1e3, p99: p99 / 1e3, p999: p999 / 1e3 })
    }
}
