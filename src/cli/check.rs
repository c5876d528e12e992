//! `scimfront check`: what can be known of settings, mappings and directories before anyone relies on them.

mod capabilities;
mod clients;
mod guarantee;

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::assemble::Assembled;
use super::outcome::{Failure, Outcome, Result};
use super::settings::ConfigArguments;
use super::{assemble, runtime, settings};
use crate::bridge::Writing;
use crate::clock::{self, SharedClock, SystemClock};
use crate::config::{self, Settings};
use crate::diagnostics::Report;
use crate::mapping;

/// How long a directory may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Check settings and mappings, then against the live directories
///
/// Reads the settings and the mappings that they name and prints every finding; then connects to each directory and compares
/// the mapping with its schema, controls and rights. Exit status: 0 when nothing breaks, 1 when something does, 2 when the
/// settings can't be read.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// Leave out what needs a connection
    #[arg(long)]
    offline: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let path = &arguments.config.config;
    let settings = match Settings::load(path, &settings::environment()) {
        Ok(settings) => settings,
        // What is wrong in the settings is a finding; a file that isn't there is no file to find anything in.
        Err(report) if path.is_file() => return Ok(Findings(report).conclude()),
        Err(report) => return Err(report.into()),
    };
    let mut findings = Findings(settings.warnings.clone());
    let mut sound = Vec::new();
    for (name, bridge) in &settings.bridges {
        match assemble::compile(&bridge.mapping) {
            Ok(mapping) => {
                findings.add(&mapping.warnings);
                let clients = clients::confined(bridge, &mapping);
                if !clients.has_errors() {
                    sound.push((name.as_str(), bridge));
                }
                findings.add(&clients);
            }
            Err(report) => findings.add(&report),
        }
    }
    if !arguments.offline
        && !sound.is_empty()
        && let Err(failure) = live(&settings, &sound, &mut findings)
    {
        // What was found before the directory failed is worth knowing all the same.
        if !findings.0.is_empty() {
            findings.conclude();
        }
        return Err(failure);
    }
    Ok(findings.conclude())
}

/// Compares each bridge whose mapping is sound with its directories.
fn live(settings: &Settings, sound: &[(&str, &config::Bridge)], findings: &mut Findings) -> Result<()> {
    let clock: SharedClock = Arc::new(SystemClock);
    let base_url = settings.server.base_url(settings.server.listen);
    runtime::run(async {
        for (name, bridge) in sound {
            let assembled = assemble::bridge(name, bridge, &base_url, &clock, Writing::default())?;
            check_bridge(&assembled, findings).await?;
            findings.add(&clients::decidable(bridge, &assembled.bridge));
            assembled.bridge.close().await;
        }
        Ok(())
    })
}

async fn check_bridge(assembled: &Assembled, findings: &mut Findings) -> Result<()> {
    for (name, directory) in assembled.bridge.directories() {
        let title = format!("bridge {}, directory {name}", assembled.name);
        if let Err(error) = directory.ready(clock::deadline(&SystemClock, PATIENCE)).await {
            return Err(Failure::failed(format!("{title}: {error}")));
        }
        let Some(capabilities) = directory.capabilities() else { continue };
        let unique = capabilities::uniqueness(assembled.bridge.mapping());
        let guarantee = guarantee::guarantee(assembled.bridge.mapping(), &capabilities);
        println!("{title}\n{}{unique}{guarantee}", capabilities::table(&capabilities));
        findings.add(&mapping::check(assembled.bridge.mapping(), &capabilities.subschema));
    }
    findings.add(&assembled.bridge.check(clock::deadline(&SystemClock, PATIENCE)).await);
    Ok(())
}

/// What was found so far.
struct Findings(Report);

impl Findings {
    fn add(&mut self, report: &Report) {
        for finding in report.iter() {
            self.0.push(finding.clone());
        }
    }

    /// Prints all of it on standard output, for it is what was asked for.
    fn conclude(self) -> Outcome {
        let breaks = self.0.has_errors();
        let report = self.0.sorted();
        let color =
            std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        match report.is_empty() {
            true => println!("no findings"),
            false => println!("{}\n{}", report.render(color), report.summary()),
        }
        if breaks { Outcome::Findings } else { Outcome::Done }
    }
}
