//! `scimfront release`: lets clients go on that the brake has stopped.

use clap::Args;

use super::outcome::{Failure, Outcome, Result};
use super::settings;
use super::settings::ConfigArguments;
use crate::auth::Releases;
use crate::clock::{Clock, SystemClock};
use crate::config::{Bridge, Settings};

/// Let clients go on that were stopped for deleting or disabling too much
///
/// Writes the release into the file that `release_file` in the bridge's `guard` names, where every instance that finds the same
/// file looks before it refuses something. What a client did up to now isn't counted any more; from now on it is counted again.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// The bridge; all that have a guard unless given
    #[arg(long, value_name = "NAME")]
    bridge: Option<String>,
    /// The client; all unless given
    #[arg(long, value_name = "NAME")]
    client: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let settings = settings::load(&arguments.config.config)?;
    let client = arguments.client.as_deref();
    for (name, bridge) in chosen(&settings, arguments.bridge.as_deref(), client)? {
        let path = &bridge.guard.release_file;
        let failed = |error| Failure::failed(format!("{}: {error}", path.display()));
        let mut releases = Releases::read(path).map_err(failed)?;
        releases.release(name, client, SystemClock.wall()).map_err(failed)?;
        releases.write(path).map_err(failed)?;
        match client {
            Some(client) => println!("bridge {name}: client {client} may go on"),
            None => println!("bridge {name}: all clients may go on"),
        }
    }
    Ok(Outcome::Done)
}

/// The bridges in which somebody is released.
fn chosen<'a>(
    settings: &'a Settings,
    bridge: Option<&str>,
    client: Option<&str>,
) -> Result<Vec<(&'a String, &'a Bridge)>> {
    if let Some(bridge) = bridge
        && !settings.bridges.contains_key(bridge)
    {
        return Err(Failure::unusable(format!("there is no bridge {bridge}")));
    }
    let meant = settings.bridges.iter().filter(|(name, _)| bridge.is_none_or(|bridge| bridge == *name));
    let guarded: Vec<_> = meant.filter(|(_, bridge)| bridge.guard.is_set()).collect();
    if guarded.is_empty() {
        return Err(Failure::unusable("no bridge has a guard, so nobody is stopped"));
    }
    let Some(client) = client else { return Ok(guarded) };
    let known: Vec<_> = guarded.into_iter().filter(|(_, bridge)| bridge.clients.contains_key(client)).collect();
    if known.is_empty() { Err(Failure::unusable(format!("there is no client {client}"))) } else { Ok(known) }
}
