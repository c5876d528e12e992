//! `/openapi.json`: OpenAPI 3.1 by a validator that isn't ours, and true: schemathesis makes requests of it and compares the answers.

use std::process::Output;

use super::python::{program, text};
use super::support::bridge::{Bridge, BridgeOptions, TOKEN};
use super::support::{private, shared};

/// A server whose description anybody may read, as a tool does that has no token yet.
fn bridge() -> Bridge {
    let mut options = BridgeOptions::openldap(&private());
    options.server_lines.push_str("public_discovery = true\n");
    Bridge::start(shared(), &options)
}

#[test]
fn the_openapi_document_is_valid() {
    let bridge = bridge();
    let reply = bridge.client().with_token(None).get("/openapi.json");
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")), "{}", reply.text());
    let file = bridge.folder().join("openapi.json");
    std::fs::write(&file, &reply.body).unwrap();
    let output = program("openapi-spec-validator").arg("--schema").arg("3.1").arg(&file).output().unwrap();
    assert!(output.status.success() && text(&output).contains(": OK"), "{}", text(&output));
    let document = reply.json();
    assert_eq!(document["servers"][0]["url"], bridge.base_url());
    // What the directory can't hold isn't described, as in /Schemas.
    let user = &document["components"]["schemas"]["User"]["properties"];
    assert!(user["userName"].is_object() && user["externalId"].is_object(), "{user}");
    assert_eq!(user.get("password"), None);
    // A mistake would be found.
    std::fs::write(&file, reply.text().replace("\"responses\"", "\"answers\"")).unwrap();
    assert!(
        !program("openapi-spec-validator").arg("--schema").arg("3.1").arg(&file).output().unwrap().status.success()
    );
}

#[test]
fn schemathesis_finds_no_answer_that_the_document_does_not_describe() {
    let bridge = bridge();
    let output =
        schemathesis(&bridge, &["--max-examples", "4", "--phases", "examples,coverage,fuzzing", "--seed", "1"]);
    let said = text(&output);
    println!("{said}");
    assert!(output.status.success(), "{said}\n{}", bridge.log());
    assert!(!bridge.log().contains("panicked"), "{}", bridge.log());
}

/// The long run: `make fuzz-api`.
#[test]
#[ignore = "takes ten minutes"]
fn schemathesis_finds_nothing_in_ten_minutes() {
    let seconds = std::env::var("SECONDS_EACH").unwrap_or_else(|_| "600".into());
    let bridge = bridge();
    let output = schemathesis(&bridge, &["--max-time", &seconds]);
    let said = text(&output);
    println!("{said}");
    assert!(output.status.success(), "{said}\n{}", bridge.log());
}

fn schemathesis(bridge: &Bridge, more: &[&str]) -> Output {
    let settings = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/schemathesis.toml");
    let mut command = program("schemathesis");
    command.current_dir(bridge.folder());
    command.args(["--config-file", settings, "run", &format!("{}/openapi.json", bridge.base_url())]);
    command.args(["--header", &format!("Authorization: Bearer {TOKEN}")]).args(more);
    command.output().unwrap()
}
