//! The directory's own tools on a private slapd: an independent witness for tests, and another client's writes.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use super::error::SandboxError;
use super::slapd::Slapd;
use super::tree::{Tree, TreeOptions};

impl Slapd {
    /// `ldapsearch` as the service account of the main suffix: LDIF without comments, lines not folded.
    ///
    /// # Errors
    /// [`SandboxError::Tool`] with what it said.
    pub fn ldapsearch(&self, base: &str, filter: &str, attributes: &[&str]) -> Result<String, SandboxError> {
        self.ldapsearch_as(&self.bind_dn(), base, filter, attributes)
    }

    /// [`Slapd::ldapsearch`] as the service account or rootdn of another suffix; anonymously as the empty DN.
    ///
    /// # Errors
    /// [`SandboxError::Tool`] with what it said.
    pub fn ldapsearch_as(
        &self,
        bind_dn: &str,
        base: &str,
        filter: &str,
        attributes: &[&str],
    ) -> Result<String, SandboxError> {
        let mut command = self.client("ldapsearch", bind_dn);
        if base.is_empty() {
            command.args(["-s", "base"]);
        }
        command.args(["-LLL", "-o", "ldif-wrap=no", "-E", "pr=500/noprompt", "-b", base, filter]).args(attributes);
        run("ldapsearch", command, "")
    }

    /// Applies LDIF change records (or content records, as additions) as the service account of the main suffix.
    ///
    /// # Errors
    /// [`SandboxError::Tool`] with what ldapmodify said; records before the failing one have been applied.
    pub fn ldapmodify(&self, ldif: &str) -> Result<(), SandboxError> {
        self.ldapmodify_as(&self.bind_dn(), ldif)
    }

    /// [`Slapd::ldapmodify`] as the service account or rootdn of another suffix.
    ///
    /// # Errors
    /// [`SandboxError::Tool`] with what ldapmodify said.
    pub fn ldapmodify_as(&self, bind_dn: &str, ldif: &str) -> Result<(), SandboxError> {
        let mut command = self.client("ldapmodify", bind_dn);
        command.arg("-a");
        run("ldapmodify", command, ldif).map(|_| ())
    }

    /// A suffix's whole content as `slapcat` prints it, operational attributes included. slapd may run.
    ///
    /// # Errors
    /// [`SandboxError::Tool`] with what it said.
    pub fn slapcat(&self, suffix: &str) -> Result<String, SandboxError> {
        let (program, conf) = self.program_and_conf();
        let mut command = Command::new(program);
        command.args(["-T", "cat", "-o", "ldif-wrap=no", "-b", suffix, "-f"]).arg(conf);
        run("slapcat", command, "")
    }

    /// Runs a tree through slapadd with all of its checks and without storing anything.
    ///
    /// # Errors
    /// [`SandboxError::Tool`] with the entries that the schema refuses.
    pub fn slapadd_dry(&self, tree: &TreeOptions) -> Result<(), SandboxError> {
        let mut ldif = Vec::new();
        let fitted = self.options().fitted(tree);
        Tree::new(&fitted).write_ldif(&mut ldif).map_err(SandboxError::io("writing LDIF"))?;
        let (program, conf) = self.program_and_conf();
        let mut command = Command::new(program);
        command.args(["-T", "add", "-u", "-b", &tree.suffix, "-f"]).arg(conf);
        run("slapadd", command, &String::from_utf8_lossy(&ldif)).map(|_| ())
    }

    fn client(&self, program: &'static str, bind_dn: &str) -> Command {
        let mut command = Command::new(program);
        command.args(["-x", "-H", &self.url()]);
        if !bind_dn.is_empty() {
            command.args(["-D", bind_dn, "-w", self.password()]);
        }
        // A machine's own ldap.conf must not change what a test sees.
        command.env("LDAPNOINIT", "1");
        command
    }
}

/// Runs a client tool with `input`; what it wrote to its standard output.
pub(super) fn run(program: &'static str, command: Command, input: &str) -> Result<String, SandboxError> {
    run_of(program, "ldap-utils", command, input)
}

/// Runs a tool of `package` with `input`; what it wrote to its standard output.
pub(super) fn run_of(
    program: &'static str,
    package: &'static str,
    mut command: Command,
    input: &str,
) -> Result<String, SandboxError> {
    let missing = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::NotFound => SandboxError::Missing { program, package },
        _ => SandboxError::Io { what: format!("starting {program}"), source },
    };
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(missing)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A tool that ends early closes the pipe; its own message says more than ours would.
        let _ = stdin.write_all(input.as_bytes());
    }
    let Output { status, stdout, stderr } =
        child.wait_with_output().map_err(SandboxError::io(format!("waiting for {program}")))?;
    if status.success() {
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    } else {
        Err(SandboxError::Tool { program, log: String::from_utf8_lossy(&stderr).into_owned() })
    }
}
