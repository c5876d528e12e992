//! The command line: one file a command, and what several of them share.

mod assemble;
mod audits;
mod check;
mod demo;
mod explain;
mod files;
mod health;
mod log;
mod outcome;
mod parts;
mod password;
mod process;
mod release;
mod reload;
mod runtime;
mod serve;
mod server;
mod settings;
mod shell;
mod token;
mod traces;
mod watched;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use self::outcome::Outcome;

/// Makes an LDAP directory look like a SCIM 2.0 server.
#[derive(Debug, Parser)]
#[command(name = "scimfront", version, about, after_help = STATUSES, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

const STATUSES: &str = "\
Exit status: 0 when all went well, 1 when there are findings or the command failed, 2 for wrong arguments and for files that \
can't be read or used.

Every setting can be overridden by an environment variable: SCIMFRONT__SERVER__LISTEN is `listen` in `[server]`.";

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Arguments),
    Demo(demo::Arguments),
    Check(check::Arguments),
    Explain(explain::Arguments),
    Health(health::Arguments),
    Release(release::Arguments),
    Token(token::Arguments),
    Password(password::Arguments),
    Completions(shell::CompletionsArguments),
    Manual(shell::ManualArguments),
}

/// Runs the command line and returns the process's exit status: see `scimfront --help`.
pub fn main() -> ExitCode {
    let outcome = match CommandLine::parse().command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Health(arguments) => health::run(&arguments),
        Command::Release(arguments) => release::run(&arguments),
        Command::Token(arguments) => token::run(&arguments),
        Command::Password(_) => password::run(),
        Command::Completions(arguments) => shell::completions(&arguments, CommandLine::command()),
        Command::Manual(arguments) => shell::manual(&arguments, CommandLine::command()),
    };
    outcome.unwrap_or_else(Outcome::from).report()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn every_command_and_option_is_explained() {
        for command in CommandLine::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments().filter(|argument| !argument.is_global_set()) {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
        }
    }
}
