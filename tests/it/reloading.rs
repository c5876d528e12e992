//! Files that are read again while requests are under way, and a server that stops while they are.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use scimfront::auth::hashed;
use scimfront::sandbox::{Slapd, SlapdOptions, TreeOptions};
use serde_json::{Value, json};

use super::support::bridge::{Bridge, BridgeOptions, TOKEN};
use super::support::client::Client;
use super::support::{RaisedInTheEnd, private, shared};
use super::watching::{eventually, sample};

/// SHA-256 of `another-token`.
const ANOTHER: &str = "another-token";
const ANOTHER_SHA256: &str = "9e78bcb94091b75109fd6773524fc8d6a4f8a6dfb3dae39a9c26c5001879bcf3";

/// How often the files are read again: `make soak` says 1,000.
fn rounds() -> usize {
    std::env::var("RELOADS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(50)
}

/// First pages of lists take two connections each: as many as all clients may want at once.
const STREAMS: &str = "streams = 32";

fn reloads(bridge: &Bridge, result: &str) -> usize {
    let text = bridge.admin().get("/metrics").text();
    sample(&text, &format!("scimfront_reloads_total{{result=\"{result}\"}}")).unwrap_or(0.0) as usize
}

fn refusal(bridge: &Bridge) -> Value {
    bridge.admin().get("/readyz").json()["files"]["refused"]["why"].clone()
}

/// Changes a file at once, as tools do that know their trade.
fn replace(bridge: &Bridge, name: &str, text: &str) {
    let path = bridge.folder().join(name);
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(&new, &path).unwrap();
}

#[test]
fn files_are_read_again_and_again_without_a_failed_request() {
    let suffix = private();
    let options = BridgeOptions { server_lines: "reload_on_change = false".into(), ..BridgeOptions::openldap(&suffix) };
    let bridge = Bridge::start_with(shared(), &options, STREAMS);
    let read = |name: &str| fs::read_to_string(bridge.folder().join(name)).unwrap();
    let (settings, mapping) = (read("scimfront.toml"), read("mapping.toml"));
    let with_another = settings.replace(
        "[bridge.main.directory.main]",
        &format!("[bridge.main.client.another]\ntoken_sha256 = \"{ANOTHER_SHA256}\"\n\n[bridge.main.directory.main]"),
    );
    let (done, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for worker in 0..4 {
            let (done, answered, client) = (&done, &answered, bridge.client().with_token(Some(TOKEN)));
            scope.spawn(move || {
                let mut turn = 0;
                while !done.load(Relaxed) {
                    turn += 1;
                    let reply = match turn % 4 {
                        0 => client.get("/Users?count=5"),
                        1 => client.get("/Groups?filter=displayName%20sw%20%22a%22"),
                        2 => client.get("/ServiceProviderConfig"),
                        _ => client.post(
                            "/Users",
                            &json!({ "userName": format!("reloaded-{worker}-{turn}"), "name": { "familyName": "R" } }),
                        ),
                    };
                    assert!(matches!(reply.status, 200 | 201), "{} {}", reply.status, reply.text());
                    answered.fetch_add(1, Relaxed);
                    // Requests are under way all the time, and leave the machine room for others.
                    thread::sleep(Duration::from_millis(20));
                }
            });
        }
        let _done = RaisedInTheEnd(&done);
        for round in 0..rounds() {
            let before = (reloads(&bridge, "ok"), reloads(&bridge, "refused"));
            let is_good = round % 2 == 0;
            match round % 8 {
                0 => {
                    replace(&bridge, "scimfront.toml", &settings);
                    replace(&bridge, "mapping.toml", &format!("{mapping}# {round}\n"));
                }
                1 => replace(&bridge, "mapping.toml", "version = 1\nextends = \"builtin:nothing\"\n"),
                2 => {
                    replace(&bridge, "mapping.toml", &mapping);
                    replace(&bridge, "scimfront.toml", &with_another);
                }
                3 => replace(&bridge, "scimfront.toml", &settings[..settings.len() / 2]),
                4 => replace(&bridge, "scimfront.toml", &settings),
                5 => replace(&bridge, "scimfront.toml", &settings.replace("/password\"", "/nothing\"")),
                6 => replace(
                    &bridge,
                    "scimfront.toml",
                    &settings.replace("[log]", "[bridge.main.limits]\nscan = 150000\n\n[log]"),
                ),
                _ => replace(&bridge, "scimfront.toml", &settings.replace("level = \"", "levle = \"")),
            }
            bridge.signal("HUP");
            let result = if is_good { "ok" } else { "refused" };
            let (ok, refused) = if is_good { (before.0 + 1, before.1) } else { (before.0, before.1 + 1) };
            eventually(&format!("round {round} is {result}"), || {
                (reloads(&bridge, "ok"), reloads(&bridge, "refused")) == (ok, refused)
            });
            assert_eq!(refusal(&bridge).is_null(), is_good, "{}", refusal(&bridge));
            let another = bridge.client().with_token(Some(ANOTHER)).get("/Users?count=0").status;
            // A bad file changes nothing.
            assert_eq!(another, if matches!(round % 8, 2 | 3) { 200 } else { 401 }, "round {round}");
        }
    });
    assert!(answered.load(Relaxed) > rounds(), "{} requests", answered.load(Relaxed));
    println!("{} reloads, {} requests answered, none failed", rounds(), answered.load(Relaxed));
}

