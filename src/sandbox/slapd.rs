//! A private slapd: started, steered, stopped.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use aws_lc_rs::rand;
use tempfile::TempDir;

use super::base::{accesslog_suffix, check_suffixes, root_dn, service_dn};
use super::conf::{self, Layout};
use super::error::SandboxError;
use super::guarded::Guarded;
use super::installation::Installation;
use super::load;
use super::options::SlapdOptions;
use super::scim_schema::SCIM_SCHEMA;
use super::state::{State, describe, write_private};

/// How often a start on another free port is tried when one was taken in between.
const PORT_TRIES: u32 = 5;
/// How long slapd may take to answer: `READY_POLLS` times `POLL`.
const READY_POLLS: u32 = 12_000;
const POLL: Duration = Duration::from_millis(5);

/// A private slapd. It listens on 127.0.0.1 and on a socket in a private folder; it ends, and the folder goes, when this value is
/// dropped or the process ends in whatever way.
#[derive(Debug)]
pub struct Slapd {
    // Dropped first: ends the child and removes the folder.
    child: Option<Guarded>,
    run: TempDir,
    layout: Layout,
    installation: Installation,
    options: SlapdOptions,
    password: String,
    port: u16,
    tls_port: Option<u16>,
    reused: bool,
}

impl Slapd {
    /// Makes the databases, fills them and starts slapd; returns when it answers. Blocks (0.1 s, and 7 s for 100,000 users).
    ///
    /// # Errors
    /// [`SandboxError::Missing`] without slapd, [`SandboxError::Option`] for suffixes that can't be,
    /// [`SandboxError::OtherState`] when the state folder holds something else, [`SandboxError::Load`] when slapadd refuses
    /// entries, [`SandboxError::Start`] when slapd doesn't answer.
    pub fn start(options: &SlapdOptions) -> Result<Self, SandboxError> {
        check_suffixes(&options.suffixes)?;
        check_loads(options)?;
        let run = tempfile::Builder::new()
            .prefix("scimfront-")
            .tempdir()
            .map_err(SandboxError::io("making a temporary folder"))?;
        let installation = Installation::find()?.unconfined(run.path())?;
        let data = options.state_dir.clone().unwrap_or_else(|| run.path().join("data"));
        let layout = Layout { run: run.path().to_owned(), data };
        let state = State::new(&layout.data);
        let password = match options.password.clone().or_else(|| state.password()) {
            Some(password) => password,
            None => new_password()?,
        };
        let mut slapd = Slapd {
            child: None,
            run,
            layout,
            installation,
            options: options.clone(),
            password,
            port: 0,
            tls_port: None,
            reused: state.holds(&describe(options))?,
        };
        slapd.configure()?;
        if !slapd.reused {
            slapd.fill(&state)?;
        }
        slapd.launch_on_free_port()?;
        Ok(slapd)
    }

    /// `ldap://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    /// `ldaps://127.0.0.1:PORT`, when TLS was asked for.
    pub fn ldaps_url(&self) -> Option<String> {
        self.tls_port.map(|port| format!("ldaps://127.0.0.1:{port}"))
    }

    /// `ldapi://%2F…`: the socket; SASL EXTERNAL over it is the main service account for the user that runs slapd.
    pub fn ldapi_url(&self) -> String {
        format!("ldapi://{}", self.layout.socket().display().to_string().replace('%', "%25").replace('/', "%2F"))
    }

    /// The loopback port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The main suffix.
    pub fn suffix(&self) -> &str {
        self.options.suffixes.first().map_or("", String::as_str)
    }

    /// All suffixes.
    pub fn suffixes(&self) -> &[String] {
        &self.options.suffixes
    }

    /// What it was started with.
    pub fn options(&self) -> &SlapdOptions {
        &self.options
    }

    /// The DN of the main suffix's service account.
    pub fn bind_dn(&self) -> String {
        service_dn(self.suffix())
    }

    /// The DN of a suffix's service account.
    pub fn bind_dn_of(&self, suffix: &str) -> String {
        service_dn(suffix)
    }

    /// The DN that bypasses access rules, limits and policies in a suffix.
    pub fn root_dn_of(&self, suffix: &str) -> String {
        root_dn(suffix)
    }

    /// The password of every service account and rootdn.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The suffix of the access log of a suffix, which its service account reads (overlay accesslog).
    pub fn accesslog_of(&self, suffix: &str) -> Option<String> {
        self.options.suffixes.iter().position(|other| other == suffix).map(accesslog_suffix)
    }

    /// Whether the data was there already, in the state folder.
    pub fn reused(&self) -> bool {
        self.reused
    }

    /// The private folder: slapd.conf, the socket, the log.
    pub fn folder(&self) -> &Path {
        self.run.path()
    }

    /// What slapd wrote to its standard error.
    pub fn log(&self) -> String {
        fs::read_to_string(self.layout.run.join("slapd.log")).unwrap_or_default()
    }

