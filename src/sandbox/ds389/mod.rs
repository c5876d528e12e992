//! A private 389 Directory Server (the heart of FreeIPA and of Red Hat's): made, started, stopped.

mod conf;
mod ipa;
mod load;
mod options;
mod tls;

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;

pub use self::options::Ds389Options;

use self::conf::{BACKEND, ROOT_DN, Settings};
use super::base::{check_suffixes, service_dn};
use super::error::SandboxError;
use super::guarded::Guarded;
use super::installation::find_program;
use super::scim_schema::SCIM_SCHEMA_389;
use super::slapd::{free_port, new_password};
use super::state::{State, write_private};
use super::tools;

/// What Debian calls it.
const PACKAGE: &str = "389-ds-base";
/// Where it keeps the templates of its configuration, and the files that a server has copies of.
const TEMPLATES: &str = "/usr/share/dirsrv/data";
const SETTINGS: &str = "/etc/dirsrv";
/// The folders of a server, below its own.
const FOLDERS: [&str; 8] = ["config/schema", "lock", "tmp", "ldif", "bak", "run", "inst", "log"];
/// How long the server may take to answer: `READY_POLLS` times `POLL`.
const READY_POLLS: u32 = 6_000;
const POLL: Duration = Duration::from_millis(10);

/// A private 389 Directory Server on 127.0.0.1. It ends, and its folder goes, when this value is dropped or the process ends in
/// whatever way.
#[derive(Debug)]
pub struct Ds389 {
    // Dropped first: ends the child and removes the folder.
    child: Option<Guarded>,
    run: TempDir,
    program: PathBuf,
    options: Ds389Options,
    password: String,
    port: u16,
    tls_port: Option<u16>,
    ca: Option<PathBuf>,
    reused: bool,
}

impl Ds389 {
    /// Makes the database, fills it and starts the server; returns when it answers. Blocks.
    ///
    /// # Errors
    /// [`SandboxError::Missing`] without the server, [`SandboxError::Option`] for a suffix that can't be,
    /// [`SandboxError::OtherState`] when the state folder holds something else, [`SandboxError::Load`] when it refuses entries, [`SandboxError::Start`] when it doesn't answer.
    pub fn start(options: &Ds389Options) -> Result<Self, SandboxError> {
        check_suffixes(std::slice::from_ref(&options.tree.suffix))?;
        let program = find_program("ns-slapd", &["/usr/sbin"])
            .ok_or(SandboxError::Missing { program: "ns-slapd", package: PACKAGE })?;
        let run = tempfile::Builder::new()
            .prefix("scimfront-")
            .tempdir()
            .map_err(SandboxError::io("making a temporary folder"))?;
        let state = options.state_dir.as_deref().map(State::new);
        let reused = state.as_ref().map_or(Ok(false), |state| state.holds(&options.described()))?;
        let kept = state.as_ref().filter(|_| reused).and_then(State::password);
        let (password, port) = (kept.map_or_else(new_password, Ok)?, free_port()?);
        let tls_port = options.tls.then(free_port).transpose()?;
        let options = options.clone();
        let mut server = Self { child: None, run, program, options, password, port, tls_port, ca: None, reused };
        server.configure()?;
        if !reused {
            server.fill()?;
            state.map_or(Ok(()), |state| state.keep(&server.options.described(), &server.password))?;
        }
        server.launch()?;
        Ok(server)
    }

    /// `ldap://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    /// `ldaps://127.0.0.1:PORT`, where it listens for that.
    pub fn ldaps_url(&self) -> Option<String> {
        self.tls_port.map(|port| format!("ldaps://127.0.0.1:{port}"))
    }

    /// Where the certificate of the authority is that its own is of, in PEM, where it has one.
    pub fn ca_file(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    /// The suffix.
    pub fn suffix(&self) -> &str {
        &self.options.tree.suffix
    }

    /// Whether the data was there already, in the state folder.
    pub fn reused(&self) -> bool {
        self.reused
    }

    /// The `nsUniqueId` of the entry that the generated tree gives this UUID.
    pub fn unique_id(&self, uuid: &str) -> String {
        load::unique_id(uuid)
    }

    /// What it was started with.
    pub fn options(&self) -> &Ds389Options {
        &self.options
    }

    /// The DN of the service account, which reads and writes everything below the suffix.
    pub fn bind_dn(&self) -> String {
        service_dn(self.suffix())
    }

    /// The DN that bypasses access rules and limits.
    pub fn root_dn(&self) -> &'static str {
        ROOT_DN
    }

    /// The password of both.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The private folder.
    pub fn folder(&self) -> &Path {
        self.run.path()
    }

