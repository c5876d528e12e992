//! Bodies: too large, too slow, too deep, compressed, and such as grow in memory.

use std::io::Write as _;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use rstest::rstest;

use super::honest::Honest;
use super::raw::{connect, exchange, head, is_closed, rest, statuses};
use super::{limited, metric, patient};
use crate::watching::eventually;

const JSON: &str = "Content-Type: application/scim+json\r\n";

#[test]
fn a_hundred_megabytes_are_not_read() {
    let bridge = limited("");
    let honest = Honest::begin(&bridge);
    let announced = head("POST", "/Users") + JSON + "Content-Length: 104857600\r\n";
    // Told at once, and told before anything is sent.
    for more in ["\r\n", "Expect: 100-continue\r\n\r\n"] {
        let mut stream = connect(&bridge);
        stream.write_all((announced.clone() + more).as_bytes()).unwrap();
        assert_eq!(statuses(&rest(&mut stream)), [413]);
    }
    // Not told.
    let mut stream = connect(&bridge);
    let chunked = head("POST", "/Users") + JSON + "Transfer-Encoding: chunked\r\n\r\n";
    stream.write_all(chunked.as_bytes()).unwrap();
    let chunk = [&b"10000\r\n"[..], &vec![b' '; 1 << 16], b"\r\n"].concat();
    let sent = (0..1_600).take_while(|_| stream.write_all(&chunk).is_ok()).count();
    assert!(sent < 1_600, "all was taken");
    // Without a token not even that much.
    let nobody = announced.replace("Authorization: Bearer ", "Authorization: Bearer no-");
    assert_eq!(statuses(&exchange(&bridge, (nobody + "\r\n{").as_bytes())), [401]);
    let grown = honest.end(&bridge, "bodies of 100 MB");
    assert!(grown < 32.0, "{grown} MiB");
}

#[test]
fn bodies_that_trickle_in_are_not_waited_for() {
    let bridge = limited("request_timeout = \"3s\"");
    let honest = Honest::begin(&bridge);
    let mut slow: Vec<TcpStream> = (0..200).map(|_| connect(&bridge)).collect();
    for stream in &mut slow {
        let begun = head("POST", "/Users") + JSON + "Content-Length: 1000000\r\n\r\n{";
        stream.write_all(begun.as_bytes()).unwrap();
    }
    eventually("all are cut", || {
        for stream in &mut slow {
            let _ = stream.write_all(b" ");
        }
        thread::sleep(Duration::from_millis(200));
        slow.iter_mut().all(is_closed)
    });
    honest.end(&bridge, "200 slow bodies");
    let timed_out = metric(
        &bridge,
        "scimfront_http_requests_total{bridge=\"main\",route=\"/{endpoint}\",method=\"POST\",status=\"408\",client=\"test\"}",
    );
    assert!(timed_out >= 200.0, "{timed_out}");
}

#[rstest]
#[case::lists("[", 500_000)]
#[case::objects("{\"a\":", 200_000)]
#[case::mixed("[{\"a\":", 100_000)]
fn deep_nesting_is_refused(#[case] part: &str, #[case] times: usize) {
    let bridge = patient();
    let honest = Honest::begin(bridge);
    for (method, path) in
        [("POST", "/Users"), ("POST", "/.search"), ("POST", "/Bulk"), ("PATCH", "/Users/x"), ("PUT", "/Users/x")]
    {
        let body = part.repeat(times);
        let headers = [("content-type", "application/scim+json")];
        let reply = bridge.client().send(method, path, &headers, Some(body.as_bytes()));
        assert_eq!(reply.status, 400, "{method} {path}: {}", reply.text());
    }
    honest.end(bridge, "deep nesting");
}

