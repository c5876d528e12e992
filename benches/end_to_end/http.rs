//! A plain HTTP/1.1 client over one connection: no more than a benchmark needs, so that it costs little itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::Result;

/// A kept-alive connection.
#[derive(Debug)]
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    host: String,
    token: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// Connects to `address`.
    pub(crate) fn connect(address: &str, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        let stream = BufReader::with_capacity(256 << 10, stream);
        Ok(Self { stream, host: address.to_owned(), token: token.to_owned() })
    }

    /// The answer to `GET path`, whatever its status.
    pub(crate) fn get(&mut self, path: &str) -> Result<Answer> {
        self.send("GET", path, None)
    }

    /// The answer to a request, with a body of JSON where there is one, whatever its status.
    pub(crate) fn send(&mut self, method: &str, path: &str, body: Option<&str>) -> Result<Answer> {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n", self.host, self.token);
        if let Some(body) = body {
            request += &format!("Content-Type: application/scim+json\r\nContent-Length: {}\r\n", body.len());
        }
        request += "\r\n";
        request += body.unwrap_or_default();
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("no HTTP status")?;
        let (mut length, mut headers) = (0, Vec::new());
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse()?;
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                return Err("chunked answers aren't understood here".into());
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Answer { status, headers, body })
    }

    /// Asks, and goes away without waiting for the answer.
    pub(crate) fn hang_up(mut self, path: &str) -> Result<()> {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n", self.host, self.token);
        Ok(self.stream.get_mut().write_all(request.as_bytes())?)
    }

    /// The body of the answer to a write, which must succeed.
    pub(crate) fn write(&mut self, method: &str, path: &str, body: &str) -> Result<Vec<u8>> {
        let answer = self.send(method, path, Some(body))?;
        if (200..300).contains(&answer.status) {
            return Ok(answer.body);
        }
        Err(format!("{method} {path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)).into())
    }

    /// The body of the answer to `GET path`, which must be 200.
    pub(crate) fn body(&mut self, path: &str) -> Result<Vec<u8>> {
        let answer = self.get(path)?;
        if answer.status == 200 {
            return Ok(answer.body);
        }
        Err(format!("GET {path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)).into())
    }
}
