//! What is left of many requests: memory, file descriptors, message ids. Reads of all kinds by wrk, and writes, misses and odd
//! requests beside them.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::encoded;
use crate::Result;
use crate::bridge::{Bridge, Memory, PATH, TOKEN};
use crate::http::Client;
use crate::process::{descriptors, memory};
use crate::report::{Goal, Report, Row};
use crate::stage::{Person, Stage, other, people};
use crate::wrk::Wrk;

const CONNECTIONS: usize = 16;
/// How many people the directory has.
const PEOPLE: usize = 20_000;
/// How long memory may take to be given back, and connections to be closed.
const CALM: Duration = Duration::from_secs(5);
/// How long one run of wrk takes at most.
const SLICE: Duration = Duration::from_secs(5);

pub(crate) fn measure(stage: &Stage<'_>, report: &mut Report) -> Result<()> {
    // A directory of its own: it is written to.
    let users = PEOPLE.min(stage.options.users);
    let slapd = other(users, stage.options)?;
    let people = people(&slapd, users, stage.options)?;
    let bridge = Bridge::start(&slapd, &slapd.url(), stage.options, Memory::Shipped)?;
    let load = Load { bridge: &bridge, wrk: &Wrk::over(&reads(&bridge, &people)?)?, people: &people };
    let most = stage.options.requests;
    let begun = Instant::now();
    let (first, done) = load.run(0, most / 10)?;
    let (last, done) = load.run(done, most)?;
    let grown = last.bytes - first.bytes;
    let allowed = (first.bytes * 0.05).max(10e6);
    let seconds = begun.elapsed().as_secs_f64();
    let row = |what: String, ours: String, value: f64, unit, most: f64, note: String| Row {
        what,
        ours,
        theirs: String::new(),
        value,
        unit,
        goal: Goal::AtMost(most),
        note,
        samples: json!({ "first": first.json(), "last": last.json() }),
    };
    report.add(row(
        format!("memory gained from {} to {done} mixed requests", first.requests),
        format!("{:.1} MB", last.bytes / 1e6),
        grown / 1e6,
        " MB",
        (allowed / 1e5).round() / 10.0,
        format!("resident when idle, from {:.1} MB; {seconds:.0} s; 5 % or 10 MB are allowed", first.bytes / 1e6),
    ));
    #[allow(clippy::cast_precision_loss, reason = "a few")]
    let gained = last.descriptors as f64 - first.descriptors as f64;
    let note = format!("{} after {} requests", first.descriptors, first.requests);
    report.add(row("file descriptors gained".to_owned(), last.descriptors.to_string(), gained, "", 0.0, note));
    let note = "on shared connections (`scimfront_ldap_message_ids`)".to_owned();
    report.add(row("message ids held when idle".to_owned(), format!("{:.0}", last.ids), last.ids, "", 0.0, note));
    Ok(())
}

/// What a bridge holds when it is idle.
#[derive(Debug, Clone, Copy)]
struct Idle {
    requests: usize,
    bytes: f64,
    descriptors: usize,
    ids: f64,
}

impl Idle {
    /// Looks once all is calm.
    fn look(bridge: &Bridge, requests: usize) -> Result<Self> {
        sleep(CALM);
        #[allow(clippy::cast_precision_loss, reason = "megabytes are shown")]
        let bytes = memory(bridge.pid()) as f64;
        // The connection that asks for metrics is no client's.
        let descriptors = descriptors(bridge.pid());
        // One that is taken by the watch over the feed may be in flight at any moment: the fewest of some looks.
        let mut ids = f64::MAX;
        for _ in 0..20 {
            ids = ids.min(bridge.metric("scimfront_ldap_message_ids", "")?);
            sleep(Duration::from_millis(37));
        }
        Ok(Self { requests, bytes, descriptors, ids })
    }

    fn json(&self) -> Value {
        json!({
            "requests": self.requests, "resident_bytes": self.bytes, "descriptors": self.descriptors,
            "message_ids": self.ids,
        })
    }
}

/// What is asked of a bridge.
struct Load<'a> {
    bridge: &'a Bridge,
    wrk: &'a Wrk,
    people: &'a [Person],
}

