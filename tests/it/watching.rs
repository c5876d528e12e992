//! What those who watch a server are told: metrics, readiness, and a line for each request.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::Duration;

use scimfront::sandbox::{Slapd, SlapdOptions, TreeOptions};
use scimfront::telemetry::{Kind, catalogue};
use serde_json::{Value, json};

use super::command_line::{run, scimfront};
use super::support::bridge::{Bridge, BridgeOptions, TOKEN};
use super::support::{private, shared};

/// Waits until this is so.
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..1_500 {
        if is_so() {
            return;
        }
        sleep(Duration::from_millis(20));
    }
    panic!("it didn't come about that {what}");
}

/// The value of the first sample whose line begins so.
pub(crate) fn sample(metrics: &str, beginning: &str) -> Option<f64> {
    metrics.lines().find(|line| line.starts_with(beginning))?.rsplit_once(' ')?.1.parse().ok()
}

fn metrics(bridge: &Bridge) -> String {
    let reply = bridge.admin().get("/metrics");
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/plain; version=0.0.4; charset=utf-8")));
    reply.text()
}

/// What can only be seen where something is in place that this test hasn't: TLS, a scan that is refused, an audit that fails.
const ELSEWHERE: &[&str] = &["scimfront_tls_certificate_expiry_timestamp_seconds"];

#[test]
fn metrics_are_those_of_the_reference() {
    let options = BridgeOptions { cache: String::new(), ..BridgeOptions::openldap(&private()) };
    let bridge = Bridge::start(shared(), &options);
    let whole = "scimfront_feed_whole{bridge=\"main\",directory=\"main\"}";
    eventually("changes are told of", || sample(&metrics(&bridge), whole) == Some(1.0));
    let client = bridge.client();
    let user = client.post("/Users", &json!({ "userName": "measured", "name": { "familyName": "Measured" } })).json();
    let id = user["id"].as_str().unwrap();
    assert_eq!(client.get(&format!("/Users/{id}")).status, 200);
    assert_eq!(client.get("/Users/none").status, 404);
    assert_eq!(client.with_token(Some("guessed")).get("/Users").status, 401);
    assert_eq!(client.get("/Users?filter=meta.location%20co%20%22x%22").status, 200);
    assert_eq!(client.delete(&format!("/Users/{id}")).status, 204);
    let text = metrics(&bridge);
    let labels = |route: &str, method: &str, status: u16, name: &str| {
        format!(
            "scimfront_http_requests_total{{bridge=\"main\",route=\"{route}\",method=\"{method}\",status=\"{status}\",client=\"{name}\"}}"
        )
    };
    for (beginning, expected) in [
        (labels("/{endpoint}/{id}", "GET", 200, "test"), 1.0),
        (labels("/{endpoint}/{id}", "GET", 404, "test"), 1.0),
        (labels("/{endpoint}", "GET", 401, "-"), 1.0),
        (labels("/{endpoint}", "POST", 201, "test"), 1.0),
        (labels("/{endpoint}/{id}", "DELETE", 204, "test"), 1.0),
        (
            "scimfront_http_request_duration_seconds_count{bridge=\"main\",route=\"/{endpoint}/{id}\",method=\"GET\"}"
                .into(),
            2.0,
        ),
        (
            "scimfront_ldap_operations_total{bridge=\"main\",directory=\"main\",operation=\"add\",result=\"ok\"}"
                .into(),
            1.0,
        ),
        ("scimfront_directory_ready{bridge=\"main\",directory=\"main\"}".into(), 1.0),
        ("scimfront_reload_last_successful".into(), 1.0),
    ] {
        assert_eq!(sample(&text, &beginning), Some(expected), "{beginning}\n{text}");
    }
    for beginning in ["scimfront_filter_candidates_total{bridge=\"main\"}", "process_resident_memory_bytes"] {
        assert!(sample(&text, beginning).is_some_and(|value| value > 0.0), "{beginning}\n{text}");
    }
    let shown: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let declared: BTreeSet<&str> = catalogue::ALL.iter().map(|metric| metric.name).collect();
    let missing: Vec<_> = declared.difference(&shown).filter(|name| !ELSEWHERE.contains(name)).collect();
    assert!(missing.is_empty(), "declared, and not shown: {missing:?}\n{text}");
    let unknown: Vec<_> = shown.difference(&declared).collect();
    assert!(unknown.is_empty(), "shown, and not declared: {unknown:?}");
    for metric in catalogue::ALL.iter().filter(|metric| !ELSEWHERE.contains(&metric.name)) {
        assert!(text.contains(&format!("# HELP {} {}\n", metric.name, metric.help)), "{}", metric.name);
        let suffix = if matches!(metric.kind, Kind::Histogram(_)) { "_count" } else { "" };
        let first = text.lines().find(|line| line.starts_with(&format!("{}{suffix}", metric.name))).unwrap_or_default();
        for label in metric.labels {
            assert!(first.contains(&format!("{label}=\"")), "{label} isn't in {first}");
        }
    }
}

