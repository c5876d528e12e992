//! The yardstick for hits: axum alone, which returns the same bytes whatever user it is asked for.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::routing::get;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::Result;
use super::bridge::PATH;
use super::http::Answer;

/// A running server; ends when dropped.
#[derive(Debug)]
pub(crate) struct Bare {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Bare {
    /// Starts a server that answers with the head and the body of `answer`.
    pub(crate) fn start(answer: &Answer) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let head: Vec<String> = answer.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        fs::write(folder.path().join("head"), head.join("\n"))?;
        fs::write(folder.path().join("body"), &answer.body)?;
        let mut child =
            Command::new(std::env::current_exe()?).arg("--bare").arg(folder.path()).stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut address)?;
        Ok(Self { child, address: address.trim().to_owned(), _folder: folder })
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is such a server, with what `folder` holds, until it is ended.
pub(crate) fn serve(folder: &Path) -> Result<()> {
    let body = bytes::Bytes::from(fs::read(folder.join("body"))?);
    let mut headers = HeaderMap::new();
    for line in fs::read_to_string(folder.join("head"))?.lines() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        // These two are hyper's.
        if !matches!(name, "date" | "content-length") {
            headers.insert(name.parse::<HeaderName>()?, value.parse::<HeaderValue>()?);
        }
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let handler = move || async move { (headers, body) };
        let router = Router::new().route(&format!("{PATH}/Users/{{id}}"), get(handler));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("{}", listener.local_addr()?);
        Ok(axum::serve(listener, router).await?)
    })
}
