//! HTTP/2, spoken by hand: streams that are reset at once, windows that never open, floods of frames.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::honest::Honest;
use super::raw::connect;
use super::{cut, limited};
use crate::support::bridge::{Bridge, TOKEN};
use crate::watching::eventually;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A connection, with these settings of ours.
fn begin(bridge: &Bridge, settings: &[u8]) -> TcpStream {
    let mut stream = connect(bridge);
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, settings)).unwrap();
    stream
}

/// Literal fields, never indexed (RFC 7541 section 6.2.3).
fn field(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| {
        assert!(text.len() < 127);
        text.len() as u8
    };
    [&[0x10, length(name)], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
}

fn get(path: &str) -> Vec<u8> {
    let bearer = format!("Bearer {TOKEN}");
    let path = format!("/scim/v2{path}");
    let fields =
        [(":method", "GET"), (":scheme", "http"), (":authority", "x"), (":path", &path), ("authorization", &bearer)];
    fields.iter().flat_map(|(name, value)| field(name, value)).collect()
}

/// Reads to the end of the connection: the reasons that were given for it, and how many frames of data came.
fn read(stream: &mut TcpStream) -> (Vec<u32>, usize) {
    let (mut octets, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        octets.extend_from_slice(&buffer[..read]);
    }
    let (mut reasons, mut data) = (Vec::new(), 0);
    let mut rest = &octets[..];
    while rest.len() >= 9 {
        let length = usize::from(rest[0]) << 16 | usize::from(rest[1]) << 8 | usize::from(rest[2]);
        let Some(payload) = rest.get(9..9 + length) else { break };
        match rest[3] {
            GO_AWAY => reasons.push(u32::from_be_bytes(payload[4..8].try_into().unwrap())),
            DATA => data += 1,
            _ => {}
        }
        rest = &rest[9 + length..];
    }
    (reasons, data)
}

/// ENHANCE_YOUR_CALM (RFC 9113 section 7).
const CALM: u32 = 11;

#[test]
fn streams_that_are_reset_at_once_end_the_connection() {
    let bridge = limited("");
    let honest = Honest::begin(&bridge);
    let mut calmed = 0;
    for _ in 0..10 {
        let mut stream = begin(&bridge, &[]);
        let fields = get("/Users?count=1000");
        for id in (1..20_000).step_by(2) {
            let both =
                [frame(HEADERS, END_STREAM | END_HEADERS, id, &fields), frame(RESET, 0, id, &8_u32.to_be_bytes())];
            if stream.write_all(&both.concat()).is_err() {
                break;
            }
        }
        let (reasons, _) = read(&mut stream);
        calmed += usize::from(reasons.contains(&CALM));
    }
    let grown = honest.end(&bridge, "100,000 streams that are reset at once");
    assert!(calmed > 0, "nobody was told to calm down");
    assert!(grown < 64.0, "{grown} MiB");
}

#[test]
fn windows_that_never_open_hold_nothing_for_long() {
    let bridge = limited("send_timeout = \"2s\"\nmax_memory = \"16MiB\"");
    let honest = Honest::begin(&bridge);
    // SETTINGS_INITIAL_WINDOW_SIZE = 0
    let closed = [0, 4, 0, 0, 0, 0];
    let mut streams: Vec<TcpStream> = (0..10).map(|_| begin(&bridge, &closed)).collect();
    for stream in &mut streams {
        let fields = get("/ServiceProviderConfig");
        let requests: Vec<u8> =
            (0..100).flat_map(|number| frame(HEADERS, END_STREAM | END_HEADERS, 2 * number + 1, &fields)).collect();
        stream.write_all(&requests).unwrap();
    }
    eventually("they are cut", || cut(&bridge, "slow") >= 10.0);
    for stream in &mut streams {
        assert_eq!(read(stream).1, 0);
    }
    let grown = honest.end(&bridge, "1,000 answers to windows that never open");
    assert!(grown < 150.0, "{grown} MiB");
}

#[test]
fn heads_without_end_and_floods_of_frames_end_the_connection() {
    let bridge = limited("header_timeout = \"2s\"");
    let honest = Honest::begin(&bridge);
    // CONTINUATION frames without end, then a head larger than it may be.
    let mut stream = begin(&bridge, &[]);
    let fields = get("/Users?count=1");
    stream.write_all(&frame(HEADERS, END_STREAM, 1, &fields)).unwrap();
    let more: Vec<u8> = (0..100).flat_map(|number| field(&format!("x-{number}"), &"x".repeat(100))).collect();
    let sent = (0..10_000).take_while(|_| stream.write_all(&frame(CONTINUATION, 0, 1, &more)).is_ok()).count();
    assert!(sent < 10_000, "100 MB of headers were taken");
    let (reasons, data) = read(&mut stream);
    assert!(data == 0, "{reasons:?}");
    // A head that is never finished.
    let mut half = begin(&bridge, &[]);
    half.write_all(&frame(HEADERS, END_STREAM, 1, &fields)).unwrap();
    let _ = read(&mut half);
    // Pings and settings, whose answers nobody reads.
    for flood in [frame(PING, 0, 0, &[0; 8]), frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0xff, 0xff])] {
        let mut stream = begin(&bridge, &[]);
        let flood = flood.repeat(1_000);
        stream.set_nonblocking(true).unwrap();
        for _ in 0..500 {
            if stream.write_all(&flood).is_err() {
                break;
            }
        }
    }
    let grown = honest.end(&bridge, "floods of frames");
    assert!(grown < 64.0, "{grown} MiB");
}
