//! `scimfront health`: asks a running server how it is, for those who start and watch containers.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use clap::Args;

use super::outcome::{Failure, Outcome, Result};
use super::settings;
use super::settings::ConfigArguments;

/// How long the server may take to each part of its answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// How much of an answer is read.
const MOST: u64 = 1 << 20;

/// Ask the server on this machine whether it is ready
///
/// Asks `/readyz` at the address that `[admin]` in the settings names. Exit status: 0 when the server is ready, 1 when it isn't
/// (standard output says what is missing) or doesn't answer, 2 when the settings can't be read or name no such address.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// Ask whether it lives, whatever its directories do
    #[arg(long)]
    live: bool,
    /// Ask here instead, and read no settings
    #[arg(long, value_name = "IP:PORT")]
    address: Option<SocketAddr>,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let address = match arguments.address {
        Some(address) => address,
        None => configured(arguments)?,
    };
    let path = if arguments.live { "/livez" } else { "/readyz" };
    let (status, body) =
        ask(address, path).map_err(|error| Failure::failed(format!("http://{address}{path}: {error}")))?;
    if status == 200 {
        return Ok(Outcome::Done);
    }
    println!("{}", body.trim_end());
    Err(Failure::failed(format!("http://{address}{path} answers {status}")))
}

/// Where the server listens for those who watch it.
fn configured(arguments: &Arguments) -> Result<SocketAddr> {
    let settings = settings::load(&arguments.config.config)?;
    match settings.admin.listen {
        Some(address) if address.port() > 0 => Ok(reachable(address)),
        Some(_) => Err(Failure::unusable("[admin] listens on any free port: say which with --address")),
        None => Err(Failure::unusable("[admin] listens nowhere: there is nothing to ask")),
    }
}

/// Who listens on all addresses is asked on loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Status and body of the answer.
fn ask(address: SocketAddr, path: &str) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(MOST).read_to_end(&mut answer)?;
    understood(&String::from_utf8_lossy(&answer)).ok_or_else(|| io::Error::other("the answer isn't HTTP"))
}

fn understood(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((status, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("127.0.0.1:9090", "127.0.0.1:9090")]
    #[case("0.0.0.0:9090", "127.0.0.1:9090")]
    #[case("[::]:9090", "[::1]:9090")]
    #[case("192.0.2.7:1", "192.0.2.7:1")]
    fn a_server_is_asked_where_it_can_be_reached(#[case] listens: &str, #[case] asked: &str) {
        assert_eq!(reachable(listens.parse().unwrap()), asked.parse().unwrap());
    }

    #[rstest]
    #[case("HTTP/1.1 503 Service Unavailable\r\na: b\r\n\r\n{}", Some((503, "{}")))]
    #[case("HTTP/1.1 200 OK\r\n\r\n", Some((200, "")))]
    #[case("HTTP/1.1 200 OK\r\n", None)]
    #[case("HTTP/1.1 2\r\n\r\n", None)]
    #[case("220 smtp.example.com\r\n\r\n", None)]
    #[case("", None)]
    fn an_answer_has_a_status_and_a_body(#[case] answer: &str, #[case] expected: Option<(u16, &str)>) {
        assert_eq!(understood(answer), expected.map(|(status, body)| (status, body.to_owned())));
    }
}
