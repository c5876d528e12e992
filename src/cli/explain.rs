//! `scimfront explain`: what a request becomes, without performing it.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::outcome::{Failure, Outcome, Result};
use super::settings;
use super::settings::ConfigArguments;

/// Show what a request becomes in LDAP, without performing it
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// The directory's schema as LDIF, to work offline; otherwise it is asked
    #[arg(long, value_name = "LDIF", global = true)]
    schema: Option<PathBuf>,
    /// The bridge, where the settings have several
    #[arg(long, value_name = "NAME", global = true)]
    bridge: Option<String>,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A filter: its LDAP filter from below and above, whether it is exact, what is checked afterwards and why
    Filter {
        /// The resource type, such as User
        #[arg(value_name = "TYPE")]
        resource: String,
        /// The SCIM filter, such as 'userName eq "bjensen"'
        filter: String,
    },
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let _settings = settings::load(&arguments.config.config)?;
    let _ = (&arguments.schema, &arguments.bridge, arguments.json);
    let What::Filter { resource, filter } = &arguments.what;
    let _ = (resource, filter);
    Err::<Outcome, _>(Failure::failed("not built yet"))
}
