//! ldapsearch, timed: what listing costs without a bridge.

use std::io;
use std::process::{Command, Stdio};
use std::time::Duration;

use scimfront::clock::{Clock as _, SystemClock};
use scimfront::sandbox::Slapd;

/// How long `ldapsearch` takes to list what matches, its output thrown away. `page` is the size of LDAP pages.
///
/// # Errors
/// When it can't be started or fails.
pub(crate) fn ldapsearch(slapd: &Slapd, filter: &str, attributes: &[&str], page: u32) -> io::Result<Duration> {
    let mut command = Command::new("ldapsearch");
    command
        .env("LDAPNOINIT", "1")
        .args(["-x", "-LLL", "-H", &slapd.url(), "-D", &slapd.bind_dn(), "-w", slapd.password()])
        .args(["-E", &format!("pr={page}/noprompt"), "-b", slapd.suffix(), filter])
        .args(attributes)
        .stdout(Stdio::null());
    let began = SystemClock.now();
    let status = command.status()?;
    let took = SystemClock.now() - began;
    if status.success() { Ok(took) } else { Err(io::Error::other(format!("ldapsearch ended with {status}"))) }
}
