//! The certificate database that the server takes its key from (NSS), made from PEM files by the tools that every installation of the
//! server brings.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::sandbox::certificates::Certificates;
use crate::sandbox::error::SandboxError;
use crate::sandbox::slapd::new_password;
use crate::sandbox::tools;

/// What the server's configuration calls its certificate.
const NICKNAME: &str = "Server-Cert";

/// Puts an authority, a certificate of its for 127.0.0.1 and its key into the database in `config`; where the authority's
/// certificate is.
pub(super) fn make(run: &Path, config: &Path) -> Result<PathBuf, SandboxError> {
    let files = Certificates::make(&run.join("tls"), std::net::Ipv4Addr::LOCALHOST, "localhost")?;
    let database = format!("sql:{}", config.display());
    certutil(&["-N", "-d", &database, "--empty-password"])?;
    certutil(&["-A", "-d", &database, "-n", "CA", "-t", "CT,,", "-a", "-i", &files.ca.display().to_string()])?;
    // The archive, which goes again at once, needs a password for itself.
    let (archive, password) = (run.join("tls/server.p12"), new_password()?);
    let mut export = quiet("openssl");
    export.args(["pkcs12", "-export", "-name", NICKNAME, "-passout", "stdin", "-in"]);
    export.arg(&files.certificate).arg("-inkey").arg(&files.key).arg("-out").arg(&archive);
    tools::run_of("openssl", "openssl", export, &password)?;
    let mut import = quiet("pk12util");
    import.arg("-i").arg(&archive).args(["-d", &database, "-K", "", "-W", &password]);
    tools::run_of("pk12util", "libnss3-tools", import, "")?;
    std::fs::remove_file(&archive).map_err(SandboxError::io("removing the key's archive"))?;
    Ok(files.ca)
}

fn certutil(arguments: &[&str]) -> Result<(), SandboxError> {
    let mut command = quiet("certutil");
    command.args(arguments);
    tools::run_of("certutil", "libnss3-tools", command, "").map(|_| ())
}

fn quiet(program: &str) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}
