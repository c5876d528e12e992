//! No write is lost and none is half done: many clients write to few resources at once, and afterwards the acknowledged writes,
//! carried out by a model in the order in which the directory says that it performed them, give what the directory holds.
//!
//! The directory's order is that of its change sequence numbers, from its access log. Most writes leave a mark that nothing else
//! has, so that the log says whose each record is; what changes members alone is told by its effect and its time.
//! `ATOMICITY_OPERATIONS` (default 200) is how many writes the clients make together, `ATOMICITY_SEED` what chance starts from.

mod clients;
mod deed;
mod history;
mod judge;
mod trace;

use scimfront::sandbox::{Load, Overlay, Slapd, SlapdOptions};

use self::clients::Clients;
use self::history::History;
use crate::exactness::catalogue::Type;
use crate::support::access_log;
use crate::support::bridge::{Bridge, BridgeOptions};

/// How many writes are made, unless the environment says otherwise.
const OPERATIONS: usize = 200;
/// What chance starts from, unless the environment says otherwise.
const SEED: u64 = 8;
/// How many clients there are.
const CLIENTS: usize = 8;
/// How many users and groups they write to.
const USERS: usize = 20;
const GROUPS: usize = 5;

fn from_environment<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A slapd with two empty units.
fn slapd(overlays: &[Overlay]) -> Slapd {
    let mut options = SlapdOptions::default().overlays(overlays);
    let suffix = options.suffixes[0].clone();
    let unit = |name: &str| format!("dn: ou={name},{suffix}\nobjectClass: organizationalUnit\nou: {name}\n\n");
    let text = ["people", "groups"].map(unit).concat();
    options = options.load(Load::Ldif { suffix, text });
    Slapd::start(&options).unwrap()
}

fn nothing_is_lost_with(overlays: &[Overlay], mapping: &str) {
    let seed = from_environment("ATOMICITY_SEED", SEED);
    let operations = from_environment("ATOMICITY_OPERATIONS", OPERATIONS);
    println!("atomicity: seed {seed}, {CLIENTS} clients, {operations} operations");
    let slapd = slapd(overlays);
    let bridge = Bridge::start(&slapd, &BridgeOptions::openldap(slapd.suffix()).mapped(mapping));
    let types = Type::read_all(bridge.client());
    let clients = Clients::new(bridge.client());
    let deeds = clients.run(operations, seed);
    let history = History::new(&types, access_log::read(&slapd, None), deeds);
    let mut wrong = history.replay();
    wrong.extend(history.differences(bridge.client()));
    println!("atomicity: {}", history.summary());
    let first: Vec<&String> = wrong.iter().take(10).collect();
    assert!(wrong.is_empty(), "seed {seed}: {} wrong\n{first:#?}\n{}", wrong.len(), bridge.log());
}

#[test]
fn nothing_is_lost() {
    nothing_is_lost_with(&[Overlay::DEMO, &[Overlay::Accesslog]].concat(), "");
}

#[test]
fn nothing_is_lost_without_overlays() {
    // ppolicy knows the attribute that locks an account, and the access log is the witness.
    nothing_is_lost_with(&[Overlay::Ppolicy, Overlay::Accesslog], "");
}

#[test]
fn nothing_is_lost_where_the_bridge_keeps_references() {
    let mapping = "[resource.User]\nclean_references = true\n";
    nothing_is_lost_with(&[Overlay::Ppolicy, Overlay::Accesslog], mapping);
}
