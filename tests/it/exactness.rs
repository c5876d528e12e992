//! Filters are exact: what a filter finds on a live directory is what an independent evaluation of each served resource finds.
//!
//! `EXACTNESS_ROUNDS` (default 200) is how many filters each server answers, `EXACTNESS_SEED` what chance starts from.

pub(crate) mod catalogue;
pub(crate) mod evaluator;
pub(crate) mod filter;
mod generator;
mod independence;
mod tree;
pub(crate) mod witness;

use scimfront::sandbox::Overlay;

use self::witness::Witness;
use crate::support::bridge::{Backing, Bridge, BridgeOptions};

/// How many filters are asked, unless the environment says otherwise.
const ROUNDS: usize = 200;
/// What chance starts from, unless the environment says otherwise.
const SEED: u64 = 7643;

/// The login name by SCIM's equality too; the preset leaves it to the directory's rule, which no client can evaluate.
const BY_SCIM: &str = r#"
[resource.User.attr]
userName = { ldap = "uid", match = "scim" }
"#;

/// A mapping that uses what the preset doesn't: other sources, other codecs, every type of value, nested groups.
const UNUSUAL: &str = include_str!("exactness/unusual.toml");

fn from_environment<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn filters_are_exact_with(overlays: &[Overlay], options: impl Fn(&str) -> BridgeOptions) -> Vec<usize> {
    let seed = from_environment("EXACTNESS_SEED", SEED);
    let rounds = from_environment("EXACTNESS_ROUNDS", ROUNDS);
    let slapd = tree::start(overlays, seed);
    let bridge = Bridge::start(&slapd, &options(slapd.suffix()));
    let witness = Witness::of(&bridge);
    witness.ask(rounds, seed);
    witness.sizes()
}

fn filters_are_exact_on_389(member_of: bool, options: impl Fn(&str) -> BridgeOptions) -> Vec<usize> {
    let seed = from_environment("EXACTNESS_SEED", SEED);
    let rounds = from_environment("EXACTNESS_ROUNDS", ROUNDS);
    let server = tree::start_389(member_of, seed);
    let backing = Backing {
        url: server.url(),
        bind_dn: server.bind_dn(),
        password: server.password().to_owned(),
        lines: String::new(),
    };
    let bridge = Bridge::start_on(&backing, &options(server.suffix()));
    let witness = Witness::of(&bridge);
    witness.ask(rounds, seed);
    witness.sizes()
}

fn without(overlays: &[Overlay], missing: &[Overlay]) -> Vec<Overlay> {
    overlays.iter().copied().filter(|overlay| !missing.contains(overlay)).collect()
}

#[test]
fn filters_are_exact() {
    let sizes = filters_are_exact_with(Overlay::DEMO, |suffix| {
        with_long_filters(BridgeOptions::openldap(suffix).mapped(BY_SCIM))
    });
    assert_eq!(sizes, tree::sizes());
}

#[test]
fn filters_are_exact_without_overlays() {
    let overlays = without(Overlay::DEMO, &[Overlay::MemberOf, Overlay::Sssvlv, Overlay::Deref]);
    filters_are_exact_with(&overlays, |suffix| with_long_filters(BridgeOptions::openldap(suffix).mapped(BY_SCIM)));
}

#[test]
fn filters_are_exact_over_an_unusual_mapping() {
    // dynlist shows attributes that no filter finds: nothing can be exact over them.
    let overlays = without(Overlay::ALL, &[Overlay::Dynlist]);
    filters_are_exact_with(&overlays, |suffix| with_long_filters(BridgeOptions::openldap(suffix).mapped(UNUSUAL)));
}

#[test]
fn filters_are_exact_over_accounts() {
    filters_are_exact_with(Overlay::DEMO, |suffix| {
        with_long_filters(BridgeOptions::preset("rfc2307", suffix).mapped(BY_SCIM))
    });
}

#[test]
fn filters_are_exact_on_389_directory_server() {
    let sizes = filters_are_exact_on_389(true, |suffix| {
        with_long_filters(BridgeOptions::preset("389ds", suffix).mapped(BY_SCIM))
    });
    assert_eq!(sizes, tree::sizes());
}

#[test]
fn filters_are_exact_on_389_directory_server_over_an_unusual_mapping() {
    let options = |suffix: &str| {
        let mapped = BridgeOptions::preset("389ds", suffix).mapped(UNUSUAL);
        // The schema knows memberOf though the plugin is off.
        with_long_filters(mapped.mapped("members.groupOfNames = { memberof = false }\n"))
    };
    filters_are_exact_on_389(false, options);
}

/// Random filters are longer than what a client needs.
fn with_long_filters(mut options: BridgeOptions) -> BridgeOptions {
    options.further.push_str("[bridge.main.limits]\nfilter_bytes = \"128KiB\"\n");
    options
}
