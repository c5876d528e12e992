//! A private Samba Active Directory domain controller: made, started, steered, stopped.
//!
//! Samba listens on the ports of LDAP and LDAPS alone, so every instance has a loopback address of its own; that takes root.

mod address;
mod domain;
mod options;
mod tools;
mod tree;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;

pub use self::options::{AdTreeOptions, SambaOptions};
pub use self::tree::AD_PASSWORD;

use self::domain::{Domain, PACKAGES};
use super::certificates::Certificates;
use super::error::SandboxError;
use super::guarded::Guarded;
use super::installation::find_program;
use super::state::write_private;
use super::tree::Person;

/// How often a start on another address is tried when one was taken in between.
const ADDRESS_TRIES: u32 = 5;
/// How long Samba may take to answer: `READY_POLLS` times `POLL`.
const READY_POLLS: u32 = 6_000;
const POLL: Duration = Duration::from_millis(10);

/// A private domain controller on a loopback address of its own, with LDAP and LDAPS on their usual ports. It ends, and its
/// folder goes, when this value is dropped or the process ends in whatever way.
#[derive(Debug)]
pub struct Samba {
    // Dropped first: ends the child and removes the folder.
    child: Option<Guarded>,
    run: TempDir,
    data: PathBuf,
    program: PathBuf,
    options: SambaOptions,
    password: String,
    address: Ipv4Addr,
    reused: bool,
}

impl Samba {
    /// Makes the domain (3 s, and nothing when the cache has it), starts Samba and returns when it answers. Blocks.
    ///
    /// # Errors
    /// [`SandboxError::Missing`] without Samba, [`SandboxError::Option`] for a realm that can't be or without the right to
    /// listen, [`SandboxError::OtherState`] when the state folder holds something else, [`SandboxError::Load`] when the
    /// domain can't be made, [`SandboxError::Start`] when Samba doesn't answer.
    pub fn start(options: &SambaOptions) -> Result<Self, SandboxError> {
        if !options.is_valid() {
            return Err(SandboxError::Option(format!("`{}` can't be the name of a domain", options.realm)));
        }
        let program = find_program("samba", &["/usr/sbin", "/usr/local/samba/sbin"])
            .ok_or(SandboxError::Missing { program: "samba", package: PACKAGES })?;
        // Before the long work: without the right to listen it is for nothing.
        let address = address::free()?;
        let run = tempfile::Builder::new()
            .prefix("scimfront-")
            .tempdir()
            .map_err(SandboxError::io("making a temporary folder"))?;
        let data = options.state_dir.clone().unwrap_or_else(|| run.path().join("data"));
        let (password, reused) = domain_in(&data, options, &program)?;
        let mut samba = Self { child: None, run, data, program, options: options.clone(), password, address, reused };
        let mut last = samba.launch();
        for _ in 1..ADDRESS_TRIES {
            if last.is_ok() {
                break;
            }
            samba.address = address::free()?;
            last = samba.launch();
        }
        last.map(|()| samba)
    }

    /// `ldap://127.x.y.z:389`.
    pub fn url(&self) -> String {
        format!("ldap://{}:389", self.address)
    }

    /// `ldaps://127.x.y.z:636`.
    pub fn ldaps_url(&self) -> String {
        format!("ldaps://{}:636", self.address)
    }

    /// The PEM file of the authority that signed its certificate.
    pub fn ca_file(&self) -> PathBuf {
        self.run.path().join("tls").join("ca.pem")
    }

    /// `ldap://127.x.y.z:3268`: the Global Catalog.
    pub fn catalog_url(&self) -> String {
        format!("ldap://{}:3268", self.address)
    }

    /// The loopback address that it has for itself.
    pub fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// The DN that the domain's tree starts with.
    pub fn suffix(&self) -> String {
        self.options.suffix()
    }

    /// What it was started with.
    pub fn options(&self) -> &SambaOptions {
        &self.options
    }

    /// The DN of the service account that manages users and groups: it is in Account Operators, and no administrator.
    pub fn bind_dn(&self) -> String {
        tree::service_dn("bridge", &self.suffix())
    }

    /// The DN of a service account with no rights but everybody's.
    pub fn reader_dn(&self) -> String {
        tree::service_dn("reader", &self.suffix())
    }

    /// The DN of the domain's administrator.
    pub fn administrator_dn(&self) -> String {
        format!("CN=Administrator,CN=Users,{}", self.suffix())
    }

    /// The `userPrincipalName` of a person of the tree.
    pub fn user_name(&self, person: &Person) -> String {
        tree::principal_name(&tree::person_account(person), &self.options.realm)
    }

    /// The password of the service accounts and the administrator.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Whether the data was there already, in the state folder.
    pub fn reused(&self) -> bool {
        self.reused
    }

    /// The private folder: smb.conf, certificates, the log.
    pub fn folder(&self) -> &Path {
        self.run.path()
    }

