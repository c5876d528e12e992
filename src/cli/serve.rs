//! `scimfront serve`: the bridges of a settings file, until told to stop.

use clap::Args;

use super::outcome::{Outcome, Result};
use super::runtime::Stop;
use super::server::Server;
use super::settings::ConfigArguments;
use super::{log, runtime, server, settings};

/// Serve the bridges of a settings file
///
/// Listens at once; while a directory can't be reached, its requests are answered with 503 and the connection is tried again
/// for ever. SIGHUP, or a change of a file, has settings, mappings, tokens and certificates read again. SIGTERM and SIGINT end the server when the requests under way are answered; a second one ends it at once.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let settings = settings::load(&arguments.config.config)?;
    log::start(&settings.log);
    let socket = server::listen(&settings)?;
    runtime::run(async {
        let server = Server::start(&settings, socket).await?;
        let stop = Stop::catch()?;
        log::announce(&settings.log, &server.describe());
        server.run(stop, Some(arguments.config.config.clone())).await?;
        Ok(Outcome::Done)
    })
}
