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
    admin: String,
    _folder: tempfile::TempDir,
}

/// What a bridge remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memory {
    /// The schema alone: each request asks the directory for everything.
    Nothing,
    /// Also which entry each DN names, kept true by the change feed; no resources.
    Names,
    /// What the defaults say.
    Shipped,
    /// Room for all resources of a large directory.
    Everything,
}

impl Memory {
    /// The settings of a bridge's cache.
    fn settings(self) -> &'static str {
        match self {
            Self::Nothing => "feed = \"off\"\nresources = 0\nids = 0",
            Self::Names => "resources = 0",
            Self::Shipped => "",
            Self::Everything => "resources = \"1GiB\"",
        }
    }
}

impl Bridge {
    /// Starts a bridge over `slapd`, reached at `url`, and waits until it serves users.
    pub(crate) fn start(slapd: &Slapd, url: &str, options: &Options, memory: Memory) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let [address, admin] = [free_address()?, free_address()?];
        let settings = folder.path().join("scimfront.toml");
        fs::write(&settings, text(slapd, url, [&address, &admin], options) + memory.settings())?;
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
        let mut bridge = Self { child, pid, address, admin, _folder: folder };
        bridge.wait()?;
        if memory != Memory::Nothing {
            bridge.wait_for("scimfront_feed_whole", 1.0)?;
        }
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

    /// The sum of a metric over all label sets that hold `label`; 0 of what isn't there.
    pub(crate) fn metric(&self, name: &str, label: &str) -> Result<f64> {
        let body = Client::connect(&self.admin, "")?.body("/metrics")?;
        let text = String::from_utf8_lossy(&body);
        let values = text.lines().filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            let (metric, labels) = series.split_once('{').unwrap_or((series, ""));
            (metric == name && labels.contains(label)).then(|| value.parse::<f64>().ok())?
        });
        Ok(values.sum())
    }

    /// Waits until a metric has this value.
    pub(crate) fn wait_for(&self, name: &str, value: f64) -> Result<()> {
        let started = Instant::now();
        while (self.metric(name, "")? - value).abs() > 1e-9 {
            if started.elapsed() > READY {
                return Err(format!("{name} is {} and not {value}", self.metric(name, "")?).into());
            }
            sleep(Duration::from_millis(10));
        }
        Ok(())
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

fn free_address() -> Result<String> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.to_string())
}

fn text(slapd: &Slapd, url: &str, [address, admin]: [&str; 2], options: &Options) -> String {
    format!(
        r#"
[server]
listen = "{address}"

[admin]
listen = "{admin}"

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
