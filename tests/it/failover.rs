//! Servers that replicate to each other, and of which one after the other is killed, while clients read and write: what was acknowledged
//! must be there ever after.

mod audit;
mod ledger;

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use scimfront::clock::{Clock, SystemClock};
use scimfront::sandbox::Slapd;
use serde_json::{Value, json};

use self::audit::{Lost, Survived};
use self::ledger::{Account, Ledger};
use super::support::RaisedInTheEnd;
use super::support::bridge::{Backing, Bridge, BridgeOptions, TOKEN};
use super::support::client::Client;
use super::support::cluster::{Cluster, Replication};
use super::watching::eventually;

/// How long it goes on: `make soak` says 300.
fn seconds() -> u64 {
    std::env::var("FAILOVER_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(20)
}

/// Four clients that write, each to an entry of its own, and four that read all of these.
const WRITERS: usize = 4;
const READERS: usize = 4;

fn start(cluster: &Cluster, ack: &str) -> Bridge {
    let first = &cluster.servers[0];
    let mut options = BridgeOptions::openldap(first.suffix());
    options.bridge_lines = String::new();
    options.further =
        "[bridge.main.audit]\nfile = \"audit.jsonl\"\n[server.limits]\nrequest_timeout = \"10s\"\n".to_owned();
    options.level = "warn,scimfront::directory=error,scimfront::bridge=error,scimfront::cli=info".to_owned();
    let backing = Backing {
        url: cluster.urls().join("\", \""),
        bind_dn: first.bind_dn(),
        password: first.password().to_owned(),
        lines: format!(
            "ack = \"{ack}\"\nfail_back = \"200ms\"\nreconnect_max = \"500ms\"\nstreams = 16\noperation_timeout = \"2s\""
        ),
    };
    Bridge::start_on(&backing, &options)
}

fn ids(client: &Client) -> Vec<String> {
    let people = client.get(&format!("/Users?count={WRITERS}&attributes=id")).json();
    people["Resources"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect()
}

/// Writes one number after the other, and in between somebody new, one client at a time.
fn write(client: &Client, account: &Account, ledger: &Ledger, turn: &Mutex<()>, done: &AtomicBool) {
    while !done.load(Relaxed) {
        let its_turn = turn.lock().unwrap();
        let number = account.begin();
        let operations = json!([{ "op": "replace", "path": "title", "value": number.to_string() }]);
        let begun = SystemClock.now();
        let reply = client.patch(&format!("/Users/{}", account.id), &operations);
        ledger.answered("written", reply.status, begun.elapsed());
        if reply.status < 300 {
            account.acknowledge(number);
        }
        if number.is_multiple_of(4) {
            let name = format!("new-{number}-{}", &account.id[..8]);
            let begun = SystemClock.now();
            let reply = client.post("/Users", &json!({ "userName": name, "name": { "familyName": "New" } }));
            ledger.answered("made", reply.status, begun.elapsed());
        }
        drop(its_turn);
        thread::sleep(Duration::from_millis(5));
    }
}

/// Reads them: one by one, and in lists.
fn read(client: &Client, accounts: &[Account], ledger: &Ledger, done: &AtomicBool) {
    let mut turn = 0;
    while !done.load(Relaxed) {
        turn += 1;
        let account = &accounts[turn % accounts.len()];
        let least = account.acknowledged();
        let begun = SystemClock.now();
        let (path, pointer) = match turn % 3 {
            0 => (format!("/Users?filter=id%20eq%20%22{}%22", account.id), "/Resources/0/title"),
            _ => (format!("/Users/{}", account.id), "/title"),
        };
        let reply = client.get(&path);
        ledger.answered("read", reply.status, begun.elapsed());
        if reply.status == 200 {
            let shown = reply.json().pointer(pointer).and_then(Value::as_str).and_then(|title| title.parse().ok());
            ledger.seen(account, least, shown.unwrap_or(0));
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Kills one server after the other, and starts it again. While it is away, the audit's writes are looked for on the others.
fn kill_and_restart(cluster: &mut Cluster, bridge: &Bridge, turn: &Mutex<()>) -> (usize, Lost) {
    let end = SystemClock.now() + Duration::from_secs(seconds());
    let (mut kills, mut lost) = (0, Lost::default());
    while SystemClock.now() < end {
        // Mostly the one that takes the writes.
        let victim = [0, 1, 0, 2][kills % 4];
        cluster.servers[victim].kill_hard().unwrap();
        let nobody_writes = turn.lock().unwrap();
        let others =
            || cluster.servers.iter().enumerate().filter(|(index, _)| *index != victim).map(|(_, other)| other);
        eventually("those that are left agree", || agree(others()));
        all_told(bridge, 0);
        lost.look(&audit(bridge), &survived(others().next().unwrap()));
        drop(nobody_writes);
        thread::sleep(Duration::from_millis(1_500));
        cluster.servers[victim].restart().unwrap();
        kills += 1;
        thread::sleep(Duration::from_millis(2_500));
        // Another one may go when this one has what it missed.
        let nobody_writes = turn.lock().unwrap();
        eventually("the servers agree", || agree(&cluster.servers));
        drop(nobody_writes);
    }
    eventually("it is ready again", || bridge.admin().get("/readyz").status == 200);
    (kills, lost)
}

fn audit(bridge: &Bridge) -> String {
    fs::read_to_string(bridge.folder().join("audit.jsonl")).unwrap()
}

/// Waits until the audit has an outcome for each intent: they are written as soon as they are known, not before the answer.
fn all_told(bridge: &Bridge, least: usize) {
    eventually("the audit has all outcomes", || {
        let audit = audit(bridge);
        let count = |event: &str| audit.matches(&format!("{{\"event\":\"{event}\"")).count();
        let outcomes = count("outcome");
        outcomes >= least && outcomes == count("intent")
    });
}

fn survived(server: &Slapd) -> Survived {
    let people = server.ldapsearch(server.suffix(), "(objectClass=inetOrgPerson)", &["entryUUID", "title"]);
    Survived::of(&people.unwrap())
}

/// Whether all servers have the same, while nobody writes.
fn agree<'a>(servers: impl IntoIterator<Item = &'a Slapd>) -> bool {
    let titles = |server: &Slapd| server.ldapsearch(server.suffix(), "(objectClass=*)", &["title", "entryCSN"]);
    let all: Vec<_> = servers.into_iter().map(titles).collect();
    all.windows(2).all(|two| matches!((&two[0], &two[1]), (Ok(one), Ok(other)) if one == other))
}

fn run(ack: &str) -> (Ledger, Lost) {
    let mut cluster = Cluster::start(3, 30, Replication::MultiProvider);
    let bridge = start(&cluster, ack);
    let accounts: Vec<Account> = ids(bridge.client()).into_iter().map(Account::new).collect();
    let (ledger, turn, done) = (Ledger::default(), Mutex::new(()), AtomicBool::new(false));
    let (mut kills, mut lost) = (0, Lost::default());
    thread::scope(|scope| {
        let client = || bridge.client().with_token(Some(TOKEN));
        for number in 0..WRITERS.max(READERS) {
            let (accounts, ledger, turn, done, own) = (&accounts, &ledger, &turn, &done, &accounts[number]);
            let [writer, reader] = [client(), client()];
            scope.spawn(move || write(&writer, own, ledger, turn, done));
            scope.spawn(move || read(&reader, accounts, ledger, done));
        }
        let _done = RaisedInTheEnd(&done);
        (kills, lost) = kill_and_restart(&mut cluster, &bridge, &turn);
    });
    // In the end, on each server.
    eventually("all servers agree", || agree(&cluster.servers));
    for account in &accounts {
        let shown = bridge.client().get(&format!("/Users/{}", account.id)).json();
        ledger.seen(
            account,
            account.acknowledged(),
            shown["title"].as_str().and_then(|title| title.parse().ok()).unwrap_or(0),
        );
    }
    println!("ack = \"{ack}\", {kills} kills in {} s: {ledger}", seconds());
    let still = Lost::still(&audit(&bridge), &survived(&cluster.servers[0]));
    println!(
        "acknowledged writes of the audit that were looked for: {:?}: {} were missing after a fail-over, {} are for good",
        lost.looked_for(),
        lost.found().count(),
        still.len(),
    );
    for done in lost.found() {
        println!("missing after a fail-over: {done}");
    }
    for done in &still {
        println!("lost for good: {done}");
        assert!(lost.has(done), "it went, though the servers that were left had it: {done}");
    }
    (ledger, lost)
}

#[test]
fn no_acknowledged_write_is_lost_where_two_servers_have_it() {
    let (ledger, lost) = run("replicated");
    ledger.assert_all_answered();
    assert_eq!(ledger.wrong(), Vec::<String>::new());
    assert_eq!(lost.found().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
}

/// What is lost where one server is enough stands in the audit. Mostly nothing is: changes need some milliseconds to the next server.
#[test]
fn what_is_lost_where_one_server_is_enough_is_told_by_the_audit() {
    if std::env::var_os("FAILOVER_SECONDS").is_none() {
        return;
    }
    let (ledger, lost) = run("written");
    ledger.assert_all_answered();
    println!("seen by clients: {:?}", ledger.wrong());
    assert_eq!(lost.looked_for().len(), 2, "{:?}", lost.looked_for());
}

/// A server dies with what no other one has: the audit and what is left tell what that was.
#[test]
fn what_went_with_its_server_is_found_by_the_audit() {
    let mut cluster = Cluster::start(2, 10, Replication::MultiProvider);
    let bridge = start(&cluster, "written");
    let id = &ids(bridge.client())[0];
    let title = |title: &str| {
        let operations = json!([{ "op": "replace", "path": "title", "value": title }]);
        bridge.client().patch(&format!("/Users/{id}"), &operations).status
    };
    let make = |name: &str| {
        bridge.client().post("/Users", &json!({ "userName": name, "name": { "familyName": "Made" } })).status
    };
    assert_eq!((title("1"), make("kept")), (200, 201));
    eventually("both have it", || agree(&cluster.servers));
    cluster.servers[1].kill_hard().unwrap();
    assert_eq!((title("2"), make("gone")), (200, 201));
    cluster.servers[0].kill_hard().unwrap();
    cluster.servers[1].restart().unwrap();
    eventually("the second one serves", || bridge.client().get("/Users?count=0").status == 200);
    all_told(&bridge, 4);
    let mut lost = Lost::default();
    lost.look(&audit(&bridge), &survived(&cluster.servers[1]));
    let found: Vec<_> = lost.found().map(ToString::to_string).collect();
    assert_eq!((lost.looked_for().values().sum::<usize>(), found.len()), (4, 2), "{found:?} {}", audit(&bridge));
    assert!(found.iter().any(|lost| lost.contains("title: 2")), "{found:?}");
    assert!(found.iter().any(|lost| lost.contains("uid: gone")), "{found:?}");
    assert_eq!(bridge.client().get(&format!("/Users/{id}")).json()["title"], "1");
}

/// Both ways, with replication stopped in the worst moment.
#[test]
fn a_write_that_no_second_server_has_is_not_acknowledged() {
    for (ack, status) in [("written", 200), ("replicated", 503)] {
        let mut cluster = Cluster::start(2, 10, Replication::MultiProvider);
        let bridge = start(&cluster, ack);
        let [id, gone, last] = &ids(bridge.client())[..3] else { panic!("too few") };
        let title = |title: &str| {
            let operations = json!([{ "op": "replace", "path": "title", "value": title }]);
            bridge.client().patch(&format!("/Users/{id}"), &operations).status
        };
        let delete = |id: &str| bridge.client().delete(&format!("/Users/{id}")).status;
        let shown = || bridge.client().get(&format!("/Users/{id}")).json()["title"].clone();
        assert_eq!(title("1"), 200);
        eventually("both have it", || agree(&cluster.servers));
        cluster.servers[1].suspend().unwrap();
        // The network between them is gone, and so is the first one, before it is there again.
        assert_eq!(title("2"), status, "{ack}");
        // The same again changes nothing, and is acknowledged no more than the first time.
        assert_eq!(title("2"), status, "{ack}");
        assert_eq!(delete(gone), if status == 200 { 204 } else { status }, "{ack}");
        cluster.servers[0].kill_hard().unwrap();
        cluster.servers[1].resume().unwrap();
        eventually("the second one serves", || bridge.client().get("/Users?count=0").status == 200);
        // What the first one had sent may have waited for the second one in its socket.
        let found = shown();
        println!("ack = \"{ack}\": {status}, and then the second server has {found}");
        assert!(found == "1" || found == "2", "{found}");
        let audit = fs::read_to_string(bridge.folder().join("audit.jsonl")).unwrap();
        let endings = |ending: &str| audit.matches(&format!("\"ending\":\"{ending}\"")).count();
        assert_eq!(endings("unknown"), if ack == "replicated" { 2 } else { 0 }, "{audit}");
        cluster.servers[0].restart().unwrap();
        eventually("writes are acknowledged again", || title("3") == 200);
        assert_eq!(shown(), "3");
        assert_eq!(delete(last), 204, "{ack}");
        eventually("both have lost it", || agree(&cluster.servers));
        assert_eq!(bridge.client().get(&format!("/Users/{gone}")).status, 404, "{ack}");
    }
}
