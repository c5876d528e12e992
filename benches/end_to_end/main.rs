//! What the bridge costs: end to end, over real processes and sockets, as ratios to raw LDAP on the same machine.
//!
//! `make bench` starts a private slapd (`loglevel 0`) and `scimfront serve` as a child, drives HTTP by wrk, and sends the very
//! searches that the bridge was seen to send through ldap3 alone (the yardstick) or through ldapsearch; hits are held against axum
//! alone. It prints a table with goals and writes `target/bench.json`, with `--docs` also into `docs/`. What can't be
//! measured is said to be so, and the others are measured all the same.
#![allow(clippy::disallowed_methods, reason = "a benchmark takes its own time")]

mod bare;
mod bridge;
mod chart;
mod docs;
mod http;
mod ldapsearch;
mod machine;
#[path = "../micro/mod.rs"]
mod micro;
mod options;
mod process;
mod report;
mod rows;
mod stage;
mod stats;
mod steady;
mod tap;
mod wire;
mod wrk;
mod yardstick;

use std::process::ExitCode;

use options::Options;
use report::Report;
use stage::Stage;

/// The bridge runs with it; so does the yardstick.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What goes wrong in a benchmark ends it; the text is for a person.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    // What this program starts itself for.
    let own: Vec<String> = std::env::args().skip(1).collect();
    let served = match own.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--bare", folder] => Some(bare::serve(folder.as_ref())),
        ["--piece", name, rounds] => Some(micro::run(name, rounds)),
        _ => None,
    };
    match served {
        Some(Ok(())) => return ExitCode::SUCCESS,
        Some(Err(error)) => {
            eprintln!("bench: {error}");
            return ExitCode::FAILURE;
        }
        None => {}
    }
    let options = match Options::parse(own.into_iter()) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{}", options::HELP);
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("bench: {message}\n\n{}", options::HELP);
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(missed) if missed && options.strict => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::from(2)
        }
    }
}

/// Measures everything that was asked for; says whether a goal was missed.
fn run(options: &Options) -> Result<bool> {
    let mut report = Report::new(machine::Machine::look(options));
    report.print_head();
    if options.wants("micro")
        && let Err(error) = micro::measure(&mut report)
    {
        report.fail("instruction counts", &error.to_string());
    }
    let stage = Stage::set(options)?;
    if options.hold {
        return stage.hold().map(|()| false);
    }
    rows::measure(&stage, options, &mut report);
    report.finish();
    report.print();
    let path = options.target.join("bench.json");
    report.write(&path)?;
    println!("written to {}", path.display());
    if options.docs {
        docs::write(&report)?;
    }
    Ok(report.missed())
}
