//! What clients ask of a server: a bit of everything, right and wrong, and some that take their time.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::support::bridge::{Bridge, TOKEN};
use crate::support::client::{Client, Reply, encoded};

/// What was asked, and how it was answered.
#[derive(Debug, Default)]
pub(super) struct Load {
    next: AtomicU64,
    answers: Mutex<BTreeMap<(&'static str, u16), usize>>,
}

impl Load {
    /// Asks until `done`.
    pub(super) fn work(&self, bridge: &Bridge, number: usize, done: &AtomicBool) {
        let client = bridge.client().with_token(Some(TOKEN));
        let mut ids = Vec::new();
        while !done.load(Relaxed) {
            let turn = self.next.fetch_add(1, Relaxed);
            if ids.is_empty() || turn.is_multiple_of(500) {
                ids = everybody(&client);
            }
            self.one(&client, turn, number, &ids);
            // The machine has others to serve.
            thread::sleep(Duration::from_millis(3));
        }
    }

    fn one(&self, client: &Client, turn: u64, number: usize, ids: &[String]) {
        let id = ids.get(turn as usize % ids.len().max(1)).map_or("none", String::as_str);
        let (what, reply) = match turn % 16 {
            0..=4 => ("get", client.get(&format!("/Users/{id}"))),
            5 => ("list", client.get("/Users?count=50")),
            6 => ("sorted", client.get("/Users?count=20&sortBy=name.familyName&startIndex=30")),
            7 => {
                let filter = encoded("name.familyName co \"a\" and emails[type eq \"work\"]");
                ("filter", client.get(&format!("/Users?count=20&filter={filter}")))
            }
            8 => ("groups", client.get("/Groups?count=10")),
            9 => ("schemas", client.get("/Schemas")),
            10 => ("unknown", client.get("/Users/none")),
            11 => ("wrong", client.get("/Users?filter=nonsense")),
            12 => ("nobody", client.with_token(Some("guessed")).get("/Users")),
            13 => ("broken", client.send("POST", "/Users", &[("content-type", "application/json")], Some(b"{\"a\":"))),
            14 => ("change", change(client, id, turn)),
            _ => ("life", life(client, turn, number)),
        };
        *self.answers.lock().unwrap().entry((what, reply.status)).or_default() += 1;
    }

    /// Sends halves of requests, and reads halves of answers, until `done`.
    pub(super) fn dawdle(&self, bridge: &Bridge, done: &AtomicBool) {
        let address = bridge.client().address();
        while !done.load(Relaxed) {
            let mut slow: Vec<TcpStream> = (0..10).filter_map(|_| TcpStream::connect(address).ok()).collect();
            for (number, stream) in slow.iter_mut().enumerate() {
                let head =
                    format!("GET /scim/v2/Users?count=300 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n");
                let half = if number % 2 == 0 { &head[..40] } else { &head };
                let _ = stream.write_all(half.as_bytes());
                if number % 2 == 1 {
                    let _ = stream.write_all(b"\r\n");
                }
            }
            thread::sleep(Duration::from_millis(900));
        }
    }

    /// Everything was answered as it should be, or with 503 (or 504) while the directory was away.
    pub(super) fn assert_as_expected(&self) {
        let answers = self.answers.lock().unwrap();
        for ((what, status), count) in answers.iter() {
            let expected: &[u16] = match *what {
                "unknown" => &[404],
                "wrong" | "broken" => &[400],
                "nobody" => &[401],
                "change" => &[200, 204, 404, 412],
                "life" => &[204, 404, 409],
                "get" => &[200, 404],
                _ => &[200],
            };
            assert!(expected.contains(status) || matches!(status, 503 | 504), "{count} times {status} for {what}");
        }
        for what in ["get", "list", "sorted", "filter", "change", "life"] {
            assert!(answers.keys().any(|(other, status)| *other == what && *status < 300), "{what} never went well");
        }
    }
}

fn everybody(client: &Client) -> Vec<String> {
    let reply = client.get("/Users?count=300&attributes=id");
    if reply.status != 200 {
        return Vec::new();
    }
    let resources = reply.json()["Resources"].as_array().cloned().unwrap_or_default();
    resources.iter().filter_map(|user| user["id"].as_str().map(str::to_owned)).collect()
}

fn change(client: &Client, id: &str, turn: u64) -> Reply {
    client.patch(
        &format!("/Users/{id}"),
        &json!([{ "op": "replace", "path": "title", "value": format!("title {turn}") }]),
    )
}

/// Somebody comes, joins a group, and goes.
fn life(client: &Client, turn: u64, number: usize) -> Reply {
    let name = format!("soaked-{number}-{turn}");
    let made = client.post("/Users", &json!({ "userName": name, "name": { "familyName": "Soaked" } }));
    let Some(id) = (made.status == 201).then(|| made.json()["id"].as_str().map(str::to_owned)).flatten() else {
        return made;
    };
    let group = client.post("/Groups", &json!({ "displayName": name, "members": [{ "value": id }] }));
    if group.status == 201 {
        client.delete(&format!("/Groups/{}", group.json()["id"].as_str().unwrap_or_default()));
    }
    client.delete(&format!("/Users/{id}"))
}

impl std::fmt::Display for Load {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for ((what, status), count) in self.answers.lock().unwrap().iter() {
            write!(f, "{what} {status}: {count}, ")?;
        }
        Ok(())
    }
}
