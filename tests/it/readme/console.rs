//! Console blocks of a page, and a session that runs them.

use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::command_line::{Running, scimfront};

/// Where the page's demo listens.
const ADDRESS: &str = "127.0.0.1:8080";
/// Where it keeps its state.
const STATE: &str = "/tmp/scimfront-demo";

/// A command, and where the page has its output.
pub(super) struct Step {
    pub(super) command: String,
    pub(super) output: Range<usize>,
}

/// The commands of all console blocks.
pub(super) fn blocks(page: &str) -> Vec<Step> {
    let (mut steps, mut inside, mut continues, mut place) = (Vec::<Step>::new(), false, false, 0);
    for line in page.split_inclusive('\n') {
        place += line.len();
        let text = line.trim_end_matches('\n');
        if text.starts_with("```") {
            inside = text == "```console";
            continues = false;
        } else if let (true, Some(command)) = (inside, text.strip_prefix("$ ")) {
            steps.push(Step { command: command.to_owned(), output: place..place });
            continues = text.ends_with('\\');
        } else if let (true, Some(step)) = (inside, steps.last_mut()) {
            if continues {
                step.command = format!("{}\n{text}", step.command);
                step.output = place..place;
                continues = text.ends_with('\\');
            } else {
                step.output.end = place;
            }
        }
    }
    steps
}

/// Whether `text` is what `pattern` says, in which `…` stands for anything: on a line of its own for any lines, or none.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: String = pattern.split_inclusive('\n').map(|line| if line == "…\n" { "…" } else { line }).collect();
    let mut parts = pattern.split('…');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<_> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return rest.is_empty() };
    for part in between {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// A shell beside a demo, as a reader has them.
pub(super) struct Session {
    folder: PathBuf,
    state: tempfile::TempDir,
    /// What was defined so far.
    functions: String,
    demo: Option<(Running, String)>,
}

impl Session {
    /// Commands will run in `folder`.
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), state: tempfile::tempdir().unwrap(), functions: String::new(), demo: None }
    }

    /// Runs a command; returns what it printed, as the reader would see it.
    pub(super) fn run(&mut self, step: &Step) -> String {
        if let Some(line) = step.command.strip_prefix("make ") {
            return self.make(line);
        }
        // The program that is tested comes first, not what an earlier `make demo` left.
        if step.command.starts_with("export PATH=$PWD/target/demo:$PATH") {
            return String::new();
        }
        if step.command.contains("() {") {
            self.functions += &format!("{}\n", step.command);
        }
        self.shell(&step.command)
    }

    /// Targets are looked up; the demo is run.
    fn make(&mut self, line: &str) -> String {
        let (target, more) = line.split_once(' ').unwrap_or((line, ""));
        let makefile = std::fs::read_to_string(self.folder.join("Makefile")).unwrap();
        assert!(makefile.contains(&format!("\n{target}:")), "the Makefile has no {target}");
        match more.strip_prefix("ARGS=\"").and_then(|more| more.strip_suffix('"')) {
            Some(arguments) if target == "demo" => self.demo(arguments),
            _ => String::new(),
        }
    }

    fn demo(&mut self, arguments: &str) -> String {
        let arguments = self.real(arguments);
        let mut command = scimfront(&["demo", "--listen", "127.0.0.1:0"]);
        let child = command.args(arguments.split(' ')).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut demo = Running(child);
        let mut printed = String::new();
        for line in BufReader::new(demo.0.stdout.take().unwrap()).lines() {
            printed += &(line.unwrap() + "\n");
            if printed.contains("Ctrl-C") {
                break;
            }
        }
        let address = printed.split("http://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        self.demo = Some((demo, address.to_owned()));
        self.shown(&printed)
    }

    fn shell(&self, command: &str) -> String {
        let program = Path::new(env!("CARGO_BIN_EXE_scimfront")).parent().unwrap();
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("bash");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SCIMFRONT__")) {
            shell.env_remove(name);
        }
        let script = self.real(&format!("exec 2>&1\n{}{command}", self.functions));
        let output = shell.args(["-c", &script]).current_dir(&self.folder).env("PATH", path).output().unwrap();
        self.shown(&String::from_utf8_lossy(&output.stdout))
    }

    /// With the test's places for the page's.
    fn real(&self, text: &str) -> String {
        let address = self.demo.as_ref().map_or(ADDRESS, |(_, address)| address);
        text.replace(STATE, self.state.path().join("state").to_str().unwrap()).replace(ADDRESS, address)
    }

    /// The other way round.
    fn shown(&self, text: &str) -> String {
        let address = self.demo.as_ref().map_or(ADDRESS, |(_, address)| address);
        text.replace(self.state.path().join("state").to_str().unwrap(), STATE).replace(address, ADDRESS)
    }
}

#[test]
fn blocks_are_found_and_dots_stand_for_anything() {
    let page = "a\n```console\n$ one \\\n  two\nthree\n\nfour\n$ five\n```\n$ six\n```sh\n$ seven\n```\n";
    let steps: Vec<_> = blocks(page).into_iter().map(|step| (step.command, &page[step.output])).collect();
    assert_eq!(steps, [("one \\\n  two".into(), "three\n\nfour\n"), ("five".into(), "")]);
    for (pattern, text, expected) in [
        ("a", "a", true),
        ("a…", "abc", true),
        ("a…c", "abc", true),
        ("a…b…c", "axc", false),
        ("a", "ab", false),
        ("…\na\n", "a\n", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}
