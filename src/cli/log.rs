//! Logs, on standard error.

mod json;

use std::io::IsTerminal;

use tracing::Level;
use tracing_subscriber::EnvFilter;

use self::json::Json;
use super::outcome::{Failure, Result};
use crate::config::{Access, AccessTo, Log, LogFormat};
use crate::http::AccessLog;

/// The LDAP library's warnings are about connections that end as they should; what matters the bridge says itself.
const QUIET: &str = "ldap3=error";

/// Starts to log, and makes panics part of the log. Once per process: later calls change nothing.
pub(super) fn start(settings: &Log) {
    // A directive for the same target in the settings replaces it.
    let filter = EnvFilter::new(format!("{QUIET},{}", settings.level));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second subscriber in one process is a test's: the first one goes on.
    let _ = if is_human(settings.format) {
        builder.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init()
    } else {
        builder.fmt_fields(Json).event_format(Json).try_init()
    };
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "panic")));
}

/// Where lines about requests go.
pub(super) fn access(settings: &Log) -> Result<AccessLog> {
    let Access { to, ref file, sample, .. } = settings.access;
    let log = match (to, file) {
        (AccessTo::Log, _) if !tracing::enabled!(target: "scimfront::access", Level::INFO) => Ok(AccessLog::none()),
        (AccessTo::Log, _) if is_human(settings.format) => Ok(AccessLog::events(sample)),
        (AccessTo::Log, _) => AccessLog::stderr(sample),
        (AccessTo::Stdout, _) => AccessLog::stdout(sample),
        (AccessTo::File, Some(file)) => AccessLog::file(file, sample),
        (AccessTo::File, None) | (AccessTo::Off, _) => Ok(AccessLog::none()),
    };
    log.map_err(|error| Failure::failed(format!("the access log can't be written: {error}")))
}

/// Says that the server listens, where and what: to people always, to machines as an event of level info.
pub(super) fn announce(settings: &Log, what: &str) {
    if is_human(settings.format) {
        eprintln!("scimfront: listening on {what}");
    } else {
        tracing::info!("listening on {what}");
    }
}

fn is_human(format: LogFormat) -> bool {
    match format {
        LogFormat::Human => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    }
}
