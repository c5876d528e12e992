//! Reading, measured against raw LDAP on the same machine: `make bench`. `SCIMFRONT_BENCH_USERS` makes the tree smaller.

mod yardstick;

use std::error::Error;
use std::time::Duration;

use scimfront::sandbox::{Slapd, SlapdOptions, Tree, TreeOptions};
use yardstick::ldap::{Question, searches_per_second};
use yardstick::table::{Goal, Table};
use yardstick::tool;

/// How long each rate is measured.
const MEASURED: Duration = Duration::from_secs(3);
/// LDAP connections and searches in flight.
const CONNECTIONS: usize = 4;
const IN_FLIGHT: usize = 32;

fn main() -> Result<(), Box<dyn Error>> {
    // cargo passes `--bench`; cargo test runs this too, without it, and must not wait for it.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let users = std::env::var("SCIMFRONT_BENCH_USERS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let tree = TreeOptions::sized(users, users.div_ceil(100).max(20));
    println!("a tree of {users} people and {} groups", tree.groups);
    let slapd = Slapd::start(&SlapdOptions::with_tree(tree.clone()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut table = Table::start();
    yardsticks(&slapd, &Tree::new(&tree), &runtime, &mut table)?;
    println!("{} goals missed", table.missed());
    Ok(())
}

/// What the directory does by itself.
fn yardsticks(
    slapd: &Slapd,
    tree: &Tree,
    runtime: &tokio::runtime::Runtime,
    table: &mut Table,
) -> Result<(), Box<dyn Error>> {
    let base = slapd.suffix();
    let by_id = |index: usize| {
        let filter = format!("(entryUUID={})", tree.person(index).uuid(tree.options()));
        Question::subtree(base, filter, &["*", "entryUUID", "entryCSN"])
    };
    let questions = (0..tree.options().users.min(1_000)).map(by_id).collect();
    let rate = runtime.block_on(searches_per_second(slapd, questions, CONNECTIONS, IN_FLIGHT, MEASURED))?;
    table.figure("raw ldap3: entryUUID equality, 32 in flight", rate, "/s", Goal::None);
    let ids = tool::ldapsearch(slapd, "(objectClass=inetOrgPerson)", &["entryUUID"], 500)?;
    table.figure("ldapsearch: all people, ids alone", ids.as_secs_f64() * 1_000.0, "ms", Goal::None);
    let all = tool::ldapsearch(slapd, "(objectClass=inetOrgPerson)", &["*", "entryUUID", "entryCSN"], 500)?;
    table.figure("ldapsearch: all people, user attributes", all.as_secs_f64() * 1_000.0, "ms", Goal::None);
    Ok(())
}
