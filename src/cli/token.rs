//! `scimfront token`: makes a bearer token for a client.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;

use super::outcome::{Failure, Outcome, Result};
use crate::auth::TokenHash;

/// Make a bearer token, and the hash of it for the settings
///
/// The token goes to standard output, for the client; its SHA-256 to standard error, for the settings. Neither is kept: a token
/// that is lost is replaced by another.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Read a token from standard input instead, and say its hash alone
    #[arg(long)]
    stdin: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    if arguments.stdin {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(|error| Failure::failed(format!("standard input: {error}")))?;
        let token = line.trim_end_matches(['\r', '\n']);
        if token.is_empty() {
            return Err(Failure::unusable("there is no token on standard input"));
        }
        println!("{}", TokenHash::of(token.as_bytes()));
        return Ok(Outcome::Done);
    }
    let mut octets = [0; 32];
    let filled = SystemRandom::new().fill(&mut octets);
    filled.map_err(|_| Failure::failed("this machine has no random numbers for a token"))?;
    let token = URL_SAFE_NO_PAD.encode(octets);
    println!("{token}");
    eprintln!("token_sha256 = \"{}\"", TokenHash::of(token.as_bytes()));
    Ok(Outcome::Done)
}
