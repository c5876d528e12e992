//! No write is lost where the directory knows neither assertions nor transactions: many clients of two bridges write to few resources at
//! once, and what must hold of the attributes afterwards holds (decisions 11 and 12).
//!
//! What each client was told is remembered, and the witness is what the directory holds in the end: counters that are raised on condition
//! of a version, sets to which everybody adds and from which everybody takes its own, values that have one owner, names that many want.
//! `ATOMICITY_OPERATIONS` (default 160) is how many writes the clients make together, `ATOMICITY_SEED` what chance starts from.

mod deeds;
mod verdict;

use scimfront::sandbox::{AdTreeOptions, Samba, SambaOptions};

use self::deeds::Clients;

/// How many clients there are, each of one of two bridges.
const CLIENTS: usize = 8;
/// How many users and groups all of them write to.
const USERS: usize = 3;
const GROUPS: usize = 2;

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// What the clients did on two bridges with these lines of mapping, and what is wrong with it.
fn run(lines: &str) -> (deeds::Done, Vec<String>) {
    let seed = from_environment("ATOMICITY_SEED", 8);
    let operations = from_environment("ATOMICITY_OPERATIONS", 160);
    let tree = AdTreeOptions { users: 1, groups: 0, crowd: 0 };
    let samba = Samba::start(&SambaOptions { tree, ..SambaOptions::default() }).expect("samba starts");
    let bridges = [super::bridge(&samba, lines), super::bridge(&samba, lines)];
    let clients = Clients::new([bridges[0].client(), bridges[1].client()]);
    let done = clients.run(usize::try_from(operations).unwrap(), seed);
    let wrong = verdict::wrong(&done, bridges[0].client());
    println!("atomicity: seed {seed}, {CLIENTS} clients, {operations} operations: {}", done.summary());
    let first: Vec<&String> = wrong.iter().take(10).collect();
    assert!(wrong.is_empty(), "seed {seed}: {} wrong\n{first:#?}\n{}", wrong.len(), bridges[0].log());
    let twice = verdict::numbers_given_twice(&done);
    (done, twice)
}

#[test]
fn nothing_is_lost_by_values_alone() {
    let (_, twice) = run("");
    // What goes to another attribute in the same instant isn't seen: that much is said in the documentation.
    println!("atomicity: {} numbers given twice across two attributes", twice.len());
}

#[test]
fn nothing_is_lost_among_bridges_that_swap_an_attribute() {
    let cas = "cas_attribute = \"info\"";
    let (_, twice) = run(&format!("[resource.User]\n{cas}\n[resource.Group]\n{cas}\n"));
    assert!(twice.is_empty(), "{twice:#?}");
}