/// A million small values, of which each takes far more in memory than in the body.
#[rstest]
#[case("{\"\":0},", 400)]
#[case("{},", 400)]
#[case("[[],{\"\":[]}],", 413)]
fn bodies_that_grow_are_refused(#[case] part: &str, #[case] status: u16) {
    let bridge = limited("");
    let honest = Honest::begin(&bridge);
    let list = part.repeat(1_000_000 / part.len());
    let body = format!("{{\"schemas\":[],\"userName\":\"x\",\"emails\":[{}]}}", list.trim_end_matches(','));
    let headers = [("content-type", "application/scim+json")];
    for _ in 0..10 {
        let reply = bridge.client().send("POST", "/Users", &headers, Some(body.as_bytes()));
        assert_eq!(reply.status, status, "{}", reply.text());
    }
    let grown = honest.end(&bridge, "bodies that grow");
    assert!(grown < 200.0, "{grown} MiB");
}

/// What a list shows is worked out once for those who ask for the same again: not for as many as there are lists of names.
#[test]
fn selections_without_end_are_refused() {
    let bridge = limited("");
    let honest = Honest::begin(&bridge);
    let headers = [("content-type", "application/scim+json")];
    for number in 0..300 {
        let key = ["attributes", "excludedAttributes"][number % 2];
        let name = format!("n{number}");
        // Half a million names, or one that is as long; and as many as are read.
        for (names, status) in [
            (name.clone() + &",a".repeat(520_000), 400),
            (name.clone() + &"a".repeat(1_040_000), 400),
            (name.clone() + &",emails.value".repeat(999), 200),
        ] {
            if status == 400 && number >= 50 {
                continue;
            }
            let body = format!("{{\"{key}\":\"{names}\",\"count\":1}}");
            let reply = bridge.client().send("POST", "/Users/.search", &headers, Some(body.as_bytes()));
            assert_eq!(reply.status, status, "{}", reply.text());
            assert!(status == 200 || reply.json()["scimType"] == "invalidValue", "{}", reply.text());
        }
    }
    let grown = honest.end(&bridge, "selections without end");
    assert!(grown < 100.0, "{grown} MiB");
}

/// Nothing is unpacked, so nothing can grow: 10 GB of zeros as gzip would be 10 MB.
#[rstest]
#[case("gzip")]
#[case("deflate")]
#[case("br")]
#[case("zstd")]
#[case("identity, gzip")]
#[case("identity\r\nContent-Encoding: gzip")]
fn compressed_bodies_are_refused(#[case] encoding: &str) {
    let bridge = patient();
    let mut request = head("POST", "/Users") + JSON + "Content-Encoding: " + encoding;
    request.push_str("\r\nContent-Length: 20\r\nConnection: close\r\n\r\n");
    let mut octets = request.into_bytes();
    octets.extend([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 4, 0, 0x43, 0xbe, 0xb7, 0xe8, 1, 0, 0]);
    assert_eq!(statuses(&exchange(bridge, &octets)), [415]);
}

#[test]
fn requests_beyond_the_memory_that_they_may_take_are_put_off() {
    let bridge = limited("max_body = \"512KiB\"\nmax_memory = \"8MiB\"\nrequest_timeout = \"6s\"");
    let honest = Honest::begin(&bridge);
    // All but the last octet of bodies, of which 16 are too many.
    let mut large: Vec<TcpStream> = (0..40).map(|_| connect(&bridge)).collect();
    let body = format!("{{\"schemas\":[\"{}\"]", "x".repeat(500_000));
    for stream in &mut large {
        let begun = head("POST", "/.search") + JSON + &format!("Content-Length: {}\r\n\r\n{body}", body.len() + 1);
        let _ = stream.write_all(begun.as_bytes());
    }
    eventually("some are put off", || metric(&bridge, "scimfront_http_requests_shed_total{reason=\"memory\"}") >= 20.0);
    let held = metric(&bridge, "scimfront_http_request_memory_bytes");
    assert!(held > 6e6 && held <= f64::from(8 << 20), "{held}");
    let answers: Vec<String> = large.iter_mut().map(rest).collect();
    let put_off = answers.iter().filter(|answer| answer.starts_with("HTTP/1.1 503")).collect::<Vec<_>>();
    assert!(
        put_off.len() >= 20 && put_off.iter().all(|answer| answer.contains("\r\nretry-after: 1\r\n")),
        "{put_off:?}"
    );
    honest.end(&bridge, "40 bodies for which there is no room");
    eventually("nothing is held", || metric(&bridge, "scimfront_http_request_memory_bytes") == 0.0);
}