    /// What the server wrote to its error log and its standard error.
    pub fn log(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.run.path().join(name)).unwrap_or_default();
        read("log/errors") + &read("ns-slapd.log")
    }

    /// Adds and changes entries as LDIF says, as the one who bypasses access rules.
    ///
    /// # Errors
    /// [`SandboxError::Missing`] without `ldapmodify`, [`SandboxError::Tool`] when the server refuses.
    pub fn ldapmodify(&self, ldif: &str) -> Result<(), SandboxError> {
        let mut command = Command::new("ldapmodify");
        command.args(["-a", "-x", "-H", &self.url(), "-D", ROOT_DN, "-w", &self.password]).env("LDAPNOINIT", "1");
        tools::run("ldapmodify", command, ldif).map(|_| ())
    }

    /// Stops the server if it runs, and starts it again on the same port with the same data.
    ///
    /// # Errors
    /// As [`Ds389::start`].
    pub fn restart(&mut self) -> Result<(), SandboxError> {
        self.child.as_mut().map_or(Ok(()), Guarded::end)?;
        self.launch()
    }

    fn configure(&mut self) -> Result<(), SandboxError> {
        let run = self.run.path().to_owned();
        let run = run.as_path();
        for folder in FOLDERS {
            fs::create_dir_all(run.join(folder)).map_err(SandboxError::io(format!("making the folder {folder}")))?;
        }
        let copies = ["schema/99user.ldif", "config/slapd-collations.conf", "config/certmap.conf"];
        for file in copies {
            let name = file.strip_prefix("config/").unwrap_or(file);
            fs::copy(Path::new(SETTINGS).join(file), run.join("config").join(name))
                .map_err(SandboxError::io(format!("copying {SETTINGS}/{file}")))?;
        }
        if self.options.scim_schema {
            fs::write(run.join("config/schema/98scim.ldif"), SCIM_SCHEMA_389)
                .map_err(SandboxError::io("writing the schema"))?;
        }
        if self.options.ipa {
            fs::write(run.join("config/schema/60ipa.ldif"), ipa::SCHEMA)
                .map_err(SandboxError::io("writing the schema"))?;
        }
        if self.options.tls {
            self.ca = Some(tls::make(run, &run.join("config"))?);
        }
        let template = |name: &str| {
            let path = Path::new(TEMPLATES).join(name);
            fs::read_to_string(&path).map_err(SandboxError::io(format!("reading {}", path.display())))
        };
        let user = user_name()?;
        let (port, tls_port, password) = (self.port, self.tls_port, &*self.password);
        let database = self.options.state_dir.as_deref().unwrap_or(run).join("db");
        let database = std::path::absolute(&database).map_err(SandboxError::io("looking for the database's folder"))?;
        fs::create_dir_all(&database).map_err(SandboxError::io("making the database's folder"))?;
        let settings =
            Settings { run, database: &database, port, tls_port, user: &user, password, options: &self.options };
        let text = conf::render(&template("template-dse.ldif")?, &template("template-suffix-db.ldif")?, &settings);
        write_private(&run.join("config/dse.ldif"), &text)
    }

    /// Fills the database directly, while no server runs.
    fn fill(&self) -> Result<(), SandboxError> {
        let file = self.run.path().join("ldif/tree.ldif");
        let mut ldif = Vec::new();
        load::write_ldif(&self.options, &self.password, &mut ldif).map_err(SandboxError::io("writing LDIF"))?;
        fs::write(&file, ldif).map_err(SandboxError::io("writing LDIF"))?;
        let output = Command::new(&self.program)
            .arg("ldif2db")
            .arg("-D")
            .arg(self.run.path().join("config"))
            .args(["-n", BACKEND, "-i"])
            .arg(&file)
            .stdin(Stdio::null())
            .output()
            .map_err(SandboxError::io("starting ns-slapd"))?;
        if output.status.success() {
            return Ok(());
        }
        let log = self.log() + &String::from_utf8_lossy(&output.stderr);
        Err(SandboxError::Load { suffix: self.suffix().to_owned(), log })
    }

    fn launch(&mut self) -> Result<(), SandboxError> {
        let run = self.run.path();
        let log = File::create(run.join("ns-slapd.log")).map_err(SandboxError::io("making the server's log"))?;
        let path = |name: &str| run.join(name).display().to_string();
        let arguments = ["-D", &path("config"), "-i", &path("run/pid"), "-d", "0"].map(str::to_owned);
        let mut child = Guarded::spawn(&self.program, &arguments, run, &log)?;
        for _ in 0..READY_POLLS {
            if [Some(self.port), self.tls_port].into_iter().flatten().all(answers) {
                self.child = Some(child);
                return Ok(());
            }
            if !child.is_running() {
                return Err(SandboxError::Start { log: format!("ns-slapd ended on {}\n{}", self.url(), self.log()) });
            }
            sleep(POLL);
        }
        child.kill()?;
        Err(SandboxError::Start { log: format!("ns-slapd doesn't answer on {}\n{}", self.url(), self.log()) })
    }
}

/// Whether somebody listens on this port.
fn answers(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// The name of the user that runs this process: the server changes to another one otherwise.
fn user_name() -> Result<String, SandboxError> {
    let output =
        Command::new("id").arg("-un").stdin(Stdio::null()).output().map_err(SandboxError::io("starting id"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
