//! What clients ask of a server: a bit of everything, right and wrong, and some that take their time.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use scimfront::clock::{Clock as _, SystemClock};
use serde_json::json;

use super::outages::Outages;
use crate::support::bridge::{Bridge, TOKEN};
use crate::support::client::{Client, Reply, encoded, patch_message};

/// How many answers of a kind there were, and how long the slowest took.
type Answers = BTreeMap<(&'static str, u16), (usize, Duration)>;

/// What was asked, and how it was answered.
#[derive(Debug, Default)]
pub(super) struct Load {
    next: AtomicU64,
    answers: Mutex<Answers>,
    /// When nothing could be answered.
    pub(super) outages: Outages,
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
            let status = self.one(&client, turn, number, &ids);
            // The machine has others to serve. Who is told to come again doesn't at once: refusals are quick, and would be the load.
            thread::sleep(Duration::from_millis(if matches!(status, 503 | 504) { 100 } else { 3 }));
        }
    }

    fn one(&self, client: &Client, turn: u64, number: usize, ids: &[String]) -> u16 {
        let id = ids.get(turn as usize % ids.len().max(1)).map_or("none", String::as_str);
        let begun = SystemClock.now();
        let (what, reply) = match turn % 19 {
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
            15 => ("put", put(client, id, turn)),
            16 => ("bulk", bulk(client, id, turn)),
            17 => ("pages", pages(client)),
            _ => ("life", life(client, turn, number)),
        };
        if matches!(reply.status, 503 | 504) {
            self.outages.failed();
        }
        let mut answers = self.answers.lock().unwrap();
        let (count, longest) = answers.entry((what, reply.status)).or_default();
        *count += 1;
        *longest = begun.elapsed().max(*longest);
        reply.status
    }

    /// How many requests went well so far.
    pub(super) fn good(&self) -> usize {
        let answers = self.answers.lock().unwrap();
        answers.iter().filter(|((_, status), _)| *status < 300).map(|(_, (count, _))| count).sum()
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
        for ((what, status), (count, _)) in answers.iter() {
            let expected: &[u16] = match *what {
                "unknown" => &[404],
                "wrong" | "broken" => &[400],
                "nobody" => &[401],
                "change" | "put" => &[200, 204, 404, 412],
                "life" => &[204, 404, 409],
                "get" => &[200, 404],
                _ => &[200],
            };
            assert!(expected.contains(status) || matches!(status, 503 | 504), "{count} times {status} for {what}");
        }
        // Faults are what the load is interrupted by, not what it consists of.
        for what in ["get", "list", "sorted", "filter", "groups", "change", "put", "bulk", "pages", "life"] {
            let of = |good: bool| -> usize {
                let all = answers.iter().filter(|((other, _), _)| *other == what);
                all.filter(|((_, status), _)| (*status < 300) == good).map(|(_, (count, _))| count).sum()
            };
            assert!(of(true) > of(false), "{what} went well {} times, and not {} times", of(true), of(false));
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

/// The whole of somebody as it was read, with another title.
fn put(client: &Client, id: &str, turn: u64) -> Reply {
    let read = client.get(&format!("/Users/{id}"));
    if read.status != 200 {
        return read;
    }
    let mut user = read.json();
    user["title"] = json!(format!("title {turn}"));
    client.put(&format!("/Users/{id}"), &user)
}

/// Three operations at once: a change, one that is refused, and one of nobody.
fn bulk(client: &Client, id: &str, turn: u64) -> Reply {
    let patch = |value: &str| patch_message(&json!([{ "op": "replace", "path": "title", "value": value }]));
    client.post(
        "/Bulk",
        &json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [
                { "method": "PATCH", "path": format!("/Users/{id}"), "data": patch(&format!("title {turn}")) },
                { "method": "POST", "path": "/Users", "bulkId": "nameless", "data": { "userName": "" } },
                { "method": "DELETE", "path": "/Users/none" },
            ],
        }),
    )
}

/// The first pages of a list by cursor (RFC 9865), each of which begins where the one before it ended.
fn pages(client: &Client) -> Reply {
    let mut reply = client.get("/Users?count=40&cursor=");
    for _ in 0..4 {
        let next = (reply.status == 200).then(|| reply.json()["nextCursor"].as_str().map(str::to_owned)).flatten();
        let Some(next) = next else { break };
        reply = client.get(&format!("/Users?count=40&cursor={}", encoded(&next)));
    }
    reply
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
        for ((what, status), (count, longest)) in self.answers.lock().unwrap().iter() {
            writeln!(f, "  {what}: {count} answers with {status}, the slowest after {} ms", longest.as_millis())?;
        }
        write!(f, "{}", self.outages)
    }
}
