//! Answers that nobody reads.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use super::honest::Honest;
use super::raw::{connect, head};
use super::{limited, metric};
use crate::watching::eventually;

/// Every resource that there is.
const ALL: &str = "/Users?count=1000";

#[test]
fn answers_that_nobody_reads_are_dropped() {
    let bridge = limited("send_timeout = \"2s\"\nmax_memory = \"16MiB\"");
    let honest = Honest::begin(&bridge);
    let large = bridge.client().get(ALL).body.len();
    assert!(large > 200_000, "{large}");
    let mut clients: Vec<TcpStream> = (0..8).map(|_| connect(&bridge)).collect();
    for stream in &mut clients {
        SockRef::from(&*stream).set_recv_buffer_size(4 << 10).unwrap();
        // More than the server's buffer takes, too.
        let requests = (head("GET", ALL) + "\r\n").repeat(30);
        stream.write_all(requests.as_bytes()).unwrap();
    }
    // By the server, or by the operating system for it. Who is honest has four or so.
    eventually("they are cut", || metric(&bridge, "scimfront_http_connections ") <= 6.0);
    let held = metric(&bridge, "scimfront_http_request_memory_bytes");
    assert!(held <= f64::from(16 << 20), "{held}");
    drop(clients);
    let grown = honest.end(&bridge, "8 clients that don't read");
    assert!(grown < 150.0, "{grown} MiB");
    eventually("nothing is held", || metric(&bridge, "scimfront_http_request_memory_bytes") == 0.0);
}

/// Slow, but not too slow: 16 KiB in less than the time that there is for them.
#[test]
fn who_reads_slowly_gets_it_all() {
    let bridge = limited("send_timeout = \"1s\"\nidle_timeout = \"1s\"\nheader_timeout = \"1s\"");
    let expected = bridge.client().get(ALL).body.len() * 12;
    let mut stream = connect(&bridge);
    let requests = (head("GET", ALL) + "\r\n").repeat(11) + &head("GET", ALL) + "Connection: close\r\n\r\n";
    stream.write_all(requests.as_bytes()).unwrap();
    let (mut read, mut buffer) = (0, vec![0; 128 << 10]);
    loop {
        match stream.read(&mut buffer).unwrap() {
            0 => break,
            octets => read += octets,
        }
        thread::sleep(Duration::from_millis(50));
    }
    assert!(read > expected, "{read} of {expected}");
}
