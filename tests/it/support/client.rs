//! A small blocking HTTP/1.1 client that sends exactly what a test says, malformed or not.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;

/// How long an answer may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// An HTTP client of one server.
#[derive(Debug)]
pub(crate) struct Client {
    address: SocketAddr,
    base: String,
    token: Option<String>,
    idle: Mutex<Vec<BufReader<TcpStream>>>,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// The status code.
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Client {
    /// A client of the server at `address`; relative paths stand below `base`.
    pub(crate) fn new(address: SocketAddr, base: &str, token: Option<&str>) -> Self {
        Self { address, base: base.to_owned(), token: token.map(str::to_owned), idle: Mutex::new(Vec::new()) }
    }

    /// Where the server is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same server, another token or none.
    pub(crate) fn with_token(&self, token: Option<&str>) -> Self {
        Self::new(self.address, &self.base, token)
    }

    /// GET below the base path.
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], None)
    }

    /// POST of JSON below the base path.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        let text = body.to_string();
        self.send("POST", path, &[("content-type", "application/scim+json")], Some(text.as_bytes()))
    }

    /// PUT of JSON below the base path.
    pub(crate) fn put(&self, path: &str, body: &Value) -> Reply {
        self.write("PUT", path, body, None)
    }

    /// PATCH with these operations (RFC 7644 section 3.5.2).
    pub(crate) fn patch(&self, path: &str, operations: &Value) -> Reply {
        self.write("PATCH", path, &patch_message(operations), None)
    }

    /// DELETE below the base path.
    pub(crate) fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, &[], None)
    }

    /// A request with a JSON body, on condition of this version if there is one.
    pub(crate) fn write(&self, method: &str, path: &str, body: &Value, if_match: Option<&str>) -> Reply {
        let mut headers = vec![("content-type", "application/scim+json")];
        headers.extend(if_match.map(|etag| ("if-match", etag)));
        self.send(method, path, &headers, Some(body.to_string().as_bytes()))
    }

    /// Sends a request; the path, as it stands, is put behind the base path.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Reply {
        let mut head = format!("{method} {}{path} HTTP/1.1\r\nhost: {}\r\n", self.base, self.address);
        let given = |wanted: &str| headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
        if let Some(token) = self.token.as_ref().filter(|_| !given("authorization")) {
            let _ = write!(head, "authorization: Bearer {token}\r\n");
        }
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if let Some(body) = body.filter(|_| !given("content-length")) {
            let _ = write!(head, "content-length: {}\r\n", body.len());
        }
        head.push_str("\r\n");
        let mut request = head.into_bytes();
        request.extend_from_slice(body.unwrap_or_default());
        self.raw(&request, method == "HEAD")
    }

    /// Sends these octets and reads one answer. `bodiless`: whatever its headers say, it has no body.
    pub(crate) fn raw(&self, request: &[u8], bodiless: bool) -> Reply {
        // A connection that the server closed in the meantime shows when it is used: then a new one is taken.
        let used = self.idle.lock().unwrap().pop();
        if let Some(mut used) = used
            && used.get_mut().write_all(request).is_ok()
            && let Some(reply) = self.answer(used, bodiless)
        {
            return reply;
        }
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut stream = BufReader::new(stream);
        // A server may answer and close before it has read all of a large request.
        let _ = stream.get_mut().write_all(request);
        self.answer(stream, bodiless).expect("an answer")
    }

    fn answer(&self, mut stream: BufReader<TcpStream>, bodiless: bool) -> Option<Reply> {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let status: u16 = line.split(' ').nth(1)?.trim().parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':')?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut reply = Reply { status, headers, body: Vec::new() };
        let length = reply.header("content-length").and_then(|length| length.parse::<usize>().ok());
        let chunked =
            reply.header("transfer-encoding").is_some_and(|encoding| encoding.eq_ignore_ascii_case("chunked"));
        match length {
            _ if bodiless || status == 304 || status == 204 => {}
            _ if chunked => reply.body = chunks(&mut stream)?,
            Some(length) => {
                reply.body = vec![0; length];
                stream.read_exact(&mut reply.body).ok()?;
            }
            None => {
                stream.read_to_end(&mut reply.body).ok()?;
            }
        }
        let closes = reply.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if !closes && (length.is_some() || chunked) {
            self.idle.lock().unwrap().push(stream);
        }
        Some(reply)
    }
}

fn chunks(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let size = usize::from_str_radix(line.trim().split(';').next()?, 16).ok()?;
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..]).ok()?;
        stream.read_line(&mut line).ok()?;
        if size == 0 {
            return Some(body);
        }
    }
}

/// The PATCH message around operations.
pub(crate) fn patch_message(operations: &Value) -> Value {
    serde_json::json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

/// Percent-encodes a query parameter's value: all but unreserved characters.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
