//! Traces: what a collector is told of requests and of the LDAP operations that they take.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;

use super::support::bridge::{Bridge, BridgeOptions};
use super::support::{private, shared};
use super::watching::eventually;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// Something that takes traces by OTLP over HTTP.
struct Collector {
    endpoint: String,
    spans: Arc<Mutex<Vec<Span>>>,
    /// All that came, as it came.
    octets: Arc<Mutex<Vec<u8>>>,
}

/// A span, as far as this test looks.
#[derive(Debug, Clone, Default)]
struct Span {
    trace: String,
    id: String,
    parent: String,
    name: String,
    kind: u64,
    attributes: Vec<(String, String)>,
    failed: bool,
}

impl Span {
    fn of(octets: &[u8]) -> Self {
        let mut span = Self::default();
        for (number, value) in fields(octets) {
            match (number, value) {
                (1, Value::Octets(id)) => span.trace = hex(id),
                (2, Value::Octets(id)) => span.id = hex(id),
                (4, Value::Octets(id)) => span.parent = hex(id),
                (5, Value::Octets(name)) => span.name = text(name),
                (6, Value::Number(kind)) => span.kind = kind,
                (9, Value::Octets(attribute)) => span.attributes.push(attribute_of(attribute)),
                (15, Value::Octets(status)) => {
                    span.failed =
                        fields(status).any(|(number, value)| number == 3 && matches!(value, Value::Number(2)));
                }
                _ => {}
            }
        }
        span
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// What stands in a field of a protobuf message.
enum Value<'a> {
    Number(u64),
    Octets(&'a [u8]),
}

/// The fields of a protobuf message, by their numbers.
fn fields(mut octets: &[u8]) -> impl Iterator<Item = (u64, Value<'_>)> {
    std::iter::from_fn(move || {
        let key = (!octets.is_empty()).then(|| number(&mut octets))?;
        let mut take = |length: usize| octets.split_off(..length).unwrap();
        let value = match key & 7 {
            0 => Value::Number(number(&mut octets)),
            1 => Value::Octets(take(8)),
            5 => Value::Octets(take(4)),
            2 => {
                let length = usize::try_from(number(&mut octets)).unwrap();
                Value::Octets(octets.split_off(..length).unwrap())
            }
            other => panic!("wire type {other}"),
        };
        Some((key >> 3, value))
    })
}

fn number(octets: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let octet = *octets.split_off_first().unwrap();
        number |= u64::from(octet & 0x7f) << shift;
        if octet < 0x80 {
            break;
        }
    }
    number
}

fn attribute_of(octets: &[u8]) -> (String, String) {
    let (mut name, mut shown) = (String::new(), String::new());
    for (key, value) in fields(octets) {
        match (key, value) {
            (1, Value::Octets(key)) => name = text(key),
            (2, Value::Octets(value)) => {
                shown = fields(value)
                    .map(|(_, value)| match value {
                        Value::Number(number) => number.to_string(),
                        Value::Octets(octets) => text(octets),
                    })
                    .collect();
            }
            _ => {}
        }
    }
    (name, shown)
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The spans of an export: resource spans, of which each has scope spans, of which each has spans.
fn spans(export: &[u8]) -> Vec<Span> {
    let below = |octets: &[u8], wanted: u64| -> Vec<Vec<u8>> {
        let found = fields(octets).filter_map(|(number, value)| match value {
            Value::Octets(octets) if number == wanted => Some(octets.to_vec()),
            _ => None,
        });
        found.collect()
    };
    let scopes = below(export, 1).into_iter().flat_map(|resource| below(&resource, 2));
    scopes.flat_map(|scope| below(&scope, 2)).map(|span| Span::of(&span)).collect()
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let endpoint = format!("http://{}/v1/traces", listener.local_addr().unwrap());
        let (told, octets) = (Arc::<Mutex<Vec<Span>>>::default(), Arc::<Mutex<Vec<u8>>>::default());
        let (kept, raw) = (Arc::clone(&told), Arc::clone(&octets));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut stream = BufReader::new(stream);
                let (mut length, mut line) = (0, String::new());
                stream.read_line(&mut line).unwrap();
                assert!(line.starts_with("POST /v1/traces "), "{line}");
                loop {
                    line.clear();
                    stream.read_line(&mut line).unwrap();
                    match line.trim().to_ascii_lowercase().split_once(": ") {
                        Some(("content-length", value)) => length = value.parse().unwrap(),
                        Some(_) => {}
                        None => break,
                    }
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).unwrap();
                kept.lock().unwrap().extend(spans(&body));
                raw.lock().unwrap().extend(body);
                let _ = stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            }
        });
        Self { endpoint, spans: told, octets }
    }

    fn spans(&self) -> Vec<Span> {
        self.spans.lock().unwrap().clone()
    }
}

