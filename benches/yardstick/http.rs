//! wrk: many GET requests from outside the process.

use std::io::Write as _;
use std::process::Command;

/// What wrk measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Load {
    /// Answers a second.
    pub(crate) per_second: f64,
    /// The median and the 99th percentile of the time to an answer, in milliseconds.
    pub(crate) median_ms: f64,
    pub(crate) slow_ms: f64,
    /// Answers that were no success, and connections that failed.
    pub(crate) failed: u64,
}

/// Sends GET requests for the paths in turn with wrk over `connections` connections for `seconds`.
///
/// # Errors
/// When wrk isn't there or says nothing that can be understood.
pub(crate) fn wrk(
    base: &str,
    token: &str,
    paths: &[String],
    connections: usize,
    seconds: u32,
) -> std::io::Result<Load> {
    let mut script = tempfile::Builder::new().suffix(".lua").tempfile()?;
    writeln!(script, "wrk.headers['Authorization'] = 'Bearer {token}'\nlocal paths = {{")?;
    for path in paths {
        writeln!(script, "  {path:?},")?;
    }
    writeln!(
        script,
        "}}\nlocal at = 0\nfunction request()\n  at = at % #paths + 1\n  return wrk.format('GET', paths[at])\nend"
    )?;
    script.flush()?;
    let output = Command::new("wrk")
        .args(["--latency", "-t", "2", "-c", &connections.to_string(), "-d", &format!("{seconds}s"), "-s"])
        .arg(script.path())
        .arg(base)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    read(&text)
        .ok_or_else(|| std::io::Error::other(format!("wrk said: {text}{}", String::from_utf8_lossy(&output.stderr))))
}

fn read(text: &str) -> Option<Load> {
    let after = |label: &str| text.lines().find_map(|line| line.trim().strip_prefix(label)).map(str::trim);
    let count = |label: &str| after(label).and_then(|rest| rest.parse().ok()).unwrap_or(0);
    let sockets = after("Socket errors:").map_or(0, |rest| {
        rest.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse::<u64>().ok()).sum()
    });
    Some(Load {
        per_second: after("Requests/sec:")?.parse().ok()?,
        median_ms: milliseconds(after("50%")?)?,
        slow_ms: milliseconds(after("99%")?)?,
        failed: count("Non-2xx or 3xx responses:") + sockets,
    })
}

/// `1.52ms`, `630.00us`, `1.02s`.
fn milliseconds(text: &str) -> Option<f64> {
    let (unit, factor) =
        [("us", 0.001), ("ms", 1.0), ("s", 1_000.0)].into_iter().find(|(unit, _)| text.ends_with(unit))?;
    text.strip_suffix(unit)?.parse::<f64>().ok().map(|number| number * factor)
}