impl Load<'_> {
    /// Asks until `most` requests are done altogether, `done` of them before; then lets it all calm down.
    fn run(&self, done: usize, most: usize) -> Result<(Idle, usize)> {
        let stop = AtomicBool::new(false);
        let (done, beside) = thread::scope(|scope| {
            let odd = scope.spawn(|| oddities(self.bridge, self.people, &stop));
            let read = self.read(done, most);
            stop.store(true, Relaxed);
            let beside = odd.join().map_err(|_| "what writes panicked")?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>((read?, beside?))
        })?;
        let done = done + beside;
        Ok((Idle::look(self.bridge, done)?, done))
    }

    fn read(&self, mut done: usize, most: usize) -> Result<usize> {
        while done < most {
            let outcome = self.wrk.run(self.bridge.address(), TOKEN, CONNECTIONS, SLICE)?;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let requests = outcome.requests as usize;
            done += requests;
        }
        Ok(done)
    }
}

/// What wrk asks for: users by id above all, searches, parts, pages, groups, discovery.
fn reads(bridge: &Bridge, people: &[Person]) -> Result<Vec<String>> {
    let list: Value =
        serde_json::from_slice(&bridge.client()?.body(&format!("{PATH}/Groups?attributes=id&count=200"))?)?;
    // The largest would be all that is measured.
    let groups: Vec<&str> =
        list["Resources"].as_array().into_iter().flatten().skip(20).filter_map(|group| group["id"].as_str()).collect();
    let mut paths = Vec::new();
    for (place, (person, path)) in people.iter().map(|person| (person, by_id(person))).enumerate() {
        let name = encoded(&format!("userName eq {}", Value::from(person.user_name.as_str())));
        paths.push(match place % 20 {
            0 | 1 => format!("{PATH}/Users?filter={name}"),
            2 => format!("{path}?attributes=userName,groups"),
            3 => format!("{path}?excludedAttributes=groups"),
            4 if place % 100 == 4 => format!("{PATH}/Users?count=20&startIndex={}", 1 + place * 3),
            4 if place % 100 == 24 => format!("{PATH}/Users?cursor&count=20"),
            5 if place % 100 == 5 => format!("{PATH}/ServiceProviderConfig"),
            6 if place % 100 == 6 => format!("{PATH}/Schemas"),
            7 if !groups.is_empty() => format!("{PATH}/Groups/{}", groups[place % groups.len()]),
            _ => path,
        });
    }
    Ok(paths)
}

/// One at a time until told to stop: changes, a creation and a deletion, unknown ids, bad filters, no token, connections that
/// end in the middle. Returns how many requests that were.
fn oddities(bridge: &Bridge, people: &[Person], stop: &AtomicBool) -> Result<usize> {
    let mut client = bridge.client()?;
    let mut count = 0;
    for (place, person) in people.iter().cycle().enumerate() {
        if stop.load(Relaxed) {
            break;
        }
        count += 1;
        let path = &by_id(person);
        match place % 8 {
            0 | 4 => {
                let operations = json!([{ "op": "replace", "path": "title", "value": format!("Guide {place}") }]);
                let schemas = json!(["urn:ietf:params:scim:api:messages:2.0:PatchOp"]);
                let patch = json!({ "schemas": schemas, "Operations": operations });
                client.write("PATCH", path, &patch.to_string())?;
            }
            1 => expect(&mut client, &format!("{PATH}/Users/{place}-is-nobody"), 404)?,
            2 => expect(&mut client, &format!("{PATH}/Users?filter=userName%20eq"), 400)?,
            3 => expect(&mut Client::connect(bridge.address(), "not-a-token")?, path, 401)?,
            5 => {
                Client::connect(bridge.address(), TOKEN)?.hang_up(path)?;
            }
            6 => {
                let body = super::writing::body(&format!("passing-{place}"));
                let made: Value = serde_json::from_slice(&client.write("POST", &format!("{PATH}/Users"), &body)?)?;
                let id = made["id"].as_str().ok_or("a user without id")?;
                client.write("DELETE", &format!("{PATH}/Users/{id}"), "")?;
                count += 1;
            }
            _ => expect(
                &mut client,
                &format!("{PATH}/Users?count=50&sortBy=userName&filter=userName%20sw%20%22b%22"),
                200,
            )?,
        }
        sleep(Duration::from_millis(2));
    }
    Ok(count)
}

fn by_id(person: &Person) -> String {
    format!("{PATH}/Users/{}", person.id)
}

fn expect(client: &mut Client, path: &str, status: u16) -> Result<()> {
    let answer = client.get(path)?;
    if answer.status == status { Ok(()) } else { Err(format!("GET {path}: {} and not {status}", answer.status).into()) }
}
