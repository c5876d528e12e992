//! What README.md and docs/ say is true: commands print what stands below them, and links lead somewhere.
//!
//! Blocks marked `console` are run from top to bottom, with the demo that one of their commands starts. `…` in the output stands
//! for anything. `UPDATE=1` writes what was printed instead.

mod console;

use std::path::{Path, PathBuf};

use self::console::{Session, blocks, matches};
use super::command_line::scimfront;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn the_readme_s_commands_print_what_it_says() {
    let text = read("README.md");
    let mut session = Session::new(root());
    let (mut wrong, mut updated) = (Vec::new(), text.clone());
    // From the end, so that places before stay where they are; the commands have run from the top.
    let mut ran: Vec<_> = blocks(&text).into_iter().map(|step| (session.run(&step), step)).collect();
    ran.reverse();
    for (printed, step) in ran {
        if !matches(&text[step.output.clone()], &printed) {
            wrong.push(format!("$ {}\n{printed}", step.command));
            updated.replace_range(step.output, &printed);
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(root().join("README.md"), updated).unwrap();
        return;
    }
    wrong.reverse();
    assert!(wrong.is_empty(), "README.md says otherwise (UPDATE=1 writes it anew):\n\n{}", wrong.join("\n"));
}

#[test]
fn links_lead_somewhere() {
    let mut pages: Vec<PathBuf> = ["docs", "docs/directories", "docs/guides"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root().join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    pages.extend(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name)));
    let mut dead = Vec::new();
    for page in pages.iter().filter(|page| page.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(page).unwrap();
        for target in links(&text) {
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            if !file.exists() {
                dead.push(format!("{}: {target}", page.display()));
            } else if !anchor.is_empty() && !anchors(&std::fs::read_to_string(&file).unwrap()).contains(&anchor.into())
            {
                dead.push(format!("{}: {target}: no such heading", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

/// The targets of relative links.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target));
    targets.filter(|target| !target.contains("://") && !target.contains(char::is_whitespace)).collect()
}

/// What headings are called in links.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let plain = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let anchor = |line: &str| line.trim_start_matches('#').trim().chars().filter(plain).collect::<String>();
    headings.map(|line| anchor(line).to_lowercase().replace(' ', "-")).collect()
}

/// The TOML blocks, each with the text before it.
fn toml_blocks(page: &str) -> Vec<(&str, &str)> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once("\n```toml\n") {
        let (block, after) = after.split_once("\n```\n").unwrap();
        blocks.push((before, block));
        rest = after;
    }
    blocks
}

#[test]
fn excerpts_stand_in_the_examples() {
    let page = read("README.md");
    for (before, block) in toml_blocks(&page) {
        block.parse::<toml::Table>().unwrap_or_else(|error| panic!("{block}: {error}"));
        let paragraph = before.trim_end().rsplit("\n\n").next().unwrap();
        let Some((_, from)) =
            paragraph.replace('\n', " ").split_once("From [").map(|(a, b)| (a.to_owned(), b.to_owned()))
        else {
            continue;
        };
        let name = from.split(']').next().unwrap();
        let example = read(name);
        for line in block.lines() {
            assert!(example.lines().any(|known| known == line), "{name} has no line {line}");
        }
    }
}

#[test]
fn the_least_files_are_sound() {
    let page = read("README.md");
    let folder = tempfile::tempdir().unwrap();
    for name in ["scimfront.toml", "mapping.toml"] {
        let head = format!("# {name}\n");
        let (_, block) = toml_blocks(&page).into_iter().find(|(_, block)| block.starts_with(&head)).unwrap();
        std::fs::write(folder.path().join(name), block.replace("/run/secrets/", "")).unwrap();
    }
    std::fs::write(folder.path().join("bind-password"), "secret").unwrap();
    let mut command = scimfront(&["check", "--offline"]);
    let output = command.current_dir(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "no findings\n");
}

#[test]
fn examples_are_sound_unless_they_are_mistakes() {
    for entry in std::fs::read_dir(root().join("examples")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // Folders hold what other programs read.
        if path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let mut command = scimfront(&["check", "--offline", "--config"]);
        // What says `version` is a mapping.
        match text.contains("\nversion = 1\n") {
            true => command.arg(root().join("examples/scimfront.toml")).env("SCIMFRONT__BRIDGE__MAIN__MAPPING", &name),
            false => command.arg(&path),
        };
        let output = command.output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        let expected = if name.starts_with("mistakes") { 1 } else { 0 };
        assert_eq!(output.status.code(), Some(expected), "{name}:\n{printed}");
        assert_eq!(expected == 0, printed.starts_with("no findings"), "{name}:\n{printed}");
    }
}

#[test]
fn ten_mistakes_are_ten_findings() {
    let mut command = scimfront(&["check", "--offline", "--config", "examples/scimfront.toml"]);
    let output = command.current_dir(root()).env("SCIMFRONT__BRIDGE__MAIN__MAPPING", "mistakes.toml").output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut codes: Vec<_> = printed.lines().filter_map(|line| line.strip_prefix("error[")?.get(..4)).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), 10, "{printed}");
    assert!(printed.ends_with("\n10 errors\n"), "{printed}");
}