/// A server that sends traces to this collector.
fn traced(collector: &Collector, share: &str) -> (Bridge, String) {
    let suffix = private();
    let mut options = BridgeOptions { cache: String::new(), ..BridgeOptions::openldap(&suffix) };
    options.further =
        format!("[trace]\nendpoint = \"{}\"\nservice_name = \"traced\"\nshare = {share}\n", collector.endpoint);
    (Bridge::start(shared(), &options), suffix)
}

#[test]
fn a_request_is_a_span_with_its_ldap_operations_below() {
    let collector = Collector::start();
    let (bridge, suffix) = traced(&collector, "0.0");
    let client = bridge.client();
    let parent = format!("00-{TRACE}-{CALLER}-01");
    let sent = |method: &str, path: &str, body: Option<&str>| {
        let headers = [("traceparent", parent.as_str()), ("content-type", "application/scim+json")];
        client.send(method, path, &headers, body.map(str::as_bytes))
    };
    // Without a traceparent none of a hundred is recorded: that is what `share` says.
    for _ in 0..100 {
        assert_eq!(client.get("/Users?count=1").status, 200);
    }
    let body = json!({ "userName": "followed", "name": { "familyName": "Surname-of-a-person" } }).to_string();
    let made = sent("POST", "/Users", Some(&body));
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(sent("GET", "/Users?filter=userName%20eq%20%22followed%22", None).status, 200);
    // Until it is answered from memory: that is a request, too, and takes no operation.
    eventually("it is remembered", || {
        let asked = sent("GET", &format!("/Users/{id}"), None);
        let name = asked.header("x-request-id").unwrap().to_owned();
        asked.status == 200 && !name.is_empty() && sent("GET", &format!("/Users/{id}"), None).status == 200
    });
    assert_eq!(sent("GET", "/Users/none", None).status, 404);
    // A long list goes through a task of its own.
    assert_eq!(sent("GET", "/Users?count=3&cursor=", None).status, 200);
    let request = made.header("x-request-id").unwrap().to_owned();
    // What wasn't sent yet is sent when the server stops.
    drop(bridge);
    let spans = collector.spans();
    assert!(spans.iter().all(|span| span.trace == TRACE), "{spans:?}");
    let (requests, operations): (Vec<_>, Vec<_>) = spans.iter().partition(|span| span.kind == 2);
    assert!(requests.iter().all(|span| span.parent == CALLER), "{requests:?}");
    assert!(operations.iter().all(|span| span.kind == 3 && span.name.starts_with("LDAP ")), "{operations:?}");
    let below = |request: &Span| -> Vec<&str> {
        operations.iter().filter(|span| span.parent == request.id).map(|span| span.name.as_str()).collect()
    };
    assert!(operations.iter().all(|span| requests.iter().any(|request| request.id == span.parent)), "{spans:?}");
    let create = requests.iter().find(|span| span.name == "POST /{endpoint}").expect("the POST");
    for (name, value) in [
        ("http.request.method", "POST"),
        ("http.route", "/{endpoint}"),
        ("http.response.status_code", "201"),
        ("url.path", "/scim/v2/Users"),
        ("client.address", "127.0.0.1"),
        ("scimfront.client", "test"),
        ("scimfront.bridge", "main"),
        ("scimfront.request", request.as_str()),
    ] {
        assert_eq!(create.get(name), Some(value), "{name}: {create:?}");
    }
    assert!(below(create).contains(&"LDAP add"), "{:?}", below(create));
    let add = operations.iter().find(|span| span.name == "LDAP add").unwrap();
    assert_eq!((add.get("ldap.result"), add.get("scimfront.directory")), (Some("ok"), Some("main")));
    let got: Vec<_> = requests.iter().filter(|span| span.name == "GET /{endpoint}/{id}").collect();
    let of = |status: &str| got.iter().filter(|span| span.get("http.response.status_code") == Some(status)).count();
    assert!(of("200") >= 2 && of("404") == 1, "{got:?}");
    let lists: Vec<_> = requests.iter().filter(|span| span.name == "GET /{endpoint}").collect();
    assert!(lists.iter().any(|span| below(span).contains(&"LDAP search")), "{spans:?}");
    assert!(lists.iter().any(|span| below(span).contains(&"LDAP page")), "{spans:?}");
    assert!(!spans.iter().any(|span| span.failed), "{spans:?}");
    // Nothing of what was asked for, or found.
    let all = text(&collector.octets.lock().unwrap());
    assert!(all.contains("traced"));
    for secret in ["followed", "Surname-of-a-person", &suffix, "filter", "exact-test-token"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[test]
fn a_collector_that_is_away_holds_nothing_up() {
    let collector = Collector { endpoint: "http://127.0.0.1:9/v1/traces".to_owned(), ..Collector::start() };
    let (bridge, _) = traced(&collector, "1.0");
    for _ in 0..100 {
        assert_eq!(bridge.client().get("/Users?count=1").status, 200);
    }
    eventually("the log says so", || bridge.log().contains("traces can't be sent"));
    assert_eq!(bridge.client().get("/Users?count=1").status, 200);
}
