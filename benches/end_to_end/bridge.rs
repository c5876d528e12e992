//! The bridge as a child process.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use scimfront::auth::TokenHash;
use scimfront::sandbox::Slapd;

use super::Result;
use super::http::Client;
use super::options::Options;
use super::process;
use super::yardstick::CONNECTIONS;

/// What clients show.
pub(crate) const TOKEN: &str = "a-token-for-benchmarks";
/// Where the bridge is mounted.
pub(crate) const PATH: &str = "/scim/v2";
/// A shell that says which process the bridge is, and ends it when our end of its input closes, however that comes.
const GUARD: &str = r#""$@" >/dev/null & p=$!; echo $p; read x; kill -9 $p; wait $p"#;
/// How long it may take to be ready.
const READY: Duration = Duration::from_secs(20);

/// A running bridge; ends when dropped.
#[derive(Debug)]
pub(crate) struct Bridge {
    child: Child,
    pid: u32,
    address: String,
    _folder: tempfile::TempDir,
}

impl Bridge {
    /// Starts a bridge over `slapd`, reached at `url`, and waits until it serves users. It remembers no resources.
    pub(crate) fn start(slapd: &Slapd, url: &str, options: &Options) -> Result<Self> {
        Self::start_with(slapd, url, options, "feed = \"off\"\nresources = 0")
    }

    /// The same, but that it remembers resources.
    pub(crate) fn start_remembering(slapd: &Slapd, url: &str, options: &Options) -> Result<Self> {
        Self::start_with(slapd, url, options, "")
    }

    fn start_with(slapd: &Slapd, url: &str, options: &Options, cache: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.to_string();
        let settings = folder.path().join("scimfront.toml");
        fs::write(&settings, text(slapd, url, &address, options) + cache)?;
        fs::write(folder.path().join("mapping.toml"), mapping(slapd))?;
        let log = fs::File::create(folder.path().join("log"))?;
        let mut child = Command::new("sh")
            .args(["-c", GUARD, "sh", &options.bridge, "serve", "--config"])
            .arg(&settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(if options.log == "info" { Stdio::null() } else { log.into() })
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("the guard has no output")?).read_line(&mut line)?;
        let pid = line.trim().parse()?;
        let mut bridge = Self { child, pid, address, _folder: folder };
        bridge.wait()?;
        Ok(bridge)
    }

    fn wait(&mut self) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < READY {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the bridge ended at once: {status}").into());
            }
            let path = format!("{PATH}/Users?filter=userName%20eq%20%22nobody-at-all%22");
            if self.client().and_then(|mut client| client.get(&path)).is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            sleep(Duration::from_millis(10));
        }
        Err("the bridge isn't ready".into())
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A connection to it.
    pub(crate) fn client(&self) -> Result<Client> {
        Client::connect(&self.address, TOKEN)
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// The most memory that it had resident so far, in bytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        process::peak_memory(self.pid())
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The preset, for the sandbox's suffix.
fn mapping(slapd: &Slapd) -> String {
    format!("version = 1\nextends = \"builtin:openldap@1\"\nsuffix = \"{}\"\n", slapd.suffix())
}

fn text(slapd: &Slapd, url: &str, address: &str, options: &Options) -> String {
    format!(
        r#"
[server]
listen = "{address}"

[admin]
listen = "127.0.0.1:0"

[log]
format = "json"
level = "{log}"

[bridge.main]
path = "{PATH}"
mapping = "mapping.toml"

[bridge.main.client.bench]
token_sha256 = "{token}"

[bridge.main.directory.main]
urls = ["{url}"]
bind_dn = "{dn}"
bind_password = "{password}"
connections = {CONNECTIONS}

[bridge.main.cache]
"#,
        log = options.log,
        token = TokenHash::of(TOKEN.as_bytes()),
        dn = slapd.bind_dn(),
        password = slapd.password(),
    )
}
