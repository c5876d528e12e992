//! Fills databases by `slapadd -q`, which writes them directly while no slapd runs.

use std::io::{self, BufWriter, Read as _, Write};
use std::process::{Command, Stdio};
use std::thread;

use super::base;
use super::conf::Layout;
use super::error::SandboxError;
use super::installation::Installation;
use super::options::{Load, SlapdOptions};
use super::tree::Tree;

/// Gives every suffix its first entries and what the options load into it.
pub(crate) fn fill(
    options: &SlapdOptions,
    installation: &Installation,
    layout: &Layout,
    password: &str,
) -> Result<(), SandboxError> {
    for suffix in &options.suffixes {
        let loads = options.loads.iter().filter(|load| suffix_of(load) == suffix);
        slapadd(installation, layout, suffix, |out| {
            for entry in base::entries(suffix, options, password) {
                entry.write_to(out)?;
            }
            for load in loads {
                write_load(load, options, out)?;
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// The suffix that a load belongs to.
pub(crate) fn suffix_of(load: &Load) -> &String {
    match load {
        Load::Tree(tree) => &tree.suffix,
        Load::Ldif { suffix, .. } => suffix,
    }
}

fn write_load(load: &Load, options: &SlapdOptions, out: &mut impl Write) -> io::Result<()> {
    match load {
        Load::Tree(tree) => Tree::new(&options.fitted(tree)).write_ldif(out),
        Load::Ldif { text, .. } => {
            out.write_all(text.trim_start_matches('\n').as_bytes())?;
            out.write_all(b"\n\n")
        }
    }
}

/// Streams what `write` writes into slapadd.
fn slapadd(
    installation: &Installation,
    layout: &Layout,
    suffix: &str,
    write: impl FnOnce(&mut BufWriter<std::process::ChildStdin>) -> io::Result<()>,
) -> Result<(), SandboxError> {
    let mut child = Command::new(&installation.slapd)
        .args(["-T", "add", "-q", "-b", suffix, "-f"])
        .arg(layout.conf())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(SandboxError::io("starting slapadd"))?;
    // What it complains about is read beside the writing, or both would wait for each other.
    let complaints = child.stderr.take().map(|mut stderr| {
        thread::spawn(move || {
            let mut text = Vec::new();
            let _ = stderr.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        })
    });
    let written = match child.stdin.take() {
        Some(stdin) => {
            let mut out = BufWriter::with_capacity(1 << 18, stdin);
            write(&mut out).and_then(|()| out.flush())
        }
        None => Ok(()),
    };
    let status = child.wait().map_err(SandboxError::io("waiting for slapadd"))?;
    let log = complaints.and_then(|thread| thread.join().ok()).unwrap_or_default();
    if !status.success() {
        return Err(SandboxError::Load { suffix: suffix.to_owned(), log });
    }
    written.map_err(SandboxError::io("writing to slapadd"))
}
