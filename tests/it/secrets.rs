//! No secret stands in anything that a server or a command says, not even where everything is logged.

mod credentials;

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use serde_json::json;

use self::credentials::Credentials;
use super::command_line::{run, scimfront};
use super::support::bridge::{Bridge, BridgeOptions, TOKEN};
use super::support::client::{Reply, encoded};
use super::support::{private, shared};
use super::tls;
use super::watching::eventually;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// What must be seen nowhere: passwords and tokens, right and wrong.
const SECRETS: [&str; 14] = [
    TOKEN,
    "Guessed-Token-4711",
    "Basic-Password-12!",
    "Created-Horse-01!",
    "Patched-Horse-02!",
    "Replaced-Horse-03!",
    "Bulk-Horse-04!",
    "Broken-Horse-05!",
    "Misplaced-Horse-06!",
    "Filtered-Horse-07!",
    "Numbered-Horse-08!",
    "Pathed-Horse-09!",
    "Explained-Horse-10!",
    "Doubled-Horse-11!",
];

/// How a secret may look: as it is, in base64, in UTF-16 (as Active Directory has passwords), in hexadecimal digits.
fn disguises(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    // What follows the secret changes the last digits: they are left out.
    let base64 = |octets: &[u8]| STANDARD_NO_PAD.encode(&octets[..octets.len() / 3 * 3]).into_bytes();
    vec![
        ("plain", secret.into()),
        ("base64", base64(secret.as_bytes())),
        ("base64 for URLs", URL_SAFE.encode(secret).trim_end_matches('=').into()),
        ("UTF-16", utf16(secret)),
        ("base64 of UTF-16", base64(&utf16(secret))),
        ("base64 of quoted UTF-16", base64(&utf16(&format!("\"{secret}\"")))),
        ("percent-encoded", encoded(secret).into()),
        ("hexadecimal", hex(secret.as_bytes()).into()),
        ("octets as Rust shows them", format!("{:?}", secret.as_bytes()).trim_matches(['[', ']']).into()),
    ]
}

/// All that a run said, by where it said it.
#[derive(Default)]
struct Said(Vec<(String, Vec<u8>)>);

impl Said {
    fn add(&mut self, place: impl Into<String>, text: impl Into<Vec<u8>>) {
        self.0.push((place.into(), text.into()));
    }

    /// Where one of these `secrets` is to be seen, in whatever disguise.
    fn leaks(&self, secrets: &[String]) -> Vec<String> {
        // Searched as text: octets are compared one by one in a program that isn't optimised.
        let texts: Vec<_> = self.0.iter().map(|(place, text)| (place, String::from_utf8_lossy(text))).collect();
        let mut found = Vec::new();
        for secret in secrets {
            for (disguise, octets) in disguises(secret) {
                let sought = String::from_utf8(octets).unwrap();
                for (place, text) in &texts {
                    if let Some(at) = text.find(&sought) {
                        let (before, after) = (at.saturating_sub(120), (at + sought.len() + 40).min(text.len()));
                        let around = String::from_utf8_lossy(&text.as_bytes()[before..after]).into_owned();
                        found.push(format!("{secret} ({disguise}) in {place}: {around}"));
                    }
                }
            }
        }
        found
    }

    fn answer(&mut self, place: &str, reply: &Reply) -> u16 {
        let headers: String = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        self.add(place, [headers.into_bytes(), reply.body.clone()].concat());
        reply.status
    }
}

