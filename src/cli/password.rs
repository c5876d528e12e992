//! `scimfront password`: the hash of a password for the settings.

use clap::Args;
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::outcome::{Failure, Outcome, Result};
use crate::auth;

/// Hash a password for a client's `basic` in the settings
///
/// The password is read from standard input; its hash by Argon2id goes to standard output.
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run() -> Result {
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().read_line(&mut line).map_err(|error| Failure::failed(format!("standard input: {error}")))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::unusable("there is no password on standard input"));
    }
    println!("{}", auth::hashed(&SecretString::from(password)).map_err(Failure::failed)?);
    Ok(Outcome::Done)
}