    /// Whether the process runs.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(Guarded::is_running)
    }

    /// Stops slapd and keeps the data, for [`Slapd::restart`].
    ///
    /// # Errors
    /// [`SandboxError::Io`].
    pub fn stop(&mut self) -> Result<(), SandboxError> {
        self.child.as_mut().map_or(Ok(()), Guarded::end)
    }

    /// Kills slapd hard, as a crash does, and keeps the data.
    ///
    /// # Errors
    /// [`SandboxError::Io`].
    pub fn kill_hard(&mut self) -> Result<(), SandboxError> {
        self.child.as_mut().map_or(Ok(()), Guarded::kill)
    }

    /// Stops slapd if it runs, and starts it again on the same port with the same data.
    ///
    /// # Errors
    /// As [`Slapd::start`].
    pub fn restart(&mut self) -> Result<(), SandboxError> {
        self.stop()?;
        let mut last = self.launch();
        for _ in 1..PORT_TRIES {
            if last.is_ok() {
                break;
            }
            sleep(POLL * 20);
            last = self.launch();
        }
        last
    }

    /// Freezes slapd: connections stay open and nothing answers, until [`Slapd::resume`].
    ///
    /// # Errors
    /// [`SandboxError::Io`].
    pub fn suspend(&mut self) -> Result<(), SandboxError> {
        self.child.as_mut().map_or(Ok(()), Guarded::suspend)
    }

    /// Lets a frozen slapd go on.
    ///
    /// # Errors
    /// [`SandboxError::Io`].
    pub fn resume(&mut self) -> Result<(), SandboxError> {
        self.child.as_mut().map_or(Ok(()), Guarded::resume)
    }

    /// The program and the configuration file, for the tools that work on the databases.
    pub(crate) fn program_and_conf(&self) -> (&Path, std::path::PathBuf) {
        (&self.installation.slapd, self.layout.conf())
    }

    /// Writes slapd.conf and what it refers to.
    fn configure(&self) -> Result<(), SandboxError> {
        let owner = fs::metadata(self.run.path()).map_err(SandboxError::io("reading the temporary folder"))?.uid();
        let text = conf::render(&self.options, &self.installation, &self.layout, &self.password, owner)?;
        write_private(&self.layout.conf(), &text)?;
        write_private(&self.layout.scim_schema(), SCIM_SCHEMA)
    }

    fn fill(&self, state: &State) -> Result<(), SandboxError> {
        for index in 0..self.options.suffixes.len() {
            new_folder(&self.layout.database(index))?;
            new_folder(&self.layout.accesslog(index))?;
        }
        load::fill(&self.options, &self.installation, &self.layout, &self.password)?;
        state.keep(&describe(&self.options), &self.password)
    }

    fn launch_on_free_port(&mut self) -> Result<(), SandboxError> {
        let mut last = Err(SandboxError::Start { log: "no port was tried".to_owned() });
        for _ in 0..PORT_TRIES {
            self.port = match self.options.port {
                Some(port) => port,
                None => free_port()?,
            };
            self.tls_port = self.options.tls.as_ref().map(|_| free_port()).transpose()?;
            last = self.launch();
            if last.is_ok() {
                break;
            }
        }
        last
    }

    /// Starts slapd on `self.port` and waits until it answers.
    fn launch(&mut self) -> Result<(), SandboxError> {
        let log = File::create(self.layout.run.join("slapd.log")).map_err(SandboxError::io("making slapd's log"))?;
        // The socket comes last: slapd opens its listeners in this order, and ends when one can't be had.
        let mut urls = self.url();
        for url in self.ldaps_url().into_iter().chain([self.ldapi_url()]) {
            urls.push(' ');
            urls.push_str(&url);
        }
        let conf = self.layout.conf().display().to_string();
        let arguments = ["-h", &urls, "-f", &conf, "-d", "0"].map(str::to_owned);
        let _ = fs::remove_file(self.layout.socket());
        let mut child = Guarded::spawn(&self.installation.slapd, &arguments, &self.layout.run, &log)?;
        for _ in 0..READY_POLLS {
            if self.answers() {
                self.child = Some(child);
                return Ok(());
            }
            if !child.is_running() {
                let log = format!("it ended at once on {} (a port in use shows like this)\n{}", self.url(), self.log());
                return Err(SandboxError::Start { log });
            }
            sleep(POLL);
        }
        child.kill()?;
        Err(SandboxError::Start { log: format!("no answer on {}\n{}", self.url(), self.log()) })
    }

    /// Whether it takes connections: on its own socket first, because another process might hold the port.
    fn answers(&self) -> bool {
        UnixStream::connect(self.layout.socket()).is_ok() && TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }
}

/// Every load must have a suffix to go to.
fn check_loads(options: &SlapdOptions) -> Result<(), SandboxError> {
    match options.loads.iter().map(load::suffix_of).find(|suffix| !options.suffixes.contains(suffix)) {
        Some(suffix) => Err(SandboxError::Option(format!("there is no suffix `{suffix}` to load a tree into"))),
        None => Ok(()),
    }
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> Result<u16, SandboxError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(SandboxError::io("looking for a free port"))?;
    listener.local_addr().map(|address| address.port()).map_err(SandboxError::io("looking for a free port"))
}

/// An empty folder for a database, whatever an earlier attempt left there.
fn new_folder(path: &Path) -> Result<(), SandboxError> {
    let what = || format!("making {}", path.display());
    if path.exists() {
        fs::remove_dir_all(path).map_err(SandboxError::io(what()))?;
    }
    fs::create_dir_all(path).map_err(SandboxError::io(what()))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(SandboxError::io(what()))
}

/// 128 random bits in hexadecimal.
pub(super) fn new_password() -> Result<String, SandboxError> {
    let mut octets = [0_u8; 16];
    let failed = |_| SandboxError::Option("this machine has no random numbers for a password".to_owned());
    rand::fill(&mut octets).map_err(failed)?;
    Ok(octets.iter().map(|octet| format!("{octet:02x}")).collect())
}
