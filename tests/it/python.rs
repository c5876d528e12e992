//! Clients that know nothing of this project read from it and write to it: scim2-tester, scim2-cli, scim2-models and scim-sanity,
//! from PyPI.
//!
//! `make test` puts them into a virtual environment of their own; `tests/python/requirements.txt` lists them.

use std::path::PathBuf;
use std::process::{Command, Output};

use rstest::rstest;
use serde_json::Value;

use crate::support;
use crate::support::bridge::{Bridge, BridgeOptions, TOKEN};
use crate::support::demo;

/// How long a program may take; the long run of schemathesis takes ten minutes.
const PATIENCE: &str = "15m";

/// A program of the virtual environment.
pub(crate) fn program(name: &str) -> Command {
    let folder = std::env::var_os("SCIMFRONT_PYTHON_BIN").map_or_else(
        || {
            let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(target).join("python/bin")
        },
        PathBuf::from,
    );
    let path = folder.join(name);
    assert!(path.exists(), "{} is missing: run `make test`, which makes the Python environment", path.display());
    // Whatever its own patience is.
    let mut command = Command::new("timeout");
    command.arg(PATIENCE).arg(path).env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {TOKEN}"));
    command
}

pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned()
}

/// A server over a tree that fits one page, as scim2-tester expects.
fn small() -> Bridge {
    Bridge::start(support::shared(), &BridgeOptions::openldap(&support::private()))
}

#[test]
fn scim2_tester_finds_nothing_wrong() {
    let bridge = small();
    complete(bridge.base_url(), TOKEN, "openldap", 20);
}

/// By the demo, whose mapping is nothing but the preset. Active Directory's service accounts are people too.
#[rstest]
#[case("ad", 22)]
#[case("389ds", 20)]
fn scim2_tester_finds_nothing_wrong_on_other_directories(#[case] directory: &'static str, #[case] users: usize) {
    let demo = demo::shared(directory);
    complete(demo.base_url(), demo::TOKEN, directory, users);
}

fn complete(base: &str, token: &str, directory: &str, users: usize) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/complete.py");
    let certificate = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sandbox/tree/certificate.der");
    let output = program("python").args([script, base, token, certificate, directory]).output().unwrap();
    let said = text(&output);
    println!("{said}");
    assert!(output.status.success(), "{said}");
    assert!(said.contains(" checks passed, 0 failed, 0 skipped"), "{said}");
    // It leaves nothing behind.
    let left = format!("{users} resources of type User");
    assert!(said.contains(&left) && said.contains("9 resources of type Group"), "{said}");
}

/// What scim-sanity calls a failure and we do on purpose: it adds a member that doesn't exist, which is a mistake that we report
/// before anything is written (RFC 7644 leaves it open).
const BY_CHOICE: &[&str] = &["PATCH /Groups/{id} add member"];

#[test]
fn scim_sanity_finds_nothing_wrong_but_by_choice() {
    let mut options = BridgeOptions::openldap(&support::private());
    options.client_lines.push_str("patch_answer = \"resource\"\n");
    let bridge = Bridge::start(support::shared(), &options);
    sanity(bridge.base_url(), TOKEN);
}

#[rstest]
#[case("ad")]
#[case("389ds")]
fn scim_sanity_finds_nothing_wrong_on_other_directories(#[case] directory: &'static str) {
    sanity(demo::shared(directory).base_url(), demo::TOKEN);
}

fn sanity(base: &str, token: &str) {
    let arguments = ["probe", base, "--token", token, "--i-accept-side-effects", "--json-output"];
    let output = program("scim-sanity").args(arguments).output().unwrap();
    println!("{}", text(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = report["results"].as_array().unwrap();
    let failed = results.iter().filter(|result| !matches!(result["status"].as_str(), Some("pass" | "skip")));
    let failed: Vec<&str> = failed.map(|result| result["name"].as_str().unwrap()).collect();
    assert_eq!(failed, BY_CHOICE);
    assert!(results.iter().filter(|result| result["status"] == "pass").count() >= 27, "{}", text(&output));
}

#[test]
fn scim2_cli_reads() {
    let bridge = small();
    let run = |arguments: &[&str]| -> Value {
        let output = program("scim2").args(["--url", bridge.base_url()]).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", text(&output)))
    };
    let found = run(&["query", "user", "--filter", "userName eq \"bjensen\""]);
    assert_eq!(found["totalResults"], 1);
    let id = found["Resources"][0]["id"].as_str().unwrap();
    let user = run(&["query", "user", id]);
    assert_eq!((&user["userName"], &user["name"]["familyName"]), (&"bjensen".into(), &"Jensen".into()));
    assert_eq!(run(&["query", "user", id, "--attribute", "userName"])["name"], Value::Null);
    let searched = run(&["search", "user", "--filter", "emails[type eq \"work\" and value co \"@example.com\"]"]);
    assert!(searched["totalResults"].as_u64().is_some_and(|total| total > 5), "{searched}");
    assert_eq!(run(&["query", "--count", "1"])["totalResults"], 29);
    let sorted = run(&["query", "group", "--sort-by", "displayName", "--sort-order", "descending", "--count", "2"]);
    let names: Vec<&str> =
        sorted["Resources"].as_array().unwrap().iter().map(|group| group["displayName"].as_str().unwrap()).collect();
    assert!(names.len() == 2 && names[0] > names[1], "{names:?}");
    let first = run(&["query", "user", "--cursor", "", "--count", "15"]);
    let rest = run(&["query", "user", "--cursor", first["nextCursor"].as_str().unwrap(), "--count", "15"]);
    assert_eq!(rest["Resources"].as_array().unwrap().len(), 5);
}
