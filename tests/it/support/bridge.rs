//! The program itself, `scimfront serve`, as a child process in front of a private slapd.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use scimfront::clock::{Clock, SystemClock};
use scimfront::sandbox::Slapd;
use tempfile::TempDir;

use super::client::Client;

/// The bearer token of the one client.
pub(crate) const TOKEN: &str = "exact-test-token";
/// Its SHA-256 hash.
const TOKEN_SHA256: &str = "fc1a2ad0d07d5d4b414b03ae059088861945df5724faaef8dec4562148af0b64";

/// How long the server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the server is set up.
#[derive(Debug, Clone)]
pub(crate) struct BridgeOptions {
    /// The text of the mapping file.
    pub(crate) mapping: String,
    /// The suffix whose service account the server uses.
    pub(crate) suffix: String,
    /// Further lines of `[server]`.
    pub(crate) server_lines: String,
    /// What is logged.
    pub(crate) level: String,
    /// Further lines of `[log]`.
    pub(crate) log_lines: String,
    /// Further lines of `[bridge.main]`.
    pub(crate) bridge_lines: String,
    /// Further lines of the one client.
    pub(crate) client_lines: String,
    /// The lines of `[bridge.main.cache]`. Nothing is answered from memory unless a test is about that: most look at once at what they
    /// changed behind the server's back.
    pub(crate) cache: String,
    /// Further lines at the end of the settings.
    pub(crate) further: String,
}

impl BridgeOptions {
    /// The preset for OpenLDAP below `suffix`.
    pub(crate) fn openldap(suffix: &str) -> Self {
        Self::preset("openldap", suffix)
    }

    /// This preset below `suffix`.
    pub(crate) fn preset(name: &str, suffix: &str) -> Self {
        Self {
            mapping: format!("version = 1\nextends = \"builtin:{name}\"\nsuffix = \"{suffix}\"\n"),
            suffix: suffix.to_owned(),
            server_lines: String::new(),
            level: "warn,scimfront::cli=info,scimfront::directory::feed=info".to_owned(),
            log_lines: String::new(),
            bridge_lines: String::new(),
            client_lines: String::new(),
            cache: "feed = \"off\"\n".to_owned(),
            further: String::new(),
        }
    }

    /// Also these lines of mapping.
    #[must_use]
    pub(crate) fn mapped(mut self, lines: &str) -> Self {
        self.mapping.push_str(lines);
        self
    }
}

/// The directory behind a server, and how it is reached.
#[derive(Debug, Clone)]
pub(crate) struct Backing {
    /// Its URL.
    pub(crate) url: String,
    /// The service account.
    pub(crate) bind_dn: String,
    /// Its password.
    pub(crate) password: String,
    /// Further lines of `[bridge.main.directory.main]`.
    pub(crate) lines: String,
}

/// A running server. It ends when this value is dropped, and when this process ends in whatever way.
#[derive(Debug)]
pub(crate) struct Bridge {
    child: Child,
    client: Client,
    admin: Client,
    base_url: String,
    log: Arc<Mutex<String>>,
    folder: TempDir,
}

impl Bridge {
    /// Starts the server and waits until it answers.
    pub(crate) fn start(slapd: &Slapd, options: &BridgeOptions) -> Self {
        Self::start_on(&backing(slapd, options), options)
    }

    /// The same with these further lines of `[bridge.main.directory.main]`.
    pub(crate) fn start_with(slapd: &Slapd, options: &BridgeOptions, lines: &str) -> Self {
        Self::start_on(&Backing { lines: lines.to_owned(), ..backing(slapd, options) }, options)
    }

    /// The same with TLS, so that [`Bridge::client`] can't be used.
    pub(crate) fn start_secured(slapd: &Slapd, options: &BridgeOptions) -> Self {
        let mut bridge = Self::launch(&backing(slapd, options), options);
        bridge.base_url = bridge.base_url.replace("http://", "https://");
        bridge.wait_for("the directory", |bridge| bridge.admin.get("/readyz").status == 200);
        bridge
    }

    /// The same in front of another directory.
    pub(crate) fn start_on(backing: &Backing, options: &BridgeOptions) -> Self {
        let bridge = Self::launch(backing, options);
        bridge.wait_for("an answer", |bridge| bridge.client.get("/Users?count=0").status == 200);
        bridge
    }

