//! ldapsearch, its output thrown away: what listing costs without a bridge.

use std::process::{Command, Stdio};
use std::time::Instant;

use scimfront::sandbox::Slapd;

use super::Result;
use super::wire::Ask;

/// Lists what `ask` finds in pages of 500, with `attributes`; returns the seconds that it took, its start and bind included.
pub(crate) fn seconds(slapd: &Slapd, ask: &Ask, attributes: &[&str]) -> Result<f64> {
    let scope = ["base", "one", "sub"].get(usize::try_from(ask.scope)?).ok_or("a scope that ldapsearch lacks")?;
    let mut command = Command::new("ldapsearch");
    command
        .args(["-x", "-H", &slapd.url(), "-D", &slapd.bind_dn(), "-w", slapd.password()])
        .args(["-LLL", "-E", "pr=500/noprompt", "-b", &ask.base, "-s", scope, &ask.filter])
        .args(attributes)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let started = Instant::now();
    let output = command.output()?;
    let seconds = started.elapsed().as_secs_f64();
    if output.status.success() {
        Ok(seconds)
    } else {
        Err(format!("ldapsearch: {}", String::from_utf8_lossy(&output.stderr)).into())
    }
}
