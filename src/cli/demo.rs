//! `scimfront demo`: a private directory with a generated tree, served as SCIM.

mod directory;
mod invitation;
mod options;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use self::directory::{Kind, Private};
use self::invitation::Invitation;
use self::options::Choices;
use super::outcome::{Failure, Outcome, Result};
use super::runtime::Stop;
use super::server::Server;
use super::{log, runtime};
use crate::clock::{Clock, SystemClock};
use crate::sandbox::tree::{Group, GroupKind};
use crate::sandbox::{Tree, TreeOptions};

/// How long the directory may take to answer once it runs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serve a private directory with a generated tree
///
/// Starts a directory of its own in a temporary folder, on loopback alone, fills it with people and groups, and serves it as `serve`
/// would, to be read and written. Prints the address, the token and commands to try. Everything ends with this process and nothing
/// is left behind, unless --state says where to keep the directory.
///
/// `--directory 389ds` runs 389 Directory Server. `--directory ad` makes an Active Directory domain of its own, with Samba. Its domain controller listens on ports 389 and 636 of a
/// loopback address that nobody else uses, which takes root.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Which directory to run
    #[arg(long, value_name = "KIND", value_enum, default_value_t = Kind::Openldap)]
    directory: Kind,
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
    let (kind, users, groups) = (arguments.directory, tree.users, tree.groups);
    eprintln!("scimfront: filling a private {} with {users} users and {groups} groups", kind.name());
    let private =
        Private::start(kind, &tree, arguments.state.as_deref()).map_err(|error| Failure::failed(error.to_string()))?;
    let generated = Tree::new(&tree);
    let choices = Choices { level: &arguments.log, dialect: &arguments.dialect, patch_answer: &arguments.patch_answer };
    let (settings, file) = options::settings(&private, &token, socket.address, &choices)?;
    log::start(&settings.log);
    runtime::run(async {
        let server = Server::start(&settings, socket.socket).await?;
        let bridges = server.bridges();
        for bridge in &bridges {
            bridge.ready(PATIENCE).await?;
        }
        let served = bridges.first().map(|bridge| bridge.settings.clone());
        let path = served.as_ref().map(|settings| settings.path.clone()).unwrap_or_default();
        let invitation = Invitation {
            base: format!("{}{path}", server.base_url()),
            token: &token,
            settings: &file,
            audit: served.as_ref().and_then(|settings| settings.audit.file.as_deref()),
            directory: (kind.name(), private.url()),
            ca_file: private.ca_file(),
            user: generated.people().next().map(|person| (private.id(&person.uuid(&tree)), private.user_name(&person))),
            group: smallest_group(&generated).map(|group| private.id(&group.uuid(&tree))),
            tree: &tree,
            reused: private.reused(),
            took: SystemClock.now() - begun,
        };
        let stop = Stop::catch()?;
        println!("{invitation}");
        server.run(stop, None).await?;
        Ok(Outcome::Done)
    })
}

/// The smallest group of the usual kind that has two members, or any that has one: a large one fills the screen.
fn smallest_group(tree: &Tree) -> Option<&Group> {
    let usual = tree.groups().iter().filter(|group| group.kind == GroupKind::Names && group.members.len() >= 2);
    let smallest = usual.min_by_key(|group| group.members.len());
    smallest.or_else(|| tree.groups().iter().find(|group| !group.members.is_empty()))
}
