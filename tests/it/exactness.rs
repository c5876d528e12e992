//! Filters are exact: what a filter finds on a live directory is what an independent evaluation of each served resource finds.
//!
//! `EXACTNESS_ROUNDS` (default 200) is how many filters each server answers, `EXACTNESS_SEED` what chance starts from.

mod catalogue;
mod evaluator;
mod filter;
mod generator;
mod independence;
mod tree;
mod witness;

use scimfront::sandbox::Overlay;

use self::witness::Witness;
use crate::support::bridge::{Bridge, BridgeOptions};

/// How many filters are asked, unless the environment says otherwise.
const ROUNDS: usize = 200;
/// What chance starts from, unless the environment says otherwise.
const SEED: u64 = 7643;

/// Further mapping: the login name by SCIM's equality as well, numbers, and an attribute with several plain values.
const MAPPING: &str = r#"
[resource.User.attr]
userName = { ldap = "uid", match = "scim" }
"#;

fn from_environment<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn filters_are_exact_with(overlays: &[Overlay]) {
    let seed = from_environment("EXACTNESS_SEED", SEED);
    let rounds = from_environment("EXACTNESS_ROUNDS", ROUNDS);
    let slapd = tree::start(overlays, seed);
    let bridge = Bridge::start(&slapd, &BridgeOptions::openldap(slapd.suffix()).mapped(MAPPING));
    let witness = Witness::of(&bridge);
    witness.expect_sizes(tree::size());
    witness.ask(rounds, seed);
}

#[test]
fn filters_are_exact() {
    filters_are_exact_with(Overlay::DEMO);
}

#[test]
fn filters_are_exact_without_overlays() {
    let missing = [Overlay::MemberOf, Overlay::Sssvlv, Overlay::Deref];
    let overlays: Vec<Overlay> = Overlay::DEMO.iter().copied().filter(|overlay| !missing.contains(overlay)).collect();
    filters_are_exact_with(&overlays);
}