    /// What Samba wrote to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.run.path().join("samba.log")).unwrap_or_default()
    }

    /// Whether the process runs.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(Guarded::is_running)
    }

    /// Stops Samba and keeps the data, for [`Samba::restart`].
    ///
    /// # Errors
    /// [`SandboxError::Io`].
    pub fn stop(&mut self) -> Result<(), SandboxError> {
        self.child.as_mut().map_or(Ok(()), Guarded::end)
    }

    /// Kills Samba hard, as a crash does, and keeps the data.
    ///
    /// # Errors
    /// [`SandboxError::Io`].
    pub fn kill_hard(&mut self) -> Result<(), SandboxError> {
        self.child.as_mut().map_or(Ok(()), Guarded::kill)
    }

    /// Stops Samba if it runs, and starts it again on the same address with the same data.
    ///
    /// # Errors
    /// As [`Samba::start`].
    pub fn restart(&mut self) -> Result<(), SandboxError> {
        self.stop()?;
        self.launch()
    }

    /// Freezes Samba: connections stay open and nothing answers, until [`Samba::resume`].
    ///
    /// # Errors
    /// [`SandboxError::Io`].
    pub fn suspend(&mut self) -> Result<(), SandboxError> {
        self.child.as_mut().map_or(Ok(()), Guarded::suspend)
    }

    /// Lets a frozen Samba go on.
    ///
    /// # Errors
    /// [`SandboxError::Io`].
    pub fn resume(&mut self) -> Result<(), SandboxError> {
        self.child.as_mut().map_or(Ok(()), Guarded::resume)
    }

    /// Starts Samba on `self.address` and waits until it answers.
    fn launch(&mut self) -> Result<(), SandboxError> {
        let run = self.run.path();
        let certificates = Certificates::make(&run.join("tls"), self.address, &format!("dc1.{}", self.options.realm))?;
        let conf = run.join("smb.conf");
        write_private(&conf, &self.conf(&certificates)?)?;
        let log = File::create(run.join("samba.log")).map_err(SandboxError::io("making Samba's log"))?;
        let program = self.program.display().to_string();
        let conf = conf.display().to_string();
        let arguments = ["TDB_NO_FSYNC=1", &program, "-i", "-M", "single", "-s", &conf].map(str::to_owned);
        let mut child = Guarded::spawn(Path::new("/usr/bin/env"), &arguments, run, &log)?;
        for _ in 0..READY_POLLS {
            if !child.is_running() {
                return Err(SandboxError::Start { log: format!("samba ended on {}\n{}", self.url(), self.log()) });
            }
            let kerberos = self.options.kerberos.then_some(88);
            if [389, 636].into_iter().chain(kerberos).all(|port| TcpStream::connect((self.address, port)).is_ok()) {
                self.child = Some(child);
                return Ok(());
            }
            sleep(POLL);
        }
        child.kill()?;
        Err(SandboxError::Start { log: format!("samba doesn't answer on {}\n{}", self.url(), self.log()) })
    }

    /// smb.conf: LDAP alone, everything in private folders, and no hour for which a password goes on after its change.
    fn conf(&self, certificates: &Certificates) -> Result<String, SandboxError> {
        let realm = &self.options.realm;
        let services = if self.options.kerberos { "ldap, kdc" } else { "ldap" };
        let workgroup = realm.split('.').next().unwrap_or_default().to_uppercase();
        let scratch = self.run.path().join("samba");
        fs::create_dir_all(&scratch).map_err(SandboxError::io("making Samba's folders"))?;
        let mut text = format!(
            "[global]\nnetbios name = DC1\nrealm = {realm}\nworkgroup = {workgroup}\n\
             server role = active directory domain controller\nserver services = {services}\ndcerpc endpoint servers =\n\
             interfaces = {}/8\nbind interfaces only = yes\nold password allowed period = 0\n\
             ldap server require strong auth = {}\n",
            self.address,
            if self.options.strong_auth { "yes" } else { "no" },
        );
        let mut put = |name: &str, path: &Path| writeln!(text, "{name} = {}", path.display());
        let own = ["lock", "cache", "pid"].map(|kind| (format!("{kind} directory"), scratch.join(kind)));
        let others = [("ncalrpc dir", "ncalrpc"), ("winbindd socket directory", "winbindd"), ("binddns dir", "dns")];
        let others = others.map(|(name, folder)| (name.to_owned(), scratch.join(folder)));
        let data = [("private dir", "private"), ("state directory", "state")];
        let data = data.map(|(name, folder)| (name.to_owned(), self.data.join(folder)));
        let files =
            [("cafile", &certificates.ca), ("certfile", &certificates.certificate), ("keyfile", &certificates.key)];
        let files = files.map(|(name, path)| (format!("tls {name}"), path.clone()));
        let written = own.iter().chain(&others).chain(&data).chain(&files).try_for_each(|(name, path)| put(name, path));
        written.map_err(|_| SandboxError::Option("smb.conf can't be written".to_owned()))?;
        Ok(text)
    }
}

/// The password of the domain in `data`, which is put there unless it is there already, and whether it was.
fn domain_in(data: &Path, options: &SambaOptions, program: &Path) -> Result<(String, bool), SandboxError> {
    let domain = Domain::new(data);
    let holds = domain.made_from();
    let reused = holds.is_some();
    match holds {
        Some(holds) if holds != domain::describe(options) => {
            return Err(SandboxError::OtherState { path: data.to_owned(), holds: holds.trim_end().to_owned() });
        }
        Some(_) => {}
        None => domain.fill(options, program)?,
    }
    let lost = || SandboxError::Option(format!("the domain in {} has lost its password", data.display()));
    Ok((domain.password().ok_or_else(lost)?, reused))
}
