//! PATCH is right: after a random document the resource reads as an independent RFC 7644 in memory says, brought to the normal
//! form that the mapping publishes; what that refuses is refused the same way and changes nothing; and the directory's own log
//! shows at most one modification for it, none where nothing changes.
//!
//! `PATCHING_ROUNDS` (default 200) is how many documents each server gets, `PATCHING_SEED` what chance starts from.

mod document;
mod generator;
mod independence;
pub(crate) mod model;
pub(crate) mod normal;
mod refusal;
mod values;
mod witness;
mod words;

pub(crate) use document::{Operation, Target, Verb};

use scimfront::sandbox::{Overlay, Slapd, SlapdOptions, TreeOptions};

use self::witness::Witness;
use crate::support::bridge::{Bridge, BridgeOptions};

/// How many documents are sent, unless the environment says otherwise.
const ROUNDS: usize = 200;
/// What chance starts from, unless the environment says otherwise.
const SEED: u64 = 3502;

fn from_environment<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn patches_are_right_with(overlays: &[Overlay]) {
    let seed = from_environment("PATCHING_SEED", SEED);
    let rounds = from_environment("PATCHING_ROUNDS", ROUNDS);
    let tree = TreeOptions { seed, ..TreeOptions::sized(110, 12) };
    let slapd = Slapd::start(&SlapdOptions::with_tree(tree).overlays(overlays)).unwrap();
    let bridge = Bridge::start(&slapd, &BridgeOptions::openldap(slapd.suffix()));
    Witness::new(&slapd, &bridge).send(rounds, seed);
}

#[test]
fn patches_are_right() {
    patches_are_right_with(&[Overlay::DEMO, &[Overlay::Accesslog]].concat());
}

#[test]
fn patches_are_right_without_overlays() {
    // ppolicy knows the attribute that locks an account.
    patches_are_right_with(&[Overlay::Ppolicy, Overlay::Accesslog]);
}
