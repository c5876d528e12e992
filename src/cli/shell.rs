//! `scimfront completions` and `scimfront manual`: what a package puts beside the program.

use std::io::{Write, stdout};
use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;

use super::outcome::{Failure, Outcome, Result};

/// Print a shell's completions of this program
#[derive(Debug, Args)]
pub(super) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

/// Write this program's manual pages into a folder
#[derive(Debug, Args)]
pub(super) struct ManualArguments {
    /// The folder, which must exist
    folder: PathBuf,
}

/// Writes the completions of `command`.
pub(super) fn completions(arguments: &CompletionsArguments, mut command: Command) -> Result {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "scimfront", &mut script);
    // Nobody need read it to the end.
    let _ = stdout().write_all(&script);
    Ok(Outcome::Done)
}

/// Writes the manual pages of `command` and of its subcommands.
pub(super) fn manual(arguments: &ManualArguments, command: Command) -> Result {
    let folder = &arguments.folder;
    clap_mangen::generate_to(command, folder)
        .map_err(|error| Failure::failed(format!("{}: {error}", folder.display())))?;
    Ok(Outcome::Done)
}