    fn launch(backing: &Backing, options: &BridgeOptions) -> Self {
        let folder = tempfile::Builder::new().prefix("scimfront-test-").tempdir().unwrap();
        let settings = write_settings(folder.path(), backing, options);
        // The shell holds our pipe as its standard input: when we end, however that comes, it ends the server.
        let script = r#"exec 3<&0; "$@" 3<&- & p=$!; (read x <&3; kill $p) 2>/dev/null & r=$!; wait $p; kill $r"#;
        let mut child = Command::new("sh")
            .args(["-c", script, "sh", &program(), "serve", "--config"])
            .arg(&settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let (address, admin) = loop {
            let mut line = String::new();
            let read = stderr.read_line(&mut line).unwrap();
            log.lock().unwrap().push_str(&line);
            assert!(read > 0, "the server ended: {}", log.lock().unwrap());
            if let Some(addresses) = address_in(&line).zip(admin_in(&line)) {
                break addresses;
            }
        };
        let kept = Arc::clone(&log);
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let mut log = kept.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        Self {
            child,
            client: Client::new(address, "/scim/v2", Some(TOKEN)),
            admin: Client::new(admin, "", None),
            base_url: format!("http://{address}/scim/v2"),
            log,
            folder,
        }
    }

    /// A client that shows the token.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// A client of the listener for those who watch.
    pub(crate) fn admin(&self) -> &Client {
        &self.admin
    }

    /// Sends the server a signal, by its name.
    pub(crate) fn signal(&self, name: &str) {
        let children = Command::new("pgrep").args(["-P", &self.child.id().to_string(), "scimfront"]).output().unwrap();
        let process = String::from_utf8(children.stdout).unwrap();
        assert!(Command::new("kill").args(["-s", name, process.trim()]).status().unwrap().success());
    }

    /// Where its files are: `scimfront.toml`, `mapping.toml`, `password`.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What locations start with.
    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What the server logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// What `scimfront explain` says of a filter on this server's mapping and directory.
    pub(crate) fn explain(&self, resource: &str, filter: &str) -> String {
        let output = Command::new(program())
            .args(["explain", "--config"])
            .arg(settings_file(self.folder.path()))
            .args(["filter", resource, filter])
            .output()
            .unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }

    /// Waits until something is there.
    pub(crate) fn wait_for(&self, what: &str, is_there: impl Fn(&Self) -> bool) {
        let begun = SystemClock.now();
        while !is_there(self) {
            assert!(begun.elapsed() < PATIENCE, "no {what}\n{}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let begun = SystemClock.now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if begun.elapsed() > PATIENCE {
                self.signal("KILL");
                let _ = self.child.wait();
                assert!(thread::panicking(), "the server doesn't end when it is told to: {}", self.log());
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

fn backing(slapd: &Slapd, options: &BridgeOptions) -> Backing {
    Backing {
        url: slapd.url(),
        bind_dn: slapd.bind_dn_of(&options.suffix),
        password: slapd.password().to_owned(),
        lines: String::new(),
    }
}

/// The program under test: the one that was built with these tests, or another build of it.
fn program() -> String {
    std::env::var("SCIMFRONT_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_scimfront").to_owned())
}

fn settings_file(folder: &Path) -> PathBuf {
    folder.join("scimfront.toml")
}

fn write_settings(folder: &Path, backing: &Backing, options: &BridgeOptions) -> PathBuf {
    let BridgeOptions { mapping, server_lines, level, log_lines, bridge_lines, client_lines, cache, further, .. } =
        options;
    let Backing { url, bind_dn, password, lines } = backing;
    let file = settings_file(folder);
    std::fs::write(folder.join("mapping.toml"), mapping).unwrap();
    std::fs::write(folder.join("password"), password).unwrap();
    let text = format!(
        r#"
[server]
listen = "127.0.0.1:0"

{server_lines}

[admin]
listen = "127.0.0.1:0"

[log]
level = "{level}"
{log_lines}

[bridge.main]
path = "/scim/v2"
mapping = "{folder}/mapping.toml"
{bridge_lines}

[bridge.main.client.test]
token_sha256 = "{TOKEN_SHA256}"
{client_lines}

[bridge.main.directory.main]
urls = ["{url}"]
bind_dn = "{bind_dn}"
bind_password_file = "{folder}/password"
{lines}

[bridge.main.cache]
{cache}
{further}
"#,
        folder = folder.display(),
    );
    std::fs::write(&file, text).unwrap();
    file
}

/// The address in a line such as `…, metrics at http://127.0.0.1:PORT/metrics`.
fn admin_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("metrics at http://")?;
    rest.split('/').next()?.parse().ok()
}

/// The address in a line such as `listening on 127.0.0.1:PORT: …`.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("listening on ")?;
    rest.split(": ").next()?.trim().parse().ok()
}
