//! The intents in a file that have no outcome.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::Path;

use serde::Deserialize;

use super::record::Intent;

/// Each intent without an outcome: its ticket, its line, and what it says.
pub(super) type Unfinished = Vec<(String, Vec<u8>, Intent)>;

#[derive(Deserialize)]
struct Head {
    event: String,
    ticket: String,
}

/// Reads the file; one that isn't there has nothing unfinished. Lines that nobody wrote whole are passed over.
pub(super) fn read(path: &Path) -> io::Result<Unfinished> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Unfinished::new()),
        Err(error) => return Err(error),
    };
    if !file.metadata()?.is_file() {
        return Ok(Unfinished::new());
    }
    let mut open = BTreeMap::new();
    let mut reader = BufReader::new(file);
    let (mut line, mut torn) = (Vec::new(), 0);
    while reader.read_until(b'\n', &mut line)? > 0 {
        match serde_json::from_slice::<Head>(&line) {
            Ok(head) if head.event == "intent" => drop(open.insert(head.ticket, line.clone())),
            Ok(head) => drop(open.remove(&head.ticket)),
            Err(_) if line.trim_ascii().is_empty() => {}
            Err(_) => torn += 1,
        }
        line.clear();
    }
    if torn > 0 {
        tracing::warn!(path = %path.display(), lines = torn, "the audit has lines that can't be read");
    }
    Ok(open.into_iter().filter_map(intent).collect())
}

fn intent((ticket, mut line): (String, Vec<u8>)) -> Option<(String, Vec<u8>, Intent)> {
    let intent = serde_json::from_slice(&line).ok()?;
    if line.last() != Some(&b'\n') {
        line.push(b'\n');
    }
    Some((ticket, line, intent))
}
