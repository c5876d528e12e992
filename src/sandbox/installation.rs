//! Where this machine keeps slapd, its modules and its schema files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::SandboxError;

/// Where slapd itself may be; `/usr/sbin` is seldom on a user's search path.
const PROGRAM_FOLDERS: &[&str] =
    &["/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/libexec", "/usr/lib/openldap", "/opt/symas/lib"];

/// Where distributions keep the schema files.
const SCHEMA_FOLDERS: &[&str] = &[
    "/etc/ldap/schema",
    "/etc/openldap/schema",
    "/usr/local/etc/openldap/schema",
    "/usr/share/openldap/schema",
    "/usr/share/slapd/schema",
    "/opt/symas/etc/openldap/schema",
];

/// Where distributions keep the modules.
const MODULE_FOLDERS: &[&str] = &[
    "/usr/lib/ldap",
    "/usr/lib64/openldap",
    "/usr/lib/openldap",
    "/usr/lib/openldap/slapd",
    "/usr/libexec/openldap",
    "/usr/local/libexec/openldap",
    "/opt/symas/lib/openldap",
];

/// The slapd of this machine.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    /// The server, which is also slapadd and slapcat (`-T add`, `-T cat`).
    pub(crate) slapd: PathBuf,
    /// The folder of its modules; absent where everything is built in.
    pub(crate) modules: Option<PathBuf>,
}

impl Installation {
    /// Looks for slapd.
    pub(crate) fn find() -> Result<Self, SandboxError> {
        let slapd = find_program("slapd", PROGRAM_FOLDERS)
            .ok_or(SandboxError::Missing { program: "slapd", package: "slapd" })?;
        let modules = MODULE_FOLDERS.iter().map(PathBuf::from).find(|folder| has_modules(folder));
        Ok(Installation { slapd, modules })
    }

    /// Whether the module of this name is a file here; a module that isn't may be built in.
    pub(crate) fn has_module(&self, name: &str) -> bool {
        self.modules.as_ref().is_some_and(|folder| module_exists(folder, name))
    }

    /// The path of a schema file that comes with slapd.
    pub(crate) fn schema(&self, name: &str) -> Result<PathBuf, SandboxError> {
        let file = format!("{name}.schema");
        SCHEMA_FOLDERS
            .iter()
            .map(|folder| Path::new(folder).join(&file))
            .find(|path| path.is_file())
            .ok_or_else(|| SandboxError::NoSchema { name: file, searched: SCHEMA_FOLDERS.join(", ") })
    }

    /// This installation, with slapd copied into `folder` where the machine confines it to the system's own directories.
    ///
    /// Ubuntu's AppArmor profile names the program by its path, so that `/usr/sbin/slapd` may read nothing below `/tmp`.
    pub(crate) fn unconfined(mut self, folder: &Path) -> Result<Self, SandboxError> {
        if is_confined() {
            let copy = folder.join("slapd");
            std::fs::copy(&self.slapd, &copy).map_err(SandboxError::io("copying slapd"))?;
            self.slapd = copy;
        }
        Ok(self)
    }
}

/// Whether AppArmor is on and has a profile for slapd.
fn is_confined() -> bool {
    Path::new("/etc/apparmor.d/usr.sbin.slapd").exists()
        && std::fs::read_to_string("/sys/module/apparmor/parameters/enabled").is_ok_and(|text| text.starts_with('Y'))
}

/// The program's path: in one of the folders, else where the shell's search path has it.
pub(crate) fn find_program(name: &str, folders: &[&str]) -> Option<PathBuf> {
    folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.is_file()).or_else(|| on_path(name))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let output = Command::new("sh")
        .args(["-c", "command -v \"$1\"", "sh", name])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let path = String::from_utf8(output.stdout).ok()?;
    let path = Path::new(path.trim_end());
    (output.status.success() && path.is_absolute()).then(|| path.to_owned())
}

fn has_modules(folder: &Path) -> bool {
    ["back_mdb", "memberof", "syncprov"].iter().any(|name| module_exists(folder, name))
}

fn module_exists(folder: &Path, name: &str) -> bool {
    folder.join(format!("{name}.so")).is_file() || folder.join(format!("{name}.la")).is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_in_a_folder_or_on_the_search_path_or_not_at_all() {
        assert_eq!(find_program("sh", &["/nowhere", "/bin"]), Some(PathBuf::from("/bin/sh")));
        assert!(find_program("sh", &[]).is_some_and(|path| path.is_absolute()));
        assert_eq!(find_program("no-such-program-here", &["/bin"]), None);
    }

    #[test]
    fn a_missing_schema_is_named() {
        let installation = Installation { slapd: PathBuf::from("/usr/sbin/slapd"), modules: None };
        let error = installation.schema("no-such").unwrap_err().to_string();
        assert!(error.contains("no-such.schema"), "{error}");
    }
}
