//! Connections that are there for nothing: slow loris, and those that only wait.

use std::io::Write as _;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::honest::Honest;
use super::raw::{connect, head, is_closed};
use super::{cut, limited};
use crate::watching::eventually;

fn closed(streams: &mut [TcpStream]) -> usize {
    streams.iter_mut().map(|stream| usize::from(is_closed(stream))).sum()
}

#[test]
fn a_thousand_heads_that_trickle_in_are_cut_and_nobody_notices() {
    let bridge = limited("header_timeout = \"2s\"");
    let honest = Honest::begin(&bridge);
    let mut slow: Vec<TcpStream> = (0..1_000).map(|_| connect(&bridge)).collect();
    for stream in &mut slow {
        stream.write_all(b"GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nX-Slow: ").unwrap();
    }
    let mut ended = 0;
    eventually("all are cut", || {
        for stream in &mut slow {
            let _ = stream.write_all(b"x");
        }
        ended = closed(&mut slow);
        thread::sleep(Duration::from_millis(300));
        ended == slow.len()
    });
    let grown = honest.end(&bridge, "1,000 slow heads");
    assert!(cut(&bridge, "idle") >= 1_000.0);
    // A head may take 64 KiB; these take little.
    assert!(grown < 64.0, "{grown} MiB");
}

#[test]
fn who_only_holds_connections_keeps_nobody_out() {
    let bridge = limited("max_connections = 100");
    let mut silent: Vec<TcpStream> = (0..150).map(|_| connect(&bridge)).collect();
    let honest = Honest::begin(&bridge);
    thread::sleep(Duration::from_secs(1));
    honest.end(&bridge, "150 silent connections where there may be 100");
    assert!(cut(&bridge, "pressed") > 50.0);
    eventually("the first ones have made place", || closed(&mut silent) > 50);
}

#[test]
fn connections_at_work_make_no_place() {
    let bridge = limited("max_connections = 2\nrequest_timeout = \"4s\"");
    let mut busy = connect(&bridge);
    let body = "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    busy.write_all((head("POST", "/.search") + body).as_bytes()).unwrap();
    // The other place is taken, and taken again.
    let silent: Vec<TcpStream> = (0..5).map(|_| connect(&bridge)).collect();
    eventually("some have made place", || cut(&bridge, "pressed") >= 2.0);
    drop(silent);
    assert!(super::raw::rest(&mut busy).starts_with("HTTP/1.1 408"));
}