#[test]
fn readiness_follows_the_directory() {
    let slapd = Slapd::start(&SlapdOptions::with_tree(TreeOptions::sized(5, 1))).unwrap();
    let bridge = Bridge::start(&slapd, &BridgeOptions::openldap(slapd.suffix()));
    let ready = || bridge.admin().get("/readyz");
    assert_eq!(ready().status, 200, "{}", ready().text());
    let told = ready().json();
    assert_eq!(told["bridges"]["main"]["directories"]["main"]["ready"], json!(true), "{told}");
    assert_eq!(told["files"]["refused"], Value::Null);
    assert_eq!(bridge.admin().get("/livez").status, 200);
    assert_eq!(bridge.admin().get("/Users").status, 404);
    let address = bridge.admin().address().to_string();
    let config = bridge.folder().join("scimfront.toml");
    let health = |more: &[&str]| {
        run(scimfront(&["health", "--config"]).arg(&config).args(more).env("SCIMFRONT__ADMIN__LISTEN", &address))
    };
    assert_eq!(health(&[]), (String::new(), String::new(), Some(0)));
    drop(slapd);
    eventually("the server isn't ready", || ready().status == 503);
    let told = ready().json();
    assert_eq!((&told["ready"], &told["bridges"]["main"]["ready"]), (&json!(false), &json!(false)), "{told}");
    eventually("it says why", || ready().json()["bridges"]["main"]["directories"]["main"]["failure"].is_string());
    assert_eq!(bridge.admin().get("/livez").status, 200);
    let (stdout, stderr, status) = health(&["--address", &address]);
    assert!(stdout.contains("\"failure\"") && stderr.contains("answers 503"), "{stdout}{stderr}");
    assert_eq!(status, Some(1));
    assert_eq!(health(&["--live"]).2, Some(0));
    drop(bridge);
    let (_, stderr, status) = run(&mut scimfront(&["health", "--live", "--address", &address]));
    assert!(status == Some(1) && stderr.contains(&address), "{stderr}");
}

#[test]
fn each_request_has_a_line_with_the_id_that_its_client_got() {
    let mut options = BridgeOptions::openldap(shared().suffix());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("access.jsonl");
    options.log_lines = format!("[log.access]\nto = \"file\"\nfile = \"{}\"\n", file.display());
    options.server_lines = "trusted_proxies = [\"127.0.0.0/8\"]".to_owned();
    let bridge = Bridge::start(shared(), &options);
    let query = "/Users?filter=userName%20eq%20%22hidden-in-a-query%22";
    let reply = bridge.client().send("GET", query, &[("x-forwarded-for", "203.0.113.7, 127.0.0.2")], None);
    let id = reply.header("x-request-id").unwrap().to_owned();
    let lines = || std::fs::read_to_string(&file).unwrap();
    eventually("the line is there", || lines().contains(&id));
    let text = lines();
    let line = text.lines().find(|line| line.contains(&id)).unwrap();
    let mut line: Value = serde_json::from_str(line).unwrap();
    let line = line.as_object_mut().unwrap();
    let [time, micros] = ["timestamp", "micros"].map(|name| line.remove(name).unwrap());
    assert!(time.as_str().unwrap().ends_with('Z') && micros.as_u64().unwrap() > 0, "{time} {micros}");
    let expected = json!({
        "level": "INFO", "target": "scimfront::access", "request": id, "client": "test", "peer": "203.0.113.7", "bridge": "main",
        "method": "GET", "path": "/scim/v2/Users", "route": "/{endpoint}", "status": 200, "bytes": reply.body.len()
    });
    assert_eq!(Value::Object(line.clone()), expected);
    assert!(!text.contains("hidden-in-a-query") && !text.contains(TOKEN), "{text}");
}
