//! examples/monitoring, by a real Prometheus: it takes the files, every alert fires when it should, and every expression of rules and
//! dashboard has data.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::support::bridge::{Bridge, BridgeOptions};
use super::support::client::Client;
use super::support::{private, shared};
use super::tls;
use super::watching::eventually;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/monitoring")
}

fn promtool(arguments: &[&str]) {
    let output = Command::new("promtool").args(arguments).output().expect("promtool: `make test` installs prometheus");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
}

#[test]
fn alerts_fire_when_they_should_and_not_before() {
    let file = |name: &str| folder().join(name).display().to_string();
    promtool(&["check", "rules", &file("alerts.yml")]);
    promtool(&["check", "config", &file("prometheus.yml")]);
    promtool(&["test", "rules", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/monitoring/alerts.test.yml")]);
}

/// A Prometheus that ends with this value.
struct Prometheus {
    child: Child,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    /// The example's configuration, with other addresses and less patience.
    fn start(targets: &[SocketAddr]) -> Self {
        let private = tempfile::tempdir().unwrap();
        let text = std::fs::read_to_string(folder().join("prometheus.yml")).unwrap();
        let targets: Vec<String> = targets.iter().map(|target| format!("\"{target}\"")).collect();
        let quick = text.replace("interval: 15s", "interval: 500ms").replace("\"127.0.0.1:9090\"", &targets.join(", "));
        assert!(!quick.contains("15s") && quick.contains(&targets.join(", ")), "{quick}");
        std::fs::write(private.path().join("prometheus.yml"), quick).unwrap();
        std::fs::copy(folder().join("alerts.yml"), private.path().join("alerts.yml")).unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}/prometheus.yml", private.path().display()))
            .arg(format!("--storage.tsdb.path={}/data", private.path().display()))
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus: `make test` installs it");
        eventually("Prometheus listens", || std::net::TcpStream::connect(address).is_ok());
        Self { child, client: Client::new(address, "/api/v1", None), _folder: private }
    }

    /// How many samples the expression has that are numbers.
    fn samples(&self, expression: &str) -> usize {
        let encoded: String = expression.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let answer = self.client.get(&format!("/query?query={encoded}"));
        assert_eq!(answer.status, 200, "{expression}: {}", answer.text());
        let answer = answer.json();
        let samples = answer["data"]["result"].as_array().unwrap();
        samples.iter().filter(|sample| sample["value"][1] != "NaN").count()
    }

    /// The expressions of all rules, and what alerts compare.
    fn rules(&self) -> Vec<String> {
        let answer = self.client.get("/rules").json();
        let rules = answer["data"]["groups"][0]["rules"].as_array().unwrap();
        let queries = rules.iter().map(|rule| rule["query"].as_str().unwrap());
        queries.flat_map(|query| query.split(" and ")).map(without_comparison).collect()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is compared with a number, which an alert that doesn't fire has no sample of.
fn without_comparison(expression: &str) -> String {
    let operators = [" > ", " < ", " == "];
    let place = operators.iter().filter_map(|operator| expression.rfind(operator)).max();
    place.map_or(expression, |place| &expression[..place]).to_owned()
}

/// The dashboard's expressions, as Grafana sends them when all bridges are chosen.
fn dashboard() -> Vec<String> {
    let text = std::fs::read_to_string(folder().join("dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let expressions = targets.map(|target| target["expr"].as_str().unwrap());
    expressions.map(|text| text.replace("$__rate_interval", "30s").replace("$bridge", ".*")).collect()
}

#[test]
fn every_expression_of_alerts_and_dashboard_has_data() {
    let options = BridgeOptions { cache: String::new(), ..BridgeOptions::openldap(&private()) };
    let bridge = Bridge::start(shared(), &options);
    // It alone has a certificate that can expire.
    let (secured, _certificates, _) = tls::start("");
    let prometheus = Prometheus::start(&[bridge.admin().address(), secured.admin().address()]);
    let client = bridge.client();
    let mut open: Vec<String> = Vec::new();
    let mut number = 0;
    eventually("the rules are known", || {
        let answer = prometheus.client.get("/rules");
        answer.status == 200 && answer.json()["data"]["groups"][0]["rules"].is_array()
    });
    let all: Vec<String> = prometheus.rules().into_iter().chain(dashboard()).collect();
    assert!(all.len() > 50, "{}", all.len());
    eventually(&format!("all of these have data: {all:?}"), || {
        // Reads from memory and not, writes, scans, errors.
        number += 1;
        let name = format!("watched{number}");
        let user = client.post("/Users", &json!({ "userName": name, "name": { "familyName": "Watched" } })).json();
        let id = user["id"].as_str().unwrap();
        for path in [
            &*format!("/Users/{id}"),
            &*format!("/Users/{id}"),
            "/Users/none",
            "/Users?filter=meta.location%20co%20%22x%22",
        ] {
            client.get(path);
        }
        assert_eq!(client.delete(&format!("/Users/{id}")).status, 204);
        assert_eq!(client.with_token(Some("guessed")).get("/Users").status, 401);
        open = all.iter().filter(|expression| prometheus.samples(expression) == 0).cloned().collect();
        if number % 20 == 0 {
            println!("still without data: {open:#?}");
        }
        open.is_empty()
    });
    assert_eq!(prometheus.samples("scimfront_of_no_such_name"), 0);
    println!("{} expressions have data after {number} rounds", all.len());
}
