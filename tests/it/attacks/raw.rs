//! Sockets on which a test says what it likes.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::bridge::{Bridge, TOKEN};

/// How long the server may take to answer, or to close a connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to the server.
pub(super) fn connect(bridge: &Bridge) -> TcpStream {
    let stream = TcpStream::connect(bridge.client().address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// The head of a request with the client's token, without its end.
pub(super) fn head(method: &str, path: &str) -> String {
    format!("{method} /scim/v2{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n")
}

/// Sends these octets, and reads until the server closes the connection.
pub(super) fn exchange(bridge: &Bridge, octets: &[u8]) -> String {
    let mut stream = connect(bridge);
    // A server may refuse before it has read all.
    let _ = stream.write_all(octets);
    rest(&mut stream)
}

/// What comes until the server closes the connection. A reset is an end, too.
pub(super) fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut buffer = [0; 1 << 16];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => answer.extend_from_slice(&buffer[..read]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                panic!("the connection stays open: {}", String::from_utf8_lossy(&answer))
            }
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Whether the server has closed the connection; reads what has come.
pub(super) fn is_closed(stream: &mut TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let mut buffer = [0; 1 << 16];
    let closed = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break true,
            Ok(_) => {}
            Err(error) => break error.kind() != ErrorKind::WouldBlock,
        }
    };
    stream.set_nonblocking(false).unwrap();
    closed
}

/// The statuses of the answers in what came.
pub(super) fn statuses(answer: &str) -> Vec<u16> {
    let lines = answer.split("HTTP/1.1 ").skip(1);
    lines.filter_map(|line| line.get(..3)?.parse().ok()).collect()
}
