//! `scimfront demo`: what it prints works, and nothing is left when it ends.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use super::command_line::{Running, scimfront};

/// A demo and what it printed.
struct Demo {
    process: Running,
    printed: String,
}

fn demo(more: &[&str]) -> Demo {
    let mut command = scimfront(&["demo", "--listen", "127.0.0.1:0", "--users", "40", "--groups", "6"]);
    let child = command.args(more).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    let mut process = Running(child);
    let mut printed = String::new();
    for line in BufReader::new(process.0.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        printed += &line;
        printed += "\n";
        if line.contains("Ctrl-C") {
            return Demo { process, printed };
        }
    }
    panic!("the demo ended:\n{printed}");
}

impl Demo {
    /// The commands, as they would be pasted.
    fn commands(&self) -> Vec<String> {
        let blocks = self.printed.split("\n\n").filter_map(|block| block.split_once("\ncurl "));
        blocks.map(|(_, rest)| format!("curl {rest}")).collect()
    }

    /// What a pasted command prints.
    fn paste(&self, command: &str) -> Value {
        let output = Command::new("sh").args(["-c", command]).output().unwrap();
        assert!(output.status.success(), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The port of its slapd.
    fn directory(&self) -> String {
        let url = self.printed.split_whitespace().find_map(|word| word.strip_prefix("ldap://")).unwrap();
        url.trim_end_matches(',').to_owned()
    }
}

fn is_gone(address: &str) -> bool {
    (0..500).any(|_| {
        sleep(Duration::from_millis(20));
        std::net::TcpStream::connect(address).is_err()
    })
}

#[test]
fn the_four_printed_commands_work() {
    let mut demo = demo(&[]);
    let commands = demo.commands();
    assert_eq!(commands.len(), 4, "{}", demo.printed);
    let [config, user, found, group] = [0, 1, 2, 3].map(|place| demo.paste(&commands[place]));
    assert_eq!(config["filter"]["supported"], true, "{config}");
    assert_eq!(user["userName"], "bjensen", "{user}");
    assert_eq!(found["totalResults"], 1, "{found}");
    assert_eq!(found["Resources"][0]["id"], user["id"], "{found}");
    assert!(group["members"].as_array().is_some_and(|members| !members.is_empty()), "{group}");
    let location = user["meta"]["location"].as_str().unwrap();
    assert!(commands[1].contains(location), "{location} is not what was asked for");
    demo.process.signal("INT");
    assert_eq!(demo.process.status(), Some(0));
    assert!(is_gone(&demo.directory()));
}

#[test]
fn its_directory_ends_with_it_when_it_is_killed() {
    let mut demo = demo(&["--token", "t0ken"]);
    assert!(demo.printed.contains("Bearer t0ken"));
    let directory = demo.directory();
    assert!(std::net::TcpStream::connect(&directory).is_ok());
    demo.process.signal("KILL");
    assert_eq!(demo.process.status(), None);
    assert!(is_gone(&directory));
}

#[test]
fn a_state_folder_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let state = ["--state", state.to_str().unwrap()];
    let mut first = demo(&state);
    assert!(!first.printed.contains("found again"));
    first.process.signal("TERM");
    assert_eq!(first.process.status(), Some(0));
    let second = demo(&state);
    assert!(second.printed.contains("found again"), "{}", second.printed);
    assert_eq!(second.paste(&second.commands()[1])["userName"], "bjensen");
}