/// Who reads a list page by page goes on where they were, though the mapping was read again in between, and every resource is another
/// version of itself.
#[test]
fn a_cursor_outlives_a_changed_mapping() {
    let bridge = Bridge::start(shared(), &BridgeOptions::openldap(shared().suffix()));
    let mapping = fs::read_to_string(bridge.folder().join("mapping.toml")).unwrap();
    let ids = |page: &Value| -> Vec<String> {
        let resources = page["Resources"].as_array().unwrap().iter();
        resources.map(|user| user["id"].as_str().unwrap().to_owned()).collect()
    };
    let page = |cursor: &str| {
        let reply = bridge.client().get(&format!("/Users?count=5&cursor={cursor}"));
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    };
    let first = page("");
    let next = first["nextCursor"].as_str().unwrap();
    let second = page(next);
    replace(&bridge, "mapping.toml", &format!("{mapping}# changed\n"));
    bridge.signal("HUP");
    eventually("the mapping is read", || reloads(&bridge, "ok") >= 1);
    let again = page(next);
    assert_eq!(ids(&again), ids(&second));
    assert_ne!(again["Resources"][0]["meta"]["version"], second["Resources"][0]["meta"]["version"]);
}

#[test]
fn what_clients_authenticate_by_is_told_as_it_is_now() {
    let bridge = Bridge::start(shared(), &BridgeOptions::openldap(shared().suffix()));
    let path = bridge.folder().join("scimfront.toml");
    let settings = fs::read_to_string(&path).unwrap();
    let get = |tag: &str| {
        let headers = [("authorization", format!("Bearer {TOKEN}")), ("if-none-match", tag.to_owned())];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        ["/ServiceProviderConfig", "/openapi.json"].map(|path| bridge.client().send("GET", path, &headers, None))
    };
    let kinds = |config: &Value| {
        let schemes = config["authenticationSchemes"].as_array().unwrap();
        schemes.iter().map(|scheme| scheme["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let [config, described] = get("\"none\"");
    assert_eq!(kinds(&config.json()), ["oauthbearertoken"]);
    let tags = [&config, &described].map(|reply| reply.header("etag").unwrap().to_owned());
    let again = get(&tags.join(", "));
    assert_eq!(again.map(|reply| reply.status), [304, 304]);
    let with_a_password = format!(
        "{settings}\n[bridge.main.client.basic]\nbasic = {{ user = \"b\", password_hash = \"{}\" }}\n",
        hashed(&"b".into()).unwrap()
    );
    replace(&bridge, "scimfront.toml", &with_a_password);
    bridge.signal("HUP");
    eventually("it was read again", || reloads(&bridge, "ok") > 0);
    let [config, described] = get(&tags.join(", "));
    assert_eq!((config.status, described.status), (200, 200));
    assert_eq!(kinds(&config.json()), ["oauthbearertoken", "httpbasic"]);
    let named = described.json()["components"]["securitySchemes"].as_object().unwrap().clone();
    assert_eq!(named.keys().collect::<Vec<_>>(), ["httpbasic", "oauthbearertoken"]);
}

#[test]
fn a_changed_file_is_noticed_and_a_bad_one_said_so() {
    let bridge = Bridge::start(shared(), &BridgeOptions::openldap(shared().suffix()));
    let mapping = fs::read_to_string(bridge.folder().join("mapping.toml")).unwrap();
    fs::write(bridge.folder().join("mapping.toml"), "version = 1\nextend = \"builtin:openldap\"\n").unwrap();
    eventually("the mapping is refused", || reloads(&bridge, "refused") == 1);
    let why = refusal(&bridge).as_str().unwrap().to_owned();
    assert!(why.contains("unknown key `extend`") && why.contains("mapping.toml:2:1"), "{why}");
    assert!(bridge.log().contains("the files can't be used"), "{}", bridge.log());
    let text = bridge.admin().get("/metrics").text();
    assert_eq!(sample(&text, "scimfront_reload_last_successful"), Some(0.0));
    assert_eq!(bridge.admin().get("/readyz").status, 200);
    assert_eq!(bridge.client().get("/Users?count=1").status, 200);
    fs::write(bridge.folder().join("mapping.toml"), mapping).unwrap();
    eventually("the mapping is read", || reloads(&bridge, "ok") == 1);
    assert_eq!(refusal(&bridge), Value::Null);
}

#[test]
fn a_directory_that_cannot_be_reached_does_not_replace_one_that_can() {
    let bridge = Bridge::start(shared(), &BridgeOptions::openldap(shared().suffix()));
    fs::write(bridge.folder().join("password"), "wrong").unwrap();
    bridge.signal("HUP");
    eventually("the password is refused", || reloads(&bridge, "refused") >= 1);
    let why = refusal(&bridge).as_str().unwrap().to_owned();
    assert!(why.contains("bridge main, directory main") && why.contains("(result 49)"), "{why}");
    assert_eq!(bridge.client().get("/Users?count=1").status, 200);
}

#[test]
fn a_server_that_stops_answers_what_it_was_asked() {
    let bridge = Bridge::start_with(shared(), &BridgeOptions::openldap(shared().suffix()), STREAMS);
    let address: SocketAddr = bridge.base_url().split('/').nth(2).unwrap().parse().unwrap();
    let answered = AtomicUsize::new(0);
    thread::scope(|scope| {
        for worker in 0..8 {
            let answered = &answered;
            // Half of them open a connection for each request.
            scope.spawn(move || ask_until_it_is_gone(address, worker % 2 == 0, answered));
        }
        // The threads end with the server alone: what is missing shows below.
        let _ = (0..1_500).any(|_| {
            thread::sleep(Duration::from_millis(20));
            answered.load(Relaxed) > 200
        });
        bridge.signal("TERM");
    });
    assert!(answered.load(Relaxed) > 200);
}

/// Asks again and again, until the server says that it closes the connection or takes no new one. Fails when it doesn't answer.
fn ask_until_it_is_gone(address: SocketAddr, keeps_alive: bool, answered: &AtomicUsize) {
    let mut open: Option<BufReader<TcpStream>> = None;
    loop {
        let mut connection = match open.take() {
            Some(connection) => connection,
            None => match TcpStream::connect(address) {
                Ok(stream) => BufReader::new(stream),
                Err(_) => return,
            },
        };
        connection.get_ref().set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let close = if keeps_alive { "" } else { "Connection: close\r\n" };
        let request =
            format!("GET /scim/v2/Users?count=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n{close}\r\n");
        connection.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut length, mut closes, mut line) = (0, false, String::new());
        assert!(connection.read_line(&mut line).unwrap() > 0, "no answer");
        assert!(line.starts_with("HTTP/1.1 200"), "{line}");
        loop {
            line.clear();
            assert!(connection.read_line(&mut line).unwrap() > 0, "half an answer");
            let lower = line.trim().to_ascii_lowercase();
            match lower.split_once(": ") {
                Some(("content-length", value)) => length = value.parse().unwrap(),
                Some(("connection", "close")) => closes = true,
                Some(_) => {}
                None => break,
            }
        }
        connection.read_exact(&mut vec![0; length]).unwrap();
        answered.fetch_add(1, Relaxed);
        match (keeps_alive, closes) {
            (true, true) => return,
            (true, false) => open = Some(connection),
            (false, _) => {}
        }
    }
}

/// Two bridges in one process share nothing: while one's directory hangs, and then is gone, the other one answers as ever.
#[test]
fn a_bridge_whose_directory_is_dead_leaves_the_others_alone() {
    let mut dead = Slapd::start(&SlapdOptions::with_tree(TreeOptions::sized(5, 1))).unwrap();
    let mut options = BridgeOptions::openldap(shared().suffix());
    options.further = format!(
        "[bridge.other]\npath = \"/other\"\nmapping = \"other.toml\"\n[bridge.other.client.test]\ntoken_sha256 = \"{ANOTHER_SHA256}\"\n\
         [bridge.other.directory.main]\nurls = [\"{}\"]\nbind_dn = \"{}\"\nbind_password = \"{}\"\noperation_timeout = \"2s\"\n\
         [server.limits]\nrequest_timeout = \"4s\"\n",
        dead.url(),
        dead.bind_dn(),
        dead.password(),
    );
    let folder = tempfile::tempdir().unwrap();
    let mapping = folder.path().join("other.toml");
    let text = format!("version = 1\nextends = \"builtin:openldap\"\nsuffix = \"{}\"\n", dead.suffix());
    fs::write(&mapping, text).unwrap();
    options.further = options.further.replace("other.toml", &mapping.display().to_string());
    let bridge = Bridge::start(shared(), &options);
    let other = Client::new(bridge.client().address(), "/other", Some(ANOTHER));
    eventually("the other bridge answers", || other.get("/Users?count=1").status == 200);
    // Each has clients of its own.
    assert_eq!(other.with_token(Some(TOKEN)).get("/Users").status, 401);
    assert_eq!(bridge.client().with_token(Some(ANOTHER)).get("/Users").status, 401);
    dead.suspend().unwrap();
    thread::scope(|scope| {
        let asking: Vec<_> = (0..200)
            .map(|_| {
                let other = other.with_token(Some(ANOTHER));
                scope.spawn(move || other.get("/Users?count=1").status)
            })
            .collect();
        for _ in 0..100 {
            let reply = bridge.client().get("/Users?count=1");
            assert_eq!(reply.status, 200, "{}", reply.text());
        }
        for status in asking.into_iter().map(|asking| asking.join().unwrap()) {
            assert!(matches!(status, 503 | 504), "{status}");
        }
    });
    dead.kill_hard().unwrap();
    eventually("it is known to be gone", || other.get("/Users?count=1").status == 503);
    assert_eq!(bridge.client().get("/Users?count=1").status, 200);
    let told = bridge.admin().get("/readyz").json();
    assert_eq!((&told["bridges"]["main"]["ready"], &told["bridges"]["other"]["ready"]), (&json!(true), &json!(false)));
    dead.restart().unwrap();
    eventually("it is there again", || other.get("/Users?count=1").status == 200);
}
