//! `scimfront demo`: a private OpenLDAP with a generated tree, served as SCIM.

mod invitation;
mod options;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use self::invitation::Invitation;
use self::options::Choices;
use super::outcome::{Failure, Outcome, Result};
use super::runtime::Stop;
use super::server::Server;
use super::{log, runtime};
use crate::clock::{Clock, SystemClock};
use crate::sandbox::{Slapd, SlapdOptions, TreeOptions};

/// How long the directory may take to answer once it runs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serve a private OpenLDAP directory with a generated tree
///
/// Starts an OpenLDAP server of its own in a temporary folder on a free loopback port, fills it with people and groups, and
/// serves it as `serve` would, to be read and written. Prints the address, the token and commands to try. Everything ends with this process and
/// nothing is left behind, unless --state says where to keep the directory.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// How many people the directory has
    #[arg(long, value_name = "N", default_value_t = 1000)]
    users: usize,
    /// How many groups it has
    #[arg(long, value_name = "N", default_value_t = 50)]
    groups: usize,
    /// The bearer token that clients show; a random one unless given
    #[arg(long, value_name = "TOKEN", value_parser = options::token)]
    token: Option<String>,
    /// A folder in which the directory is kept, and found again next time
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// What to do where clients and the standard pull apart
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = ["default", "strict"])]
    dialect: String,
    /// What a PATCH is answered with
    #[arg(long, value_name = "ANSWER", default_value = "auto", value_parser = ["auto", "resource", "nothing"])]
    patch_answer: String,
    /// What is logged, such as info or debug
    #[arg(long, value_name = "LEVEL", default_value = "warn")]
    log: String,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let begun = SystemClock.now();
    let token = arguments.token.clone().map_or_else(options::random_token, Ok)?;
    // Looked at first: an address that is taken shows before the directory is filled.
    let socket = options::listen(arguments.listen)?;
    let tree = TreeOptions::sized(arguments.users, arguments.groups);
    eprintln!("scimfront: filling a private OpenLDAP with {} users and {} groups", tree.users, tree.groups);
    let slapd =
        Slapd::start(&SlapdOptions { state_dir: arguments.state.clone(), ..SlapdOptions::with_tree(tree.clone()) })
            .map_err(|error| Failure::failed(error.to_string()))?;
    let choices = Choices { level: &arguments.log, dialect: &arguments.dialect, patch_answer: &arguments.patch_answer };
    let folder = arguments.state.as_deref().unwrap_or(slapd.folder());
    let (settings, file) = options::settings(&slapd, folder, &token, socket.address, &choices)?;
    log::start(&settings.log);
    runtime::build()?.block_on(async {
        let server = Server::start(&settings, socket.socket).await?;
        for bridge in &server.bridges {
            bridge.ready(PATIENCE).await?;
        }
        let served = server.bridges.first().map(|bridge| bridge.settings.clone());
        let path = served.as_ref().map(|settings| settings.path.clone()).unwrap_or_default();
        let invitation = Invitation {
            base: format!("{}{path}", server.base_url()),
            token: &token,
            settings: &file,
            audit: served.as_ref().and_then(|settings| settings.audit.file.as_deref()),
            directory: slapd.url(),
            tree: &tree,
            reused: slapd.reused(),
            took: SystemClock.now() - begun,
        };
        let stop = Stop::catch()?;
        println!("{invitation}");
        server.run(stop).await?;
        Ok(Outcome::Done)
    })
}
