//! What hot pieces cost in instructions: counted by callgrind, so that the figures hold on a busy machine and from run to run.
//!
//! The benchmark starts itself under valgrind, once for each piece and number of rounds. What starting up and the first round cost is
//! in both counts and falls out of their difference.

mod backend;
mod hit;
mod pure;

use std::hint::black_box;
use std::process::Command;

use serde_json::json;

use super::Result;
use super::report::{Goal, Report, Row};

/// How many rounds are counted, beyond [`FEW`].
const ROUNDS: u64 = 200;
/// How many rounds it takes until all that is made once is made.
const FEW: u64 = 20;

/// A piece: what makes ready to do it again and again.
type Piece = fn() -> Result<Box<dyn FnMut()>>;

const PIECES: &[(&str, &str, Piece)] = &[
    ("hit", "GET by id that is remembered, without socket and hyper", hit::hit),
    ("render", "an entry to JSON, references shown", pure::render),
    ("parse", "a filter of four comparisons parsed and resolved", pure::parse),
    ("translate", "the same filter to LDAP", pure::translate),
    ("project", "`attributes` cut from a remembered resource", pure::project),
];

/// Counts the instructions of all pieces.
pub(crate) fn measure(report: &mut Report) -> Result<()> {
    for (name, what, _) in PIECES {
        let (few, many) = (count(name, FEW)?, count(name, FEW + ROUNDS)?);
        let each = many.saturating_sub(few) / ROUNDS;
        report.add(Row {
            what: format!("instructions: {name}"),
            ours: each.to_string(),
            theirs: String::new(),
            value: 0.0,
            unit: "",
            goal: Goal::None,
            note: (*what).to_owned(),
            samples: json!({ "instructions": each }),
        });
    }
    Ok(())
}

/// Does the piece called `name` some times: what the process under valgrind is there for.
pub(crate) fn run(name: &str, rounds: &str) -> Result<()> {
    let (_, _, piece) = PIECES.iter().find(|(known, ..)| *known == name).ok_or("no such piece")?;
    let mut once = piece()?;
    for _ in 0..rounds.parse::<u64>()? {
        black_box(&mut once)();
    }
    // Taking everything apart is none of it, and the same for any number of rounds.
    std::process::exit(0);
}

/// The instructions of `rounds` rounds, with all that is around them.
fn count(name: &str, rounds: u64) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", folder.path().join("out").display()))
        .arg(std::env::current_exe()?)
        .args(["--piece", name, &rounds.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    let collected =
        text.lines().find_map(|line| line.split_once("Collected : ")).map(|(_, count)| count.trim().parse());
    match collected {
        Some(Ok(count)) if output.status.success() => Ok(count),
        _ => Err(format!("{name} under valgrind: {text}").into()),
    }
}