#[test]
fn nothing_that_is_said_has_a_secret_in_it() {
    let suffix = private();
    let mut options = BridgeOptions::openldap(&suffix);
    let folder = tempfile::tempdir().unwrap();
    let [access, audit] = ["access.jsonl", "audit.jsonl"].map(|name| folder.path().join(name));
    options.level = "trace".to_owned();
    options.log_lines = format!("[log.access]\nto = \"file\"\nfile = \"{}\"\n", access.display());
    let credentials = Credentials::new(&suffix);
    options.bridge_lines = Credentials::bridge_lines();
    options.further = format!("[bridge.main.audit]\nfile = \"{}\"\n{}", audit.display(), credentials.settings());
    let bridge = Bridge::start(shared(), &options);
    let bind_password = shared().password().to_owned();
    let mut said = Said::default();
    requests(&bridge, &mut said);
    credentials.requests(&bridge, &mut said);
    bridge.signal("HUP");
    eventually("it was reloaded", || bridge.log().contains("are in force"));
    credentials.mistakes(&bridge, &mut said);
    for page in ["/metrics", "/readyz"] {
        said.add(page, bridge.admin().get(page).body);
    }
    commands(&bridge, &mut said);
    said.add("the log", bridge.log());
    said.add("the access log", std::fs::read(&access).unwrap());
    said.add("the audit", std::fs::read(&audit).unwrap());
    let (log, audited) = (bridge.log(), std::fs::read_to_string(&audit).unwrap());
    assert!(log.contains("\"DEBUG\""), "no more is logged than usual:\n{log}");
    assert!(audited.contains("a password is set"), "no password was audited:\n{audited}");
    let mut secrets: Vec<String> = SECRETS.iter().map(ToString::to_string).collect();
    secrets.push(bind_password);
    secrets.extend(credentials.secrets());
    let found = said.leaks(&secrets);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_listeners_key_is_said_nowhere() {
    let (bridge, folder, _) = tls::start_at("trace", "");
    let key = std::fs::read_to_string(folder.path().join("server.key")).unwrap();
    let another = std::fs::read_to_string(folder.path().join("hr.key")).unwrap();
    let lines = |key: &str| key.lines().filter(|line| !line.starts_with("--")).map(str::to_owned).collect::<Vec<_>>();
    let secrets = [lines(&key), lines(&another)].concat();
    assert!(secrets.iter().any(|line| line.len() > 60), "{}", secrets.len());
    let mut said = Said::default();
    let (path, settings) = (folder.path().join("server.key"), bridge.folder().join("scimfront.toml"));
    // Another one's key, half of it, one that is no key, and the key in the certificate's place.
    for (place, text) in [
        ("another key", another),
        ("half a key", key[..key.len() / 2].to_owned()),
        ("a key without its frame", secrets.concat()),
    ] {
        std::fs::write(&path, text).unwrap();
        let before = bridge.log().matches("the files can't be used").count();
        bridge.signal("HUP");
        eventually(place, || bridge.log().matches("the files can't be used").count() > before);
        said.add(format!("/readyz, {place}"), bridge.admin().get("/readyz").body);
        let (stdout, stderr, status) = run(scimfront(&["serve", "--config"]).arg(&settings));
        assert_ne!(status, Some(0), "{place}: {stdout}{stderr}");
        said.add(format!("serve, {place}"), stdout + &stderr);
    }
    std::fs::write(&path, key).unwrap();
    bridge.signal("HUP");
    eventually("it was reloaded", || bridge.log().contains("are in force"));
    said.add("/metrics", bridge.admin().get("/metrics").body);
    said.add("the log", bridge.log());
    let found = said.leaks(&secrets);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Secrets where they belong, and where they don't.
fn requests(bridge: &Bridge, said: &mut Said) {
    let client = bridge.client();
    let scim = [("content-type", "application/scim+json")];
    let user =
        json!({ "schemas": [USER], "userName": "keeper", "name": { "familyName": "K" }, "password": SECRETS[3] });
    let reply = client.post("/Users", &user);
    assert_eq!(said.answer("POST", &reply), 201, "{}", reply.text());
    let path = format!("/Users/{}", reply.json()["id"].as_str().unwrap());
    let reply = client.patch(&path, &json!([{ "op": "replace", "path": "password", "value": SECRETS[4] }]));
    assert!(said.answer("PATCH", &reply) < 300, "{}", reply.text());
    let replaced =
        json!({ "schemas": [USER], "userName": "keeper", "name": { "familyName": "K" }, "password": SECRETS[5] });
    let reply = client.put(&path, &replaced);
    assert!(said.answer("PUT", &reply) < 300, "{}", reply.text());
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{ "method": "POST", "path": "/Users", "bulkId": "a", "data": {
            "schemas": [USER], "userName": "bulk-keeper", "name": { "familyName": "K" }, "password": SECRETS[6] } }],
    });
    assert_eq!(said.answer("bulk", &client.post("/Bulk", &bulk)), 200);
    let broken = format!("{{\"password\": \"{}\", ", SECRETS[7]);
    assert_eq!(said.answer("broken JSON", &client.send("POST", "/Users", &scim, Some(broken.as_bytes()))), 400);
    for (place, body) in [
        ("a name that is no text", json!({ "schemas": [USER], "userName": { "password": SECRETS[8] } })),
        ("a list of passwords", json!({ "schemas": [USER], "userName": "x", "password": [SECRETS[8]] })),
        (
            "an unknown attribute",
            json!({ "schemas": [USER], "userName": "keeper", "passwort": SECRETS[8], "password": SECRETS[8] }),
        ),
        (
            "a password that is an object",
            json!({ "schemas": [USER], "userName": "y", "password": { "value": SECRETS[10] } }),
        ),
    ] {
        let status = said.answer(place, &client.post("/Users", &body));
        // Some are understood all the same.
        assert!(status == 201 || (400..500).contains(&status), "{place}: {status}");
    }
    for operations in [
        json!([{ "op": "replace", "path": format!("emails[value eq \"{}\"", SECRETS[11]), "value": "x" }]),
        json!([{ "op": "add", "path": "password", "value": { "x": SECRETS[11] } }]),
        json!([{ "op": "replace", "path": "password[value eq \"x\"]", "value": SECRETS[11] }]),
    ] {
        // What is wrong with a path is said to whoever sent it, at the place: it is the answer alone that may show it.
        let reply = client.patch(&path, &operations);
        assert_eq!(reply.status, 400, "{}", reply.text());
    }
    let filter = encoded(&format!("password eq \"{}\"", SECRETS[9]));
    let reply = client.get(&format!("/Users?filter={filter}"));
    said.answer("a filter on passwords", &reply);
    assert_eq!(said.answer("a guess", &client.with_token(Some(SECRETS[1])).get("/Users")), 401);
    let basic = format!("Basic {}", STANDARD.encode(format!("keeper:{}", SECRETS[2])));
    assert_eq!(said.answer("basic", &client.send("GET", "/Users", &[("authorization", &basic)], None)), 401);
    let twice = format!("Bearer {}", SECRETS[13]);
    let twice = [("authorization", twice.as_str()), ("authorization", twice.as_str())];
    assert_eq!(said.answer("two tokens", &client.send("GET", "/Users", &twice, None)), 401);
}

fn commands(bridge: &Bridge, said: &mut Said) {
    let config = bridge.folder().join("scimfront.toml");
    let body = bridge.folder().join("body.json");
    let user =
        json!({ "schemas": [USER], "userName": "explained", "name": { "familyName": "K" }, "password": SECRETS[12] });
    std::fs::write(&body, user.to_string()).unwrap();
    let mut add = |place: &str, command: &mut Command| {
        let (stdout, stderr, status) = run(command.env("RUST_LOG", "trace"));
        assert_eq!(status, Some(0), "{place}: {stderr}");
        said.add(place, stdout + &stderr);
    };
    add("check", scimfront(&["check", "--config"]).arg(&config));
    add("explain", scimfront(&["explain", "--config"]).arg(&config).args(["create", "User"]).arg(&body));
    add(
        "explain --json",
        scimfront(&["explain", "--config"]).arg(&config).args(["--json", "create", "User"]).arg(&body),
    );
}
